//! Product offering qualification (MEF 87).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Contact, Duration, Product, Relationship, TerminationError, lenient, lenient_list, list};

/// `ProductOfferingQualification_Create`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Create {
    pub instant_sync_qualification: bool,
    pub provide_alternative: bool,
    #[serde(rename = "requestedPOQCompletionDate", skip_serializing_if = "Option::is_none")]
    pub requested_completion: Option<String>,
    pub related_contact_information: Vec<Contact>,
    pub product_offering_qualification_item: Vec<CreateItem>,
}

/// `ProductOfferingQualificationItem_Create`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateItem {
    pub id: String,
    pub action: String,
    pub product: Product,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub qualification_item_relationship: Vec<Relationship>,
}

/// `ProductOfferingQualification`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Qualification {
    pub id: String,
    #[serde(default)]
    pub state: String,
    #[serde(rename = "expectedPOQCompletionDate", default, deserialize_with = "lenient")]
    pub expected_completion: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub product_offering_qualification_item: Vec<Item>,
}

/// `ProductOfferingQualificationItem`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    pub id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub serviceability_confidence: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub serviceability_confidence_reason: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub installation_interval: Option<Duration>,
    #[serde(default, deserialize_with = "lenient")]
    pub guaranteed_until_date: Option<String>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub alternate_product_offering_proposal: Vec<Proposal>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub termination_error: Vec<TerminationError>,
}

/// `AlternateProductOfferingProposal`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    #[serde(default, deserialize_with = "lenient")]
    pub installation_interval: Option<Duration>,
    #[serde(default, deserialize_with = "lenient")]
    pub alternate_product: Option<AlternateProduct>,
}

/// The product of a proposal.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlternateProduct {
    #[serde(default)]
    pub product_configuration: Value,
}
