//! Everything a decision about one segment rests on, gathered before it is made.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::admit::{Parsed, Refusal};
use crate::api::{ConnectivitySegment, ConnectivitySegmentStatus, OrderRecord, Party, ProductRole};
use crate::ledger::Objection;
use crate::model::{
    Account, Catch, ChargeView, Decision, Failure, OrderId, OrderView, Placement, Qualification, Quote,
    ServiceId, ServiceState, ServiceView,
};
use crate::provider::{Capabilities, Progress};

/// Why the seller cannot be asked anything now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// One PascalCase word.
    pub reason: &'static str,
    /// Who must act.
    pub party: Party,
    /// What happened and what to do.
    pub message: String,
}

/// Who holds purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The whole operator.
    Global,
    /// The account.
    Provider,
}

/// Windows that money depends on. All are measured on this process's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// How long after its record was written an order may leave.
    pub purchase: Duration,
    /// How many orders of one purchase may be reserved after searches that found nothing.
    pub attempts: usize,
    /// How old a refusal of the seller is before it is asked again.
    pub ask_again: Duration,
    /// How old the last look at a settled service is before the next.
    pub observe: Duration,
}

/// What this process remembers about the segment. It is lost with the process, and every decision is safe without it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// This process has looked for the segment's orders at the seller, and what it found is on record.
    pub looked: bool,
    /// The order that this process reserved last, and how long ago.
    pub reserved: Option<(u32, Duration)>,
    /// The answer to a paid request that is not recorded yet.
    pub answered: Option<(u32, Placement)>,
    /// For how long this process has known the open order.
    pub open_for: Duration,
    /// How long ago this process asked for an offer, or first saw the segment.
    pub asked_for: Duration,
    /// How long ago this process looked at the service, or first saw the segment.
    pub observed_for: Duration,
}

/// What a search for the project's orders showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// All orders of the project that bear the segment's own reference.
    pub own: Vec<OrderView>,
    /// Purchases among them, but for the one that the service rests on, whose service is gone or never came.
    pub ended: Vec<OrderId>,
    /// Live orders of the project that belong to no segment of this installation, or to one that was left behind on purpose.
    pub foreign: Vec<OrderView>,
    /// Those of them that no segment explains, where this installation never ordered through the account.
    pub strangers: Vec<OrderId>,
    /// A segment of an earlier intent is still being disconnected.
    pub leaving: Option<String>,
}

/// A look at something that may be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight<T> {
    /// There it is.
    There(T),
    /// The seller knows nothing of it.
    Missing,
}

impl Sight<ServiceView> {
    /// Whether nothing is there, or never was.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        match self {
            Self::There(view) => view.state == ServiceState::Gone,
            Self::Missing => true,
        }
    }

    /// Whether it can be used.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        match self {
            Self::There(view) => super::purchase::is_in_use(view),
            Self::Missing => false,
        }
    }

    /// The seller's own word for its state.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::There(view) => &view.raw_state,
            Self::Missing => "missing",
        }
    }
}

/// One thing learnt from the seller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// An answer to a qualification.
    Qualification(Progress<Qualification>),
    /// An answer to a quote.
    Quote(Progress<Quote>),
    /// The handle of a qualification or a quote is unknown to the seller: ask anew.
    OfferLost,
    /// An order.
    Order(OrderId, Sight<OrderView>),
    /// Whether the seller knows of a cancellation of the order under way.
    Cancellation(bool),
    /// Whether the quote of an order without an answer was ordered.
    QuoteOrdered(bool),
    /// The charges of the order under way.
    Charges(OrderId, Vec<ChargeView>),
    /// The charge whose answer was lost.
    Charge(Sight<ChargeView>),
    /// A product of the service.
    Service(ServiceId, Sight<ServiceView>),
    /// What is on a port of the service.
    Carried(ServiceId, Vec<ServiceView>),
    /// A search.
    Search(Search),
    /// Services between the ends of the segment, each read by its id.
    Existing(Vec<ServiceView>),
    /// Somebody else here has the service that is to be taken over: who, in words.
    Claimed(String),
    /// A call failed.
    Failed(Failure),
    /// Purchases are held after all.
    Held(Hold),
    /// The account's safety catch, as it is after one more look.
    Caught(Catch),
    /// A budget or the limits of the account have no room for the order.
    NoRoom(Objection),
}

/// Everything a decision rests on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The segment as it is stored.
    pub segment: Arc<ConnectivitySegment>,
    /// Its status as it will be stored, kept up to date with what is seen during the pass.
    pub draft: ConnectivitySegmentStatus,
    /// What it asks for.
    pub wish: Result<Parsed, Refusal>,
    /// The account, where it still exists and can be understood.
    pub account: Option<Account>,
    /// What the seller can do, or why it cannot be asked.
    pub seller: Result<Capabilities, Unavailable>,
    /// What people decided about it, as far as it may be used.
    pub decisions: Vec<Decision>,
    /// Whether purchases are held.
    pub hold: Option<Hold>,
    /// The account's safety catch.
    pub catch: Catch,
    /// What budgets and the limits of the account say against buying the chosen offer, or against what was about to be ordered.
    pub no_room: Option<Objection>,
    /// What this process remembers.
    pub past: Past,
    /// An offer was asked for in this pass, and the seller works on it.
    pub asked: bool,
    /// An order was refused in this pass, for a cause that goes away.
    pub refused: bool,
    /// Orders, as seen in this pass since anything was last recorded of them.
    pub seen: BTreeMap<OrderId, Sight<OrderView>>,
    /// Whether the seller knows of a cancellation of the order under way, as seen in this pass.
    pub cancellation: Option<bool>,
    /// Whether the quote of an order without an answer was ordered, as seen in this pass.
    pub quote_ordered: Option<bool>,
    /// The charges of the order under way, as seen in this pass before anything was answered.
    pub charges: Option<Vec<ChargeView>>,
    /// The charge whose answer was lost, as seen in this pass once the answer must show.
    pub charge: Option<Sight<ChargeView>>,
    /// Services of second orders, as seen in this pass.
    pub others: BTreeMap<ServiceId, Sight<ServiceView>>,
    /// Products of the service, as seen in this pass.
    pub services: BTreeMap<ServiceId, Sight<ServiceView>>,
    /// What is on the ports of the service and not gone, as seen in this pass.
    pub carried: BTreeMap<ServiceId, Vec<ServiceId>>,
    /// The search of this pass.
    pub search: Option<Search>,
    /// Services between the ends, as the inventory showed them in this pass.
    pub found: Option<Vec<ServiceView>>,
    /// Who else here has the service that is to be taken over, in words.
    pub owner: Option<String>,
    /// A failed call of this pass.
    pub failure: Option<Failure>,
    /// Windows that money depends on.
    pub windows: Windows,
    /// The present.
    pub now: Timestamp,
}

impl Facts {
    /// The record of orders, as it is stored.
    #[must_use]
    pub fn orders(&self) -> &[OrderRecord] {
        self.segment.status.as_ref().map_or(&[], |status| status.orders.as_slice())
    }

    /// The seller's id of the connection, where one exists or existed.
    #[must_use]
    pub fn service_id(&self) -> Option<ServiceId> {
        self.parts().into_iter().find(|(role, _)| *role == ProductRole::Evc).map(|(_, id)| id)
    }

    /// The products that the service is made of, as far as the status names them, and what was taken over.
    fn parts(&self) -> Vec<(ProductRole, ServiceId)> {
        let known = self.draft.products.iter().map(|product| (product.role, ServiceId(product.id.clone())));
        let mut parts: Vec<_> = known.collect();
        if parts.iter().all(|(role, _)| *role != ProductRole::Evc)
            && let Some(taken_over) = super::purchase::taken_over(self)
        {
            parts.insert(0, (ProductRole::Evc, taken_over));
        }
        parts
    }

    /// The connection, as seen in this pass.
    #[must_use]
    pub fn service(&self) -> Option<&Sight<ServiceView>> {
        self.services.get(&self.service_id()?)
    }

    /// Whether the seller has named every product that the service is made of.
    #[must_use]
    pub fn all_named(&self) -> bool {
        self.segment.spec.roles().all(|role| self.draft.products.iter().any(|product| product.role == role))
    }

    /// The next product that was not looked at in this pass.
    #[must_use]
    pub fn unseen(&self) -> Option<ServiceId> {
        self.parts().into_iter().map(|(_, id)| id).find(|id| !self.services.contains_key(id))
    }

    /// All products that were seen in this pass, the connection first.
    pub fn sights(&self) -> impl Iterator<Item = (ProductRole, ServiceId, &Sight<ServiceView>)> {
        self.parts().into_iter().filter_map(|(role, id)| {
            let sight = self.services.get(&id)?;
            Some((role, id, sight))
        })
    }

    /// Whether the segment object is being deleted.
    #[must_use]
    pub fn deleting(&self) -> bool {
        self.segment.metadata.deletion_timestamp.is_some()
    }
}
