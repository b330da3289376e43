//! What is told about one intent: a pure function from the facts and the rest that was reached to its status.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::decide::{Pin, Rest, Waiting, is_planned_anew};
use super::facts::{Facts, OfferState, is_refused, key, offer_state, ready_words};
use super::offers::{Held, Market, market};
use crate::api::{
    ApprovalUse, ConnectivityIntentStatus, ConnectivitySegment, Effective, IntentState, ObjectiveStatus,
    OfferSummary, Plan, PromiseKind, Statement, WaitingFor, conditions, holds, told, whole,
};
use crate::model::{AcceptedRisk, Commitment, Request};
use crate::planning::{Objective, Promise, Readiness};

mod diverse;
mod plan;
mod running;
mod spokes;

/// Most differences that are told.
const DIFFERENCES: usize = 16;

/// One connection between two ends: that of the intent, or one for each spoke.
struct Connection<'a> {
    /// What is known of it.
    facts: &'a Facts,
    /// The segments of the plan: those that are bought, or still run.
    planned: Vec<&'a Arc<ConnectivitySegment>>,
    /// The segments that carry it until what is planned does.
    legs: Vec<&'a Arc<ConnectivitySegment>>,
    /// Where nothing is bought, or it is planned anew: what could be bought.
    market: Option<Market>,
}

impl<'a> Connection<'a> {
    fn of(facts: &'a Facts) -> Self {
        let (planned, legs) = (facts.planned(), facts.serving());
        let request = facts.request.as_ref().ok().filter(|_| planned.is_empty() || is_planned_anew(facts));
        Self { facts, market: request.map(|request| market(facts, request)), planned, legs }
    }
}

/// The status after a rest was reached.
#[must_use]
pub fn status(facts: &Facts, rest: &Rest) -> ConnectivityIntentStatus {
    let now = whole(facts.now);
    let old = facts.intent.status.as_ref();
    let told = facts.told();
    let connections: Vec<Connection> = told.iter().map(Connection::of).collect();
    let legs: Vec<_> = connections.iter().flat_map(|one| one.legs.clone()).collect();
    let plan = plan::told(facts, &connections, old);
    let spokes = spokes::told(facts, rest, plan.as_ref());
    let waiting = waiting_of(rest);
    ConnectivityIntentStatus {
        observed_generation: facts.intent.metadata.generation,
        state: state_of(rest),
        effective: effective(facts, rest, old),
        approval: old.and_then(|status| status.approval.clone()),
        conditions: conditions(
            old.map_or(&[], |status| status.conditions.as_slice()),
            statements(facts, rest, plan.as_ref(), &connections),
            facts.intent.metadata.generation,
            &now,
        ),
        waiting_for: waiting.map(|waiting| {
            WaitingFor {
                party: waiting.party,
                name: waiting.name.clone(),
                what: waiting.what.chars().take(1_000).collect(),
                since: now.clone(),
                until: waiting.until.map(whole),
            }
            .since(old.and_then(|status| status.waiting_for.as_ref()))
        }),
        offers: offers(facts, &legs, old),
        plan,
        spokes,
        commitment: running::commitment(facts, &legs),
        in_force: running::in_force(&legs),
        differences: legs
            .iter()
            .filter_map(|segment| segment.status.as_ref())
            .flat_map(|status| status.differences.clone())
            .take(DIFFERENCES)
            .collect(),
        attachments: connections.iter().flat_map(|one| running::attachments(one.facts, &one.legs)).collect(),
        objectives: objectives(&connections),
    }
}

/// What counts of the class. A change that was refused changed nothing.
fn effective(facts: &Facts, rest: &Rest, old: Option<&ConnectivityIntentStatus>) -> Option<Effective> {
    match rest {
        Rest::Stalled(_, waiting) if waiting.reason == "ChangeRefused" => {
            old.and_then(|status| status.effective.clone())
        }
        Rest::Active
        | Rest::PlanComplete
        | Rest::Observed
        | Rest::Gone
        | Rest::Waiting(..)
        | Rest::Stalled(..) => facts.class.effective.clone(),
    }
}

/// The status as it is, with what is pinned before an order leaves.
#[must_use]
pub fn pinned(facts: &Facts, pin: Pin) -> ConnectivityIntentStatus {
    let old = facts.intent.status.clone().unwrap_or_default();
    let used = pin.approval.map(|(decision, digest)| ApprovalUse { decision, digest, at: whole(facts.now) });
    ConnectivityIntentStatus { effective: pin.effective, approval: used.or(old.approval.clone()), ..old }
}

/// How long a wait for offers goes on before one more offer is worth a write of its own.
pub const BURST: Duration = Duration::from_secs(5);

/// How long to wait before telling this: offers that come one after the other within a moment are told together.
#[must_use]
pub fn not_yet(
    old: &ConnectivityIntentStatus,
    new: &ConnectivityIntentStatus,
    now: Timestamp,
) -> Option<Duration> {
    let about = |status: &ConnectivityIntentStatus| {
        let reason = told(&status.conditions, "Ready").map(|ready| ready.reason.clone());
        (
            status.observed_generation,
            status.state,
            reason,
            status.waiting_for.as_ref().map(|waiting| waiting.party),
        )
    };
    if new.state != IntentState::Planning || about(old) != about(new) {
        return None;
    }
    let since = old.waiting_for.as_ref()?.since.0;
    let waited = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    BURST.checked_sub(waited).filter(|left| !left.is_zero())
}

const fn waiting_of(rest: &Rest) -> Option<&Waiting> {
    match rest {
        Rest::Waiting(_, waiting) | Rest::Stalled(_, waiting) => Some(waiting),
        Rest::Active | Rest::PlanComplete | Rest::Observed | Rest::Gone => None,
    }
}

const fn state_of(rest: &Rest) -> IntentState {
    match rest {
        Rest::Active => IntentState::Active,
        Rest::PlanComplete => IntentState::Planned,
        Rest::Observed => IntentState::Observed,
        Rest::Waiting(state, _) | Rest::Stalled(state, _) => *state,
        Rest::Gone => IntentState::Disconnecting,
    }
}

/// Ready, Reconciling, Stalled, Accepted, Planned, Provisioned, HandedOver, Drifted: always all of them. Diverse, where that was asked.
fn statements(facts: &Facts, rest: &Rest, plan: Option<&Plan>, connections: &[Connection]) -> Vec<Statement> {
    let (reason, message): (String, String) = match rest {
        Rest::Active => ("Active".into(), in_use(facts)),
        Rest::PlanComplete => {
            ("PlanComplete".into(), "planned and priced; mode is Plan, so nothing is ordered".into())
        }
        Rest::Observed => {
            ("Observed".into(), "the service is in use; mode is ObserveOnly, so nothing is ordered".into())
        }
        Rest::Gone => ("Gone".into(), "nothing is left".into()),
        Rest::Waiting(_, waiting) | Rest::Stalled(_, waiting) => {
            (waiting.reason.clone(), waiting.what.clone())
        }
    };
    let ready = matches!(rest, Rest::Active | Rest::PlanComplete | Rest::Observed);
    let stalled = matches!(rest, Rest::Stalled(..));
    let only_if = |holds: bool| if holds { message.clone() } else { String::new() };
    let legs: Vec<_> = connections.iter().flat_map(|one| one.legs.clone()).collect();
    let has_service =
        !connections.is_empty() && connections.iter().all(|one| running::all_serve(one.facts, &one.legs));
    let refusal = facts.request.as_ref().err().or(facts.sites.as_ref().err());
    let unsold = stalled && plan.is_none() && legs.is_empty();
    vec![
        Statement { kind: "Ready", holds: Some(ready), reason: reason.clone(), message: message.clone() },
        Statement {
            kind: "Reconciling",
            holds: Some(!ready && !stalled),
            reason: reason.clone(),
            message: only_if(!ready && !stalled),
        },
        Statement {
            kind: "Stalled",
            holds: Some(stalled),
            reason: reason.clone(),
            message: only_if(stalled),
        },
        match refusal {
            Some(refusal) => Statement::no("Accepted", refusal.reason, refusal.message.clone()),
            None if unsold => Statement::no("Accepted", reason.clone(), message.clone()),
            None => Statement::yes("Accepted", "Accepted", "the intent can be carried"),
        },
        match plan {
            Some(plan) => Statement::yes(
                "Planned",
                "Planned",
                format!("{} monthly, {} at once", plan.monthly, plan.one_time),
            ),
            None if stalled => Statement::no("Planned", reason, message),
            None => Statement::unknown("Planned", "Pending", "sellers are being asked"),
        },
        if has_service {
            Statement::yes("Provisioned", "Provisioned", "the seller's inventory shows the service")
        } else {
            Statement::no("Provisioned", "NotProvisioned", "")
        },
        if has_service {
            Statement::yes("HandedOver", "HandedOver", "status.attachments says what to plug into")
        } else {
            Statement::no("HandedOver", "NotHandedOver", "")
        },
        Statement::as_told("Drifted", told_by_segments(&legs)),
    ]
    .into_iter()
    .chain(diverse::told(connections))
    .chain(facts.class.changed.clone())
    .collect()
}

fn in_use(facts: &Facts) -> String {
    match facts.request.as_ref().map(|request| request.spokes.len()) {
        Ok(count @ 1..) => format!("all spokes are in use as asked: {count} of {count}"),
        Ok(0) | Err(_) => "the connection is in use as asked".to_owned(),
    }
}

/// What the segments that are bought say of themselves: the first that drifted, or the first.
fn told_by_segments<'a>(legs: &[&'a Arc<ConnectivitySegment>]) -> &'a [Condition] {
    let told = || legs.iter().filter_map(|segment| segment.status.as_ref()).map(|status| &*status.conditions);
    told().find(|told| holds(told, "Drifted")).or_else(|| told().next()).unwrap_or_default()
}

/// Offers of all segments, and of those that lost and are gone, as they were told before.
fn offers(
    facts: &Facts,
    legs: &[&Arc<ConnectivitySegment>],
    old: Option<&ConnectivityIntentStatus>,
) -> Vec<OfferSummary> {
    let risk = facts.request.as_ref().map_or(AcceptedRisk::default(), |request| request.accepted_risk);
    let mut offers: Vec<OfferSummary> =
        facts.segments.iter().map(|segment| summary(segment, risk, facts.now)).collect();
    if !legs.is_empty() {
        let other = |present: &OfferSummary, offer: &OfferSummary| place(present) != place(offer);
        let gone = old
            .iter()
            .flat_map(|status| &status.offers)
            .filter(|offer| offers.iter().all(|present| other(present, offer)));
        let lost: Vec<OfferSummary> =
            gone.map(|offer| OfferSummary { state: "Lost".into(), ..offer.clone() }).collect();
        offers.extend(lost);
    }
    offers.sort_by(|left, right| place(left).cmp(&place(right)));
    offers.truncate(32);
    offers
}

fn place(offer: &OfferSummary) -> (Option<&str>, i64, &str) {
    (offer.spoke.as_deref(), offer.leg, &offer.provider)
}

fn summary(segment: &ConnectivitySegment, risk: AcceptedRisk, now: jiff::Timestamp) -> OfferSummary {
    let made = segment.status.as_ref().and_then(|status| status.offer.as_ref());
    let price = |text: &String| made.map(|offer| format!("{text} {}", offer.currency.0));
    let state = match segment.spec.desired {
        crate::api::Desired::Present => "Taken".to_owned(),
        crate::api::Desired::Absent => "Leaving".to_owned(),
        crate::api::Desired::Offer => match offer_state(segment, risk, now) {
            OfferState::Made(..) => "Offered".to_owned(),
            OfferState::Declined(reason, _) | OfferState::Pending(reason, _) => reason,
        },
    };
    OfferSummary {
        spoke: segment.spec.spoke.clone(),
        leg: segment.spec.leg,
        provider: segment.spec.provider.name.clone(),
        segment: segment.metadata.name.clone().unwrap_or_default(),
        state: state.chars().take(64).collect(),
        monthly: made.and_then(|offer| price(&offer.monthly)),
        one_time: made.and_then(|offer| price(&offer.one_time)),
        valid_until: made.and_then(|offer| offer.valid_until.clone()),
    }
}

/// Why the market's best offer is the best, and what stands against the others; of a hub, for each spoke that something is chosen for.
#[must_use]
pub fn notes(facts: &Facts) -> Vec<String> {
    let Ok(request) = &facts.request else { return Vec::new() };
    if !facts.spokes.is_empty() {
        let chooses = |strand: &Facts| strand.bought().is_none_or(|bought| !bought.stands());
        let notes: Vec<_> = facts.strands().filter(chooses).map(|strand| notes(&strand)).collect();
        return plan::in_turn(&notes.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }
    let notes = notes_between_two(facts, request);
    match request.spoke() {
        Some(spoke) => notes.into_iter().map(|note| format!("{spoke}: {note}")).collect(),
        None => notes,
    }
}

fn notes_between_two(facts: &Facts, request: &Request) -> Vec<String> {
    let market = market(facts, request);
    let Some(best) = market.shown() else { return Vec::new() };
    let (name, term) = (&best.bundle.name, best.bundle.offers.first().map(|first| &first.offer.term));
    let over = term.map_or_else(|| "its term".to_owned(), ToString::to_string);
    let preferred = request.preference.superlative();
    let mut notes = vec![match (market.choice.taken, market.held.len()) {
        (Some(_), 1) => format!("{name}: the only offer"),
        (Some(_), count) => format!("{name}: {preferred} over {over} of {count} offers"),
        (None, _) => format!("{name}: {preferred} offer, and it may not be taken"),
    }];
    notes.extend(best.way.notes());
    notes.extend(given_up(facts, best));
    notes.extend(undated(request, best));
    notes.extend(best.segments.iter().filter_map(|segment| unchecked(segment)));
    for held in market.held.iter().filter(|held| held.bundle.name != *name) {
        let price = held.bundle.price().map_or_else(
            || "in several currencies".to_owned(),
            |price| format!("{} {} monthly and {} at once", price.monthly, price.currency, price.one_time),
        );
        notes.push(format!("{}: {price}", held.bundle.name));
    }
    notes.extend(
        market
            .choice
            .vetoes
            .iter()
            .filter_map(|(index, veto)| Some(format!("{}: {veto}", market.held.get(*index)?.bundle.name))),
    );
    notes.extend(
        market.declined.iter().chain(&market.pending).map(|(name, _, words)| format!("{name}: {words}")),
    );
    notes.extend(market.rejections.iter().map(|(name, why)| format!("{name}: {why}")));
    notes.extend(market.shortages.iter().map(|(name, why)| format!("{name}: {why}")));
    if market.cut {
        notes.push("there may be other ways: the search was cut short".into());
    }
    notes
}

/// Whose part may miss the date that was asked for, because nobody knows.
fn undated<'a>(request: &Request, best: &'a Held) -> impl Iterator<Item = String> + 'a {
    let by = request.ready_by;
    best.bundle.offers.iter().filter(|offer| offer.ready == Readiness::Unknown).filter_map(move |offer| {
        let name = &offer.offer.account;
        by.map(|by| {
            format!(
                "{name}: nobody says when it could be ready, so spec.schedule.readyBy of {by} may be missed"
            )
        })
    })
}

/// What an offer leaves open that its class accepts.
fn unchecked(segment: &ConnectivitySegment) -> Option<String> {
    let offer = segment.status.as_ref()?.offer.as_ref().filter(|offer| !offer.level.is_firm())?;
    let name = &segment.spec.provider.name;
    let once = format!("{} {}", offer.one_time, offer.currency.0);
    Some(format!(
        "{name}: firm but for the {once} at once, which may change after the seller's feasibility check"
    ))
}

/// What the path that was chosen before had and this one does without: what was refused, and what is disconnected at which cost.
fn given_up(facts: &Facts, best: &Held) -> Vec<String> {
    let Some(bought) = facts.bought() else { return Vec::new() };
    let refused = bought.there().filter(|leg| is_refused(leg));
    let refused = refused.map(|leg| format!("{}: refused: {}", key(leg), ready_words(leg).1));
    let left = best.leaves(facts).filter_map(|leg| facts.leaving(leg));
    refused.chain(left.map(|words| format!("disconnected: {words}"))).collect()
}

/// Every objective asked, against what is bought or would be: of several spokes, what is promised least of all.
fn objectives(connections: &[Connection]) -> Vec<ObjectiveStatus> {
    let mut folded: Vec<(Option<&str>, Promise)> = Vec::new();
    for one in connections {
        let Ok(request) = &one.facts.request else { continue };
        let promised = match &one.market {
            Some(market) if one.legs.is_empty() => market.shown().map(|held| held.way.promises()),
            Some(_) | None => running::promised(one.facts, request, &one.legs),
        };
        for promise in promised.unwrap_or_default() {
            match folded.iter_mut().find(|(_, told)| told.objective.name() == promise.objective.name()) {
                Some(told) if promise.commitment < told.1.commitment => *told = (request.spoke(), promise),
                Some(_) => {}
                None => folded.push((request.spoke(), promise)),
            }
        }
    }
    let told = |(spoke, promise): &(Option<&str>, Promise)| {
        let status = objective(promise);
        let spoke = spoke.map(|spoke| format!("{spoke}: ")).unwrap_or_default();
        let basis = format!("{spoke}{}", status.basis).chars().take(256).collect();
        ObjectiveStatus { basis, ..status }
    };
    folded.iter().map(told).collect()
}

fn objective(promise: &Promise) -> ObjectiveStatus {
    let name = match promise.objective {
        Objective::Latency | Objective::Jitter | Objective::Loss | Objective::Availability => {
            promise.objective.name()
        }
    };
    ObjectiveStatus {
        name: name.to_owned(),
        bound: promise.bound.chars().take(64).collect(),
        commitment: match promise.commitment {
            Commitment::Contracted => PromiseKind::Contracted,
            Commitment::BestEffort => PromiseKind::BestEffort,
            Commitment::None => PromiseKind::None,
        },
        basis: format!("{}: {}", promise.basis, promise.promised).chars().take(256).collect(),
        verification: "None".into(),
        met: "Unknown".into(),
    }
}
