//! What happens to clusters: put back to an earlier moment, rebuilt, doubled, cut off, uninstalled. Each test has the control plane
//! of this binary for itself, and ends with the one service there was, or with a sentence that says why it stops.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]
#![allow(dead_code, reason = "the world serves another binary too")]

mod backup;
mod cluster;
mod disturbed;
mod holds;
mod installed;
mod second;
mod weather;
#[path = "../operator/world.rs"]
mod world;
