//! What is to happen and to be delivered, each with its time.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};

use super::{Books, Stored};

impl Books<'_> {
    /// Puts something on the agenda of a subject.
    pub(crate) fn schedule(&self, due: Timestamp, subject: &str, happening: &impl Serialize) -> Stored<()> {
        self.run(
            "INSERT INTO agenda (due, subject, happening) VALUES (?1, ?2, ?3)",
            params![due.as_millisecond(), subject, serde_json::to_string(happening)?],
        )?;
        Ok(())
    }

    /// Takes the earliest thing that is due by `now` off the agenda.
    pub(crate) fn take_due<H: DeserializeOwned>(&self, now: Timestamp) -> Stored<Option<(Timestamp, H)>> {
        let found: Option<(i64, i64, String)> = self
            .transaction
            .prepare_cached(
                "SELECT number, due, happening FROM agenda WHERE due <= ?1 ORDER BY due, number LIMIT 1",
            )?
            .query_row([now.as_millisecond()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((number, due, text)) = found else { return Ok(None) };
        self.run("DELETE FROM agenda WHERE number = ?1", [number])?;
        let due = Timestamp::from_millisecond(due).unwrap_or(now);
        Ok(Some((due, serde_json::from_str(&text)?)))
    }

    /// Takes everything about a subject off the agenda, earliest first.
    pub(crate) fn unschedule<H: DeserializeOwned>(&self, subject: &str) -> Stored<Vec<(Timestamp, H)>> {
        let mut entries = Vec::new();
        {
            let mut statement = self.transaction.prepare_cached(
                "SELECT due, happening FROM agenda WHERE subject = ?1 ORDER BY due, number",
            )?;
            let rows = statement
                .query_map([subject], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
            for row in rows {
                let (due, text) = row?;
                let due = Timestamp::from_millisecond(due).unwrap_or(Timestamp::MAX);
                entries.push((due, serde_json::from_str(&text)?));
            }
        }
        self.run("DELETE FROM agenda WHERE subject = ?1", [subject])?;
        Ok(entries)
    }

    /// When the next thing on the agenda is due.
    pub(crate) fn next_due(&self) -> Stored<Option<Timestamp>> {
        let due: Option<i64> = self
            .transaction
            .prepare_cached("SELECT MIN(due) FROM agenda")?
            .query_row([], |row| row.get(0))?;
        Ok(due.and_then(|due| Timestamp::from_millisecond(due).ok()))
    }

    /// Adds something to deliver.
    pub(crate) fn post(&self, due: Timestamp, delivery: &impl Serialize) -> Stored<()> {
        self.run(
            "INSERT INTO outbox (due, attempts, delivery) VALUES (?1, 0, ?2)",
            params![due.as_millisecond(), serde_json::to_string(delivery)?],
        )?;
        Ok(())
    }

    /// The oldest delivery that is due, with its number and how often it was tried.
    pub(crate) fn next_delivery<D: DeserializeOwned>(&self, now: Timestamp) -> Stored<Option<(i64, u32, D)>> {
        let found: Option<(i64, u32, String)> = self
            .transaction
            .prepare_cached(
                "SELECT number, attempts, delivery FROM outbox WHERE due <= ?1 ORDER BY number LIMIT 1",
            )?
            .query_row([now.as_millisecond()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        found.map(|(number, attempts, text)| Ok((number, attempts, serde_json::from_str(&text)?))).transpose()
    }

    /// Removes a delivery, or puts it off.
    pub(crate) fn settle_delivery(&self, number: i64, again_at: Option<Timestamp>) -> Stored<()> {
        match again_at {
            None => self.run("DELETE FROM outbox WHERE number = ?1", [number])?,
            Some(due) => self.run(
                "UPDATE outbox SET due = ?2, attempts = attempts + 1 WHERE number = ?1",
                params![number, due.as_millisecond()],
            )?,
        };
        Ok(())
    }
}
