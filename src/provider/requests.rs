//! The requests of one account, counted for all who make them in this process. The reckoning is [`Quota`]'s.
//!
//! Whoever sends a request says so ([`sent`](Requests::sent)): that is what sellers count and limit. Whoever can wait asks for a
//! turn before he begins ([`turn`](Requests::turn)), and then finishes what he began, if need be into debt: a search in many pages
//! that broke off in the middle would never come to its end. Who cannot wait does not ask.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Result;
use super::quota::{Closed, Quota};
use crate::clock::Clock;
use crate::model::{Failure, FailureClass};

/// The requests of one account.
pub struct Requests {
    clock: Arc<dyn Clock>,
    quota: Mutex<Quota>,
}

impl Requests {
    /// So many a minute.
    #[must_use]
    pub fn new(per_minute: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        let quota = Mutex::new(Quota::new(per_minute, clock.instant()));
        Self { clock, quota }
    }

    fn quota(&self) -> MutexGuard<'_, Quota> {
        self.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many a minute from now on.
    pub fn set(&self, per_minute: NonZeroU32) {
        self.quota().set(per_minute, self.clock.instant());
    }

    /// A request leaves.
    pub fn sent(&self) {
        self.quota().sent(self.clock.instant());
    }

    /// Whether somebody who can wait may begin.
    ///
    /// # Errors
    /// [`FailureClass::OverBudget`] and [`FailureClass::Throttled`], with the time after which to come back.
    pub fn turn(&self) -> Result<()> {
        let mut quota = self.quota();
        let turn = quota.turn(self.clock.instant());
        turn.map_err(|closed| failure(closed, quota.per_minute()))
    }

    /// Whether the seller may be asked anything that costs nothing.
    pub(super) fn open(&self) -> Result<()> {
        let quota = self.quota();
        quota.open(self.clock.instant()).map_err(|closed| failure(closed, quota.per_minute()))
    }

    /// The seller wants to be left alone. Returns for how long it is believed.
    pub(super) fn close(&self, wait: Option<Duration>) -> Duration {
        self.quota().close(wait, self.clock.instant())
    }
}

/// The words are the same from look to look: what does not change is not written again.
fn failure(closed: Closed, per_minute: NonZeroU32) -> Failure {
    match closed {
        Closed::BySeller(wait) => Failure::new(
            FailureClass::Throttled(Some(wait)),
            "nothing was asked: the seller said that these are too many requests",
        ),
        Closed::ByBudget(wait) => Failure::new(
            FailureClass::OverBudget(wait),
            format!(
                "nothing was asked: our own budget of requests, {per_minute} a minute, is used up for now"
            ),
        ),
    }
}
