//! `ConnectivityIntent`: what a workload needs between places, in the words of the workload's team.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::class::{AcceptedRisk, ClassPreference, OnPartial, Overlap};
use super::condition::WaitingFor;
use super::decision::DecisionRef;
use super::lso::{TermEnd, TermUnit};
use super::segment::Difference;
use super::text::{AmountText, BandwidthText, CurrencyText, DurationText, PercentText};

/// What a workload needs between places: bandwidth, objectives, budget, and for how long.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "naas.dev",
    version = "v1alpha1",
    kind = "ConnectivityIntent",
    plural = "connectivityintents",
    shortname = "ci",
    shortname = "intent",
    category = "naas",
    namespaced,
    status = "ConnectivityIntentStatus",
    derive = "PartialEq",
    cel,
    doc = "What a workload needs between places: bandwidth, objectives, budget, and for how long.",
    selectable = ".status.state",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state"),
    printcolumn(name = "Provider", type_ = "string", json_path = ".status.plan.providers"),
    printcolumn(name = "Bandwidth", type_ = "string", json_path = ".spec.bandwidth.committed"),
    printcolumn(name = "Monthly", type_ = "string", json_path = ".status.plan.monthly"),
    printcolumn(name = "Waiting For", type_ = "string", json_path = ".status.waitingFor.party"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason"
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].message",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(
    validation = Rule::new("!has(self.term) || !has(self.deletionPolicy) || self.deletionPolicy != 'DisconnectAtTermEnd' || self.term.atEnd != 'Roll'").message("deletionPolicy DisconnectAtTermEnd needs a term that ends: atEnd must not be Roll"),
    validation = Rule::new("!has(self.existing) || self.mode != 'Plan'").message("existing: a service that exists is watched (mode ObserveOnly) or taken over (mode Manage), not planned"),
    validation = Rule::new("self.mode != 'ObserveOnly' || has(self.existing)").message("mode ObserveOnly needs spec.existing: say which service to watch")
)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityIntentSpec {
    /// The `ConnectivityClass` with defaults and bounds; the default class where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub class_name: Option<String>,
    /// How far to go: buy and keep (Manage), stop before the order (Plan), or watch what exists and never touch it (`ObserveOnly`).
    #[serde(default)]
    pub mode: IntentMode,
    /// The service that exists already and is to be watched, or taken over on a decision. Nothing is bought in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<Existing>,
    /// What to connect: two peers, or one hub and up to 64 spokes, each of which is joined to the hub.
    #[schemars(length(min = 2, max = 65))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub endpoints: Vec<Endpoint>,
    /// How much, from the first end to the second, and back unless `reverse` says otherwise; of a hub, from it to each spoke.
    pub bandwidth: IntentBandwidth,
    /// Largest frame in octets, including the header and the frame check sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1522, max = 65535))]
    pub frame_size: Option<i64>,
    /// How good it must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<IntentObjectives>,
    /// What must hold about who and where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Constraints>,
    /// Whether one failure may interrupt it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resilience: Option<Resilience>,
    /// The most that it may cost. Without a budget it is planned and priced, and never ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<IntentBudget>,
    /// For how long. Absent means the seller's first term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<IntentTerm>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// References for the seller's paperwork.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// What happens to the service when this object is deleted; as the class says where absent, or else Disconnect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Start no order of any kind for now. What is ordered is still followed.
    #[serde(default)]
    pub suspend: bool,
}

/// How far to go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IntentMode {
    /// Buy it and keep it.
    #[default]
    Manage,
    /// Stop before the order.
    Plan,
    /// Watch the service that `existing` names: no order of any kind, and it goes on when this object is deleted.
    ObserveOnly,
}

/// A service that runs already between the endpoints: exactly one of productId, betweenEndpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("has(self.productId) != has(self.betweenEndpoints)").message("existing: state exactly one of productId, betweenEndpoints"))]
#[serde(rename_all = "camelCase")]
pub struct Existing {
    /// The `ConnectivityProvider` at whose seller it runs.
    #[schemars(length(min = 1, max = 253))]
    pub provider: String,
    /// The seller's id of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub product_id: Option<String>,
    /// The one service that runs between the ports of the endpoints, with the VLAN that they state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between_endpoints: Option<BetweenEndpoints>,
}

/// The endpoints say it all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct BetweenEndpoints {}

/// What an endpoint is to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EndpointRole {
    /// One of two equals.
    Peer,
    /// The centre: every spoke is joined to it.
    Hub,
    /// One of many around the centre. What passes between two spokes passes through the hub.
    Spoke,
}

/// One end of the connection: exactly one of site, workload, cloud, siteSelector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("(has(self.site) ? 1 : 0) + (has(self.workload) ? 1 : 0) + (has(self.cloud) ? 1 : 0) + (has(self.siteSelector) ? 1 : 0) == 1").message("endpoints: state exactly one of site, workload, cloud, siteSelector"))]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Name of the end.
    #[schemars(length(min = 1, max = 45))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')").message("write a name in lower case letters, digits and dashes, such as gpus"))]
    pub name: String,
    /// What it is to the others; Peer where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<EndpointRole>,
    /// A `Site`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteName>,
    /// Pods. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<WorkloadEndpoint>,
    /// A cloud's network. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<CloudEndpoint>,
    /// Any of several sites. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_selector: Option<SiteSelector>,
    /// VLAN at this end; without an id one is chosen from the port's pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan: Option<EndpointVlan>,
}

/// A `Site` by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteName {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// Pods by label. Not supported yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadEndpoint {
    /// Name of the workload.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub kind: Option<String>,
}

/// A network of a cloud. Not supported yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloudEndpoint {
    /// Which cloud.
    #[schemars(length(min = 1, max = 63))]
    pub provider: String,
    /// Where.
    #[schemars(length(min = 1, max = 63))]
    pub region: String,
}

/// Sites by label. Not supported yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteSelector {
    /// Labels that a site must bear.
    #[schemars(schema_with = "super::bounds::match_labels")]
    pub match_labels: std::collections::BTreeMap<String, String>,
}

/// VLAN of an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointVlan {
    /// VLAN id.
    #[schemars(range(min = 1, max = 4094))]
    pub id: i64,
}

/// How much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntentBandwidth {
    /// The rate that is owed, and that objectives hold for.
    pub committed: BandwidthText,
    /// The highest rate; what is above committed is outside every objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<BandwidthText>,
    /// Rates from the second end to the first, where they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverse: Option<ReverseBandwidth>,
}

/// Rates from the second end to the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReverseBandwidth {
    /// The rate that is owed.
    pub committed: BandwidthText,
    /// The highest rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<BandwidthText>,
}

/// How good it must be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntentObjectives {
    /// Delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<LatencyBound>,
    /// Delay variation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter: Option<JitterBound>,
    /// Loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<LossBound>,
    /// Availability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<AvailabilityBound>,
    /// What counts as good enough to buy; as the class says where absent, or else Contracted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<Accept>,
}

/// What counts as good enough to buy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Accept {
    /// The seller owes it.
    #[default]
    Contracted,
    /// It is to be expected, and nobody owes it.
    BestEffort,
}

/// Over which time an objective is evaluated. Not supported yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectiveWindow {
    /// Its length.
    pub length: DurationText,
    /// Whether it moves with time or follows the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<WindowKind>,
}

/// How a window moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WindowKind {
    /// With time.
    Rolling,
    /// With the calendar.
    Calendar,
}

/// A bound on delay: exactly one of roundTrip, oneWay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("has(self.roundTrip) != has(self.oneWay)").message("latency: state exactly one of roundTrip, oneWay"))]
#[serde(rename_all = "camelCase")]
pub struct LatencyBound {
    /// There and back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip: Option<DurationText>,
    /// Each direction by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_way: Option<DurationText>,
    /// The share of frames that must keep it; 99 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentile: Option<PercentText>,
    /// Over which time. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ObjectiveWindow>,
}

/// How delay variation is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum JitterKind {
    /// Inter-frame delay variation (MEF 10.4).
    #[default]
    IFDV,
    /// Frame delay range (MEF 10.4).
    FDR,
}

/// A bound on delay variation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct JitterBound {
    /// How it is measured.
    #[serde(default)]
    pub metric: JitterKind,
    /// The bound, one way.
    pub one_way: DurationText,
    /// The share of frames that must keep it; 99 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentile: Option<PercentText>,
    /// Over which time. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ObjectiveWindow>,
}

/// A bound on loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LossBound {
    /// Most frames lost, in percent.
    pub max_percent: PercentText,
    /// Over which time. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ObjectiveWindow>,
}

/// A bound on availability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityBound {
    /// Least time available, in percent.
    pub min_percent: PercentText,
    /// Over which time. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ObjectiveWindow>,
}

/// What must hold about who and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Constraints {
    /// About sellers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub providers: Option<ProviderConstraint>,
    /// Where data may pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdictions: Option<JurisdictionConstraint>,
    /// Whether it must be encrypted. Anything but None is not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
}

/// About sellers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderConstraint {
    /// Never through these providers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub deny: Vec<String>,
}

/// Where data may pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct JurisdictionConstraint {
    /// Only through these countries, as sites' addresses name them: best by ISO 3166-1 alpha-2 codes. Every site on the way and every
    /// country of the sellers' networks must be among them; what nobody states is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 64)))]
    pub allow: Vec<String>,
}

/// Whether it must be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Encryption {
    /// It need not.
    None,
    /// By the provider. Not supported yet.
    Provider,
    /// By an overlay of ours. Not supported yet.
    Overlay,
}

/// Whether one failure may interrupt it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("!has(self.separatePorts) || self.mode == 'DiversePath'").message("separatePorts belongs to mode DiversePath: two providers never share a port").field_path(".separatePorts"))]
#[serde(rename_all = "camelCase")]
pub struct Resilience {
    /// How.
    pub mode: ResilienceMode,
    /// Whether the two paths must have no port in common at their ends; they may share one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separate_ports: Option<bool>,
}

/// How one failure is survived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ResilienceMode {
    /// It is not.
    None,
    /// Two services, on paths that share no known risk, and no place, interconnect or leg between their ends.
    DiversePath,
    /// Two services, of which no seller has a part in both.
    DiverseProvider,
}

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

/// For people and printer columns; the conditions are the contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IntentState {
    /// Looked at for the first time.
    #[default]
    Pending,
    /// Sellers are asked.
    Planning,
    /// Priced; nothing was ordered.
    Planned,
    /// Something must be decided or changed before it can be bought.
    Blocked,
    /// Ordered.
    Provisioning,
    /// In use as asked.
    Active,
    /// In use; a change is under way.
    Changing,
    /// In use, and watched; it is not ours.
    Observed,
    /// Being disconnected.
    Disconnecting,
}

/// What is known about the intent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityIntentStatus {
    /// The generation that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// For people; the conditions are the contract.
    #[serde(default)]
    pub state: IntentState,
    /// Ready, Reconciling, Stalled, Accepted, Planned, Provisioned, HandedOver, Drifted; `Diverse`, where two paths were asked;
    /// `ClassChanged`, where a class counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::bounds::conditions")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Who must act, where the intent waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
    /// What the class made of the intent. Pinned once something is bought: later edits of the class count when they are applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Effective>,
    /// On which approval the last purchase rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalUse>,
    /// What sellers offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub offers: Vec<OfferSummary>,
    /// What is or would be bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// What is owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<CommitmentSummary>,
    /// What still runs, while a change is under way or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force: Option<InForce>,
    /// Where a service that exists, or was taken over, differs from this intent. Nothing is changed because of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub differences: Vec<Difference>,
    /// What to plug into: two ends, or the two ends of each spoke's connection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub attachments: Vec<Attachment>,
    /// Of a hub: where each of its spokes stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub spokes: Vec<SpokeStatus>,
    /// What was asked of quality, and who promises it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub objectives: Vec<ObjectiveStatus>,
}

/// Where one spoke stands: one that is asked, or was asked and is not gone yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpokeStatus {
    /// Name of its end.
    #[schemars(length(min = 1, max = 45))]
    pub name: String,
    /// For people.
    pub state: IntentState,
    /// Whether its connection is in use as asked.
    pub ready: bool,
    /// Why: one PascalCase word.
    #[schemars(length(max = 64))]
    pub reason: String,
    /// The same in words.
    #[schemars(length(max = 512))]
    pub message: String,
    /// The providers of its legs, in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub provider: Option<String>,
}

/// What the class made of the intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Effective {
    /// The class.
    #[schemars(length(max = 253))]
    pub class_name: String,
    /// Fingerprint of what the class said.
    #[schemars(length(max = 64))]
    pub class_digest: String,
    /// The generation of the intent for which it was resolved.
    pub generation: i64,
    /// The request to apply the class that was answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub applied: Option<String>,
    /// What counts.
    pub values: EffectiveValues,
}

/// What counts of everything that a class has a say in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveValues {
    /// How much.
    pub bandwidth: IntentBandwidth,
    /// Largest frame in octets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1522, max = 65535))]
    pub frame_size: Option<i64>,
    /// How good it must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<IntentObjectives>,
    /// What must hold about who and where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Constraints>,
    /// Whether one failure may interrupt it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resilience: Option<Resilience>,
    /// For how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<IntentTerm>,
    /// When it should be ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_by: Option<Time>,
    /// What happens to the service when the intent is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Whether what replaces something that runs may be bought beside it without asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// What a seller need not have settled before its offer is bought; nothing where absent.
    #[serde(default, skip_serializing_if = "AcceptedRisk::is_none")]
    pub accepted_risk: AcceptedRisk,
    /// Which of the offers that may be taken is taken; the cheapest where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::bounds::without_rules::<ClassPreference>")]
    pub preference: Option<ClassPreference>,
    /// Most legs of a connection; 4 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub max_legs: Option<i64>,
    /// What becomes of spokes that can be had while another one cannot; Wait where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_partial: Option<OnPartial>,
}

/// On which approval a purchase rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalUse {
    /// The decision that approves.
    pub decision: DecisionRef,
    /// The plan that it is used for, with its price.
    #[schemars(length(max = 128))]
    pub digest: String,
    /// Since when.
    pub at: Time,
}

/// What one seller offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferSummary {
    /// To which spoke, where there is a hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 45))]
    pub spoke: Option<String>,
    /// Which leg of the connection.
    #[schemars(range(min = 0, max = 255))]
    pub leg: i64,
    /// The provider.
    #[schemars(length(max = 253))]
    pub provider: String,
    /// Its segment.
    #[schemars(length(max = 253))]
    pub segment: String,
    /// How far it got: a reason word.
    #[schemars(length(max = 64))]
    pub state: String,
    /// Per month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 40))]
    pub monthly: Option<String>,
    /// At once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 40))]
    pub one_time: Option<String>,
    /// Until when it can be ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Time>,
}

/// What is or would be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// What an approval names: a fingerprint of what is bought, and the price. The same at a lower price needs no other approval.
    #[schemars(length(max = 128))]
    pub digest: String,
    /// Per month, with currency.
    #[schemars(length(max = 40))]
    pub monthly: String,
    /// At once, with currency.
    #[schemars(length(max = 40))]
    pub one_time: String,
    /// The providers of all legs, in their order.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 1024))]
    pub providers: String,
    /// The services it consists of, from the first end to the second; of two paths, one after the other; of a hub, spoke by spoke.
    #[schemars(length(max = 512))]
    pub legs: Vec<PlanLeg>,
    /// What joins each leg of a path to the next: an `Interconnect`, or a `Site` with transit; path by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 448), inner(length(max = 253)))]
    pub joints: Vec<String>,
    /// Why this and not something else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 256)))]
    pub notes: Vec<String>,
}

/// One service of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanLeg {
    /// The spoke that it serves, where there is a hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 45))]
    pub spoke: Option<String>,
    /// Of which of two paths it is a leg: 1 or 2. Absent where there is one path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2))]
    pub path: Option<i64>,
    /// The provider.
    #[schemars(length(max = 253))]
    pub provider: String,
    /// Site and port at the first end.
    #[schemars(length(max = 320))]
    pub from: String,
    /// Site and port at the other end.
    #[schemars(length(max = 320))]
    pub to: String,
    /// Its segment.
    #[schemars(length(max = 253))]
    pub segment: String,
    /// The class of service.
    #[schemars(length(max = 64))]
    pub class_of_service: String,
    /// One-way delay, where anything is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<LegLatency>,
}

/// One-way delay of a leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LegLatency {
    /// The delay.
    #[schemars(length(max = 32))]
    pub value: String,
    /// What it rests on: Measured, Contracted, Catalogue, Distance.
    #[schemars(length(max = 16))]
    pub basis: String,
}

/// What is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommitmentSummary {
    /// End of the term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_end: Option<Time>,
    /// Per month, with currency.
    #[schemars(length(max = 40))]
    pub monthly: String,
    /// What leaving now would cost.
    pub termination: TerminationFee,
}

/// What leaving now would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct TerminationFee {
    /// The amount, with currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 40))]
    pub amount: Option<String>,
    /// What it rests on.
    pub basis: FeeBasis,
}

/// What a fee rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FeeBasis {
    /// The seller quoted it.
    Quoted,
    /// The provider's profile states it.
    Profile,
    /// Nobody knows.
    Unknown,
}

/// What still runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct InForce {
    /// Committed rate, first end to second.
    #[schemars(length(max = 20))]
    pub committed: String,
    /// Class of service.
    #[schemars(length(max = 64))]
    pub class_of_service: String,
    /// Per month, with currency.
    #[schemars(length(max = 40))]
    pub monthly: String,
}

/// What to plug into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Name of the end.
    #[schemars(length(max = 45))]
    pub endpoint: String,
    /// The spoke whose connection this is an end of, where there is a hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 45))]
    pub spoke: Option<String>,
    /// Site and port.
    #[schemars(length(max = 320))]
    pub port: String,
    /// VLAN id, for tagged ports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 4094))]
    pub vlan: Option<i64>,
    /// Largest frame in octets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub frame_size: Option<i64>,
    /// The seller's id of the service.
    #[schemars(length(max = 128))]
    pub product_id: String,
    /// Where people plug in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub demarcation: Option<String>,
}

/// How strongly something is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PromiseKind {
    /// The seller owes it.
    Contracted,
    /// It is to be expected.
    BestEffort,
    /// Nobody promised it.
    None,
}

/// One objective, and who promises it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectiveStatus {
    /// latency, jitter, loss, availability.
    #[schemars(length(max = 32))]
    pub name: String,
    /// What was asked.
    #[schemars(length(max = 64))]
    pub bound: String,
    /// How strongly it is promised.
    pub commitment: PromiseKind,
    /// What is promised, and by what.
    #[schemars(length(max = 256))]
    pub basis: String,
    /// Who verifies it: Probe, SellerReport, None.
    #[schemars(length(max = 16))]
    pub verification: String,
    /// Whether it is kept: True, False, Unknown.
    #[schemars(length(max = 8))]
    pub met: String,
}
