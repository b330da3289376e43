//! Product order, cancellation and charge (MEF 123).

use serde::{Deserialize, Serialize};

use super::{
    Contact, ItemTerm, Note, Price, Product, QualificationItemRef, Ref, Relationship, TerminationError,
    lenient, lenient_list, list,
};

/// `ProductOrder_Create`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Create {
    pub external_id: String,
    pub project_id: String,
    pub related_contact_information: Vec<Contact>,
    pub product_order_item: Vec<CreateItem>,
}

/// `MEFProductOrderItem_Create`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateItem {
    pub id: String,
    pub action: String,
    pub product: Product,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub product_order_item_relationship: Vec<Relationship>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_completion_date: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_contact_information: Vec<Contact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_item_term: Option<ItemTerm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_account: Option<Ref>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote_item: Option<QuoteItemRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_offering_qualification_item: Option<QualificationItemRef>,
    #[serde(rename = "relatedBuyerPON", skip_serializing_if = "Option::is_none")]
    pub related_buyer_pon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_customer_name: Option<String>,
}

/// `MEFQuoteItemRef`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuoteItemRef {
    pub quote_id: String,
    pub id: String,
}

/// `ProductOrder_Find`, as far as a search needs it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub id: String,
    #[serde(default)]
    pub project_id: Option<String>,
}

/// `ProductOrder`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub id: String,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub external_id: Option<String>,
    #[serde(default)]
    pub project_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub order_date: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub cancellation_reason: Option<String>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub state_change: Vec<StateChange>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub note: Vec<Note>,
    #[serde(default, deserialize_with = "list")]
    pub product_order_item: Vec<Item>,
}

/// `ProductOrderItem`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    #[serde(default, deserialize_with = "lenient")]
    pub id: Option<String>,
    #[serde(default)]
    pub action: String,
    #[serde(default, deserialize_with = "lenient")]
    pub state: Option<String>,
    #[serde(default)]
    pub product: Option<ItemProduct>,
    #[serde(default, deserialize_with = "lenient")]
    pub quote_item: Option<QuoteItemRef>,
    #[serde(default, deserialize_with = "lenient")]
    pub expected_completion_date: Option<String>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub milestone: Vec<Milestone>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub note: Vec<Note>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub termination_error: Vec<TerminationError>,
}

/// The product of an item: its id, as soon as there is one.
#[derive(Debug, Deserialize)]
pub struct ItemProduct {
    #[serde(default)]
    pub id: Option<String>,
}

/// `MEFMilestone`
#[derive(Debug, Clone, Deserialize)]
pub struct Milestone {
    pub name: String,
    #[serde(default, deserialize_with = "lenient")]
    pub date: Option<String>,
}

/// `MEFProductOrderStateChange`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateChange {
    #[serde(default, deserialize_with = "lenient")]
    pub state: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub change_reason: Option<String>,
}

/// `CancelProductOrder_Create`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cancel {
    pub product_order: OrderRef,
    pub cancellation_reason_type: String,
    pub related_contact_information: Vec<Contact>,
}

/// `MEFProductOrderRef`, and the order's part of `MEFProductOrderItemRef`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRef {
    pub product_order_id: String,
}

/// `CancelProductOrder`, and `CancelProductOrder_Find` with the fields it has.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cancellation {
    pub id: String,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub product_order: Option<OrderRef>,
    #[serde(default)]
    pub charge: Option<Ref>,
    #[serde(default, deserialize_with = "lenient")]
    pub cancellation_denied_reason: Option<String>,
}

/// `MEFProductOrderCharge`, and `MEFProductOrderCharge_Find` with the fields it has.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Charge {
    pub id: String,
    #[serde(default)]
    pub state: String,
    #[serde(default, deserialize_with = "lenient")]
    pub response_due_date: Option<String>,
    #[serde(default)]
    pub product_order: Option<OrderRef>,
    #[serde(default)]
    pub product_order_item: Option<OrderRef>,
    #[serde(default, deserialize_with = "lenient")]
    pub cancel_product_order: Option<Ref>,
    #[serde(default, deserialize_with = "list")]
    pub charge_item: Vec<ChargeItem>,
}

/// `MEFProductOrderChargeItem`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChargeItem {
    pub id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub blocking: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    pub state: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub acceptance_indicator: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub price_category: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub price_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub recurring_charge_period: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub price: Option<Price>,
}

/// `MEFProductOrderCharge_Update`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChargeUpdate {
    pub charge_item: Vec<ChargeAnswer>,
}

/// `MEFProductOrderChargeItem_Update`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChargeAnswer {
    pub id: String,
    pub acceptance_indicator: String,
}
