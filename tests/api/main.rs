//! What the schemas in `crds/` accept and refuse: a table of cases, once in this process and once against a real API
//! server, and what that server does to the record of orders.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod cases;
mod in_process;
mod records;
mod server;
