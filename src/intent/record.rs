//! What is told about one intent: a pure function from the facts and the rest that was reached to its status.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::decide::{Pin, Price, Rest, Waiting, digest};
use super::facts::{Facts, OfferState, offer_state, taken_over};
use super::offers::{Market, market};
use crate::api::{
    ApprovalUse, Attachment, CommitmentSummary, ConnectivityIntentStatus, ConnectivitySegment, Effective,
    FeeBasis, InForce, IntentState, LegLatency, NO_CURRENCY, ObjectiveStatus, OfferSummary, Plan, PlanLeg,
    ProductRole, PromiseKind, Statement, TerminationFee, WaitingFor, conditions, told, whole,
};
use crate::model::{Amount, Commitment, Request, format_duration};
use crate::planning::{Basis, Objective, Promise, last_term_end, promises, termination_fee};

/// Most notes of a plan, and their most characters.
const NOTES: (usize, usize) = (20, 256);

/// The status after a rest was reached.
#[must_use]
pub fn status(facts: &Facts, rest: &Rest) -> ConnectivityIntentStatus {
    let now = whole(facts.now);
    let old = facts.intent.status.as_ref();
    let market = facts
        .request
        .as_ref()
        .ok()
        .filter(|_| facts.serving().is_none())
        .map(|request| market(facts, request));
    let bought = facts.serving();
    let plan = match (bought, &market) {
        (Some(segment), _) => bought_plan(facts, segment, old),
        (None, Some(market)) => offered_plan(facts, market),
        (None, None) => old.and_then(|status| status.plan.clone()),
    };
    let waiting = waiting_of(rest);
    ConnectivityIntentStatus {
        observed_generation: facts.intent.metadata.generation,
        state: state_of(rest),
        effective: effective(facts, rest, old),
        approval: old.and_then(|status| status.approval.clone()),
        conditions: conditions(
            old.map_or(&[], |status| status.conditions.as_slice()),
            statements(facts, rest, plan.as_ref()),
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
        offers: offers(facts, old),
        plan,
        commitment: bought.and_then(|segment| commitment(facts, segment)),
        in_force: bought.and_then(|segment| in_force(segment)),
        differences: bought
            .and_then(|segment| segment.status.as_ref())
            .map(|status| status.differences.clone())
            .unwrap_or_default(),
        attachments: bought.map(|segment| attachments(segment)).unwrap_or_default(),
        objectives: objectives(facts, market.as_ref()),
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

/// Ready, Reconciling, Stalled, Accepted, Planned, Provisioned, HandedOver, Drifted: always all of them.
fn statements(facts: &Facts, rest: &Rest, plan: Option<&Plan>) -> Vec<Statement> {
    let (reason, message): (String, String) = match rest {
        Rest::Active => ("Active".into(), "the connection is in use as asked".into()),
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
    let has_service =
        facts.serving().is_some_and(|segment| service_id(segment).is_some() && in_force(segment).is_some());
    let refusal = facts.request.as_ref().err().or(facts.sites.as_ref().err());
    let unsold = stalled && plan.is_none() && facts.serving().is_none();
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
        Statement::as_told("Drifted", told_by_segment(facts)),
    ]
    .into_iter()
    .chain(facts.class.changed.clone())
    .collect()
}

/// What the segment that is bought says of itself.
fn told_by_segment(facts: &Facts) -> &[Condition] {
    let status = facts.serving().and_then(|segment| segment.status.as_ref());
    status.map_or(&[], |status| status.conditions.as_slice())
}

fn service_id(segment: &ConnectivitySegment) -> Option<String> {
    let products = &segment.status.as_ref()?.products;
    products.iter().find(|product| product.role == ProductRole::Evc).map(|product| product.id.clone())
}

/// Offers of all segments, and of those that lost and are gone, as they were told before.
fn offers(facts: &Facts, old: Option<&ConnectivityIntentStatus>) -> Vec<OfferSummary> {
    let mut offers: Vec<OfferSummary> =
        facts.segments.iter().map(|segment| summary(segment, facts.now)).collect();
    if facts.serving().is_some() {
        let gone = old
            .iter()
            .flat_map(|status| &status.offers)
            .filter(|offer| offers.iter().all(|present| present.provider != offer.provider));
        let lost: Vec<OfferSummary> =
            gone.map(|offer| OfferSummary { state: "Lost".into(), ..offer.clone() }).collect();
        offers.extend(lost);
    }
    offers.sort_by(|left, right| (left.leg, &left.provider).cmp(&(right.leg, &right.provider)));
    offers.truncate(32);
    offers
}

fn summary(segment: &ConnectivitySegment, now: jiff::Timestamp) -> OfferSummary {
    let made = segment.status.as_ref().and_then(|status| status.offer.as_ref());
    let price = |text: &String| made.map(|offer| format!("{text} {}", offer.currency.0));
    let state = match segment.spec.desired {
        crate::api::Desired::Present => "Taken".to_owned(),
        crate::api::Desired::Absent => "Leaving".to_owned(),
        crate::api::Desired::Offer => match offer_state(segment, now) {
            OfferState::Made(..) => "Offered".to_owned(),
            OfferState::Declined(reason, _) | OfferState::Pending(reason, _) => reason,
        },
    };
    OfferSummary {
        leg: segment.spec.leg,
        provider: segment.spec.provider.name.clone(),
        segment: segment.metadata.name.clone().unwrap_or_default(),
        state: state.chars().take(64).collect(),
        monthly: made.and_then(|offer| price(&offer.monthly)),
        one_time: made.and_then(|offer| price(&offer.one_time)),
        valid_until: made.and_then(|offer| offer.valid_until.clone()),
    }
}

fn leg(segment: &ConnectivitySegment, facts: &Facts) -> Option<PlanLeg> {
    let [a, z] = segment.spec.ends.as_slice() else { return None };
    Some(PlanLeg {
        provider: segment.spec.provider.name.clone(),
        from: format!("{}/{}", a.site, a.port),
        to: format!("{}/{}", z.site, z.port),
        segment: segment.metadata.name.clone().unwrap_or_default(),
        class_of_service: segment.spec.design.class_of_service.clone(),
        latency: latency(segment, facts),
    })
}

/// The best that is known about the one-way delay of a leg: what its class of service promises.
fn latency(segment: &ConnectivitySegment, facts: &Facts) -> Option<LegLatency> {
    let seller = facts.seller(&segment.spec.provider.name)?;
    let class = class_of(segment, &seller.asked.account)?;
    let (_, delay) = class.level.frame_delay.iter().max_by_key(|(percentile, _)| *percentile)?;
    let basis = if class.level.contracted { Basis::Contracted } else { Basis::Catalogue };
    Some(LegLatency { value: format_duration(*delay), basis: basis.to_string() })
}

fn class_of<'a>(
    segment: &ConnectivitySegment,
    account: &'a crate::model::Account,
) -> Option<&'a crate::model::ServiceClass> {
    let [a, z] = segment.spec.ends.as_slice() else { return None };
    let distance = segment.spec.design.distance_km.and_then(|km| u32::try_from(km).ok());
    account.classes.iter().find(|class| {
        class.name == segment.spec.design.class_of_service && class.covers(&a.site, &z.site, distance)
    })
}

fn plan(
    segment: &ConnectivitySegment,
    facts: &Facts,
    monthly: String,
    one_time: String,
    notes: Vec<String>,
) -> Option<Plan> {
    let leg = leg(segment, facts)?;
    // What can be understood no more keeps the name that it had.
    let before = || facts.intent.status.as_ref()?.plan.as_ref().map(|plan| plan.digest.clone());
    let digest = priced(&monthly, &one_time)
        .and_then(|price| digest(facts, &[segment], &price))
        .map(|digest| digest.to_string())
        .or_else(before)
        .unwrap_or_default();
    let notes = notes.into_iter().take(NOTES.0).map(|note| note.chars().take(NOTES.1).collect()).collect();
    Some(Plan { digest, monthly, one_time, legs: vec![leg], notes })
}

/// The price of a plan, from amounts with their currency. What it comes to over the term is no part of what is approved.
fn priced(monthly: &str, one_time: &str) -> Option<Price> {
    let (monthly, currency) = monthly.split_once(' ')?;
    let (one_time, _) = one_time.split_once(' ')?;
    let monthly = monthly.parse().ok()?;
    Some(Price {
        currency: currency.parse().ok()?,
        monthly,
        one_time: one_time.parse().ok()?,
        commitment: Amount::ZERO,
    })
}

/// Why the market's best offer is the best, and what stands against the others.
#[must_use]
pub fn notes(facts: &Facts) -> Vec<String> {
    let Ok(request) = &facts.request else { return Vec::new() };
    let market = market(facts, request);
    let best = market.choice.taken.or(market.choice.cheapest).and_then(|index| market.held.get(index));
    let Some(best) = best else { return Vec::new() };
    let offer = &best.budgeted.offer;
    let mut notes = vec![match (market.choice.taken, market.held.len()) {
        (Some(_), 1) => format!("{}: the only offer", offer.account),
        (Some(_), count) => {
            let preferred = request.preference.superlative();
            format!("{}: {preferred} over {} of {count} offers", offer.account, offer.term)
        }
        (None, _) => {
            let preferred = request.preference.superlative();
            format!("{}: {preferred} offer, and it may not be taken", offer.account)
        }
    }];
    notes.extend(best.candidate.notes());
    for held in market.held.iter().filter(|held| held.budgeted.offer.account != offer.account) {
        let other = &held.budgeted.offer;
        let price = format!("{} {} monthly and {} at once", other.monthly, other.currency, other.one_time);
        notes.push(format!("{}: {price}", other.account));
    }
    notes.extend(market.choice.vetoes.iter().filter_map(|(index, veto)| {
        Some(format!("{}: {veto}", market.held.get(*index)?.budgeted.offer.account))
    }));
    notes.extend(
        market.declined.iter().chain(&market.pending).map(|(name, _, words)| format!("{name}: {words}")),
    );
    notes.extend(market.rejections.iter().map(|(name, why)| format!("{name}: {why}")));
    notes.extend(market.shortages.iter().map(|(name, why)| format!("{name}: {why}")));
    notes
}

/// What would be taken, or what is cheapest where nothing may be taken.
fn offered_plan(facts: &Facts, market: &Market) -> Option<Plan> {
    let best = market.held.get(market.choice.taken.or(market.choice.cheapest)?)?;
    let offer = &best.budgeted.offer;
    let money = |amount: Amount| format!("{amount} {}", offer.currency);
    plan(&best.segment, facts, money(offer.monthly), money(offer.one_time), notes(facts))
}

/// What is bought: prices in force, or of the offer that is being ordered. The notes of the choice are kept.
fn bought_plan(
    facts: &Facts,
    segment: &ConnectivitySegment,
    old: Option<&ConnectivityIntentStatus>,
) -> Option<Plan> {
    let status = segment.status.as_ref();
    let in_force = status.and_then(|status| status.in_force.as_ref());
    let offer = status.and_then(|status| status.offer.as_ref());
    let (monthly, one_time, currency) = match (in_force, offer) {
        // What runs may cost more than was offered: charges that came up were accepted.
        (Some(now), _) if now.revision == segment.spec.revision && now.currency.0 != NO_CURRENCY => {
            (&now.monthly, &now.one_time, &now.currency)
        }
        (_, Some(offer)) if offer.revision == segment.spec.revision => {
            (&offer.monthly, &offer.one_time, &offer.currency)
        }
        (Some(now), _) => (&now.monthly, &now.one_time, &now.currency),
        (None, Some(offer)) => (&offer.monthly, &offer.one_time, &offer.currency),
        (None, None) => return old.and_then(|status| status.plan.clone()),
    };
    let kept =
        || old.and_then(|status| status.plan.as_ref()).map(|plan| plan.notes.clone()).unwrap_or_default();
    let notes = facts.notes.clone().unwrap_or_else(kept);
    plan(segment, facts, format!("{monthly} {}", currency.0), format!("{one_time} {}", currency.0), notes)
}

fn commitment(facts: &Facts, segment: &ConnectivitySegment) -> Option<CommitmentSummary> {
    let now = segment.status.as_ref()?.in_force.as_ref()?;
    let rule =
        facts.seller(&segment.spec.provider.name).and_then(|seller| seller.asked.account.early_termination);
    let first = now.term_end.as_ref().map(|end| end.0);
    let end = match crate::admit::segment(&segment.spec, facts.now) {
        Ok(parsed) => last_term_end(&parsed.design, now.since.0, first, facts.now),
        Err(_) => first,
    };
    // The fee shrinks by the hour; it is told by the day, so that an otherwise settled intent is not written for it.
    let day = jiff::Timestamp::from_second(facts.now.as_second() / 86_400 * 86_400).unwrap_or(facts.now);
    let from = day.max(now.since.0);
    // A term that the inventory does not show of what others ordered may be running, whatever nobody knows of it.
    let shown = end.is_some() || (segment.spec.existing.is_none() && taken_over(segment).is_none());
    let free = rule.is_some_and(|rule| rule.of_remaining.decimal().is_zero() && rule.fee == Amount::ZERO);
    let monthly = now.monthly.parse().ok()?;
    let fee = if shown || free { termination_fee(rule, monthly, end, from) } else { None };
    Some(CommitmentSummary {
        term_end: end.map(Time),
        monthly: format!("{} {}", now.monthly, now.currency.0),
        termination: TerminationFee {
            amount: fee.map(|fee| format!("{fee} {}", now.currency.0)),
            basis: if fee.is_some() { FeeBasis::Profile } else { FeeBasis::Unknown },
        },
    })
}

fn in_force(segment: &ConnectivitySegment) -> Option<InForce> {
    let now = segment.status.as_ref()?.in_force.as_ref()?;
    Some(InForce {
        committed: now.committed.clone(),
        class_of_service: now.class_of_service.clone(),
        monthly: format!("{} {}", now.monthly, now.currency.0),
    })
}

/// What to plug into, once there is a service.
fn attachments(segment: &ConnectivitySegment) -> Vec<Attachment> {
    let (Some(product_id), Some(_)) = (service_id(segment), in_force(segment)) else { return Vec::new() };
    segment
        .spec
        .ends
        .iter()
        .map(|end| Attachment {
            endpoint: end.name.clone(),
            port: format!("{}/{}", end.site, end.port),
            vlan: end.vlan,
            frame_size: segment.spec.design.frame_size,
            product_id: product_id.clone(),
            demarcation: end.demarcation.clone(),
        })
        .collect()
}

/// Every objective asked, against what is bought or would be.
fn objectives(facts: &Facts, market: Option<&Market>) -> Vec<ObjectiveStatus> {
    let Ok(request) = &facts.request else { return Vec::new() };
    let promised = match (facts.serving(), market) {
        (Some(segment), _) => bought_promises(facts, request, segment),
        (None, Some(market)) => {
            let best =
                market.choice.taken.or(market.choice.cheapest).and_then(|index| market.held.get(index));
            best.map(|held| held.candidate.promises.clone())
        }
        (None, None) => None,
    };
    promised.unwrap_or_default().iter().map(objective).collect()
}

fn bought_promises(facts: &Facts, request: &Request, segment: &ConnectivitySegment) -> Option<Vec<Promise>> {
    let seller = facts.seller(&segment.spec.provider.name)?;
    let class = class_of(segment, &seller.asked.account)?;
    let distance = segment.spec.design.distance_km.and_then(|km| u32::try_from(km).ok());
    Some(promises(&request.objectives, &class.level, distance))
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
