//! `ConnectivityDecision`: one decision of one person about one service, one plan or one account, made once.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::WaitingFor;
use super::text::{AmountText, CurrencyText};

/// One decision of one person about one service or one account: what the operator must not decide by itself. It is made once; who thinks better
/// of it deletes it before it is used.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "naas.dev",
    version = "v1alpha1",
    kind = "ConnectivityDecision",
    plural = "connectivitydecisions",
    shortname = "cdec",
    category = "naas",
    namespaced,
    status = "ConnectivityDecisionStatus",
    derive = "PartialEq",
    cel,
    doc = "One decision of one person about one service or one account: what the operator must not decide by itself.",
    selectable = ".spec.segment",
    selectable = ".spec.provider",
    printcolumn(name = "Segment", type_ = "string", json_path = ".spec.segment"),
    printcolumn(name = "Provider", type_ = "string", json_path = ".spec.provider"),
    printcolumn(name = "Author", type_ = "string", json_path = ".spec.author"),
    printcolumn(name = "Used", type_ = "date", json_path = ".status.used.at"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(
    validation = Rule::new("self == oldSelf").message("a decision cannot be changed: delete it, unless it was used, and make another one"),
    validation = Rule::new("[has(self.orderPlaced), has(self.orderNotPlaced), has(self.acceptTermination), has(self.answerCharge), has(self.buyBeside), has(self.endTwin), has(self.adopt), has(self.abandon), has(self.releaseCatch), has(self.approvePlan)].exists_one(x, x)").message("state exactly one of orderPlaced, orderNotPlaced, acceptTermination, answerCharge, buyBeside, endTwin, adopt, abandon, releaseCatch, approvePlan"),
    validation = Rule::new("[has(self.segment), has(self.provider), has(self.approvePlan)].exists_one(x, x)").message("state either the segment or the provider that it is about, or in approvePlan the intent"),
    validation = Rule::new("has(self.releaseCatch) == has(self.provider)").message("releaseCatch is about a provider, approvePlan about an intent, and everything else about a segment")
)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityDecisionSpec {
    /// Who decides: the user name with which the object is created.
    #[schemars(length(min = 1, max = 253))]
    pub author: String,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub because: Option<String>,
    /// The `ConnectivitySegment` that it is about. In the namespace of its intent, while that intent exists, or in the operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub segment: Option<String>,
    /// The `ConnectivityProvider` that it is about. In the operator's namespace only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub provider: Option<String>,
    /// Until when it may be used; without, until it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Time>,
    /// An order of which the operator does not know whether it was placed was placed: under this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_placed: Option<OrderPlaced>,
    /// An order of which the operator does not know whether it was placed was not placed, and never will be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_not_placed: Option<OrderNotPlaced>,
    /// Leaving before the end of the term may cost this much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_termination: Option<AcceptTermination>,
    /// A charge that the seller raised on an order is paid, or is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_charge: Option<AnswerCharge>,
    /// A service is bought although these live orders of the same project exist at the seller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buy_beside: Option<BuyBeside>,
    /// A second live order for the same service is ended: cancelled while that can be, else its service is disconnected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_twin: Option<EndTwin>,
    /// A service that exists already is taken over as it runs: from then on it is changed and ended with its intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<Adopt>,
    /// The record of a service that is not wanted any more goes without proof that the seller ended it: somebody else sees to that,
    /// and to what the seller goes on charging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandon: Option<Abandon>,
    /// The safety catch of the provider is released, where it tripped before this decision was made. Counts start anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_catch: Option<ReleaseCatch>,
    /// A plan is bought as it was shown, at its price or a lower one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve_plan: Option<ApprovePlan>,
}

/// A plan that may be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovePlan {
    /// Whose plan it is.
    pub intent: IntentName,
    /// `status.plan.digest` of the intent: what is bought, and what it may cost.
    #[schemars(length(min = 1, max = 128))]
    pub digest: String,
}

/// An intent by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntentName {
    /// Its namespace, where the decision is made in the operator's; the decision's own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// An order that the seller has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    /// The mark of the record in the segment's `status.orders`.
    #[schemars(length(min = 1, max = 80))]
    pub mark: String,
    /// The seller's id of the order. The order is looked at first: it must ask for the same, and bear this mark or none.
    #[schemars(length(min = 1, max = 128))]
    pub order_id: String,
}

/// An order that the seller never got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderNotPlaced {
    /// The mark of the record in the segment's `status.orders`.
    #[schemars(length(min = 1, max = 80))]
    pub mark: String,
}

/// What leaving early may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptTermination {
    /// Currency of the amount.
    pub currency: CurrencyText,
    /// The most that it may cost, net of tax.
    pub amount: AmountText,
    /// What to do where nobody can say what it costs.
    #[serde(default)]
    pub unknown: UnknownCost,
}

/// What to do about a cost that nobody can say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UnknownCost {
    /// Wait until it is known.
    #[default]
    Wait,
    /// Pay what it turns out to be.
    Accept,
}

/// The answer to a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.answer == 'Accept' ? has(self.currency) && has(self.amount) : !has(self.currency) && !has(self.amount)").message("state currency and amount, the most that it may cost, to accept a charge, and neither to decline it")
)]
pub struct AnswerCharge {
    /// The seller's id of the charge, from the segment's `status.charges`.
    #[schemars(length(min = 1, max = 128))]
    pub charge: String,
    /// What is answered to all its items.
    pub answer: ChargeAnswer,
    /// Currency of the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<CurrencyText>,
    /// The most that it may cost, net of tax: what is due at once and what is due per month, together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<AmountText>,
}

/// What is answered to a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ChargeAnswer {
    /// It is paid.
    Accept,
    /// It is not paid, and what it is for may stop.
    Decline,
}

/// Live orders beside which a service is bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct BuyBeside {
    /// The seller's ids of these orders; any other live order still stops the purchase.
    #[schemars(length(min = 1, max = 32), inner(length(min = 1, max = 128)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub orders: Vec<String>,
}

/// The second order that ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndTwin {
    /// The seller's id of it, as `TwinFound` tells it.
    #[schemars(length(min = 1, max = 128))]
    pub order: String,
}

/// The catch is released; nothing more is to be said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct ReleaseCatch {}

/// A service that is taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Adopt {
    /// The seller's id of the product. It must run between the ports of the segment, and belong to nobody else here.
    #[schemars(length(min = 1, max = 128))]
    pub product_id: String,
}

/// The record goes; nothing more is to be said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct Abandon {}

/// What became of the decision.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityDecisionStatus {
    /// The generation that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready (it was used), Reconciling (it may still be), Stalled (it never will be).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::bounds::conditions")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Who must act, where it was not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
    /// When it was used, and for what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<DecisionUse>,
}

/// When a decision was used, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecisionUse {
    /// Since when that is known.
    pub at: Time,
    /// For what: which order rests on it, or what it let go.
    #[schemars(length(max = 512))]
    pub purpose: String,
}

/// Which decision an order rests on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecisionRef {
    /// Its namespace.
    #[schemars(length(min = 1, max = 63))]
    pub namespace: String,
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Its uid: a decision of the same name made later is another one.
    #[schemars(length(min = 1, max = 64))]
    pub uid: String,
}

/// Under which keys decisions are indexed: by segment, by provider, by intent.
#[must_use]
pub fn decision_index(decision: &ConnectivityDecision) -> Vec<String> {
    let spec = &decision.spec;
    let segment = spec.segment.as_deref().map(by_segment);
    let intent = approved_intent(decision).map(|(namespace, name)| by_approved_intent(&namespace, &name));
    segment.into_iter().chain(spec.provider.as_deref().map(super::by_provider)).chain(intent).collect()
}

/// Namespace and name of the intent whose plan the decision approves.
#[must_use]
pub fn approved_intent(decision: &ConnectivityDecision) -> Option<(String, String)> {
    let intent = &decision.spec.approve_plan.as_ref()?.intent;
    let own = || decision.metadata.namespace.clone().unwrap_or_default();
    Some((intent.namespace.clone().unwrap_or_else(own), intent.name.clone()))
}

/// Index key of the decisions that approve plans of one intent.
#[must_use]
pub fn by_approved_intent(namespace: &str, name: &str) -> String {
    format!("approves/{namespace}/{name}")
}

/// Index key of the decisions about one segment.
#[must_use]
pub fn by_segment(name: &str) -> String {
    format!("segment/{name}")
}
