//! The objects of a cluster, read with the rights of the user.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ListParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use super::world::World;
use super::{Error, Place, Terminal};
use crate::api::{
    ConnectivityBudget, ConnectivityClass, ConnectivityDecision, ConnectivityIntent, ConnectivityProvider,
    ConnectivitySegment, DecisionRef, Interconnect, Site,
};

/// How long something may take before a word is said about it.
const QUIET: Duration = Duration::from_secs(1);

/// A cluster, and where in it the user looks.
pub struct Cluster {
    client: Client,
    /// The namespace that is meant where none is stated.
    pub namespace: String,
    all_namespaces: bool,
}

impl Cluster {
    /// Finds the way to the cluster, as kubectl does.
    ///
    /// # Errors
    /// There is none.
    pub async fn connect(place: &Place) -> Result<Self, Error> {
        let unusable = |why: String| Error::Kubeconfig(why);
        let options = KubeConfigOptions { context: place.context.clone(), ..KubeConfigOptions::default() };
        let config = match &place.kubeconfig {
            Some(path) => {
                let file = Kubeconfig::read_from(path).map_err(|why| unusable(why.to_string()))?;
                Config::from_custom_kubeconfig(file, &options).await.map_err(|why| unusable(why.to_string()))
            }
            None => match Config::from_kubeconfig(&options).await {
                Err(_)
                    if place.context.is_none() && std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() =>
                {
                    Config::incluster().map_err(|why| unusable(why.to_string()))
                }
                other => other.map_err(|why| unusable(why.to_string())),
            },
        }?;
        let namespace = place.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).map_err(|why| unusable(why.to_string()))?;
        Ok(Self { client, namespace, all_namespaces: place.all_namespaces })
    }

    /// For whatever is said to the API server besides.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Objects of a kind in the namespace that is meant.
    #[must_use]
    pub fn namespaced<K>(&self) -> Api<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        if self.all_namespaces { Api::all(self.client.clone()) } else { self.within(&self.namespace) }
    }

    /// Objects of a kind in this namespace.
    #[must_use]
    pub fn within<K>(&self, namespace: &str) -> Api<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// Objects of a kind that is in no namespace.
    #[must_use]
    pub fn global<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = ()>,
    {
        Api::all(self.client.clone())
    }

    /// The intent of that name in the namespace that is meant; `namespace/name` says it all.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub async fn intent(&self, name: &str) -> Result<ConnectivityIntent, Error> {
        let (namespace, name) = name.split_once('/').unwrap_or((&self.namespace, name));
        let what = format!("get intent {namespace}/{name}");
        let found = self.within::<ConnectivityIntent>(namespace).get_opt(name).await;
        found.map_err(|why| Error::of_cluster(&what, &why))?.ok_or_else(|| Error::NotFound {
            kind: "ConnectivityIntent".into(),
            name: name.into(),
            place: format!(" in namespace {namespace}"),
        })
    }

    /// The intents in the namespace that is meant, or in all, by name.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn intents(&self) -> Result<Vec<ConnectivityIntent>, Error> {
        list(&self.namespaced(), "list intents").await
    }

    /// All segments.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn segments(&self) -> Result<Vec<ConnectivitySegment>, Error> {
        list(&self.global(), "list segments").await
    }

    /// All segments, where the user may see them: they belong to no namespace.
    ///
    /// # Errors
    /// They cannot be read although the user may.
    pub async fn segments_if_allowed(&self) -> Result<Option<Vec<ConnectivitySegment>>, Error> {
        match self.segments().await {
            Ok(segments) => Ok(Some(segments)),
            Err(Error::Forbidden { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The decision on which the last purchase of an intent rests, where it is still there and the user may see it.
    ///
    /// # Errors
    /// It cannot be read although the user may.
    pub async fn approval_if_allowed(
        &self,
        intent: &ConnectivityIntent,
    ) -> Result<Option<ConnectivityDecision>, Error> {
        let used = intent.status.as_ref().and_then(|status| status.approval.as_ref());
        let Some(DecisionRef { namespace, name, uid }) = used.map(|used| &used.decision) else {
            return Ok(None);
        };
        let read = self.within::<ConnectivityDecision>(namespace).get_opt(name).await;
        match read.map_err(|why| Error::of_cluster(&format!("get decision {namespace}/{name}"), &why)) {
            Ok(found) => Ok(found.filter(|decision| decision.uid().as_ref() == Some(uid))),
            Err(Error::Forbidden { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Everything that decisions rest on, with the intents that the user means.
    ///
    /// # Errors
    /// Something cannot be read.
    pub async fn world(&self) -> Result<World, Error> {
        let (sites, providers, namespaces) =
            (self.global::<Site>(), self.global::<ConnectivityProvider>(), self.global::<Namespace>());
        let budgets = self.namespaced::<ConnectivityBudget>();
        let (interconnects, classes) = (self.global::<Interconnect>(), self.global::<ConnectivityClass>());
        let decisions = self.global::<ConnectivityDecision>();
        let (intents, segments, sites, interconnects, providers, classes, decisions, budgets, namespaces) = tokio::try_join!(
            self.intents(),
            self.segments(),
            list(&sites, "list sites"),
            list(&interconnects, "list interconnects"),
            list(&providers, "list providers"),
            list(&classes, "list classes"),
            async {
                match list(&decisions, "list decisions").await {
                    // Whoever may not see all of them sees those beside the intents.
                    Err(Error::Forbidden { .. }) => list(&self.namespaced(), "list decisions").await,
                    other => other,
                }
            },
            list(&budgets, "list budgets"),
            async {
                match list(&namespaces, "list namespaces").await {
                    // Whoever may not list namespaces may mostly see its own.
                    Err(Error::Forbidden { .. }) => Ok(self.own_namespace(&namespaces).await),
                    other => other,
                }
            },
        )?;
        let labels =
            |namespace: Namespace| (namespace.name_any(), namespace.metadata.labels.unwrap_or_default());
        Ok(World {
            intents: intents
                .into_iter()
                .map(|intent| (super::explain::view::key(&intent), Arc::new(intent)))
                .collect(),
            segments: named(segments),
            sites: named(sites),
            interconnects: named(interconnects),
            providers: named(providers),
            classes: named(classes),
            decisions: named_within(decisions),
            budgets: named_within(budgets),
            namespaces: namespaces.into_iter().map(labels).collect(),
        })
    }

    async fn own_namespace(&self, namespaces: &Api<Namespace>) -> Vec<Namespace> {
        namespaces.get_opt(&self.namespace).await.ok().flatten().into_iter().collect()
    }
}

fn named<K: ResourceExt>(objects: Vec<K>) -> BTreeMap<String, Arc<K>> {
    objects.into_iter().map(|object| (object.name_any(), Arc::new(object))).collect()
}

fn named_within<K: ResourceExt>(objects: Vec<K>) -> BTreeMap<String, Arc<K>> {
    let key = |object: &K| format!("{}/{}", object.namespace().unwrap_or_default(), object.name_any());
    objects.into_iter().map(|object| (key(&object), Arc::new(object))).collect()
}

/// All objects of a kind, by namespace and name.
///
/// # Errors
/// They cannot be read.
pub async fn list<K>(api: &Api<K>, what: &str) -> Result<Vec<K>, Error>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug,
{
    let listed = api.list(&ListParams::default()).await.map_err(|why| Error::of_cluster(what, &why))?;
    let mut items = listed.items;
    items.sort_by_key(|object| (object.namespace(), object.name_any()));
    Ok(items)
}

/// Awaits what mostly is quick, and says what it is about where it is not.
///
/// # Errors
/// What it awaits fails.
pub async fn patiently<T>(
    what: &str,
    terminal: &mut Terminal<'_>,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut work = std::pin::pin!(work);
    match tokio::time::timeout(QUIET, work.as_mut()).await {
        Ok(done) => done,
        Err(_) => {
            terminal.say(&format!("{what} …"))?;
            work.await
        }
    }
}
