//! What runs cannot be what is asked now: something else is bought beside it, and it goes when that is in use.

use super::chains::in_use_at;
use super::fixture::*;
use crate::api::{ConnectivityIntentStatus, Desired, IntentState, Overlap, Party, SegmentState, holds};
use crate::intent::decide::{Commit, Rest, Step, Waiting, decide};
use crate::intent::facts::{Facts, name_of};
use crate::intent::record::{notes, status};

/// Metro fiber's service to Chicago is in use, and the intent asks for Denver by now, where only wave is.
fn moved(overlap: Overlap) -> Facts {
    let mut facts = bought();
    facts.class.overlap = overlap;
    move_to(&mut facts, "denver");
    facts
}

fn move_to(facts: &mut Facts, place: &str) {
    edit(facts, |spec| {
        spec.endpoints[1].site = serde_norway::from_str(&format!("{{name: {place}}}")).unwrap();
        spec.budget.as_mut().unwrap().termination = Some("10000".into());
    });
    let z = &mut facts.sites.as_mut().unwrap().1;
    *z = site(place);
    if place != "chicago" {
        z.ports.retain(|port| port.account == WAVE);
    }
}

/// Wave has offered.
fn offered_there(overlap: Overlap) -> Facts {
    let mut facts = moved(overlap);
    run(&mut facts);
    offers(&mut facts, WAVE, "1200.00");
    facts
}

/// Wave has the order.
fn ordered_there() -> Facts {
    let mut facts = offered_there(Overlap::Allow);
    let (steps, _) = run(&mut facts);
    assert_eq!(steps, ["Commit"]);
    record(&mut facts, WAVE, "operation: Add, state: Placed, orderId: ORD-2");
    says(&mut facts, WAVE, SegmentState::Ordering, "OrderInProgress", Some(Party::Seller));
    facts
}

fn refused_there() -> Facts {
    let mut facts = ordered_there();
    segment_mut(&mut facts, WAVE).status.as_mut().unwrap().orders.clear();
    record(&mut facts, WAVE, "operation: Add, state: Refused, refusal: Final");
    says(&mut facts, WAVE, SegmentState::Declined, "OrderRefused", Some(Party::Seller));
    facts
}

fn chosen(facts: &Facts) -> Commit {
    match decide(facts) {
        Step::Commit(commit) => *commit,
        other => panic!("{other:?} buys nothing"),
    }
}

fn told(facts: &Facts) -> ConnectivityIntentStatus {
    match decide(facts) {
        Step::Rest(rest) => status(facts, &rest),
        other => panic!("{other:?} is no rest"),
    }
}

/// What is told at the rest that is reached, and written down.
fn rest(facts: &mut Facts) -> (Vec<&'static str>, Rest) {
    let (steps, rest) = run(facts);
    let told = status(facts, &rest);
    std::sync::Arc::make_mut(&mut facts.intent).status = Some(told);
    (steps, rest)
}

fn waits(rest: Rest) -> (IntentState, Waiting) {
    match rest {
        Rest::Waiting(state, waiting) | Rest::Stalled(state, waiting) => (state, waiting),
        other => panic!("{other:?} waits for nobody"),
    }
}

fn desired(facts: &Facts) -> Vec<(&str, Desired)> {
    let there = facts.segments.iter().filter(|segment| segment.metadata.deletion_timestamp.is_none());
    there.map(|segment| (name_of(segment), segment.spec.desired)).collect()
}

const OLD: &str = "seg-metro-fiber";
const NEW: &str = "seg-wave";

#[test]
fn the_new_path_is_bought_first_and_the_old_one_ended_when_it_is_in_use() {
    let mut facts = moved(Overlap::Allow);
    let (steps, rested) = rest(&mut facts);
    assert_eq!(steps, ["Align", "Create"], "what leaving may cost, and the new seller is asked");
    let (state, waiting) = waits(rested);
    assert_eq!(
        (state, waiting.reason.as_str(), waiting.party),
        (IntentState::Changing, "Replacing", Party::Seller)
    );
    assert!(waiting.what.starts_with("endpoints cannot be changed in place"), "{}", waiting.what);
    offers(&mut facts, WAVE, "1200.00");
    let bought = chosen(&facts);
    assert!(bought.chooses && bought.legs.len() == 1);
    let choice = bought.legs[0].spec.choice.clone().unwrap();
    assert_eq!((choice.revision, choice.segments().map(String::as_str).collect::<Vec<_>>()), (1, vec![NEW]));
    let told_why = notes(&facts);
    assert!(
        told_why.iter().any(|note| note.starts_with("disconnected: metro-fiber at 1125.00 USD")),
        "{told_why:?}"
    );
    assert_eq!(rest(&mut facts).0, ["Commit"]);
    assert_eq!(desired(&facts), [(OLD, Desired::Present), (NEW, Desired::Present)]);
    record(&mut facts, WAVE, "operation: Add, state: Placed, orderId: ORD-2");
    says(&mut facts, WAVE, SegmentState::Ordering, "OrderInProgress", Some(Party::Seller));
    let (steps, rested) = rest(&mut facts);
    let (state, waiting) = waits(rested);
    assert_eq!((steps.len(), state, waiting.reason.as_str()), (0, IntentState::Changing, "Replacing"));
    for words in [
        "the old path goes on until the new one is in use",
        "both are paid for",
        "metro-fiber at 1125.00 USD",
        "wave says OrderInProgress",
    ] {
        assert!(waiting.what.contains(words), "`{words}` is not in {}", waiting.what);
    }
    in_use_at(&mut facts, WAVE, "1200.00");
    assert_eq!(rest(&mut facts), (vec!["Align", "Drop"], Rest::Active));
    assert_eq!(desired(&facts), [(NEW, Desired::Present)]);
    assert_eq!(segment(&facts, METRO).spec.authority.as_ref().unwrap().termination.0, "10000.00");
}

#[test]
fn while_the_new_path_is_not_in_use_the_old_one_is_told_of_as_what_runs() {
    for mut facts in [moved(Overlap::Allow), offered_there(Overlap::Ask), ordered_there(), refused_there()] {
        let (_, rested) = rest(&mut facts);
        let told = status(&facts, &rested);
        assert_eq!(told.in_force.as_ref().unwrap().monthly, "1125.00 USD", "{rested:?}");
        assert_eq!(told.commitment.as_ref().unwrap().monthly, "1125.00 USD");
        let ends: Vec<_> =
            told.attachments.iter().map(|end| (end.port.as_str(), end.product_id.as_str())).collect();
        assert_eq!(ends, [("ashburn/metro-fiber-1", "EVC-1"), ("chicago/metro-fiber-1", "EVC-1")]);
        assert!(told.objectives[0].basis.contains("metro-fiber") || told.objectives[0].basis.contains("8ms"));
        assert!(holds(&told.conditions, "HandedOver") && !holds(&told.conditions, "Ready"));
    }
    for mut facts in [offered_there(Overlap::Ask), ordered_there()] {
        rest(&mut facts);
        assert_eq!(told(&facts).plan.unwrap().legs[0].to, "denver/wave-1", "and the plan is the new one");
    }
    let mut facts = ordered_there();
    in_use_at(&mut facts, WAVE, "1200.00");
    rest(&mut facts);
    let told = told(&facts);
    assert_eq!(told.in_force.unwrap().monthly, "1200.00 USD");
    assert_eq!(told.attachments[1].port, "denver/wave-1");
}

#[test]
fn paying_for_both_is_asked_for_where_no_class_allows_it() {
    let mut facts = offered_there(Overlap::Ask);
    let (_, rested) = rest(&mut facts);
    let (state, waiting) = waits(rested);
    assert_eq!(
        (state, waiting.reason.as_str(), waiting.party),
        (IntentState::Changing, "ApprovalRequired", Party::User)
    );
    for words in [
        "beside each other until the new one is in use",
        "metro-fiber at 1125.00 USD monthly",
        "1200.00 USD monthly for the new one",
        "kubectl naas approve",
    ] {
        assert!(waiting.what.contains(words), "`{words}` is not in {}", waiting.what);
    }
    // What is approved is the plan that is shown.
    let digest = told(&facts).plan.unwrap().digest;
    assert!(waiting.what.contains(&digest), "{}", waiting.what);
    approve(&mut facts, digest.parse().unwrap());
    assert_eq!(rest(&mut facts).0, ["Pin", "Commit"]);
    assert_eq!(desired(&facts), [(OLD, Desired::Present), (NEW, Desired::Present)]);
    assert_eq!(told(&facts).approval.unwrap().digest, digest);
    assert_eq!(told(&facts).plan.unwrap().digest, digest, "what was approved is what is bought");
}

#[test]
fn nothing_is_bought_before_leaving_the_old_path_may_be_paid() {
    for (overlap, spoil, reason, party) in [
        (Overlap::Allow, "1", "TerminationFeeNotAccepted", Party::User),
        (Overlap::Ask, "1", "TerminationFeeNotAccepted", Party::User),
        (Overlap::Allow, "", "TerminationFeeUnknown", Party::Platform),
    ] {
        let mut facts = offered_there(overlap);
        if spoil.is_empty() {
            account(&mut facts, METRO).early_termination = None;
        } else {
            edit(&mut facts, |spec| spec.budget.as_mut().unwrap().termination = Some(spoil.into()));
        }
        let (steps, rested) = rest(&mut facts);
        assert!(!steps.contains(&"Commit"), "{steps:?}");
        let (state, waiting) = waits(rested);
        assert_eq!((state, waiting.reason.as_str(), waiting.party), (IntentState::Changing, reason, party));
        assert!(
            waiting.what.contains("metro-fiber at 1125.00 USD monthly, and leaving it costs"),
            "{}",
            waiting.what
        );
        assert_eq!(desired(&facts), [(OLD, Desired::Present), (NEW, Desired::Offer)]);
    }
}

#[test]
fn a_new_path_whose_order_is_refused_leaves_the_old_one() {
    let mut facts = refused_there();
    let (steps, rested) = rest(&mut facts);
    let found = waits(rested);
    assert_eq!((steps.len(), gist(&found)), (0, (IntentState::Active, "ChangeRefused", Party::User)));
    for words in
        ["wave says OrderRefused", "what runs goes on", "set the intent back", "there is no other way"]
    {
        assert!(found.1.what.contains(words), "`{words}` is not in {}", found.1.what);
    }
    assert_eq!(desired(&facts), [(OLD, Desired::Present), (NEW, Desired::Present)]);
    move_to(&mut facts, "chicago");
    assert_eq!(rest(&mut facts).1, Rest::Active);
    assert_eq!(desired(&facts), [(OLD, Desired::Present)], "and it can be set back");
}

#[test]
fn set_back_before_the_order_the_offers_go_and_all_is_as_before() {
    for overlap in [Overlap::Allow, Overlap::Ask] {
        let mut facts = moved(overlap);
        rest(&mut facts);
        if overlap == Overlap::Ask {
            offers(&mut facts, WAVE, "1200.00");
            rest(&mut facts);
        }
        move_to(&mut facts, "chicago");
        assert_eq!(rest(&mut facts), (vec!["Align", "Drop"], Rest::Active));
        assert_eq!(desired(&facts), [(OLD, Desired::Present)]);
        assert_eq!(segment(&facts, METRO).spec.revision, 1);
    }
    // Chosen, and nothing ordered yet.
    let mut facts = offered_there(Overlap::Allow);
    rest(&mut facts);
    move_to(&mut facts, "chicago");
    assert_eq!(rest(&mut facts).1, Rest::Active);
    assert_eq!(desired(&facts), [(OLD, Desired::Present)]);
}

#[test]
fn set_back_after_the_order_it_is_one_more_replacement_that_buys_nothing() {
    for overlap in [Overlap::Allow, Overlap::Ask] {
        let mut facts = ordered_there();
        facts.class.overlap = overlap;
        move_to(&mut facts, "chicago");
        // Wave offers Chicago too, and what is ours is ours already.
        let offer = segment(&facts, METRO).spec.offer.clone();
        rest(&mut facts);
        facts.now = after(PATIENCE + 1);
        let (steps, rested) = rest(&mut facts);
        assert_eq!(rested, Rest::Active, "{steps:?}");
        let back = &segment(&facts, METRO).spec;
        assert_eq!((back.desired, &back.offer), (Desired::Present, &offer));
        assert_eq!(back.choice.as_ref().unwrap().revision, 2);
        assert_eq!(segment(&facts, WAVE).spec.desired, Desired::Absent);
    }
}

#[test]
fn what_was_ordered_may_cost_its_term_when_it_is_left() {
    let mut facts = ordered_there();
    move_to(&mut facts, "chicago");
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().termination = Some("10".into()));
    rest(&mut facts);
    facts.now = after(PATIENCE + 1);
    let (_, waiting) = waits(rest(&mut facts).1);
    assert_eq!(waiting.reason, "TerminationFeeNotAccepted");
    assert!(
        waiting.what.contains("wave at 1200.00 USD monthly, and leaving it may cost"),
        "{}",
        waiting.what
    );
    assert_eq!(
        desired(&facts)[..2],
        [(OLD, Desired::Present), (NEW, Desired::Present)],
        "nothing ends before"
    );
}

#[test]
fn deleted_in_between_both_are_left() {
    let mut facts = ordered_there();
    delete(&mut facts);
    run(&mut facts);
    for seller in [METRO, WAVE] {
        assert_eq!(segment(&facts, seller).spec.desired, Desired::Absent, "{seller}");
    }
    let termination = |seller| -> crate::model::Amount {
        segment(&facts, seller).spec.authority.as_ref().unwrap().termination.0.parse().unwrap()
    };
    assert!(termination(WAVE) < amount("10000"), "metro fiber's fee is paid out of the same budget");
}

#[test]
fn nothing_is_ordered_while_somebody_holds_or_suspends_it() {
    for suspended in [true, false] {
        let mut facts = offered_there(Overlap::Allow);
        facts.held = !suspended;
        if suspended {
            edit(&mut facts, |spec| spec.suspend = true);
        }
        let (_, waiting) = waits(rest(&mut facts).1);
        assert_eq!(waiting.reason, if suspended { "Suspended" } else { "PurchasingHeld" });
        assert_eq!(desired(&facts), [(OLD, Desired::Present), (NEW, Desired::Offer)]);
        assert_eq!(segment(&facts, METRO).spec.suspend, suspended);
    }
    let mut facts = ordered_there();
    edit(&mut facts, |spec| spec.suspend = true);
    run(&mut facts);
    assert!(facts.segments.iter().all(|segment| segment.spec.suspend), "the old one starts no order either");
}

#[test]
fn ports_that_have_no_room_beside_what_runs_are_told_with_whose_move_it_is() {
    let mut facts = moved(Overlap::Allow);
    facts.shortages = vec![(WAVE.into(), "VLAN 210 is not free on port wave-1".into())];
    let found = waits(rest(&mut facts).1);
    assert_eq!(gist(&found), (IntentState::Active, "ChangeRefused", Party::User));
    for words in
        ["VLAN 210 is not free on port wave-1", "what runs keeps its VLAN ids", "ask for another VLAN id"]
    {
        assert!(found.1.what.contains(words), "`{words}` is not in {}", found.1.what);
    }
}

#[test]
fn what_is_ordered_and_not_in_use_is_no_reason_to_wait() {
    let mut facts = ordered();
    move_to(&mut facts, "denver");
    rest(&mut facts);
    offers(&mut facts, WAVE, "1200.00");
    let (steps, rested) = rest(&mut facts);
    // Nothing depends on it: it is cancelled as soon as something else is to be bought, and nobody is asked.
    assert_eq!(steps, ["Commit", "Align", "Drop"]);
    assert_eq!(waits(rested).0, IntentState::Provisioning);
    assert_eq!(segment(&facts, METRO).spec.desired, Desired::Absent);
}

#[test]
fn what_is_left_and_cannot_be_ended_is_told() {
    let mut facts = ordered_there();
    in_use_at(&mut facts, WAVE, "1200.00");
    rest(&mut facts);
    says(&mut facts, METRO, SegmentState::Disconnecting, "TerminationFeeNotAccepted", Some(Party::User));
    let found = waits(rest(&mut facts).1);
    assert_eq!(gist(&found), (IntentState::Active, "TerminationFeeNotAccepted", Party::User));
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().termination = Some("20000".into()));
    run(&mut facts);
    assert_eq!(segment(&facts, METRO).spec.authority.as_ref().unwrap().termination.0, "20000.00");
}

#[test]
fn names_and_order_of_endpoints_are_nothing_to_buy_for() {
    for change in [
        |spec: &mut crate::api::ConnectivityIntentSpec| spec.endpoints.reverse(),
        |spec: &mut crate::api::ConnectivityIntentSpec| spec.endpoints[0].name = "cluster".into(),
    ] {
        let mut facts = bought();
        facts.class.overlap = Overlap::Allow;
        edit(&mut facts, change);
        let found = stalled(&facts);
        assert_eq!(gist(&found), (IntentState::Active, "ChangeRefused", Party::User));
        assert!(found.1.what.starts_with("endpoints keep their names and their order"), "{}", found.1.what);
    }
}

#[test]
fn a_class_that_is_applied_anew_replaces_nothing() {
    let mut facts = bought();
    facts.class = crate::intent::class::Classed { fresh: true, overlap: Overlap::Allow, ..facts.class };
    facts.request.as_mut().unwrap().deny.insert(METRO.into());
    assert_eq!(gist(&stalled(&facts)), (IntentState::Active, "ChangeRefused", Party::User));
}
