//! `ConnectivityProvider`: one account at one seller, and who may spend how much through it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, LabelSelector, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::WaitingFor;
use super::decision::DecisionRef;
use super::ledger::LedgerStatus;
use super::lso::{LsoAccount, LsoHubApi};
use super::text::{AmountText, CurrencyText, DurationText};

/// One account at one seller: how to reach it, what it sells, who may buy and up to which amount.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "naas.dev",
    version = "v1alpha1",
    kind = "ConnectivityProvider",
    plural = "connectivityproviders",
    shortname = "cprov",
    category = "naas",
    status = "ConnectivityProviderStatus",
    derive = "PartialEq",
    cel,
    doc = "One account at one seller: how to reach it, what it sells, who may buy and up to which amount.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
    printcolumn(name = "Purchasing", type_ = "string", json_path = ".spec.purchasing"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason"
    ),
    printcolumn(name = "Address", type_ = "string", json_path = ".spec.lso.address", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(
    validation = Rule::new("has(self.lso)").message("state exactly one adapter block: lso"),
    validation = Rule::new("!has(oldSelf.lso) || !has(self.lso) || (self.lso.address == oldSelf.lso.address && self.lso.role == oldSelf.lso.role && (has(self.lso.buyerId) ? self.lso.buyerId : '') == (has(oldSelf.lso.buyerId) ? oldSelf.lso.buyerId : '') && (has(self.lso.sellerId) ? self.lso.sellerId : '') == (has(oldSelf.lso.sellerId) ? oldSelf.lso.sellerId : ''))").message("address, role, buyerId and sellerId say which account this is and cannot be changed: create another provider")
)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityProviderSpec {
    /// The seller's name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub display_name: Option<String>,
    /// Whether anything may be bought. A new account plans, prices and watches, and buys nothing until this says Enabled.
    #[serde(default)]
    pub purchasing: Purchasing,
    /// Which namespaces may buy through this account. Absent means nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumers: Option<Consumers>,
    /// The most that may be spent through this account, whoever buys.
    pub limits: SpendingLimits,
    /// What may fail together on the seller's routes, as the seller tells it. Whoever asks for `DiversePath` is told which routes
    /// nothing is stated about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub risk_groups: Vec<RouteRisks>,
    /// How many orders in how short a time are taken for a mistake; what is not stated is as the operator's flags say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safety_catch: Option<SafetyCatch>,
    /// How many requests the operator makes of the seller; 600 a minute where nothing is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<RequestBudget>,
    /// Countries in which the seller's network carries what it sells, as the platform team knows it. Absent means unknown: what may
    /// pass through some countries only is not bought through this account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 2, max = 64)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub jurisdictions: Vec<String>,
    /// Credentials: a Secret in the operator's own namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
    /// A seller that speaks MEF LSO Cantata or Sonata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lso: Option<LsoAccount>,
}

/// Whether an account may buy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Purchasing {
    /// Nothing new is ordered, changed or accepted; disconnecting, cancelling and declining go on.
    #[default]
    Held,
    /// Orders within the limits are placed.
    Enabled,
}

/// Namespaces, by name or by label. Both absent means nobody.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Consumers {
    /// Namespaces by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub namespaces: Vec<String>,
    /// Namespaces by label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::bounds::selector")]
    pub selector: Option<LabelSelector>,
}

/// Caps in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpendingLimits {
    /// The currency of all amounts; the account buys in no other.
    pub currency: CurrencyText,
    /// The most that one order may cost.
    pub per_order: Cap,
    /// The most that everything bought through this account may cost together.
    pub total: Cap,
}

/// A cap on monthly and one-time cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cap {
    /// Most per month.
    pub monthly: AmountText,
    /// Most at once.
    pub one_time: AmountText,
}

/// What may fail together with a seller's routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteRisks {
    /// Which routes: those between these two sites, in any order; every route where absent. All entries that a route is in count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 2, max = 2), inner(length(min = 1, max = 253)))]
    pub between: Vec<String>,
    /// What breaks them: a duct, a landing station, a power supply. Two things that name the same group may fail together, whoever
    /// names it. A route that shares nothing has a group of its own.
    #[schemars(length(min = 1, max = 32), inner(length(min = 1, max = 128)))]
    pub groups: Vec<String>,
}

/// More new orders, or more ends, than this in this time hold the account until a person releases it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SafetyCatch {
    /// Most purchases and changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000000))]
    pub orders: Option<i64>,
    /// Most disconnects, and cancellations of orders under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000000))]
    pub disconnects: Option<i64>,
    /// In this time; more than nothing, and a week at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<DurationText>,
}

/// What the operator keeps to in its requests to the seller, in the long run: what was not used in the last ten seconds may be made
/// up for at once. Every HTTP request counts. Orders, cancellations, answers to charges and what settles an open order are never
/// held up; pricing and looking at what runs wait instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestBudget {
    /// HTTP requests a minute, by this account. Less than the seller allows, if others use the account too.
    #[schemars(range(min = 1, max = 60000))]
    pub per_minute: i64,
}

/// Where the credentials are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The Secret, in the operator's namespace. Its keys depend on the kind of authentication.
    pub secret_ref: SecretRef,
}

/// A Secret in the operator's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// What is known about the account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityProviderStatus {
    /// The generation that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, Reconciling, Stalled, SafetyCatchTripped; Subscribed, where the seller is asked to tell of changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::bounds::conditions")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Who must act, where somebody must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
    /// When the account was last looked at with a different result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Time>,
    /// The seller ignores search filters: what a search does not find proves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignores_filters: Option<bool>,
    /// Subscriptions at the seller. It lists none, so what is not here cannot be ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["api".into()]))]
    pub hubs: Vec<ProviderHub>,
    /// Whether the safety catch holds the account, and who released it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safety_catch: Option<SafetyCatchStatus>,
    /// What is spent of `spec.limits.total`, or about to be; absent until it was counted for the first time, and until then nothing is
    /// bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<LedgerStatus>,
}

/// A subscription at the seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderHub {
    /// At which of its APIs.
    pub api: LsoHubApi,
    /// The seller's id of it.
    #[schemars(length(min = 1, max = 128))]
    pub id: String,
    /// Since when.
    pub since: Time,
    /// Fingerprint of the address that it tells to; absent where it may be gone and is made anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub callback: Option<String>,
}

/// What became of the safety catch of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SafetyCatchStatus {
    /// Why it holds, at most once for each cause; it stays so until a person releases it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["cause".into()]))]
    pub tripped: Vec<SafetyCatchTrip>,
    /// Who released it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<SafetyCatchRelease>,
}

/// Why the safety catch holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SafetyCatchTrip {
    /// What tripped it.
    pub cause: SafetyCatchCause,
    /// Since when.
    pub since: Time,
    /// What happened, for people.
    #[schemars(length(max = 1024))]
    pub what: String,
}

/// What trips a safety catch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum SafetyCatchCause {
    /// Too many purchases and changes. Holds these.
    Orders,
    /// Too many disconnects and cancellations. Holds these, and purchases and changes.
    Disconnects,
    /// Live orders that another installation placed. Holds purchases and changes.
    ForeignOrders,
}

/// Who released a safety catch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SafetyCatchRelease {
    /// When the decision was made: what was ordered before does not count any more.
    pub at: Time,
    /// The decision.
    pub decision: DecisionRef,
}
