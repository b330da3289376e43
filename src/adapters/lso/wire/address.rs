//! Address validation (MEF 121).

use serde::{Deserialize, Serialize};

use super::lenient;

/// `GeographicAddressValidation_Create`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    pub provide_alternative: bool,
    pub submitted_geographic_address: FieldedAddress,
}

/// `FieldedAddress`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldedAddress {
    #[serde(rename = "@type", default)]
    pub kind: String,
    #[serde(default)]
    pub country: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_or_province: Option<String>,
    #[serde(default)]
    pub city: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    #[serde(default)]
    pub street_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_nr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_type: Option<String>,
}

/// `GeographicAddressValidation`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validated {
    #[serde(default)]
    pub best_match_geographic_address: Option<Found>,
    #[serde(default, deserialize_with = "super::lenient_list")]
    pub alternate_geographic_address: Vec<FieldedAddress>,
}

/// An address of the seller.
#[derive(Debug, Deserialize)]
pub struct Found {
    #[serde(default, deserialize_with = "lenient")]
    pub id: Option<String>,
}
