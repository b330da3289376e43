//! Where the seller is: sites, the UNIs at them, how they are connected, and what already runs there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{BitRate, VlanRange};

/// A place the seller serves.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Site {
    /// Id as `GeographicSiteRef`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Id as `GeographicAddressRef`, the result of an address validation.
    pub address_id: String,
    /// Postal address.
    pub address: Address,
    /// Position, for validations by `MEFGeographicPoint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Names the trade gives the place, such as a CLLI code.
    #[serde(default)]
    pub labels: Vec<AddressLabel>,
    /// The place has a public site such as a meet-me room.
    #[serde(default)]
    pub public: bool,
}

/// A fielded address (MEF 121 `FieldedAddress`), the parts that matter for a match.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Address {
    /// ISO 3166 code.
    pub country: String,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_or_province: Option<String>,
    /// City.
    pub city: String,
    /// Post code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// Street without its type.
    pub street_name: String,
    /// Such as `Drive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_type: Option<String>,
    /// House number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_nr: Option<String>,
}

/// A position, EPSG:4326.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Location {
    /// Degrees north (LSO `x`).
    pub latitude: f64,
    /// Degrees east (LSO `y`).
    pub longitude: f64,
}

/// A name the trade gives a place (MEF 121 `GeographicAddressLabel`).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddressLabel {
    /// `externalReferenceType`, such as `CLLI`.
    pub reference_type: String,
    /// `externalReferenceId`.
    pub reference_id: String,
}

/// What a UNI hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PortMode {
    /// All frames belong to one service: EPL.
    Port,
    /// Services are told apart by VLAN: EVPL.
    Tagged,
}

/// A subscriber UNI.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Uni {
    /// Product id in the inventory.
    pub id: String,
    /// Site id.
    pub site: String,
    /// What it hands over.
    pub mode: PortMode,
    /// Bit rate that the services on it may use together, each way.
    pub bandwidth: BitRate,
    /// How many services it carries (`maximumNumberOfEndPoints`); a `Port` carries one.
    #[serde(default = "one")]
    pub max_end_points: u32,
    /// VLAN ids that may be used; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlans: Option<VlanRange>,
    /// `maximumServiceFrameSize` in bytes.
    #[serde(default = "jumbo")]
    pub max_frame_size: u32,
    /// LSO name of the physical layer, such as `100GBASE_LR4`.
    #[serde(default = "ten_gigabit")]
    pub physical_link: String,
    /// `LC`, `SC`, `RJ45` or `OTHER`.
    #[serde(default = "lc")]
    pub connector: String,
    /// Offering id shown in the inventory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offering: Option<String>,
}

/// An ENNI between the seller and the buyer. It is never sold; services end at it by S-VLAN.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Enni {
    /// Product id in the inventory.
    pub id: String,
    /// Site id.
    pub site: String,
    /// Bit rate that the services on it may use together, each way.
    pub bandwidth: BitRate,
    /// How many services end at it (`maximumNumberOfOvcs`).
    #[serde(default = "one")]
    pub max_end_points: u32,
    /// S-VLAN ids that may be used; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s_vlans: Option<VlanRange>,
    /// Largest frame in bytes (`maximumFrameSizeMultilateral`).
    #[serde(default = "jumbo")]
    pub max_frame_size: u32,
}

fn one() -> u32 {
    1
}

fn jumbo() -> u32 {
    9100
}

fn ten_gigabit() -> String {
    "10GBASE_LR".to_owned()
}

fn lc() -> String {
    "LC".to_owned()
}

/// Two sites that the seller can connect.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SitePair {
    /// Both site ids; twice the same for services that stay in one site.
    pub sites: [String; 2],
    /// Distance tier; prices and SLS are listed per tier.
    pub tier: String,
    /// Bit rate that all services between the two may use together; absent means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<BitRate>,
    /// Qualifies yellow instead of green, for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

impl SitePair {
    /// Whether these are the two sites, in either order.
    pub fn joins(&self, a: &str, z: &str) -> bool {
        let [first, second] = &self.sites;
        (first == a && second == z) || (first == z && second == a)
    }
}

/// An E-Line of the buyer that exists from the first day and was not ordered here.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExistingService {
    /// Product id in the inventory.
    pub id: String,
    /// Offering id.
    pub offering: String,
    /// Class of service.
    pub class_of_service: String,
    /// UNIs at A and Z.
    pub unis: [String; 2],
    /// VLAN ids at both ends; absent on an EPL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlans: Option<VlanRange>,
    /// Committed bit rate.
    pub bandwidth: BitRate,
    /// Buyer's identifier of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}
