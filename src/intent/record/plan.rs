//! The plan: the services that it consists of, from end to end, and what they cost together.

use std::sync::Arc;

use super::{notes, running};
use crate::api::{ConnectivityIntentStatus, ConnectivitySegment, LegLatency, Plan, PlanLeg};
use crate::intent::decide::{Price, digest};
use crate::intent::facts::{Facts, chains, price};
use crate::intent::offers::Market;
use crate::model::{Amount, format_duration};
use crate::planning::Basis;

/// Most notes of a plan, and their most characters.
const NOTES: (usize, usize) = (20, 256);

/// What would be taken, or what is cheapest where nothing may be taken.
pub fn offered(facts: &Facts, market: &Market) -> Option<Plan> {
    let best = market.shown()?;
    let price = best.bundle.price()?;
    let money = |amount: Amount| format!("{amount} {}", price.currency);
    let mut segments = best.segments.iter();
    let paths = best.way.paths.iter();
    let paths: Vec<_> = paths.map(|path| segments.by_ref().take(path.legs.len()).collect()).collect();
    let joints = best.way.paths.iter().flat_map(|path| &path.joints);
    let joints = joints.map(|joint| joint.name().to_owned()).collect();
    plan(&paths, joints, facts, (money(price.monthly), money(price.one_time)), notes(facts))
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
    let chains = chains(legs);
    let joints = chains.iter().flat_map(|chain| chain.joints);
    let joints =
        joints.filter_map(|joint| joint.interconnect.clone().or_else(|| joint.transit.clone())).collect();
    let paths: Vec<_> = chains.into_iter().map(|chain| chain.legs).collect();
    plan(&paths, joints, facts, (format!("{monthly} {currency}"), format!("{one_time} {currency}")), notes)
}

fn plan(
    paths: &[Vec<&Arc<ConnectivitySegment>>],
    joints: Vec<String>,
    facts: &Facts,
    (monthly, one_time): (String, String),
    notes: Vec<String>,
) -> Option<Plan> {
    let numbered = (1..).zip(paths).flat_map(|(number, path)| path.iter().map(move |leg| (number, leg)));
    let numbered = numbered.map(|(number, segment)| leg(segment, (paths.len() > 1).then_some(number), facts));
    let legs = numbered.collect::<Option<Vec<_>>>()?;
    // What can be understood no more keeps the name that it had.
    let before = || facts.intent.status.as_ref()?.plan.as_ref().map(|plan| plan.digest.clone());
    let bare: Vec<&ConnectivitySegment> = paths.iter().flatten().map(|segment| segment.as_ref()).collect();
    let digest = priced(&monthly, &one_time)
        .and_then(|price| digest(facts, &bare, &price))
        .map(|digest| digest.to_string())
        .or_else(before)
        .unwrap_or_default();
    let providers: Vec<&str> = legs.iter().map(|leg| leg.provider.as_str()).collect();
    let providers = providers.join(", ").chars().take(1_024).collect();
    let notes = notes.into_iter().take(NOTES.0).map(|note| note.chars().take(NOTES.1).collect()).collect();
    Some(Plan { digest, monthly, one_time, providers, legs, joints, notes })
}

/// The price of a plan, from amounts with their currency. What it comes to over the term is no part of what is approved.
fn priced(monthly: &str, one_time: &str) -> Option<Price> {
    let (monthly, currency) = monthly.split_once(' ')?;
    let (one_time, _) = one_time.split_once(' ')?;
    Some(Price {
        currency: currency.parse().ok()?,
        monthly: monthly.parse().ok()?,
        one_time: one_time.parse().ok()?,
        commitment: Amount::ZERO,
    })
}

fn leg(segment: &ConnectivitySegment, path: Option<i64>, facts: &Facts) -> Option<PlanLeg> {
    let [a, z] = segment.spec.ends.as_slice() else { return None };
    Some(PlanLeg {
        path,
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
