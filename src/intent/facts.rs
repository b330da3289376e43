//! Everything a decision about one intent rests on, gathered before it is made.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::class::Classed;
use crate::admit::Refusal;
use crate::api::{
    ConnectivityIntent, ConnectivitySegment, Desired, ExistingService, ProviderIdentity, SegmentState, told,
};
use crate::model::{Amount, Approval, Request, SiteView};
use crate::planning::{Asked, Spent};

/// An account that may be asked.
#[derive(Debug, Clone)]
pub struct Seller {
    /// What it sells, and whether the namespace may buy.
    pub asked: Asked,
    /// Which account it is.
    pub identity: ProviderIdentity,
    /// What is spent through it by other segments.
    pub spent: Spent,
}

/// Everything a decision rests on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The intent.
    pub intent: Arc<ConnectivityIntent>,
    /// What it asks for.
    pub request: Result<Request, Refusal>,
    /// Its two sites, in its order.
    pub sites: Result<(SiteView, SiteView), Refusal>,
    /// All accounts, by name.
    pub sellers: Vec<Seller>,
    /// The segments of this intent, by name.
    pub segments: Vec<Arc<ConnectivitySegment>>,
    /// Those of them, by name, whose VLAN or port another intent's segment has: it ordered, or was there first.
    pub lost_claims: Vec<String>,
    /// Accounts on whose ports nothing is free, as found in this pass.
    pub shortages: Vec<(String, String)>,
    /// Why the offer was taken that was taken in this pass.
    pub notes: Option<Vec<String>>,
    /// What its class makes of it.
    pub class: Classed,
    /// Plans of it that a person approved.
    pub approvals: Vec<Approval>,
    /// The operator's namespace.
    pub operators: String,
    /// Whether the whole operator holds purchases.
    pub held: bool,
    /// How long sellers may take to make an offer before the others' are taken.
    pub patience: Duration,
    /// The present.
    pub now: Timestamp,
}

impl Facts {
    /// The segment that is bought or being bought, if any.
    #[must_use]
    pub fn bought(&self) -> Option<&Arc<ConnectivitySegment>> {
        self.segments.iter().find(|segment| segment.spec.desired == Desired::Present)
    }

    /// The segment that the status is about: the one that is bought, or the one that still runs while it is being disconnected.
    #[must_use]
    pub fn serving(&self) -> Option<&Arc<ConnectivitySegment>> {
        self.bought().or_else(|| self.segments.iter().find(|segment| has_service(segment)))
    }

    /// The segments that only make offers.
    pub fn offering(&self) -> impl Iterator<Item = &Arc<ConnectivitySegment>> {
        self.segments.iter().filter(|segment| {
            segment.spec.desired == Desired::Offer && segment.metadata.deletion_timestamp.is_none()
        })
    }

    /// Whether the segment has to make room for another intent's.
    #[must_use]
    pub fn lost_claim(&self, segment: &ConnectivitySegment) -> bool {
        segment.metadata.name.as_ref().is_some_and(|name| self.lost_claims.contains(name))
    }

    /// The account of that name.
    #[must_use]
    pub fn seller(&self, name: &str) -> Option<&Seller> {
        self.sellers.iter().find(|seller| seller.asked.account.name == name)
    }

    /// The intent's generation.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.intent.metadata.generation.unwrap_or(1)
    }
}

/// How far a segment's offer for its present design got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferState {
    /// A firm offer: monthly and at once.
    Made(Amount, Amount),
    /// The seller cannot or does not want to: reason and words.
    Declined(String, String),
    /// The seller works on it, or cannot be asked: reason and words.
    Pending(String, String),
}

/// How far the segment's offer got.
#[must_use]
pub fn offer_state(segment: &ConnectivitySegment, now: Timestamp) -> OfferState {
    let Some(status) = &segment.status else {
        return OfferState::Pending("AwaitingOffer".into(), "the seller has not been asked yet".into());
    };
    let current = status.observed_generation == segment.metadata.generation;
    let revision = segment.spec.revision;
    let made = status
        .offer
        .as_ref()
        .filter(|offer| {
            offer.revision == revision && offer.valid_until.as_ref().is_none_or(|until| until.0 > now)
        })
        .and_then(|offer| Some((offer.monthly.parse().ok()?, offer.one_time.parse().ok()?)));
    if let Some((monthly, one_time)) = made {
        return OfferState::Made(monthly, one_time);
    }
    let (reason, words) = ready_words(segment);
    let declined = matches!(status.state, Some(SegmentState::Declined | SegmentState::Blocked));
    if current && declined { OfferState::Declined(reason, words) } else { OfferState::Pending(reason, words) }
}

/// Whether a service of the segment is in use.
#[must_use]
pub fn has_service(segment: &ConnectivitySegment) -> bool {
    segment.status.as_ref().is_some_and(|status| status.in_force.is_some())
}

/// Whether anything was ordered for the segment that did not end in nothing.
#[must_use]
pub fn cost_something(segment: &ConnectivitySegment) -> bool {
    segment.status.iter().flat_map(|status| &status.orders).any(|record| record.refusal.is_none())
}

/// The service that the segment took over, where it did.
#[must_use]
pub fn taken_over(segment: &ConnectivitySegment) -> Option<ExistingService> {
    let orders = segment.status.iter().flat_map(|status| &status.orders);
    let record = orders.rev().find(|record| record.refusal.is_none() && record.product_id.is_some())?;
    Some(ExistingService { product_id: record.product_id.clone() })
}

/// Reason and message of the segment's `Ready` condition.
#[must_use]
pub fn ready_words(segment: &ConnectivitySegment) -> (String, String) {
    let ready = segment.status.as_ref().and_then(|status| told(&status.conditions, "Ready"));
    ready.map_or_else(
        || ("Pending".into(), "nothing is known yet".into()),
        |ready| (ready.reason.clone(), ready.message.clone()),
    )
}
