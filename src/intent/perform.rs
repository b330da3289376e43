//! Carries one step out: exactly one effect outside.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::decide::{Commit, Step, named, only_watches};
use super::facts::Facts;
use super::gather::{claimed, spent};
use super::offers::{ONLY_LEG, design, end, product};
use super::{Context, Error, record};
use crate::api::{
    ConnectivityIntent, ConnectivitySegment, ConnectivitySegmentSpec, Desired, IntentRef, by_provider,
};
use crate::cluster::Concern;
use crate::model::{Claims, VlanId};
use crate::planning::{Budgeted, Candidate, claim, taken, within};

/// What came of a step.
pub enum Outcome {
    /// The intent itself changed.
    Intent(Arc<ConnectivityIntent>),
    /// Segments changed: gather again.
    Segments,
    /// A seller's ports are full.
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
        Step::Create(candidate) => create(facts, &candidate, context).await,
        Step::Align(segment, spec) => {
            write(&segment, &spec, context).await?;
            Ok(Outcome::Segments)
        }
        Step::Pin(pin) => {
            let status = record::pinned(facts, *pin);
            let written =
                context.writer.apply_status(facts.intent.as_ref(), Concern::Status, &status).await?;
            Ok(Outcome::Intent(context.intents.wrote(written)))
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

/// Asks for an offer. VLANs and whole ports are claimed by the segment's spec, under one lock for all segments.
async fn create(facts: &Facts, candidate: &Candidate, context: &Context) -> Result<Outcome, Error> {
    let Ok(request) = &facts.request else { return Ok(Outcome::Segments) };
    let Some(seller) = facts.seller(&candidate.account) else { return Ok(Outcome::Segments) };
    let _alone = context.claims.lock().await;
    let at_provider = context.segments.indexed(&by_provider(&candidate.account));
    let asked = (request.a.vlan, request.z.vlan);
    // What runs already takes what it takes, whatever is free.
    let running = request.existing.as_ref().and_then(|_| taken(&candidate.a, &candidate.z, asked));
    let vlans = match running.map_or_else(
        || {
            let translates = seller.asked.account.translates_vlans;
            claim(&candidate.a, &candidate.z, asked, translates, &claims(&at_provider))
        },
        Ok,
    ) {
        Ok(vlans) => vlans,
        Err(shortage) => return Ok(Outcome::Shortage(candidate.account.clone(), shortage.to_string())),
    };
    let uid = facts.intent.metadata.uid.clone().unwrap_or_default();
    let earlier = facts.segments.iter().filter(|segment| segment.spec.provider.name == candidate.account);
    let replacement = earlier.map(|segment| segment.spec.replacement + 1).max().unwrap_or(0);
    let reference = reference(&context.installation, &uid, ONLY_LEG, &candidate.account, replacement);
    let namespace = facts.intent.metadata.namespace.clone().unwrap_or_default();
    let intent = facts.intent.metadata.name.clone().unwrap_or_default();
    let spec = ConnectivitySegmentSpec {
        project: format!("{}/{namespace}/{intent}", context.owner),
        intent_ref: IntentRef { namespace, name: intent, uid },
        leg: ONLY_LEG,
        replacement,
        provider: seller.identity.clone(),
        client_reference: reference.clone(),
        product: product(candidate.product),
        ends: vec![end(&request.a, &candidate.a, vlans.0), end(&request.z, &candidate.z, vlans.1)],
        existing: request.existing.as_ref().map(named),
        revision: 1,
        intent_generation: facts.generation(),
        design: design(candidate, request),
        desired: Desired::Offer,
        suspend: request.existing.is_some() && only_watches(request),
        released: false,
        authority: None,
        offer: None,
    };
    let written: ConnectivitySegment = context.writer.apply_spec(&reference, None, &spec).await?;
    context.segments.wrote(written);
    Ok(Outcome::Segments)
}

/// Name and client reference of a segment: the same for the same leg of the same intent in the same installation.
fn reference(installation: &str, intent: &str, leg: i64, provider: &str, replacement: i64) -> String {
    let text = format!("{installation}\n{intent}\n{leg}\n{provider}\n{replacement}");
    let hash = Sha256::digest(text);
    let hex: String = hash.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    format!("seg-{hex}")
}

fn claims(segments: &[Arc<ConnectivitySegment>]) -> Claims {
    let mut claims = Claims::default();
    for segment in segments {
        for end in &segment.spec.ends {
            let vlan = end.vlan.and_then(|id| u16::try_from(id).ok()).and_then(VlanId::new);
            claims.add(&segment.spec.provider.name, claimed(end), vlan);
        }
    }
    claims
}

/// Gives a segment the authority to buy, after one more look at what the account already spends, one purchase at a time.
async fn buy(facts: &Facts, commit: Commit, context: &Context) -> Result<Outcome, Error> {
    let account = &commit.segment.spec.provider.name;
    let lock = context.account_lock(account);
    let _alone = lock.lock().await;
    let uid = facts.intent.metadata.uid.clone().unwrap_or_default();
    let spent = spent(&context.segments.indexed(&by_provider(account)), &uid);
    let budgeted = Budgeted { spent, ..commit.budgeted };
    if within(&budgeted, Some(&commit.budget)).is_ok() {
        write(&commit.segment, &commit.spec, context).await?;
    }
    Ok(Outcome::Segments)
}
