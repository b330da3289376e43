//! What `deploy/` puts into a cluster, tried on a real control plane as the people and programs that it is about.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod cluster;
mod install;
mod policies;
mod protection;
mod roles;
