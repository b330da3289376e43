//! Controller of `ConnectivityDecision`: tells whether a decision was used, may still be, or never will be. It acts on none:
//! segments, intents and accounts read decisions themselves; the record of their orders says which one each order rests on, and the status
//! of an account says which one released its safety catch.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::admit;
use crate::api::{
    Approver, ConnectivityClass, ConnectivityDecision, ConnectivityIntent, ConnectivityProvider,
    ConnectivitySegment, approved_intent,
};
use crate::clock::Clock;
use crate::cluster::{Cache, Concern, WriteError, Writer};
use crate::schedule::{Beats, Pace, next_look};
use crate::telemetry::Metrics;

pub mod decide;

use decide::{Facts, Standing, Subject};

/// What the controller works with.
pub struct Context {
    /// All decisions.
    pub decisions: Arc<Cache<ConnectivityDecision>>,
    /// All segments.
    pub segments: Arc<Cache<ConnectivitySegment>>,
    /// All accounts.
    pub providers: Arc<Cache<ConnectivityProvider>>,
    /// All classes.
    pub classes: Arc<Cache<ConnectivityClass>>,
    /// All intents.
    pub intents: Arc<Cache<ConnectivityIntent>>,
    /// The operator's namespace.
    pub operators: String,
    /// All writes.
    pub writer: Writer,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Random numbers from 0 to 1, to spread looks.
    pub random: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// How often to look.
    pub beats: Beats,
}

/// One pass. Returns when to look again; `None` for when something changes.
pub async fn reconcile(key: &str, context: &Context) -> Option<Duration> {
    let decision = context.decisions.get(key)?;
    let pace = match pass(decision, context).await {
        Ok(pace) => pace,
        Err(error) => {
            tracing::info!(decision = key, %error, "pass ended early; it is repeated");
            context.metrics.pass("decision", "Failed", "error");
            Pace::Transient
        }
    };
    next_look(pace, 0, (context.random)(), &context.beats)
}

async fn pass(decision: Arc<ConnectivityDecision>, context: &Context) -> Result<Pace, WriteError> {
    let facts = gather(decision, context);
    let standing = decide::standing(&facts);
    context.metrics.pass("decision", standing.name(), "ok");
    let status = decide::status(&facts, &standing);
    if facts.decision.status.as_ref() != Some(&status) {
        let written: ConnectivityDecision =
            context.writer.apply_status(facts.decision.as_ref(), Concern::Status, &status).await?;
        context.decisions.wrote(written);
    }
    Ok(match standing {
        Standing::Used(_) | Standing::Useless(..) => Pace::Settled,
        Standing::NotUsedYet(_) => Pace::Stalled,
    })
}

fn gather(decision: Arc<ConnectivityDecision>, context: &Context) -> Facts {
    let now = context.clock.now();
    let spec = &decision.spec;
    if let Some((namespace, name)) = approved_intent(&decision) {
        let subject = intent_of(&namespace, &name, &decision, now, context);
        return Facts { decision, subject, now };
    }
    let subject = match (&spec.segment, &spec.provider) {
        (None, Some(provider)) => Subject::Provider {
            found: context.providers.get(provider),
            said: admit::release(&decision, &context.operators, now),
        },
        (segment, _) => segment_of(segment.as_deref().unwrap_or_default(), &decision, now, context),
    };
    Facts { decision, subject, now }
}

fn intent_of(
    namespace: &str,
    name: &str,
    decision: &ConnectivityDecision,
    now: Timestamp,
    context: &Context,
) -> Subject {
    let found = context.intents.get(&format!("{namespace}/{name}"));
    let effective = found.as_ref().and_then(|intent| intent.status.as_ref()?.effective.as_ref());
    let approver = effective.map_or_else(Approver::default, |effective| {
        // As the intent has it: what a class that is gone would say only the platform team may decide.
        context.classes.get(&effective.class_name).map_or(Approver::Platform, |class| {
            class.spec.approval.as_ref().map(|approval| approval.approver).unwrap_or_default()
        })
    });
    let said = admit::approval(decision, approver, &context.operators, now);
    Subject::Intent { found, said }
}

fn segment_of(name: &str, decision: &ConnectivityDecision, now: Timestamp, context: &Context) -> Subject {
    let found = context.segments.get(name);
    let said = match &found {
        None => Err(admit::Refusal { reason: "NoSuchSegment", message: "there is no such segment".into() }),
        Some(segment) => {
            let intent = &segment.spec.intent_ref;
            let found = context.intents.get(&intent.key());
            let asked = admit::Asked::about(intent, found.as_deref(), &context.operators, now);
            admit::decision(decision, asked)
        }
    };
    Subject::Segment { found, said }
}
