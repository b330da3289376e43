//! Nothing is bought: who could sell it, what do they offer, and which offer is taken?

use std::sync::Arc;

use super::{Purchase, Rest, Step, Waiting, approval, buying, designed, existing, nobody, stalled, waiting};
use crate::api::{
    ChosenOffer, ConnectivitySegment, ConnectivitySegmentSpec, Desired, IntentState, Party, SegmentChoice,
    SegmentPath,
};
use crate::intent::facts::{Facts, cost_something, name_of, ready_words, taken_over};
use crate::intent::offers::{self, Held, Market, market};
use crate::model::{Mode, Request};
use crate::planning::{Budgeted, Candidate, Path, Spent};

/// Nothing is bought: ask sellers, choose, buy.
pub fn shop(facts: &Facts, request: &Request) -> Step {
    if let Err(refusal) = &facts.sites {
        return stalled(IntentState::Blocked, refusal.reason, Party::Platform, refusal.message.clone());
    }
    // A service that was found again is ours already, whatever others offer by now.
    let found = |segment: &&Arc<ConnectivitySegment>| cost_something(segment) && !offers::found_part(segment);
    if let Some(found) = facts.offering().find(found) {
        return adopt(facts, request, found);
    }
    if let Some(existing) = &request.existing {
        return existing::look_after(facts, request, existing);
    }
    let market = market(facts, request);
    if let Some(step) = ask(facts, request, &market) {
        return step;
    }
    if market.declined.is_empty() && market.ways.iter().all(|way| market.is_short(way)) {
        return nobody::can_carry(&market);
    }
    // Whatever was offered before: what one seller has already, no other may deliver as well.
    let mut told = facts.offering().map(|segment| (&segment.spec.provider.name, ready_words(segment)));
    if let Some((name, (reason, words))) = told.find(|(_, (reason, _))| reason == "ServiceExists") {
        return waiting(IntentState::Planning, &reason, Party::User, Some(name), words);
    }
    if let Some(step) = await_offers(facts, &market, IntentState::Planning) {
        return step;
    }
    take(facts, request, &market)
}

/// Segments that only ask are brought in line with what could be bought: those that are of no use go, the others follow the intent,
/// and who was not asked yet is asked.
pub(super) fn ask(facts: &Facts, request: &Request, market: &Market) -> Option<Step> {
    for segment in facts.segments.iter().filter(|segment| segment.metadata.deletion_timestamp.is_none()) {
        match segment.spec.desired {
            Desired::Present => continue,
            Desired::Absent => return Some(Step::Drop(segment.clone())),
            Desired::Offer => {}
        }
        match market.leg_of(segment) {
            Some(leg) => {
                if let Some(step) = redesign(facts, request, segment, leg) {
                    return Some(step);
                }
            }
            None if offers::found_part(segment) => {}
            None if offers::declined_part(segment) && !facts.lost_claim(segment) => {}
            None => return Some(Step::Drop(segment.clone())),
        }
    }
    market.missing().map(|asking| Step::Create(vec![asking]))
}

/// A segment that only asked for a price or watched, and whose service turned out to be ours or became ours, is the one that is kept.
fn adopt(facts: &Facts, request: &Request, segment: &Arc<ConnectivitySegment>) -> Step {
    let Some(authority) = buying::authority(facts, segment, Spent::default()) else {
        let what = "the seller has a service of this intent, found again after its record got lost; state spec.budget to keep it";
        return stalled(IntentState::Planned, "BudgetMissing", Party::User, what.into());
    };
    if let Some(step) = approval::pinned(facts) {
        return step;
    }
    let taken_over = taken_over(segment);
    let wanted = ConnectivitySegmentSpec {
        desired: Desired::Present,
        // What was taken over ran as it was when somebody decided: what the intent asks since is a change.
        intent_generation: if taken_over.is_some() {
            segment.spec.intent_generation
        } else {
            facts.generation()
        },
        suspend: buying::paused(request),
        authority: Some(authority),
        existing: taken_over.or_else(|| segment.spec.existing.clone()),
        ..segment.spec.clone()
    };
    Step::Align(segment.clone(), Box::new(wanted))
}

/// An offering segment follows the intent.
fn redesign(
    facts: &Facts,
    request: &Request,
    segment: &Arc<ConnectivitySegment>,
    candidate: &Candidate,
) -> Option<Step> {
    let spec = &segment.spec;
    let design = offers::design(candidate, request);
    // A part of a chain is told of every change: what its seller declined was about the intent as it was.
    let told = spec.leg == offers::ONLY_LEG || spec.intent_generation == facts.generation();
    if design == spec.design && told {
        return None;
    }
    Some(Step::Align(segment.clone(), Box::new(designed(facts, spec, design))))
}

/// Sellers that have not answered are waited for, but not for ever when others did.
pub(super) fn await_offers(facts: &Facts, market: &Market, state: IntentState) -> Option<Step> {
    if let Some((name, reason, words)) = market.pending.first() {
        let oldest = facts
            .offering()
            .filter(|segment| market.pending.iter().any(|(name, ..)| *name == segment.spec.provider.name))
            .filter_map(|segment| segment.metadata.creation_timestamp.as_ref())
            .map(|time| time.0)
            .max();
        let until = oldest.and_then(|oldest| oldest.checked_add(facts.patience).ok());
        let patient = until.is_none_or(|until| facts.now < until);
        if market.held.is_empty() || patient {
            let party = facts
                .offering()
                .find(|segment| segment.spec.provider.name == *name)
                .and_then(|segment| {
                    segment.status.as_ref()?.waiting_for.as_ref().map(|waiting| waiting.party)
                })
                .unwrap_or(Party::Seller);
            // Whoever could buy something else meanwhile waits until then.
            let others = !market.held.is_empty() || facts.others_proceed();
            let waiting = Waiting {
                reason: reason.clone(),
                party,
                name: Some(name.clone()),
                what: format!("{name}: {words}"),
                until: until.filter(|_| patient && others),
            };
            return Some(Step::Rest(Rest::Waiting(state, waiting)));
        }
    }
    if market.held.is_empty() {
        let words: Vec<String> =
            market.declined.iter().map(|(name, _, words)| format!("{name}: {words}")).collect();
        let reason = market.declined.first().map_or("NoOffer", |(_, reason, _)| reason.as_str());
        let what = format!("no seller offers this: {}; ask for less, other sites, or wait", words.join("; "));
        return Some(stalled(IntentState::Blocked, reason, Party::User, what));
    }
    None
}

/// There are offers: take the best one that may be taken, if anything may be bought at all.
fn take(facts: &Facts, request: &Request, market: &Market) -> Step {
    let best = match best(market, IntentState::Blocked) {
        Ok(best) => best,
        Err(step) => return step,
    };
    if request.mode == Mode::Plan {
        return Step::Rest(Rest::PlanComplete);
    }
    if request.budget.is_none() {
        let price = best.bundle.price().map_or_else(
            || "in several currencies".to_owned(),
            |total| format!("{} monthly, {} at once in {}", total.monthly, total.one_time, total.currency),
        );
        let what = format!("state spec.budget to buy this: {price}");
        return stalled(IntentState::Planned, "BudgetMissing", Party::User, what);
    }
    let pin = (!best.way.is_direct()).then(|| SegmentChoice {
        revision: 1,
        paths: pinned(best),
        refused: Vec::new(),
    });
    let purchases = purchases(facts, best, pin.as_ref());
    buying::buy(request, purchases, Spent::default(), true, IntentState::Planned)
}

/// The paths of an offer, as its segments name them.
pub(super) fn pinned(held: &Held) -> Vec<SegmentPath> {
    let mut names = held.segments.iter().map(|segment| name_of(segment).to_owned());
    let path = |path: &Path| SegmentPath {
        segments: names.by_ref().take(path.legs.len()).collect(),
        joints: path.joints.iter().map(offers::joint).collect(),
    };
    held.way.paths.iter().map(path).collect()
}

/// The best that may be taken, or why nothing may.
pub(super) fn best(market: &Market, state: IntentState) -> Result<&Held, Step> {
    if let Some(best) = market.choice.taken.and_then(|index| market.held.get(index)) {
        return Ok(best);
    }
    let vetoes = market.choice.vetoes.iter();
    let words: Vec<String> = vetoes
        .filter_map(|(index, veto)| Some(format!("{}: {veto}", market.held.get(*index)?.bundle.name)))
        .collect();
    let (reason, party) = match market.choice.vetoes.first() {
        Some((_, veto)) => (veto.reason(), buying::whose_move(veto)),
        None => ("NoOffer", Party::Seller),
    };
    Err(stalled(state, reason, party, words.join("; ")))
}

/// All legs of a way, as they are bought. Those that are bought already only learn what they were chosen with.
pub(super) fn purchases(facts: &Facts, best: &Held, pin: Option<&SegmentChoice>) -> Vec<Purchase> {
    let price =
        |budgeted: &Budgeted| Spent { monthly: budgeted.offer.monthly, one_time: budgeted.offer.one_time };
    let legs = || best.segments.iter().zip(&best.bundle.offers);
    legs()
        .enumerate()
        .map(|(index, (segment, budgeted))| {
            let others = legs().enumerate().filter(|(other, _)| *other != index);
            let beside = others.map(|(_, (_, other))| price(other)).sum();
            let offer = segment.status.as_ref().and_then(|status| status.offer.as_ref());
            let chosen = offer.map(|offer| ChosenOffer {
                revision: segment.spec.revision,
                quote_id: offer.quote_id.clone(),
            });
            let kept = segment.spec.desired == Desired::Present;
            let spec = ConnectivitySegmentSpec {
                desired: Desired::Present,
                suspend: false,
                intent_generation: facts.generation(),
                authority: buying::authority(facts, segment, beside),
                offer: if kept { segment.spec.offer.clone() } else { chosen },
                choice: pin.cloned(),
                ..segment.spec.clone()
            };
            Purchase { segment: segment.clone(), spec, budgeted: budgeted.clone() }
        })
        .collect()
}
