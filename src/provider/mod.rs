//! The port: what every seller can be asked, whatever its API looks like.
//!
//! The core sees sellers only through [`Provider`]. Adapters implement it, [`Guard`] decorates it (deadline, metrics,
//! leaving a seller alone that says "too many"), [`Requests`] counts what leaves, [`Directory`] says which account is served by
//! which instance, and [`conformance`] checks that an adapter keeps the rules below. This room must not know Kubernetes, HTTP or any one seller.
//!
//! | Rule | Why |
//! | --- | --- |
//! | No method waits: each returns within its deadline; long work is a handle that the caller keeps and observes. | Nothing is lost on restart. |
//! | Adapters hold no state but connections and tokens. | Any process can go on where another stopped. |
//! | `place`, `cancel` and `answer_charge` are sent at most once per call, never retried or redirected. | They cost money. |
//! | `find` returns only what was read by id and bears our marks. | Filters may be ignored. |
//! | An unknown state or value is carried in the seller's own word, never an error. | Sellers grow states. |

use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::model::{
    Address, Callback, CancellationView, Change, ChargeId, ChargeView, Design, Failure, ItemAnswer, OfferRef,
    Order, OrderId, OrderView, Place, Placement, Project, Qualification, Quote, ServiceId, ServiceView,
    SubscriptionId, Topic,
};

pub mod conformance;
mod directory;
mod guard;
mod quota;
mod requests;

pub use directory::{Absence, Directory};
pub use guard::Guard;
pub use requests::Requests;

/// Result of a call that costs nothing.
pub type Result<T> = std::result::Result<T, Failure>;

/// An answer, or a handle to ask for it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress<T> {
    /// The answer.
    Ready(T),
    /// The seller works on it.
    Pending {
        /// What to observe.
        handle: String,
        /// When the seller expects to answer.
        expected: Option<Timestamp>,
    },
}

/// What an account can do, as far as the core must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// How long a search may miss what was just ordered.
    pub search_lag: Duration,
    /// Whether a search that finds nothing proves anything.
    pub search_reliable: bool,
    /// How long inventory may lag behind a completed order.
    pub inventory_lag: Duration,
    /// How long after its own time-out a request may still take effect at the seller.
    pub delay_bound: Duration,
    /// The longest time one call may take.
    pub request_timeout: Duration,
    /// Whether an order must refer to a qualification.
    pub qualification_required: bool,
    /// Whether an order must refer to a quote. Prices are known only with one.
    pub quote_required: bool,
    /// Whether a quote can be ordered once only: then `accepted` proves that an order exists.
    pub quote_single_use: bool,
}

/// What a look at the account showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// The seller ignores the search filters, so that every hit must be read by id and nothing found proves little.
    pub ignores_filters: bool,
    /// The seller's clock minus ours, in seconds, where its answers bear a date.
    pub clock_skew_seconds: Option<i64>,
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one starts; `None` after the last.
    pub next: Option<Cursor>,
}

/// Where a listing goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub u64);

/// Something at the seller that can be looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handle {
    /// A qualification.
    Qualification(String),
    /// A quote.
    Quote(String),
    /// An order.
    Order(OrderId),
    /// A product.
    Service(ServiceId),
}

/// What was seen behind a [`Handle`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// A qualification.
    Qualification(Progress<Qualification>),
    /// A quote.
    Quote(Progress<Quote>),
    /// An order.
    Order(OrderView),
    /// A product.
    Service(ServiceView),
    /// The seller knows nothing of that id (any more, or yet).
    Missing,
}

/// The last moment at which a paid request may leave. It is checked after the connection is up, just before the body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub Instant);

/// A seller account.
///
/// Every method returns within [`Capabilities::request_timeout`] per call it makes. Free calls may be repeated at will.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What the account can do; cheap, no call.
    fn capabilities(&self) -> Capabilities;

    /// Whether the credentials work, how far the clocks differ and whether filters are honoured (by asking for a random mark).
    async fn verify(&self) -> Result<AccountView>;

    /// Places that the seller knows at this address.
    async fn locate(&self, address: &Address) -> Result<Progress<Vec<Place>>>;

    /// Asks whether the design can be delivered.
    async fn qualify(&self, design: &Design, change: &Change) -> Result<Progress<Qualification>>;

    /// Asks for a firm price.
    async fn quote(&self, design: &Design, change: &Change, offer: &OfferRef) -> Result<Progress<Quote>>;

    /// All orders of the project. Each was read by id and bears the project byte for byte.
    async fn find(&self, project: &Project) -> Result<Vec<OrderView>>;

    /// Sends a paid order, once, before the fence or not at all.
    ///
    /// [`Placement::Refused`] is returned only where the seller decided before it took anything, or where nothing was sent.
    async fn place(&self, order: &Order, fence: Fence) -> Placement;

    /// Asks the seller to cancel an order, once, before the fence or not at all.
    async fn cancel(&self, order: &OrderId, fence: Fence) -> Placement;

    /// What became of the cancellation of an order, if there was one.
    async fn cancellation(&self, order: &OrderId) -> Result<Option<CancellationView>>;

    /// A charge.
    async fn charge(&self, charge: &ChargeId) -> Result<ChargeView>;

    /// The charges of an order.
    async fn charges(&self, order: &OrderId) -> Result<Vec<ChargeView>>;

    /// Answers all items of a charge, once, before the fence or not at all.
    async fn answer_charge(&self, charge: &ChargeId, items: &[ItemAnswer], fence: Fence) -> Placement;

    /// Looks at things again. One observation per handle, in the same order.
    async fn observe(&self, handles: &[Handle]) -> Result<Vec<Observation>>;

    /// The products that are on a UNI, by the inventory; those that are gone may be among them. Each was read by id and names
    /// the UNI.
    async fn carried(&self, uni: &ServiceId) -> Result<Vec<ServiceView>>;

    /// One page of the inventory, for audit and adoption.
    async fn list(&self, cursor: Option<Cursor>) -> Result<Page<ServiceView>>;

    /// Asks the seller to tell of every change to the address. Asked twice it tells twice, which is harmless.
    ///
    /// # Errors
    /// [`FailureClass::Unsupported`](crate::model::FailureClass::Unsupported) where the seller tells nothing of this.
    async fn subscribe(&self, topic: Topic, callback: &Callback) -> Result<SubscriptionId>;

    /// Whether the seller still knows a subscription; `None` where it has no way to say.
    async fn subscribed(&self, topic: Topic, subscription: &SubscriptionId) -> Result<Option<bool>>;

    /// Ends a subscription. One that the seller does not know has ended.
    async fn unsubscribe(&self, topic: Topic, subscription: &SubscriptionId) -> Result<()>;
}
