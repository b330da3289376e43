//! What the seller answered before anything was ordered: its qualification, its quote, its offer.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::service::ProductRole;
use crate::api::text::CurrencyText;

/// A qualification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct QualificationStatus {
    /// The design that it is for.
    #[schemars(range(min = 1, max = 1000000))]
    pub revision: i64,
    /// The seller's id of it.
    #[schemars(length(max = 128))]
    pub id: String,
    /// The item in it; absent while the seller works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub item: Option<String>,
    /// The items in it that stand for ports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["role".into()]))]
    pub ports: Vec<PortItem>,
    /// How sure the seller is; absent while it works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<ConfidenceKind>,
    /// The seller's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub reason: Option<String>,
    /// Until when it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Time>,
    /// From order to use, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub installation_seconds: Option<i64>,
    /// When the seller expects to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Time>,
}

/// An item that stands for a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PortItem {
    /// Which port.
    pub role: ProductRole,
    /// The item.
    #[schemars(length(max = 128))]
    pub item: String,
}

/// How sure a seller is that it can deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConfidenceKind {
    /// It can.
    Green,
    /// It thinks so.
    Yellow,
    /// It cannot.
    Red,
}

/// A quote that the seller works on, or that it refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuoteStatus {
    /// The design that it is for.
    #[schemars(range(min = 1, max = 1000000))]
    pub revision: i64,
    /// The seller's id of it, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub id: Option<String>,
    /// When the seller expects to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Time>,
    /// Why there is no offer, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub refusal: Option<String>,
}

/// What the seller offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SegmentOffer {
    /// The design that it is for.
    #[schemars(range(min = 1, max = 1000000))]
    pub revision: i64,
    /// The seller's id of the quote.
    #[schemars(length(max = 128))]
    pub quote_id: String,
    /// The item in it that stands for the connection.
    #[schemars(length(max = 128))]
    pub quote_item: String,
    /// The seller's id of the qualification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub qualification_id: Option<String>,
    /// The item in it that stands for the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub qualification_item: Option<String>,
    /// Ports that are bought with the connection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["role".into()]))]
    pub ports: Vec<PortOffer>,
    /// How firm it is.
    #[serde(default, skip_serializing_if = "OfferLevel::is_firm")]
    pub level: OfferLevel,
    /// Currency of all amounts.
    pub currency: CurrencyText,
    /// Per month, net of tax, for the whole service.
    #[schemars(length(max = 40))]
    pub monthly: String,
    /// At once, net of tax, for what is ordered.
    #[schemars(length(max = 40))]
    pub one_time: String,
    /// Until when it can be ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Time>,
}

/// How firm an offer is (MEF 115, `quoteLevel`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OfferLevel {
    /// All its prices are final.
    #[default]
    Firm,
    /// Its monthly prices are final; what is paid at once may change when the seller has looked whether it can build.
    FirmSubjectToFeasibilityCheck,
}

impl OfferLevel {
    /// Whether all its prices are final.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub fn is_firm(&self) -> bool {
        *self == Self::Firm
    }
}

/// A port in an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PortOffer {
    /// Which port.
    pub role: ProductRole,
    /// The item of the quote that stands for it.
    #[schemars(length(max = 128))]
    pub quote_item: String,
    /// The item of the qualification that stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub qualification_item: Option<String>,
    /// Its part of the monthly price.
    #[schemars(length(max = 40))]
    pub monthly: String,
}
