//! The ledger of what is spent: the same in the status of a `ConnectivityBudget` and of a `ConnectivityProvider`.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::CurrencyText;

/// What is spent, or about to be: every order has an entry before it is reserved, and keeps it until nothing is billed any more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerStatus {
    /// One entry for each order, by segment and sequence. A full ledger lets nothing more be bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8000))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub entries: Vec<LedgerEntry>,
    /// What the entries come to, by currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["currency".into()]))]
    pub totals: Vec<LedgerTotal>,
    /// How often room was made.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub freed: i64,
}

/// What one order adds, net of tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// The `ConnectivitySegment`.
    #[schemars(length(min = 1, max = 253))]
    pub segment: String,
    /// Number of the order within the segment.
    #[schemars(range(min = 1))]
    pub sequence: i64,
    /// How it adds up with the others of the segment.
    #[serde(default, skip_serializing_if = "LedgerCounts::is_service")]
    pub counts: LedgerCounts,
    /// Currency of all amounts, by its ISO 4217 code.
    #[schemars(length(min = 3, max = 3))]
    pub currency: String,
    /// Per month.
    #[schemars(length(max = 40))]
    pub monthly: String,
    /// At once.
    #[schemars(length(max = 40))]
    pub one_time: String,
    /// Over the committed term: months × monthly, and what is due at once.
    #[schemars(length(max = 40))]
    pub commitment: String,
    /// The segment on which the order is about to be reserved; absent once it was seen on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserving: Option<LedgerFence>,
}

/// How an entry adds up with the others of its segment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LedgerCounts {
    /// A purchase or a change: while both may be true, the larger counts.
    #[default]
    Service,
    /// A charge accepted on an order under way: it counts besides.
    Charge,
}

impl LedgerCounts {
    const fn is_service(&self) -> bool {
        matches!(self, Self::Service)
    }
}

/// The version of a segment that a reservation rests on: once the segment has moved on without it, the order cannot come any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerFence {
    /// Its uid.
    #[schemars(length(min = 1, max = 64))]
    pub uid: String,
    /// Its resourceVersion.
    #[schemars(length(min = 1, max = 20))]
    pub resource_version: String,
}

/// What is used of the caps in one currency, and what is left; of what is not capped only what is used is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerTotal {
    /// The currency of the caps.
    pub currency: CurrencyText,
    /// Per month.
    pub monthly: LedgerUse,
    /// At once, for everything that is live or being bought.
    pub one_time: LedgerUse,
    /// Over all committed terms.
    pub commitment: LedgerUse,
}

/// How much of a cap is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerUse {
    /// What is used.
    #[schemars(length(max = 40))]
    pub used: String,
    /// What is left; absent where there is no cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 40))]
    pub left: Option<String>,
}
