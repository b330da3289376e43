//! Controller of `ConnectivityClass`: tells whether everything in it can be understood and every rule be evaluated.
//!
//! It keeps nothing and changes no intent: intents read classes themselves, and what is bought is pinned in their own status.

use std::sync::Arc;
use std::time::Duration;

use crate::admit::{self, Refusal};
use crate::api::{
    ConnectivityClass, ConnectivityClassStatus, Party, Statement, WaitingFor, conditions, whole,
};
use crate::clock::Clock;
use crate::cluster::{Cache, Concern, WriteError, Writer};
use crate::schedule::{Beats, Pace, next_look};
use crate::telemetry::Metrics;

#[cfg(test)]
mod tests;

/// What the controller works with.
pub struct Context {
    /// All classes.
    pub classes: Arc<Cache<ConnectivityClass>>,
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

/// The status of a class, with what is wrong with it.
#[must_use]
pub fn status(
    class: &ConnectivityClass,
    problem: Option<&Refusal>,
    now: jiff::Timestamp,
) -> ConnectivityClassStatus {
    let now = whole(now);
    let old = class.status.clone().unwrap_or_default();
    let (reason, message) =
        problem.map_or(("Usable", String::new()), |wrong| (wrong.reason, wrong.message.clone()));
    let statement = |kind, holds: bool| Statement {
        kind,
        holds: Some(holds),
        reason: reason.into(),
        message: message.clone(),
    };
    let statements = vec![
        statement("Ready", problem.is_none()),
        Statement::no("Reconciling", reason, ""),
        statement("Stalled", problem.is_some()),
        statement("Valid", problem.is_none()),
    ];
    ConnectivityClassStatus {
        observed_generation: class.metadata.generation,
        conditions: conditions(&old.conditions, statements, class.metadata.generation, &now),
        waiting_for: problem.map(|_| {
            let what = message.chars().take(1_000).collect();
            WaitingFor { party: Party::Platform, name: None, what, since: now, until: None }
                .since(old.waiting_for.as_ref())
        }),
    }
}

/// One pass. Returns when to look again; `None` for when something changes.
pub async fn reconcile(name: &str, context: &Context) -> Option<Duration> {
    let class = context.classes.get(name)?;
    let pace = match pass(&class, context).await {
        Ok(pace) => pace,
        Err(error) => {
            tracing::info!(class = name, %error, "pass ended early; it is repeated");
            context.metrics.pass("class", "Failed", "error");
            Pace::Transient
        }
    };
    next_look(pace, 0, (context.random)(), &context.beats)
}

async fn pass(class: &ConnectivityClass, context: &Context) -> Result<Pace, WriteError> {
    let problem = admit::class(&class.spec).err();
    context.metrics.pass("class", "Rest", "ok");
    let status = status(class, problem.as_ref(), context.clock.now());
    if class.status.as_ref() != Some(&status) {
        let written: ConnectivityClass = context.writer.apply_status(class, Concern::Status, &status).await?;
        context.classes.wrote(written);
    }
    Ok(if problem.is_some() { Pace::Stalled } else { Pace::Settled })
}
