//! What is told about one segment: pure functions from what was seen, and from the rest that was reached, to its status.

use super::decide::{Rest, Waiting, decide};
use super::facts::{Facts, Seen, Sight};
use super::purchase;
use crate::api::{
    ConnectivitySegmentStatus, Difference, OrderOperation, OrderProgress, OrderRecord, OrderRefusal,
    SegmentInForce, SegmentState, Statement, WaitingFor, conditions, whole,
};
use crate::model::{Failure, FailureClass, OrderView, ServiceId, ServiceState, ServiceView};

mod charges;
mod drift;
mod offer;
mod products;
mod service;
mod way_out;

pub use offer::qualified;
pub use products::{asked, shown};
pub use service::adopted;
use service::{existing, in_force, service};

/// Takes into the facts what was seen.
pub fn absorb(facts: &mut Facts, seen: Seen) {
    match seen {
        Seen::Qualification(progress) => offer::qualification(facts, progress),
        Seen::Quote(progress) => offer::quote(facts, progress),
        Seen::OfferLost => {
            facts.draft.qualification = None;
            facts.draft.quote = None;
        }
        Seen::Order(id, sight) => {
            // An order that is only named by somebody is nobody's yet, and one whose service was taken over stays that of others.
            let ours = facts.orders().iter().any(|record| {
                record.operation != OrderOperation::Adopt && record.order_id.as_ref() == Some(&id.0)
            });
            if let Sight::There(view) = &sight
                && ours
            {
                order(facts, view);
            }
            facts.seen.insert(id, sight);
        }
        Seen::Cancellation(known) => facts.cancellation = Some(known),
        Seen::QuoteOrdered(ordered) => facts.quote_ordered = Some(ordered),
        Seen::Charges(order, seen) => {
            facts.draft.charges = charges::shown(&order, &seen);
            facts.charges = Some(seen);
        }
        Seen::Charge(sight) => facts.charge = Some(sight),
        Seen::Service(id, sight) if is_of_twin(facts, &id) => {
            facts.others.insert(id, sight);
        }
        Seen::Service(id, Sight::There(view)) => {
            let view = from_first_end(facts, view);
            service(facts, &id, Sight::There(view));
        }
        Seen::Service(id, Sight::Missing) => service(facts, &id, Sight::Missing),
        Seen::Carried(id, found) => {
            let there = found.into_iter().filter(|view| view.state != ServiceState::Gone);
            facts.carried.insert(id, there.map(|view| view.id).collect());
        }
        Seen::Search(search) => facts.search = Some(search),
        Seen::Existing(found) => {
            let found = found.into_iter().map(|view| from_first_end(facts, view)).collect();
            existing(facts, found);
        }
        Seen::Claimed(owner) => facts.owner = Some(owner),
        Seen::Failed(failure) => failed(facts, failure),
        Seen::Held(hold) => facts.hold = Some(hold),
        Seen::Caught(catch) => facts.catch = catch,
        Seen::NoRoom(objection) => facts.no_room = Some(objection),
    }
}

/// A service as its segment tells it. Inventories tell one between a UNI and an ENNI from its UNI, wherever the segment begins.
fn from_first_end(facts: &Facts, view: ServiceView) -> ServiceView {
    let at_enni = facts.segment.spec.ends.first().is_some_and(|end| end.enni_product_id.is_some());
    if at_enni { view.turned() } else { view }
}

/// Whether it is the service of a second order that is being ended: what is seen of it says nothing about the segment's own.
fn is_of_twin(facts: &Facts, id: &ServiceId) -> bool {
    let twin = purchase::open(facts.orders()).and_then(|record| record.twin.as_ref());
    twin.is_some_and(|twin| twin.product.as_ref() == Some(&id.0))
}

/// A refusal of a question about an offer is the answer to it; any other failure ends the pass.
fn failed(facts: &mut Facts, failure: Failure) {
    let refusal = matches!(failure.class, FailureClass::Invalid | FailureClass::Unsupported);
    if refusal && decide(facts).asks_for_offer() {
        facts.draft.quote = Some(offer::refused(facts.segment.spec.revision, &failure.to_string()));
    } else {
        facts.failure = Some(failure);
    }
}

fn order(facts: &mut Facts, view: &OrderView) {
    let open = purchase::open(facts.orders()).cloned();
    if let Some(record) = open.as_ref().filter(|record| record.twin.is_none()) {
        facts.draft.progress = (!view.state.is_final()).then(|| OrderProgress {
            sequence: record.sequence,
            state: view.raw_state.chars().take(64).collect(),
            expected_completion: view.expected_completion.map(whole),
            milestones: view
                .milestones
                .iter()
                .rev()
                .take(32)
                .rev()
                .map(|name| name.chars().take(128).collect())
                .collect(),
        });
    }
    let brings = open.is_none_or(|record| record.operation == OrderOperation::Add) && !view.state.is_dead();
    if brings {
        products::named(facts, view);
    }
}

/// Takes into the facts that an operation is done: what runs now is what was asked.
pub fn concluded(facts: &mut Facts, operation: OrderOperation) {
    facts.draft.progress = None;
    match operation {
        OrderOperation::Add | OrderOperation::Adopt => {}
        OrderOperation::Modify => {
            facts.draft.differences.clear();
            if let Some(Sight::There(view)) = facts.service().cloned() {
                products::repriced(facts);
                let restarts = facts.account.as_ref().is_none_or(|account| account.change.restarts_term);
                facts.draft.in_force = in_force(facts, &view, restarts);
            }
        }
        OrderOperation::Disconnect => {
            facts.draft.products.clear();
            facts.draft.differences.clear();
            facts.draft.in_force = None;
        }
        OrderOperation::Cancel | OrderOperation::AnswerCharge => {}
    }
}

/// Takes into the facts that records were written. Orders are looked at anew in their light.
pub fn recorded(facts: &mut Facts, records: &[OrderRecord]) {
    facts.seen.clear();
    facts.cancellation = None;
    facts.charges = None;
    facts.charge = None;
    facts.others.clear();
    if records.iter().any(|record| record.twin.is_some()) {
        // What a search found of a second order is not so any more.
        facts.search = None;
    }
    facts.refused = records.iter().any(|record| record.refusal == Some(OrderRefusal::MayPass));
    if records.iter().any(|record| record.operation == OrderOperation::Add && record.refusal.is_some()) {
        facts.draft.products.clear();
        facts.draft.progress = None;
    }
}

/// Where what runs differs from what is asked: nowhere, once what is asked is what runs.
fn differences(facts: &Facts) -> &[Difference] {
    if purchase::runs(facts) { &[] } else { &facts.draft.differences }
}

struct Words {
    ready: Option<bool>,
    state: SegmentState,
    reason: String,
    message: String,
    stalled: bool,
    waiting: Option<Waiting>,
}

/// The status after a rest was reached. Never contains the record of orders.
#[must_use]
pub fn status(facts: &Facts, rest: &Rest) -> ConnectivitySegmentStatus {
    let words = words(facts, &way_out::named(facts, rest));
    let now = whole(facts.now);
    let old = facts.segment.status.as_ref();
    let offered =
        facts.draft.offer.as_ref().is_some_and(|offer| offer.revision == facts.segment.spec.revision);
    let provisioned = facts.draft.in_force.is_some();
    let working = words.ready != Some(true) && !words.stalled;
    let mut statements = vec![
        Statement {
            kind: "Ready",
            holds: words.ready,
            reason: words.reason.clone(),
            message: words.message.clone(),
        },
        Statement {
            kind: "Reconciling",
            holds: Some(working),
            reason: words.reason.clone(),
            message: if working { words.message.clone() } else { String::new() },
        },
        Statement {
            kind: "Stalled",
            holds: Some(words.stalled),
            reason: words.reason,
            message: if words.stalled { words.message } else { String::new() },
        },
    ];
    statements.push(if offered {
        Statement::yes("Offered", "Offered", "the seller made a firm offer")
    } else {
        Statement::no("Offered", "NoOffer", "")
    });
    statements.push(if provisioned {
        Statement::yes("Provisioned", "Provisioned", "the seller's inventory shows the service")
    } else {
        Statement::no("Provisioned", "NotProvisioned", "")
    });
    statements.push(drift::statement(facts, rest));
    ConnectivitySegmentStatus {
        observed_generation: facts.segment.metadata.generation,
        state: Some(words.state),
        conditions: conditions(
            old.map_or(&[], |status| status.conditions.as_slice()),
            statements,
            facts.segment.metadata.generation,
            &now,
        ),
        waiting_for: words.waiting.map(|waiting| {
            WaitingFor {
                party: waiting.party,
                name: Some(facts.segment.spec.provider.name.clone()),
                what: waiting.what.chars().take(1_000).collect(),
                since: now.clone(),
                until: waiting.until.map(whole),
            }
            .since(old.and_then(|status| status.waiting_for.as_ref()))
        }),
        in_force: facts.draft.in_force.clone().map(|runs| {
            // The design that is wanted runs already: what bears another number by now is nothing to order.
            let revision = if purchase::runs(facts) { facts.segment.spec.revision } else { runs.revision };
            SegmentInForce { revision, ..runs }
        }),
        charges: charges::told(facts),
        differences: differences(facts).to_vec(),
        orders: Vec::new(),
        last_order: None,
        ..facts.draft.clone()
    }
}

fn words(facts: &Facts, rest: &Rest) -> Words {
    let good = |state, reason: &str, message: &str| Words {
        ready: Some(true),
        state,
        reason: reason.into(),
        message: message.into(),
        stalled: false,
        waiting: None,
    };
    let bad = |state, waiting: &Waiting, stalled| Words {
        ready: Some(false),
        state,
        reason: waiting.reason.into(),
        message: waiting.what.clone(),
        stalled,
        waiting: Some(waiting.clone()),
    };
    match rest {
        Rest::Offered => {
            good(SegmentState::Offered, "Offered", "the seller made a firm offer; nothing is ordered")
        }
        Rest::Active => good(SegmentState::Active, "Active", "the service is in use as designed"),
        Rest::Released => good(
            SegmentState::Released,
            "Released",
            "the service is in use; its intent left it behind on purpose",
        ),
        Rest::Observed => good(
            SegmentState::Observed,
            "Observed",
            "the service is in use; it is watched, and nothing is ordered",
        ),
        Rest::Gone => good(SegmentState::Gone, "Gone", "there is no service"),
        Rest::Declined(waiting) => bad(SegmentState::Declined, waiting, true),
        Rest::Stalled(waiting) => bad(SegmentState::Blocked, waiting, true),
        Rest::Waiting(waiting) | Rest::Failing(waiting) => bad(waiting_state(facts), waiting, false),
    }
}

fn waiting_state(facts: &Facts) -> SegmentState {
    if purchase::watches(facts) && facts.draft.in_force.is_some() {
        return SegmentState::Observed;
    }
    let own = |record: &&OrderRecord| record.twin.is_none();
    let open = purchase::open(facts.orders()).filter(own).map(|record| record.operation);
    match (open, facts.segment.spec.desired) {
        (Some(OrderOperation::Modify), _) => SegmentState::Changing,
        (Some(OrderOperation::Disconnect), _) | (_, crate::api::Desired::Absent) => {
            SegmentState::Disconnecting
        }
        (
            Some(
                OrderOperation::Add
                | OrderOperation::Adopt
                | OrderOperation::Cancel
                | OrderOperation::AnswerCharge,
            ),
            _,
        ) => SegmentState::Ordering,
        (None, crate::api::Desired::Offer) => SegmentState::Offering,
        (None, crate::api::Desired::Present) if facts.draft.in_force.is_some() => SegmentState::Changing,
        (None, crate::api::Desired::Present) => SegmentState::Ordering,
    }
}
