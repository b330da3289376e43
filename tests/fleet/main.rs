//! Many intents at once: what they cost the API server and the sellers, and what is left after the operator was killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]
#![allow(dead_code, reason = "the world serves another binary too")]

mod adopted;
mod away;
mod canaries;
mod caught;
mod charges;
mod kills;
mod many;
mod paused;
mod people;
mod process;
#[path = "../operator/world.rs"]
mod world;
