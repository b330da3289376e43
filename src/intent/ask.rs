//! What a way becomes when its sellers are asked for offers: a segment for each leg, whose spec claims VLANs and whole ports. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::decide::{named, only_watches};
use super::facts::{Facts, key};
use super::gather::{Objects, claimed};
use super::offers::{Asking, ONLY_LEG, design, ends, product};
use crate::api::{
    ConnectivitySegment, ConnectivitySegmentSpec, Desired, IntentRef, SegmentEnd, by_intent, by_provider,
};
use crate::model::{Claims, Request, VlanId};
use crate::planning::{Candidate, Joint, Line, Pair, Path, VlanShortage, Way, claim_chain, taken};

/// Who asks, from where.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Who we are to sellers, across clusters.
    pub owner: &'a str,
    /// Which cluster this is.
    pub installation: &'a str,
}

/// The specs of the segments of a way that are not there yet; the client reference of each is its name. VLANs and whole ports are
/// claimed for all legs at once: whoever writes these specs lets nobody else claim in between.
///
/// # Errors
/// The ports have nothing free.
pub fn segments(
    facts: &Facts,
    request: &Request,
    Asking { spoke: _, way, held }: &Asking,
    objects: &impl Objects,
    asker: Asker<'_>,
) -> Result<Vec<ConnectivitySegmentSpec>, VlanShortage> {
    let uid = facts.intent.metadata.uid.clone().unwrap_or_default();
    let accounts: BTreeSet<&str> = way.legs().map(|leg| leg.account.as_str()).collect();
    let claimed = accounts.iter().flat_map(|account| objects.segments(&by_provider(account)));
    // Of what only makes offers between two ends, one way is bought: alternatives take nothing from one another. What another
    // spoke is offered is bought beside it.
    let alternative = |segment: &ConnectivitySegment| {
        segment.spec.intent_ref.uid == uid
            && segment.spec.desired == Desired::Offer
            && segment.spec.spoke.as_deref() == request.spoke()
    };
    let rivals = claimed.filter(|segment| !alternative(segment));
    let claims = claims(rivals);
    // Where all were asked and do not fit together, those that are only asked are asked anew: what is bought is what it is.
    let all = held.len() == way.legs().count() && held.iter().all(Option::is_some);
    let stays = |segment: &Arc<ConnectivitySegment>| !all || segment.spec.desired == Desired::Present;
    let held: Vec<_> = held.iter().map(|segment| segment.clone().filter(stays)).collect();
    let (vlans, held) = match together(facts, request, way, &held, &claims) {
        Ok(vlans) => (vlans, held.as_slice()),
        // What was asked does not fit what is missing: the way is asked anew.
        Err(_) if held.iter().any(Option::is_some) => {
            (together(facts, request, way, &[], &claims)?, [].as_slice())
        }
        Err(shortage) => return Err(shortage),
    };
    let known = objects.segments(&by_intent(&uid));
    let mut asking = Vec::new();
    let mut held = held.iter();
    for (path, vlans) in way.paths.iter().zip(&vlans) {
        for (index, (leg, ends)) in path.legs.iter().zip(ends(path, request, vlans)).enumerate() {
            if held.next().is_some_and(Option::is_some) {
                continue;
            }
            let number =
                if way.is_direct() { ONLY_LEG } else { i64::try_from(index + 1).unwrap_or(i64::MAX) };
            asking.extend(segment(facts, request, leg, number, ends, &known, asker));
        }
    }
    // What cannot be made to fit is no way: nobody may look for it again and again.
    if asking.is_empty() { Err(VlanShortage::MustBeEqual) } else { Ok(asking) }
}

/// The VLAN ids of all legs of all paths of a way, which are bought together: none has what another has.
fn together(
    facts: &Facts,
    request: &Request,
    way: &Way,
    held: &[Option<Arc<ConnectivitySegment>>],
    claims: &Claims,
) -> Result<Vec<Vec<Pair>>, VlanShortage> {
    let mut found: Vec<Vec<Pair>> = Vec::new();
    let mut before = 0;
    for path in &way.paths {
        let range = before..before + path.legs.len();
        let mut claims = claims.clone();
        for (index, segment) in held.iter().enumerate() {
            let Some(segment) = segment.as_ref().filter(|_| !range.contains(&index)) else { continue };
            for end in &segment.spec.ends {
                claims.add(&segment.spec.provider.name, claimed(end), vlan(end));
            }
        }
        for (leg, (a, z)) in way.legs().zip(found.iter().flatten()) {
            claims.add(&leg.account, leg.a.claimed(), *a);
            claims.add(&leg.account, leg.z.claimed(), *z);
        }
        found.push(vlans(facts, request, path, held.get(range.clone()).unwrap_or_default(), &claims)?);
        before = range.end;
    }
    Ok(found)
}

/// The VLAN ids of all legs of a path, of which some are held already.
fn vlans(
    facts: &Facts,
    request: &Request,
    path: &Path,
    held: &[Option<Arc<ConnectivitySegment>>],
    claims: &Claims,
) -> Result<Vec<Pair>, VlanShortage> {
    let asked = (request.a.vlan, request.z.vlan);
    // What runs already takes what it takes, whatever is free.
    if let (Some(_), [leg]) = (&request.existing, path.legs.as_slice())
        && let Some(running) = taken(&leg.a, &leg.z, asked)
    {
        return Ok(vec![running]);
    }
    let lines: Vec<Line> = path
        .legs
        .iter()
        .enumerate()
        .map(|(index, leg)| Line {
            a: &leg.a,
            z: &leg.z,
            translates: leg.product.translates_vlans()
                || facts.seller(&leg.account).is_some_and(|seller| seller.asked.account.translates_vlans),
            held: held.get(index).and_then(Option::as_ref).and_then(|segment| {
                let [a, z] = segment.spec.ends.as_slice() else { return None };
                Some((vlan(a), vlan(z)))
            }),
        })
        .collect();
    let joints: Vec<bool> = path.joints.iter().map(Joint::translates_vlans).collect();
    claim_chain(&lines, &joints, asked, claims)
}

/// A new segment that asks for an offer. `known` are all segments that the intent ever had and that are still there.
fn segment(
    facts: &Facts,
    request: &Request,
    leg: &Candidate,
    number: i64,
    ends: Vec<SegmentEnd>,
    known: &[Arc<ConnectivitySegment>],
    asker: Asker<'_>,
) -> Option<ConnectivitySegmentSpec> {
    let seller = facts.seller(&leg.account)?;
    let uid = facts.intent.metadata.uid.clone().unwrap_or_default();
    let direct = number == ONLY_LEG;
    let same = |segment: &&Arc<ConnectivitySegment>| {
        let spec = &segment.spec;
        let same_leg =
            if direct { spec.leg == ONLY_LEG } else { spec.leg != ONLY_LEG && key(segment) == leg.key() };
        spec.provider.name == leg.account && same_leg && spec.spoke.as_deref() == request.spoke()
    };
    let replacement =
        known.iter().filter(same).map(|segment| segment.spec.replacement + 1).max().unwrap_or(0);
    let of = if direct { Leg::All(&leg.account) } else { Leg::Part(leg.key()) };
    let reference = reference(asker.installation, &uid, request.spoke(), &of, replacement);
    let namespace = facts.intent.metadata.namespace.clone().unwrap_or_default();
    let intent = facts.intent.metadata.name.clone().unwrap_or_default();
    Some(ConnectivitySegmentSpec {
        project: format!("{}/{namespace}/{intent}", asker.owner),
        intent_ref: IntentRef { namespace, name: intent, uid },
        leg: number,
        replacement,
        provider: seller.identity.clone(),
        client_reference: reference,
        product: product(leg.product),
        ends,
        existing: request.existing.as_ref().map(named),
        revision: 1,
        intent_generation: facts.generation(),
        design: design(leg, request),
        desired: Desired::Offer,
        suspend: request.existing.is_some() && only_watches(request),
        released: false,
        authority: None,
        offer: None,
        choice: None,
        spoke: request.spoke().map(str::to_owned),
    })
}

/// Which part of the connection a segment is, for its name.
enum Leg<'a> {
    /// All of it, by this account.
    All(&'a str),
    /// A leg of a chain, wherever in the chain it is.
    Part(String),
}

/// Name and client reference of a segment: the same for the same leg to the same spoke of the same intent in the same installation.
fn reference(installation: &str, intent: &str, spoke: Option<&str>, leg: &Leg, replacement: i64) -> String {
    let leg = match leg {
        Leg::All(provider) => format!("{ONLY_LEG}\n{provider}"),
        Leg::Part(key) => format!("part\n{key}"),
    };
    let spoke = spoke.map(|name| format!("spoke\n{name}\n")).unwrap_or_default();
    let hash = Sha256::digest(format!("{installation}\n{intent}\n{spoke}{leg}\n{replacement}"));
    let hex: String = hash.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    format!("seg-{hex}")
}

fn vlan(end: &SegmentEnd) -> Option<VlanId> {
    end.vlan.and_then(|id| u16::try_from(id).ok()).and_then(VlanId::new)
}

fn claims(segments: impl Iterator<Item = Arc<ConnectivitySegment>>) -> Claims {
    let mut claims = Claims::default();
    for segment in segments {
        for end in &segment.spec.ends {
            claims.add(&segment.spec.provider.name, claimed(end), vlan(end));
        }
    }
    claims
}
