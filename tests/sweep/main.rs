//! The effect sweep: the operator is stopped, or loses an answer, before and after every single thing that it does to the outside
//! world, and what comes of it must be what comes of an undisturbed run.
//!
//! | File | What is in it |
//! | --- | --- |
//! | `effects.rs` | what counts as an effect, and a layer around both clients that strikes at one of them |
//! | `life.rs` | an operator that can end from one instant to the next |
//! | `outcome.rs` | what is compared: the seller's books and the objects at rest |
//! | `operations.rs` | what is swept |
//! | `points.rs` | every point under every blow, until none is left; the table |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]

mod effects;
mod life;
mod operations;
mod outcome;
mod points;
#[allow(dead_code, reason = "the world serves another binary too")]
#[path = "../operator/world.rs"]
mod world;
