//! Where each spoke of a hub stands: those that are asked, in their order, then those that are asked no more and not gone yet.

use std::collections::BTreeSet;

use super::state_of;
use crate::api::{ConnectivitySegment, Desired, IntentState, Plan, SpokeStatus};
use crate::intent::decide::{Next, Rest, is_stuck, standings};
use crate::intent::facts::{Facts, cost_something, has_service, ready_words};

/// Most spokes that are told of.
const MOST: usize = 128;

/// Where each spoke stands.
pub fn told(facts: &Facts, rest: &Rest, plan: Option<&Plan>) -> Vec<SpokeStatus> {
    let mut told: Vec<SpokeStatus> = match &facts.request {
        _ if facts.intent.metadata.deletion_timestamp.is_some() => {
            leaving(facts, &facts.segments.iter().map(AsRef::as_ref).collect::<Vec<_>>(), rest)
        }
        // What cannot be understood changed nothing.
        Err(_) => facts.intent.status.as_ref().map(|status| status.spokes.clone()).unwrap_or_default(),
        Ok(_) if facts.spokes.is_empty() => Vec::new(),
        Ok(request) => {
            let asked = standings(facts).into_iter().map(|standing| {
                let (state, ready, reason, message) = next(&standing.next, &standing.facts);
                status(&standing.spoke, state, ready, &reason, &message)
            });
            let left: Vec<_> = facts.left(request).map(AsRef::as_ref).collect();
            asked.chain(leaving(facts, &left, rest)).collect()
        }
    };
    for spoke in &mut told {
        let legs = plan.iter().flat_map(|plan| &plan.legs);
        let own = legs.filter(|leg| leg.spoke.as_deref() == Some(&spoke.name));
        let names: Vec<&str> = own.map(|leg| leg.provider.as_str()).collect();
        let names: String = names.join(", ").chars().take(512).collect();
        spoke.provider = Some(names).filter(|names| !names.is_empty()).or(spoke.provider.take());
    }
    told.truncate(MOST);
    told
}

fn status(name: &str, state: IntentState, ready: bool, reason: &str, message: &str) -> SpokeStatus {
    SpokeStatus {
        name: name.to_owned(),
        state,
        ready,
        reason: reason.chars().take(64).collect(),
        message: message.chars().take(512).collect(),
        provider: None,
    }
}

fn next(next: &Next, facts: &Facts) -> (IntentState, bool, String, String) {
    let words = |reason: &str, message: &str| (reason.to_owned(), message.to_owned());
    let (state, ready, (reason, message)) = match next {
        Next::Buys(commit) => {
            let state = if facts.bought().is_none() { IntentState::Planned } else { commit.state };
            (state, false, words("Offered", "what is offered is bought together with what other spokes need"))
        }
        Next::Rests(rest) => match rest {
            Rest::Active => (state_of(rest), true, words("Active", "in use as asked")),
            Rest::PlanComplete => (state_of(rest), true, words("PlanComplete", "planned and priced")),
            Rest::Observed => (state_of(rest), true, words("Observed", "in use, and only watched")),
            Rest::Gone => (state_of(rest), false, words("Gone", "nothing is left")),
            Rest::Waiting(_, waiting) | Rest::Stalled(_, waiting) => {
                (state_of(rest), false, words(&waiting.reason, &waiting.what))
            }
        },
    };
    (state, ready, reason, message)
}

/// The spokes of segments that go, or would go.
fn leaving(facts: &Facts, segments: &[&ConnectivitySegment], rest: &Rest) -> Vec<SpokeStatus> {
    let there = |segment: &ConnectivitySegment| cost_something(segment) || has_service(segment);
    let spokes: BTreeSet<&str> = segments
        .iter()
        .filter(|segment| there(segment))
        .filter_map(|segment| segment.spec.spoke.as_deref())
        .collect();
    let told = |name: &str| {
        let own = || segments.iter().filter(|segment| segment.spec.spoke.as_deref() == Some(name));
        let stays = own().any(|segment| segment.spec.desired == Desired::Present && !segment.spec.released);
        let waiting = match rest {
            Rest::Waiting(_, waiting) | Rest::Stalled(_, waiting) => Some(waiting.what.as_str()),
            Rest::Active | Rest::PlanComplete | Rest::Observed | Rest::Gone => None,
        };
        let stuck = own().find(|segment| is_stuck(segment)).map(|segment| ready_words(segment));
        let (reason, message) = if facts.intent.metadata.deletion_timestamp.is_some() {
            ("Disconnecting", waiting.unwrap_or("it is being disconnected"))
        } else if stays {
            let advice =
                "it is asked no more and runs on: orders are paused, or spec.deletionPolicy is Retain";
            ("NotAsked", advice)
        } else if let Some((reason, words)) = &stuck {
            (reason.as_str(), words.as_str())
        } else {
            ("Disconnecting", "it is asked no more, and being disconnected")
        };
        let providers: Vec<&str> = own().map(|segment| segment.spec.provider.name.as_str()).collect();
        let state = if stays { IntentState::Active } else { IntentState::Disconnecting };
        SpokeStatus {
            provider: Some(providers.join(", ").chars().take(512).collect()),
            ..status(name, state, false, reason, message)
        }
    };
    spokes.into_iter().map(told).collect()
}
