//! `ConnectivityIntent`: what a workload needs between places, in the words of the workload's team.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod constraints;
mod contract;
mod effective;
mod endpoints;
mod objectives;
mod plan;
mod service;
mod status;

pub use constraints::*;
pub use contract::*;
pub use effective::*;
pub use endpoints::*;
pub use objectives::*;
pub use plan::*;
pub use service::*;
pub use status::*;

/// What a workload needs between places: bandwidth, objectives, budget, and for how long.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "naas.dev",
    version = "v1alpha1",
    kind = "ConnectivityIntent",
    plural = "connectivityintents",
    shortname = "ci",
    shortname = "intent",
    category = "naas",
    namespaced,
    status = "ConnectivityIntentStatus",
    derive = "PartialEq",
    cel,
    doc = "What a workload needs between places: bandwidth, objectives, budget, and for how long.",
    selectable = ".status.state",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state"),
    printcolumn(name = "Provider", type_ = "string", json_path = ".status.plan.providers"),
    printcolumn(name = "Bandwidth", type_ = "string", json_path = ".spec.bandwidth.committed"),
    printcolumn(name = "Monthly", type_ = "string", json_path = ".status.plan.monthly"),
    printcolumn(name = "Waiting For", type_ = "string", json_path = ".status.waitingFor.party"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason"
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].message",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(
    validation = Rule::new("!has(self.term) || !has(self.deletionPolicy) || self.deletionPolicy != 'DisconnectAtTermEnd' || self.term.atEnd != 'Roll'").message("deletionPolicy DisconnectAtTermEnd needs a term that ends: atEnd must not be Roll"),
    validation = Rule::new("!has(self.existing) || self.mode != 'Plan'").message("existing: a service that exists is watched (mode ObserveOnly) or taken over (mode Manage), not planned"),
    validation = Rule::new("self.mode != 'ObserveOnly' || has(self.existing)").message("mode ObserveOnly needs spec.existing: say which service to watch")
)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityIntentSpec {
    /// The `ConnectivityClass` with defaults and bounds; the default class where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub class_name: Option<String>,
    /// How far to go: buy and keep (Manage), stop before the order (Plan), or watch what exists and never touch it (`ObserveOnly`).
    #[serde(default)]
    pub mode: IntentMode,
    /// The service that exists already and is to be watched, or taken over on a decision. Nothing is bought in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<Existing>,
    /// What to connect: two peers, or one hub and up to 64 spokes, each of which is joined to the hub.
    #[schemars(length(min = 2, max = 65))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub endpoints: Vec<Endpoint>,
    /// How much, from the first end to the second, and back unless `reverse` says otherwise; of a hub, from it to each spoke.
    pub bandwidth: IntentBandwidth,
    /// Largest frame in octets, including the header and the frame check sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1522, max = 65535))]
    pub frame_size: Option<i64>,
    /// How good it must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<IntentObjectives>,
    /// What must hold about who and where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Constraints>,
    /// Whether one failure may interrupt it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resilience: Option<Resilience>,
    /// The most that it may cost. Without a budget it is planned and priced, and never ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<IntentBudget>,
    /// For how long. Absent means the seller's first term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<IntentTerm>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// References for the seller's paperwork.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// What happens to the service when this object is deleted; as the class says where absent, or else Disconnect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Start no order of any kind for now. What is ordered is still followed.
    #[serde(default)]
    pub suspend: bool,
}

/// How far to go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IntentMode {
    /// Buy it and keep it.
    #[default]
    Manage,
    /// Stop before the order.
    Plan,
    /// Watch the service that `existing` names: no order of any kind, and it goes on when this object is deleted.
    ObserveOnly,
}

/// A service that runs already between the endpoints: exactly one of productId, betweenEndpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("has(self.productId) != has(self.betweenEndpoints)").message("existing: state exactly one of productId, betweenEndpoints"))]
#[serde(rename_all = "camelCase")]
pub struct Existing {
    /// The `ConnectivityProvider` at whose seller it runs.
    #[schemars(length(min = 1, max = 253))]
    pub provider: String,
    /// The seller's id of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub product_id: Option<String>,
    /// The one service that runs between the ports of the endpoints, with the VLAN that they state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between_endpoints: Option<BetweenEndpoints>,
}

/// The endpoints say it all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct BetweenEndpoints {}
