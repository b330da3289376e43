//! Controller of `ConnectivityProvider`: connects to the seller, sees that the credentials work, and tells.
//!
//! Where the account asks for it, the seller is asked to tell of changes ([`hubs`]).
//!
//! It releases the safety catch where a person says so. Segments trip it, because they know what they are about to order.
//!
//! It fills the [`Directory`] that segments reach sellers through. A rotated Secret connects anew; nothing needs a restart.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Secret;

use crate::admit::{self, Refusal};
use crate::api::{
    ConnectivityDecision, ConnectivityProvider, ConnectivityProviderSpec, ConnectivityProviderStatus,
    ConnectivitySegment, DecisionRef, SafetyCatchRelease, SafetyCatchStatus, by_provider, whole,
};
use crate::clock::Clock;
use crate::cluster::{Cache, Concern, WriteError, Writer, fingerprint};
use crate::model::{Callback, Catch, Failure, FailureClass, Release};
use crate::provider::{Absence, AccountView, Directory, Guard, Provider, Requests};
use crate::schedule::{Beats, Pace, next_look};
use crate::telemetry::{Metrics, SellerCalls};

pub mod decide;
pub mod hubs;
#[cfg(test)]
mod tests;

use decide::{Facts, Step, decide, pace, status};
use hubs::Wanted;

/// Makes the adapter of an account out of its spec and the keys and values of its Secret; every request is charged to the account.
pub type Connect = Arc<
    dyn Fn(
            &ConnectivityProviderSpec,
            &BTreeMap<String, Vec<u8>>,
            &Arc<Requests>,
        ) -> Result<Arc<dyn Provider>, Failure>
        + Send
        + Sync,
>;

/// What the controller works with.
pub struct Context {
    /// All accounts.
    pub providers: Arc<Cache<ConnectivityProvider>>,
    /// All segments, indexed by provider.
    pub segments: Arc<Cache<ConnectivitySegment>>,
    /// What people decided, indexed by provider.
    pub decisions: Arc<Cache<ConnectivityDecision>>,
    /// The Secrets of the operator's namespace.
    pub secrets: Arc<Cache<Secret>>,
    /// The operator's namespace.
    pub namespace: String,
    /// What segments reach sellers through.
    pub directory: Arc<Directory>,
    /// Makes adapters.
    pub connect: Connect,
    /// The address at which sellers reach the listener for notifications, where there is one.
    pub notify_url: Option<String>,
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
    /// What this process remembers, by uid.
    pub memories: Mutex<HashMap<String, Memory>>,
}

/// What this process remembers about an account.
#[derive(Clone)]
pub struct Memory {
    /// Fingerprint of the spec and the Secret that the adapter was made of.
    made_of: u64,
    /// What the seller said when it was last asked, and when that was.
    verified: Option<(Result<AccountView, Failure>, Instant)>,
    hubs: hubs::Remembered,
    /// Shared by all who use it. What was sent stays sent when the account is connected anew.
    requests: Arc<Requests>,
    fruitless: u32,
}

/// One pass. Returns when to look again; `None` for when something changes.
pub async fn reconcile(name: &str, context: &Context) -> Option<Duration> {
    let provider = context.providers.get(name)?;
    let uid = provider.metadata.uid.clone().unwrap_or_default();
    let mut memory = {
        let all = context.memories.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&uid).cloned().unwrap_or(Memory {
            made_of: 0,
            verified: None,
            hubs: hubs::Remembered::default(),
            requests: Arc::new(Requests::new(admit::REQUESTS_PER_MINUTE, context.clock.clone())),
            fruitless: 0,
        })
    };
    let pace = match pass(provider, &mut memory, context).await {
        Ok(pace) => pace,
        Err(error) => {
            tracing::info!(provider = name, %error, "pass ended early; it is repeated");
            context.metrics.pass("provider", "Failed", "error");
            Pace::Transient
        }
    };
    memory.fruitless = if pace == Pace::Transient { memory.fruitless.saturating_add(1) } else { 0 };
    let look = next_look(pace, memory.fruitless, (context.random)(), &context.beats);
    let mut all = context.memories.lock().unwrap_or_else(PoisonError::into_inner);
    if pace == Pace::Done {
        all.remove(&uid);
    } else {
        all.insert(uid, memory);
    }
    look
}

async fn pass(
    mut provider: Arc<ConnectivityProvider>,
    memory: &mut Memory,
    context: &Context,
) -> Result<Pace, WriteError> {
    loop {
        let facts = gather(provider.clone(), memory, context);
        let step = decide(&facts);
        tracing::debug!(provider = ?provider.metadata.name, step = step.name(), "decided");
        match step {
            Step::AddFinalizer => {
                let written = context.writer.add_finalizer(provider.as_ref()).await?;
                provider = context.providers.wrote(written);
            }
            Step::RemoveFinalizer => {
                hubs::leave_behind(&provider, &facts.hubs.known, "the account is gone", context).await;
                context.writer.remove_finalizer(provider.as_ref()).await?;
                context.providers.removed(&provider);
                context.directory.remove(&facts.name());
                return Ok(Pace::Done);
            }
            Step::Release(release, catch) => provider = released(&provider, release, &catch, context).await?,
            Step::Verify => verify(&facts, memory, context).await,
            Step::Hub(step) => {
                let callback = callback(&provider, context).ok().flatten();
                let port = port(&facts, context);
                hubs::perform(step, &provider, port, callback, &facts.hubs, memory, context).await;
            }
            Step::Rest(rest) => {
                context.metrics.pass("provider", rest.name(), "ok");
                let status = status(&facts, &rest);
                let old = provider.status.clone().unwrap_or_default();
                if status != (ConnectivityProviderStatus { safety_catch: None, ledger: None, ..old }) {
                    let written: ConnectivityProvider =
                        context.writer.apply_status(provider.as_ref(), Concern::Status, &status).await?;
                    context.providers.wrote(written);
                }
                return Ok(pace(&facts, &rest));
            }
        }
    }
}

/// Writes that a person released the catch, as far as it had tripped by then.
async fn released(
    provider: &ConnectivityProvider,
    release: Release,
    catch: &Catch,
    context: &Context,
) -> Result<Arc<ConnectivityProvider>, WriteError> {
    let mut tripped =
        provider.status.as_ref().and_then(|status| status.safety_catch.clone()).unwrap_or_default().tripped;
    tripped.retain(|trip| catch.trips.iter().any(|left| left.cause == admit::cause(trip.cause)));
    let note = format!("released by decision {}", release.id);
    let decision =
        DecisionRef { namespace: release.id.namespace, name: release.id.name, uid: release.id.uid };
    let released = Some(SafetyCatchRelease { at: whole(release.made), decision });
    let status = ConnectivityProviderStatus {
        safety_catch: Some(SafetyCatchStatus { tripped, released }),
        ..ConnectivityProviderStatus::default()
    };
    let written = context.writer.apply_status(provider, Concern::Catch, &status).await?;
    let written = context.providers.wrote(written);
    context.writer.event(written.as_ref(), false, "SafetyCatchReleased", "Decide", &note).await;
    Ok(written)
}

fn secret(
    provider: &ConnectivityProvider,
    context: &Context,
) -> Result<(BTreeMap<String, Vec<u8>>, String), Failure> {
    let Some(credentials) = &provider.spec.credentials else { return Ok((BTreeMap::new(), String::new())) };
    let name = &credentials.secret_ref.name;
    let namespace = &context.namespace;
    let secret = context.secrets.get(&format!("{namespace}/{name}")).ok_or_else(|| {
        Failure::new(
            FailureClass::Misconfigured,
            format!("there is no Secret {name} in namespace {namespace}; create it"),
        )
    })?;
    let data = secret.data.iter().flatten().map(|(key, value)| (key.clone(), value.0.clone())).collect();
    Ok((data, secret.metadata.resource_version.clone().unwrap_or_default()))
}

fn gather(provider: Arc<ConnectivityProvider>, memory: &Memory, context: &Context) -> Facts {
    let name = provider.metadata.name.clone().unwrap_or_default();
    let made_of = made_of(&provider, context);
    let age = |since: Instant| context.clock.instant().saturating_duration_since(since);
    Facts {
        in_use: context.segments.indexed(&by_provider(&name)).len(),
        catch: admit::catch(provider.status.as_ref()),
        releases: releases(&name, context),
        verified: memory
            .verified
            .as_ref()
            .filter(|_| memory.made_of == made_of)
            .map(|(answer, at)| (answer.clone(), age(*at))),
        verify_again: context.beats.settled,
        retry_after: next_look(Pace::Transient, memory.fruitless, 0.0, &context.beats).unwrap_or_default(),
        hubs: memory.hubs.facts(
            wanted(&provider, context),
            provider.status.as_ref().map_or(&[], |status| status.hubs.as_slice()),
            context.clock.instant(),
        ),
        now: context.clock.now(),
        provider,
    }
}

/// What the account wants to be told of.
fn wanted(provider: &ConnectivityProvider, context: &Context) -> Wanted {
    match callback(provider, context) {
        Ok(None) => Wanted::Nothing,
        Ok(Some(callback)) => Wanted::At(admit::topics(&provider.spec), callback.fingerprint()),
        Err(refusal) => Wanted::Impossible(refusal),
    }
}

/// The address that its seller tells its news to; none where the account asks for none.
fn callback(provider: &ConnectivityProvider, context: &Context) -> Result<Option<Callback>, Refusal> {
    if admit::topics(&provider.spec).is_empty() {
        return Ok(None);
    }
    let url = context.notify_url.as_ref().ok_or_else(|| Refusal {
        reason: "NotListening",
        message: "the operator runs without --notify-listen and --notify-url; the platform team must state them, or \
                  take spec.lso.notifications away"
            .into(),
    })?;
    // A Secret that is missing is told as a failure of the account.
    let data = secret(provider, context).map(|(data, _)| data).unwrap_or_default();
    let token = admit::callback_token(data.get(admit::CALLBACK_TOKEN).map(Vec::as_slice))?;
    let name = provider.metadata.name.as_deref().unwrap_or_default();
    Ok(Some(Callback::new(url, name, token)))
}

fn port(facts: &Facts, context: &Context) -> Result<Arc<Guard>, Failure> {
    let uid = facts.provider.metadata.uid.as_deref().unwrap_or_default();
    context.directory.get(&facts.name(), uid).map_err(|absence| match absence {
        Absence::Failed(failure) => failure,
        Absence::NotVerified => Failure::new(FailureClass::Transient, "the account is not verified yet"),
    })
}

fn releases(name: &str, context: &Context) -> Vec<Release> {
    let about = |decision: &&Arc<ConnectivityDecision>| decision.spec.provider.as_deref() == Some(name);
    let found = context.decisions.indexed(&by_provider(name));
    let now = context.clock.now();
    let read = |found: &Arc<ConnectivityDecision>| admit::release(found, &context.namespace, now).ok();
    found.iter().filter(about).filter_map(read).collect()
}

fn made_of(provider: &ConnectivityProvider, context: &Context) -> u64 {
    let version = secret(provider, context).map(|(_, version)| version).unwrap_or_default();
    fingerprint((provider.metadata.uid.as_ref(), provider.metadata.generation, version))
}

/// Connects with what spec and Secret say now, asks the seller whether it knows us, and lets segments use it if so.
async fn verify(facts: &Facts, memory: &mut Memory, context: &Context) {
    let provider = &facts.provider;
    let name = facts.name();
    let uid = provider.metadata.uid.clone().unwrap_or_default();
    let calls: SellerCalls = context.metrics.seller_calls.clone();
    let requests = &memory.requests;
    let made_of = made_of(provider, context);
    let port = admit::account(&name, &provider.spec)
        .and_then(|_| admit::requests_per_minute(provider.spec.requests.as_ref()))
        .map(|per_minute| requests.set(per_minute))
        .map_err(|refusal| Failure::new(FailureClass::Misconfigured, refusal.message))
        .and_then(|_| secret(provider, context))
        .and_then(|(data, _)| (context.connect)(&provider.spec, &data, requests))
        .map(|port| Arc::new(Guard::new(port, name.clone(), calls, requests.clone())));
    let answer = match &port {
        Ok(port) => port.verify().await,
        Err(failure) => Err(failure.clone()),
    };
    let refused = |failure: &Failure| failure.class == FailureClass::Unauthenticated;
    // A seller that is disturbed now is still asked by each segment on its own beat; wrong credentials are used by nobody.
    let usable: Result<Arc<Guard>, Absence> = match port {
        Ok(port) => match answer.as_ref().err().filter(|failure| refused(failure)) {
            None => Ok(port),
            Some(failure) => Err(Absence::Failed(failure.clone())),
        },
        Err(failure) => Err(Absence::Failed(failure)),
    };
    let news = memory.made_of != made_of
        || memory.verified.as_ref().map(|(before, _)| before.is_ok()) != Some(answer.is_ok());
    if memory.made_of != made_of {
        memory.hubs.forgive();
    }
    if news {
        context.directory.set(&name, &uid, usable);
    }
    memory.made_of = made_of;
    memory.verified = Some((answer, context.clock.instant()));
}
