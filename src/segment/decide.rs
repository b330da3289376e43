//! What to do next about one segment: a pure function from facts to a step.
//!
//! Order of the questions: is an operation open that could have cost money? Is the service unwanted? Is there an offer for the
//! design? May it be bought? Is what was bought as it should be?

use jiff::Timestamp;

use super::facts::{Facts, Sight};
use super::{purchase, record};
use crate::api::{ConfidenceKind, Desired, OrderRecord, Party, SegmentState};
use crate::model::{
    Change, ChargeId, Failure, FailureClass, ItemAnswer, OfferRef, Order, OrderId, ServiceId, ServiceState,
    ServiceView, Trip,
};

pub mod existing;
mod leaving;

/// The next effect, or a rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask whether the design can be delivered.
    Qualify(Change),
    /// Look at a qualification again.
    ObserveQualification(String),
    /// Ask for a price.
    Quote(Change, OfferRef),
    /// Look at a quote again.
    ObserveQuote(String),
    /// Search the seller for orders of the project.
    Search,
    /// Look at the order under way.
    ObserveOrder(OrderId),
    /// Look whether the seller knows of a cancellation of the order.
    ObserveCancellation(OrderId),
    /// Look whether a quote was ordered.
    ObserveQuoteOrdered(String),
    /// Look at the charges of the order.
    ObserveCharges(OrderId),
    /// Look at the charge whose answer was lost.
    ObserveCharge(ChargeId),
    /// Look at a product of the service.
    ObserveService(ServiceId),
    /// Trip the safety catch of the account.
    Trip(Trip),
    /// Look through the inventory for services between the ends.
    FindExisting,
    /// Write down that a service is taken over, if nobody else here has it.
    Adopt(Box<OrderRecord>),
    /// Look what is on a port of the service.
    ObservePort(ServiceId),
    /// Write down an order before it is sent.
    Reserve(Box<OrderRecord>),
    /// Send the order that was just written down.
    Place(Box<Order>),
    /// Ask the seller to cancel an order, as was just written down.
    Cancel(OrderId),
    /// Answer all items of a charge, as was just written down.
    AnswerCharge(ChargeId, Vec<ItemAnswer>),
    /// Write down what became of orders.
    Record(Vec<OrderRecord>),
    /// Tell what the operation brought, then close its record.
    Conclude(Box<OrderRecord>, Box<Rest>),
    /// The record of the segment may go.
    RemoveFinalizer,
    /// Nothing to do now.
    Rest(Rest),
}

impl Step {
    /// Whether it asks the seller for an offer: a refusal is then the seller's answer.
    #[must_use]
    pub const fn asks_for_offer(&self) -> bool {
        match self {
            Self::Qualify(_) | Self::ObserveQualification(_) | Self::Quote(..) | Self::ObserveQuote(_) => {
                true
            }
            Self::Search
            | Self::ObserveOrder(_)
            | Self::ObserveCancellation(_)
            | Self::ObserveQuoteOrdered(_)
            | Self::ObserveCharges(_)
            | Self::ObserveCharge(_)
            | Self::ObserveService(_)
            | Self::Trip(_)
            | Self::FindExisting
            | Self::Adopt(_)
            | Self::ObservePort(_)
            | Self::Reserve(_)
            | Self::Place(_)
            | Self::Cancel(_)
            | Self::AnswerCharge(..)
            | Self::Record(_)
            | Self::Conclude(..)
            | Self::RemoveFinalizer
            | Self::Rest(_) => false,
        }
    }

    /// Whether it gives way where the account's budget of requests is used up. What costs money, what settles an order and what
    /// ends a service does not; what asks nobody need not.
    #[must_use]
    pub fn can_wait(&self, facts: &Facts) -> bool {
        match self {
            Self::Qualify(_)
            | Self::ObserveQualification(_)
            | Self::Quote(..)
            | Self::ObserveQuote(_)
            | Self::FindExisting => true,
            // Nothing is ordered before a search.
            Self::Search => facts.segment.spec.offer.is_none() && !purchase::is_pressing(facts),
            Self::ObserveOrder(_) | Self::ObserveService(_) | Self::ObservePort(_) => {
                !purchase::is_pressing(facts)
            }
            Self::ObserveCancellation(_)
            | Self::ObserveQuoteOrdered(_)
            | Self::ObserveCharges(_)
            | Self::ObserveCharge(_)
            | Self::Adopt(_)
            | Self::Place(_)
            | Self::Cancel(_)
            | Self::AnswerCharge(..)
            | Self::Trip(_)
            | Self::Reserve(_)
            | Self::Record(_)
            | Self::Conclude(..)
            | Self::RemoveFinalizer
            | Self::Rest(_) => false,
        }
    }

    /// A fixed word for logs and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Qualify(_) => "Qualify",
            Self::ObserveQualification(_) => "ObserveQualification",
            Self::Quote(..) => "Quote",
            Self::ObserveQuote(_) => "ObserveQuote",
            Self::Search => "Search",
            Self::ObserveOrder(_) => "ObserveOrder",
            Self::ObserveCancellation(_) => "ObserveCancellation",
            Self::ObserveQuoteOrdered(_) => "ObserveQuoteOrdered",
            Self::ObserveCharges(_) => "ObserveCharges",
            Self::ObserveCharge(_) => "ObserveCharge",
            Self::ObserveService(_) => "ObserveService",
            Self::Trip(_) => "Trip",
            Self::FindExisting => "FindExisting",
            Self::Adopt(_) => "Adopt",
            Self::ObservePort(_) => "ObservePort",
            Self::Reserve(_) => "Reserve",
            Self::Place(_) => "Place",
            Self::Cancel(_) => "Cancel",
            Self::AnswerCharge(..) => "AnswerCharge",
            Self::Record(_) => "Record",
            Self::Conclude(..) => "Conclude",
            Self::RemoveFinalizer => "RemoveFinalizer",
            Self::Rest(rest) => rest.name(),
        }
    }
}

/// Somebody must act, or time must pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// One PascalCase word.
    pub reason: &'static str,
    /// Who must act.
    pub party: Party,
    /// What is missing, and what to do.
    pub what: String,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// Why nothing is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rest {
    /// There is an offer for the design; nothing was ordered.
    Offered,
    /// The seller cannot or does not want to deliver the design.
    Declined(Waiting),
    /// The service is as designed.
    Active,
    /// The service is as designed, and its intent left it behind on purpose.
    Released,
    /// The service is in use, and only watched.
    Observed,
    /// Somebody works on it or must act.
    Waiting(Waiting),
    /// A call failed; it may pass by itself.
    Failing(Waiting),
    /// Nothing will change until somebody changes something.
    Stalled(Waiting),
    /// There is no service any more, or never was.
    Gone,
}

impl Rest {
    /// A fixed word for logs and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Offered => "Offered",
            Self::Declined(_) => "Declined",
            Self::Active => "Active",
            Self::Released => "Released",
            Self::Observed => "Observed",
            Self::Waiting(_) => "Waiting",
            Self::Failing(_) => "Failing",
            Self::Stalled(_) => "Stalled",
            Self::Gone => "Gone",
        }
    }
}

/// What to do next.
#[must_use]
pub fn decide(facts: &Facts) -> Step {
    if purchase::abandoned(facts) {
        return Step::RemoveFinalizer;
    }
    if let Some(failure) = &facts.failure {
        let rest = if purchase::watches(facts) {
            existing::as_told(facts)
        } else if settled(facts) {
            Some(resting(facts))
        } else {
            purchase::still_beside(facts)
        };
        return Step::Rest(rest.unwrap_or_else(|| failed(failure, facts)));
    }
    if facts.deleting() && purchase::nothing_bought(facts) {
        return purchase::release(facts);
    }
    if let Some(step) = purchase::advance(facts) {
        return step;
    }
    if let Some(step) = purchase::recover(facts) {
        return step;
    }
    if let Some(step) = purchase::retake(facts) {
        return step;
    }
    match facts.segment.spec.desired {
        Desired::Absent => leaving::leave(facts),
        Desired::Offer if purchase::watches(facts) => existing::look_after(facts),
        Desired::Offer => price(facts),
        Desired::Present => keep(facts),
    }
}

/// Only a price is wanted. But what was bought under a record that got lost is found before anything is asked, or another seller's
/// offer would be taken beside it.
fn price(facts: &Facts) -> Step {
    if facts.service_id().is_some() && facts.draft.in_force.is_some() {
        return watch(facts);
    }
    purchase::look_before_asking(facts)
        .or_else(|| offer(facts, &Change::Add))
        .unwrap_or(Step::Rest(Rest::Offered))
}

/// The service is wanted: buy it, change it, or see that it is there.
fn keep(facts: &Facts) -> Step {
    let spec = &facts.segment.spec;
    if as_designed(facts) {
        return watch(facts);
    }
    let (operation, change) = match (&facts.draft.in_force, facts.service_id()) {
        (Some(_), Some(service)) => (purchase::Task::Modify, Change::Modify(service)),
        (Some(_) | None, None) | (None, Some(_)) => (purchase::Task::Add, Change::Add),
    };
    if let (purchase::Task::Add, Some(_)) = (operation, &spec.existing) {
        let what =
            "the service that was taken over is gone; delete the intent, nothing is bought in its place";
        return stalled("ServiceVanished", Party::Seller, what.into());
    }
    if let Some(refused) = purchase::refused(facts, operation) {
        return Step::Rest(Rest::Declined(refused));
    }
    if let Some(step) = offer(facts, &change) {
        let asks_anew = matches!(step, Step::Qualify(Change::Add));
        return purchase::look_for_lost(facts).filter(|_| asks_anew).unwrap_or(step);
    }
    match (&spec.offer, &facts.draft.offer) {
        (Some(chosen), Some(made))
            if chosen.revision == spec.revision && chosen.quote_id == made.quote_id =>
        {
            purchase::start(facts, operation)
        }
        // The intent has not chosen this offer (yet, or any more); what runs goes on.
        (Some(_) | None, Some(_)) | (_, None) => Step::Rest(Rest::Offered),
    }
}

/// Whether the service runs as it is wanted.
fn as_designed(facts: &Facts) -> bool {
    let Some(runs) = &facts.draft.in_force else { return false };
    let present = runs.revision >= facts.segment.spec.revision || purchase::runs(facts);
    present && facts.service_id().is_some()
}

/// How many slow beats a settled service may go unseen before that is worth telling.
const LOOKS_THAT_MAY_FAIL: u32 = 4;

/// Whether there is nothing to do but to look, and the last look gave no reason to worry. A look that fails does not either: what
/// was seen last stands until the next one, and that the seller does not answer is told by its account.
fn settled(facts: &Facts) -> bool {
    facts.segment.spec.desired == Desired::Present
        && purchase::open(facts.orders()).is_none()
        && as_designed(facts)
        && facts.past.observed_for < facts.windows.observe.saturating_mul(LOOKS_THAT_MAY_FAIL)
        && !worries(facts)
}

fn worries(facts: &Facts) -> bool {
    !matches!(facts.draft.state, Some(SegmentState::Active | SegmentState::Released))
}

/// What was bought is still there? A settled service is looked at slowly, one that gave reason to worry at every look.
///
/// A look that has begun goes on until all products are seen: a service is what all of them are.
fn watch(facts: &Facts) -> Step {
    let worry = worries(facts);
    let due = worry || facts.past.observed_for >= facts.windows.observe || facts.sights().next().is_some();
    match (facts.unseen(), &facts.seller) {
        (Some(id), Ok(_)) if due => Step::ObserveService(id),
        (Some(_), Err(why)) if worry => Step::Rest(unavailable(why.reason, why.party, &why.message)),
        (Some(_), _) => Step::Rest(resting(facts)),
        (None, _) => facts
            .sights()
            .find_map(|(_, id, sight)| vanished(&id, sight))
            .or_else(|| ended_by_seller(facts))
            .or_else(|| purchase::look_for_twins(facts))
            .unwrap_or_else(|| Step::Rest(resting(facts))),
    }
}

fn vanished(service: &ServiceId, sight: &Sight<ServiceView>) -> Option<Step> {
    let what = format!(
        "the seller no longer knows service {service}; ask its support desk, nothing is ordered again"
    );
    match sight {
        Sight::There(_) => None,
        Sight::Missing => Some(stalled("ServiceVanished", Party::Seller, what)),
    }
}

/// A product of the service ended, or was switched off, without an order of ours.
pub(super) fn ended_by_seller(facts: &Facts) -> Option<Step> {
    facts.sights().find_map(|(_, id, sight)| match sight {
        Sight::There(view) => ended(&id, view),
        Sight::Missing => None,
    })
}

fn ended(service: &ServiceId, view: &ServiceView) -> Option<Step> {
    match &view.state {
        ServiceState::Active | ServiceState::Changing | ServiceState::Pending | ServiceState::Unknown(_) => {
            None
        }
        ServiceState::Suspended | ServiceState::Terminating | ServiceState::Gone => {
            let what = format!(
                "the seller shows service {service} as {}, without an order of ours; ask its support desk",
                view.raw_state
            );
            Some(stalled("ServiceEndedBySeller", Party::Seller, what))
        }
    }
}

/// Nothing will change until somebody changes something.
#[must_use]
pub fn stalled(reason: &'static str, party: Party, what: String) -> Step {
    Step::Rest(Rest::Stalled(Waiting { reason, party, what, until: None }))
}

fn resting(facts: &Facts) -> Rest {
    if facts.segment.spec.released { Rest::Released } else { Rest::Active }
}

/// What is missing until there is an offer for the design; `None` when there is one.
fn offer(facts: &Facts, change: &Change) -> Option<Step> {
    let revision = facts.segment.spec.revision;
    let valid = |until: &Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>| {
        until.as_ref().is_none_or(|until| until.0 > facts.now)
    };
    if facts.draft.offer.as_ref().is_some_and(|offer| offer.revision == revision && valid(&offer.valid_until))
    {
        return None;
    }
    if let Err(refusal) = &facts.wish {
        return Some(stalled(refusal.reason, Party::Platform, refusal.message.clone()));
    }
    if let Err(why) = &facts.seller {
        return Some(Step::Rest(unavailable(why.reason, why.party, &why.message)));
    }
    if let Some(quote) = facts.draft.quote.as_ref().filter(|quote| quote.revision == revision) {
        if let Some(refusal) = &quote.refusal {
            return Some(declined(facts, change, "NoOffer", refusal));
        }
        if let Some(id) = &quote.id {
            return Some(if facts.asked {
                late(facts, "quote", quote.expected.as_ref().map(|time| time.0))
            } else {
                Step::ObserveQuote(id.clone())
            });
        }
    }
    let asked = facts
        .draft
        .qualification
        .as_ref()
        .filter(|asked| asked.revision == revision && valid(&asked.valid_until));
    let Some(asked) = asked else {
        return Some(Step::Qualify(change.clone()));
    };
    let Some(item) = &asked.item else {
        return Some(if facts.asked {
            late(facts, "qualification", asked.expected.as_ref().map(|time| time.0))
        } else {
            Step::ObserveQualification(asked.id.clone())
        });
    };
    if asked.confidence == Some(ConfidenceKind::Red) {
        let words = asked.reason.as_deref().unwrap_or("the seller gave no reason");
        return Some(declined(facts, change, "NoCapacity", words));
    }
    let offer = OfferRef { quote: None, qualification: Some(record::qualified(asked, item)) };
    Some(Step::Quote(change.clone(), offer))
}

/// The seller declined. Causes go away: after a while it is asked again.
fn declined(facts: &Facts, change: &Change, reason: &'static str, words: &str) -> Step {
    if facts.past.asked_for >= facts.windows.ask_again {
        return Step::Qualify(change.clone());
    }
    let name = &facts.segment.spec.provider.name;
    Step::Rest(Rest::Declined(Waiting {
        reason,
        party: Party::Seller,
        what: format!("{name} cannot deliver this: {words}; it is asked again later"),
        until: None,
    }))
}

fn late(facts: &Facts, what: &str, until: Option<Timestamp>) -> Step {
    let late = until.is_some_and(|until| until < facts.now);
    Step::Rest(Rest::Waiting(Waiting {
        reason: if late { "Delayed" } else { "AwaitingOffer" },
        party: Party::Seller,
        what: format!("{} to answer a {what}", facts.segment.spec.provider.name),
        until,
    }))
}

fn unavailable(reason: &'static str, party: Party, message: &str) -> Rest {
    Rest::Waiting(Waiting { reason, party, what: message.to_owned(), until: None })
}

/// A free call failed: whose move is it? It may pass by itself; a refused question about an offer is none of these.
fn failed(failure: &Failure, facts: &Facts) -> Rest {
    let name = &facts.segment.spec.provider.name;
    let (reason, party, advice) = blame(&failure.class);
    // Our own turn comes within moments; another time at every look would be written at every look.
    let said = failure.wait().filter(|_| matches!(failure.class, FailureClass::Throttled(_)));
    let until = said.and_then(|wait| facts.now.checked_add(wait).ok());
    Rest::Failing(Waiting { reason, party, what: format!("{name}: {failure}; {advice}"), until })
}

/// Whose move a failure is, as reason, party and advice.
#[must_use]
pub const fn blame(class: &FailureClass) -> (&'static str, Party, &'static str) {
    match class {
        FailureClass::Invalid | FailureClass::Unsupported => {
            ("RefusedBySeller", Party::User, "change the intent, or ask the platform team")
        }
        FailureClass::Unauthenticated | FailureClass::PermissionDenied => (
            "CredentialsRefused",
            Party::Platform,
            "the seller refuses our credentials: renew the Secret that the ConnectivityProvider names",
        ),
        FailureClass::Misconfigured => {
            ("ProviderMisconfigured", Party::Platform, "mend the ConnectivityProvider or its Secret")
        }
        FailureClass::Throttled(_) => (
            "SellerThrottles",
            Party::Seller,
            "it is left alone for as long as it wants; if this comes back, the platform team should state fewer \
             spec.requests.perMinute in the ConnectivityProvider",
        ),
        FailureClass::OverBudget(_) => (
            "RequestBudget",
            Party::Operator,
            "it is asked in its turn, orders go first; if this stays, the platform team may raise \
             spec.requests.perMinute of the ConnectivityProvider as far as the seller allows",
        ),
        FailureClass::Conflict
        | FailureClass::NotFound
        | FailureClass::Transient
        | FailureClass::Unreadable => {
            ("SellerUnavailable", Party::Seller, "the seller does not answer as it should; it is tried again")
        }
    }
}
