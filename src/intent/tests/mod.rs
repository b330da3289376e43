//! What an intent decides and tells, one topic a file; then all of it at random.

#![allow(clippy::wildcard_enum_match_arm, reason = "a test names the one variant that it expects")]

mod approval;
mod arbitrary;
mod buying;
mod chains;
mod claims;
mod class;
mod diverse;
mod existing;
mod fixture;
mod going;
mod hub;
mod keeping;
mod ports;
mod replacing;
mod sequences;
mod shopping;
mod telling;
