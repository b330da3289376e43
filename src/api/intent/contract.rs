//! What an intent may cost, for how long and from when it is bought, and what becomes of it when the intent is deleted.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::lso::{TermEnd, TermUnit};
use crate::api::text::{AmountText, CurrencyText};

/// The most that it may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntentBudget {
    /// Currency of all amounts.
    pub currency: CurrencyText,
    /// Most per month, net of tax.
    pub monthly: AmountText,
    /// Most at once, net of tax; nothing where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_time: Option<AmountText>,
    /// Most for leaving before the end of the term; nothing where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub termination: Option<AmountText>,
}

/// For how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntentTerm {
    /// How many units.
    #[schemars(range(min = 1, max = 1200))]
    pub value: i64,
    /// Of which unit.
    pub unit: TermUnit,
    /// What happens at its end.
    #[serde(default)]
    pub at_end: TermEnd,
}

/// When.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// When it must be ready; as soon as possible where absent, or where it had passed when the intent was created. An offer that is
    /// known to be ready later is not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_by: Option<Time>,
}

/// References for the seller's paperwork.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    /// Purchase order number (MEF 123 `relatedBuyerPON`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub po: Option<String>,
    /// The customer for whom it is bought (MEF 123 `endCustomerName`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub end_customer: Option<String>,
}

/// What happens to the service when the intent is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// It is disconnected.
    #[default]
    Disconnect,
    /// It is disconnected when its term ends. Not supported yet.
    DisconnectAtTermEnd,
    /// It is kept; its segment stays as Released.
    Retain,
}
