//! A chain that is in use is replaced by another one: what both have stays, and a crash between any two writes leads to the same.

use super::*;
use crate::api::Overlap;
use crate::intent::decide::Purchase;

/// Metro fiber and wave are in use, wave is denied by now, and haul offers what it had.
fn denied() -> Facts {
    let mut facts = in_use();
    facts.class.overlap = Overlap::Allow;
    edit(&mut facts, |spec| {
        spec.constraints = serde_norway::from_str("{providers: {deny: [wave]}}").unwrap();
        spec.budget.as_mut().unwrap().termination = Some("10000".into());
    });
    run(&mut facts);
    offers(&mut facts, HAUL, "900.00");
    facts
}

/// Only this of what is bought is written before the operator is killed.
fn killed_after(facts: &mut Facts, written: &[usize]) {
    let legs: Vec<Purchase> = committed(facts).legs;
    for index in written {
        respec(facts, &legs[*index].segment, legs[*index].spec.clone());
    }
}

#[test]
fn a_leg_of_both_stays_and_the_other_goes_when_its_successor_is_in_use() {
    for written in [&[][..], &[0], &[1], &[0, 1]] {
        let mut facts = denied();
        killed_after(&mut facts, written);
        let (_, rest) = run(&mut facts);
        let present = Desired::Present;
        assert_eq!(sellers(&facts), [(HAUL, present), (METRO, present), (WAVE, present)], "{written:?}");
        let Rest::Waiting(state, _) = &rest else { panic!("{rest:?}") };
        assert_eq!(*state, IntentState::Changing);
        let told = status(&facts, &rest);
        assert_eq!(told.in_force.unwrap().monthly, "1500.00 USD", "the old chain runs");
        assert_eq!(told.plan.unwrap().joints, ["mmr-haul"], "and the new one is planned");
        assert_eq!(segment(&facts, METRO).spec.choice, segment(&facts, HAUL).spec.choice);
        assert_eq!(segment(&facts, METRO).spec.choice.as_ref().unwrap().revision, 2);
        in_use_at(&mut facts, HAUL, "900.00");
        assert_eq!(run(&mut facts), (vec!["Align", "Drop"], Rest::Active));
        assert_eq!(sellers(&facts), [(HAUL, present), (METRO, present)]);
    }
}

#[test]
fn a_crash_before_all_is_written_asks_again_only_for_what_was_approved() {
    let mut facts = denied();
    facts.class.overlap = Overlap::Ask;
    let (_, rest) = run(&mut facts);
    let Rest::Waiting(_, waiting) = &rest else { panic!("{rest:?}") };
    assert_eq!(waiting.reason, "ApprovalRequired");
    assert!(waiting.what.contains("wave at 800.00 USD monthly"), "{}", waiting.what);
    assert!(!waiting.what.contains("metro-fiber at"), "what both have is paid for once: {}", waiting.what);
    let digest = status(&facts, &rest).plan.unwrap().digest.parse().unwrap();
    approve(&mut facts, digest);
    let pin = decide(&facts);
    assert_eq!(pin.name(), "Pin");
    apply(&mut facts, pin);
    killed_after(&mut facts, &[0]);
    let (steps, rest) = run(&mut facts);
    assert!(matches!(rest, Rest::Waiting(IntentState::Changing, _)), "{steps:?} {rest:?}");
    assert_eq!(segment(&facts, HAUL).spec.desired, Desired::Present);
}

#[test]
fn a_third_choice_leaves_alone_what_still_carries_the_first() {
    let mut facts = denied();
    run(&mut facts);
    record(&mut facts, HAUL, "operation: Add, state: Placed, orderId: ORD-8");
    says(&mut facts, HAUL, SegmentState::Ordering, "OrderInProgress", Some(Party::Seller));
    // Wave is welcome again, and its leg never stopped.
    edit(&mut facts, |spec| {
        spec.constraints = serde_norway::from_str("{providers: {deny: [haul]}}").unwrap();
    });
    let (steps, rest) = run(&mut facts);
    assert_eq!(rest, Rest::Active, "{steps:?}");
    assert_eq!(sellers(&facts), [(METRO, Desired::Present), (WAVE, Desired::Present)]);
    assert_eq!(segment(&facts, WAVE).spec.choice.as_ref().unwrap().revision, 3);
}
