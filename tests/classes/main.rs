//! Classes and approvals on a real API server. A class counts for the whole cluster, so these tests have one of their own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]

mod approved;
mod examples;
mod pinned;
mod stage;
#[allow(dead_code, reason = "the world serves another binary too")]
#[path = "../operator/world.rs"]
mod world;
