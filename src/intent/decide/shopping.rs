//! Nothing is bought: who could sell it, what do they offer, and which offer is taken?

use std::sync::Arc;

use super::{Rest, Step, Waiting, approval, buying, existing, stalled, waiting};
use crate::api::{ChosenOffer, ConnectivitySegment, ConnectivitySegmentSpec, Desired, IntentState, Party};
use crate::intent::facts::{Facts, cost_something, ready_words, taken_over};
use crate::intent::offers::{self, Held, Market, market};
use crate::model::{Mode, Request};
use crate::planning::Candidate;

/// Nothing is bought: ask sellers, choose, buy.
pub fn shop(facts: &Facts, request: &Request) -> Step {
    if let Err(refusal) = &facts.sites {
        return stalled(IntentState::Blocked, refusal.reason, Party::Platform, refusal.message.clone());
    }
    // A service that was found again is ours already, whatever others offer by now.
    if let Some(found) = facts.offering().find(|segment| cost_something(segment)) {
        return adopt(facts, request, found);
    }
    if let Some(existing) = &request.existing {
        return existing::look_after(facts, request, existing);
    }
    let market = market(facts, request);
    for segment in facts.segments.iter().filter(|segment| segment.metadata.deletion_timestamp.is_none()) {
        if segment.spec.desired == Desired::Absent {
            return Step::Drop(segment.clone());
        }
        let candidate =
            market.candidates.iter().find(|candidate| candidate.account == segment.spec.provider.name);
        match candidate {
            Some(candidate)
                if segment.spec.existing.is_none()
                    && !facts.lost_claim(segment)
                    && offers::same_ends(segment, candidate, request) =>
            {
                if let Some(step) = redesign(facts, request, segment, candidate) {
                    return step;
                }
            }
            Some(_) | None => return Step::Drop(segment.clone()),
        }
    }
    for candidate in &market.candidates {
        let asked = facts.offering().any(|segment| segment.spec.provider.name == candidate.account);
        let full = market.shortages.iter().any(|(name, _)| *name == candidate.account);
        if !asked && !full {
            return Step::Create(Box::new(candidate.clone()));
        }
    }
    if market.candidates.len() == market.shortages.len() {
        return nobody(&market);
    }
    // Whatever was offered before: what one seller has already, no other may deliver as well.
    let mut told = facts.offering().map(|segment| (&segment.spec.provider.name, ready_words(segment)));
    if let Some((name, (reason, words))) = told.find(|(_, (reason, _))| reason == "ServiceExists") {
        return waiting(IntentState::Planning, &reason, Party::User, Some(name), words);
    }
    if let Some(step) = await_offers(facts, &market) {
        return step;
    }
    take(facts, request, &market)
}

/// A segment that only asked for a price or watched, and whose service turned out to be ours or became ours, is the one that is kept.
fn adopt(facts: &Facts, request: &Request, segment: &Arc<ConnectivitySegment>) -> Step {
    let Some(authority) = buying::authority(facts, segment) else {
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
    if design == spec.design {
        return None;
    }
    let wanted = ConnectivitySegmentSpec {
        revision: spec.revision + 1,
        intent_generation: facts.generation(),
        design,
        ..spec.clone()
    };
    Some(Step::Align(segment.clone(), Box::new(wanted)))
}

/// No seller can carry the request: the most telling reason, and all of them in words.
pub(super) fn nobody(market: &Market) -> Step {
    let words: Vec<String> = market
        .shortages
        .iter()
        .map(|(name, why)| format!("{name}: {why}"))
        .chain(market.rejections.iter().map(|(name, why)| format!("{name}: {why}")))
        .collect();
    let reason = if market.shortages.is_empty() {
        market.rejections.first().map_or("NoProvider", |(_, why)| why.reason())
    } else {
        "NoFreePort"
    };
    let party = if matches!(reason, "NoProvider" | "NotAllowed" | "NoFreePort") {
        Party::Platform
    } else {
        Party::User
    };
    let all = if words.is_empty() { "there is no ConnectivityProvider".to_owned() } else { words.join("; ") };
    stalled(IntentState::Blocked, reason, party, format!("no provider can carry this: {all}"))
}

/// Sellers that have not answered are waited for, but not for ever when others did.
fn await_offers(facts: &Facts, market: &Market) -> Option<Step> {
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
            let waiting = Waiting {
                reason: reason.clone(),
                party,
                name: Some(name.clone()),
                what: format!("{name}: {words}"),
                until: until.filter(|_| !market.held.is_empty()),
            };
            return Some(Step::Rest(Rest::Waiting(IntentState::Planning, waiting)));
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
    let Some(best) = market.choice.taken.and_then(|index| market.held.get(index)) else {
        let words: Vec<String> = market
            .choice
            .vetoes
            .iter()
            .filter_map(|(index, veto)| {
                Some(format!("{}: {veto}", market.held.get(*index)?.candidate.account))
            })
            .collect();
        let (reason, party) = match market.choice.vetoes.first() {
            Some((_, veto)) => (veto.reason(), buying::whose_move(veto)),
            None => ("NoOffer", Party::Seller),
        };
        return stalled(IntentState::Blocked, reason, party, words.join("; "));
    };
    if request.mode == Mode::Plan {
        return Step::Rest(Rest::PlanComplete);
    }
    if request.budget.is_none() {
        let what = format!(
            "state spec.budget to buy this: {} monthly, {} at once in {}",
            best.budgeted.offer.monthly, best.budgeted.offer.one_time, best.budgeted.offer.currency
        );
        return stalled(IntentState::Planned, "BudgetMissing", Party::User, what);
    }
    let Held { segment, budgeted, .. } = best;
    let quote_id =
        segment.status.as_ref().and_then(|status| status.offer.as_ref()).map(|offer| offer.quote_id.clone());
    let wanted = ConnectivitySegmentSpec {
        desired: Desired::Present,
        intent_generation: facts.generation(),
        authority: buying::authority(facts, segment),
        offer: quote_id.map(|quote_id| ChosenOffer { revision: segment.spec.revision, quote_id }),
        ..segment.spec.clone()
    };
    buying::buy(facts, request, segment, wanted, budgeted.clone(), IntentState::Planned)
}
