//! Quote (MEF 115).

use serde::{Deserialize, Serialize};

use super::{
    Contact, Duration, ItemTerm, Note, Price, Product, QualificationItemRef, Relationship, TerminationError,
    lenient, lenient_list, list,
};

/// `Quote_Create`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Create {
    pub buyer_requested_quote_level: String,
    pub instant_sync_quote: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_quote_completion_date: Option<String>,
    pub related_contact_information: Vec<Contact>,
    pub quote_item: Vec<CreateItem>,
}

/// `MEFQuoteItem_Create`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateItem {
    pub id: String,
    pub action: String,
    pub product: Product,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quote_item_relationship: Vec<Relationship>,
    pub requested_quote_item_term: ItemTerm,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_offering_qualification_item: Option<QualificationItemRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement_name: Option<String>,
    pub related_contact_information: Vec<Contact>,
}

/// `Quote`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    pub id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub state: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub quote_level: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub valid_for: Option<TimePeriod>,
    #[serde(default, deserialize_with = "lenient")]
    pub expected_quote_completion_date: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub quote_item: Vec<Item>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub note: Vec<Note>,
}

/// `TimePeriod`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimePeriod {
    #[serde(default, deserialize_with = "lenient")]
    pub end_date_time: Option<String>,
}

/// `QuoteItem`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    pub id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub state: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub requested_quote_item_term: Option<ItemTerm>,
    #[serde(default, deserialize_with = "list")]
    pub quote_item_term: Vec<ItemTerm>,
    #[serde(default, deserialize_with = "list")]
    pub quote_item_price: Vec<ItemPrice>,
    #[serde(default, deserialize_with = "lenient")]
    pub quote_item_installation_interval: Option<Duration>,
    #[serde(default)]
    pub subject_to_feasibility_check: Option<bool>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub note: Vec<Note>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub termination_error: Vec<TerminationError>,
}

/// `QuotePrice`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemPrice {
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub price_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub recurring_charge_period: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub price: Option<Price>,
}
