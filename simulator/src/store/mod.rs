//! Where a seller keeps what it answered: one SQLite database, in a file or in memory, and the only SQL of this
//! crate. Stores documents, the agenda of things to come, the load of UNIs and site pairs, bills, and events to
//! deliver. Knows the shape of none of the documents and decides nothing.

mod agenda;
mod bill;
mod listing;
mod network;
mod shown;

pub use bill::BillEntry;
pub(crate) use listing::{Filter, Selection};
pub(crate) use network::{Claim, PortClaim, PortLoad};

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
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
    const ALL: [Self; 7] =
        [Self::Qualification, Self::Quote, Self::Order, Self::Cancel, Self::Charge, Self::Product, Self::Hub];

    /// The table that keeps its documents.
    fn table(self) -> &'static str {
        match self {
            Self::Qualification => "qualification",
            Self::Quote => "quote",
            Self::Order => "product_order",
            Self::Cancel => "cancel",
            Self::Charge => "charge",
            Self::Product => "product",
            Self::Hub => "hub",
        }
    }

    /// Reads what [`RawRecord::read`] wants.
    fn select(self) -> String {
        format!("SELECT id, owner, listed_from, hidden, wire, memo FROM {}", self.table())
    }

    /// The statements that make its table.
    fn schema(self) -> String {
        let table = self.table();
        format!(
            "CREATE TABLE IF NOT EXISTS {table} (
               number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL,
               listed_from INTEGER NOT NULL, hidden INTEGER NOT NULL, wire TEXT NOT NULL, memo TEXT NOT NULL);
             CREATE INDEX IF NOT EXISTS {table}_external ON {table} (json_extract(wire, '$.externalId'));
             CREATE INDEX IF NOT EXISTS {table}_project ON {table} (json_extract(wire, '$.projectId'));"
        )
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

const SCHEMA: &str = "
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
CREATE TABLE IF NOT EXISTS shown (
  number INTEGER PRIMARY KEY AUTOINCREMENT, since INTEGER NOT NULL, product TEXT NOT NULL, wire TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS shown_product ON shown (product, number);
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
        for kind in Kind::ALL {
            connection.execute_batch(&kind.schema())?;
        }
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
        let table = record.kind.table();
        self.run(
            &format!(
                "INSERT INTO {table} (id, owner, listed_from, hidden, wire, memo) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (id) DO UPDATE SET owner = ?2, listed_from = ?3, hidden = ?4, wire = ?5, memo = ?6"
            ),
            params![
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
            .prepare_cached(&format!("{} WHERE id = ?1", kind.select()))?
            .query_row([id], RawRecord::read)
            .optional()?;
        found.map(|raw| raw.open(kind)).transpose()
    }

    /// Removes a document.
    pub(crate) fn remove(&self, kind: Kind, id: &str) -> Stored<bool> {
        Ok(self.run(&format!("DELETE FROM {} WHERE id = ?1", kind.table()), [id])? > 0)
    }

    /// All documents of a kind, oldest first.
    pub(crate) fn all<M: DeserializeOwned>(&self, kind: Kind) -> Stored<Vec<Record<M>>> {
        let mut statement = self.transaction.prepare_cached(&format!("{} ORDER BY number", kind.select()))?;
        let rows = statement.query_map([], RawRecord::read)?;
        let mut records = Vec::new();
        for row in rows {
            records.push(row?.open(kind)?);
        }
        Ok(records)
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
