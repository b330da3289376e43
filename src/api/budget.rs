//! `ConnectivityBudget`: what a namespace may spend on connectivity, whoever in it asks.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use super::ledger::LedgerStatus;
use super::text::{AmountText, CurrencyText};

/// What a namespace may spend on connectivity. Written by the platform team; several budgets in a namespace all hold.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "naas.dev",
    version = "v1alpha1",
    kind = "ConnectivityBudget",
    plural = "connectivitybudgets",
    namespaced,
    shortname = "cbud",
    category = "naas",
    status = "ConnectivityBudgetStatus",
    derive = "PartialEq",
    cel,
    doc = "What a namespace may spend on connectivity. Written by the platform team; several budgets in a namespace all hold.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
    printcolumn(name = "Provider", type_ = "string", json_path = ".spec.provider"),
    printcolumn(name = "Currency", type_ = "string", json_path = ".status.ledger.totals[0].currency"),
    printcolumn(name = "Monthly", type_ = "string", json_path = ".status.ledger.totals[0].monthly.used"),
    printcolumn(name = "Left", type_ = "string", json_path = ".status.ledger.totals[0].monthly.left"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(
    validation = Rule::new("!has(self.rates) || self.rates.all(r, self.caps.exists(c, c.currency == r.to))").message("rates: `to` must be a currency that has a cap").field_path(".rates"),
    validation = Rule::new("!has(self.rates) || self.rates.all(r, !self.caps.exists(c, c.currency == r.from))").message("rates: a currency that has a cap of its own needs no rate").field_path(".rates")
)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityBudgetSpec {
    /// Only what is bought through this `ConnectivityProvider` counts; absent means everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub provider: Option<String>,
    /// The caps, by currency. What is priced in a currency without cap and rate is not bought.
    #[schemars(length(min = 1, max = 8))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["currency".into()]))]
    pub caps: Vec<BudgetCap>,
    /// At which rates other currencies count. Amounts of different currencies are never added without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["from".into()]))]
    pub rates: Vec<BudgetRate>,
}

/// The caps in one currency, net of tax, for everything that is live or being bought. What is absent is not capped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("has(self.monthly) || has(self.oneTime) || has(self.commitment)").message("caps: state at least one of monthly, oneTime, commitment")
)]
#[serde(rename_all = "camelCase")]
pub struct BudgetCap {
    /// The currency of all amounts.
    pub currency: CurrencyText,
    /// Most per month, of all services together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly: Option<AmountText>,
    /// Most at once: what all services that are live or being bought cost at once, together, whenever they were bought. What was paid
    /// for a service that is gone does not count any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_time: Option<AmountText>,
    /// Most over the committed terms: of each service its months × monthly, and what it costs at once. It does not become less while
    /// the term passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<AmountText>,
}

/// At which rate a currency counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetRate {
    /// The currency of a price.
    pub from: CurrencyText,
    /// A currency that has a cap.
    pub to: CurrencyText,
    /// How much of `to` one unit of `from` is, more than nothing.
    pub rate: AmountText,
    /// When the platform team stated it; for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_at: Option<Time>,
}

/// What is used of a budget. It has one author: whoever enters an order, frees one or counts anew writes all of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityBudgetStatus {
    /// The generation that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, Stalled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::bounds::conditions")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// What is spent, or about to be; absent until it was counted for the first time, and until then nothing is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<LedgerStatus>,
}
