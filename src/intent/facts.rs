//! Everything a decision about one intent rests on, gathered before it is made.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::class::Classed;
use crate::admit::Refusal;
use crate::api::{
    ConnectivityBudget, ConnectivityIntent, ConnectivitySegment, Desired, ExistingService, OfferLevel,
    ProviderIdentity, SegmentChoice, SegmentJoint, SegmentState, told,
};
use crate::ledger::no_room;
use crate::model::{AcceptedRisk, Amount, Approval, Interconnect, QuoteLevel, Request, SiteView};
use crate::planning::{Asked, Joint, Spent};

mod bought;
mod owed;
mod strand;

pub use bought::{Bought, Chain, chains, is_refused, key};
pub use owed::{owed, price, spent};
pub use strand::{is_left, paid};

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

/// What is known of one spoke of a hub, beside its segments.
#[derive(Debug, Clone)]
pub struct Spoke {
    /// The site of the hub, and its own.
    pub sites: Result<(SiteView, SiteView), Refusal>,
    /// Paths to it on whose ports nothing is free, as found in this pass.
    pub shortages: Vec<(String, String)>,
}

/// Everything a decision rests on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The intent.
    pub intent: Arc<ConnectivityIntent>,
    /// What it asks for.
    pub request: Result<Request, Refusal>,
    /// Its two sites, in its order; of a hub, that of the hub and of its first spoke, where all are there.
    pub sites: Result<(SiteView, SiteView), Refusal>,
    /// Of a hub: what is known of each of its spokes, by the spoke's name.
    pub spokes: BTreeMap<String, Spoke>,
    /// Sites at which legs may meet.
    pub between: Vec<SiteView>,
    /// What is patched there.
    pub interconnects: Vec<Interconnect>,
    /// Interconnects that cannot be read or honoured, and why.
    pub unreadable: Vec<(String, String)>,
    /// All accounts, by name.
    pub sellers: Vec<Seller>,
    /// The segments of this intent, by name.
    pub segments: Vec<Arc<ConnectivitySegment>>,
    /// Those of them, by name, whose VLAN or port another intent's segment has: it ordered, or was there first.
    pub lost_claims: Vec<String>,
    /// The budgets of the namespace.
    pub budgets: Vec<Arc<ConnectivityBudget>>,
    /// Accounts, or ways, on whose ports nothing is free, as found in this pass.
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
    /// What is bought or being bought, if anything: the path that was chosen last.
    #[must_use]
    pub fn bought(&self) -> Option<Bought<'_>> {
        Bought::of(&self.segments)
    }

    /// The segments of the plan, from end to end: those that are bought, or those that still run while they are being disconnected.
    #[must_use]
    pub fn planned(&self) -> Vec<&Arc<ConnectivitySegment>> {
        self.bought().map_or_else(|| self.running(), |bought| bought.there().collect())
    }

    /// The segments that carry the connection until what is bought does, from end to end: of the plan, or of the one before.
    #[must_use]
    pub fn serving(&self) -> Vec<&Arc<ConnectivitySegment>> {
        match self.bought() {
            Some(bought) if bought.before.is_empty() => bought.there().collect(),
            Some(bought) => bought.before,
            None => self.running(),
        }
    }

    fn running(&self) -> Vec<&Arc<ConnectivitySegment>> {
        let mut running: Vec<_> = self.segments.iter().filter(|segment| has_service(segment)).collect();
        running.sort_by_key(|segment| segment.spec.leg);
        running
    }

    /// What the other segments of the segment's path cost, or may come to cost; of a spoke, all others of the intent.
    #[must_use]
    pub fn beside(&self, segment: &ConnectivitySegment) -> Spent {
        let chosen = || segment.spec.choice.iter().flat_map(SegmentChoice::segments);
        let others = self.segments.iter().filter(|other| {
            let name = name_of(other);
            name != name_of(segment) && (segment.spec.spoke.is_some() || chosen().any(|leg| leg == name))
        });
        others.filter_map(|other| owed(other)).sum()
    }

    /// What segments of the intent at the account cost or may come to cost, but for these.
    #[must_use]
    pub fn siblings_at(&self, account: &str, but: &[&str]) -> Spent {
        let others = self.segments.iter().filter(|segment| !but.contains(&name_of(segment)));
        others.filter(|segment| segment.spec.provider.name == account).filter_map(|one| owed(one)).sum()
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

    /// Why the budgets of the namespace have no room for the offers of all these segments together, as a word and the figures.
    #[must_use]
    pub fn no_room(&self, segments: &[&ConnectivitySegment]) -> Option<(&'static str, String)> {
        no_room(&self.budgets, segments).map(|objection| (objection.reason, objection.what))
    }

    /// The account of that name.
    #[must_use]
    pub fn seller(&self, name: &str) -> Option<&Seller> {
        self.sellers.iter().find(|seller| seller.asked.account.name == name)
    }

    /// What joins two segments, as it is known now.
    ///
    /// # Errors
    /// Why it is not known any more.
    pub fn joint(&self, stated: &SegmentJoint) -> Result<Joint, String> {
        if let Some(name) = &stated.interconnect {
            let found = self.interconnects.iter().find(|patch| patch.name == *name);
            let gone = || format!("Interconnect {name} is gone or cannot be read");
            return found.map(|patch| Joint::Patch(Box::new(patch.clone()))).ok_or_else(gone);
        }
        let name = stated.transit.as_deref().unwrap_or_default();
        let found = self.between.iter().find(|site| site.name == name).and_then(|site| site.transit);
        let gone = || format!("Site {name} is gone or cannot be read, or has no transit any more");
        found.map(|transit| Joint::Transit { site: name.to_owned(), transit }).ok_or_else(gone)
    }

    /// What is bought, in use or ordered, and is none of these.
    pub fn does_without<'a>(
        &'a self,
        kept: Vec<&'a str>,
    ) -> impl Iterator<Item = &'a Arc<ConnectivitySegment>> {
        self.segments.iter().filter(move |leg| {
            leg.spec.desired == Desired::Present
                && (has_service(leg) || cost_something(leg))
                && !kept.contains(&name_of(leg))
        })
    }

    /// What runs until these legs do, and what leaving that would cost, in words; none where nothing does.
    #[must_use]
    pub fn replaced_by(&self, legs: &[&ConnectivitySegment]) -> Option<String> {
        let old = self.runs_beside(legs);
        let words: Vec<String> = old.iter().filter_map(|leg| self.leaving(leg)).collect();
        (!old.is_empty()).then(|| words.join(", "))
    }

    /// What runs until these legs do, and goes then.
    #[must_use]
    pub fn runs_beside(&self, legs: &[&ConnectivitySegment]) -> Vec<&Arc<ConnectivitySegment>> {
        let kept = |old: &ConnectivitySegment| legs.iter().any(|leg| name_of(leg) == name_of(old));
        let used = self.bought().map(|bought| bought.in_use()).unwrap_or_default();
        used.into_iter().filter(|old| !kept(old)).collect()
    }

    /// What a segment costs that runs or is ordered, and what leaving it would, in words.
    #[must_use]
    pub fn leaving(&self, leg: &ConnectivitySegment) -> Option<String> {
        let now = leg.status.as_ref()?.in_force.as_ref();
        let ordered = || price(leg).map(|(monthly, _, currency)| (monthly, currency));
        let (monthly, currency) = match now {
            Some(now) => (now.monthly.clone(), now.currency.0.clone()),
            None => ordered().filter(|_| cost_something(leg))?,
        };
        let fee =
            self.fee(leg).1.map_or_else(|| "an unknown sum".to_owned(), |fee| format!("{fee} {currency}"));
        let (name, how) = (&leg.spec.provider.name, if now.is_some() { "costs" } else { "may cost" });
        Some(format!("{name} at {monthly} {currency} monthly, and leaving it {how} {fee}"))
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

/// How far the segment's offer got, as something that may be bought under this risk.
#[must_use]
pub fn offer_state(segment: &ConnectivitySegment, risk: AcceptedRisk, now: Timestamp) -> OfferState {
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
        .and_then(|offer| Some((offer.level, offer.monthly.parse().ok()?, offer.one_time.parse().ok()?)));
    if let Some((level, monthly, one_time)) = made {
        if !risk.covers(level_of(level)) {
            let words = "the seller's quote is firm only after a feasibility check, and the class accepts no such risk; \
                         ask the platform team for a class whose spec.acceptedRisk does";
            return OfferState::Declined("QuoteNotFirm".into(), words.into());
        }
        return OfferState::Made(monthly, one_time);
    }
    let (reason, words) = ready_words(segment);
    let declined = matches!(status.state, Some(SegmentState::Declined | SegmentState::Blocked));
    if current && declined { OfferState::Declined(reason, words) } else { OfferState::Pending(reason, words) }
}

const fn level_of(level: OfferLevel) -> QuoteLevel {
    match level {
        OfferLevel::Firm => QuoteLevel::Firm,
        OfferLevel::FirmSubjectToFeasibilityCheck => QuoteLevel::FirmSubjectToFeasibility,
    }
}

/// Whether a service of the segment is in use.
#[must_use]
pub fn has_service(segment: &ConnectivitySegment) -> bool {
    segment.status.as_ref().is_some_and(|status| status.in_force.is_some())
}

/// The segment's name.
#[must_use]
pub fn name_of(segment: &ConnectivitySegment) -> &str {
    segment.metadata.name.as_deref().unwrap_or_default()
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
