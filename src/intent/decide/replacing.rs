//! The connection is planned again while something is bought of it: a part cannot be had, or what is asked now cannot be had in
//! place. What the new choice uses of the old one is kept. What it does without is disconnected, and where that works, not before
//! all of the new choice is in use: until then both are paid for.

use super::{Rest, Step, Waiting, buying, refused_change, shopping, stalled, waiting};
use crate::api::{Desired, IntentState, Party, SegmentChoice};
use crate::intent::facts::{
    Bought, Facts, cost_something, has_service, is_refused, key, name_of, ready_words,
};
use crate::intent::offers::{Held, Market, market};
use crate::model::{Amount, Request};
use crate::planning::Spent;

/// Most legs that are remembered as refused.
const MOST_REFUSED: usize = 32;

/// Why the connection is planned again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because<'a> {
    /// A part of what was chosen is gone, or its seller finally refused it.
    Broken,
    /// What is asked now cannot be had in place: why.
    Changed(&'a str),
}

/// Asks, chooses and buys like for the first time, with what is bought already among the offers.
pub fn go(facts: &Facts, request: &Request, bought: &Bought, because: Because) -> Step {
    match (because, planned(facts, request, bought, because)) {
        (Because::Changed(why), Step::Rest(Rest::Waiting(state, waiting))) => {
            replacing(state, waiting, &format!("{why}, and another path is looked for"))
        }
        (_, step) => step,
    }
}

/// A wait for somebody outside, told as what it is for.
pub fn replacing(state: IntentState, waiting: Waiting, what_for: &str) -> Step {
    // Where it is somebody's move here, that is what is told.
    if matches!(waiting.party, Party::User | Party::Platform) {
        return Step::Rest(Rest::Waiting(state, waiting));
    }
    let what = format!("{what_for}: {}", waiting.what);
    Step::Rest(Rest::Waiting(state, Waiting { reason: "Replacing".into(), what, ..waiting }))
}

fn planned(facts: &Facts, request: &Request, bought: &Bought, because: Because) -> Step {
    let state = if bought.serves() {
        IntentState::Changing
    } else if bought.there().any(|leg| has_service(leg) || cost_something(leg)) {
        IntentState::Provisioning
    } else {
        IntentState::Planned
    };
    if let Err(refusal) = &facts.sites {
        return match because {
            Because::Changed(_) => refused_change(bought, &refusal.message, ""),
            Because::Broken => stalled(state, refusal.reason, Party::Platform, refusal.message.clone()),
        };
    }
    let market = market(facts, request);
    if let Some(step) = shopping::ask(facts, request, &market) {
        return step;
    }
    if market.held.is_empty() && market.pending.is_empty() {
        return stuck(facts, bought, because, &market);
    }
    if let Some(step) = shopping::await_offers(facts, &market, state) {
        return step;
    }
    let best = match shopping::best(&market, state) {
        Ok(best) => best,
        Err(step) => return step,
    };
    let pin = SegmentChoice {
        revision: bought.choice.map_or(1, |choice| choice.revision + 1),
        paths: shopping::pinned(best),
        refused: bought.refused().into_iter().take(MOST_REFUSED).collect(),
    };
    if let Some(step) = leaving(facts, request, best, state) {
        return step;
    }
    let purchases = shopping::purchases(facts, best, Some(&pin));
    buying::buy(request, purchases, Spent::default(), true, state)
}

/// What is bought and the new path does without is disconnected: nothing is bought in its place before that may be paid.
fn leaving(facts: &Facts, request: &Request, best: &Held, state: IntentState) -> Option<Step> {
    let left: Vec<_> = best.leaves(facts).collect();
    let (reason, party, advice) = not_accepted(left.iter().map(|leg| facts.fee(leg).1).sum(), request)?;
    let words: Vec<String> = left.iter().filter_map(|leg| facts.leaving(leg)).collect();
    let what = format!(
        "a new path ({}) would replace {}; {advice}, change the intent, or delete it",
        best.way.name(),
        words.join(", ")
    );
    Some(waiting(state, reason, party, None, what))
}

/// Why leaving may not cost this, whose move it is and what to do; none where it may. Nobody may know what it costs.
pub fn not_accepted(fee: Option<Amount>, request: &Request) -> Option<(&'static str, Party, &'static str)> {
    let accepted = request.budget.map_or(Amount::ZERO, |budget| budget.termination);
    match fee {
        Some(fee) if fee <= accepted => None,
        Some(_) => {
            Some(("TerminationFeeNotAccepted", Party::User, "raise spec.budget.termination to accept that"))
        }
        None => Some((
            "TerminationFeeUnknown",
            Party::Platform,
            "state earlyTermination in its ConnectivityProvider",
        )),
    }
}

/// There is no other way: what cannot be had, why nothing else can, and what runs on and costs.
fn stuck(facts: &Facts, bought: &Bought, because: Because, market: &Market) -> Step {
    let refused = bought
        .there()
        .filter(|leg| is_refused(leg))
        .map(|leg| format!("{}: {}", key(leg), ready_words(leg).1));
    let refused: Vec<String> = refused.collect();
    let why = match because {
        Because::Changed(why) => why.to_owned(),
        Because::Broken if refused.is_empty() => "a part of the connection is gone".into(),
        Because::Broken => refused.join("; "),
    };
    let mut words = vec!["there is no other way".to_owned()];
    if bought.serves() && !market.shortages.is_empty() {
        let held = "what runs keeps its VLAN ids and whole ports until the new one is in use: ask for another VLAN id, or the platform \
                    team for room on the port";
        words.push(held.into());
    }
    words.extend(market.shortages.iter().map(|(name, why)| format!("{name}: {why}")));
    words.extend(market.declined.iter().map(|(name, _, why)| format!("{name}: {why}")));
    words.extend(market.rejections.iter().map(|(name, why)| format!("{name}: {why}")));
    if bought.serves() || because != Because::Broken {
        let used = bought.in_use();
        let idle = facts.segments.iter().filter(|leg| {
            leg.spec.desired == Desired::Present && used.iter().all(|other| name_of(other) != name_of(leg))
        });
        let idle: Vec<String> = idle.filter_map(|leg| facts.leaving(leg)).collect();
        if !idle.is_empty() {
            words.insert(0, format!("paid for beside it: {}", idle.join(", ")));
        }
        let words = words.join("; ");
        return refused_change(bought, &why, &format!("; {words}"));
    }
    let words = words.join("; ");
    let runs = facts.segments.iter().filter(|leg| leg.spec.desired == Desired::Present && has_service(leg));
    let runs: Vec<String> = runs.filter_map(|leg| facts.leaving(leg)).collect();
    let advice = if runs.is_empty() {
        "change the intent, or delete it".to_owned()
    } else {
        format!("what runs goes on: {}; change the intent, or delete it", runs.join(", "))
    };
    // A message has room for so much, and what to do is told first.
    stalled(IntentState::Blocked, "LegRefused", Party::User, format!("{advice}; {why}; {words}"))
}
