//! What a person decided about one service.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::money::Money;
use super::order::{ChargeId, Mark, OrderId};
use super::service::ServiceId;

/// Which decision it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId {
    /// Namespace of the object.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
    /// Uid of the object.
    pub uid: String,
}

impl std::fmt::Display for DecisionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A decision that may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Which one it is.
    pub id: DecisionId,
    /// When it was made, by the API server's clock.
    pub made: Option<Timestamp>,
    /// What was decided.
    pub verdict: Verdict,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The order with this mark was placed, under this id.
    Placed(Mark, OrderId),
    /// The order with this mark was not placed, and never will be.
    NotPlaced(Mark),
    /// Leaving early may cost this much.
    AcceptTermination {
        /// The most that it may cost.
        most: Money,
        /// It may also cost what nobody knows.
        unknown: bool,
    },
    /// This charge is paid, where what is due at once and what is due per month come to no more than this together.
    AcceptCharge(ChargeId, Money),
    /// This charge is not paid.
    DeclineCharge(ChargeId),
    /// A service is bought although these orders live.
    BuyBeside(BTreeSet<OrderId>),
    /// This second live order ends.
    EndTwin(OrderId),
    /// This service, which somebody else ordered, is taken over as it runs.
    Adopt(ServiceId),
    /// The record of an unwanted service goes without proof that the service ended.
    Abandon,
}
