//! `ConnectivitySegment`: one service at one provider. Written by the operator alone, cluster-scoped because it is money.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod choice;
mod design;
mod index;
mod offer;
mod orders;
mod service;
mod status;

pub use choice::*;
pub use design::*;
pub use index::*;
pub use offer::*;
pub use orders::*;
pub use service::*;
pub use status::*;

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

/// A service that somebody else ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExistingService {
    /// The seller's id of the product; without, the one that runs between the ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub product_id: Option<String>,
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
