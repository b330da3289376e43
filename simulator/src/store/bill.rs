//! What is billed once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Books, Stored};

/// An entry of a bill that is not a recurring price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillEntry {
    /// Product or order it is for.
    pub subject: String,
    /// What for.
    pub reason: String,
    /// Net amount as a decimal number.
    pub amount: rust_decimal::Decimal,
    /// ISO 4217 code.
    pub currency: String,
    /// When, RFC 3339.
    pub at: Timestamp,
}

impl Books<'_> {
    /// Adds an entry to the bill.
    pub(crate) fn bill(&self, entry: &BillEntry) -> Stored<()> {
        let text = serde_json::to_string(entry)?;
        self.run("INSERT INTO bill (subject, entry) VALUES (?1, ?2)", [&entry.subject, &text])?;
        Ok(())
    }

    /// All entries of the bill, oldest first.
    pub(crate) fn billed(&self) -> Stored<Vec<BillEntry>> {
        let mut statement = self.transaction.prepare_cached("SELECT entry FROM bill ORDER BY number")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut entries = Vec::new();
        for text in rows {
            entries.push(serde_json::from_str(&text?)?);
        }
        Ok(entries)
    }
}
