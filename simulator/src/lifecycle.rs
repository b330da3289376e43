//! Marks on documents that every API makes the same way: a state with its log, the seller's contact, notes.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::refusal::Issue;
use crate::scenario::SellerProfile;

/// Enters a state and logs it in `stateChange`.
pub(crate) fn enter(document: &mut Value, state: &str, reason: Option<&str>, now: Timestamp) {
    document["state"] = json!(state);
    let mut change = json!({"state": state, "changeDate": now.to_string()});
    if let Some(reason) = reason {
        change["changeReason"] = json!(reason);
    }
    append(document, "stateChange", change);
}

/// The state a document is in.
pub(crate) fn state(document: &Value) -> &str {
    document["state"].as_str().unwrap_or_default()
}

/// Adds an element to a list attribute, which is created when absent.
pub(crate) fn append(document: &mut Value, list: &str, element: Value) {
    match document[list].as_array_mut() {
        Some(elements) => elements.push(element),
        None => document[list] = json!([element]),
    }
}

/// Adds the seller's contact under the role that the API asks for.
pub(crate) fn sign(document: &mut Value, role: &str, seller: &SellerProfile) {
    append(document, "relatedContactInformation", contact(role, seller));
}

/// The seller's contact.
pub(crate) fn contact(role: &str, seller: &SellerProfile) -> Value {
    json!({
        "role": role,
        "name": seller.contact.name,
        "emailAddress": seller.contact.email_address,
        "number": seller.contact.number,
        "organization": seller.name,
    })
}

/// Adds a note of the seller.
pub(crate) fn note(document: &mut Value, text: &str, seller: &SellerProfile, now: Timestamp) {
    let number = document["note"].as_array().map_or(0, Vec::len) + 1;
    let note = json!({
        "id": format!("seller-{number}"),
        "author": seller.name,
        "date": now.to_string(),
        "source": "seller",
        "text": text,
    });
    append(document, "note", note);
}

/// Gives an item its `terminationError` entries (`value` carries the reason for people).
pub(crate) fn terminate(item: &mut Value, issues: &[Issue]) {
    for issue in issues {
        let mut error = json!({"code": issue.code, "value": issue.reason});
        if !issue.path.is_empty() {
            error["propertyPath"] = json!(issue.path);
        }
        append(item, "terminationError", error);
    }
}

/// The items of a document.
pub(crate) fn items<'a>(document: &'a mut Value, list: &str) -> impl Iterator<Item = &'a mut Value> {
    document[list].as_array_mut().into_iter().flatten()
}

/// The item with this id.
pub(crate) fn item<'a>(document: &'a mut Value, list: &str, id: &str) -> Option<&'a mut Value> {
    items(document, list).find(|item| item["id"] == id)
}
