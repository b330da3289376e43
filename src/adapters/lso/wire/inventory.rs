//! Product inventory (MEF 116).

use serde::Deserialize;
use serde_json::Value;

use super::quote::ItemPrice;
use super::{ItemTerm, Ref, Relationship, lenient, lenient_list};

/// `MEFProduct`, and `MEFProduct_Find` with the fields it has.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    pub id: String,
    #[serde(default)]
    pub status: String,
    #[serde(default, deserialize_with = "lenient")]
    pub start_date: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub termination_date: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub product_offering: Option<Ref>,
    #[serde(default)]
    pub product_configuration: Option<Value>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub product_relationship: Vec<Relationship>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub product_order_item: Vec<OrderItemRef>,
    #[serde(default, deserialize_with = "lenient_list")]
    pub product_term: Vec<ItemTerm>,
    /// Prices that cannot all be read are none: a part of them would be too little.
    #[serde(default, deserialize_with = "lenient")]
    pub product_price: Option<Vec<ItemPrice>>,
}

/// `MEFProductOrderItemRef`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderItemRef {
    pub product_order_id: String,
}
