//! Orders: what we ask for under a mark of ours, and what the seller says became of it.

use std::fmt;

use jiff::Timestamp;

use super::design::Design;
use super::failure::Failure;
use super::money::{Amount, Currency};
use super::offer::{OfferRef, Price, totals};
use super::service::{Role, ServiceId};

/// Groups everything that one intent ever ordered: `<owner id>/<namespace>/<intent>`, stable across clusters that are rebuilt from the same Git.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Project(pub String);

/// Our name of one paid operation: `<client reference>/<sequence>`. Never used twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    reference: String,
    sequence: u32,
}

impl Mark {
    /// The mark of the operation `sequence` of the segment that owns `reference`.
    #[must_use]
    pub fn new(reference: impl Into<String>, sequence: u32) -> Self {
        Self { reference: reference.into(), sequence }
    }

    /// The segment's own reference.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// The operation's number within the segment.
    #[must_use]
    pub const fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Reads a mark as [`fmt::Display`] prints it; `None` for anything that is not ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (reference, digits) = text.rsplit_once('/')?;
        let sequence: u32 = digits.parse().ok()?;
        let mark = Self::new(reference, sequence);
        (!reference.is_empty() && mark.to_string() == text).then_some(mark)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.reference, self.sequence)
    }
}

impl fmt::Display for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The seller's id of an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(pub String);

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The seller's id of a charge (MEF 123, section "Charge").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChargeId(pub String);

impl fmt::Display for ChargeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an order asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A new service.
    Add {
        /// What it should be.
        design: Box<Design>,
        /// What was offered.
        offer: OfferRef,
    },
    /// Another shape for a service.
    Modify {
        /// Which service.
        service: ServiceId,
        /// The complete new shape.
        design: Box<Design>,
        /// What was offered.
        offer: OfferRef,
    },
    /// The end of services that belong together.
    Disconnect {
        /// Which products; the connection comes first, where it is among them.
        services: Vec<ServiceId>,
        /// From when on they are not needed.
        requested_completion: Timestamp,
    },
}

/// One paid operation, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Our mark.
    pub mark: Mark,
    /// Our project.
    pub project: Project,
    /// What is asked.
    pub operation: Operation,
}

/// The three ways in which a paid request can end. There is no fourth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// The seller took it, under this id.
    Accepted(OrderId),
    /// The seller decided against it before it took anything.
    Refused(Failure),
    /// It may or may not have happened.
    Unknown(Failure),
}

/// Canonical state of an order (MEF 123, section 7.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// The seller works on it.
    InProgress,
    /// The seller waits for an answer to a charge.
    AssessingCharge,
    /// A cancellation is under way.
    Cancelling,
    /// Done.
    Completed,
    /// Some items done, some failed.
    Partial,
    /// Nothing was delivered.
    Failed,
    /// Cancelled, nothing was delivered.
    Cancelled,
    /// Refused after a look.
    Rejected,
    /// A state outside the specification, in progress until it says otherwise; the seller's own word.
    Unknown(String),
}

impl OrderState {
    /// Whether nothing more will happen to the order.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Completed | Self::Partial | Self::Failed | Self::Cancelled | Self::Rejected => true,
            Self::InProgress | Self::AssessingCharge | Self::Cancelling | Self::Unknown(_) => false,
        }
    }

    /// Whether the order ended without delivering anything.
    #[must_use]
    pub const fn is_dead(&self) -> bool {
        match self {
            Self::Failed | Self::Cancelled | Self::Rejected => true,
            Self::Completed
            | Self::Partial
            | Self::InProgress
            | Self::AssessingCharge
            | Self::Cancelling
            | Self::Unknown(_) => false,
        }
    }
}

/// What kind of operation an order at the seller is; all items of our orders have the same action.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Task {
    /// `add`
    Add,
    /// `modify`
    Modify,
    /// `delete`
    Disconnect,
    /// Something we never send; the seller's own word.
    Other(String),
}

/// What the seller says about one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    /// The seller's id.
    pub id: OrderId,
    /// The mark it bears, byte for byte; `None` where it bears none of our form.
    pub mark: Option<Mark>,
    /// The project it bears.
    pub project: Option<Project>,
    /// What it asks for.
    pub task: Task,
    /// Canonical state.
    pub state: OrderState,
    /// The seller's own word for the state.
    pub raw_state: String,
    /// Products, as far as they have ids, and which part of the connection each is.
    pub services: Vec<(Role, ServiceId)>,
    /// What the seller says that it did not deliver.
    pub failed: Vec<Role>,
    /// The quote it refers to.
    pub quote: Option<String>,
    /// When the seller expects to be done.
    pub expected_completion: Option<Timestamp>,
    /// When it was placed, by the seller's clock.
    pub placed: Option<Timestamp>,
    /// The seller's words about a rejection, failure or delay.
    pub reason: Option<String>,
    /// Milestones reached, newest last.
    pub milestones: Vec<String>,
}

impl OrderView {
    /// The connection that the order brings, changes or ends, once the seller names it; the other products are its ports.
    #[must_use]
    pub fn connection(&self) -> Option<&ServiceId> {
        self.services.iter().find(|(role, _)| *role == Role::Evc).map(|(_, id)| id)
    }
}

/// What the seller says about a cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancellationView {
    /// The seller's id of the cancellation.
    pub id: String,
    /// `Some(true)` carried out, `Some(false)` refused, `None` under way.
    pub done: Option<bool>,
    /// The charge that it costs, where there is one.
    pub charge: Option<ChargeId>,
    /// The seller's words, where it refused.
    pub reason: Option<String>,
}

/// A cost that came up after the order (MEF 123).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeView {
    /// The seller's id.
    pub id: ChargeId,
    /// Until when it must be answered.
    pub respond_by: Option<Timestamp>,
    /// How far it got.
    pub state: ChargeState,
    /// It is the price of a cancellation.
    pub of_cancellation: bool,
    /// What it consists of; all items are answered at once.
    pub items: Vec<ChargeItem>,
}

/// How far a charge got (MEF 123, `MEFChargeStateType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChargeState {
    /// It waits for an answer; so does whatever nobody knows.
    Open,
    /// It was answered.
    Answered,
    /// Nobody answered in time, which counts as declined.
    TimedOut,
    /// The seller took it back.
    Withdrawn,
}

/// One item of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeItem {
    /// The seller's id of it, within the charge.
    pub id: String,
    /// How much, and when it is due. An item that changes a price counts as if it came on top: which one it replaces is not said.
    pub price: Price,
    /// Whether what it is for stops when it is declined.
    pub blocking: bool,
    /// Whether it was accepted, once it was answered.
    pub accepted: Option<bool>,
}

impl ChargeView {
    /// Monthly and one-time price over all items, net of tax, or why nobody knows what accepting it would cost.
    ///
    /// # Errors
    /// A sentence for people, where a price is missing, depends on use, or is in another currency than the others.
    pub fn totals(&self) -> Result<(Amount, Amount, Currency), String> {
        let currency = self.items.iter().find_map(|item| item.price.currency);
        let currency = currency.ok_or("the charge names no price in a currency")?;
        let (monthly, one_time) = totals(self.items.iter().map(|item| &item.price), currency)?;
        Ok((monthly, one_time, currency))
    }

    /// Whether it was accepted, once the seller says so of any item: then it costs something.
    #[must_use]
    pub fn accepted(&self) -> Option<bool> {
        match self.state {
            ChargeState::Open => None,
            ChargeState::TimedOut | ChargeState::Withdrawn => Some(false),
            ChargeState::Answered => {
                let said = self.items.iter().filter_map(|item| item.accepted);
                said.reduce(|any, accepted| any || accepted)
            }
        }
    }
}

/// Our answer to one item of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemAnswer {
    /// Which item.
    pub item: String,
    /// Whether we pay it.
    pub accept: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mark_reads_back_and_nothing_else_does() {
        let mark = Mark::new("a1b2/c", 7);
        assert_eq!(Mark::parse("a1b2/c/7"), Some(mark));
        for text in ["", "/1", "x", "x/", "x/01", "x/+1", "x/-1", "x/99999999999", "x/1 "] {
            assert_eq!(Mark::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn marks_read_back(reference in ".{1,20}", sequence in any::<u32>()) {
            let mark = Mark::new(reference, sequence);
            prop_assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        }

        #[test]
        fn what_is_no_mark_byte_for_byte_is_none(text in "[a-z/ ]{0,8}/[+0-9]{0,11}[ ]?") {
            prop_assert!(Mark::parse(&text).is_none_or(|mark| mark.to_string() == text));
        }
    }
}
