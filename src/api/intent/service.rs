//! What is bought, as its user sees it: what is owed for it, what runs, what to plug into, what is promised.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommitmentSummary {
    /// End of the term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_end: Option<Time>,
    /// Per month, with currency.
    #[schemars(length(max = 40))]
    pub monthly: String,
    /// What leaving now would cost.
    pub termination: TerminationFee,
}

/// What leaving now would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct TerminationFee {
    /// The amount, with currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 40))]
    pub amount: Option<String>,
    /// What it rests on.
    pub basis: FeeBasis,
}

/// What a fee rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FeeBasis {
    /// The seller quoted it.
    Quoted,
    /// The provider's profile states it.
    Profile,
    /// Nobody knows.
    Unknown,
}

/// What still runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct InForce {
    /// Committed rate, first end to second.
    #[schemars(length(max = 20))]
    pub committed: String,
    /// Class of service.
    #[schemars(length(max = 64))]
    pub class_of_service: String,
    /// Per month, with currency.
    #[schemars(length(max = 40))]
    pub monthly: String,
}

/// What to plug into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Name of the end.
    #[schemars(length(max = 45))]
    pub endpoint: String,
    /// The spoke whose connection this is an end of, where there is a hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 45))]
    pub spoke: Option<String>,
    /// Site and port.
    #[schemars(length(max = 320))]
    pub port: String,
    /// VLAN id, for tagged ports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 4094))]
    pub vlan: Option<i64>,
    /// Largest frame in octets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub frame_size: Option<i64>,
    /// The seller's id of the service.
    #[schemars(length(max = 128))]
    pub product_id: String,
    /// Where people plug in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub demarcation: Option<String>,
}

/// How strongly something is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PromiseKind {
    /// The seller owes it.
    Contracted,
    /// It is to be expected.
    BestEffort,
    /// Nobody promised it.
    None,
}

/// One objective, and who promises it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectiveStatus {
    /// latency, jitter, loss, availability.
    #[schemars(length(max = 32))]
    pub name: String,
    /// What was asked.
    #[schemars(length(max = 64))]
    pub bound: String,
    /// How strongly it is promised.
    pub commitment: PromiseKind,
    /// What is promised, and by what.
    #[schemars(length(max = 256))]
    pub basis: String,
    /// Who verifies it: Probe, SellerReport, None.
    #[schemars(length(max = 16))]
    pub verification: String,
    /// Whether it is kept: True, False, Unknown.
    #[schemars(length(max = 8))]
    pub met: String,
}
