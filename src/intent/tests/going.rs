//! A deleted intent leaves nothing behind that costs money, unless it was asked to; whatever became of everything else.

use super::fixture::*;
use crate::admit::Refusal;
use crate::api::{DeletionPolicy, Desired, IntentState, Party, SegmentState};
use crate::intent::decide::{Rest, Step, decide};
use crate::intent::facts::Facts;

fn deleted(mut facts: Facts) -> Facts {
    delete(&mut facts);
    facts
}

fn retained(mut facts: Facts) -> Facts {
    edit(&mut facts, |spec| spec.deletion_policy = Some(DeletionPolicy::Retain));
    facts
}

/// Deleted as far as it goes at once: the segment is unwanted and its end is not ordered yet.
fn leaving(facts: Facts) -> Facts {
    let mut facts = deleted(facts);
    run(&mut facts);
    says(&mut facts, METRO, SegmentState::Disconnecting, "Disconnecting", Some(Party::Seller));
    facts
}

#[test]
fn nothing_is_left_to_do_without_our_finalizer() {
    let mut facts = deleted(bought());
    std::sync::Arc::make_mut(&mut facts.intent).metadata.finalizers = None;
    assert_eq!(decide(&facts), Step::Rest(Rest::Gone));
}

#[test]
fn offers_are_dropped() {
    let mut facts = new();
    pending(&mut facts, METRO);
    offered(&mut facts, WAVE, "1200.00");
    let (steps, rest) = run(&mut deleted(facts));
    assert_eq!((steps, rest), (vec!["Drop", "Drop", "RemoveFinalizer"], Rest::Gone));
}

#[test]
fn an_offer_that_is_going_keeps_nobody() {
    let mut facts = new();
    declined(&mut facts, METRO);
    let mut facts = deleted(facts);
    let gone = facts.intent.metadata.deletion_timestamp.clone();
    segment_mut(&mut facts, METRO).metadata.deletion_timestamp = gone;
    assert_eq!(decide(&facts), Step::RemoveFinalizer);
}

#[test]
fn whatever_is_bought_is_disconnected_before_its_record_goes() {
    for facts in [wanted(), ordered(), bought(), changing()] {
        let mut facts = deleted(facts);
        let spec = aligned(&facts);
        assert_eq!((spec.desired, spec.suspend, spec.released), (Desired::Absent, false, false));
        let (steps, rest) = run(&mut facts);
        assert_eq!(steps, ["Align", "Drop"]);
        assert!(matches!(rest, Rest::Waiting(IntentState::Disconnecting, _)), "{rest:?}");
    }
}

#[test]
fn the_intent_goes_when_the_end_is_ordered_and_not_before() {
    for order in [
        "operation: Disconnect, state: Intending",
        "operation: Disconnect, state: Refused, orderId: ORD-2, refusal: Final",
        "operation: Modify, state: Settled, orderId: ORD-2",
    ] {
        let mut facts = leaving(bought());
        record(&mut facts, METRO, order);
        let (state, reason, party) = (IntentState::Disconnecting, "Disconnecting", Party::Seller);
        assert_eq!(gist(&waiting(&facts)), (state, reason, party), "{order}");
    }
    let mut facts = leaving(bought());
    record(&mut facts, METRO, "operation: Disconnect, state: Placed, orderId: ORD-2");
    assert_eq!(decide(&facts), Step::RemoveFinalizer);
    let mut facts = leaving(bought());
    facts.segments.clear();
    assert_eq!(decide(&facts), Step::RemoveFinalizer, "the record itself is gone");
}

#[test]
fn a_suspended_intent_leaves_all_the_same() {
    let mut facts = bought();
    edit(&mut facts, |spec| spec.suspend = true);
    run(&mut facts);
    assert!(segment(&facts, METRO).spec.suspend);
    assert!(!aligned(&deleted(facts)).suspend);
    let mut facts = leaving(bought());
    segment_mut(&mut facts, METRO).spec.suspend = true;
    assert!(!aligned(&facts).suspend, "one that was suspended while it left");
}

#[test]
fn what_leaving_may_cost_can_still_be_raised() {
    let mut facts = leaving(bought());
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().termination = Some("7000.00".into()));
    assert_eq!(aligned(&facts).authority.unwrap().termination, "7000.00".into());
}

#[test]
fn leaving_needs_no_sites_no_sellers_and_no_intent_that_can_be_understood() {
    let mut facts = bought();
    let authority = segment(&facts, METRO).spec.authority.clone();
    let refusal = Refusal { reason: "Invalid", message: "spec: not at all".into() };
    (facts.sites, facts.request) = (Err(refusal.clone()), Err(refusal));
    facts.sellers.clear();
    let spec = aligned(&deleted(facts));
    assert_eq!((spec.desired, spec.authority), (Desired::Absent, authority));
}

#[test]
fn what_is_retained_stays_with_its_segment() {
    for facts in [ordered(), bought(), changing()] {
        let mut facts = deleted(retained(facts));
        let spec = aligned(&facts);
        assert_eq!((spec.desired, spec.released), (Desired::Present, true));
        let (steps, rest) = run(&mut facts);
        assert_eq!((steps, rest), (vec!["Align", "RemoveFinalizer"], Rest::Gone));
    }
}

#[test]
fn a_service_is_retained_even_if_the_intent_cannot_be_honoured_any_more() {
    let mut facts = bought();
    edit(&mut facts, |spec| {
        spec.deletion_policy = Some(DeletionPolicy::Retain);
        spec.class_name = Some("gold".into());
    });
    assert!(facts.request.is_err());
    assert!(aligned(&deleted(facts)).released);
}

#[test]
fn what_was_never_ordered_is_not_retained() {
    let mut refused = wanted();
    record(&mut refused, METRO, "operation: Add, state: Refused, refusal: Final");
    for facts in [wanted(), refused] {
        let spec = aligned(&deleted(retained(facts)));
        assert_eq!((spec.desired, spec.released), (Desired::Absent, false));
    }
}

#[test]
fn what_still_runs_is_shown_until_it_is_gone() {
    let mut facts = leaving(bought());
    let (state, waits) = waiting(&facts);
    let rest = Rest::Waiting(state, waits);
    let told = crate::intent::record::status(&facts, &rest);
    assert!(told.in_force.is_some() && told.commitment.is_some() && told.plan.is_some());
    assert_eq!(told.attachments.len(), 2);
    segment_mut(&mut facts, METRO).status.as_mut().unwrap().in_force = None;
    let told = crate::intent::record::status(&facts, &rest);
    assert!(told.in_force.is_none() && told.attachments.is_empty());
}

#[test]
fn what_was_found_again_and_not_kept_yet_is_disconnected_too() {
    let mut facts = new();
    pending(&mut facts, METRO);
    record(&mut facts, METRO, "operation: Add, state: Placed, orderId: ORD-1");
    assert_eq!(aligned(&deleted(facts.clone())).desired, Desired::Absent);
    let kept = aligned(&deleted(retained(facts)));
    assert!(kept.released && kept.desired == Desired::Offer);
}
