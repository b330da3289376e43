//! What the seller delivers: the products of the service, what runs now, and where that differs from the design.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::text::CurrencyText;

/// Which part of a connection a product is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum ProductRole {
    /// The connection itself.
    Evc,
    /// The port at the first end.
    UniA,
    /// The port at the second end.
    UniZ,
}

/// Whether a product costs money now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BillingKind {
    /// Yes.
    Active,
    /// No.
    Inactive,
    /// Nobody can tell.
    Unknown,
}

/// One product of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProductStatus {
    /// Which part it is.
    pub role: ProductRole,
    /// The seller's id of it.
    #[schemars(length(max = 128))]
    pub id: String,
    /// The seller's own word for its state.
    #[schemars(length(max = 64))]
    pub state: String,
    /// Whether it costs money now.
    pub billing: BillingKind,
    /// Its part of the monthly price, where the service has several products and the price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 40))]
    pub monthly: Option<String>,
}

/// What runs now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SegmentInForce {
    /// The revision of the design.
    #[schemars(range(min = 1, max = 1000000))]
    pub revision: i64,
    /// Rate owed, first end to second.
    #[schemars(length(max = 20))]
    pub committed: String,
    /// Class of service.
    #[schemars(length(max = 64))]
    pub class_of_service: String,
    /// Currency of all amounts.
    pub currency: CurrencyText,
    /// Per month.
    #[schemars(length(max = 40))]
    pub monthly: String,
    /// At once, when it was bought.
    #[schemars(length(max = 40))]
    pub one_time: String,
    /// Since when.
    pub since: Time,
    /// End of the term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_end: Option<Time>,
}

/// Where what runs is not what is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// In what.
    #[schemars(length(max = 64))]
    pub field: String,
    /// What runs.
    #[schemars(length(max = 128))]
    pub runs: String,
    /// What is asked.
    #[schemars(length(max = 128))]
    pub asked: String,
}

/// Stands for the currency of a price that nobody remembers (ISO 4217: no currency).
pub const NO_CURRENCY: &str = "XXX";
