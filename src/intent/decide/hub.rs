//! A hub and its spokes. Each spoke is decided like an intent between two peers, on what is known of it alone; what spokes buy, they
//! buy together, and the intent stands where the spoke stands that needs somebody most.

use std::sync::Arc;

use super::{
    Commit, Purchase, Rest, Step, Waiting, buying, going, keeping, replacing, stalled, strand, waiting,
};
use crate::api::{ConnectivitySegment, ConnectivitySegmentSpec, Desired, IntentState, Party};
use crate::intent::facts::{Bought, Facts, cost_something, has_service, name_of, paid};
use crate::intent::offers::Asking;
use crate::model::{Amount, OnDelete, OnPartial, Request};
use crate::planning::Spent;

/// Where the connection of one spoke stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The spoke.
    pub spoke: String,
    /// What is known of it.
    pub facts: Facts,
    /// What is next for it.
    pub next: Next,
}

/// What is next for a spoke for which nothing is to be done by itself.
#[derive(Debug, Clone)]
pub enum Next {
    /// Somebody must act, or it is as asked.
    Rests(Rest),
    /// It could buy this, together with what the others buy.
    Buys(Box<Commit>),
}

/// Where every spoke stands, as far as nothing is to be done about it just now.
#[must_use]
pub fn standings(facts: &Facts) -> Vec<Standing> {
    facts.strands().filter_map(|strand| standing(strand).ok()).collect()
}

fn standing(facts: Facts) -> Result<Standing, Step> {
    let Ok(request) = &facts.request else { return Err(Step::Rest(Rest::Gone)) };
    let Some(spoke) = request.spoke().map(str::to_owned) else { return Err(strand(&facts, request)) };
    let next = match strand(&facts, request) {
        Step::Rest(rest) => Next::Rests(rest),
        Step::Commit(commit) => Next::Buys(commit),
        Step::Create(asked) => {
            let to_spoke = |asking| Asking { spoke: Some(spoke.clone()), ..asking };
            return Err(Step::Create(asked.into_iter().map(to_spoke).collect()));
        }
        step @ (Step::AddFinalizer
        | Step::RemoveFinalizer
        | Step::Align(..)
        | Step::Pin(_)
        | Step::Drop(_)) => return Err(step),
    };
    Ok(Standing { spoke, facts, next })
}

/// What was asked before and is not any more: a spoke that was taken out of the intent is disconnected, unless orders are paused or
/// services are to be kept.
pub fn settle(facts: &Facts, request: &Request) -> Option<Step> {
    let costs = |segment: &ConnectivitySegment| cost_something(segment) || has_service(segment);
    let turned = facts.left(request).find(|segment| {
        let other_kind = segment.spec.spoke.is_none() || request.spokes.is_empty();
        other_kind && segment.spec.desired == Desired::Present && costs(segment)
    });
    if turned.is_some() {
        let what = "two peers and a hub with spokes cannot become one another in place; what runs goes on, see status.inForce: set \
                    the endpoints back, or create another intent and delete this one";
        return Some(stalled(IntentState::Active, "ChangeRefused", Party::User, what.into()));
    }
    let kept = |segment: &ConnectivitySegment| {
        (buying::paused(request) || request.on_delete == OnDelete::Retain)
            && segment.spec.desired == Desired::Present
            && costs(segment)
    };
    for segment in facts.left(request).filter(|segment| kept(segment)) {
        let wanted = ConnectivitySegmentSpec {
            suspend: buying::paused(request),
            // What is only kept is changed no more.
            offer: keeping::ordered(segment),
            intent_generation: facts.generation(),
            ..segment.spec.clone()
        };
        if wanted != segment.spec {
            return Some(Step::Align(segment.clone(), Box::new(wanted)));
        }
    }
    let step = going::disconnect(facts, facts.left(request).filter(|segment| !kept(segment)), false);
    // Nobody waits for what is not asked any more.
    step.filter(|step| !matches!(step, Step::Rest(_)))
}

/// What to do next: whatever a spoke needs by itself, then what they buy together, then whom the first of them waits for.
pub fn decide(facts: &Facts, request: &Request) -> Step {
    let (mut standings, mut asked) = (Vec::new(), Vec::new());
    for strand in facts.strands() {
        match standing(strand) {
            Ok(standing) => standings.push(standing),
            // Looking at all spokes again for each seller that one of them asks would be thousands of looks.
            Err(Step::Create(asking)) => asked.extend(asking),
            Err(step) => return step,
        }
    }
    if !asked.is_empty() {
        return Step::Create(asked);
    }
    // The first purchase of all spokes is one, and so is a change. Neither waits for the other: a spoke that is added and cannot be
    // had touches nothing that runs.
    let holds_up = |new: bool| {
        standings.iter().any(|standing| match (&standing.next, standing.facts.bought()) {
            (Next::Rests(rest), None) => new && is_waited_for(request, rest),
            (Next::Rests(_), Some(bought)) => !new && !is_agreed(&bought),
            (Next::Buys(_), _) => false,
        })
    };
    let (new, changes) = (!holds_up(true), !holds_up(false));
    let commits: Vec<Commit> = standings
        .iter()
        .filter(|standing| if standing.facts.bought().is_none() { new } else { changes })
        .filter_map(|standing| match &standing.next {
            Next::Buys(commit) => Some((**commit).clone()),
            Next::Rests(_) => None,
        })
        .collect();
    if let Some(step) = leaving(facts, request, &commits) {
        return step;
    }
    if let Some(step) = together(facts, request, commits) {
        return step;
    }
    let rest = folded(request, &standings);
    // Nobody waits for what is not asked any more, but a person who must act is told.
    let left_behind = if rest == Rest::Active { keeping::left_behind(facts) } else { None };
    left_behind.unwrap_or(Step::Rest(rest))
}

/// What several spokes leave at once must be accepted together, as what each leaves is accepted by itself.
fn leaving(facts: &Facts, request: &Request, commits: &[Commit]) -> Option<Step> {
    let chosen = commits.iter().filter(|commit| commit.chooses);
    let left = |commit: &Commit| -> Vec<String> {
        let spoke = commit.legs.first().and_then(|leg| leg.segment.spec.spoke.clone());
        let kept = commit.legs.iter().map(|leg| name_of(&leg.segment)).collect();
        let goes = facts.does_without(kept).filter(|segment| segment.spec.spoke == spoke);
        goes.map(|segment| name_of(segment).to_owned()).collect()
    };
    let all: Vec<_> = chosen.map(left).filter(|left| !left.is_empty()).collect();
    let [_, _, ..] = all.as_slice() else { return None };
    let (goes, others): (Vec<_>, Vec<_>) = facts
        .segments
        .iter()
        .cloned()
        .partition(|segment| all.iter().flatten().any(|left| left == name_of(segment)));
    let fees = goes.iter().map(|segment| facts.fee(segment).1).sum::<Option<Amount>>();
    let fees = fees.and_then(|fees| Some(fees + facts.fees_left_by(&others)?));
    let (reason, party, advice) = replacing::not_accepted(fees, request)?;
    let words: Vec<String> = goes.iter().filter_map(|leg| facts.leaving(leg)).collect();
    let what = format!(
        "spokes that are replaced together do without {}; {advice}, or change them one after the other",
        words.join(", ")
    );
    Some(waiting(IntentState::Changing, reason, party, None, what))
}

/// Whether others wait for a spoke of which nothing is bought: always, or while its sellers have time to answer.
const fn is_waited_for(request: &Request, rest: &Rest) -> bool {
    match request.on_partial {
        OnPartial::Wait => true,
        OnPartial::Proceed => matches!(rest, Rest::Waiting(_, Waiting { until: Some(_), .. })),
    }
}

/// Whether all legs are in use, or agreed to, as they are asked now.
fn is_agreed(bought: &Bought) -> bool {
    let agreed = |leg: &ConnectivitySegment| {
        let runs = leg.status.as_ref().and_then(|status| status.in_force.as_ref());
        let agreed = leg.spec.offer.as_ref().filter(|_| leg.spec.desired == Desired::Present);
        runs.is_some_and(|runs| runs.revision == leg.spec.revision)
            || agreed.is_some_and(|offer| offer.revision == leg.spec.revision)
    };
    bought.legs.iter().all(|leg| leg.is_some_and(|leg| agreed(leg)))
}

/// One purchase of all: against the whole budget, and each leg with the authority that all others leave.
fn together(facts: &Facts, request: &Request, commits: Vec<Commit>) -> Option<Step> {
    let (first, budget) = (commits.first()?, request.budget?);
    let (state, chooses) = (first.state, commits.iter().any(|commit| commit.chooses));
    let own = commits.iter().map(|commit| commit.beside).sum::<Spent>();
    let mut legs: Vec<Purchase> = commits.into_iter().flat_map(|commit| commit.legs).collect();
    let segments: Vec<Arc<ConnectivitySegment>> = legs.iter().map(|leg| leg.segment.clone()).collect();
    let names: Vec<&str> = segments.iter().map(|segment| name_of(segment)).collect();
    let buys =
        |segment: &ConnectivitySegment| segments.iter().any(|bought| bought.spec.spoke == segment.spec.spoke);
    let others: Vec<_> = facts.segments.iter().filter(|segment| !buys(segment)).cloned().collect();
    let beside = own + paid(&others);
    let price =
        |leg: &Purchase| Spent { monthly: leg.budgeted.offer.monthly, one_time: leg.budgeted.offer.one_time };
    let prices: Vec<Spent> = legs.iter().map(price).collect();
    let bare: Vec<&ConnectivitySegment> = segments.iter().map(AsRef::as_ref).collect();
    for (index, leg) in legs.iter_mut().enumerate() {
        let others = prices.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, price)| *price);
        leg.spec.authority =
            buying::authority(facts, &leg.segment, others.fold(beside, |sum, one| sum + one));
        // What else the intent has at an account is spent there already; what is bought beside it is counted with it.
        let account = &leg.segment.spec.provider.name;
        let spent = facts.seller(account).map_or(leg.budgeted.spent, |seller| seller.spent);
        leg.budgeted.spent = spent + facts.siblings_at(account, &names);
        if index == 0 {
            leg.budgeted.no_room = facts.no_room(&bare);
        }
    }
    Some(Step::Commit(Box::new(Commit { legs, budget, beside, chooses, state })))
}

/// Where the intent stands: where the first spoke stands that needs somebody most.
fn folded(request: &Request, standings: &[Standing]) -> Rest {
    let mut rests: Vec<(&Standing, &Rest)> = Vec::new();
    for standing in standings {
        match &standing.next {
            Next::Rests(rest) => rests.push((standing, rest)),
            Next::Buys(_) => {}
        }
    }
    let serves = |standing: &&Standing| standing.facts.bought().is_some_and(|bought| bought.in_service());
    let in_use = standings.iter().filter(serves).count();
    let held_up = rests.len() < standings.len();
    let Some((Standing { spoke, facts: known, .. }, worst)) =
        rests.iter().rev().max_by_key(|(_, rest)| behind(rest))
    else {
        return Rest::Active;
    };
    let told = |waiting: &Waiting| {
        let mut what = match waiting.reason.as_str() {
            "BudgetMissing" => "state spec.budget to buy this; status.plan says what it costs".to_owned(),
            _ => format!("{spoke}: {}", waiting.what),
        };
        let whole = known.request.as_ref().is_ok_and(|own| own.budget == request.budget);
        if waiting.reason == "PriceAboveBudget" && !whole {
            what.push_str(" (that is what the other spokes leave of it)");
        }
        if held_up {
            what.push_str(match request.on_partial {
                OnPartial::Wait => "; what others offer is bought once all have offered",
                OnPartial::Proceed => {
                    "; what others offer is bought when it answered, or its time to answer is over"
                }
            });
        }
        let what = format!("{in_use} of {} spokes are in use; {what}", request.spokes.len());
        Waiting { what, ..waiting.clone() }
    };
    let dates = rests.iter().filter_map(|(.., rest)| match rest {
        Rest::Waiting(_, waiting) => waiting.until,
        Rest::Active | Rest::PlanComplete | Rest::Observed | Rest::Stalled(..) | Rest::Gone => None,
    });
    let until = dates.min();
    match worst {
        Rest::Waiting(state, waiting) => Rest::Waiting(*state, Waiting { until, ..told(waiting) }),
        Rest::Stalled(state, waiting) => {
            // What is stopped waits for no date, but something else may be bought at one.
            let until = until.filter(|_| held_up && request.on_partial == OnPartial::Proceed);
            Rest::Stalled(*state, Waiting { until, ..told(waiting) })
        }
        Rest::Active | Rest::PlanComplete | Rest::Observed | Rest::Gone => (*worst).clone(),
    }
}

/// How much a spoke needs somebody.
const fn behind(rest: &Rest) -> u8 {
    match rest {
        Rest::Stalled(..) => 4,
        Rest::Waiting(_, Waiting { party: Party::User | Party::Platform, .. }) => 3,
        Rest::Waiting(..) => 2,
        Rest::PlanComplete => 1,
        Rest::Active | Rest::Observed | Rest::Gone => 0,
    }
}
