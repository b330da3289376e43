//! What sellers tell, end to end: an operator that listens, simulated sellers that tell, lose, repeat and make up.
//!
//! Its operators poll as the tests want, so they have a control plane of their own and run one after the other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]
#![allow(dead_code, reason = "the world serves another binary too")]

mod events;
mod hubs;
mod listening;
#[path = "../operator/world.rs"]
mod world;
