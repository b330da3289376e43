//! Something is bought or being bought: is it still what is asked, and may the change be bought?

use std::sync::Arc;

use super::replacing::{self, Because};
use super::{Purchase, Rest, Step, buying, follow, going, refused_change, stalled, waiting};
use crate::api::{
    ChosenOffer, ConnectivitySegment, ConnectivitySegmentSpec, Desired, IntentState, Party, SegmentState,
};
use crate::intent::facts::{
    Bought, Facts, OfferState, cost_something, has_service, is_refused, name_of, offer_state, owed,
    ready_words,
};
use crate::model::{Amount, Request};
use crate::planning::{Budgeted, Offered, Readiness, Spent, last_term_end, termination_fee};

mod refit;

use refit::Unfit;
pub use refit::{fit_chains, unverified};

/// What was to be bought, and of which nothing was ordered, goes; the intent asks anew.
pub fn make_room(segment: &Arc<ConnectivitySegment>) -> Step {
    let gone = ConnectivitySegmentSpec { desired: Desired::Absent, ..segment.spec.clone() };
    Step::Align(segment.clone(), Box::new(gone))
}

/// Whatever else is asked and refused, by the class too: a user can always stop orders.
pub fn stopped(facts: &Facts) -> Option<Step> {
    let runs_on = |segment: &&Arc<ConnectivitySegment>| {
        segment.spec.desired == Desired::Present && !segment.spec.suspend
    };
    let segment = facts.segments.iter().filter(|_| facts.intent.spec.suspend).find(runs_on)?;
    let wanted = ConnectivitySegmentSpec { suspend: true, ..segment.spec.clone() };
    Some(Step::Align(segment.clone(), Box::new(wanted)))
}

/// Something is bought or being bought: is it what is asked?
pub fn maintain(facts: &Facts, request: &Request, bought: &Bought) -> Step {
    if let Some(step) = follow_intent(facts, request, bought) {
        return step;
    }
    if bought.is_broken() {
        return replacing::go(facts, request, bought, Because::Broken);
    }
    if bought.stands()
        && let Some(other) = others(facts, bought)
    {
        return other;
    }
    let legs: Vec<Leg> = bought.there().map(|segment| leg(facts, request, bought, segment)).collect();
    match together(facts, request, bought, legs) {
        Step::Rest(Rest::Active) => left_behind(facts).unwrap_or(Step::Rest(Rest::Active)),
        Step::Rest(Rest::Waiting(state, waiting)) if !bought.before.is_empty() => {
            let legs: Vec<&ConnectivitySegment> = bought.there().map(AsRef::as_ref).collect();
            let old = facts.replaced_by(&legs).unwrap_or_default();
            let what_for =
                format!("the old path goes on until the new one is in use, and both are paid for ({old})");
            replacing::replacing(state, waiting, &what_for)
        }
        step @ (Step::AddFinalizer
        | Step::RemoveFinalizer
        | Step::Create(_)
        | Step::Align(..)
        | Step::Pin(_)
        | Step::Commit(_)
        | Step::Drop(_)
        | Step::Rest(_)) => step,
    }
}

/// What was replaced, and cannot be ended before somebody here acts: it costs money until then.
pub fn left_behind(facts: &Facts) -> Option<Step> {
    let segment = facts.segments.iter().find(|segment| is_stuck(segment))?;
    Some(follow(segment, IntentState::Active, "Disconnecting"))
}

/// Whether somebody here must act before the segment's service ends.
#[must_use]
pub fn is_stuck(segment: &ConnectivitySegment) -> bool {
    let party = segment.status.as_ref().and_then(|status| Some(status.waiting_for.as_ref()?.party));
    segment.spec.desired == Desired::Absent
        && has_service(segment)
        && matches!(party, Some(Party::User | Party::Platform))
}

/// What goes follows the intent, whatever is asked beside it: what ending it may cost, and whether orders are paused.
pub fn end(facts: &Facts) -> Option<Step> {
    let goes = facts.segments.iter().filter(|segment| {
        segment.spec.desired == Desired::Absent && (has_service(segment) || cost_something(segment))
    });
    let mut wanted = goes.map(|segment| (segment, unwanted(facts, segment)));
    let (segment, wanted) = wanted.find(|(segment, wanted)| segment.spec != *wanted)?;
    Some(Step::Align(segment.clone(), Box::new(wanted)))
}

/// What is not of the path: offers that lost, and what an earlier path had and this one does without.
fn others(facts: &Facts, bought: &Bought) -> Option<Step> {
    let others = || facts.segments.iter().filter(|segment| !bought.has(segment));
    if let Some(loser) = facts.offering().find(|segment| !bought.has(segment)) {
        // It asked for a price, and found what was bought before.
        let ends = || Step::Align(loser.clone(), Box::new(unwanted(facts, loser)));
        return Some(if cost_something(loser) { ends() } else { Step::Drop(loser.clone()) });
    }
    // What works is not given up before all that replaces it is in use.
    let stays = |segment: &ConnectivitySegment| bought.choice.is_none() || bought.carries(segment);
    let left = others().find(|segment| segment.spec.desired == Desired::Present && !stays(segment));
    left.map(|segment| Step::Align(segment.clone(), Box::new(unwanted(facts, segment)))).or_else(|| {
        let going = |segment: &&Arc<ConnectivitySegment>| {
            segment.spec.desired == Desired::Absent && segment.metadata.deletion_timestamp.is_none()
        };
        others().find(going).map(|segment| Step::Drop(segment.clone()))
    })
}

fn unwanted(facts: &Facts, segment: &ConnectivitySegment) -> ConnectivitySegmentSpec {
    ConnectivitySegmentSpec {
        desired: Desired::Absent,
        suspend: facts.request.as_ref().is_ok_and(buying::paused),
        authority: buying::authority(facts, segment, Spent::default())
            .map(|authority| going::shared(facts, segment, authority)),
        ..segment.spec.clone()
    }
}

/// The offer that was chosen, where it was ordered: what is to go starts nothing new.
pub fn ordered(segment: &ConnectivitySegment) -> Option<ChosenOffer> {
    let status = segment.status.as_ref()?;
    let orders = status.orders.iter().filter(|record| record.refusal.is_none()).map(|record| record.revision);
    let runs = status.in_force.iter().map(|runs| runs.revision);
    let mut revisions = orders.chain(runs);
    segment.spec.offer.clone().filter(|chosen| revisions.any(|revision| revision == chosen.revision))
}

/// What was chosen follows the intent as it is now.
fn follow_intent(facts: &Facts, request: &Request, bought: &Bought) -> Option<Step> {
    let legs: Vec<_> = bought.there().collect();
    let give_up = || wanted(&legs).map(make_room);
    let is_part = legs.len() < bought.legs.len();
    // A part is gone: where nothing was ordered of the others either, the intent asks anew. Unless a seller refused, which must be
    // remembered.
    if is_part && bought.cost_nothing() && !legs.iter().any(|leg| is_refused(leg)) {
        return give_up();
    }
    // Whatever else was asked and may be refused: a user can always stop orders and spend less.
    let chosen = bought.there().filter(|segment| segment.spec.desired == Desired::Present);
    let chosen =
        chosen.map(|segment| (segment, bought.beside(segment), bought.choice, segment.spec.offer.clone()));
    // What is neither of it nor carries it until then goes, as soon as all of it is told to be bought.
    let stays = |segment: &ConnectivitySegment| !bought.stands() || bought.carries(segment);
    let before = facts
        .segments
        .iter()
        .filter(|segment| segment.spec.desired == Desired::Present && !bought.has(segment) && stays(segment));
    let before = before
        .map(|segment| (segment, facts.beside(segment), segment.spec.choice.as_ref(), ordered(segment)));
    for (segment, beside, choice, offer) in chosen.chain(before) {
        let allowed = ConnectivitySegmentSpec {
            suspend: buying::paused(request),
            authority: buying::authority(facts, segment, beside),
            choice: choice.cloned(),
            offer,
            ..segment.spec.clone()
        };
        if allowed != segment.spec {
            return Some(Step::Align(segment.clone(), Box::new(allowed)));
        }
    }
    if is_part {
        return None;
    }
    let follows = follows(facts, &legs);
    if follows && !facts.class.fresh {
        return None;
    }
    if !follows && is_set_back(facts, request, bought) {
        return if bought.cost_nothing() {
            give_up()
        } else {
            Some(replacing::go(facts, request, bought, Because::Changed("what runs is as asked again")))
        };
    }
    match refit::replan(facts, request, &legs) {
        Ok(wanted) => legs
            .iter()
            .zip(wanted)
            .find(|(segment, wanted)| segment.spec != *wanted)
            .map(|(segment, wanted)| Step::Align((*segment).clone(), Box::new(wanted))),
        Err(_) if bought.cost_nothing() => give_up(),
        // It is planned anew around what cannot be had, whatever else does not fit any more.
        Err(_) if bought.is_broken() => None,
        // A class that is applied anew asks what is bought to follow, not for something else.
        Err(Unfit::InPlace(why)) if !follows => {
            Some(replacing::go(facts, request, bought, Because::Changed(&why)))
        }
        Err(Unfit::InPlace(why) | Unfit::AtAll(why)) => Some(refused_change(bought, &why, "")),
    }
}

/// Whether what runs is what is asked again, and what was chosen to replace it is not.
fn is_set_back(facts: &Facts, request: &Request, bought: &Bought) -> bool {
    let as_asked = |legs: &[&Arc<ConnectivitySegment>]| {
        refit::replan(facts, request, legs).is_ok_and(|wanted| {
            legs.iter().zip(&wanted).all(|(leg, wanted)| leg.spec.revision == wanted.revision)
        })
    };
    let legs: Vec<_> = bought.there().collect();
    !bought.is_broken() && !bought.before.is_empty() && as_asked(&bought.before) && !as_asked(&legs)
}

fn follows(facts: &Facts, legs: &[&Arc<ConnectivitySegment>]) -> bool {
    legs.iter().all(|segment| segment.spec.intent_generation == facts.generation())
}

/// Whether something else is looked for in place of what is bought.
#[must_use]
pub fn is_planned_anew(facts: &Facts) -> bool {
    let (Ok(request), Some(bought)) = (&facts.request, facts.bought()) else { return false };
    let legs: Vec<_> = bought.there().collect();
    if bought.is_broken() {
        return !bought.cost_nothing() || legs.iter().any(|leg| is_refused(leg));
    }
    let unfit = || {
        matches!(refit::replan(facts, request, &legs), Err(Unfit::InPlace(_)))
            || is_set_back(facts, request, &bought)
    };
    !follows(facts, &legs) && !bought.cost_nothing() && unfit()
}

fn wanted<'a>(legs: &[&'a Arc<ConnectivitySegment>]) -> Option<&'a Arc<ConnectivitySegment>> {
    legs.iter().copied().find(|leg| leg.spec.desired == Desired::Present)
}

/// Where a leg stands.
enum Leg {
    /// It is as it should be, or somebody works on it, or must act.
    Rests(Step),
    /// The seller has not offered, or does not offer, what is asked now: nothing else may be bought before.
    NotOffered(Step),
    /// Its offer can be agreed to.
    Buys(Box<Purchase>),
}

/// Where all legs stand together: the first that cannot go on, then what can be bought, then whoever is furthest behind.
fn together(facts: &Facts, request: &Request, bought: &Bought, legs: Vec<Leg>) -> Step {
    let (mut rests, mut not_offered, mut purchases) = (Vec::new(), Vec::new(), Vec::new());
    for leg in legs {
        match leg {
            Leg::Rests(step) => rests.push(step),
            Leg::NotOffered(step) => not_offered.push(step),
            Leg::Buys(purchase) => purchases.push(*purchase),
        }
    }
    if !purchases.is_empty() && not_offered.is_empty() {
        let segments: Vec<_> = purchases.iter().map(|purchase| purchase.segment.clone()).collect();
        let names: Vec<&str> = segments.iter().map(|segment| name_of(segment)).collect();
        let others = bought.there().filter(|segment| !names.contains(&name_of(segment)));
        let beside = others.filter_map(|segment| owed(segment)).sum();
        // What else the intent has at an account is spent there already.
        for Purchase { budgeted, .. } in &mut purchases {
            budgeted.spent = budgeted.spent + facts.siblings_at(&budgeted.offer.account, &names);
        }
        return buying::buy(request, purchases, beside, false, state_of(bought));
    }
    rests.extend(not_offered);
    // Of equal ones the first.
    rests.into_iter().rev().max_by_key(behind).unwrap_or(Step::Rest(Rest::Active))
}

/// How far behind a leg is that rests.
fn behind(step: &Step) -> u8 {
    match step {
        Step::Rest(Rest::Stalled(..)) => 4,
        Step::Rest(Rest::Waiting(IntentState::Provisioning | IntentState::Planned, _)) => 3,
        Step::Rest(Rest::Waiting(..)) => 2,
        Step::Rest(Rest::Active | Rest::PlanComplete | Rest::Observed | Rest::Gone) => 0,
        Step::AddFinalizer
        | Step::RemoveFinalizer
        | Step::Create(_)
        | Step::Align(..)
        | Step::Pin(_)
        | Step::Commit(_)
        | Step::Drop(_) => 1,
    }
}

fn state_of(bought: &Bought) -> IntentState {
    if bought.serves() { IntentState::Changing } else { IntentState::Provisioning }
}

fn leg(facts: &Facts, request: &Request, bought: &Bought, segment: &Arc<ConnectivitySegment>) -> Leg {
    let (spec, state) = (&segment.spec, state_of(bought));
    let in_force = segment.status.as_ref().and_then(|status| status.in_force.as_ref());
    if in_force.is_some_and(|in_force| in_force.revision == spec.revision) {
        return Leg::Rests(kept(bought, segment, state));
    }
    match offer_state(segment, request.accepted_risk, facts.now) {
        OfferState::Made(monthly, one_time) => agree(facts, request, bought, segment, (monthly, one_time)),
        OfferState::Declined(..) if is_blocked(segment) => {
            Leg::NotOffered(follow(segment, state_of_refusal(bought), "Blocked"))
        }
        OfferState::Declined(reason, words) => {
            let reason = if has_service(segment) && reason != "OrderOutcomeUnknown" {
                "ChangeRefused"
            } else {
                &reason
            };
            Leg::NotOffered(stalled(state_of_refusal(bought), reason, Party::User, words))
        }
        OfferState::Pending(..) => Leg::NotOffered(follow(segment, state, "AwaitingOffer")),
    }
}

/// Since when the service is in use.
fn since(segment: &ConnectivitySegment, facts: &Facts) -> jiff::Timestamp {
    let in_force = segment.status.as_ref().and_then(|status| status.in_force.as_ref());
    in_force.map_or(facts.now, |in_force| in_force.since.0)
}

fn state_of_refusal(bought: &Bought) -> IntentState {
    if bought.serves() { IntentState::Active } else { IntentState::Blocked }
}

fn is_blocked(segment: &ConnectivitySegment) -> bool {
    segment.status.as_ref().and_then(|status| status.state) == Some(SegmentState::Blocked)
}

/// A bought segment is as designed, as far as we know.
fn kept(bought: &Bought, segment: &Arc<ConnectivitySegment>, state: IntentState) -> Step {
    let status = segment.status.as_ref().and_then(|status| status.state);
    match status {
        Some(SegmentState::Active | SegmentState::Released) => Step::Rest(Rest::Active),
        Some(SegmentState::Blocked) => follow(segment, state_of_refusal(bought), "Blocked"),
        Some(SegmentState::Declined) => {
            let (reason, words) = ready_words(segment);
            stalled(state_of_refusal(bought), &reason, Party::Seller, words)
        }
        Some(
            // What it told before it was wanted is not about the service that we have.
            SegmentState::Offered
            | SegmentState::Observed
            | SegmentState::Offering
            | SegmentState::Ordering
            | SegmentState::Changing
            | SegmentState::Disconnecting
            | SegmentState::Gone,
        )
        | None => follow(segment, state, "Provisioning"),
    }
}

/// An offer for the wanted design is there: agree to it, if it may be, and follow the order.
fn agree(
    facts: &Facts,
    request: &Request,
    bought: &Bought,
    segment: &Arc<ConnectivitySegment>,
    (monthly, one_time): (Amount, Amount),
) -> Leg {
    let (spec, state) = (&segment.spec, state_of(bought));
    let Some(quote_id) =
        segment.status.as_ref().and_then(|status| status.offer.as_ref()).map(|offer| offer.quote_id.clone())
    else {
        return Leg::NotOffered(follow(segment, state, "AwaitingOffer"));
    };
    let chosen = ChosenOffer { revision: spec.revision, quote_id };
    if spec.offer.as_ref() == Some(&chosen) && spec.desired == Desired::Present {
        let refused =
            matches!(segment.status.as_ref().and_then(|status| status.state), Some(SegmentState::Declined));
        if refused {
            let (reason, words) = ready_words(segment);
            return Leg::NotOffered(stalled(state_of_refusal(bought), &reason, Party::User, words));
        }
        return Leg::Rests(follow(segment, state, "Ordering"));
    }
    let Some(seller) = facts.seller(&spec.provider.name) else {
        return Leg::NotOffered(follow(segment, state, "ProviderMissing"));
    };
    let design = match crate::admit::segment(spec, facts.now) {
        Ok(parsed) => parsed.design,
        Err(refusal) => {
            return Leg::NotOffered(stalled(state, refusal.reason, Party::Platform, refusal.message));
        }
    };
    let offer = Offered {
        account: spec.provider.name.clone(),
        currency: seller.asked.account.currency,
        monthly,
        one_time,
        term: design.term.clone(),
    };
    if has_service(segment) && seller.asked.account.change.restarts_term {
        let fee = termination_fee(
            seller.asked.account.early_termination,
            monthly,
            last_term_end(&design, since(segment, facts), design.term.end_after(facts.now), facts.now),
            facts.now,
        );
        let accepted = request.budget.map_or(Amount::ZERO, |budget| budget.termination);
        if fee.is_none_or(|fee| fee > accepted) {
            let cost = fee.map_or_else(|| "an unknown sum".into(), |fee| format!("{fee} {}", offer.currency));
            return Leg::NotOffered(waiting(
                state,
                "TermRestarts",
                Party::User,
                None,
                format!(
                    "the change starts the term again, and leaving it early would cost {cost}; raise spec.budget.termination to accept that"
                ),
            ));
        }
    }
    let (limits, no_room) = (seller.asked.account.limits, facts.no_room(&[segment]));
    let budgeted = Budgeted { offer, limits, spent: seller.spent, no_room, ready: Readiness::Ordered };
    let wanted = ConnectivitySegmentSpec {
        desired: Desired::Present,
        offer: Some(chosen),
        authority: buying::authority(facts, segment, bought.beside(segment)),
        choice: bought.choice.cloned(),
        ..spec.clone()
    };
    Leg::Buys(Box::new(Purchase { segment: segment.clone(), spec: wanted, budgeted }))
}
