//! What is watched: a cache for each kind that anything is decided by.

use std::fmt::Debug;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::Client;
use kube::api::{Api, Resource};
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;

use super::Error;
use crate::api::{
    ConnectivityBudget, ConnectivityClass, ConnectivityDecision, ConnectivityIntent, ConnectivityProvider,
    ConnectivitySegment, Interconnect, Site, decision_index, segment_index,
};
use crate::cluster::{Availability, Cache, Tries, watch};

/// The caches of all kinds.
pub(super) struct Caches {
    pub(super) intents: Arc<Cache<ConnectivityIntent>>,
    pub(super) segments: Arc<Cache<ConnectivitySegment>>,
    pub(super) decisions: Arc<Cache<ConnectivityDecision>>,
    pub(super) providers: Arc<Cache<ConnectivityProvider>>,
    pub(super) budgets: Arc<Cache<ConnectivityBudget>>,
    pub(super) sites: Arc<Cache<Site>>,
    pub(super) interconnects: Arc<Cache<Interconnect>>,
    pub(super) classes: Arc<Cache<ConnectivityClass>>,
    pub(super) namespaces: Arc<Cache<Namespace>>,
    pub(super) secrets: Arc<Cache<Secret>>,
}

/// Starts watches, and lets them run with the others.
struct Watches<'a> {
    availability: &'a Arc<Availability>,
    tries: &'a Tries,
    running: &'a mut JoinSet<()>,
}

impl Watches<'_> {
    fn start<K>(&mut self, api: Api<K>, index_keys: fn(&K) -> Vec<String>) -> Arc<Cache<K>>
    where
        K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
    {
        let (cache, run) = watch(api, index_keys, self.availability.clone(), self.tries.clone());
        self.running.spawn(run);
        cache
    }
}

fn unindexed<K>(_: &K) -> Vec<String> {
    Vec::new()
}

impl Caches {
    /// Watches everything; of Secrets, those in the operator's own namespace.
    pub(super) fn watch(
        client: &Client,
        namespace: &str,
        availability: &Arc<Availability>,
        tries: &Tries,
        running: &mut JoinSet<()>,
    ) -> Self {
        let mut watches = Watches { availability, tries, running };
        Self {
            intents: watches.start(Api::all(client.clone()), unindexed),
            segments: watches.start(Api::all(client.clone()), segment_index),
            decisions: watches.start(Api::all(client.clone()), decision_index),
            providers: watches.start(Api::all(client.clone()), unindexed),
            budgets: watches.start(Api::all(client.clone()), unindexed),
            sites: watches.start(Api::all(client.clone()), unindexed),
            interconnects: watches.start(Api::all(client.clone()), unindexed),
            classes: watches.start(Api::all(client.clone()), unindexed),
            namespaces: watches.start(Api::all(client.clone()), unindexed),
            secrets: watches.start(Api::namespaced(client.clone(), namespace), unindexed),
        }
    }

    /// Nothing is decided before everything is known.
    pub(super) async fn ready(&self) -> Result<(), Error> {
        self.intents.store().wait_until_ready().await.map_err(|_| Error::Watch("ConnectivityIntent"))?;
        self.segments.store().wait_until_ready().await.map_err(|_| Error::Watch("ConnectivitySegment"))?;
        self.decisions.store().wait_until_ready().await.map_err(|_| Error::Watch("ConnectivityDecision"))?;
        self.providers.store().wait_until_ready().await.map_err(|_| Error::Watch("ConnectivityProvider"))?;
        self.budgets.store().wait_until_ready().await.map_err(|_| Error::Watch("ConnectivityBudget"))?;
        self.sites.store().wait_until_ready().await.map_err(|_| Error::Watch("Site"))?;
        self.interconnects.store().wait_until_ready().await.map_err(|_| Error::Watch("Interconnect"))?;
        self.classes.store().wait_until_ready().await.map_err(|_| Error::Watch("ConnectivityClass"))?;
        self.namespaces.store().wait_until_ready().await.map_err(|_| Error::Watch("Namespace"))?;
        self.secrets.store().wait_until_ready().await.map_err(|_| Error::Watch("Secret"))?;
        Ok(())
    }
}
