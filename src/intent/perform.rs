//! Carries one step out: exactly one effect outside.

use std::sync::Arc;

use super::ask::{Asker, segment};
use super::decide::{Commit, Step};
use super::facts::Facts;
use super::gather::spent;
use super::{Context, Error};
use crate::api::{ConnectivityIntent, ConnectivitySegment, ConnectivitySegmentSpec, by_provider};
use crate::planning::{Budgeted, Candidate, within};

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
    let asker = Asker { owner: &context.owner, installation: &context.installation };
    let spec = match segment(facts, request, seller, candidate, &at_provider, asker) {
        Ok(spec) => spec,
        Err(shortage) => return Ok(Outcome::Shortage(candidate.account.clone(), shortage.to_string())),
    };
    let written: ConnectivitySegment = context.writer.apply_spec(&spec.client_reference, None, &spec).await?;
    context.segments.wrote(written);
    Ok(Outcome::Segments)
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
