//! Charges: costs that a seller raises on an order after it was placed, as a segment shows them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::CurrencyText;

/// A cost that came up after an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChargeStatus {
    /// The seller's id of it.
    #[schemars(length(min = 1, max = 128))]
    pub id: String,
    /// The order that it was raised on.
    #[schemars(length(min = 1, max = 128))]
    pub order_id: String,
    /// How far it got.
    pub state: ChargeProgress,
    /// What accepting it costs; absent where nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<ChargePrice>,
    /// Whether the order, or what the charge is for, stops when it is declined.
    pub blocking: bool,
    /// Until when the seller wants an answer; none counts as declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond_by: Option<Time>,
}

/// How far a charge got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ChargeProgress {
    /// The seller waits for an answer.
    Open,
    /// It was accepted.
    Accepted,
    /// It was declined.
    Declined,
    /// It was answered, and the seller does not say how.
    Answered,
    /// Nobody answered in time, which counts as declined.
    TimedOut,
    /// The seller took it back.
    Withdrawn,
}

/// What a charge costs, net of tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChargePrice {
    /// Currency of all amounts.
    pub currency: CurrencyText,
    /// Per month.
    #[schemars(length(max = 40))]
    pub monthly: String,
    /// At once.
    #[schemars(length(max = 40))]
    pub one_time: String,
}
