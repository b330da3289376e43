//! Which service a segment asks its seller for: the product, both ends, the design and its term.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::lso::{TermEnd, TermUnit};
use crate::api::site::SiteAddress;
use crate::api::text::BandwidthText;

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
