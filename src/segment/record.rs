//! What is told about one segment: pure functions from what was seen, and from the rest that was reached, to its status.

use super::decide::{Rest, Waiting, decide};
use super::facts::{Facts, Seen, Sight};
use super::purchase;
use crate::api::{
    ConnectivitySegmentStatus, CurrencyText, NO_CURRENCY, OrderOperation, OrderProgress, OrderRecord,
    OrderRefusal, SegmentInForce, SegmentState, Statement, WaitingFor, conditions, whole,
};
use crate::model::{Failure, FailureClass, OrderView, Rates, ServiceId, ServiceState, ServiceView};

mod drift;
mod offer;
mod products;

pub use offer::qualified;
pub use products::{asked, shown};

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
            // An order that is only named by somebody is nobody's yet.
            let ours = facts.orders().iter().any(|record| record.order_id.as_ref() == Some(&id.0));
            if let Sight::There(view) = &sight
                && ours
            {
                order(facts, view);
            }
            facts.seen.insert(id, sight);
        }
        Seen::Cancellation(known) => facts.cancellation = Some(known),
        Seen::QuoteOrdered(ordered) => facts.quote_ordered = Some(ordered),
        Seen::Service(id, sight) => {
            service(facts, &id, sight);
        }
        Seen::Carried(id, found) => {
            let there = found.into_iter().filter(|view| view.state != ServiceState::Gone);
            facts.carried.insert(id, there.map(|view| view.id).collect());
        }
        Seen::Search(search) => facts.search = Some(search),
        Seen::Failed(failure) => failed(facts, failure),
        Seen::Held(hold) => facts.hold = Some(hold),
    }
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
    if let Some(record) = &open {
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

fn service(facts: &mut Facts, id: &ServiceId, sight: Sight<ServiceView>) {
    products::seen(facts, id, &sight);
    facts.services.insert(id.clone(), sight);
    let all_in_use =
        facts.all_named() && facts.unseen().is_none() && facts.sights().all(|(.., sight)| sight.is_in_use());
    if let Some(Sight::There(view)) = facts.service().cloned()
        && all_in_use
        && facts.draft.in_force.is_none()
    {
        facts.draft.in_force = in_force(facts, &view, true);
    }
}

/// What runs, once an operation brought it: what was ordered, whatever was wished since.
fn in_force(facts: &Facts, view: &ServiceView, restarts_term: bool) -> Option<SegmentInForce> {
    let wish = facts.wish.as_ref().ok()?;
    let spec = &facts.segment.spec;
    let record = purchase::shapes(facts.orders());
    let before = facts.draft.in_force.as_ref();
    let since = view.started.unwrap_or(facts.now);
    let term_from = if before.is_some() { facts.now } else { since };
    let term_end = match before {
        Some(before) if !restarts_term => before.term_end.clone(),
        Some(_) | None => wish.design.term.end_after(term_from).map(whole),
    };
    let revision = match record {
        Some(found) if found.digest == purchase::FOUND => {
            shown_revision(view, &wish.design.rates, spec.revision)
        }
        Some(record) => record.revision.max(1),
        None => spec.revision,
    };
    let (committed, class_of_service) = if revision == spec.revision {
        (spec.design.committed.0.clone(), spec.design.class_of_service.clone())
    } else {
        let shown =
            view.rates.map_or_else(|| "unknown".to_owned(), |rates| rates.a_to_z.committed().to_string());
        (shown, view.class_of_service.clone().unwrap_or_else(|| "unknown".to_owned()))
    };
    let quote = record.and_then(|record| record.quote_id.as_ref());
    let made = facts.draft.offer.as_ref().filter(|offer| quote == Some(&offer.quote_id));
    Some(SegmentInForce {
        revision,
        committed,
        class_of_service: class_of_service.chars().take(64).collect(),
        currency: made.map_or_else(|| CurrencyText(NO_CURRENCY.into()), |offer| offer.currency.clone()),
        monthly: made.map_or_else(|| "0.00".into(), |offer| offer.monthly.clone()),
        one_time: made.map_or_else(|| "0.00".into(), |offer| offer.one_time.clone()),
        since: before.map_or_else(|| whole(since), |before| before.since.clone()),
        term_end,
    })
}

/// Nobody remembers which design an order found at the seller was for: an earlier one, where inventory shows other rates.
fn shown_revision(view: &ServiceView, wished: &Rates, revision: i64) -> i64 {
    let committed = |rates: &Rates| (rates.a_to_z.committed(), rates.z_to_a.committed());
    let other = view.rates.as_ref().is_some_and(|shown| committed(shown) != committed(wished));
    if other { (revision - 1).max(1) } else { revision }
}

/// Takes into the facts that an operation is done: what runs now is what was asked.
pub fn concluded(facts: &mut Facts, operation: OrderOperation) {
    facts.draft.progress = None;
    match operation {
        OrderOperation::Add => {}
        OrderOperation::Modify => {
            if let Some(Sight::There(view)) = facts.service().cloned() {
                products::repriced(facts);
                let restarts = facts.account.as_ref().is_none_or(|account| account.change.restarts_term);
                facts.draft.in_force = in_force(facts, &view, restarts);
            }
        }
        OrderOperation::Disconnect => {
            facts.draft.products.clear();
            facts.draft.in_force = None;
        }
        OrderOperation::Cancel | OrderOperation::AnswerCharge => {}
    }
}

/// Takes into the facts that records were written. Orders are looked at anew in their light.
pub fn recorded(facts: &mut Facts, records: &[OrderRecord]) {
    facts.seen.clear();
    facts.cancellation = None;
    facts.refused = records.iter().any(|record| record.refusal == Some(OrderRefusal::MayPass));
    if records.iter().any(|record| record.operation == OrderOperation::Add && record.refusal.is_some()) {
        facts.draft.products.clear();
        facts.draft.progress = None;
    }
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
    let words = words(facts, rest);
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
        Rest::Gone => good(SegmentState::Gone, "Gone", "there is no service"),
        Rest::Declined(waiting) => bad(SegmentState::Declined, waiting, true),
        Rest::Stalled(waiting) => bad(SegmentState::Blocked, waiting, true),
        Rest::Waiting(waiting) | Rest::Failing(waiting) => bad(waiting_state(facts), waiting, false),
    }
}

fn waiting_state(facts: &Facts) -> SegmentState {
    let open = purchase::open(facts.orders()).map(|record| record.operation);
    match (open, facts.segment.spec.desired) {
        (Some(OrderOperation::Modify), _) => SegmentState::Changing,
        (Some(OrderOperation::Disconnect), _) | (_, crate::api::Desired::Absent) => {
            SegmentState::Disconnecting
        }
        (Some(OrderOperation::Add | OrderOperation::Cancel | OrderOperation::AnswerCharge), _) => {
            SegmentState::Ordering
        }
        (None, crate::api::Desired::Offer) => SegmentState::Offering,
        (None, crate::api::Desired::Present) if facts.draft.in_force.is_some() => SegmentState::Changing,
        (None, crate::api::Desired::Present) => SegmentState::Ordering,
    }
}
