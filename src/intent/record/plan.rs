//! The plan: the services that it consists of, from end to end and spoke by spoke, and what they cost together.

use std::sync::Arc;

use super::{Connection, notes, running};
use crate::api::{ConnectivityIntentStatus, ConnectivitySegment, LegLatency, Plan, PlanLeg};
use crate::intent::decide::{Price, digest};
use crate::intent::facts::{Facts, chains, price};
use crate::intent::offers::Market;
use crate::model::{Amount, format_duration};
use crate::planning::Basis;

/// Most notes of a plan, and their most characters.
const NOTES: (usize, usize) = (64, 256);

/// Most legs of a plan, and most joints.
const LEGS: (usize, usize) = (512, 448);

/// What one connection is or would be, and what that costs: monthly, at once, currency of each part.
struct Part<'a> {
    paths: Vec<Vec<&'a Arc<ConnectivitySegment>>>,
    joints: Vec<String>,
    prices: Vec<(String, String, String)>,
    notes: Vec<String>,
}

/// What is bought, and what would be bought beside it once all of that may be; where nothing is bought, what would be taken, or what
/// is preferred where nothing may be taken.
pub fn told(
    facts: &Facts,
    connections: &[Connection],
    old: Option<&ConnectivityIntentStatus>,
) -> Option<Plan> {
    let before = || old.and_then(|status| status.plan.clone());
    let runs = connections.iter().any(|one| !one.planned.is_empty());
    if !runs && connections.iter().any(|one| one.market.is_none()) {
        return before();
    }
    let taken = |market: &Market| market.choice.taken.is_some();
    let mut new =
        connections.iter().filter(|one| one.planned.is_empty()).filter_map(|one| one.market.as_ref());
    // Where spokes need not wait for one another, the plan is of those that can be had.
    let by_itself = facts.others_proceed() && new.clone().any(taken);
    let together = !runs || new.all(taken);
    let mut parts = Vec::new();
    for one in connections {
        match &one.market {
            market if !one.planned.is_empty() => {
                let anew = market.as_ref().and_then(|market| offered(one, market));
                match anew.or_else(|| bought(facts, one, old)) {
                    Some(part) => parts.push(part),
                    None => return before(),
                }
            }
            Some(market) if by_itself && taken(market) || !by_itself && together => {
                parts.push(offered(one, market)?);
            }
            Some(_) | None => {}
        }
    }
    whole(facts, &parts)
}

/// What would be taken, or what is preferred where nothing may be taken.
fn offered<'a>(one: &'a Connection, market: &'a Market) -> Option<Part<'a>> {
    let best = market.shown()?;
    let price = best.bundle.price()?;
    let mut segments = best.segments.iter();
    let paths = best.way.paths.iter();
    let joints = best.way.paths.iter().flat_map(|path| &path.joints);
    Some(Part {
        paths: paths.map(|path| segments.by_ref().take(path.legs.len()).collect()).collect(),
        joints: joints.map(|joint| joint.name().to_owned()).collect(),
        prices: vec![(price.monthly.to_string(), price.one_time.to_string(), price.currency.to_string())],
        notes: notes(one.facts),
    })
}

/// What is bought: prices in force, or of the offers that are being ordered. The notes of the choice are kept.
fn bought<'a>(
    facts: &Facts,
    one: &Connection<'a>,
    old: Option<&ConnectivityIntentStatus>,
) -> Option<Part<'a>> {
    let prices = one.planned.iter().map(|segment| price(segment)).collect::<Option<Vec<_>>>()?;
    if one.facts.bought().is_some_and(|bought| bought.legs.len() != one.planned.len()) {
        return None;
    }
    let about = |notes: &[String]| -> Vec<String> {
        let of_spoke = |note: &&String| {
            one.facts
                .spoke()
                .is_none_or(|spoke| note.strip_prefix(spoke).is_some_and(|rest| rest.starts_with(": ")))
        };
        notes.iter().filter(of_spoke).cloned().collect()
    };
    let chosen = facts.notes.as_deref().map(about).filter(|notes| !notes.is_empty());
    let plan = old.and_then(|status| status.plan.as_ref());
    let kept = || plan.map(|plan| about(&plan.notes)).unwrap_or_default();
    let chains = chains(&one.planned);
    let joints = chains.iter().flat_map(|chain| chain.joints);
    let joints = joints.filter_map(|joint| joint.interconnect.clone().or_else(|| joint.transit.clone()));
    Some(Part {
        joints: joints.collect(),
        paths: chains.into_iter().map(|chain| chain.legs).collect(),
        prices,
        notes: chosen.unwrap_or_else(kept),
    })
}

fn whole(facts: &Facts, parts: &[Part]) -> Option<Plan> {
    let prices = || parts.iter().flat_map(|part| &part.prices);
    let currency = &prices().next()?.2;
    let monthly = running::sum(&prices().map(|(monthly, ..)| monthly.as_str()).collect::<Vec<_>>());
    let one_time = running::sum(&prices().map(|(_, one_time, _)| one_time.as_str()).collect::<Vec<_>>());
    let (monthly, one_time) = (format!("{monthly} {currency}"), format!("{one_time} {currency}"));
    let numbered = parts.iter().flat_map(|part| {
        let number = |number| (part.paths.len() > 1).then_some(number);
        let paths = (1..).zip(&part.paths);
        paths.flat_map(move |(path, legs)| legs.iter().map(move |leg| (number(path), *leg)))
    });
    let numbered: Vec<_> = numbered.collect();
    let legs =
        numbered.iter().map(|(path, segment)| leg(segment, *path, facts)).collect::<Option<Vec<_>>>()?;
    // What can be understood no more keeps the name that it had.
    let before = || facts.intent.status.as_ref()?.plan.as_ref().map(|plan| plan.digest.clone());
    let bare: Vec<&ConnectivitySegment> = numbered.iter().map(|(_, segment)| segment.as_ref()).collect();
    let digest = priced(&monthly, &one_time)
        .and_then(|price| digest(facts, &bare, &price))
        .map(|digest| digest.to_string())
        .or_else(before)
        .unwrap_or_default();
    let mut providers: Vec<&str> = Vec::new();
    for leg in &legs {
        // Of a chain they stand in its order; of a hub it is enough to know them.
        if leg.spoke.is_none() || !providers.contains(&leg.provider.as_str()) {
            providers.push(&leg.provider);
        }
    }
    let providers = providers.join(", ").chars().take(1_024).collect();
    let notes = in_turn(&parts.iter().map(|part| part.notes.as_slice()).collect::<Vec<_>>());
    let notes = notes.into_iter().take(NOTES.0).map(|note| note.chars().take(NOTES.1).collect()).collect();
    let joints = parts.iter().flat_map(|part| part.joints.clone()).take(LEGS.1).collect();
    let legs = legs.into_iter().take(LEGS.0).collect();
    Some(Plan { digest, monthly, one_time, providers, legs, joints, notes })
}

/// The first note of each, then the second of each, and so on: what is cut off is what matters least.
pub fn in_turn(notes: &[&[String]]) -> Vec<String> {
    let longest = notes.iter().map(|notes| notes.len()).max().unwrap_or_default();
    (0..longest).flat_map(|index| notes.iter().filter_map(move |notes| notes.get(index).cloned())).collect()
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
        spoke: segment.spec.spoke.clone(),
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
