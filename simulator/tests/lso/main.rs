//! The seller on its wire: every room of LSO over HTTP, every answer held against the specification files.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "what is unexpected fails the test"
)]

mod access;
mod addresses;
mod buyer;
mod cancels_and_charges;
mod envelopes;
mod faults;
mod hubs;
mod inventories;
mod lists;
mod loopback;
mod orders;
mod portal;
mod qualifications;
mod quotes;
mod rehearsals;
mod service_life;
mod state;
