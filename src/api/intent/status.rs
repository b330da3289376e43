//! What is known about an intent, and about each spoke of a hub.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::effective::Effective;
use super::plan::{ApprovalUse, OfferSummary, Plan};
use super::service::{Attachment, CommitmentSummary, InForce, ObjectiveStatus};
use crate::api::condition::WaitingFor;
use crate::api::segment::Difference;

/// For people and printer columns; the conditions are the contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IntentState {
    /// Looked at for the first time.
    #[default]
    Pending,
    /// Sellers are asked.
    Planning,
    /// Priced; nothing was ordered.
    Planned,
    /// Something must be decided or changed before it can be bought.
    Blocked,
    /// Ordered.
    Provisioning,
    /// In use as asked.
    Active,
    /// In use; a change is under way.
    Changing,
    /// In use, and watched; it is not ours.
    Observed,
    /// Being disconnected.
    Disconnecting,
}

/// What is known about the intent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityIntentStatus {
    /// The generation that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// For people; the conditions are the contract.
    #[serde(default)]
    pub state: IntentState,
    /// Ready, Reconciling, Stalled, Accepted, Planned, Provisioned, HandedOver, Drifted; `Diverse`, where two paths were asked;
    /// `ClassChanged`, where a class counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::api::bounds::conditions")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Who must act, where the intent waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
    /// What the class made of the intent. Pinned once something is bought: later edits of the class count when they are applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Effective>,
    /// On which approval the last purchase rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalUse>,
    /// What sellers offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub offers: Vec<OfferSummary>,
    /// What is or would be bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// What is owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<CommitmentSummary>,
    /// What still runs, while a change is under way or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force: Option<InForce>,
    /// Where a service that exists, or was taken over, differs from this intent. Nothing is changed because of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub differences: Vec<Difference>,
    /// What to plug into: two ends, or the two ends of each spoke's connection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub attachments: Vec<Attachment>,
    /// Of a hub: where each of its spokes stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub spokes: Vec<SpokeStatus>,
    /// What was asked of quality, and who promises it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub objectives: Vec<ObjectiveStatus>,
}

/// Where one spoke stands: one that is asked, or was asked and is not gone yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpokeStatus {
    /// Name of its end.
    #[schemars(length(min = 1, max = 45))]
    pub name: String,
    /// For people.
    pub state: IntentState,
    /// Whether its connection is in use as asked.
    pub ready: bool,
    /// Why: one PascalCase word.
    #[schemars(length(max = 64))]
    pub reason: String,
    /// The same in words.
    #[schemars(length(max = 512))]
    pub message: String,
    /// The providers of its legs, in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub provider: Option<String>,
}
