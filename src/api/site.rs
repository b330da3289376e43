//! `Site`: a place, its address and contacts, and the ports that providers hand over there.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::WaitingFor;
use super::lso::LsoTerm;
use super::provider::Consumers;
use super::text::{BandwidthText, DurationText, PercentText};

/// A place, its address and contacts, and the ports that providers hand over there.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "naas.dev",
    version = "v1alpha1",
    kind = "Site",
    plural = "sites",
    category = "naas",
    status = "SiteStatus",
    derive = "PartialEq",
    cel,
    doc = "A place, its address and contacts, and the ports that providers hand over there.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
    printcolumn(name = "City", type_ = "string", json_path = ".spec.address.city"),
    printcolumn(name = "Country", type_ = "string", json_path = ".spec.address.country"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(validation = Rule::new("!has(self.ports) || self.ports.all(p, !has(p.source.dedicated) || has(self.address) || (has(self.sellerRefs) && self.sellerRefs.exists(r, r.provider == p.provider && !has(r.label))))").message("a dedicated port is installed at a place: state address, or siteId or addressId of its provider in sellerRefs"))]
#[serde(rename_all = "camelCase")]
pub struct SiteSpec {
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SiteAddress>,
    /// Position; distances between sites are reckoned from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<SiteLocation>,
    /// How sellers call this place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["provider".into()]))]
    pub seller_refs: Vec<SellerRef>,
    /// People at the site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub contacts: Vec<SiteContact>,
    /// Ports that providers hand over here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub ports: Vec<SitePort>,
    /// Our own equipment here joins any two ports of ours. Absent means that services meet only where an `Interconnect` says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transit: Option<SiteTransit>,
}

/// Our own equipment, which joins any two ports of ours at the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteTransit {
    /// One-way delay through it; none where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<DurationText>,
    /// Share of time for which it can be used, in percent; where absent nothing is known, and nothing about availability can be
    /// promised through it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<PercentText>,
    /// Whether it gives a service another VLAN id on its way through.
    #[serde(default)]
    pub translates_vlans: bool,
}

/// Postal address (MEF 121 `FieldedAddress`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteAddress {
    /// Country, ISO 3166-1 alpha-2.
    #[schemars(length(min = 2, max = 64))]
    pub country: String,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub state_or_province: Option<String>,
    /// City.
    #[schemars(length(min = 1, max = 128))]
    pub city: String,
    /// Part of the city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub locality: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub postcode: Option<String>,
    /// Street without number.
    #[schemars(length(min = 1, max = 128))]
    pub street_name: String,
    /// House number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub street_nr: Option<String>,
    /// `Street`, `Avenue`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub street_type: Option<String>,
    /// Where inside the building.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<SiteSubAddress>,
}

/// A place inside a building (MEF 121 `geographicSubAddress`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteSubAddress {
    /// Name of the building.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub building_name: Option<String>,
    /// `floor`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub level_type: Option<String>,
    /// Number of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub level_number: Option<String>,
    /// Suite, cage, rack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub sub_units: Vec<SiteSubUnit>,
}

/// A suite, a cage or a rack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteSubUnit {
    /// `suite`, `rack`, …
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 32))]
    pub kind: String,
    /// Its number.
    #[schemars(length(min = 1, max = 32))]
    pub number: String,
}

/// Position (WGS 84).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteLocation {
    /// Degrees north, as a decimal in quotes: `39.0438`.
    #[schemars(length(max = 16))]
    #[x_kube(validation = Rule::new("self.matches('^-?([0-8]?[0-9]([.][0-9]{1,9})?|90([.]0{1,9})?)$')").message("write degrees north from -90 to 90 in quotes, such as \"39.0438\""))]
    pub latitude: String,
    /// Degrees east, as a decimal in quotes: `-77.4874`.
    #[schemars(length(max = 16))]
    #[x_kube(validation = Rule::new("self.matches('^-?((1[0-7][0-9]|[0-9]?[0-9])([.][0-9]{1,9})?|180([.]0{1,9})?)$')").message("write degrees east from -180 to 180 in quotes, such as \"-77.4874\""))]
    pub longitude: String,
}

/// How one seller calls this place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("(has(self.siteId) ? 1 : 0) + (has(self.addressId) ? 1 : 0) + (has(self.label) ? 1 : 0) == 1").message("sellerRefs: state exactly one of siteId, addressId, label"))]
#[serde(rename_all = "camelCase")]
pub struct SellerRef {
    /// Name of the `ConnectivityProvider`.
    #[schemars(length(min = 1, max = 253))]
    pub provider: String,
    /// The seller's id of the site (MEF 122).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub site_id: Option<String>,
    /// The seller's id of the address (MEF 121).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub address_id: Option<String>,
    /// A public label, such as a CLLI code (MEF 121 `GeographicAddressLabel`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub label: Option<String>,
}

/// Somebody at the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteContact {
    /// LSO contact role, such as `locationContact`.
    #[schemars(length(min = 1, max = 64))]
    pub role: String,
    /// Name.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
    /// E-mail address.
    #[schemars(length(min = 3, max = 254))]
    pub email: String,
    /// Telephone number.
    #[schemars(length(min = 1, max = 64))]
    pub phone: String,
}

/// What a port is to its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PortKind {
    /// A user-network interface.
    Uni,
    /// An external network-network interface (MEF 26.2): our own network begins behind it, and services end at it by S-VLAN.
    Enni,
}

/// How many services a port carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PortMode {
    /// One service takes the whole port (EPL).
    Port,
    /// Services share the port by VLAN (EVPL).
    Tagged,
}

/// A port that a provider hands over at the site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("self.mode == 'Tagged' || !has(self.vlanPool)").message("vlanPool belongs to ports of mode Tagged"),
    validation = Rule::new("self.mode == 'Port' || has(self.vlanPool)").message("a port of mode Tagged needs a vlanPool, such as 100-199"),
    validation = Rule::new("self.kind == 'Uni' || (has(self.source.existing) && self.mode == 'Tagged')").message("a port of kind Enni exists already (source.existing) and is shared by S-VLAN: mode Tagged")
)]
#[serde(rename_all = "camelCase")]
pub struct SitePort {
    /// Name of the port within the site.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Name of the `ConnectivityProvider` that hands it over.
    #[schemars(length(min = 1, max = 253))]
    pub provider: String,
    /// What it is to the provider.
    pub kind: PortKind,
    /// Where it comes from.
    pub source: PortSource,
    /// How many services it carries.
    pub mode: PortMode,
    /// Which namespaces may use it. Absent means nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumers: Option<Consumers>,
    /// VLAN ids that may be given out on it: `100-199`. On a port of kind Enni they are S-VLAN ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 9))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{1,4}(-[0-9]{1,4})?$')").message("write a range of VLAN ids, such as 100-199"))]
    pub vlan_pool: Option<String>,
    /// Largest frame in octets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1522, max = 65535))]
    pub max_frame_size: Option<i64>,
    /// Most services on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 4094))]
    pub max_end_points: Option<i64>,
    /// Most bandwidth on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<BandwidthText>,
    /// What may fail together with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 128)))]
    pub risk_groups: Vec<String>,
    /// What people plug into: rack, panel, position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub demarcation: Option<String>,
}

/// Where a port comes from: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("has(self.existing) != has(self.dedicated)").message("source: state exactly one of existing, dedicated"))]
#[serde(rename_all = "camelCase")]
pub struct PortSource {
    /// A port that exists in the seller's inventory. It is never ordered or deleted by the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<ExistingPort>,
    /// A port that is ordered with a service, belongs to that service alone and is ended with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedicated: Option<DedicatedPort>,
}

/// A port in the seller's inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExistingPort {
    /// The seller's product id of it.
    #[schemars(length(min = 1, max = 128))]
    pub product_id: String,
}

/// A port to be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DedicatedPort {
    /// The seller's id of the offering.
    #[schemars(length(min = 1, max = 128))]
    pub offering: String,
    /// Physical layer (MEF 125 `physicalLink`), such as `10GBASE_LR`.
    #[schemars(length(min = 1, max = 64))]
    pub physical_link: String,
    /// Connector (`SC`, `LC`, `RJ45`, `OTHER`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    #[x_kube(validation = Rule::new("self in ['SC', 'LC', 'RJ45', 'OTHER']").message("write one of SC, LC, RJ45, OTHER"))]
    pub connector: Option<String>,
    /// Speed of the port: services that need more are not put on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<BandwidthText>,
    /// The term that it is bought for. Absent means the term of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<LsoTerm>,
}

/// What is known about the site.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteStatus {
    /// The generation that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, Reconciling, Stalled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::bounds::conditions")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Who must act, where somebody must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
}
