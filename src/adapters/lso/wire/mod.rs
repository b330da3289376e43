//! What goes over the wire, type by type (release Grace). Requests are written exactly; answers are read leniently:
//! unknown fields are ignored, states and other words stay words, and what is only shown to people may be of any shape.
//!
//! This room must not know the model.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

pub mod address;
pub mod inventory;
pub mod order;
pub mod qualification;
pub mod quote;

/// Reads a field that nothing depends on: a value of an unexpected shape counts as absent.
pub fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

/// Reads a list of things that nothing depends on: those of an unexpected shape are left out, and no list is an empty one.
pub fn lenient_list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let value = Value::deserialize(from)?;
    let items = value.as_array().cloned().unwrap_or_default();
    Ok(items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
}

/// Reads a list in which everything counts; `null` is an empty one.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    Option::<Vec<T>>::deserialize(from).map(Option::unwrap_or_default)
}

/// A reference by id, such as `productOffering` and `billingAccount`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ref {
    pub id: String,
}

/// `RelatedContactInformation`
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    pub role: String,
    pub name: String,
    pub email_address: String,
    pub number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

/// `Duration` of the APIs: an amount and a `TimeUnit` word. Product schemas have another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Duration {
    pub amount: i64,
    pub units: String,
}

/// `MEFItemTerm`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemTerm {
    #[serde(default)]
    pub name: String,
    pub duration: Duration,
    #[serde(default)]
    pub end_of_term_action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roll_interval: Option<Duration>,
}

/// `Price`, as far as we count: net of tax.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    #[serde(default, deserialize_with = "lenient")]
    pub duty_free_amount: Option<Money>,
}

/// `Money`. The specification makes the value a JSON number; its text is what counts.
#[derive(Debug, Clone, Deserialize)]
pub struct Money {
    #[serde(default, deserialize_with = "lenient")]
    pub unit: Option<String>,
    #[serde(default)]
    pub value: Option<Value>,
}

/// A relationship to a product: `ProductRelationship`, with or without grouping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relationship {
    pub relationship_type: String,
    pub id: String,
}

/// `RelatedPlaceRefOrValue` as we send it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Place {
    /// `GeographicSiteRef`, `GeographicAddressRef`
    Reference {
        #[serde(rename = "@type")]
        kind: &'static str,
        role: &'static str,
        id: String,
    },
    /// `FieldedAddress`
    Address {
        role: &'static str,
        #[serde(flatten)]
        address: address::FieldedAddress,
    },
}

/// `MEFProductRefOrValue…` as we send it.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_offering: Option<Ref>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_configuration: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub product_relationship: Vec<Relationship>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub place: Vec<Place>,
}

/// A reference to an item of a qualification.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QualificationItemRef {
    pub product_offering_qualification_id: String,
    pub id: String,
}

/// `TerminationError`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TerminationError {
    #[serde(default, deserialize_with = "lenient")]
    pub code: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub property_path: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub value: Option<String>,
}

/// `Note`
#[derive(Debug, Clone, Deserialize)]
pub struct Note {
    #[serde(default, deserialize_with = "lenient")]
    pub source: Option<String>,
    #[serde(default)]
    pub text: String,
}

/// `Error` (and `Error422` with its path), as far as the seller kept to it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Error {
    #[serde(default, deserialize_with = "lenient")]
    pub code: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub reason: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub message: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub property_path: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_nothing_depends_on_may_have_any_shape() {
        let error: Error = serde_json::from_value(json!({"code": 7, "reason": ["x"], "extra": {}})).unwrap();
        assert!(error.code.is_none() && error.reason.is_none());
        let note: Note = serde_json::from_value(json!({"text": "late"})).unwrap();
        assert_eq!((note.source, note.text.as_str()), (None, "late"));
    }

    #[test]
    fn absent_and_null_lists_are_empty() {
        #[derive(Deserialize)]
        struct Lists {
            #[serde(default, deserialize_with = "list")]
            strict: Vec<Ref>,
            #[serde(default, deserialize_with = "lenient_list")]
            shown: Vec<Ref>,
        }
        for value in [json!({}), json!({"strict": null, "shown": null}), json!({"shown": [7]})] {
            let lists: Lists = serde_json::from_value(value).unwrap();
            assert!(lists.strict.is_empty() && lists.shown.is_empty());
        }
        assert!(serde_json::from_value::<Lists>(json!({"strict": [7]})).is_err());
    }
}
