//! `ConnectivityClass`: what the platform team lays down for the intents of one kind: defaults, bounds, preference, approval.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::WaitingFor;
use super::intent::{
    Accept, Constraints, DeletionPolicy, IntentObjectives, IntentTerm, JurisdictionConstraint, Resilience,
    ResilienceMode,
};
use super::lso::TermUnit;
use super::provider::Consumers;
use super::text::{AmountText, BandwidthText, CurrencyText, DurationText, PercentText};

/// Annotation of the class that counts where an intent names none: `"true"`. Two such classes are none.
pub const DEFAULT_CLASS: &str = "naas.dev/is-default-class";

/// Annotation of an intent that asks for the class as it is by now. Each value asks once.
pub const APPLY_CLASS: &str = "naas.dev/apply-class";

/// What the platform team lays down for intents of one kind: defaults, bounds, what is preferred and what must be approved.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "naas.dev",
    version = "v1alpha1",
    kind = "ConnectivityClass",
    plural = "connectivityclasses",
    shortname = "cclass",
    category = "naas",
    status = "ConnectivityClassStatus",
    derive = "PartialEq",
    cel,
    doc = "What the platform team lays down for intents of one kind: defaults, bounds, what is preferred and what must be approved.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
    printcolumn(
        name = "Default",
        type_ = "string",
        json_path = ".metadata.annotations.naas\\.dev/is-default-class"
    ),
    printcolumn(name = "Preference", type_ = "string", json_path = ".spec.preference.order"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityClassSpec {
    /// What the class is for, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub description: Option<String>,
    /// Which namespaces may use it. Absent means nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumers: Option<Consumers>,
    /// What counts where an intent says nothing. A class states no budget: who asks says what it may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defaults: Option<ClassDefaults>,
    /// How far an intent may go, whoever stated what it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<ClassBounds>,
    /// Which of the offers that may be taken is taken; the cheapest where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preference: Option<ClassPreference>,
    /// Most legs of a connection.
    #[serde(default = "max_legs")]
    #[schemars(range(min = 1, max = 8))]
    pub max_legs: i64,
    /// What a seller need not have settled before its offer is bought; nothing where absent.
    #[serde(default, skip_serializing_if = "AcceptedRisk::is_none")]
    pub accepted_risk: AcceptedRisk,
    /// What a person must approve before it is ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ClassApproval>,
    /// Whether a connection that runs may be replaced without asking, while old and new are both paid for; Ask where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// What becomes of spokes that can be had while another one cannot; Wait where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_partial: Option<OnPartial>,
}

/// What becomes of spokes that can be had while another one cannot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OnPartial {
    /// Nothing is bought before every spoke can be: part of a hub is of no use.
    #[default]
    Wait,
    /// They are bought, once the sellers of the others answered or had time to; each of the others when it can be had.
    Proceed,
}

/// Whether old and new may run beside each other without asking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Overlap {
    /// Yes, as far as nothing else in the class asks.
    Allow,
    /// A person approves the plan first, whatever it costs.
    #[default]
    Ask,
}

const fn max_legs() -> i64 {
    4
}

/// What a seller need not have settled before its offer is bought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AcceptedRisk {
    /// Nothing: only firm quotes are bought.
    #[default]
    FirmOnly,
    /// What is paid at once, until it has looked whether it can build. More than was quoted comes as a charge, which is kept within the
    /// intent's budget or declined.
    FirmSubjectToFeasibilityCheck,
}

impl AcceptedRisk {
    /// Whether only firm quotes are bought.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub fn is_none(&self) -> bool {
        *self == Self::FirmOnly
    }
}

/// What counts where an intent says nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClassDefaults {
    /// The highest rate, in both directions; the committed rate where that is higher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<BandwidthText>,
    /// Largest frame in octets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1522, max = 65535))]
    pub frame_size: Option<i64>,
    /// How good it must be: each objective by itself, and what counts as good enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<IntentObjectives>,
    /// What must hold about who and where: each constraint by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Constraints>,
    /// Whether one failure may interrupt it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resilience: Option<Resilience>,
    /// For how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<IntentTerm>,
    /// How long after its creation an intent must be ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_after: Option<DurationText>,
    /// What happens to the service when the intent is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
}

/// How far an intent may go.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClassBounds {
    /// Of every rate, in both directions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<BandwidthBounds>,
    /// Of the largest frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_size: Option<FrameBounds>,
    /// The strictest that may be asked of quality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<ObjectiveBounds>,
    /// What holds about sellers, besides what the intent says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub providers: Option<ProviderBounds>,
    /// Where data may pass at most. An intent that says nothing may use all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdictions: Option<JurisdictionConstraint>,
    /// Which resilience may be asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub resilience: Vec<ResilienceMode>,
    /// The most that an intent may state as its budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetBounds>,
    /// Of the term. Where it is stated, an intent states a term too, or the class has a default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<TermBounds>,
    /// How long after its creation an intent may ask to be ready at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<DurationText>,
    /// What may happen to the service when the intent is deleted; anything where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub deletion_policy: Vec<DeletionPolicy>,
}

/// Bounds of rates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct BandwidthBounds {
    /// Least committed rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<BandwidthText>,
    /// Highest rate, committed or peak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<BandwidthText>,
}

/// Bounds of the largest frame, in octets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrameBounds {
    /// Least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1522, max = 65535))]
    pub min: Option<i64>,
    /// Most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1522, max = 65535))]
    pub max: Option<i64>,
}

/// The strictest that may be asked of quality.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectiveBounds {
    /// Least delay that may be asked in one direction; of a round trip twice as much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_one_way: Option<DurationText>,
    /// Least delay variation that may be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_jitter: Option<DurationText>,
    /// Least loss that may be asked, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_loss_percent: Option<PercentText>,
    /// Highest availability that may be asked, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_availability_percent: Option<PercentText>,
    /// What may count as good enough to buy; anything where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub accept: Vec<Accept>,
}

/// What holds about sellers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderBounds {
    /// Never through these providers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub deny: Vec<String>,
}

/// The most that an intent may state as its budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetBounds {
    /// The currency of all amounts, and of the intent's budget.
    pub currency: CurrencyText,
    /// Most per month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly: Option<AmountText>,
    /// Most at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_time: Option<AmountText>,
    /// Most for leaving before the end of the term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub termination: Option<AmountText>,
}

/// Bounds of the term.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct TermBounds {
    /// Shortest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<TermLength>,
    /// Longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<TermLength>,
}

/// How long a term is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct TermLength {
    /// How many units.
    #[schemars(range(min = 1, max = 1200))]
    pub value: i64,
    /// Of which unit.
    pub unit: TermUnit,
}

/// Which offer is taken: exactly one of order, weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("has(self.order) != has(self.weights)").message("preference: state exactly one of order, weights"))]
#[serde(rename_all = "camelCase")]
pub struct ClassPreference {
    /// What comes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<PreferenceOrder>,
    /// How much each criterion counts against the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<PreferenceWeights>,
}

/// What comes first; what is equal in that is decided by price, then by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PreferenceOrder {
    /// The price over the term.
    Cheapest,
    /// The promised delay.
    Fastest,
    /// The promised availability.
    MostAvailable,
    /// The time from order to use.
    Soonest,
}

/// How much each criterion counts. Each is scaled from the best (nothing) to the worst (one) of the offers at hand; an offer that
/// says nothing counts as the worst. The lowest sum is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("self.cost + self.latency + self.availability + self.leadTime > 0").message("weights: at least one must be above 0"))]
#[serde(rename_all = "camelCase")]
pub struct PreferenceWeights {
    /// The price over the term.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub cost: i64,
    /// The promised delay.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub latency: i64,
    /// The promised availability.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub availability: i64,
    /// The time from order to use.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub lead_time: i64,
}

/// What a person must approve.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClassApproval {
    /// Whether every purchase is approved, or those that a rule says.
    #[serde(default)]
    pub required: ApprovalRequired,
    /// Whose approval counts.
    #[serde(default)]
    pub approver: Approver,
    /// What must be approved. A rule that cannot be evaluated asks for approval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub rules: Vec<ApprovalRule>,
}

/// What is approved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ApprovalRequired {
    /// Whatever a rule is true for.
    #[default]
    ByRules,
    /// Everything.
    Always,
}

/// Whose approval counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Approver {
    /// Of whoever may decide in the namespace of the intent, or in the operator's.
    #[default]
    Namespace,
    /// Of whoever may decide in the operator's namespace.
    Platform,
}

/// A purchase that a person must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRule {
    /// Its name.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// When it asks for approval: a CEL expression over `plan` (monthly, oneTime, commitment, currency, legs, providers) and
    /// `intent` (spec, metadata) that says true or false. `intent.spec` is as the class resolved it.
    #[schemars(length(min = 1, max = 1024))]
    pub expression: String,
    /// Why, for the one who approves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub message: Option<String>,
}

/// What is known about the class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityClassStatus {
    /// The generation that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, Reconciling, Stalled; Valid, whether everything in it can be understood and every rule be evaluated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::bounds::conditions")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Who must act, where somebody must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
}
