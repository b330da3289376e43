//! The safety catch of an account: what trips it, and what it holds then.

use std::time::Duration;

use jiff::Timestamp;

use super::decision::DecisionId;

/// How much in how short a time is taken for a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatchLimits {
    /// Most purchases and changes.
    pub orders: usize,
    /// Most disconnects and cancellations.
    pub disconnects: usize,
    /// In this time.
    pub within: Duration,
}

/// What trips a catch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CatchCause {
    /// Too many purchases and changes.
    Orders,
    /// Too many disconnects and cancellations.
    Disconnects,
    /// Live orders that another installation placed.
    ForeignOrders,
}

/// What an operation that is about to be ordered does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It starts to cost.
    Buys {
        /// A person has looked at the live orders of others beside which it is bought.
        beside: bool,
    },
    /// It takes something away.
    Ends,
    /// It neither costs nor takes anything away.
    Neither,
}

/// Why a catch holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trip {
    /// What tripped it.
    pub cause: CatchCause,
    /// Since when.
    pub since: Timestamp,
    /// What happened.
    pub what: String,
}

impl Trip {
    /// What happened, and what a person can do about it.
    #[must_use]
    pub fn sentence(&self, account: &str) -> String {
        format!(
            "{}; where that was meant, make a ConnectivityDecision about provider {account} with releaseCatch in the operator's \
             namespace",
            self.what
        )
    }

    /// Whether it holds such an operation.
    #[must_use]
    pub const fn holds(&self, deed: Deed) -> bool {
        match (self.cause, deed) {
            (CatchCause::Disconnects, Deed::Buys { .. } | Deed::Ends)
            | (CatchCause::Orders, Deed::Buys { .. })
            | (CatchCause::ForeignOrders, Deed::Buys { beside: false }) => true,
            (CatchCause::ForeignOrders, Deed::Buys { beside: true } | Deed::Ends)
            | (CatchCause::Orders, Deed::Ends)
            | (_, Deed::Neither) => false,
        }
    }
}

/// The catch of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catch {
    /// Why it holds: at most once for each cause.
    pub trips: Vec<Trip>,
    /// When the decision was made that released it last: what was ordered before does not count any more.
    pub released: Option<Timestamp>,
}

impl Catch {
    /// What holds such an operation.
    #[must_use]
    pub fn holding(&self, deed: Deed) -> Option<&Trip> {
        self.trips.iter().find(|trip| trip.holds(deed))
    }

    /// The catch after a decision that was made then: only what tripped before is released. `None` where nothing is.
    ///
    /// Both times are whole seconds. Whoever decides in the very second in which it trips may not have seen it.
    #[must_use]
    pub fn release(&self, made: Timestamp) -> Option<Self> {
        let (before, after): (Vec<Trip>, Vec<Trip>) =
            self.trips.iter().cloned().partition(|trip| trip.since < made);
        (!before.is_empty()).then_some(Self { trips: after, released: Some(made) })
    }
}

/// A person's decision to release a catch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Which decision it is.
    pub id: DecisionId,
    /// When it was made, by the API server's clock.
    pub made: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn tripped(cause: CatchCause, second: i64) -> Trip {
        Trip { cause, since: at(second), what: "much".into() }
    }

    const BUYS: Deed = Deed::Buys { beside: false };

    #[test]
    fn each_cause_holds_its_own() {
        let holds = |cause| {
            let trip = tripped(cause, 1);
            [BUYS, Deed::Buys { beside: true }, Deed::Ends].map(|deed| trip.holds(deed))
        };
        assert_eq!(holds(CatchCause::Orders), [true, true, false]);
        assert_eq!(holds(CatchCause::Disconnects), [true, true, true]);
        assert_eq!(holds(CatchCause::ForeignOrders), [true, false, false]);
    }

    #[test]
    fn a_decision_releases_what_tripped_before_it_was_made() {
        let trips = vec![tripped(CatchCause::Orders, 10), tripped(CatchCause::Disconnects, 20)];
        let catch = Catch { trips, released: None };
        assert_eq!(catch.release(at(9)), None);
        assert_eq!(catch.release(at(10)), None, "in the same second nobody can tell");
        let after = catch.release(at(15)).unwrap();
        assert_eq!((after.trips.len(), after.released), (1, Some(at(15))));
        assert_eq!(after.holding(Deed::Ends).map(|trip| trip.cause), Some(CatchCause::Disconnects));
        let after = after.release(at(21)).unwrap();
        assert_eq!(after.holding(BUYS), None);
        assert_eq!(after.release(at(30)), None, "there is nothing left to release");
    }
}
