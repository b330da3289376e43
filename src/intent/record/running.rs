//! What runs, folded over the legs of the connection: only what all of them give is there.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::{
    Attachment, CommitmentSummary, ConnectivitySegment, FeeBasis, InForce, ProductRole, SegmentInForce,
    TerminationFee,
};
use crate::intent::facts::{Chain, Facts, chains};
use crate::model::{Account, Amount, Bandwidth, Request, ServiceClass};
use crate::planning::{Promise, promised as promised_by, weakest};

/// The sum of amounts; where one cannot be read, as it is written.
pub fn sum(texts: &[&str]) -> String {
    if let [one] = texts {
        return (*one).to_owned();
    }
    let amounts = texts.iter().map(|text| text.parse().ok()).collect::<Option<Vec<Amount>>>();
    amounts.map_or_else(|| texts.join(" + "), |amounts| amounts.into_iter().sum::<Amount>().to_string())
}

fn now(segment: &ConnectivitySegment) -> Option<&SegmentInForce> {
    segment.status.as_ref()?.in_force.as_ref()
}

fn service_id(segment: &ConnectivitySegment) -> Option<String> {
    let products = &segment.status.as_ref()?.products;
    products.iter().find(|product| product.role == ProductRole::Evc).map(|product| product.id.clone())
}

/// Whether every leg of the connection is a service in use.
pub fn all_serve(facts: &Facts, legs: &[&Arc<ConnectivitySegment>]) -> bool {
    let complete =
        facts.bought().is_none_or(|bought| !bought.before.is_empty() || bought.legs.len() == legs.len());
    let serves = |leg: &&Arc<ConnectivitySegment>| service_id(leg).is_some() && now(leg).is_some();
    complete && !legs.is_empty() && legs.iter().all(serves)
}

/// What is owed for all that runs, and what leaving it would cost.
pub fn commitment(facts: &Facts, legs: &[&Arc<ConnectivitySegment>]) -> Option<CommitmentSummary> {
    let running: Vec<_> = legs.iter().filter_map(|leg| Some((*leg, now(leg)?))).collect();
    let currency = &running.first()?.1.currency.0;
    let owed: Vec<_> = running.iter().map(|(leg, _)| facts.fee(leg)).collect();
    let fee = owed.iter().map(|(_, fee)| *fee).sum::<Option<Amount>>();
    let monthly: Vec<&str> = running.iter().map(|(_, now)| now.monthly.as_str()).collect();
    // What cannot be read cannot be told.
    let readable = monthly.iter().all(|text| text.parse::<Amount>().is_ok());
    readable.then(|| CommitmentSummary {
        term_end: owed.iter().filter_map(|(end, _)| *end).max().map(Time),
        monthly: format!("{} {currency}", sum(&monthly)),
        termination: TerminationFee {
            amount: fee.map(|fee| format!("{fee} {currency}")),
            basis: if fee.is_some() { FeeBasis::Profile } else { FeeBasis::Unknown },
        },
    })
}

/// What runs from end to end: the least of the rates, all classes of service.
pub fn in_force(legs: &[&Arc<ConnectivitySegment>]) -> Option<InForce> {
    let running = legs.iter().map(|leg| now(leg)).collect::<Option<Vec<_>>>()?;
    let first = running.first()?;
    let least = running.iter().min_by_key(|now| now.committed.parse::<Bandwidth>().ok())?;
    let mut classes: Vec<&str> = running.iter().map(|now| now.class_of_service.as_str()).collect();
    classes.dedup();
    let monthly: Vec<&str> = running.iter().map(|now| now.monthly.as_str()).collect();
    Some(InForce {
        committed: least.committed.clone(),
        class_of_service: classes.join(", ").chars().take(64).collect(),
        monthly: format!("{} {}", sum(&monthly), first.currency.0),
    })
}

/// What to plug into at the two ends of each path, once there is a service.
pub fn attachments(facts: &Facts, legs: &[&Arc<ConnectivitySegment>]) -> Vec<Attachment> {
    if !all_serve(facts, legs) {
        return Vec::new();
    }
    let paths = chains(legs);
    let ends = paths.iter().flat_map(|path| [(path.legs.first(), 0), (path.legs.last(), 1)]);
    let found = ends.filter_map(|(leg, index)| {
        let (leg, end) = (leg?, leg?.spec.ends.get(index)?);
        Some(Attachment {
            endpoint: end.name.clone(),
            spoke: leg.spec.spoke.clone(),
            port: format!("{}/{}", end.site, end.port),
            vlan: end.vlan,
            frame_size: leg.spec.design.frame_size,
            product_id: service_id(leg)?,
            demarcation: end.demarcation.clone(),
        })
    });
    found.collect()
}

/// What the legs together promise about everything asked, whichever path carries it.
pub fn promised(
    facts: &Facts,
    request: &Request,
    legs: &[&Arc<ConnectivitySegment>],
) -> Option<Vec<Promise>> {
    legs.first()?;
    let paths = chains(legs);
    let promised = paths.iter().map(|path| promised_by_path(facts, request, path));
    Some(weakest(promised.collect::<Option<Vec<_>>>()?))
}

fn promised_by_path(facts: &Facts, request: &Request, path: &Chain) -> Option<Vec<Promise>> {
    let mut levels = Vec::new();
    for leg in &path.legs {
        let seller = facts.seller(&leg.spec.provider.name)?;
        levels.push(&class_of(leg, &seller.asked.account)?.level);
    }
    let distance =
        |leg: &&Arc<ConnectivitySegment>| leg.spec.design.distance_km.and_then(|km| u32::try_from(km).ok());
    let joints = path.joints.iter().map(|stated| facts.joint(stated).ok()).collect::<Option<Vec<_>>>()?;
    Some(promised_by(request, levels, &joints, path.legs.iter().map(distance).sum()))
}

/// The class of service of a segment, as its account sells it.
pub fn class_of<'a>(segment: &ConnectivitySegment, account: &'a Account) -> Option<&'a ServiceClass> {
    let [a, z] = segment.spec.ends.as_slice() else { return None };
    let distance = segment.spec.design.distance_km.and_then(|km| u32::try_from(km).ok());
    account.class(&segment.spec.design.class_of_service, &a.site, &z.site, distance)
}
