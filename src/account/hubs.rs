//! Subscriptions at the seller: which are missing, which are to go, and what is told of them. Pure but for [`perform`].
//!
//! Nothing rests on them: what they tell only says when to look. So a seller that takes none is still Ready, and one that cannot
//! be reached does not keep an account that is to go. A subscription whose answer was lost is made again; then the seller tells
//! everything twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Context, Memory};
use crate::admit;
use crate::api::{ConnectivityProvider, LsoHubApi, ProviderHub, Statement, whole};
use crate::model::{Callback, Failure, FailureClass, SubscriptionId, Topic};
use crate::provider::{Guard, Provider};

const KIND: &str = "Subscribed";

/// What the account wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// To be told of nothing.
    Nothing,
    /// To be told, which cannot be: why.
    Impossible(admit::Refusal),
    /// To be told of these, at the address with this fingerprint.
    At(Vec<Topic>, String),
}

/// Everything that a decision about subscriptions rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hubs {
    /// What the account wants.
    pub wanted: Wanted,
    /// What the seller was asked for and did not end yet.
    pub known: Vec<ProviderHub>,
    /// How long ago the seller showed that it still knows them.
    pub looked: Option<Duration>,
    /// Calls that failed last, and how long ago.
    pub failed: BTreeMap<Topic, (Failure, Duration)>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask the seller to tell of this.
    Subscribe(Topic),
    /// Ask whether it still knows this subscription.
    Look(ProviderHub),
    /// End this subscription.
    Unsubscribe(ProviderHub),
}

/// What this process remembers.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    /// Subscriptions, as of the last call; what the status says before the first.
    known: Option<Vec<ProviderHub>>,
    looked: Option<Instant>,
    failed: BTreeMap<Topic, (Failure, Instant)>,
}

impl Remembered {
    /// Something changed that failures may have come from.
    pub fn forgive(&mut self) {
        self.failed.clear();
    }

    /// The facts at this moment.
    pub fn facts(&self, wanted: Wanted, told: &[ProviderHub], now: Instant) -> Hubs {
        let age = |since: &Instant| now.saturating_duration_since(*since);
        Hubs {
            wanted,
            known: self.known.clone().unwrap_or_else(|| told.to_vec()),
            looked: self.looked.as_ref().map(age),
            failed: self.failed.iter().map(|(topic, (why, at))| (*topic, (why.clone(), age(at)))).collect(),
        }
    }
}

/// The next call, where one is due: what failed is tried again after `retry` where it may pass, else after `again`.
#[must_use]
pub fn next(hubs: &Hubs, again: Duration, retry: Duration) -> Option<Step> {
    let rests = |topic: Topic| {
        hubs.failed.get(&topic).is_some_and(|(failure, ago)| {
            *ago < if may_pass(failure) { failure.retry_after(retry) } else { again }
        })
    };
    let (topics, print) = match &hubs.wanted {
        Wanted::Impossible(_) => return None,
        Wanted::Nothing => (&[][..], None),
        Wanted::At(topics, print) => (topics.as_slice(), Some(print)),
    };
    let stale =
        |hub: &&ProviderHub| !topics.contains(&admit::topic(hub.api)) || hub.callback.as_ref() != print;
    let known = |topic: Topic| hubs.known.iter().find(|hub| admit::topic(hub.api) == topic);
    let ended = hubs.known.iter().filter(stale).find(|hub| !rests(admit::topic(hub.api)));
    if let Some(hub) = ended {
        return Some(Step::Unsubscribe(hub.clone()));
    }
    if let Some(topic) = topics.iter().find(|topic| known(**topic).is_none() && !rests(**topic)) {
        return Some(Step::Subscribe(*topic));
    }
    let due = hubs.looked.is_none_or(|ago| ago >= again);
    known(Topic::Order).filter(|_| due && !rests(Topic::Order)).map(|hub| Step::Look(hub.clone()))
}

/// The next call when the account goes: each subscription is asked to end, and what fails is not tried again.
#[must_use]
pub fn leave(hubs: &Hubs) -> Option<Step> {
    let untried = hubs.known.iter().find(|hub| !hubs.failed.contains_key(&admit::topic(hub.api)));
    untried.map(|hub| Step::Unsubscribe(hub.clone()))
}

/// Whether something failed that may pass by itself.
#[must_use]
pub fn unfinished(hubs: &Hubs) -> bool {
    hubs.failed.values().any(|(failure, _)| may_pass(failure))
}

const fn may_pass(failure: &Failure) -> bool {
    match failure.class {
        FailureClass::Conflict
        | FailureClass::Throttled(_)
        | FailureClass::OverBudget(_)
        | FailureClass::Unauthenticated
        | FailureClass::NotFound
        | FailureClass::Transient
        | FailureClass::Unreadable => true,
        FailureClass::Invalid
        | FailureClass::Unsupported
        | FailureClass::PermissionDenied
        | FailureClass::Misconfigured => false,
    }
}

/// What is told of it; nothing of an account that never asked.
#[must_use]
pub fn statement(hubs: &Hubs) -> Option<Statement> {
    let failed = hubs.failed.iter().next().map(|(topic, (failure, _))| format!("{topic:?}: {failure}"));
    let known = |topic: &Topic| hubs.known.iter().any(|hub| admit::topic(hub.api) == *topic);
    Some(match (&hubs.wanted, failed) {
        (Wanted::Nothing, _) if hubs.known.is_empty() => return None,
        (Wanted::Nothing, failed) => {
            let why = failed.unwrap_or_else(|| "the seller was not asked yet".into());
            Statement::no(KIND, "Unsubscribing", format!("subscriptions are to end; {why}"))
        }
        (Wanted::Impossible(why), _) => {
            Statement::no(KIND, why.reason, format!("{}; meanwhile everything is polled", why.message))
        }
        (Wanted::At(..), Some(why)) => {
            Statement::no(KIND, "SubscriptionFailed", format!("{why}; meanwhile everything is polled"))
        }
        (Wanted::At(topics, _), None) if topics.iter().all(known) => {
            Statement::yes(KIND, "Subscribed", "the seller tells of changes")
        }
        (Wanted::At(..), None) => {
            let message =
                "the seller is asked to tell of changes once it knows us; meanwhile everything is polled";
            Statement::no(KIND, "Subscribing", message)
        }
    })
}

/// Tells of subscriptions that stay at the seller.
pub async fn leave_behind(
    provider: &ConnectivityProvider,
    hubs: &[ProviderHub],
    why: &str,
    context: &Context,
) {
    if hubs.is_empty() {
        return;
    }
    let each = hubs.iter().map(|hub| format!("{:?} {}", hub.api, hub.id)).collect::<Vec<_>>().join(", ");
    let note = format!(
        "subscriptions that stay at the seller: {each} ({why}); what they tell does no harm, ask the seller to remove them"
    );
    tracing::warn!(provider = provider.metadata.name, note, "subscriptions are left");
    context.writer.event(provider, true, "HubsLeft", "Unsubscribe", &note).await;
}

/// Makes the call and remembers what came of it.
pub async fn perform(
    step: Step,
    provider: &ConnectivityProvider,
    port: Result<Arc<Guard>, Failure>,
    callback: Option<Callback>,
    facts: &Hubs,
    memory: &mut Memory,
    context: &Context,
) {
    let mut known = facts.known.clone();
    let topic = match &step {
        Step::Subscribe(topic) => *topic,
        Step::Look(hub) | Step::Unsubscribe(hub) => admit::topic(hub.api),
    };
    let done = call(step, provider, port, callback, &mut known, context).await;
    let now = context.clock.instant();
    memory.hubs.known = Some(known);
    match done {
        Ok(looked) => {
            memory.hubs.failed.remove(&topic);
            memory.hubs.looked = if looked { Some(now) } else { memory.hubs.looked };
        }
        Err(failure) => {
            tracing::info!(?topic, %failure, "a subscription failed; everything is polled meanwhile");
            memory.hubs.failed.insert(topic, (failure, now));
        }
    }
}

/// Whether the seller showed that it knows the subscription for orders.
async fn call(
    step: Step,
    provider: &ConnectivityProvider,
    port: Result<Arc<Guard>, Failure>,
    callback: Option<Callback>,
    known: &mut Vec<ProviderHub>,
    context: &Context,
) -> Result<bool, Failure> {
    let port = port?;
    match step {
        Step::Subscribe(topic) => {
            let Some(callback) = callback else { return Ok(false) };
            let SubscriptionId(id) = port.subscribe(topic, &callback).await?;
            let (since, print) = (whole(context.clock.now()), callback.fingerprint());
            known.push(ProviderHub { api: api(topic), id, since, callback: Some(print) });
            Ok(topic == Topic::Order)
        }
        Step::Look(hub) => {
            if port.subscribed(admit::topic(hub.api), &SubscriptionId(hub.id.clone())).await? == Some(false) {
                // A seller that forgot one will have forgotten those that it cannot show as well.
                known.retain(|other| other.api != hub.api);
                known.iter_mut().for_each(|other| other.callback = None);
            }
            Ok(true)
        }
        Step::Unsubscribe(hub) => {
            match port.unsubscribe(admit::topic(hub.api), &SubscriptionId(hub.id.clone())).await {
                Err(failure) if may_pass(&failure) => return Err(failure),
                // A seller that ends no subscriptions goes on telling, which is harmless.
                Err(failure) => {
                    leave_behind(provider, std::slice::from_ref(&hub), &failure.to_string(), context).await;
                }
                Ok(()) => {}
            }
            known.retain(|other| other.api != hub.api);
            Ok(false)
        }
    }
}

const fn api(topic: Topic) -> LsoHubApi {
    match topic {
        Topic::Qualification => LsoHubApi::Qualification,
        Topic::Quote => LsoHubApi::Quote,
        Topic::Order => LsoHubApi::Order,
    }
}
