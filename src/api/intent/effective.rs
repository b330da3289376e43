//! What the class made of an intent: the values that count, pinned with what they were resolved from.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::constraints::{Constraints, Resilience};
use super::contract::{DeletionPolicy, IntentTerm};
use super::objectives::{IntentBandwidth, IntentObjectives};
use crate::api::class::{AcceptedRisk, ClassPreference, OnPartial, Overlap};

/// What the class made of the intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Effective {
    /// The class.
    #[schemars(length(max = 253))]
    pub class_name: String,
    /// Fingerprint of what the class said.
    #[schemars(length(max = 64))]
    pub class_digest: String,
    /// The generation of the intent for which it was resolved.
    pub generation: i64,
    /// The request to apply the class that was answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub applied: Option<String>,
    /// What counts.
    pub values: EffectiveValues,
}

/// What counts of everything that a class has a say in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveValues {
    /// How much.
    pub bandwidth: IntentBandwidth,
    /// Largest frame in octets.
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
    /// For how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<IntentTerm>,
    /// When it should be ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_by: Option<Time>,
    /// What happens to the service when the intent is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Whether what replaces something that runs may be bought beside it without asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// What a seller need not have settled before its offer is bought; nothing where absent.
    #[serde(default, skip_serializing_if = "AcceptedRisk::is_none")]
    pub accepted_risk: AcceptedRisk,
    /// Which of the offers that may be taken is taken; the cheapest where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::api::bounds::without_rules::<ClassPreference>")]
    pub preference: Option<ClassPreference>,
    /// Most legs of a connection; 4 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub max_legs: Option<i64>,
    /// What becomes of spokes that can be had while another one cannot; Wait where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_partial: Option<OnPartial>,
}
