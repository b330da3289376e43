//! The record of orders: every operation that could cost money, written before it is sent.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::charge::ChargePrice;
use crate::api::decision::DecisionRef;

/// What the seller says about an order under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderProgress {
    /// Sequence of the order.
    #[schemars(range(min = 1))]
    pub sequence: i64,
    /// The seller's own word for its state.
    #[schemars(length(max = 64))]
    pub state: String,
    /// When the seller expects to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_completion: Option<Time>,
    /// Milestones reached, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 128)))]
    pub milestones: Vec<String>,
}

/// Operations that can cost money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum OrderOperation {
    /// A new service.
    Add,
    /// A service that somebody else ordered, taken over as it runs; nothing is sent.
    Adopt,
    /// Another shape for it.
    Modify,
    /// Its end.
    Disconnect,
    /// The end of an order under way.
    Cancel,
    /// An answer to a charge.
    AnswerCharge,
}

/// How far an operation got. `Intending`, `Placed` and `Unknown` are open, `Refused` and `Settled` are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum OrderRecordState {
    /// Written down; it may have been sent.
    Intending,
    /// The seller took it.
    Placed,
    /// It may have happened, and searching did not tell.
    Unknown,
    /// The seller decided against it; nothing was bought.
    Refused,
    /// Done, one way or the other.
    Settled,
}

/// Why an operation bought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum OrderRefusal {
    /// The seller does not want to; asking the same again changes nothing.
    Final,
    /// It was not sent, or refused for a cause that goes away.
    MayPass,
    /// It may have been sent, and a search that can be trusted found nothing.
    NotFound,
    /// It may have been sent, and a person decided that it was not placed.
    RuledOut,
}

/// One operation that could cost money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderRecord {
    /// Number within the segment.
    #[schemars(range(min = 1))]
    pub sequence: i64,
    /// What was asked.
    pub operation: OrderOperation,
    /// The mark that the order bears at the seller.
    #[schemars(length(min = 1, max = 80))]
    pub mark: String,
    /// The design that it is for.
    #[schemars(range(min = 0, max = 1000000))]
    pub revision: i64,
    /// Fingerprint of what was asked.
    #[schemars(length(max = 64))]
    pub digest: String,
    /// The quote that it refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub quote_id: Option<String>,
    /// The date that it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_completion: Option<Time>,
    /// When it was written down; not known of an order that was found at the seller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_at: Option<Time>,
    /// The second order that it ends, where it ends one: then it is not about the segment's own service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<Twin>,
    /// How far it got.
    pub state: OrderRecordState,
    /// The seller's id of the order: of this one, or of the one that is cancelled or charged for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub order_id: Option<String>,
    /// The seller's id of the charge that is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub charge_id: Option<String>,
    /// What is agreed to by accepting the charge; absent where it is declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepts: Option<ChargePrice>,
    /// The seller's id of the product that was taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub product_id: Option<String>,
    /// Why it bought nothing, where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<OrderRefusal>,
    /// The decision of a person that it rests on, where it rests on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionRef>,
    /// How it ended, in one word and the seller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub outcome: Option<String>,
}

/// A second live order for the same service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Twin {
    /// The seller's id of the order.
    #[schemars(length(min = 1, max = 128))]
    pub order: String,
    /// The seller's id of the product that it brought, where that is what ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub product: Option<String>,
}

/// The highest sequence ever used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastOrder {
    /// It never falls, so every mark can be made again.
    #[schemars(range(min = 1))]
    pub sequence: i64,
}
