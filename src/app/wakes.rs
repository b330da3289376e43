//! What wakes whom: which change of which object is worth a look at which others.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt};
use kube::ResourceExt;
use kube::api::Resource;
use kube::runtime::reflector::ObjectRef;

use super::{Rooms, holds_purchases};
use crate::api::{
    ConnectivityBudget, ConnectivityClass, ConnectivityDecision, ConnectivityIntent, ConnectivityProvider,
    ConnectivitySegment, Desired, LedgerStatus, SegmentState, Site, approved_intent, by_approved_intent,
    by_namespace, by_provider, by_segment, told,
};
use crate::cluster::{Cache, fingerprint, own_fingerprint};

impl Rooms {
    pub(super) fn site_wakes(&self) -> BoxStream<'static, ObjectRef<Site>> {
        let (own, others) = (self.caches.sites.clone(), self.caches.sites.clone());
        let own = own.map_wakes(own_fingerprint, itself, all(&self.caches.sites));
        // A segment that came or went decides whether a site may go.
        let segments = self.caches.segments.map_wakes(
            own_fingerprint,
            |segment| segment.spec.ends.iter().map(|end| ObjectRef::new(&end.site)).collect(),
            move || others.references(),
        );
        stream::select(own, segments).boxed()
    }

    pub(super) fn class_wakes(&self) -> BoxStream<'static, ObjectRef<ConnectivityClass>> {
        self.caches.classes.map_wakes(own_fingerprint, itself, all(&self.caches.classes)).boxed()
    }

    pub(super) fn account_wakes(&self) -> BoxStream<'static, ObjectRef<ConnectivityProvider>> {
        let providers = self.caches.providers.clone();
        let own = providers.map_wakes(own_fingerprint, itself, all(&self.caches.providers));
        let segments = self.caches.segments.map_wakes(
            own_fingerprint,
            |segment| vec![ObjectRef::new(&segment.spec.provider.name)],
            all(&self.caches.providers),
        );
        let of_secret = self.caches.providers.clone();
        let secrets = self.caches.secrets.map_wakes(
            |secret| fingerprint(secret.metadata.resource_version.as_ref()),
            move |secret| {
                let named = |provider: &ConnectivityProvider| {
                    let reference =
                        provider.spec.credentials.as_ref().map(|credentials| &credentials.secret_ref.name);
                    reference.is_some() && reference == secret.metadata.name.as_ref()
                };
                of_secret
                    .list()
                    .iter()
                    .filter(|provider| named(provider))
                    .map(|found| ObjectRef::from_obj(&**found))
                    .collect()
            },
            all(&self.caches.providers),
        );
        // A catch that a segment tripped is told, and one that a person decided about is released.
        let caught = self.caches.providers.map_wakes(caught, itself, all(&self.caches.providers));
        let decisions = self.caches.decisions.map_wakes(
            own_fingerprint,
            |decision| decision.spec.provider.iter().map(|name| ObjectRef::new(name)).collect(),
            all(&self.caches.providers),
        );
        stream::select_all([
            own.boxed(),
            segments.boxed(),
            secrets.boxed(),
            caught.boxed(),
            decisions.boxed(),
        ])
        .boxed()
    }

    pub(super) fn budget_wakes(&self) -> BoxStream<'static, ObjectRef<ConnectivityBudget>> {
        let budgets = self.caches.budgets.clone();
        let own = budgets.map_wakes(
            |budget| fingerprint((own_fingerprint(budget), entered(ledger_of_budget(budget)))),
            itself,
            all(&budgets),
        );
        let of_namespace = budgets.clone();
        let segments = self.caches.segments.map_wakes(
            spends,
            move |segment| within(&of_namespace, &segment.spec.intent_ref.namespace),
            all(&budgets),
        );
        stream::select_all([own.boxed(), segments.boxed()]).boxed()
    }

    /// The ledgers of accounts.
    pub(super) fn ledger_wakes(&self) -> BoxStream<'static, ObjectRef<ConnectivityProvider>> {
        let providers = self.caches.providers.clone();
        let own = providers.map_wakes(
            |provider| fingerprint((own_fingerprint(provider), entered(ledger_of_account(provider)))),
            itself,
            all(&providers),
        );
        let segments = self.caches.segments.map_wakes(
            spends,
            |segment| vec![ObjectRef::new(&segment.spec.provider.name)],
            all(&providers),
        );
        stream::select_all([own.boxed(), segments.boxed()]).boxed()
    }

    /// Segments that have yet to be ordered or changed look again where room was made.
    fn room_wakes(&self) -> BoxStream<'static, ObjectRef<ConnectivitySegment>> {
        let segments = self.caches.segments.clone();
        let of_budget = segments.clone();
        let budgets = self.caches.budgets.map_wakes(
            room_of_budget,
            move |budget| unfinished(&of_budget, &by_namespace(&budget.namespace().unwrap_or_default())),
            all(&segments),
        );
        let of_account = segments.clone();
        let accounts = self.caches.providers.map_wakes(
            |provider| room(ledger_of_account(provider)),
            move |provider| unfinished(&of_account, &by_provider(&provider.name_any())),
            all(&segments),
        );
        stream::select_all([budgets.boxed(), accounts.boxed()]).boxed()
    }

    pub(super) fn segment_wakes(&self) -> BoxStream<'static, ObjectRef<ConnectivitySegment>> {
        let segments = self.caches.segments.clone();
        let own = self.caches.segments.map_wakes(own_fingerprint, itself, all(&segments));
        let of_provider = segments.clone();
        let providers = self.caches.providers.map_wakes(
            |provider| fingerprint((own_fingerprint(provider), caught(provider))),
            move |provider| references_of(&of_provider, &provider.name_any()),
            all(&segments),
        );
        let of_directory = segments.clone();
        let connected = stream::unfold(self.directory.changes(), |mut changes| async move {
            match changes.recv().await {
                Ok(name) => Some((Some(name), changes)),
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => Some((None, changes)),
                Err(tokio::sync::broadcast::error::RecvError::Closed) => None,
            }
        })
        .flat_map(move |name| {
            stream::iter(match name {
                Some(name) => references_of(&of_directory, &name),
                None => of_directory.references(),
            })
        });
        let decisions = self.caches.decisions.map_wakes(
            own_fingerprint,
            |decision| decision.spec.segment.iter().map(|name| ObjectRef::new(name)).collect(),
            all(&segments),
        );
        let hold = self.hold_wakes(all(&segments));
        stream::select_all([
            own.boxed(),
            providers.boxed(),
            connected.boxed(),
            decisions.boxed(),
            self.notified_wakes(),
            self.room_wakes(),
            hold,
        ])
        .boxed()
    }

    /// What sellers tell. A wake that was missed is none: everything is polled.
    fn notified_wakes(&self) -> BoxStream<'static, ObjectRef<ConnectivitySegment>> {
        stream::unfold(self.notified.changes(), |mut changes| async move {
            loop {
                match changes.recv().await {
                    Ok(name) => return Some((ObjectRef::new(&name), changes)),
                    Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                    Err(tokio::sync::broadcast::error::RecvError::Closed) => return None,
                }
            }
        })
        .boxed()
    }

    pub(super) fn decision_wakes(&self) -> BoxStream<'static, ObjectRef<ConnectivityDecision>> {
        let decisions = self.caches.decisions.clone();
        let own = self.caches.decisions.map_wakes(own_fingerprint, itself, all(&decisions));
        let about = decisions.clone();
        let segments = self.caches.segments.map_wakes(
            told_by_segment,
            move |segment| {
                let found = about.indexed(&by_segment(&segment.name_any()));
                found.iter().map(|decision| ObjectRef::from_obj(&**decision)).collect()
            },
            all(&decisions),
        );
        let about = decisions.clone();
        let providers = self.caches.providers.map_wakes(
            caught,
            move |provider| {
                let found = about.indexed(&by_provider(&provider.name_any()));
                found.iter().map(|decision| ObjectRef::from_obj(&**decision)).collect()
            },
            all(&decisions),
        );
        let about = decisions.clone();
        let intents = self.caches.intents.map_wakes(
            planned,
            move |intent| {
                let key = by_approved_intent(&intent.namespace().unwrap_or_default(), &intent.name_any());
                let found = about.indexed(&key);
                found.iter().map(|decision| ObjectRef::from_obj(&**decision)).collect()
            },
            all(&decisions),
        );
        stream::select_all([own.boxed(), segments.boxed(), providers.boxed(), intents.boxed()]).boxed()
    }

    pub(super) fn intent_wakes(&self) -> BoxStream<'static, ObjectRef<ConnectivityIntent>> {
        let intents = self.caches.intents.clone();
        let own = self.caches.intents.map_wakes(own_fingerprint, itself, all(&intents));
        let segments = self.caches.segments.map_wakes(
            told_by_segment,
            |segment| {
                let intent = &segment.spec.intent_ref;
                vec![ObjectRef::new(&intent.name).within(&intent.namespace)]
            },
            all(&intents),
        );
        let everybody = all(&intents);
        let providers = self.caches.providers.map_wakes(own_fingerprint, move |_| everybody(), all(&intents));
        let everybody = all(&intents);
        let sites = self.caches.sites.map_wakes(own_fingerprint, move |_| everybody(), all(&intents));
        let everybody = all(&intents);
        let patches = &self.caches.interconnects;
        let patches = patches.map_wakes(own_fingerprint, move |_| everybody(), all(&intents));
        let in_namespace = intents.clone();
        let namespaces = self.caches.namespaces.map_wakes(
            |namespace| fingerprint(namespace.metadata.labels.as_ref()),
            move |namespace| within(&in_namespace, &namespace.name_any()),
            all(&intents),
        );
        let in_namespace = intents.clone();
        let budgets = self.caches.budgets.map_wakes(
            room_of_budget,
            move |budget| within(&in_namespace, &budget.namespace().unwrap_or_default()),
            all(&intents),
        );
        let everybody = all(&intents);
        let classes = self.caches.classes.map_wakes(own_fingerprint, move |_| everybody(), all(&intents));
        let decisions = self.caches.decisions.map_wakes(
            own_fingerprint,
            |decision| {
                let approved = approved_intent(decision);
                approved
                    .map(|(namespace, name)| ObjectRef::new(&name).within(&namespace))
                    .into_iter()
                    .collect()
            },
            all(&intents),
        );
        let hold = self.hold_wakes(all(&intents));
        stream::select_all([
            own.boxed(),
            segments.boxed(),
            providers.boxed(),
            classes.boxed(),
            decisions.boxed(),
            sites.boxed(),
            patches.boxed(),
            namespaces.boxed(),
            budgets.boxed(),
            hold,
        ])
        .boxed()
    }

    /// Everybody looks again when the hold on all purchases comes or goes.
    fn hold_wakes<K>(
        &self,
        everybody: impl Fn() -> Vec<ObjectRef<K>> + Send + Sync + Clone + 'static,
    ) -> BoxStream<'static, ObjectRef<K>>
    where
        K: Resource<DynamicType = ()> + 'static,
        ObjectRef<K>: Send,
    {
        let (operators, again) = (self.settings.namespace.clone(), everybody.clone());
        self.caches
            .namespaces
            .map_wakes(
                |namespace| fingerprint(holds_purchases(namespace)),
                move |namespace| if namespace.name_any() == operators { again() } else { Vec::new() },
                everybody,
            )
            .boxed()
    }
}

fn itself<K: Resource<DynamicType = ()> + Clone>(object: &K) -> Vec<ObjectRef<K>> {
    vec![ObjectRef::from_obj(object)]
}

fn all<K>(cache: &Arc<Cache<K>>) -> impl Fn() -> Vec<ObjectRef<K>> + Send + Sync + Clone + use<K>
where
    K: Resource<DynamicType = ()> + Clone + Send + Sync + 'static,
{
    let cache = cache.clone();
    move || cache.references()
}

/// All of a kind in one namespace.
fn within<K>(cache: &Cache<K>, namespace: &str) -> Vec<ObjectRef<K>>
where
    K: Resource<DynamicType = ()> + Clone + Send + Sync + 'static,
{
    let mut found = cache.references();
    found.retain(|reference| reference.namespace.as_deref() == Some(namespace));
    found
}

fn references_of(
    segments: &Cache<ConnectivitySegment>,
    provider: &str,
) -> Vec<ObjectRef<ConnectivitySegment>> {
    segments.indexed(&by_provider(provider)).iter().map(|segment| ObjectRef::from_obj(&**segment)).collect()
}

fn ledger_of_budget(budget: &ConnectivityBudget) -> Option<&LedgerStatus> {
    budget.status.as_ref()?.ledger.as_ref()
}

fn ledger_of_account(provider: &ConnectivityProvider) -> Option<&LedgerStatus> {
    provider.status.as_ref()?.ledger.as_ref()
}

/// What is entered and not known to be reserved: whoever entered it may have ended since. And whether there is a ledger at all.
fn entered(ledger: Option<&LedgerStatus>) -> u64 {
    let entries = ledger.map(|ledger| ledger.entries.iter().filter(|entry| entry.reserving.is_some()));
    let keys =
        entries.map(|entries| entries.map(|entry| (&entry.segment, entry.sequence)).collect::<Vec<_>>());
    fingerprint(keys)
}

/// How often room was made in a ledger: it fills up without anybody having to look.
fn room(ledger: Option<&LedgerStatus>) -> u64 {
    fingerprint(ledger.map(|ledger| ledger.freed))
}

fn room_of_budget(budget: &ConnectivityBudget) -> u64 {
    fingerprint((own_fingerprint(budget), room(ledger_of_budget(budget))))
}

/// Segments that are wanted and not yet there as they are wanted.
fn unfinished(segments: &Cache<ConnectivitySegment>, index: &str) -> Vec<ObjectRef<ConnectivitySegment>> {
    let unfinished = |segment: &ConnectivitySegment| {
        let status = segment.status.as_ref();
        let active = status.and_then(|status| status.state) == Some(SegmentState::Active);
        let runs = status.and_then(|status| status.in_force.as_ref()).map(|runs| runs.revision);
        segment.spec.desired == Desired::Present && (!active || runs < Some(segment.spec.revision))
    };
    let found = segments.indexed(index);
    found.iter().filter(|found| unfinished(found)).map(|found| ObjectRef::from_obj(&**found)).collect()
}

/// What ledgers count of a segment, and why it stopped.
fn spends(segment: &ConnectivitySegment) -> u64 {
    let status = segment.status.as_ref().map(|status| {
        let orders: Vec<_> = status
            .orders
            .iter()
            .map(|record| (record.sequence, record.operation, record.state, record.refusal, &record.order_id))
            .collect();
        let runs = status.in_force.as_ref().map(|runs| (&runs.currency, &runs.monthly, &runs.one_time));
        let reason = told(&status.conditions, "Ready").map(|condition| &condition.reason);
        fingerprint((orders, runs, reason))
    });
    fingerprint((segment.metadata.uid.as_ref(), segment.metadata.deletion_timestamp.is_some(), status))
}

/// What is known about the safety catch of an account.
fn caught(provider: &ConnectivityProvider) -> u64 {
    let catch = provider.status.as_ref().and_then(|status| status.safety_catch.as_ref());
    fingerprint(catch.map(|catch| serde_json::json!(catch).to_string()))
}

/// What a decision about a plan hangs on.
fn planned(intent: &ConnectivityIntent) -> u64 {
    let plan = intent.status.as_ref().map(|status| {
        let digest = status.plan.as_ref().map(|plan| plan.digest.clone());
        (digest, status.approval.as_ref().map(|used| used.decision.clone()))
    });
    let ready = intent.status.as_ref().and_then(|status| told(&status.conditions, "Ready"));
    fingerprint((plan, ready.map(|ready| ready.message.clone())))
}

/// What an intent folds of its segment into its own status.
fn told_by_segment(segment: &ConnectivitySegment) -> u64 {
    let told = segment.status.as_ref().map(|status| {
        let said = |kind: &str| {
            let found = told(&status.conditions, kind);
            found.map(|condition| (&condition.reason, &condition.message, &condition.status))
        };
        let conditions = (said("Ready"), said("Drifted"));
        let orders: Vec<_> = status.orders.iter().map(|record| (record.sequence, record.state, &record.order_id, &record.decision, &record.twin)).collect();
        let told = serde_json::json!({
            "state": status.state, "offer": status.offer, "inForce": status.in_force, "products": status.products,
            "differences": status.differences,
        });
        fingerprint((
            conditions,
            orders,
            told.to_string(),
            status.observed_generation,
        ))
    });
    fingerprint((told, own_fingerprint(segment)))
}
