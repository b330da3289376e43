//! What sellers offered, what is or would be bought, and the approval on which that rests.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::api::decision::DecisionRef;

/// On which approval a purchase rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalUse {
    /// The decision that approves.
    pub decision: DecisionRef,
    /// The plan that it is used for, with its price.
    #[schemars(length(max = 128))]
    pub digest: String,
    /// Since when.
    pub at: Time,
}

/// What one seller offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferSummary {
    /// To which spoke, where there is a hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 45))]
    pub spoke: Option<String>,
    /// Which leg of the connection.
    #[schemars(range(min = 0, max = 255))]
    pub leg: i64,
    /// The provider.
    #[schemars(length(max = 253))]
    pub provider: String,
    /// Its segment.
    #[schemars(length(max = 253))]
    pub segment: String,
    /// How far it got: a reason word.
    #[schemars(length(max = 64))]
    pub state: String,
    /// Per month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 40))]
    pub monthly: Option<String>,
    /// At once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 40))]
    pub one_time: Option<String>,
    /// Until when it can be ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Time>,
}

/// What is or would be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// What an approval names: a fingerprint of what is bought, and the price. The same at a lower price needs no other approval.
    #[schemars(length(max = 128))]
    pub digest: String,
    /// Per month, with currency.
    #[schemars(length(max = 40))]
    pub monthly: String,
    /// At once, with currency.
    #[schemars(length(max = 40))]
    pub one_time: String,
    /// The providers of all legs, in their order.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 1024))]
    pub providers: String,
    /// The services it consists of, from the first end to the second; of two paths, one after the other; of a hub, spoke by spoke.
    #[schemars(length(max = 512))]
    pub legs: Vec<PlanLeg>,
    /// What joins each leg of a path to the next: an `Interconnect`, or a `Site` with transit; path by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 448), inner(length(max = 253)))]
    pub joints: Vec<String>,
    /// Why this and not something else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 256)))]
    pub notes: Vec<String>,
}

/// One service of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanLeg {
    /// The spoke that it serves, where there is a hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 45))]
    pub spoke: Option<String>,
    /// Of which of two paths it is a leg: 1 or 2. Absent where there is one path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2))]
    pub path: Option<i64>,
    /// The provider.
    #[schemars(length(max = 253))]
    pub provider: String,
    /// Site and port at the first end.
    #[schemars(length(max = 320))]
    pub from: String,
    /// Site and port at the other end.
    #[schemars(length(max = 320))]
    pub to: String,
    /// Its segment.
    #[schemars(length(max = 253))]
    pub segment: String,
    /// The class of service.
    #[schemars(length(max = 64))]
    pub class_of_service: String,
    /// One-way delay, where anything is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<LegLatency>,
}

/// One-way delay of a leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LegLatency {
    /// The delay.
    #[schemars(length(max = 32))]
    pub value: String,
    /// What it rests on: Measured, Contracted, Catalogue, Distance.
    #[schemars(length(max = 16))]
    pub basis: String,
}
