//! Controller of `Site`: sees that it can be understood, and keeps it while segments end there.

use std::sync::Arc;
use std::time::Duration;

use crate::admit;
use crate::api::{
    ConnectivitySegment, FINALIZER, Party, Site, SiteStatus, Statement, WaitingFor, by_site, conditions,
    whole,
};
use crate::clock::Clock;
use crate::cluster::{Cache, Concern, WriteError, Writer};
use crate::schedule::{Beats, Pace, next_look};
use crate::telemetry::Metrics;

#[cfg(test)]
mod tests;

/// What the controller works with.
pub struct Context {
    /// All sites.
    pub sites: Arc<Cache<Site>>,
    /// All segments, indexed by site.
    pub segments: Arc<Cache<ConnectivitySegment>>,
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

/// The next effect, or a rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Segments may end there from now on.
    AddFinalizer,
    /// No segment ends there any more.
    RemoveFinalizer,
    /// Nothing to do now: why it is not ready, if it is not.
    Rest(Option<(&'static str, String)>),
}

/// What to do next about a site in which `in_use` segments end.
#[must_use]
pub fn decide(site: &Site, in_use: usize) -> Step {
    let meta = &site.metadata;
    let finalized = meta.finalizers.iter().flatten().any(|name| name == FINALIZER);
    if meta.deletion_timestamp.is_some() {
        return match (in_use, finalized) {
            (0, true) => Step::RemoveFinalizer,
            (0, false) => Step::Rest(None),
            (count, _) => Step::Rest(Some((
                "InUse",
                format!(
                    "{count} segments end here: delete their intents first, see kubectl get connectivitysegments"
                ),
            ))),
        };
    }
    if !finalized {
        return Step::AddFinalizer;
    }
    let name = meta.name.as_deref().unwrap_or_default();
    Step::Rest(admit::site(name, &site.spec, "", None).err().map(|refusal| (refusal.reason, refusal.message)))
}

/// The status of a site that is not ready for the reason given.
#[must_use]
pub fn status(site: &Site, problem: Option<&(&'static str, String)>, now: jiff::Timestamp) -> SiteStatus {
    let now = whole(now);
    let old = site.status.clone().unwrap_or_default();
    let (reason, message) =
        problem.map_or(("Usable", String::new()), |(reason, message)| (*reason, message.clone()));
    let in_use = reason == "InUse";
    let stalled = problem.is_some() && !in_use;
    let statements = vec![
        Statement {
            kind: "Ready",
            holds: Some(problem.is_none()),
            reason: reason.into(),
            message: message.clone(),
        },
        Statement { kind: "Reconciling", holds: Some(in_use), reason: reason.into(), message: String::new() },
        Statement { kind: "Stalled", holds: Some(stalled), reason: reason.into(), message: String::new() },
    ];
    SiteStatus {
        observed_generation: site.metadata.generation,
        conditions: conditions(&old.conditions, statements, site.metadata.generation, &now),
        waiting_for: problem.map(|_| {
            let party = if in_use { Party::User } else { Party::Platform };
            WaitingFor { party, name: None, what: message, since: now, until: None }
                .since(old.waiting_for.as_ref())
        }),
    }
}

/// One pass. Returns when to look again; `None` for when something changes.
pub async fn reconcile(name: &str, context: &Context) -> Option<Duration> {
    let site = context.sites.get(name)?;
    let pace = match pass(site, context).await {
        Ok(pace) => pace,
        Err(error) => {
            tracing::info!(site = name, %error, "pass ended early; it is repeated");
            context.metrics.pass("site", "Failed", "error");
            Pace::Transient
        }
    };
    next_look(pace, 0, (context.random)(), &context.beats)
}

async fn pass(mut site: Arc<Site>, context: &Context) -> Result<Pace, WriteError> {
    loop {
        let name = site.metadata.name.clone().unwrap_or_default();
        match decide(&site, context.segments.indexed(&by_site(&name)).len()) {
            Step::AddFinalizer => {
                let written = context.writer.add_finalizer(site.as_ref()).await?;
                site = context.sites.wrote(written);
            }
            Step::RemoveFinalizer => {
                context.writer.remove_finalizer(site.as_ref()).await?;
                context.sites.removed(&site);
                return Ok(Pace::Done);
            }
            Step::Rest(problem) => {
                context.metrics.pass("site", "Rest", "ok");
                let status = status(&site, problem.as_ref(), context.clock.now());
                if site.status.as_ref() != Some(&status) {
                    let written: Site =
                        context.writer.apply_status(site.as_ref(), Concern::Status, &status).await?;
                    context.sites.wrote(written);
                }
                return Ok(if problem.is_some() { Pace::Stalled } else { Pace::Settled });
            }
        }
    }
}
