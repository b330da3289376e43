//! Carries one step out: exactly one effect outside.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ask::{self, Asker};
use super::decide::{Commit, Step};
use super::facts::{Facts, name_of, spent};
use super::offers::Asking;
use super::{Context, Error, record};
use crate::api::{ConnectivityIntent, ConnectivitySegment, ConnectivitySegmentSpec, by_intent, by_provider};
use crate::cluster::Concern;
use crate::planning::{Budgeted, VlanShortage, all_within};

/// What came of a step.
pub enum Outcome {
    /// The intent itself changed.
    Intent(Arc<ConnectivityIntent>),
    /// Segments changed: gather again.
    Segments,
    /// Sellers were asked, but for these ways whose ports are full: to which spoke each leads, its name, and why.
    Asked(Vec<(Option<String>, String, String)>),
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
        Step::Create(asked) => {
            let mut shortages = Vec::new();
            for asking in asked {
                if let Some(why) = create(facts, &asking, context).await? {
                    shortages.push((asking.spoke, asking.way.name(), why.to_string()));
                }
            }
            Ok(Outcome::Asked(shortages))
        }
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

/// Asks for the offers of a way that were not asked for yet, under one lock for all claims, unless its ports are full.
async fn create(facts: &Facts, asking: &Asking, context: &Context) -> Result<Option<VlanShortage>, Error> {
    let Some(facts) = facts.strand_of(asking.spoke.as_deref()) else { return Ok(None) };
    let Ok(request) = &facts.request else { return Ok(None) };
    let _alone = context.claims.lock().await;
    let asker = Asker { owner: &context.owner, installation: &context.installation };
    let specs = match ask::segments(&facts, request, asking, context, asker) {
        Ok(specs) => specs,
        Err(shortage) => return Ok(Some(shortage)),
    };
    for spec in specs {
        let written: ConnectivitySegment =
            context.writer.apply_spec(&spec.client_reference, None, &spec).await?;
        context.segments.wrote(written);
    }
    Ok(None)
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
