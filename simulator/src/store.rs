//! Where a seller keeps what it answered: one SQLite database, in a file or in memory, and the only SQL of this
//! crate. Stores documents, the agenda of things to come, the load of UNIs and site pairs, bills, and events to
//! deliver. Knows the shape of none of the documents and decides nothing.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{
    Connection, OptionalExtension, Row, ToSql, Transaction, params, params_from_iter, types::Value as Sql,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A failure of the database; nothing of the transaction was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("the state could not be read or written: {0}")]
    Database(#[from] rusqlite::Error),
    /// A stored document is not what this version writes.
    #[error("stored state is not readable by this version: {0}")]
    Document(#[from] serde_json::Error),
    /// Work of the seller itself was refused.
    #[error("the state does not fit together: {0}")]
    Refused(String),
}

/// Result of a store operation.
pub type Stored<T> = Result<T, StoreError>;

/// What kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Qualification,
    Quote,
    Order,
    Cancel,
    Charge,
    Product,
    Hub,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Qualification => "qualification",
            Self::Quote => "quote",
            Self::Order => "order",
            Self::Cancel => "cancel",
            Self::Charge => "charge",
            Self::Product => "product",
            Self::Hub => "hub",
        }
    }
}

/// A document: what the buyer sees (`wire`) and what only the seller knows (`memo`).
#[derive(Clone, Debug)]
pub(crate) struct Record<M> {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    /// Which buyer and seller it is between; empty is for everybody.
    pub(crate) owner: String,
    /// Not in lists before this instant.
    pub(crate) listed_from: Timestamp,
    /// Not to be read at all.
    pub(crate) hidden: bool,
    pub(crate) wire: Value,
    pub(crate) memo: M,
}

/// One condition of a list, on the wire document. Paths are SQLite JSON paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// The value at the path.
    Is(&'static str, String),
    /// The value at one path or the other.
    EitherIs(&'static str, &'static str, String),
    /// The value at the path inside any element of the array.
    AnyOf { array: &'static str, path: &'static str, is: String },
    /// The instant at the path is later.
    After(&'static str, Timestamp),
    /// The instant at the path is earlier.
    Before(&'static str, Timestamp),
    /// The same inside any element of the array.
    AnyAfter { array: &'static str, path: &'static str, than: Timestamp },
    /// The same inside any element of the array.
    AnyBefore { array: &'static str, path: &'static str, than: Timestamp },
}

/// Which page of which documents.
pub(crate) struct Selection<'a> {
    pub(crate) kind: Kind,
    pub(crate) owner: &'a str,
    pub(crate) filters: &'a [Filter],
    pub(crate) now: Timestamp,
    pub(crate) offset: u32,
    pub(crate) limit: u32,
}

/// What a product uses at one UNI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct PortClaim {
    pub(crate) uni: String,
    /// VLAN ids; 0 is untagged and priority tagged frames.
    pub(crate) vlans: BTreeSet<u16>,
}

/// What a product uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct Claim {
    pub(crate) ports: Vec<PortClaim>,
    pub(crate) pair: String,
    /// Bit/s, each way.
    pub(crate) committed: u64,
}

/// What others use at one UNI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PortLoad {
    pub(crate) end_points: u32,
    pub(crate) committed: u64,
}

/// An entry of a bill that is not a recurring price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
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

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS document (
  kind TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, owner TEXT NOT NULL,
  listed_from INTEGER NOT NULL, hidden INTEGER NOT NULL, wire TEXT NOT NULL, memo TEXT NOT NULL,
  PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS document_number ON document (kind, number);
CREATE INDEX IF NOT EXISTS document_external ON document (kind, json_extract(wire, '$.externalId'));
CREATE INDEX IF NOT EXISTS document_project ON document (kind, json_extract(wire, '$.projectId'));
CREATE TABLE IF NOT EXISTS agenda (
  number INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL, subject TEXT NOT NULL, happening TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS agenda_due ON agenda (due, number);
CREATE INDEX IF NOT EXISTS agenda_subject ON agenda (subject);
CREATE TABLE IF NOT EXISTS port_use (
  product TEXT NOT NULL, uni TEXT NOT NULL, committed INTEGER NOT NULL, PRIMARY KEY (product, uni)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS port_use_uni ON port_use (uni, committed);
CREATE TABLE IF NOT EXISTS vlan_use (
  uni TEXT NOT NULL, vlan INTEGER NOT NULL, product TEXT NOT NULL, PRIMARY KEY (uni, vlan, product)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS vlan_use_product ON vlan_use (product);
CREATE TABLE IF NOT EXISTS pair_use (
  product TEXT PRIMARY KEY, pair TEXT NOT NULL, committed INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS pair_use_pair ON pair_use (pair, committed);
CREATE TABLE IF NOT EXISTS bill (
  number INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, entry TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (
  number INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL, attempts INTEGER NOT NULL, delivery TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
";

/// A seller's database.
pub struct Store {
    connection: Connection,
}

impl Store {
    /// A database that is gone when the process ends.
    ///
    /// # Errors
    /// When SQLite cannot allocate it.
    pub fn in_memory() -> Stored<Self> {
        Self::prepare(Connection::open_in_memory()?)
    }

    /// A database in a file, created when absent. Every answered request is on disk before it is answered.
    ///
    /// # Errors
    /// When the file cannot be opened or is not a database.
    pub fn file(path: &Path) -> Stored<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        Self::prepare(connection)
    }

    fn prepare(connection: Connection) -> Stored<Self> {
        connection.execute_batch(SCHEMA)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection })
    }

    /// Opens the books for one unit of work; nothing is kept unless [`Books::keep`] is called.
    pub(crate) fn books(&mut self) -> Stored<Books<'_>> {
        let transaction =
            self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        Ok(Books { transaction })
    }
}

/// The database within one transaction.
pub(crate) struct Books<'a> {
    transaction: Transaction<'a>,
}

impl Books<'_> {
    /// Makes everything since [`Store::books`] permanent.
    pub(crate) fn keep(self) -> Stored<()> {
        Ok(self.transaction.commit()?)
    }

    /// Runs a part of the transaction; when it fails, what it did is undone and the rest of the transaction stands.
    pub(crate) fn attempt<T, E: From<StoreError>>(
        &self,
        part: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.run("SAVEPOINT attempt", []).map_err(E::from)?;
        let outcome = part();
        if outcome.is_err() {
            self.run("ROLLBACK TO attempt", []).map_err(E::from)?;
        }
        self.run("RELEASE attempt", []).map_err(E::from)?;
        outcome
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Stored<usize> {
        Ok(self.transaction.prepare_cached(sql)?.execute(values)?)
    }

    fn number(&self, sql: &str, values: impl rusqlite::Params) -> Stored<u64> {
        let value: Option<i64> = self.transaction.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
        Ok(value.and_then(|value| value.try_into().ok()).unwrap_or(0))
    }

    /// The next number of a series, from 1.
    pub(crate) fn next(&self, series: &str) -> Stored<u64> {
        self.number(
            "INSERT INTO setting (name, value) VALUES ('series/' || ?1, '1')
             ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING CAST(value AS INTEGER)",
            [series],
        )
    }

    /// A setting of the running seller.
    pub(crate) fn setting<T: DeserializeOwned>(&self, name: &str) -> Stored<Option<T>> {
        let text: Option<String> = self
            .transaction
            .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// Sets a setting of the running seller.
    pub(crate) fn set(&self, name: &str, value: &impl Serialize) -> Stored<()> {
        let text = serde_json::to_string(value)?;
        self.run(
            "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            [name, &text],
        )?;
        Ok(())
    }

    /// Adds a document or replaces the one with its id.
    pub(crate) fn put<M: Serialize>(&self, record: &Record<M>) -> Stored<()> {
        self.run(
            "INSERT INTO document (kind, id, number, owner, listed_from, hidden, wire, memo)
             VALUES (?1, ?2, (SELECT COALESCE(MAX(number), 0) + 1 FROM document WHERE kind = ?1), ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (kind, id) DO UPDATE SET owner = ?3, listed_from = ?4, hidden = ?5, wire = ?6, memo = ?7",
            params![
                record.kind.name(),
                record.id,
                record.owner,
                record.listed_from.as_millisecond(),
                record.hidden,
                serde_json::to_string(&record.wire)?,
                serde_json::to_string(&record.memo)?,
            ],
        )?;
        Ok(())
    }

    /// The document with this id, hidden or not.
    pub(crate) fn get<M: DeserializeOwned>(&self, kind: Kind, id: &str) -> Stored<Option<Record<M>>> {
        let found = self
            .transaction
            .prepare_cached(
                "SELECT id, owner, listed_from, hidden, wire, memo FROM document WHERE kind = ?1 AND id = ?2",
            )?
            .query_row([kind.name(), id], RawRecord::read)
            .optional()?;
        found.map(|raw| raw.open(kind)).transpose()
    }

    /// Removes a document.
    pub(crate) fn remove(&self, kind: Kind, id: &str) -> Stored<bool> {
        Ok(self.run("DELETE FROM document WHERE kind = ?1 AND id = ?2", [kind.name(), id])? > 0)
    }

    /// All documents of a kind, oldest first.
    pub(crate) fn all<M: DeserializeOwned>(&self, kind: Kind) -> Stored<Vec<Record<M>>> {
        self.query(
            "SELECT id, owner, listed_from, hidden, wire, memo FROM document WHERE kind = ?1 ORDER BY number",
            [kind.name()],
            kind,
        )
    }

    /// One page of the documents that fit, oldest first, and how many fit in all.
    pub(crate) fn list(&self, selection: &Selection<'_>) -> Stored<(Vec<Value>, u64)> {
        let mut clause =
            String::from("kind = ?1 AND (owner = ?2 OR owner = '') AND listed_from <= ?3 AND hidden = 0");
        let mut values: Vec<Sql> = vec![
            selection.kind.name().to_owned().into(),
            selection.owner.to_owned().into(),
            selection.now.as_millisecond().into(),
        ];
        for filter in selection.filters {
            clause.push_str(" AND ");
            clause.push_str(&filter.clause(&mut values));
        }
        let count = format!("SELECT COUNT(*) FROM document WHERE {clause}");
        let total = self.number(&count, params_from_iter(values.clone()))?;
        let page = format!(
            "SELECT wire FROM document WHERE {clause} ORDER BY number LIMIT {} OFFSET {}",
            selection.limit, selection.offset
        );
        let mut statement = self.transaction.prepare_cached(&page)?;
        let texts = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(0))?;
        let mut wires = Vec::new();
        for text in texts {
            wires.push(serde_json::from_str(&text?)?);
        }
        Ok((wires, total))
    }

    fn query<M: DeserializeOwned>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        kind: Kind,
    ) -> Stored<Vec<Record<M>>> {
        let mut statement = self.transaction.prepare_cached(sql)?;
        let rows = statement.query_map(values, RawRecord::read)?;
        let mut records = Vec::new();
        for row in rows {
            records.push(row?.open(kind)?);
        }
        Ok(records)
    }

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

    /// Replaces what a product uses.
    pub(crate) fn claim(&self, product: &str, claim: &Claim) -> Stored<()> {
        self.release(product)?;
        for port in &claim.ports {
            self.run(
                "INSERT OR REPLACE INTO port_use (product, uni, committed) VALUES (?1, ?2, ?3)",
                params![product, port.uni, bits(claim.committed)],
            )?;
            for vlan in &port.vlans {
                self.run(
                    "INSERT INTO vlan_use (uni, vlan, product) VALUES (?1, ?2, ?3)",
                    params![port.uni, vlan, product],
                )?;
            }
        }
        self.run(
            "INSERT INTO pair_use (product, pair, committed) VALUES (?1, ?2, ?3)",
            params![product, claim.pair, bits(claim.committed)],
        )?;
        Ok(())
    }

    /// Frees what a product uses.
    pub(crate) fn release(&self, product: &str) -> Stored<()> {
        self.run("DELETE FROM port_use WHERE product = ?1", [product])?;
        self.run("DELETE FROM vlan_use WHERE product = ?1", [product])?;
        self.run("DELETE FROM pair_use WHERE product = ?1", [product])?;
        Ok(())
    }

    /// What products other than `except` use at a UNI.
    pub(crate) fn port_load(&self, uni: &str, except: Option<&str>) -> Stored<PortLoad> {
        let (end_points, committed): (u32, i64) = self
            .transaction
            .prepare_cached(
                "SELECT COUNT(*), COALESCE(SUM(committed), 0) FROM port_use WHERE uni = ?1 AND product IS NOT ?2",
            )?
            .query_row(params![uni, except], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(PortLoad { end_points, committed: committed.try_into().unwrap_or(0) })
    }

    /// Which of these VLAN ids products other than `except` use at a UNI.
    pub(crate) fn vlans_taken(
        &self,
        uni: &str,
        vlans: &BTreeSet<u16>,
        except: Option<&str>,
    ) -> Stored<BTreeSet<u16>> {
        let mut taken = BTreeSet::new();
        for vlan in vlans {
            let sql = "SELECT COUNT(*) FROM vlan_use WHERE uni = ?1 AND vlan = ?2 AND product IS NOT ?3";
            if self.number(sql, params![uni, vlan, except])? > 0 {
                taken.insert(*vlan);
            }
        }
        Ok(taken)
    }

    /// Bit/s that products other than `except` use between two sites.
    pub(crate) fn pair_load(&self, pair: &str, except: Option<&str>) -> Stored<u64> {
        self.number(
            "SELECT COALESCE(SUM(committed), 0) FROM pair_use WHERE pair = ?1 AND product IS NOT ?2",
            params![pair, except],
        )
    }

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

struct RawRecord {
    id: String,
    owner: String,
    listed_from: i64,
    hidden: bool,
    wire: String,
    memo: String,
}

impl RawRecord {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            owner: row.get(1)?,
            listed_from: row.get(2)?,
            hidden: row.get(3)?,
            wire: row.get(4)?,
            memo: row.get(5)?,
        })
    }

    fn open<M: DeserializeOwned>(self, kind: Kind) -> Stored<Record<M>> {
        Ok(Record {
            kind,
            id: self.id,
            owner: self.owner,
            listed_from: Timestamp::from_millisecond(self.listed_from).unwrap_or(Timestamp::MAX),
            hidden: self.hidden,
            wire: serde_json::from_str(&self.wire)?,
            memo: serde_json::from_str(&self.memo)?,
        })
    }
}

impl Filter {
    /// The SQL condition; its values are appended to `values`.
    fn clause(&self, values: &mut Vec<Sql>) -> String {
        let mut bind = |value: Sql| {
            values.push(value);
            format!("?{}", values.len())
        };
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double")]
        let seconds = |instant: &Timestamp| Sql::Real(instant.as_millisecond() as f64 / 1000.0);
        let any = |array: &str, condition: String| {
            format!("EXISTS (SELECT 1 FROM json_each(wire, '{array}') AS element WHERE {condition})")
        };
        match self {
            Self::Is(path, value) => format!("json_extract(wire, '{path}') = {}", bind(value.clone().into())),
            Self::EitherIs(one, other, value) => {
                let at = bind(value.clone().into());
                format!("(json_extract(wire, '{one}') = {at} OR json_extract(wire, '{other}') = {at})")
            }
            Self::AnyOf { array, path, is } => {
                any(array, format!("json_extract(element.value, '{path}') = {}", bind(is.clone().into())))
            }
            Self::After(path, than) => {
                format!("unixepoch(json_extract(wire, '{path}'), 'subsec') > {}", bind(seconds(than)))
            }
            Self::Before(path, than) => {
                format!("unixepoch(json_extract(wire, '{path}'), 'subsec') < {}", bind(seconds(than)))
            }
            Self::AnyAfter { array, path, than } => any(
                array,
                format!(
                    "unixepoch(json_extract(element.value, '{path}'), 'subsec') > {}",
                    bind(seconds(than))
                ),
            ),
            Self::AnyBefore { array, path, than } => any(
                array,
                format!(
                    "unixepoch(json_extract(element.value, '{path}'), 'subsec') < {}",
                    bind(seconds(than))
                ),
            ),
        }
    }
}

fn bits(rate: u64) -> impl ToSql {
    i64::try_from(rate).unwrap_or(i64::MAX)
}
