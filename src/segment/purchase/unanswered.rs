//! A record without an answer: send what was just written down, record what the seller says, or find out what happened.

use std::time::Duration;

use super::ledger::{closed, refused, sequence_of, with_id};
use super::{cannot_ask, decided, found, order, segment_name, seller_name};
use crate::api::{Desired, OrderOperation, OrderRecord, OrderRecordState as State, OrderRefusal, Party};
use crate::model::Placement;
use crate::provider::Capabilities;
use crate::segment::decide::{Rest, Step, Waiting};
use crate::segment::facts::Facts;

/// A record without an answer: record the answer, send it if that is still allowed, or find out.
pub fn advance(facts: &Facts, record: &OrderRecord) -> Step {
    let sequence = sequence_of(record);
    if let Some((answered, placement)) = &facts.past.answered
        && *answered == sequence
    {
        return match placement {
            Placement::Accepted(id) => Step::Record(vec![with_id(record, id)]),
            Placement::Refused(failure) => Step::Record(vec![refused(record, failure)]),
            Placement::Unknown(_) => find_out(facts, record),
        };
    }
    match facts.past.reserved {
        Some((reserved, ago))
            if reserved == sequence && ago < facts.windows.purchase && record.state == State::Intending =>
        {
            send(facts, record)
        }
        Some(_) | None => find_out(facts, record),
    }
}

/// This process has just written the record and has sent nothing: send it, if it can be sent and is still wanted.
fn send(facts: &Facts, record: &OrderRecord) -> Step {
    let order = match &facts.seller {
        Err(why) => Err(why.message.clone()),
        Ok(_) if !still_wanted(facts, record) => Err("something else is wanted by now".into()),
        Ok(_) => order(facts, record),
    };
    match order {
        Ok(order) => Step::Place(Box::new(order)),
        Err(why) => {
            let why = format!("not sent: {why}");
            Step::Record(vec![closed(record, State::Refused, Some(OrderRefusal::MayPass), &why)])
        }
    }
}

/// Whether an order that was written down, and not sent yet, is for what is wanted now.
fn still_wanted(facts: &Facts, record: &OrderRecord) -> bool {
    let spec = &facts.segment.spec;
    if let Some(twin) = &record.twin {
        return !spec.suspend && decided::ends_twin(facts, &twin.order).is_some();
    }
    let wanted = match record.operation {
        OrderOperation::Add | OrderOperation::Modify => spec.desired == Desired::Present,
        OrderOperation::Disconnect => spec.desired == Desired::Absent,
        OrderOperation::Adopt | OrderOperation::Cancel | OrderOperation::AnswerCharge => false,
    };
    wanted && !spec.suspend && record.revision == spec.revision
}

/// It may have happened: wait until it must be visible, then search.
fn find_out(facts: &Facts, record: &OrderRecord) -> Step {
    let seller = match &facts.seller {
        Ok(seller) => seller,
        Err(why) => return cannot_ask(why, "an order may have been placed"),
    };
    if let Some(wait) = not_visible_yet(facts, record, seller) {
        return wait;
    }
    let Some(search) = &facts.search else {
        return Step::Search;
    };
    match found::matching(search, record) {
        Some(found) if found.state.is_dead() => {
            let outcome =
                format!("{}: {}", found.raw_state, found.reason.as_deref().unwrap_or("no reason given"));
            let dead = with_id(record, &found.id);
            Step::Record(vec![closed(&dead, State::Settled, Some(OrderRefusal::Final), &outcome)])
        }
        Some(found) => Step::Record(vec![with_id(record, &found.id)]),
        None if may_try_again(facts, record, seller) => match fence(facts, record, seller) {
            Fence::Unseen(quote) => Step::ObserveQuoteOrdered(quote),
            Fence::None | Fence::Open => Step::Record(vec![closed(
                record,
                State::Refused,
                Some(OrderRefusal::NotFound),
                "searched for and not found",
            )]),
            Fence::Closed => ask_a_person(facts, record, Some("the seller says that its quote was ordered")),
        },
        None => ask_a_person(facts, record, None),
    }
}

/// Whether nothing found means that nothing is there, and the next number may be tried.
fn may_try_again(facts: &Facts, record: &OrderRecord, seller: &Capabilities) -> bool {
    seller.search_reliable && found::not_found(facts, record) + 1 < facts.windows.attempts
}

/// What the quote says that all orders of one purchase refer to. Where a quote can be ordered once only, one that was ordered
/// proves that an order exists; one that was not proves nothing.
enum Fence {
    /// There is no such proof.
    None,
    /// The quote is to be looked at.
    Unseen(String),
    /// It was not ordered.
    Open,
    /// It was ordered.
    Closed,
}

fn fence(facts: &Facts, record: &OrderRecord, seller: &Capabilities) -> Fence {
    match (&record.quote_id, facts.quote_ordered) {
        (Some(quote), None) if seller.quote_single_use => Fence::Unseen(quote.clone()),
        (Some(_), Some(true)) if seller.quote_single_use => Fence::Closed,
        (Some(_), Some(false)) if seller.quote_single_use => Fence::Open,
        (Some(_) | None, _) => Fence::None,
    }
}

/// Searching did not tell: say so, first on record and then to people.
fn ask_a_person(facts: &Facts, record: &OrderRecord, clue: Option<&str>) -> Step {
    if record.state == State::Intending {
        return Step::Record(vec![OrderRecord { state: State::Unknown, ..record.clone() }]);
    }
    match decided::outcome(facts, record) {
        decided::Word::Act(step) => step,
        decided::Word::Contradicted(why) => unknown(facts, record, Some(&why)),
        decided::Word::None => unknown(facts, record, clue),
    }
}

/// Waits until what may have happened must be visible; `None` from then on.
pub fn not_visible_yet(facts: &Facts, record: &OrderRecord, seller: &Capabilities) -> Option<Step> {
    let visible_after = [seller.request_timeout, seller.delay_bound, seller.search_lag]
        .into_iter()
        .fold(facts.windows.purchase, Duration::saturating_add);
    let left = visible_after.checked_sub(facts.past.open_for).filter(|left| !left.is_zero())?;
    let what = match &record.charge_id {
        Some(charge) => {
            format!("charge {charge} may have been answered; it is looked at before anything else")
        }
        None => {
            format!("order {} may have been placed; it is searched for before anything else", record.mark)
        }
    };
    Some(Step::Rest(Rest::Waiting(Waiting {
        reason: "CheckingOrder",
        party: Party::Operator,
        what,
        until: facts.now.checked_add(left).ok(),
    })))
}

/// Nobody can tell, and nothing goes on until a person does.
fn unknown(facts: &Facts, record: &OrderRecord, clue: Option<&str>) -> Step {
    let (mark, name) = (&record.mark, segment_name(facts));
    let seller = seller_name(facts);
    let mut what = format!(
        "order {mark} may or may not have been placed at {seller}, and searching did not tell; ask the seller for the \
         externalId {mark}, then make a ConnectivityDecision about segment {name} with orderPlaced or orderNotPlaced; \
         nothing is ordered again meanwhile"
    );
    if let Some(clue) = clue {
        what = format!("{clue}; {what}");
    }
    Step::Rest(Rest::Waiting(Waiting {
        reason: "OrderOutcomeUnknown",
        party: Party::User,
        what,
        until: None,
    }))
}
