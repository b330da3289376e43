//! The operator end to end: real API server, own service account, simulated sellers over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]

mod access;
mod adoption;
mod budgets;
mod chains;
mod charges;
mod decisions;
mod dedicated;
mod diverse;
mod hub;
mod leaving;
mod lifecycle;
mod missing;
mod outage;
mod portal;
mod provider;
mod replaced;
mod restore;
mod safety_catch;
mod stuck;
mod tenant;
mod throttled;
mod world;
