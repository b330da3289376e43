//! All writes to the Kubernetes API.
//!
//! Everything is server-side apply with one field manager per concern, but finalizers, which are JSON patches that test the uid.
//! Every write carries uid and resourceVersion, so nothing is written on the ground of something stale: a conflict means that
//! somebody else moved on, and the caller looks again.

use std::fmt::Debug;

use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, Preconditions, Resource, ResourceExt};
use kube::core::NamespaceResourceScope;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, core::ClusterResourceScope};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::api::FINALIZER;

/// Why a write did not happen, or may not have.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Somebody else changed or removed the object: look again.
    #[error("the object changed meanwhile")]
    Conflict,
    /// The API server did not take it, or did not answer.
    #[error("the API server did not take a write: {0}")]
    Failed(#[source] Box<kube::Error>),
}

impl From<kube::Error> for WriteError {
    fn from(error: kube::Error) -> Self {
        // A JSON patch whose test fails is answered as an invalid request.
        let moved_on = matches!(&error, kube::Error::Api(status)
            if matches!(status.code, 404 | 409) || (status.code == 422 && status.message.contains("test failed")));
        if moved_on { Self::Conflict } else { Self::Failed(Box::new(error)) }
    }
}

/// A version that no object ever had: an apply that bears it creates the object, and is a conflict where there is one by now.
const OF_NOBODY: &str = "1";

/// Who owns the fields of an apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// The spec of objects that we own.
    Spec,
    /// Status, but for the record of orders, the safety catch and the ledger.
    Status,
    /// The record of orders.
    Orders,
    /// The safety catch of an account.
    Catch,
    /// The ledger of what is spent.
    Ledger,
}

impl Concern {
    const fn manager(self) -> &'static str {
        match self {
            Self::Spec => "naas-operator/spec",
            Self::Status => "naas-operator/status",
            Self::Orders => "naas-operator/orders",
            Self::Catch => "naas-operator/catch",
            Self::Ledger => "naas-operator/ledger",
        }
    }
}

/// Writes objects and events.
#[derive(Clone)]
pub struct Writer {
    client: Client,
    events: Recorder,
}

/// Access to one kind, whatever its scope.
pub trait Reach: Resource<DynamicType = ()> {
    /// The API that holds this object.
    fn api(client: Client, namespace: Option<&str>) -> Api<Self>
    where
        Self: Sized;
}

impl Reach for crate::api::ConnectivityIntent {
    fn api(client: Client, namespace: Option<&str>) -> Api<Self> {
        namespaced(client, namespace)
    }
}

impl Reach for crate::api::ConnectivityDecision {
    fn api(client: Client, namespace: Option<&str>) -> Api<Self> {
        namespaced(client, namespace)
    }
}

impl Reach for crate::api::ConnectivityBudget {
    fn api(client: Client, namespace: Option<&str>) -> Api<Self> {
        namespaced(client, namespace)
    }
}

impl Reach for crate::api::ConnectivitySegment {
    fn api(client: Client, _: Option<&str>) -> Api<Self> {
        cluster(client)
    }
}

impl Reach for crate::api::ConnectivityProvider {
    fn api(client: Client, _: Option<&str>) -> Api<Self> {
        cluster(client)
    }
}

impl Reach for crate::api::ConnectivityClass {
    fn api(client: Client, _: Option<&str>) -> Api<Self> {
        cluster(client)
    }
}

impl Reach for crate::api::Site {
    fn api(client: Client, _: Option<&str>) -> Api<Self> {
        cluster(client)
    }
}

fn cluster<K: Resource<DynamicType = (), Scope = ClusterResourceScope>>(client: Client) -> Api<K> {
    Api::all(client)
}

fn namespaced<K: Resource<DynamicType = (), Scope = NamespaceResourceScope>>(
    client: Client,
    namespace: Option<&str>,
) -> Api<K> {
    Api::namespaced(client, namespace.unwrap_or_default())
}

impl Writer {
    /// A writer that reports events under the operator's name.
    #[must_use]
    pub fn new(client: Client) -> Self {
        let reporter = Reporter { controller: "naas-operator".into(), instance: None };
        Self { events: Recorder::new(client.clone(), reporter), client }
    }

    /// Reads a cluster-scoped object from the API server, past every cache.
    ///
    /// # Errors
    /// When it does not exist or the API server does not answer.
    pub async fn read<K>(&self, name: &str) -> Result<K, WriteError>
    where
        K: Reach + Clone + Debug + DeserializeOwned,
    {
        Ok(K::api(self.client.clone(), None).get(name).await?)
    }

    /// Reads an object from the API server, past every cache; `None` where there is none.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn find<K>(&self, namespace: Option<&str>, name: &str) -> Result<Option<K>, WriteError>
    where
        K: Reach + Clone + Debug + DeserializeOwned,
    {
        Ok(K::api(self.client.clone(), namespace).get_opt(name).await?)
    }

    /// Reads all objects of a namespace from the API server, past every cache.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn find_all<K>(&self, namespace: &str) -> Result<Vec<K>, WriteError>
    where
        K: Reach + Clone + Debug + DeserializeOwned,
    {
        Ok(K::api(self.client.clone(), Some(namespace)).list(&ListParams::default()).await?.items)
    }

    /// Annotates exactly this version of an object, so that whatever rests on this version is refused from then on.
    ///
    /// # Errors
    /// When the object changed meanwhile or the API server did not take it.
    pub async fn annotate<K>(&self, object: &K, key: &str, value: &str) -> Result<K, WriteError>
    where
        K: Reach + Clone + Debug + DeserializeOwned,
    {
        let body = json!({"metadata": {
            "uid": object.uid(), "resourceVersion": object.resource_version(), "annotations": {key: value},
        }});
        let api = K::api(self.client.clone(), object.namespace().as_deref());
        Ok(api.patch(&object.name_any(), &PatchParams::default(), &Patch::Merge(&body)).await?)
    }

    /// Applies the spec of an object that we own; without `old` it creates the object, with our finalizer, and never changes one.
    ///
    /// # Errors
    /// When the object changed meanwhile or the API server did not take it.
    pub async fn apply_spec<K>(
        &self,
        name: &str,
        old: Option<&K>,
        spec: &impl Serialize,
    ) -> Result<K, WriteError>
    where
        K: Reach + Clone + Debug + DeserializeOwned,
    {
        let mut metadata = json!({"name": name, "finalizers": [FINALIZER]});
        match old {
            Some(old) => {
                metadata["uid"] = json!(old.uid());
                metadata["resourceVersion"] = json!(old.resource_version());
            }
            None => metadata["resourceVersion"] = json!(OF_NOBODY),
        }
        let body = json!({
            "apiVersion": K::api_version(&()), "kind": K::kind(&()), "metadata": metadata, "spec": spec,
        });
        let params = PatchParams::apply(Concern::Spec.manager()).force();
        Ok(K::api(self.client.clone(), None).patch(name, &params, &Patch::Apply(&body)).await?)
    }

    /// Applies what a concern says in the status.
    ///
    /// # Errors
    /// When the object changed meanwhile or the API server did not take it.
    pub async fn apply_status<K>(
        &self,
        object: &K,
        concern: Concern,
        status: &impl Serialize,
    ) -> Result<K, WriteError>
    where
        K: Reach + Clone + Debug + DeserializeOwned,
    {
        let name = object.name_any();
        let body = json!({
            "apiVersion": K::api_version(&()),
            "kind": K::kind(&()),
            "metadata": {
                "name": name, "namespace": object.namespace(),
                "uid": object.uid(), "resourceVersion": object.resource_version(),
            },
            "status": status,
        });
        let params = PatchParams::apply(concern.manager()).force();
        let api = K::api(self.client.clone(), object.namespace().as_deref());
        Ok(api.patch_status(&name, &params, &Patch::Apply(&body)).await?)
    }

    /// Adds our finalizer.
    ///
    /// # Errors
    /// When the object changed meanwhile or the API server did not take it.
    pub async fn add_finalizer<K>(&self, object: &K) -> Result<K, WriteError>
    where
        K: Reach + Clone + Debug + DeserializeOwned,
    {
        let mut finalizers = object.finalizers().to_vec();
        finalizers.push(FINALIZER.to_owned());
        self.set_finalizers(object, finalizers).await
    }

    /// Removes our finalizer. The object may be gone with it.
    ///
    /// # Errors
    /// When the object changed meanwhile or the API server did not take it.
    pub async fn remove_finalizer<K>(&self, object: &K) -> Result<K, WriteError>
    where
        K: Reach + Clone + Debug + DeserializeOwned,
    {
        let finalizers = object.finalizers().iter().filter(|name| *name != FINALIZER).cloned().collect();
        self.set_finalizers(object, finalizers).await
    }

    async fn set_finalizers<K>(&self, object: &K, finalizers: Vec<String>) -> Result<K, WriteError>
    where
        K: Reach + Clone + Debug + DeserializeOwned,
    {
        let patch: kube::core::params::Patch<()> = Patch::Json(
            serde_json::from_value(json!([
                {"op": "test", "path": "/metadata/uid", "value": object.uid()},
                {"op": "test", "path": "/metadata/resourceVersion", "value": object.resource_version()},
                {"op": "add", "path": "/metadata/finalizers", "value": finalizers},
            ]))
            .map_err(|error| WriteError::Failed(Box::new(kube::Error::SerdeError(error))))?,
        );
        let api = K::api(self.client.clone(), object.namespace().as_deref());
        Ok(api.patch(&object.name_any(), &PatchParams::default(), &patch).await?)
    }

    /// Deletes exactly this object. Returns it as it is while finalizers keep it.
    ///
    /// # Errors
    /// When another object bears the name by now or the API server did not take it.
    pub async fn delete<K>(&self, object: &K) -> Result<Option<K>, WriteError>
    where
        K: Reach + Clone + Debug + DeserializeOwned,
    {
        let preconditions = Preconditions { uid: object.uid(), resource_version: None };
        let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        let api = K::api(self.client.clone(), object.namespace().as_deref());
        Ok(api.delete(&object.name_any(), &params).await?.left())
    }

    /// Tells people that something happened. An event that cannot be written is logged and lost: conditions hold what lasts.
    pub async fn event<K>(&self, object: &K, warning: bool, reason: &str, action: &str, note: &str)
    where
        K: Reach + Clone + Debug + DeserializeOwned,
    {
        let event = Event {
            type_: if warning { EventType::Warning } else { EventType::Normal },
            reason: reason.to_owned(),
            note: Some(note.chars().take(1_000).collect()),
            action: action.to_owned(),
            secondary: None,
        };
        if let Err(error) = self.events.publish(&event, &object.object_ref(&())).await {
            tracing::warn!(%error, reason, "event not written");
        }
    }
}
