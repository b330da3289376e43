//! What this process must do one at a time per account: to order. And what it remembers of orders whose record is gone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::api::OrderRecord;

/// Nobody counts over a longer time.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// A lock per account.
#[derive(Default)]
pub struct Accounts(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Ordered>>>>);

impl Accounts {
    /// The lock of an account: whoever holds it alone orders.
    #[must_use]
    pub fn of(&self, name: &str) -> Arc<tokio::sync::Mutex<Ordered>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(name.to_owned()).or_default().clone()
    }
}

/// Orders of segments that are gone. They are counted like those on record, by this process: a service that ended within minutes
/// takes its record with it, and a mistake may go on for longer.
#[derive(Debug, Default)]
pub struct Ordered(Vec<OrderRecord>);

impl Ordered {
    /// Remembers the orders of a segment that is about to go.
    pub fn remember(&mut self, orders: &[OrderRecord], now: Timestamp) {
        let from = now.checked_sub(LONGEST).unwrap_or(Timestamp::MIN);
        let recent = |record: &OrderRecord| record.reserved_at.as_ref().is_some_and(|at| at.0 >= from);
        self.0.retain(recent);
        self.0.extend(orders.iter().filter(|record| recent(record)).cloned());
    }

    /// The orders.
    pub fn records(&self) -> impl Iterator<Item = &OrderRecord> {
        self.0.iter()
    }
}
