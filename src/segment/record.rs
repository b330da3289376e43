//! What is told about one segment: pure functions from what was seen, and from the rest that was reached, to its status.

use super::decide::{Rest, Waiting, decide};
use super::facts::{Facts, Seen, Sight};
use super::purchase;
use crate::api::{
    BillingKind, ConfidenceKind, ConnectivitySegmentStatus, CurrencyText, Difference, OrderOperation,
    OrderProgress, OrderRecord, OrderRefusal, ProductRole, ProductStatus, QualificationStatus, QuoteStatus,
    SegmentInForce, SegmentOffer, SegmentState, Statement, WaitingFor, conditions, whole,
};
use crate::model::{
    Confidence, Failure, FailureClass, OrderState, OrderView, Qualification, Quote, QuoteLevel,
};
use crate::provider::Progress;

mod drift;
mod service;

pub use service::adopted;
use service::{existing, in_force, service};

/// Takes into the facts what was seen.
pub fn absorb(facts: &mut Facts, seen: Seen) {
    match seen {
        Seen::Qualification(progress) => qualification(facts, progress),
        Seen::Quote(progress) => quote(facts, progress),
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
            service(facts, &id, &sight);
            facts.service = Some(sight);
        }
        Seen::Search(search) => facts.search = Some(search),
        Seen::Existing(found) => existing(facts, found),
        Seen::Claimed(owner) => facts.owner = Some(owner),
        Seen::Failed(failure) => failed(facts, failure),
        Seen::Held(hold) => facts.hold = Some(hold),
    }
}

/// An answer that had run out when it came, though it was given just now: to ask again at once would be to ask for ever.
const RUN_OUT: &str =
    "the seller's answer had already run out when it came; compare the seller's clock with ours";

fn qualification(facts: &mut Facts, progress: Progress<Qualification>) {
    let revision = facts.segment.spec.revision;
    let awaited = facts
        .draft
        .qualification
        .take()
        .is_some_and(|asked| asked.revision == revision && asked.item.is_none());
    facts.draft.quote = None;
    if let Progress::Ready(answer) = &progress
        && answer.valid_until.is_some_and(|until| until <= facts.now)
    {
        facts.draft.quote = (!awaited).then(|| refused(revision, RUN_OUT));
        return;
    }
    facts.draft.offer =
        facts.draft.offer.take().filter(|offer| offer.revision != revision || still_valid(facts, offer));
    facts.draft.qualification = Some(match progress {
        Progress::Ready(answer) => QualificationStatus {
            revision,
            id: answer.id,
            item: Some(answer.item),
            confidence: Some(match answer.confidence {
                Confidence::Green => ConfidenceKind::Green,
                Confidence::Yellow => ConfidenceKind::Yellow,
                Confidence::Red => ConfidenceKind::Red,
            }),
            reason: answer.reason.map(|words| words.chars().take(1_000).collect()),
            valid_until: answer.valid_until.map(whole),
            installation_seconds: answer
                .installation_interval
                .and_then(|interval| i64::try_from(interval.as_secs()).ok()),
            expected: None,
        },
        Progress::Pending { handle, expected } => {
            facts.asked = true;
            QualificationStatus {
                revision,
                id: handle,
                item: None,
                confidence: None,
                reason: None,
                valid_until: None,
                installation_seconds: None,
                expected: expected.map(whole),
            }
        }
    });
}

fn refused(revision: i64, why: &str) -> QuoteStatus {
    QuoteStatus { revision, id: None, expected: None, refusal: Some(why.chars().take(1_000).collect()) }
}

fn still_valid(facts: &Facts, offer: &SegmentOffer) -> bool {
    offer.valid_until.as_ref().is_none_or(|until| until.0 > facts.now)
}

fn quote(facts: &mut Facts, progress: Progress<Quote>) {
    let revision = facts.segment.spec.revision;
    let awaited =
        facts.draft.quote.take().is_some_and(|asked| asked.revision == revision && asked.id.is_some());
    match progress {
        Progress::Pending { handle, expected } => {
            facts.asked = true;
            let status =
                QuoteStatus { revision, id: Some(handle), expected: expected.map(whole), refusal: None };
            facts.draft.quote = Some(status);
        }
        Progress::Ready(answer) if answer.valid_until.is_some_and(|until| until <= facts.now) => {
            facts.draft.quote = (!awaited).then(|| refused(revision, RUN_OUT));
        }
        Progress::Ready(answer) => match offer(facts, answer) {
            Ok(offer) => facts.draft.offer = Some(offer),
            Err(why) => facts.draft.quote = Some(refused(revision, &why)),
        },
    }
}

/// Only firm quotes for exactly what was asked, with prices that are known, are offers.
fn offer(facts: &Facts, quote: Quote) -> Result<SegmentOffer, String> {
    match quote.level {
        QuoteLevel::Firm => {}
        QuoteLevel::FirmSubjectToFeasibility => {
            return Err(
                "the quote is firm only after a feasibility check; such risk cannot be accepted yet".into()
            );
        }
        QuoteLevel::Budgetary => return Err("the quote is only a guess and cannot be ordered".into()),
    }
    if quote.alternate {
        return Err("the seller offers another term or date than asked".into());
    }
    let account = facts.account.as_ref().ok_or("the account's currency is unknown")?;
    let (monthly, one_time) = quote.totals(account.currency)?;
    let asked = facts.draft.qualification.as_ref();
    Ok(SegmentOffer {
        revision: facts.segment.spec.revision,
        quote_id: quote.id,
        quote_item: quote.item,
        qualification_id: asked.map(|asked| asked.id.clone()),
        qualification_item: asked.and_then(|asked| asked.item.clone()),
        currency: CurrencyText(account.currency.to_string()),
        monthly: monthly.to_string(),
        one_time: one_time.to_string(),
        valid_until: quote.valid_until.map(whole),
    })
}

/// A refusal of a question about an offer is the answer to it; any other failure ends the pass.
fn failed(facts: &mut Facts, failure: Failure) {
    let refusal = matches!(failure.class, FailureClass::Invalid | FailureClass::Unsupported);
    if refusal && decide(facts).asks_for_offer() {
        facts.draft.quote = Some(refused(facts.segment.spec.revision, &failure.to_string()));
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
    if brings
        && let Some(id) = view.services.first()
        && facts.service_id().as_ref() != Some(id)
    {
        facts.service = None;
        facts.draft.products = vec![ProductStatus {
            role: ProductRole::Evc,
            id: id.0.clone(),
            state: if view.state == OrderState::Completed { "active".into() } else { "pendingActive".into() },
            billing: BillingKind::Unknown,
        }];
    }
}

/// Takes into the facts that an operation is done: what runs now is what was asked.
pub fn concluded(facts: &mut Facts, operation: OrderOperation) {
    facts.draft.progress = None;
    match operation {
        OrderOperation::Add | OrderOperation::Adopt => {}
        OrderOperation::Modify => {
            facts.draft.differences.clear();
            if let Some(Sight::There(view)) = facts.service.clone() {
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
    let open = purchase::open(facts.orders()).map(|record| record.operation);
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
