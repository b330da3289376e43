//! The seller as seen from behind: what the suite must be able to bring about there, and to know.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::{Design, OrderId, ServiceId};
use crate::provider::Fence;

/// A request to the seller, by what it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// To take an order.
    Order,
    /// To cancel one.
    Cancel,
    /// To take the answer to a charge.
    AnswerCharge,
    /// To show an order.
    ShowOrder,
    /// To search for orders.
    Search,
    /// To show a service.
    ShowService,
}

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It takes effect, and nothing is answered: the connection ends.
    AnswerLost,
    /// It takes effect, and half of the answer is all there is.
    HalfAnAnswer,
    /// It has no effect: the connection ends before the seller saw it.
    RequestLost,
    /// It takes effect this much later, and the connection ends.
    LateEffect(Duration),
    /// It takes effect, and the connection stays open and mute for longer than anybody waits.
    Silence,
    /// Somebody on the way answers with a page for people; no effect.
    Page,
    /// The seller refuses it of its own accord; no effect.
    Refused,
    /// The seller answers with this HTTP status, or what comes nearest to it.
    Status {
        /// The status.
        code: u16,
        /// How long to stay away.
        retry_after: Option<Duration>,
        /// Whether it takes effect all the same.
        took_effect: bool,
    },
    /// The answer shows a state that nobody ever heard of.
    OddState(&'static str),
    /// The answer shows everything, whatever was searched for.
    IgnoredFilters,
}

/// An order that the seller took, by its own books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its id.
    pub id: OrderId,
    /// The mark that it bears, as text.
    pub mark: Option<String>,
    /// The project that it bears.
    pub project: Option<String>,
}

/// A seller that does as it is told, and the adapter's surroundings with it.
#[async_trait]
pub trait Backstage: Send + Sync {
    /// A new service that can be delivered at once, another one for each number.
    fn design(&self, number: u32) -> Design;

    /// The same service with other rates.
    fn changed(&self, design: &Design) -> Design;

    /// A fence that is far away, or long over.
    fn fence(&self, over: bool) -> Fence;

    /// How long the seller takes, at most, until an order is completed and can be seen.
    fn delivery(&self) -> Duration;

    /// How long after an order it is under way: looked at by the seller, and not completed for a while.
    fn under_way(&self) -> Duration;

    /// What must never be shown to anybody.
    fn secrets(&self) -> Vec<String>;

    /// Lets so much time go by for the seller and for the adapter.
    async fn pass(&self, time: Duration);

    /// From now on this befalls every such request, whatever befalls others; `false` where that cannot be brought about.
    async fn disturb(&self, call: Call, trouble: Trouble) -> bool;

    /// Nothing goes wrong any more.
    async fn calm(&self);

    /// The next order raises a charge, and stops until that is answered; `false` where that cannot be brought about.
    async fn charge_next(&self) -> bool;

    /// How many such requests reached the seller so far, those that came to nothing included.
    async fn received(&self, call: Call) -> usize;

    /// Every order that the seller ever took.
    async fn taken(&self) -> Vec<Taken>;

    /// Every service that orders brought about, and whether it still runs.
    async fn services(&self) -> Vec<(ServiceId, bool)>;
}
