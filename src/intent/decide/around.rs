//! A part of the chain that was chosen cannot be had: its seller finally refused it, or it had to go. The connection is planned again
//! around it. What the new path uses of the old one is kept; the rest is disconnected once all of the new one is told to be bought.

use super::{Step, buying, shopping, stalled, waiting};
use crate::api::{ConnectivitySegment, IntentState, Party, SegmentChoice};
use crate::intent::facts::{Bought, Facts, has_service, is_refused, key, name_of, ready_words};
use crate::intent::offers::{Held, Market, market};
use crate::model::{Amount, Request};
use crate::planning::Spent;

/// Most legs that are remembered as refused.
const MOST_REFUSED: usize = 32;

/// Plans around what cannot be had: asks, chooses and buys like for the first time, with what is bought already among the offers.
pub fn go(facts: &Facts, request: &Request, bought: &Bought) -> Step {
    let state = if bought.there().any(|leg| has_service(leg)) {
        IntentState::Provisioning
    } else {
        IntentState::Planned
    };
    if let Err(refusal) = &facts.sites {
        return stalled(state, refusal.reason, Party::Platform, refusal.message.clone());
    }
    let market = market(facts, request);
    if let Some(step) = shopping::ask(facts, request, &market) {
        return step;
    }
    if market.held.is_empty() && market.pending.is_empty() {
        return stuck(facts, bought, &market);
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
    if let Some(step) = leaving(facts, request, bought, best, state) {
        return step;
    }
    let purchases = shopping::purchases(facts, best, Some(&pin));
    buying::buy(facts, request, purchases, Spent::default(), true, state)
}

/// What runs and the new path does without is disconnected: nothing is bought in its place before that may be paid.
fn leaving(
    facts: &Facts,
    request: &Request,
    bought: &Bought,
    best: &Held,
    state: IntentState,
) -> Option<Step> {
    let used = |leg: &ConnectivitySegment| best.segments.iter().any(|kept| name_of(kept) == name_of(leg));
    let left: Vec<_> = bought.there().filter(|leg| has_service(leg) && !used(leg)).collect();
    let fee: Option<Amount> = left.iter().map(|leg| facts.fee(leg).1).sum();
    let accepted = request.budget.map_or(Amount::ZERO, |budget| budget.termination);
    if fee.is_some_and(|fee| fee <= accepted) {
        return None;
    }
    let words: Vec<String> = left.iter().filter_map(|leg| facts.leaving(leg)).collect();
    let (reason, party, advice) = match fee {
        Some(_) => ("TerminationFeeNotAccepted", Party::User, "raise spec.budget.termination to accept that"),
        None => {
            ("TerminationFeeUnknown", Party::Platform, "state earlyTermination in its ConnectivityProvider")
        }
    };
    let what = format!(
        "{} can carry it instead, and does without {}; {advice}, change the intent, or delete it",
        best.way.name(),
        words.join(", ")
    );
    Some(waiting(state, reason, party, None, what))
}

/// There is no other way: what was refused, why nothing else can be had, and what runs on and costs.
fn stuck(facts: &Facts, bought: &Bought, market: &Market) -> Step {
    let refused = bought
        .there()
        .filter(|leg| is_refused(leg))
        .map(|leg| format!("{}: {}", key(leg), ready_words(leg).1));
    let mut words: Vec<String> = refused.collect();
    if words.is_empty() {
        words.push("a part of the connection is gone".into());
    }
    words.push("there is no other way".into());
    words.extend(market.shortages.iter().map(|(name, why)| format!("{name}: {why}")));
    words.extend(market.declined.iter().map(|(name, _, why)| format!("{name}: {why}")));
    words.extend(market.rejections.iter().map(|(name, why)| format!("{name}: {why}")));
    let runs = bought.there().filter(|leg| has_service(leg)).filter_map(|leg| facts.leaving(leg));
    let runs: Vec<String> = runs.collect();
    let advice = if runs.is_empty() {
        "change the intent, or delete it".to_owned()
    } else {
        format!("what runs goes on: {}; change the intent, or delete it", runs.join(", "))
    };
    // A message has room for so much, and what to do is told first.
    stalled(IntentState::Blocked, "LegRefused", Party::User, format!("{advice}; {}", words.join("; ")))
}
