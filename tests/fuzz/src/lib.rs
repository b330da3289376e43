//! What is read from sellers and users, as targets of a fuzzer: each takes any octets, and panics where something that must
//! hold of every input does not.
//!
//! `tests/fuzz/run` lets libFuzzer look for such inputs (`make fuzz`). What it found worth keeping is in `corpus/`, one folder
//! per target, and `tests/corpus.rs` replays it without a fuzzer.

mod answers;
mod objects;
mod reshape;
mod texts;

pub use reshape::reshape;

/// Takes one input.
pub type Target = fn(&[u8]);

/// All targets by name: answers of sellers, texts of users, objects of users.
pub const TARGETS: [(&str, Target); 17] = [
    ("cancellation", answers::cancellation),
    ("charge", answers::charge),
    ("class", objects::class),
    ("decision", objects::decision),
    ("headers", answers::headers),
    ("intent", objects::intent),
    ("notification", texts::notification),
    ("order", answers::order),
    ("places", answers::places),
    ("provider", objects::provider),
    ("qualification", answers::qualification),
    ("quote", answers::quote),
    ("refusal", answers::refusal),
    ("service", answers::service),
    ("site", objects::site),
    ("text", texts::text),
    ("token", answers::token),
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}
