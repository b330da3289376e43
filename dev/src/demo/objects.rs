//! The objects as the demo reads them: what it shows of intents and segments, and no more.
//!
//! These are a client's own views of the API, on purpose: the demo depends on what is served, not on the operator's code.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{
    ResourceExt,
    core::{ApiResource, GroupVersionKind, Object},
};
use serde::Deserialize;

/// A `ConnectivityIntent`.
pub type Intent = Object<IntentSpec, Status>;
/// A `ConnectivitySegment`.
pub type Segment = Object<SegmentSpec, Status>;

/// How the API server serves a kind of ours.
pub fn resource(kind: &str) -> ApiResource {
    let plural = format!("{}s", kind.to_lowercase());
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("naas.dev", "v1alpha1", kind), &plural)
}

/// All objects at one moment.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// By namespace and name.
    pub intents: Vec<Intent>,
    /// By name.
    pub segments: Vec<Segment>,
}

impl Seen {
    /// An intent by namespace and name.
    pub fn intent(&self, key: (&str, &str)) -> Option<&Intent> {
        self.intents.iter().find(|intent| is(intent, key))
    }

    /// The segments of an intent, whether it is still there or not.
    pub fn segments_of<'a>(
        &'a self,
        (namespace, name): (&'a str, &'a str),
    ) -> impl Iterator<Item = &'a Segment> {
        self.segments.iter().filter(move |segment| {
            let of = &segment.spec.intent_ref;
            (of.namespace.as_str(), of.name.as_str()) == (namespace, name)
        })
    }
}

fn is(intent: &Intent, (namespace, name): (&str, &str)) -> bool {
    intent.namespace().as_deref() == Some(namespace) && intent.name_any() == name
}

/// What intents are asked about.
pub trait Told {
    /// Namespace and name in one word.
    fn key(&self) -> String;
    /// It is as asked, by what its status says about its present spec.
    fn is_ready(&self) -> bool;
    /// It waits, for this reason.
    fn waits(&self, reason: &str) -> bool;
    /// It is ready and runs at this bandwidth.
    fn carries(&self, committed: &str) -> bool;
}

impl Told for Intent {
    fn key(&self) -> String {
        format!("{}/{}", self.namespace().unwrap_or_default(), self.name_any())
    }

    fn is_ready(&self) -> bool {
        self.status.as_ref().is_some_and(|status| {
            status.observed_generation == self.metadata.generation
                && status.ready().is_some_and(|condition| condition.status == "True")
        })
    }

    fn waits(&self, reason: &str) -> bool {
        let ready = self.status.as_ref().and_then(Status::ready);
        ready.is_some_and(|ready| ready.status == "False" && ready.reason == reason)
    }

    fn carries(&self, committed: &str) -> bool {
        let in_force = self.status.as_ref().and_then(|status| status.in_force.as_ref());
        self.is_ready() && in_force.is_some_and(|now| now.committed == committed)
    }
}

/// What an intent asks for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct IntentSpec {}

/// What a segment is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SegmentSpec {
    /// Whose it is.
    pub intent_ref: IntentRef,
    /// Which seller's account.
    pub provider: ProviderRef,
}

/// An intent by name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct IntentRef {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A provider by name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ProviderRef {
    /// Its name.
    pub name: String,
}

/// What intents and segments say about themselves; what only one of them says is empty in the other.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// The generation that it is about.
    pub observed_generation: Option<i64>,
    /// One word for people.
    pub state: Option<String>,
    /// The contract.
    pub conditions: Vec<Condition>,
    /// Who must act.
    pub waiting_for: Option<WaitingFor>,
    /// Who was asked, and what came of it. Intents only: in a segment this is one offer under another name.
    pub offers: Vec<Offer>,
    /// What is bought.
    pub plan: Option<Plan>,
    /// What runs.
    pub in_force: Option<InForce>,
    /// What to plug into.
    pub attachments: Vec<Attachment>,
}

impl Status {
    /// The condition that sums up.
    pub fn ready(&self) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.type_ == "Ready")
    }

    /// Nothing goes on before somebody changes something.
    pub fn is_stalled(&self) -> bool {
        self.conditions.iter().any(|condition| condition.type_ == "Stalled" && condition.status == "True")
    }
}

/// Who must act.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct WaitingFor {
    /// Who.
    pub party: String,
    /// Which one.
    pub name: Option<String>,
    /// What is missing.
    pub what: String,
}

/// What came of asking one seller.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// The seller's account.
    pub provider: String,
    /// How far it got.
    pub state: String,
    /// Per month, with currency.
    pub monthly: Option<String>,
    /// At once, with currency.
    pub one_time: Option<String>,
}

/// What is bought.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Per month, with currency.
    pub monthly: String,
    /// At once, with currency.
    pub one_time: String,
    /// What an approval of it names.
    pub digest: String,
    /// The services.
    pub legs: Vec<Leg>,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leg {
    /// The seller's account.
    pub provider: String,
    /// Site and port.
    pub from: String,
    /// Site and port.
    pub to: String,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct InForce {
    /// Bandwidth.
    pub committed: String,
}

/// What to plug into.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Site and port.
    pub port: String,
    /// The seller's id of the service.
    pub product_id: String,
}
