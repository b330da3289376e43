//! How many requests an account may make: a rate with a little to save up, debt, a line for those who wait, and the seller's
//! word that it is too much. Pure: time is an argument.
//!
//! What is counted is time. At 600 requests a minute each takes a tenth of a second, and `spent` is the moment up to which that
//! adds up. In the past, something is saved; in the future, it is debt. (The generic cell rate algorithm, ITU-T I.371.)

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// What can be saved up: how much may be asked at once after a quiet time.
const SAVED: Duration = Duration::from_secs(10);
/// The most debt that is remembered: how long others wait at most for what could not.
const DEBT: Duration = Duration::from_secs(60);
/// The longest that anybody is sent away for those who stand in line before him.
const LINE: Duration = Duration::from_secs(60);
/// How long a seller is left alone that does not say for how long it wants that.
const UNSAID: Duration = Duration::from_secs(10);
/// The shortest time that a seller is left alone.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest time that a seller is believed. Then it is asked once more, and may say so again.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Why nothing is asked now, and after which time to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The seller wants to be left alone.
    BySeller(Duration),
    /// The budget is used up.
    ByBudget(Duration),
}

/// The budget of requests of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    per_minute: NonZeroU32,
    /// The moment up to which the time of all requests that left adds up.
    spent: Instant,
    /// The turn of whoever was sent away last.
    line: Instant,
    /// Until when the seller wants to be left alone.
    closed: Instant,
}

impl Quota {
    /// So many requests a minute, and all that can be saved up.
    #[must_use]
    pub fn new(per_minute: NonZeroU32, now: Instant) -> Self {
        Self { per_minute, spent: before(now), line: now, closed: now }
    }

    /// So many from now on. Another number begins anew, for savings and debt were reckoned by the old one; what the seller said
    /// stays said.
    pub fn set(&mut self, per_minute: NonZeroU32, now: Instant) {
        if per_minute != self.per_minute {
            *self = Self { closed: self.closed, ..Self::new(per_minute, now) };
        }
    }

    /// How many a minute.
    #[must_use]
    pub fn per_minute(&self) -> NonZeroU32 {
        self.per_minute
    }

    fn each(&self) -> Duration {
        Duration::from_secs(60) / self.per_minute.get()
    }

    /// A request left, for whatever reason: it counts.
    pub fn sent(&mut self, now: Instant) {
        let spent = self.spent.max(before(now)) + self.each();
        self.spent = spent.min(now + DEBT).max(self.spent);
    }

    /// Whether somebody who can wait may begin. Those who may not come back one after the other.
    ///
    /// # Errors
    /// After which time to come back.
    pub fn turn(&mut self, now: Instant) -> Result<(), Closed> {
        self.open(now)?;
        if self.spent <= now {
            return Ok(());
        }
        self.line = (self.line.max(now) + self.each()).min(now + LINE).max(self.spent);
        Err(Closed::ByBudget(self.line - now))
    }

    /// Whether the seller may be asked anything that costs nothing.
    ///
    /// # Errors
    /// For how long the seller wants to be left alone.
    pub fn open(&self, now: Instant) -> Result<(), Closed> {
        match self.closed.saturating_duration_since(now) {
            Duration::ZERO => Ok(()),
            left => Err(Closed::BySeller(left)),
        }
    }

    /// The seller wants to be left alone for this time, if it says for how long. What was saved up is lost: it was too much.
    /// Returns for how long it is believed.
    pub fn close(&mut self, wait: Option<Duration>, now: Instant) -> Duration {
        let believed = wait.unwrap_or(UNSAID).clamp(SHORTEST, LONGEST);
        self.closed = self.closed.max(now + believed);
        self.spent = self.spent.max(now + believed);
        believed
    }
}

/// The earliest moment that savings reach back to.
fn before(now: Instant) -> Instant {
    now.checked_sub(SAVED).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    fn quota(per_minute: u32) -> (Quota, Instant) {
        // Far enough from the beginning of the clock to save something up.
        let now = SystemClock.instant() + Duration::from_secs(1_000);
        (Quota::new(NonZeroU32::new(per_minute).unwrap(), now), now)
    }

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn those_who_can_wait_never_make_more_in_a_minute_than_the_rate_and_what_was_saved() {
        for per_minute in [1, 7, 60, 600] {
            let (mut quota, start) = quota(per_minute);
            let mut sent = Vec::new();
            // Somebody asks for a turn a hundred times a second, for five minutes.
            for tick in 0..30_000 {
                let now = start + Duration::from_millis(10 * tick);
                while quota.turn(now).is_ok() {
                    quota.sent(now);
                    sent.push(now);
                }
            }
            let busiest = sent
                .iter()
                .map(|from| sent.iter().filter(|at| *at >= from && **at - *from < seconds(60)).count());
            let most = usize::try_from(per_minute + per_minute / 6 + 1).unwrap();
            let busiest = busiest.max().unwrap();
            assert!(busiest <= most, "{busiest} of {per_minute} in one minute");
            assert!(sent.len() >= usize::try_from(5 * per_minute).unwrap(), "{} of {per_minute}", sent.len());
        }
    }

    #[test]
    fn what_cannot_wait_makes_others_wait_for_a_minute_at_most() {
        let (mut quota, now) = quota(60);
        for _ in 0..30 {
            quota.sent(now);
        }
        // Ten were saved up: twenty are owed.
        assert_eq!(quota.turn(now), Err(Closed::ByBudget(seconds(20))));
        assert_eq!(quota.turn(now + seconds(20)), Ok(()));
        for _ in 0..10_000 {
            quota.sent(now);
        }
        assert_eq!(quota.turn(now), Err(Closed::ByBudget(seconds(60))));
        assert_eq!(quota.turn(now + seconds(60)), Ok(()));
    }

    #[test]
    fn those_who_are_sent_away_come_back_one_after_the_other() {
        let (mut quota, now) = quota(60);
        for _ in 0..15 {
            quota.sent(now);
        }
        let mut away = || match quota.turn(now) {
            Err(Closed::ByBudget(wait)) => wait.as_secs(),
            other => panic!("{other:?}"),
        };
        let waits: Vec<u64> = (0..100).map(|_| away()).collect();
        assert_eq!(waits[..8], [5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(waits[90..], [60; 10], "nobody is sent away for longer than a minute for others");
        // The line is forgotten once its time is over.
        for _ in 0..11 {
            quota.sent(now + seconds(200));
        }
        assert_eq!(quota.turn(now + seconds(200)), Err(Closed::ByBudget(seconds(1))));
    }

    #[test]
    fn a_seller_that_wants_to_be_left_alone_is_and_then_it_begins_slowly() {
        let (mut quota, now) = quota(60);
        quota.close(Some(seconds(90)), now);
        for passed in [0, 1, 89] {
            let left = Err(Closed::BySeller(seconds(90 - passed)));
            assert_eq!(quota.open(now + seconds(passed)), left);
            assert_eq!(quota.turn(now + seconds(passed)), left);
        }
        // Who is told so later, and for less, does not open it.
        quota.close(Some(seconds(5)), now + seconds(10));
        assert_eq!(quota.open(now + seconds(89)), Err(Closed::BySeller(seconds(1))));
        let then = now + seconds(90);
        assert_eq!((quota.open(then), quota.turn(then)), (Ok(()), Ok(())));
        quota.sent(then);
        assert_eq!(quota.turn(then), Err(Closed::ByBudget(seconds(1))));
    }

    #[test]
    fn another_number_counts_at_once_and_does_not_open_what_the_seller_closed() {
        let (mut quota, now) = quota(1);
        let number = |number| NonZeroU32::new(number).unwrap();
        quota.sent(now);
        quota.sent(now);
        quota.set(number(1), now);
        assert_eq!(quota.turn(now), Err(Closed::ByBudget(seconds(60))));
        quota.set(number(600), now);
        assert_eq!(quota.turn(now), Ok(()));
        quota.close(Some(seconds(90)), now);
        quota.set(number(60), now);
        assert_eq!(quota.turn(now), Err(Closed::BySeller(seconds(90))));
    }

    #[test]
    fn no_seller_is_believed_for_ever_and_none_is_asked_again_at_once() {
        for (said, believed) in [
            (Some(seconds(365 * 86_400)), seconds(3_600)),
            (Some(Duration::MAX), seconds(3_600)),
            (Some(Duration::ZERO), seconds(1)),
            (None, seconds(10)),
        ] {
            let (mut quota, now) = quota(60);
            assert_eq!(quota.close(said, now), believed);
            assert_eq!(quota.open(now), Err(Closed::BySeller(believed)), "{said:?}");
        }
    }
}
