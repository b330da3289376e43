//! What gives way where the account's budget of requests is used up, and what is told and done then.

use std::time::Duration;

use super::fixture::*;
use crate::api::{Desired, OrderOperation, OrderRecordState, Party, SegmentState};
use crate::model::{Failure, FailureClass};
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Seen};
use crate::segment::record::absorb;

/// The next step, and whether it gives way.
fn next(facts: &Facts) -> (&'static str, bool) {
    let step = decide(facts);
    (step.name(), step.can_wait(facts))
}

/// Due for a look, of which nothing was seen yet.
fn due() -> Facts {
    let mut facts = bought();
    facts.past.observed_for = facts.windows.observe;
    facts
}

#[test]
fn pricing_and_looking_give_way() {
    assert_eq!(next(&new()), ("Qualify", true));
    let mut lost = new();
    lost.past.looked = false;
    assert_eq!(next(&lost), ("Search", true));
    assert_eq!(next(&due()), ("ObserveService", true));
}

#[test]
fn a_purchase_and_what_settles_it_do_not() {
    assert_eq!(next(&wanted()), ("Search", false));
    assert_eq!(next(&wanted_and_looked()), ("Reserve", false));
    let mut unanswered = wanted();
    record_orders(&mut unanswered, [record(1, OrderOperation::Add, OrderRecordState::Intending)]);
    unanswered.past.open_for = VISIBLE_AFTER;
    assert_eq!(next(&unanswered), ("Search", false));
    let mut under_way = wanted();
    record_orders(&mut under_way, [placed(1, OrderOperation::Add)]);
    assert_eq!(next(&under_way), ("ObserveOrder", false));
}

#[test]
fn an_end_does_not() {
    let mut leaving = unwanted();
    leaving.past.looked = false;
    assert_eq!(leaving.segment.spec.desired, Desired::Absent);
    let (name, waits) = next(&leaving);
    assert!(["Search", "ObserveService"].contains(&name) && !waits, "{name}");
}

fn sent_away(mut facts: Facts, class: FailureClass) -> Step {
    absorb(&mut facts, Seen::Failed(Failure::new(class, "nothing was asked")));
    decide(&facts)
}

#[test]
fn who_is_sent_away_is_told_by_whom_and_until_when_the_seller_wants_it() {
    let by_seller = sent_away(new(), FailureClass::Throttled(Some(Duration::from_secs(90))));
    let told = waiting(&by_seller);
    assert_eq!((told.reason, told.party, told.until), ("SellerThrottles", Party::Seller, Some(after(90))));
    let by_budget = sent_away(new(), FailureClass::OverBudget(Duration::from_secs(7)));
    let told = waiting(&by_budget);
    assert_eq!((told.reason, told.party, told.until), ("RequestBudget", Party::Operator, None));
    assert!(told.what.contains("spec.requests.perMinute"), "{}", told.what);
    // At every look it is another time: it must not be another status.
    assert_eq!(by_budget, sent_away(new(), FailureClass::OverBudget(Duration::from_secs(3))));
}

#[test]
fn a_settled_service_that_is_not_looked_at_now_is_as_it_was() {
    let facts = due();
    assert_eq!(facts.draft.state, Some(SegmentState::Active));
    let step = sent_away(facts, FailureClass::OverBudget(Duration::from_secs(7)));
    assert_eq!(step, Step::Rest(Rest::Active));
}
