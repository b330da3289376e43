//! The LSO adapter over real connections: what it asks, what it makes of every answer, and what it never does twice.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets something else has failed"
)]

mod access;
mod account;
mod auth;
mod budget;
mod find;
mod free;
mod hubs;
mod paid;
mod ports;
mod requests;
mod seller;
mod simulator;
mod tls;
