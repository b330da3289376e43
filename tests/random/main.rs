//! What no random market, no misbehaving seller and no kill may bring about: a plan that does not hold, an order before all offers,
//! a cent above a budget, a purchase that nobody approved, a service twice or left behind. Every check is written anew here: it reads
//! plain documents and the sellers' books, and shares no code with what it checks.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]
#![allow(dead_code, reason = "the world and the process serve another binary too")]

mod books;
mod bought;
mod feasible;
mod figures;
mod fixture;
mod ground;
mod people;
#[path = "../fleet/process.rs"]
mod process;
mod run;
mod watched;
#[path = "../operator/world.rs"]
mod world;
