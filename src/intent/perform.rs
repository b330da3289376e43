//! Carries one step out: exactly one effect outside.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::decide::{Commit, Step, named, only_watches};
use super::facts::{Facts, key, name_of, spent};
use super::gather::claimed;
use super::offers::{ONLY_LEG, design, ends, market, product};
use super::{Context, Error};
use crate::api::{
    ConnectivityIntent, ConnectivitySegment, ConnectivitySegmentSpec, Desired, IntentRef, SegmentEnd,
    by_intent, by_provider,
};
use crate::model::{Claims, Request, VlanId};
use crate::planning::{
    Budgeted, Candidate, Joint, Line, Pair, Path, VlanShortage, all_within, claim_chain, taken,
};

/// What came of a step.
pub enum Outcome {
    /// The intent itself changed.
    Intent(Arc<ConnectivityIntent>),
    /// Segments changed: gather again.
    Segments,
    /// The ports of a path are full.
    Shortage(String, String),
    /// Nothing more to do with the object.
    Removed,
}

/// Carries a step out. A rest is none.
pub async fn perform(step: Step, facts: &Facts, context: &Context) -> Result<Outcome, Error> {
    match step {
        Step::AddFinalizer => {
            let written = context.writer.add_finalizer(facts.intent.as_ref()).await?;
            Ok(Outcome::Intent(context.intents.wrote(written)))
        }
        Step::RemoveFinalizer => {
            context.writer.remove_finalizer(facts.intent.as_ref()).await?;
            context.intents.removed(&facts.intent);
            Ok(Outcome::Removed)
        }
        Step::Create(path) => create(facts, &path, context).await,
        Step::Align(segment, spec) => {
            write(&segment, &spec, context).await?;
            Ok(Outcome::Segments)
        }
        Step::Commit(commit) => buy(facts, *commit, context).await,
        Step::Drop(segment) => {
            match context.writer.delete(segment.as_ref()).await? {
                Some(kept_by_finalizer) => drop(context.segments.wrote(kept_by_finalizer)),
                None => context.segments.removed(&segment),
            }
            Ok(Outcome::Segments)
        }
        Step::Rest(_) => Ok(Outcome::Segments),
    }
}

async fn write(
    segment: &ConnectivitySegment,
    spec: &ConnectivitySegmentSpec,
    context: &Context,
) -> Result<(), Error> {
    let name = segment.metadata.name.as_deref().unwrap_or_default();
    let written: ConnectivitySegment = context.writer.apply_spec(name, Some(segment), spec).await?;
    context.segments.wrote(written);
    Ok(())
}

/// Asks for the offers of a path that were not asked for yet. VLANs and whole ports are claimed by the segments' specs, for all legs
/// at once and under one lock for all segments.
async fn create(facts: &Facts, path: &Path, context: &Context) -> Result<Outcome, Error> {
    let Ok(request) = &facts.request else { return Ok(Outcome::Segments) };
    let _alone = context.claims.lock().await;
    let uid = facts.intent.metadata.uid.clone().unwrap_or_default();
    let accounts: BTreeSet<&str> = path.legs.iter().map(|leg| leg.account.as_str()).collect();
    let claimed = accounts.iter().flat_map(|account| context.segments.indexed(&by_provider(account)));
    // Of what only makes offers to the intent, one path is bought: its own alternatives take nothing from one another.
    let rivals = claimed
        .filter(|segment| segment.spec.intent_ref.uid != uid || segment.spec.desired != Desired::Offer);
    let claims = claims(rivals);
    let market = market(facts, request);
    let assembled = market.paths.iter().zip(&market.assemblies).find(|(known, _)| *known == path);
    let held = assembled.map(|(_, assembly)| assembly.legs.clone()).unwrap_or_default();
    let (vlans, held) = match vlans(facts, request, path, &held, &claims) {
        Ok(vlans) => (vlans, held),
        // What was asked does not fit what is missing: the path is asked anew.
        Err(_) if held.iter().any(Option::is_some) => match vlans(facts, request, path, &[], &claims) {
            Ok(vlans) => (vlans, Vec::new()),
            Err(shortage) => return Ok(Outcome::Shortage(path.name(), shortage.to_string())),
        },
        Err(shortage) => return Ok(Outcome::Shortage(path.name(), shortage.to_string())),
    };
    let ends = ends(path, request, &vlans);
    for (index, (leg, ends)) in path.legs.iter().zip(ends).enumerate() {
        if held.get(index).is_some_and(Option::is_some) {
            continue;
        }
        let number = if path.is_direct() { ONLY_LEG } else { i64::try_from(index + 1).unwrap_or(i64::MAX) };
        let Some(spec) = asking(facts, request, leg, number, ends, context) else {
            return Ok(Outcome::Segments);
        };
        let written: ConnectivitySegment =
            context.writer.apply_spec(&spec.client_reference, None, &spec).await?;
        context.segments.wrote(written);
    }
    Ok(Outcome::Segments)
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
            translates: facts
                .seller(&leg.account)
                .is_some_and(|seller| seller.asked.account.translates_vlans),
            held: held.get(index).and_then(Option::as_ref).and_then(|segment| {
                let [a, z] = segment.spec.ends.as_slice() else { return None };
                Some((vlan(a), vlan(z)))
            }),
        })
        .collect();
    let joints: Vec<bool> = path.joints.iter().map(Joint::translates_vlans).collect();
    claim_chain(&lines, &joints, asked, claims)
}

/// A new segment that asks for an offer.
fn asking(
    facts: &Facts,
    request: &Request,
    leg: &Candidate,
    number: i64,
    ends: Vec<SegmentEnd>,
    context: &Context,
) -> Option<ConnectivitySegmentSpec> {
    let seller = facts.seller(&leg.account)?;
    let uid = facts.intent.metadata.uid.clone().unwrap_or_default();
    let direct = number == ONLY_LEG;
    let same = |segment: &&Arc<ConnectivitySegment>| {
        let spec = &segment.spec;
        let same_leg =
            if direct { spec.leg == ONLY_LEG } else { spec.leg != ONLY_LEG && key(segment) == leg.key() };
        spec.provider.name == leg.account && same_leg
    };
    // Those that were written in this step are known to the cache alone.
    let known = context.segments.indexed(&by_intent(&uid));
    let replacement =
        known.iter().filter(same).map(|segment| segment.spec.replacement + 1).max().unwrap_or(0);
    let of = if direct { Leg::All(&leg.account) } else { Leg::Part(leg.key()) };
    let reference = reference(&context.installation, &uid, &of, replacement);
    let namespace = facts.intent.metadata.namespace.clone().unwrap_or_default();
    let intent = facts.intent.metadata.name.clone().unwrap_or_default();
    Some(ConnectivitySegmentSpec {
        project: format!("{}/{namespace}/{intent}", context.owner),
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
        path: None,
    })
}

/// Which part of the connection a segment is, for its name.
enum Leg<'a> {
    /// All of it, by this account.
    All(&'a str),
    /// A leg of a chain, wherever in the chain it is.
    Part(String),
}

/// Name and client reference of a segment: the same for the same leg of the same intent in the same installation.
fn reference(installation: &str, intent: &str, leg: &Leg, replacement: i64) -> String {
    let leg = match leg {
        Leg::All(provider) => format!("{ONLY_LEG}\n{provider}"),
        Leg::Part(key) => format!("part\n{key}"),
    };
    let hash = Sha256::digest(format!("{installation}\n{intent}\n{leg}\n{replacement}"));
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

/// Gives segments the authority to buy, after one more look at what their accounts already spend, one purchase at a time.
async fn buy(facts: &Facts, commit: Commit, context: &Context) -> Result<Outcome, Error> {
    let accounts: BTreeSet<&str> =
        commit.legs.iter().map(|leg| leg.segment.spec.provider.name.as_str()).collect();
    // Always in the order of their names: nobody waits for somebody who waits for him.
    let mut alone = Vec::new();
    for account in accounts {
        alone.push(context.account_lock(account).lock_owned().await);
    }
    let uid = facts.intent.metadata.uid.clone().unwrap_or_default();
    let own = Facts { segments: context.segments.indexed(&by_intent(&uid)), ..facts.clone() };
    let names: Vec<&str> = commit.legs.iter().map(|leg| name_of(&leg.segment)).collect();
    let offers: Vec<Budgeted> = commit
        .legs
        .iter()
        .map(|leg| {
            let account = &leg.segment.spec.provider.name;
            let others = spent(&context.segments.indexed(&by_provider(account)), &uid);
            Budgeted { spent: others + own.siblings_at(account, &names), ..leg.budgeted.clone() }
        })
        .collect();
    if all_within(&offers, Some(&commit.budget), commit.beside).is_ok() {
        for leg in &commit.legs {
            write(&leg.segment, &leg.spec, context).await?;
        }
    }
    drop(alone);
    Ok(Outcome::Segments)
}
