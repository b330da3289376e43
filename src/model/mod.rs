//! The validated domain: bandwidth, delay, money, place, design, order, failure.
//!
//! Values in here are already parsed: a function that takes a [`Bandwidth`] or a [`Design`] cannot be handed nonsense.
//! This room must not know Kubernetes, the network, an async runtime or the clock; the present is always an argument.

mod account;
mod approval;
mod bandwidth;
mod catch;
mod decision;
mod design;
mod duration;
mod failure;
mod interconnect;
mod interface;
mod ledger;
mod money;
mod notification;
mod objective;
mod offer;
mod order;
mod place;
mod port;
mod preference;
mod request;
mod service;

pub use account::{Account, Calendar, Cap, ChangeRules, EarlyTermination, Limits, RouteRisks, ServiceClass};
pub use approval::{Approval, PlanDigest};
pub use bandwidth::{Bandwidth, BandwidthError};
pub use catch::{Catch, CatchCause, CatchLimits, Deed, Release, Trip};
pub use decision::{Decision, DecisionId, Verdict};
pub use design::{Change, Design, End, Product, Rate, Rates, Term, TermEnd, TermUnit, VlanId};
pub use duration::{DurationError, format_duration, parse_duration};
pub use failure::{Failure, FailureClass};
pub use interconnect::{Interconnect, OwnCost, Transit};
pub use interface::{Connector, Interface, NewUni};
pub use ledger::{
    Caps, Claim, Costs, Counts, Entry, EntryKey, Fence, Ledger, MOST_ENTRIES, Most, Shortage, Sight,
};
pub use money::{Amount, Currency, Money, MoneyError, Period};
pub use notification::{Callback, CallbackToken, SubscriptionId, TokenError, Topic};
pub use objective::{
    Commitment, Direction, JitterMetric, JitterObjective, LatencyObjective, Objectives, Percentage,
    Percentile, ServiceLevel,
};
pub use offer::{
    AcceptedRisk, Alternate, Confidence, ItemRefs, OfferRef, Price, PriceKind, Qualification, Quote,
    QuoteLevel, QuotedPort, ready_after,
};
pub use order::{
    CancellationView, ChargeId, ChargeItem, ChargeState, ChargeView, ItemAnswer, Mark, Operation, Order,
    OrderId, OrderState, OrderView, Placement, Project, Task,
};
pub use place::{Address, Coordinates, Country, Place, Site};
pub use port::{Claimed, Claims, Port, PortMode, SiteView};
pub use preference::{Preference, Weights};
pub use request::{
    Budget, Existing, MOST_LEGS, MOST_SPOKES, Mode, OnDelete, OnPartial, Request, RequestedEnd,
    RequestedTerm, Resilience,
};
pub use service::{Billing, Role, ServiceEnd, ServiceId, ServiceState, ServiceView};
