//! Controller of `ConnectivityIntent`: plans, asks for offers, chooses, and folds what became of it into one status.
//!
//! The road of a pass: [`gather`](gather::gather) facts → [`decide`](decide::decide) a step → [`perform`](perform::perform) its
//! one effect → gather and decide again, until a rest is reached → [`record`](record::status) the status → schedule the next look.
//! It never talks to a seller: that is the segment's work.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;

use crate::api::{
    ConnectivityClass, ConnectivityDecision, ConnectivityIntent, ConnectivityIntentStatus,
    ConnectivityProvider, ConnectivitySegment, Interconnect, Site, told,
};
use crate::clock::Clock;
use crate::cluster::{Cache, Concern, WriteError, Writer};
use crate::ledger::Desk;
use crate::schedule::{Beats, Pace, next_look};
use crate::telemetry::Metrics;

pub mod ask;
pub mod class;
pub mod decide;
pub mod facts;
pub mod gather;
pub mod offers;
mod perform;
pub mod record;
#[cfg(test)]
mod tests;

use decide::{Rest, Step};
use facts::Facts;
use perform::Outcome;

/// Most steps of one pass for each end; a pass that needs more has lost its way.
const MOST_STEPS: usize = 40;

/// Why a pass ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A write did not happen.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The pass went round in circles: a defect of the decision.
    #[error("no rest was reached after {0} steps; the last was {1}")]
    Endless(usize, &'static str),
}

/// What the controller works with.
pub struct Context {
    /// All intents.
    pub intents: Arc<Cache<ConnectivityIntent>>,
    /// All segments, indexed by intent and by provider.
    pub segments: Arc<Cache<ConnectivitySegment>>,
    /// All accounts.
    pub providers: Arc<Cache<ConnectivityProvider>>,
    /// All sites.
    pub sites: Arc<Cache<Site>>,
    /// All interconnects.
    pub interconnects: Arc<Cache<Interconnect>>,
    /// All classes.
    pub classes: Arc<Cache<ConnectivityClass>>,
    /// All decisions, indexed by the intent whose plan they approve.
    pub decisions: Arc<Cache<ConnectivityDecision>>,
    /// The operator's namespace.
    pub operators: String,
    /// All namespaces, for their labels.
    pub namespaces: Arc<Cache<Namespace>>,
    /// The budgets.
    pub desk: Arc<Desk>,
    /// All writes.
    pub writer: Writer,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Random numbers from 0 to 1, to spread looks.
    pub random: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Whether the whole operator holds purchases.
    pub held: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// How often to look.
    pub beats: Beats,
    /// How long sellers may take to make an offer before the others' are taken.
    pub patience: Duration,
    /// Who we are to sellers, across clusters.
    pub owner: String,
    /// Which cluster this is.
    pub installation: String,
    /// Claims on ports are made one at a time.
    pub claims: tokio::sync::Mutex<()>,
    /// Money is committed one purchase at a time per account.
    pub accounts: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// Looks in a row that changed nothing, by uid.
    pub fruitless: Mutex<HashMap<String, u32>>,
}

impl Context {
    fn account_lock(&self, account: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut all = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(account.to_owned()).or_default().clone()
    }

    fn count_fruitless(&self, uid: &str, changed: bool) -> u32 {
        let mut all = self.fruitless.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(uid.to_owned()).or_default();
        *count = if changed { 0 } else { count.saturating_add(1) };
        *count
    }

    fn forget(&self, uid: &str) {
        self.fruitless.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}

/// One pass. Returns when to look again; `None` for when something changes.
pub async fn reconcile(key: &str, context: &Context) -> Option<Duration> {
    let intent = context.intents.get(key)?;
    let uid = intent.metadata.uid.clone().unwrap_or_default();
    let (pace, changed) = match pass(intent, context).await {
        Ok(done) => done,
        Err(error) => {
            tracing::info!(intent = key, %error, "pass ended early; it is repeated");
            context.metrics.pass("intent", "Failed", "error");
            (Pace::Transient, false)
        }
    };
    if pace == Pace::Done {
        context.forget(&uid);
        return None;
    }
    let fruitless = context.count_fruitless(&uid, changed);
    next_look(pace, fruitless, (context.random)(), &context.beats)
}

async fn pass(mut intent: Arc<ConnectivityIntent>, context: &Context) -> Result<(Pace, bool), Error> {
    let mut shortages: Vec<(Option<String>, String, String)> = Vec::new();
    let mut notes: Option<Vec<String>> = None;
    let mut word = "none";
    let most = MOST_STEPS * intent.spec.endpoints.len().max(2);
    for _ in 0..most {
        let mut facts = gather::gather(intent.clone(), context);
        for (spoke, path, why) in &shortages {
            facts.note_shortage(spoke.as_deref(), path, why);
        }
        facts.notes.clone_from(&notes);
        let step = decide::decide(&facts);
        word = step.name();
        tracing::debug!(intent = ?intent.metadata.name, step = word, "decided");
        if let Step::Rest(rest) = &step {
            context.metrics.pass("intent", word, "ok");
            return rested(&facts, rest, context).await;
        }
        if let Step::Commit(commit) = &step
            && commit.chooses
        {
            // The market is asked no more once something is bought: why it was taken is told now.
            notes = Some(record::notes(&facts));
        }
        match perform::perform(step, &facts, context).await? {
            Outcome::Intent(written) => intent = written,
            Outcome::Segments => {}
            Outcome::Asked(full) => shortages.extend(full),
            Outcome::Removed => return Ok((Pace::Done, true)),
        }
    }
    Err(Error::Endless(most, word))
}

/// Tells what was reached, and how soon to look again. Whether anything new was told comes with it.
async fn rested(facts: &Facts, rest: &Rest, context: &Context) -> Result<(Pace, bool), Error> {
    if *rest == Rest::Gone {
        return Ok((Pace::Done, false));
    }
    let status = record::status(facts, rest);
    let old = facts.intent.status.clone().unwrap_or_default();
    let changed = status != old;
    if changed && let Some(left) = record::not_yet(&old, &status, facts.now) {
        return Ok((Pace::At(left), false));
    }
    if changed {
        let written: ConnectivityIntent =
            context.writer.apply_status(facts.intent.as_ref(), Concern::Status, &status).await?;
        context.intents.wrote(written);
        tell(facts, &old, &status, context).await;
    }
    Ok((pace(rest, facts.now), changed))
}

/// When to look again. Segments wake their intent; only a date needs a look of its own, and one that has passed needs none.
fn pace(rest: &Rest, now: jiff::Timestamp) -> Pace {
    match rest {
        Rest::Active | Rest::PlanComplete | Rest::Observed => Pace::Settled,
        Rest::Gone => Pace::Done,
        Rest::Waiting(_, waiting) | Rest::Stalled(_, waiting) => {
            let left = waiting.until.and_then(|until| Duration::try_from(until.duration_since(now)).ok());
            left.filter(|left| !left.is_zero()).map_or(Pace::Stalled, Pace::At)
        }
    }
}

/// An event for each new reason of readiness.
async fn tell(
    facts: &Facts,
    old: &ConnectivityIntentStatus,
    new: &ConnectivityIntentStatus,
    context: &Context,
) {
    let Some(now) = told(&new.conditions, "Ready") else { return };
    if told(&old.conditions, "Ready")
        .is_some_and(|before| before.reason == now.reason && before.status == now.status)
    {
        return;
    }
    let warning = crate::api::holds(&new.conditions, "Stalled");
    context.writer.event(facts.intent.as_ref(), warning, &now.reason, "Reconcile", &now.message).await;
}
