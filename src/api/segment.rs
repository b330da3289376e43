//! `ConnectivitySegment`: one service at one provider. Written by the operator alone, cluster-scoped because it is money.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::charge::{ChargePrice, ChargeStatus};
use super::condition::WaitingFor;
use super::decision::DecisionRef;
use super::lso::{TermEnd, TermUnit};
use super::site::SiteAddress;
use super::text::{AmountText, BandwidthText, CurrencyText};

/// One service at one provider: the design asked, the record of orders, the service got. Written by the operator alone.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "naas.dev",
    version = "v1alpha1",
    kind = "ConnectivitySegment",
    plural = "connectivitysegments",
    shortname = "cseg",
    category = "naas",
    status = "ConnectivitySegmentStatus",
    derive = "PartialEq",
    cel,
    doc = "One service at one provider: the design asked, the record of orders, the service got. Written by the operator alone.",
    selectable = ".spec.provider.name",
    selectable = ".spec.intentRef.uid",
    selectable = ".status.state",
    validation = Rule::new("!has(oldSelf.status) || has(self.status)").message("status: the record of orders must not be dropped"),
    validation = Rule::new("!has(oldSelf.status) || !has(oldSelf.status.orders) || oldSelf.status.orders.all(o, o.state in ['Refused', 'Settled'] || (has(self.status) && has(self.status.orders) && self.status.orders.exists(n, n.sequence == o.sequence && n.mark == o.mark)))").message("status.orders: an open order must not be removed"),
    validation = Rule::new("!has(oldSelf.status) || !has(oldSelf.status.orders) || oldSelf.status.orders.all(o, !has(o.orderId) || !has(self.status) || !has(self.status.orders) || self.status.orders.all(n, n.sequence != o.sequence || (has(n.orderId) && n.orderId == o.orderId)))").message("status.orders: a recorded order id must not change"),
    validation = Rule::new("!has(oldSelf.status) || !has(oldSelf.status.orders) || oldSelf.status.orders.all(o, !has(o.chargeId) || !has(self.status) || !has(self.status.orders) || self.status.orders.all(n, n.sequence != o.sequence || (has(n.chargeId) && n.chargeId == o.chargeId)))").message("status.orders: a recorded charge id must not change"),
    validation = Rule::new("!has(oldSelf.status) || !has(oldSelf.status.lastOrder) || (has(self.status) && has(self.status.lastOrder) && self.status.lastOrder.sequence >= oldSelf.status.lastOrder.sequence)").message("status.lastOrder: the sequence must not fall or disappear"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state"),
    printcolumn(name = "Desired", type_ = "string", json_path = ".spec.desired"),
    printcolumn(name = "Provider", type_ = "string", json_path = ".spec.provider.name"),
    printcolumn(name = "Namespace", type_ = "string", json_path = ".spec.intentRef.namespace"),
    printcolumn(name = "Intent", type_ = "string", json_path = ".spec.intentRef.name"),
    printcolumn(name = "Monthly", type_ = "string", json_path = ".status.offer.monthly"),
    printcolumn(name = "Order", type_ = "string", json_path = ".status.orders[0].orderId", priority = 1),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].reason"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(
    validation = Rule::new("self.intentRef == oldSelf.intentRef && self.leg == oldSelf.leg && self.replacement == oldSelf.replacement").message("intentRef, leg and replacement cannot be changed"),
    validation = Rule::new("self.provider == oldSelf.provider").message("provider cannot be changed: a service stays at its seller"),
    validation = Rule::new("self.clientReference == oldSelf.clientReference && self.project == oldSelf.project").message("clientReference and project cannot be changed: orders are found by them"),
    validation = Rule::new("self.ends.filter(e, has(e.enniProductId)).size() == (self.product == 'AccessEline' ? 1 : 0)").message("an AccessEline has one enniProductId among its ends, and nothing else has any").field_path(".ends"),
    validation = Rule::new("self.product == oldSelf.product && self.ends == oldSelf.ends").message("product and ends cannot be changed: they are another service"),
    validation = Rule::new("self.revision >= oldSelf.revision").message("revision must not fall"),
    validation = Rule::new("self.design == oldSelf.design || self.revision > oldSelf.revision").message("another design needs a higher revision"),
    validation = Rule::new("oldSelf.desired != 'Absent' || self.desired == 'Absent'").message("a service that is being disconnected cannot be wanted again").field_path(".desired"),
    validation = Rule::new("self.desired == 'Offer' || !has(self.existing) || has(self.existing.productId)").message("a service that was taken over has a productId").field_path(".existing"),
    validation = Rule::new("oldSelf.desired == 'Offer' || (has(self.existing) == has(oldSelf.existing) && (!has(self.existing) || self.existing == oldSelf.existing))").message("existing cannot be changed: a service that was taken over stays the one").field_path(".existing"),
    validation = Rule::new("self.desired != 'Present' || has(self.authority)").message("a service cannot be wanted without an authority to spend").field_path(".desired")
)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivitySegmentSpec {
    /// The intent that it serves.
    pub intent_ref: IntentRef,
    /// Which leg of the intent's connection: 0 is all of it, 1 and up is a part of a chain, by its place when it was first asked.
    #[schemars(range(min = 0, max = 255))]
    pub leg: i64,
    /// How many segments of this leg and provider came before.
    #[schemars(range(min = 0, max = 1000000))]
    pub replacement: i64,
    /// The seller's account, as it was when the segment was made.
    pub provider: ProviderIdentity,
    /// Our own reference; every order's mark starts with it.
    #[schemars(length(min = 8, max = 64))]
    pub client_reference: String,
    /// Groups all orders of the intent at the seller.
    #[schemars(length(min = 3, max = 512))]
    pub project: String,
    /// Which product.
    pub product: SegmentProduct,
    /// Both ends, frozen.
    #[schemars(length(min = 2, max = 2))]
    pub ends: Vec<SegmentEnd>,
    /// The service that somebody else ordered: watched while only an offer is desired, taken over from then on. Nothing is bought in
    /// its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<ExistingService>,
    /// Counts the designs.
    #[schemars(range(min = 1, max = 1000000))]
    pub revision: i64,
    /// The generation of the intent that the design follows.
    #[schemars(range(min = 1))]
    pub intent_generation: i64,
    /// The design asked.
    pub design: SegmentDesign,
    /// How far to go.
    pub desired: Desired,
    /// Start no order of any kind for now.
    #[serde(default)]
    pub suspend: bool,
    /// The intent is gone and left the service behind on purpose.
    #[serde(default)]
    pub released: bool,
    /// Up to which amount the seller may be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Authority>,
    /// The offer that may be ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<ChosenOffer>,
    /// What it was chosen with, where the connection is more than this segment: the same in all segments that were chosen together,
    /// and written before any of them may be ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<SegmentChoice>,
    /// The spoke that it joins to its hub; absent between two peers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 45))]
    pub spoke: Option<String>,
}

/// The segments that were chosen together, and together are the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SegmentChoice {
    /// Counts the choices that were made for the connection: the highest is the one that holds.
    #[schemars(range(min = 1, max = 1000000))]
    pub revision: i64,
    /// One path, or two that do not share their fate.
    #[schemars(length(min = 1, max = 2))]
    pub paths: Vec<SegmentPath>,
    /// Legs that sellers finally refused: they are planned around.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 1024)))]
    pub refused: Vec<String>,
}

impl SegmentChoice {
    /// The names of all segments, path by path.
    pub fn segments(&self) -> impl Iterator<Item = &String> {
        self.paths.iter().flat_map(|path| &path.segments)
    }
}

/// A chain of segments from the first end to the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SegmentPath {
    /// Names of the segments, from the first end to the second.
    #[schemars(length(min = 1, max = 8), inner(length(min = 1, max = 64)))]
    pub segments: Vec<String>,
    /// What joins each segment to the next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 7))]
    pub joints: Vec<SegmentJoint>,
}

/// What joins two segments: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("has(self.interconnect) != has(self.transit)").message("joints: state exactly one of interconnect, transit"))]
#[serde(rename_all = "camelCase")]
pub struct SegmentJoint {
    /// An `Interconnect`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub interconnect: Option<String>,
    /// A `Site` with transit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub transit: Option<String>,
}

/// The intent that a segment serves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntentRef {
    /// Its namespace.
    #[schemars(length(min = 1, max = 63))]
    pub namespace: String,
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Its uid: an intent of the same name made later is another one.
    #[schemars(length(min = 1, max = 64))]
    pub uid: String,
}

impl IntentRef {
    /// `namespace/name`, as intents are looked up.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

impl ConnectivitySegmentSpec {
    /// The products that make up the service: the connection, and each port that is ordered with it.
    pub fn roles(&self) -> impl Iterator<Item = ProductRole> {
        let ports = [ProductRole::UniA, ProductRole::UniZ].into_iter().zip(&self.ends);
        let ordered = ports.filter(|(_, end)| end.dedicated.is_some()).map(|(role, _)| role);
        std::iter::once(ProductRole::Evc).chain(ordered)
    }
}

/// Which account at which seller.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderIdentity {
    /// Name of the `ConnectivityProvider`.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Its address.
    #[schemars(length(min = 1, max = 512))]
    pub address: String,
    /// Buyer id, where one is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub buyer_id: Option<String>,
    /// Seller id, where one is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub seller_id: Option<String>,
}

/// Which product a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum SegmentProduct {
    /// Ethernet Private Line.
    Epl,
    /// Ethernet Virtual Private Line.
    Evpl,
    /// Access E-Line: from a UNI to an ENNI, behind which our own network begins.
    AccessEline,
}

/// A service that somebody else ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExistingService {
    /// The seller's id of the product; without, the one that runs between the ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub product_id: Option<String>,
}

/// One end, frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("(has(self.uniProductId) ? 1 : 0) + (has(self.enniProductId) ? 1 : 0) + (has(self.dedicated) ? 1 : 0) == 1").message("ends: state exactly one of uniProductId, enniProductId, dedicated"))]
#[serde(rename_all = "camelCase")]
pub struct SegmentEnd {
    /// The endpoint of the intent, or where a chain goes on: the interconnect or the site.
    #[schemars(length(min = 1, max = 45))]
    pub name: String,
    /// The `Site`.
    #[schemars(length(min = 1, max = 253))]
    pub site: String,
    /// The port of the site.
    #[schemars(length(min = 1, max = 63))]
    pub port: String,
    /// The seller's product id of the port, where it is there already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub uni_product_id: Option<String>,
    /// The seller's product id of the ENNI, where the service ends at our own network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub enni_product_id: Option<String>,
    /// The port that is ordered with the service, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedicated: Option<SegmentPort>,
    /// The VLAN claimed on the port; none claims the whole port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 4094))]
    pub vlan: Option<i64>,
    /// Where people plug in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub demarcation: Option<String>,
}

impl SegmentEnd {
    /// The seller's product id of what is there already: a UNI or an ENNI.
    #[must_use]
    pub fn product_id(&self) -> Option<&str> {
        self.uni_product_id.as_deref().or(self.enni_product_id.as_deref())
    }
}

/// A port that is ordered with the service, belongs to it alone and is ended with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SegmentPort {
    /// The seller's id of the offering.
    #[schemars(length(min = 1, max = 128))]
    pub offering: String,
    /// Physical layer (MEF 125 `physicalLink`).
    #[schemars(length(min = 1, max = 64))]
    pub physical_link: String,
    /// Connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub connector: Option<String>,
    /// Largest frame in octets; that of the service where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1522, max = 65535))]
    pub frame_size: Option<i64>,
    /// Where it is installed.
    pub place: SegmentPlace,
    /// For how long; as long as the service where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<SegmentTerm>,
}

/// A place, as it is named to the seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("(has(self.siteId) ? 1 : 0) + (has(self.addressId) ? 1 : 0) + (has(self.address) ? 1 : 0) == 1").message("place: state exactly one of siteId, addressId, address"))]
#[serde(rename_all = "camelCase")]
pub struct SegmentPlace {
    /// The seller's id of the site (MEF 122).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub site_id: Option<String>,
    /// The seller's id of the address (MEF 121).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub address_id: Option<String>,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SiteAddress>,
}

/// The design asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SegmentDesign {
    /// Rate owed, first end to second.
    pub committed: BandwidthText,
    /// Highest rate, first end to second.
    pub peak: BandwidthText,
    /// Rate owed, second end to first.
    pub reverse_committed: BandwidthText,
    /// Highest rate, second end to first.
    pub reverse_peak: BandwidthText,
    /// Largest frame in octets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1522, max = 65535))]
    pub frame_size: Option<i64>,
    /// The seller's name of the class of service.
    #[schemars(length(min = 1, max = 64))]
    pub class_of_service: String,
    /// Distance between the ends in kilometres, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 40000))]
    pub distance_km: Option<i64>,
    /// For how long.
    pub term: SegmentTerm,
    /// When it should be ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_by: Option<Time>,
    /// Purchase order number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub purchase_order: Option<String>,
    /// The customer for whom it is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub end_customer: Option<String>,
}

/// A term, as the seller names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SegmentTerm {
    /// The seller's name.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// How many units.
    #[schemars(range(min = 1, max = 1200))]
    pub value: i64,
    /// Of which unit.
    pub unit: TermUnit,
    /// What happens at its end.
    pub at_end: TermEnd,
    /// By how many months it rolls on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 120))]
    pub roll_months: Option<i64>,
}

/// How far to go with a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Desired {
    /// Qualify and price it; buy nothing.
    Offer,
    /// Buy it and keep it.
    Present,
    /// Disconnect it. Deleting the object alone disconnects nothing.
    Absent,
}

/// Up to which amounts the seller may be paid, net of tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Authority {
    /// Currency of all amounts.
    pub currency: CurrencyText,
    /// Per month.
    pub monthly: AmountText,
    /// At once.
    pub one_time: AmountText,
    /// For leaving before the end of the term.
    pub termination: AmountText,
}

/// The offer that may be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChosenOffer {
    /// The design that it is for.
    #[schemars(range(min = 1, max = 1000000))]
    pub revision: i64,
    /// The seller's id of the quote.
    #[schemars(length(min = 1, max = 128))]
    pub quote_id: String,
}

/// For people and printer columns; the conditions are the contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SegmentState {
    /// The seller is being asked.
    #[default]
    Offering,
    /// The seller made an offer.
    Offered,
    /// The seller cannot or does not want to.
    Declined,
    /// Ordered, or about to be.
    Ordering,
    /// In use as designed.
    Active,
    /// In use; a change is under way.
    Changing,
    /// Being disconnected.
    Disconnecting,
    /// Gone.
    Gone,
    /// Somebody must act first.
    Blocked,
    /// In use; its intent left it behind on purpose.
    Released,
    /// In use, and watched; it is not ours.
    Observed,
}

/// What is known about the segment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivitySegmentStatus {
    /// The generation that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// For people; the conditions are the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<SegmentState>,
    /// Ready, Reconciling, Stalled, Offered, Provisioned, Drifted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::bounds::conditions")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Who must act, where the segment waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
    /// The qualification asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualification: Option<QualificationStatus>,
    /// The quote asked last, while the seller works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<QuoteStatus>,
    /// The offer that the seller made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<SegmentOffer>,
    /// What the seller says about the order under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<OrderProgress>,
    /// The products that make up the service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["role".into()]))]
    pub products: Vec<ProductStatus>,
    /// What runs now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force: Option<SegmentInForce>,
    /// Charges that the seller raised on the order whose charges were looked at last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["id".into()]))]
    pub charges: Vec<ChargeStatus>,
    /// Where a service that exists, or was taken over, differs from the design. Nothing is changed because of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub differences: Vec<Difference>,
    /// Every operation that could cost money, newest last: written before it is sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["sequence".into()]))]
    pub orders: Vec<OrderRecord>,
    /// The highest sequence ever used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_order: Option<LastOrder>,
}

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

/// What the seller says about an order under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderProgress {
    /// Sequence of the order.
    #[schemars(range(min = 1))]
    pub sequence: i64,
    /// The seller's own word for its state.
    #[schemars(length(max = 64))]
    pub state: String,
    /// When the seller expects to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_completion: Option<Time>,
    /// Milestones reached, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 128)))]
    pub milestones: Vec<String>,
}

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

/// Operations that can cost money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum OrderOperation {
    /// A new service.
    Add,
    /// A service that somebody else ordered, taken over as it runs; nothing is sent.
    Adopt,
    /// Another shape for it.
    Modify,
    /// Its end.
    Disconnect,
    /// The end of an order under way.
    Cancel,
    /// An answer to a charge.
    AnswerCharge,
}

/// How far an operation got. `Intending`, `Placed` and `Unknown` are open, `Refused` and `Settled` are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum OrderRecordState {
    /// Written down; it may have been sent.
    Intending,
    /// The seller took it.
    Placed,
    /// It may have happened, and searching did not tell.
    Unknown,
    /// The seller decided against it; nothing was bought.
    Refused,
    /// Done, one way or the other.
    Settled,
}

/// Why an operation bought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum OrderRefusal {
    /// The seller does not want to; asking the same again changes nothing.
    Final,
    /// It was not sent, or refused for a cause that goes away.
    MayPass,
    /// It may have been sent, and a search that can be trusted found nothing.
    NotFound,
    /// It may have been sent, and a person decided that it was not placed.
    RuledOut,
}

/// One operation that could cost money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderRecord {
    /// Number within the segment.
    #[schemars(range(min = 1))]
    pub sequence: i64,
    /// What was asked.
    pub operation: OrderOperation,
    /// The mark that the order bears at the seller.
    #[schemars(length(min = 1, max = 80))]
    pub mark: String,
    /// The design that it is for.
    #[schemars(range(min = 0, max = 1000000))]
    pub revision: i64,
    /// Fingerprint of what was asked.
    #[schemars(length(max = 64))]
    pub digest: String,
    /// The quote that it refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub quote_id: Option<String>,
    /// The date that it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_completion: Option<Time>,
    /// When it was written down; not known of an order that was found at the seller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_at: Option<Time>,
    /// The second order that it ends, where it ends one: then it is not about the segment's own service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<Twin>,
    /// How far it got.
    pub state: OrderRecordState,
    /// The seller's id of the order: of this one, or of the one that is cancelled or charged for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub order_id: Option<String>,
    /// The seller's id of the charge that is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub charge_id: Option<String>,
    /// What is agreed to by accepting the charge; absent where it is declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepts: Option<ChargePrice>,
    /// The seller's id of the product that was taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub product_id: Option<String>,
    /// Why it bought nothing, where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<OrderRefusal>,
    /// The decision of a person that it rests on, where it rests on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionRef>,
    /// How it ended, in one word and the seller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub outcome: Option<String>,
}

/// A second live order for the same service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Twin {
    /// The seller's id of the order.
    #[schemars(length(min = 1, max = 128))]
    pub order: String,
    /// The seller's id of the product that it brought, where that is what ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub product: Option<String>,
}

/// The highest sequence ever used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastOrder {
    /// It never falls, so every mark can be made again.
    #[schemars(range(min = 1))]
    pub sequence: i64,
}

/// Stands for the currency of a price that nobody remembers (ISO 4217: no currency).
pub const NO_CURRENCY: &str = "XXX";

/// Under which keys segments are indexed: by intent, by its namespace, by provider, by site.
#[must_use]
pub fn segment_index(segment: &ConnectivitySegment) -> Vec<String> {
    let spec = &segment.spec;
    let intent = &spec.intent_ref;
    let mut keys =
        vec![by_intent(&intent.uid), by_namespace(&intent.namespace), by_provider(&spec.provider.name)];
    keys.extend(spec.ends.iter().map(|end| by_site(&end.site)));
    keys
}

/// Index key of the segments of one intent.
#[must_use]
pub fn by_intent(uid: &str) -> String {
    format!("intent/{uid}")
}

/// Index key of the segments of all intents of one namespace.
#[must_use]
pub fn by_namespace(name: &str) -> String {
    format!("namespace/{name}")
}

/// Index key of the segments of one provider.
#[must_use]
pub fn by_provider(name: &str) -> String {
    format!("provider/{name}")
}

/// Index key of the segments that end at one site.
#[must_use]
pub fn by_site(name: &str) -> String {
    format!("site/{name}")
}
