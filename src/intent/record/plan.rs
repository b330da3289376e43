//! The plan: the services that it consists of, from end to end, and what they cost together.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{notes, running};
use crate::api::{ConnectivityIntentStatus, ConnectivitySegment, LegLatency, NO_CURRENCY, Plan, PlanLeg};
use crate::intent::facts::Facts;
use crate::intent::offers::{Market, joint};
use crate::model::{Amount, format_duration};
use crate::planning::Basis;

/// Most notes of a plan, and their most characters.
const NOTES: (usize, usize) = (20, 256);

/// What would be taken, or what is cheapest where nothing may be taken.
pub fn offered(facts: &Facts, market: &Market) -> Option<Plan> {
    let best = market.held.get(market.choice.taken.or(market.choice.cheapest)?)?;
    let price = best.bundle.price()?;
    let money = |amount: Amount| format!("{amount} {}", price.currency);
    let legs: Vec<_> = best.segments.iter().collect();
    let joints = best.path.joints.iter().map(joint);
    let joints = joints.filter_map(|joint| joint.interconnect.or(joint.transit)).collect();
    plan(&legs, joints, facts, (money(price.monthly), money(price.one_time)), notes(facts))
}

/// What is bought: prices in force, or of the offers that are being ordered. The notes of the choice are kept.
pub fn bought(
    facts: &Facts,
    legs: &[&Arc<ConnectivitySegment>],
    old: Option<&ConnectivityIntentStatus>,
) -> Option<Plan> {
    let before = || old.and_then(|status| status.plan.clone());
    let prices = legs.iter().map(|segment| price(segment)).collect::<Option<Vec<_>>>();
    let (Some(prices), true) = (prices, facts.bought().is_none_or(|bought| bought.legs.len() == legs.len()))
    else {
        return before();
    };
    let sum = |texts: Vec<&str>| running::sum(&texts);
    let monthly = sum(prices.iter().map(|(monthly, ..)| monthly.as_str()).collect());
    let one_time = sum(prices.iter().map(|(_, one_time, _)| one_time.as_str()).collect());
    let currency = &prices.first()?.2;
    let notes = facts.notes.clone().unwrap_or_else(|| before().map(|plan| plan.notes).unwrap_or_default());
    let path = legs.first().and_then(|segment| segment.spec.path.as_ref());
    let joints = path.iter().flat_map(|path| &path.joints);
    let joints =
        joints.filter_map(|joint| joint.interconnect.clone().or_else(|| joint.transit.clone())).collect();
    plan(legs, joints, facts, (format!("{monthly} {currency}"), format!("{one_time} {currency}")), notes)
}

/// Monthly, at once, and the currency.
fn price(segment: &ConnectivitySegment) -> Option<(String, String, String)> {
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
        (None, None) => return None,
    };
    Some((monthly.clone(), one_time.clone(), currency.0.clone()))
}

fn plan(
    segments: &[&Arc<ConnectivitySegment>],
    joints: Vec<String>,
    facts: &Facts,
    (monthly, one_time): (String, String),
    notes: Vec<String>,
) -> Option<Plan> {
    let legs = segments.iter().map(|segment| leg(segment, facts)).collect::<Option<Vec<_>>>()?;
    let mut parts: Vec<String> = Vec::new();
    for (leg, segment) in legs.iter().zip(segments) {
        let design = &segment.spec.design;
        let design = format!("{:?}", (&design.committed, &design.peak, &design.frame_size, &design.term));
        parts.extend([&leg.provider, &leg.from, &leg.to, &leg.class_of_service, &design].map(Clone::clone));
    }
    parts.extend([monthly.clone(), one_time.clone()]);
    let providers: Vec<&str> = legs.iter().map(|leg| leg.provider.as_str()).collect();
    let providers = providers.join(", ").chars().take(1_024).collect();
    let notes = notes.into_iter().take(NOTES.0).map(|note| note.chars().take(NOTES.1).collect()).collect();
    Some(Plan { digest: digest(&parts), monthly, one_time, providers, legs, joints, notes })
}

fn digest(parts: &[String]) -> String {
    Sha256::digest(parts.join("\n")).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
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
    let class = running::class_of(segment, &seller.asked.account)?;
    let (_, delay) = class.level.frame_delay.iter().max_by_key(|(percentile, _)| *percentile)?;
    let basis = if class.level.contracted { Basis::Contracted } else { Basis::Catalogue };
    Some(LegLatency { value: format_duration(*delay), basis: basis.to_string() })
}
