//! What a segment decides and tells, one topic a file; then all of it at once, against a seller and an API object in memory.

#![allow(clippy::wildcard_enum_match_arm, reason = "a test names the one variant that it expects")]

mod adopting;
mod arbitrary;
mod authority;
mod cancelling;
mod catching;
mod charging;
mod crash;
mod deciding;
mod drift;
mod fixture;
mod following;
mod leaving;
mod looking;
mod offers;
mod placing;
mod ports;
mod records;
mod recovering;
mod restored;
mod telling;
mod turns;
mod twins;
mod unanswered;
mod world;
