//! Binds `productConfiguration` to its product schema: `@type` is the root `$id` of the schema (the
//! discriminator of `MEFProductConfiguration` in the OpenAPI files has no mapping, so the binding is made
//! here).

use std::collections::BTreeMap;

use serde_json::Value;

use super::schemas::{Address, Schemas};

/// Product schemas by URN.
pub(super) struct Products(BTreeMap<String, Address>);

impl Products {
    /// Finds every schema below `productSchema` that has a root `$id`.
    pub(super) fn index(schemas: &Schemas) -> Self {
        let rooted = schemas.documents().filter_map(|(file, document)| {
            let urn = document.get("$id").and_then(Value::as_str)?;
            Some((urn.to_owned(), Address::root(file)))
        });
        Self(rooted.collect())
    }

    /// The schema a configuration says it follows.
    pub(super) fn schema(&self, urn: &str) -> Option<&Address> {
        self.0.get(urn)
    }

    /// All known URNs.
    pub(super) fn urns(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// All product schemas.
    #[cfg(test)]
    pub(super) fn schemas(&self) -> impl Iterator<Item = &Address> {
        self.0.values()
    }
}
