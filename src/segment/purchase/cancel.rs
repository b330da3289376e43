//! An order under way that nobody wants any more: the seller is asked to cancel it, on record like everything that can cost money.
//!
//! Asking is the whole operation. What comes of it shows in the order itself: it is cancelled, or it ends as ordered and its service
//! is disconnected. A price for cancelling is a charge, and accepting one is no part of this.

use super::ledger::{closed, refused, sequence_of};
use super::unanswered::not_visible_yet;
use super::{cannot_ask, found};
use crate::api::{Desired, OrderOperation, OrderRecord, OrderRecordState as State, OrderRefusal};
use crate::model::{Mark, OrderId, OrderState, Placement};
use crate::segment::decide::Step;
use crate::segment::facts::{Facts, Sight};

/// Whether the seller is to be asked to cancel the order of this record.
pub fn ask(facts: &Facts, record: &OrderRecord, id: &OrderId) -> Option<Step> {
    let spec = &facts.segment.spec;
    if record.operation != OrderOperation::Add
        || spec.desired != Desired::Absent
        || spec.suspend
        || facts.refused
    {
        return None;
    }
    let mut in_vain = 0;
    for asked in facts.orders().iter().filter(|asked| is_about(asked, id)) {
        match asked.refusal {
            Some(OrderRefusal::NotFound | OrderRefusal::RuledOut | OrderRefusal::MayPass) => in_vain += 1,
            Some(OrderRefusal::Final) | None => return None,
        }
    }
    let sequence = found::next_sequence(facts)?;
    if in_vain >= facts.windows.attempts {
        return None;
    }
    if !facts.past.looked && facts.search.is_none() {
        return Some(Step::Search);
    }
    Some(Step::Reserve(Box::new(OrderRecord {
        sequence: i64::from(sequence),
        operation: OrderOperation::Cancel,
        mark: Mark::new(&spec.client_reference, sequence).to_string(),
        order_id: Some(id.0.clone()),
        quote_id: None,
        product_id: None,
        requested_completion: None,
        state: State::Intending,
        refusal: None,
        decision: None,
        outcome: None,
        ..record.clone()
    })))
}

fn is_about(record: &OrderRecord, id: &OrderId) -> bool {
    record.operation == OrderOperation::Cancel && record.order_id.as_ref() == Some(&id.0)
}

/// What a cancellation on record needs next: `id` is the order that it is about.
pub fn advance(facts: &Facts, record: &OrderRecord, id: &OrderId) -> Step {
    let sequence = sequence_of(record);
    if let Some((answered, placement)) = &facts.past.answered
        && *answered == sequence
    {
        return match placement {
            Placement::Accepted(_) => asked(record),
            Placement::Refused(failure) => Step::Record(vec![refused(record, failure)]),
            Placement::Unknown(_) => find_out(facts, record, id),
        };
    }
    match facts.past.reserved {
        Some((reserved, ago)) if reserved == sequence && ago < facts.windows.purchase => {
            if facts.seller.is_ok() && facts.segment.spec.desired == Desired::Absent {
                return Step::Cancel(id.clone());
            }
            Step::Record(vec![closed(record, State::Refused, Some(OrderRefusal::MayPass), "not sent")])
        }
        Some(_) | None => find_out(facts, record, id),
    }
}

fn asked(record: &OrderRecord) -> Step {
    Step::Record(vec![closed(record, State::Settled, None, "the seller was asked to cancel the order")])
}

/// It may have been asked: the order or its cancellation must show it by now.
fn find_out(facts: &Facts, record: &OrderRecord, id: &OrderId) -> Step {
    let seller = match &facts.seller {
        Ok(seller) => seller,
        Err(why) => return cannot_ask(why, &format!("order {id} is under way")),
    };
    if let Some(wait) = not_visible_yet(facts, record, seller) {
        return wait;
    }
    match facts.seen.get(id) {
        None => return Step::ObserveOrder(id.clone()),
        Some(Sight::There(view)) if view.state == OrderState::Cancelling || view.state.is_final() => {
            return asked(record);
        }
        Some(Sight::There(_) | Sight::Missing) => {}
    }
    match facts.cancellation {
        None => Step::ObserveCancellation(id.clone()),
        Some(true) => asked(record),
        Some(false) => {
            let words = "looked for and not found";
            Step::Record(vec![closed(record, State::Refused, Some(OrderRefusal::NotFound), words)])
        }
    }
}
