//! One seller: scenario, clock and books put together. Every request goes through `Seller::serve`, which first lets
//! happen what is due and keeps the outcome before it is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::agenda;
use crate::audit::{self, Audit, Call};
use crate::clock::Clock;
use crate::control::{Change, Overrides, Reading};
use crate::desk::{self, Desk};
use crate::faults::{self, FaultReport, Tallies};
use crate::inventory;
use crate::portal::{self, PortalChange, PortalOrder};
use crate::refusal::Refusal;
use crate::scenario::{Delay, Fault, Misconduct, Operation, Rehearsal, Scenario};
use crate::store::{Store, StoreError, Stored};

/// A seller that can be called. Clones share everything.
#[derive(Clone)]
pub struct Seller(Arc<Shop>);

struct Shop {
    scenario: Scenario,
    clock: Clock,
    books: Mutex<Kept>,
    calls: Mutex<BTreeMap<(String, String, u16), u64>>,
}

struct Kept {
    store: Store,
    overrides: Overrides,
}

/// Names of settings in the store.
const OVERRIDES: &str = "overrides";
const MANUAL_CLOCK: &str = "clock";

impl Seller {
    /// Opens a seller on new or kept books. A store belongs to one scenario; UNIs may be added to it later.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn open(scenario: Scenario, mut store: Store, clock: Clock) -> Stored<Self> {
        let books = store.books()?;
        let overrides: Overrides = books.setting(OVERRIDES)?.unwrap_or_default();
        if let Some(reading) = books.setting::<Timestamp>(MANUAL_CLOCK)? {
            clock.catch_up(reading);
        }
        let desk = Desk {
            scenario: &scenario,
            overrides: &overrides,
            clock: &clock,
            books: &books,
            now: clock.now(),
            owner: "",
        };
        inventory::seed(&desk)?;
        books.keep()?;
        let books = Mutex::new(Kept { store, overrides });
        Ok(Self(Arc::new(Shop { scenario, clock, books, calls: Mutex::default() })))
    }

    /// The scenario it plays.
    pub fn scenario(&self) -> &Scenario {
        &self.0.scenario
    }

    /// Its clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Does one unit of work for a buyer; what it wrote is kept when it succeeds.
    pub(crate) fn serve<T>(
        &self,
        owner: &str,
        work: impl FnOnce(&Desk<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut kept = self.kept();
        let Kept { store, overrides } = &mut *kept;
        let now = self.0.clock.now();
        self.catch_up(store, overrides, now)?;
        let books = store.books()?;
        let desk =
            Desk { scenario: &self.0.scenario, overrides, clock: &self.0.clock, books: &books, now, owner };
        let outcome = work(&desk)?;
        books.keep()?;
        Ok(outcome)
    }

    fn catch_up(&self, store: &mut Store, overrides: &Overrides, now: Timestamp) -> Result<(), Refusal> {
        let books = store.books()?;
        if books.next_due()?.is_none_or(|due| due > now) {
            return Ok(());
        }
        let desk = Desk {
            scenario: &self.0.scenario,
            overrides,
            clock: &self.0.clock,
            books: &books,
            now,
            owner: "",
        };
        agenda::catch_up(&desk)?;
        books.keep()?;
        Ok(())
    }

    /// A poisoned lock means that a request panicked; its transaction was rolled back, so the books are sound.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything a test wants to know at the end.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn audit(&self) -> Stored<Audit> {
        self.audit_against(None)
    }

    /// The same for somebody who says what is wanted, by project, client reference or complete mark: every other live
    /// service is an orphan.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn audit_against(&self, wanted: Option<&BTreeSet<String>>) -> Stored<Audit> {
        let calls = self.calls();
        let currency = &self.0.scenario.currency;
        let outcome = self.serve("", |desk| Ok(audit::audit(desk.books, desk.now, currency, calls, wanted)?));
        outcome.map_err(only_store_errors)
    }

    /// Moves a manual clock forward, and lets happen what is due then. `None` when the clock is not manual.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn advance(&self, length: Delay) -> Stored<Option<Reading>> {
        self.advance_by(length.0)
    }

    fn advance_by(&self, length: SignedDuration) -> Stored<Option<Reading>> {
        if self.0.clock.advance(length).is_none() {
            return Ok(None);
        }
        let outcome = self.serve("", |desk| {
            desk.books.set(MANUAL_CLOCK, &desk.now)?;
            Ok(Reading { now: desk.now, next_due: desk.books.next_due()? })
        });
        outcome.map(Some).map_err(only_store_errors)
    }

    /// What was changed since the first day.
    pub fn overrides(&self) -> Overrides {
        self.kept().overrides.clone()
    }

    /// Changes what the seller does; the inner error says what cannot be.
    pub(crate) fn change(&self, change: Change) -> Stored<Result<(), String>> {
        let mut kept = self.kept();
        let mut overrides = kept.overrides.clone();
        let counts_anew = matches!(change, Change::Faults(_));
        if let Err(reason) = overrides.apply(change) {
            return Ok(Err(reason));
        }
        let books = kept.store.books()?;
        books.set(OVERRIDES, &overrides)?;
        if counts_anew {
            books.set(desk::FAULTS, &Tallies::new())?;
        }
        books.keep()?;
        kept.overrides = overrides;
        Ok(Ok(()))
    }

    /// Replaces the faults and starts counting anew; the inner error says which of them cannot be.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn set_faults(&self, faults: Vec<Fault>) -> Stored<Result<(), String>> {
        self.change(Change::Faults(faults))
    }

    /// Replaces the rules that come before those of the scenario; the inner error says which of them cannot be. A rule under a
    /// name that was used before goes on counting.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn set_rehearsals(&self, rules: Vec<Rehearsal>) -> Stored<Result<(), String>> {
        self.change(Change::Rehearsals(rules))
    }

    /// The faults, each with what it has met since it was set.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn faults(&self) -> Stored<Vec<FaultReport>> {
        let reports = self.serve("", |desk| {
            let tallies: Tallies = desk.books.setting(desk::FAULTS)?.unwrap_or_default();
            let report = |fault: &Fault| FaultReport {
                fault: fault.clone(),
                tally: tallies.get(&fault.name).copied().unwrap_or_default(),
            };
            Ok(desk.overrides.faults(desk.scenario).iter().map(report).collect())
        });
        reports.map_err(only_store_errors)
    }

    /// Changes a service in the portal; the inner error says why that cannot be.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn change_in_portal(&self, service: &str, change: &PortalChange) -> Stored<Result<(), String>> {
        self.serve("", |desk| Ok(portal::change(desk, service, change)?)).map_err(only_store_errors)
    }

    /// Places an order in the portal and answers it; the inner error says why that cannot be.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn order_in_portal(&self, wish: &PortalOrder) -> Stored<Result<serde_json::Value, String>> {
        self.serve("", |desk| Ok(portal::place(desk, wish)?)).map_err(only_store_errors)
    }

    /// What goes wrong with the next call of an operation.
    pub(crate) fn strike(&self, operation: Operation) -> Result<Option<Misconduct>, Refusal> {
        let concerned = self
            .kept()
            .overrides
            .faults(&self.0.scenario)
            .iter()
            .any(|fault| faults::concerns(fault, operation));
        if !concerned {
            return Ok(None);
        }
        self.serve("", |desk| Ok(desk.strike(operation)?))
    }

    /// Counts a call.
    pub(crate) fn count(&self, method: &str, path: &str, status: u16) {
        let mut calls = self.0.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry((method.to_owned(), path.to_owned(), status)).or_default() += 1;
    }

    /// Calls since the start or the last reset.
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.0.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls
            .iter()
            .map(|((method, path, status), count)| Call {
                method: method.clone(),
                path: path.clone(),
                status: *status,
                count: *count,
            })
            .collect()
    }

    /// Starts counting calls again.
    pub fn reset_calls(&self) {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Work of the seller itself is refused for no other reason.
fn only_store_errors(refusal: Refusal) -> StoreError {
    match refusal {
        Refusal::Internal(error) => error,
        Refusal::Malformed { .. }
        | Refusal::NotFound { .. }
        | Refusal::Conflict(_)
        | Refusal::Unprocessable(_)
        | Refusal::NotImplemented(_) => StoreError::Refused(refusal.to_string()),
    }
}
