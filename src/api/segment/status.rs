//! What is known about a segment.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::offer::{QualificationStatus, QuoteStatus, SegmentOffer};
use super::orders::{LastOrder, OrderProgress, OrderRecord};
use super::service::{Difference, ProductStatus, SegmentInForce};
use crate::api::charge::ChargeStatus;
use crate::api::condition::WaitingFor;

/// For people and printer columns; the conditions are the contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SegmentState {
    /// The seller is being asked.
    #[default]
    Offering,
    /// The seller made an offer.
    Offered,
    /// The seller cannot or does not want to.
    Declined,
    /// Ordered, or about to be.
    Ordering,
    /// In use as designed.
    Active,
    /// In use; a change is under way.
    Changing,
    /// Being disconnected.
    Disconnecting,
    /// Gone.
    Gone,
    /// Somebody must act first.
    Blocked,
    /// In use; its intent left it behind on purpose.
    Released,
    /// In use, and watched; it is not ours.
    Observed,
}

/// What is known about the segment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivitySegmentStatus {
    /// The generation that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// For people; the conditions are the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<SegmentState>,
    /// Ready, Reconciling, Stalled, Offered, Provisioned, Drifted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::api::bounds::conditions")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Who must act, where the segment waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
    /// The qualification asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualification: Option<QualificationStatus>,
    /// The quote asked last, while the seller works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<QuoteStatus>,
    /// The offer that the seller made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<SegmentOffer>,
    /// What the seller says about the order under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<OrderProgress>,
    /// The products that make up the service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["role".into()]))]
    pub products: Vec<ProductStatus>,
    /// What runs now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force: Option<SegmentInForce>,
    /// Charges that the seller raised on the order whose charges were looked at last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["id".into()]))]
    pub charges: Vec<ChargeStatus>,
    /// Where a service that exists, or was taken over, differs from the design. Nothing is changed because of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub differences: Vec<Difference>,
    /// Every operation that could cost money, newest last: written before it is sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["sequence".into()]))]
    pub orders: Vec<OrderRecord>,
    /// The highest sequence ever used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_order: Option<LastOrder>,
}
