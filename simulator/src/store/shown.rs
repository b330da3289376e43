//! What the inventory showed and when, for views of the past.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::{Books, Stored};

impl Books<'_> {
    /// Remembers what the inventory shows of a product from now on.
    pub(crate) fn remember_shown(&self, now: Timestamp, product: &str, wire: &Value) -> Stored<()> {
        self.run(
            "INSERT INTO shown (since, product, wire) VALUES (?1, ?2, ?3)",
            params![now.as_millisecond(), product, serde_json::to_string(wire)?],
        )?;
        Ok(())
    }

    /// What the inventory showed of a product at an instant.
    pub(crate) fn shown_at(&self, product: &str, instant: Timestamp) -> Stored<Option<Value>> {
        let text: Option<String> = self
            .transaction
            .prepare_cached(
                "SELECT wire FROM shown WHERE product = ?1 AND since <= ?2 ORDER BY number DESC LIMIT 1",
            )?
            .query_row(params![product, instant.as_millisecond()], |row| row.get(0))
            .optional()?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }
}

/// The products as the inventory showed them at an instant, with the columns of their table.
pub(super) fn products_at(instant: Timestamp) -> String {
    format!(
        "(SELECT product.number, owner, listed_from, hidden, shown.wire FROM product
          JOIN shown ON shown.product = product.id
          WHERE shown.number IN (SELECT MAX(number) FROM shown WHERE since <= {} GROUP BY product))",
        instant.as_millisecond()
    )
}
