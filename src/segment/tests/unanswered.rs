//! An order without an answer may have happened: it is waited for, searched for, and never simply sent again.

use super::fixture::*;
use crate::api::{OrderOperation, OrderRecordState, OrderRefusal, Party};
use crate::model::{Failure, FailureClass, OrderState, Task};
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Seen, Unavailable};
use crate::segment::record::absorb;

/// A record that another process wrote, old enough to be visible if it was ever sent.
fn unanswered() -> Facts {
    let mut facts = wanted();
    record_orders(&mut facts, [record(1, OrderOperation::Add, OrderRecordState::Intending)]);
    facts.past.open_for = VISIBLE_AFTER;
    facts
}

fn found(orders: impl Into<Vec<crate::model::OrderView>>) -> Facts {
    let mut facts = unanswered();
    facts.past.looked = true;
    facts.search = Some(search(orders));
    facts
}

#[test]
fn it_is_searched_for_when_it_must_be_visible_and_not_before() {
    let mut facts = unanswered();
    facts.past.open_for = VISIBLE_AFTER - std::time::Duration::from_secs(10);
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).until), ("CheckingOrder", Some(after(10))));
    facts.past.open_for = VISIBLE_AFTER;
    assert_eq!(decide(&facts), Step::Search);
}

#[test]
fn found_alive_it_is_adopted() {
    let step = decide(&found([order(1, Task::Add, OrderState::InProgress)]));
    assert_eq!(written(&step).state, OrderRecordState::Placed);
    assert_eq!(written(&step).order_id.as_deref(), Some("ORD-1"));
}

#[test]
fn found_dead_it_is_settled_with_the_sellers_words() {
    let mut dead = order(1, Task::Add, OrderState::Rejected);
    dead.reason = Some("no fibre".into());
    let mut facts = found([dead]);
    let record = written(&decide(&facts)).clone();
    assert_eq!((record.state, record.refusal), (OrderRecordState::Settled, Some(OrderRefusal::Final)));
    assert!(record.outcome.as_ref().unwrap().contains("no fibre"));
    write(&mut facts, &[record]);
    assert_eq!(reason(&decide(&facts)), "OrderRejected");
}

#[test]
fn only_the_same_mark_and_operation_match() {
    let mut other_mark = order(1, Task::Add, OrderState::Completed);
    other_mark.mark = Some(crate::model::Mark::new(REFERENCE, 11));
    let mut unmarked = order(1, Task::Add, OrderState::Completed);
    unmarked.mark = None;
    for view in [other_mark, unmarked, order(1, Task::Disconnect, OrderState::Completed)] {
        let step = decide(&found([view]));
        assert_eq!(written(&step).refusal, Some(OrderRefusal::NotFound));
    }
}

#[test]
fn of_several_the_one_furthest_along_is_adopted() {
    let named = |id: &str, state| {
        let mut view = order(1, Task::Add, state);
        view.id.0 = id.into();
        view
    };
    let found = found([
        named("dead", OrderState::Failed),
        named("done", OrderState::Completed),
        named("under way", OrderState::InProgress),
    ]);
    assert_eq!(written(&decide(&found)).order_id.as_deref(), Some("done"));
}

#[test]
fn not_found_by_a_search_that_can_be_trusted_the_next_number_is_tried_a_few_times() {
    let mut facts = found([]);
    for sequence in 1..WINDOWS.attempts {
        let step = decide(&facts);
        let closed = written(&step).clone();
        assert_eq!(closed.sequence, i64::try_from(sequence).unwrap());
        assert_eq!((closed.state, closed.refusal), (OrderRecordState::Refused, Some(OrderRefusal::NotFound)));
        write(&mut facts, &[closed]);
        let next = written(&decide(&facts)).clone();
        assert_eq!((next.sequence, next.state), (closed_after(sequence), OrderRecordState::Intending));
        write(&mut facts, &[next]);
    }
    let step = decide(&facts);
    assert_eq!(written(&step).state, OrderRecordState::Unknown, "no number beyond the attempts");
    write(&mut facts, &[written(&step).clone()]);
    assert_eq!(reason(&decide(&facts)), "OrderOutcomeUnknown");
    assert_eq!(facts.orders().len(), WINDOWS.attempts);
}

fn closed_after(sequence: usize) -> i64 {
    i64::try_from(sequence).unwrap() + 1
}

#[test]
fn a_quote_that_was_ordered_proves_that_an_order_exists() {
    let mut facts = found([]);
    facts.seller.as_mut().unwrap().quote_single_use = true;
    let quote = facts.orders()[0].quote_id.clone().unwrap();
    assert_eq!(decide(&facts), Step::ObserveQuoteOrdered(quote));
    let mut ordered = facts.clone();
    absorb(&mut ordered, Seen::QuoteOrdered(true));
    let step = decide(&ordered);
    assert_eq!(written(&step).state, OrderRecordState::Unknown, "never placed again");
    write(&mut ordered, &[written(&step).clone()]);
    let step = decide(&ordered);
    assert_eq!((reason(&step), waiting(&step).party), ("OrderOutcomeUnknown", Party::User));
    assert!(waiting(&step).what.contains("quote was ordered"));
    // One that was not ordered proves nothing: the search that can be trusted does.
    absorb(&mut facts, Seen::QuoteOrdered(false));
    assert_eq!(written(&decide(&facts)).refusal, Some(OrderRefusal::NotFound));
}

#[test]
fn an_unreliable_search_that_finds_nothing_needs_a_person_and_nothing_is_ordered() {
    let mut facts = found([]);
    facts.seller.as_mut().unwrap().search_reliable = false;
    let step = decide(&facts);
    assert_eq!(written(&step).state, OrderRecordState::Unknown);
    write(&mut facts, &[written(&step).clone()]);
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("OrderOutcomeUnknown", Party::User));
    assert!(waiting(&step).what.contains(&format!("{REFERENCE}/1")));
    // It is searched for again in every pass, and found one day.
    facts.search = None;
    assert_eq!(decide(&facts), Step::Search);
    facts.search = Some(search([order(1, Task::Add, OrderState::Completed)]));
    assert_eq!(written(&decide(&facts)).order_id.as_deref(), Some("ORD-1"));
}

#[test]
fn a_seller_that_cannot_be_asked_leaves_it_open() {
    let mut facts = unanswered();
    facts.seller = Err(Unavailable {
        reason: "ProviderMissing",
        party: Party::Platform,
        message: "create it again".into(),
    });
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("ProviderMissing", Party::Platform));
    assert!(waiting(&step).what.contains("may have been placed"));
}

#[test]
fn a_search_that_fails_is_no_answer_and_no_offer() {
    for class in [FailureClass::Unsupported, FailureClass::Invalid, FailureClass::Transient] {
        let mut facts = unanswered();
        // After a status was lost there is no offer either.
        facts.draft.offer = None;
        absorb(&mut facts, Seen::Failed(Failure::new(class, "no")));
        assert_eq!(facts.draft.quote, None);
        assert!(matches!(decide(&facts), Step::Rest(Rest::Failing(_))), "{:?}", decide(&facts));
    }
}

#[test]
fn a_change_of_mind_does_not_hide_it() {
    let mut facts = unanswered();
    edit(&mut facts, |spec| spec.desired = crate::api::Desired::Absent);
    delete(&mut facts);
    assert_eq!(decide(&facts), Step::Search);
}
