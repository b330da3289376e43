//! Product inventory (MEF 116).

use serde::Deserialize;
use serde_json::Value;

use super::{Ref, Relationship, lenient, lenient_list};

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
}
