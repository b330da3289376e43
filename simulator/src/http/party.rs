//! Between whom a request is: `buyerId` and `sellerId` in the query of every operation, present exactly when a side
//! stands for several parties.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::conduct::Asides;
use crate::refusal::{MalformedCode, Refusal};
use crate::seller::Seller;

/// The query of a request and the parties it names.
pub(super) struct Party {
    /// The key under which documents are kept.
    pub(super) owner: String,
    /// `buyerId` and `sellerId`, to be repeated in events.
    pub(super) ids: Value,
    /// The other parameters; of a repeated one the last.
    pub(super) query: BTreeMap<String, String>,
    /// What a fault wants of the operation.
    pub(super) asides: Asides,
}

impl FromRequestParts<Seller> for Party {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, seller: &Seller) -> Result<Self, Refusal> {
        let raw = parts.uri.query().unwrap_or_default();
        let mut query: BTreeMap<String, String> =
            form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
        let profile = &seller.scenario().seller;
        let strict = seller.scenario().validation.guide_rules;
        let buyer = side(&mut query, "buyerId", &profile.buyer_ids, strict)?;
        let seller = side(&mut query, "sellerId", &profile.seller_ids, strict)?;
        let mut ids = json!({});
        for (name, id) in [("buyerId", &buyer), ("sellerId", &seller)] {
            if let Some(id) = id {
                ids[name] = json!(id);
            }
        }
        let owner = match (&buyer, &seller) {
            (None, None) => "single".to_owned(),
            (buyer, seller) => {
                format!("{}|{}", buyer.as_deref().unwrap_or_default(), seller.as_deref().unwrap_or_default())
            }
        };
        let asides = parts.extensions.get().copied().unwrap_or_default();
        Ok(Self { owner, ids, query, asides })
    }
}

fn side(
    query: &mut BTreeMap<String, String>,
    name: &str,
    known: &[String],
    strict: bool,
) -> Result<Option<String>, Refusal> {
    let refuse = |code, reason: String| Err(Refusal::Malformed { code, reason });
    let several = known.len() > 1;
    match query.remove(name) {
        None if several => refuse(MalformedCode::MissingQueryParameter, format!("{name} is required")),
        Some(id) if several && id.is_empty() => {
            refuse(MalformedCode::MissingQueryValue, format!("{name} has no value"))
        }
        Some(id) if several && !known.contains(&id) => {
            refuse(MalformedCode::InvalidQuery, format!("{name} '{id}' is not known"))
        }
        Some(id) if several => Ok(Some(id)),
        Some(_) if strict => {
            refuse(MalformedCode::InvalidQuery, format!("{name} must not be sent: there is only one"))
        }
        Some(_) | None => Ok(None),
    }
}
