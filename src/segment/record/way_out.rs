//! The way out for a record that is to go and cannot go by itself: its seller cannot be asked, or nothing changes any more.

use crate::api::Desired;
use crate::segment::decide::{Rest, Waiting};
use crate::segment::facts::Facts;

/// The rest, with the way out named where a record that is to go has none of its own.
pub fn named(facts: &Facts, rest: &Rest) -> Rest {
    if !facts.deleting() || facts.segment.spec.desired != Desired::Absent {
        return rest.clone();
    }
    let name = facts.segment.metadata.name.as_deref().unwrap_or_default();
    let named = |waiting: &Waiting, when: &str| Waiting {
        what: format!(
            "{}; {when}, a ConnectivityDecision about segment {name} with abandon lets the record go",
            waiting.what
        ),
        ..waiting.clone()
    };
    let unasked = facts.seller.is_err() || facts.failure.is_some();
    match rest {
        Rest::Waiting(waiting) if unasked => Rest::Waiting(named(waiting, GONE)),
        Rest::Failing(waiting) => Rest::Failing(named(waiting, GONE)),
        Rest::Stalled(waiting) => Rest::Stalled(named(waiting, ENDED)),
        Rest::Waiting(_)
        | Rest::Offered
        | Rest::Observed
        | Rest::Declined(_)
        | Rest::Active
        | Rest::Released
        | Rest::Gone => rest.clone(),
    }
}

const GONE: &str = "if the seller is gone for good";
const ENDED: &str = "once the seller has ended what it charges for";
