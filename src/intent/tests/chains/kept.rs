//! A chain is bought: it is kept, changed, planned around and ended as one.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;

/// Metro fiber's leg is in use, and wave's order was refused for good.
fn refused() -> Facts {
    let mut facts = chosen();
    in_use_at(&mut facts, METRO, "700.00");
    let orders = &mut segment_mut(&mut facts, WAVE).status.as_mut().unwrap().orders;
    orders.clear();
    record(&mut facts, WAVE, "operation: Add, state: Refused, refusal: Final");
    says(&mut facts, WAVE, SegmentState::Declined, "OrderRefused", Some(Party::Seller));
    facts
}

#[test]
fn a_refused_leg_is_planned_around_and_what_the_new_chain_uses_is_kept() {
    let mut facts = refused();
    let (steps, rest) = run(&mut facts);
    assert_eq!(steps, ["Create"]);
    assert!(matches!(rest, Rest::Waiting(IntentState::Provisioning, _)), "{rest:?}");
    offers(&mut facts, HAUL, "900.00");
    let commit = committed(&facts);
    let told: Vec<_> = commit.legs.iter().map(|leg| leg.segment.spec.provider.name.as_str()).collect();
    assert_eq!((told, commit.chooses), (vec![METRO, HAUL], true));
    let pin = commit.legs[1].spec.choice.clone().unwrap();
    assert_eq!((pin.revision, pin.paths[0].joints[0].interconnect.as_deref()), (2, Some("mmr-haul")));
    assert_eq!(pin.refused, ["wave: EVPL from newyork/wave-1 to chicago/wave-1"]);
    assert_eq!(commit.legs[0].spec.offer, segment(&facts, METRO).spec.offer, "nothing is bought twice");
    let notes = crate::intent::record::notes(&facts);
    assert!(notes.iter().any(|note| note.contains("refused: wave says OrderRefused")), "{notes:?}");
    let (steps, rest) = run(&mut facts);
    assert_eq!(steps, ["Commit", "Align", "Drop"]);
    assert!(matches!(rest, Rest::Waiting(IntentState::Provisioning, _)), "{rest:?}");
    assert_eq!(segment(&facts, WAVE).spec.desired, Desired::Absent);
    in_use_at(&mut facts, HAUL, "900.00");
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
}

#[test]
fn around_a_refused_leg_late_is_better_than_never() {
    let mut facts = refused();
    Arc::make_mut(&mut facts.intent).metadata.creation_timestamp = Some(Time(after(-86_400)));
    facts.request.as_mut().unwrap().ready_by = Some(after(86_400));
    account(&mut facts, HAUL).installation = Some(Duration::from_secs(30 * 86_400));
    run(&mut facts);
    offers(&mut facts, HAUL, "900.00");
    assert_eq!(committed(&facts).legs[1].segment.spec.provider.name, HAUL);
}

#[test]
fn a_crash_while_it_is_planned_around_goes_on_with_the_new_chain() {
    for first in [0, 1] {
        let mut facts = refused();
        run(&mut facts);
        offers(&mut facts, HAUL, "900.00");
        let commit = committed(&facts);
        respec(&mut facts, &commit.legs[first].segment, commit.legs[first].spec.clone());
        run(&mut facts);
        assert_eq!(
            sellers(&facts)
                .into_iter()
                .filter(|(_, desired)| *desired == Desired::Present)
                .collect::<Vec<_>>(),
            [(HAUL, Desired::Present), (METRO, Desired::Present)]
        );
        let paths: Vec<_> =
            [METRO, HAUL].iter().map(|name| segment(&facts, name).spec.choice.clone()).collect();
        assert_eq!(paths[0], paths[1]);
    }
}

/// A seller reaches both ends by now, and does without metro fiber's leg, which is owed for a year.
fn another_way(termination: &str) -> Facts {
    let mut facts = refused();
    let budget = facts.request.as_mut().unwrap().budget.as_mut().unwrap();
    budget.termination = termination.parse().unwrap();
    let metro = facts.sites.as_ref().unwrap().0.ports[0].clone();
    let haul = crate::model::Port { account: HAUL.into(), name: format!("{HAUL}-1"), ..metro };
    facts.sites.as_mut().unwrap().0.ports.push(haul);
    run(&mut facts);
    for name in [METRO, WAVE] {
        let told = segment(&facts, name).metadata.generation;
        segment_mut(&mut facts, name).status.as_mut().unwrap().observed_generation = told;
    }
    run(&mut facts);
    let direct = facts.segments.iter().position(|segment| name_of(segment) == "seg-haul").unwrap();
    facts.segments.swap(0, direct);
    offers(&mut facts, HAUL, "1000.00");
    facts.segments.sort_by(|left, right| left.metadata.name.cmp(&right.metadata.name));
    facts.now = after(PATIENCE);
    facts
}

#[test]
fn nothing_is_bought_around_a_refused_leg_before_what_is_given_up_for_it_may_be_paid() {
    let (steps, rest) = run(&mut another_way("0"));
    let Rest::Waiting(_, waiting) = rest else { panic!("{rest:?}") };
    assert_eq!((waiting.reason.as_str(), waiting.party), ("TerminationFeeNotAccepted", Party::User));
    assert!(!steps.contains(&"Commit"), "{steps:?}");
    assert!(waiting.what.contains("raise spec.budget.termination"), "{}", waiting.what);
}

#[test]
fn a_leg_that_the_new_path_does_without_is_disconnected_and_its_cost_told() {
    let mut facts = another_way("100000");
    let commit = committed(&facts);
    assert_eq!(name_of(&commit.legs[0].segment), "seg-haul");
    assert_eq!(commit.legs[0].spec.choice.as_ref().unwrap().revision, 2);
    let notes = crate::intent::record::notes(&facts);
    let told = "disconnected: metro-fiber at 700.00 USD monthly, and leaving it costs";
    assert!(notes.iter().any(|note| note.starts_with(told)), "{notes:?}");
    run(&mut facts);
    assert_eq!(segment(&facts, METRO).spec.desired, Desired::Absent);
    assert_eq!(sellers(&facts), [(HAUL, Desired::Present)]);
}

#[test]
fn a_leg_that_was_refused_is_never_asked_again() {
    let mut facts = refused();
    run(&mut facts);
    offers(&mut facts, HAUL, "900.00");
    run(&mut facts);
    facts.segments.retain(|segment| segment.spec.desired != Desired::Absent);
    record(&mut facts, HAUL, "operation: Add, state: Refused, refusal: Final");
    says(&mut facts, HAUL, SegmentState::Declined, "OrderRefused", Some(Party::Seller));
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "LegRefused", Party::User));
    for words in ["haul says OrderRefused", "there is no other way", "metro-fiber at 700.00 USD monthly"] {
        assert!(found.1.what.contains(words), "{}", found.1.what);
    }
}

#[test]
fn a_chain_of_which_nothing_was_ordered_is_given_up_for_another_intent() {
    let mut facts = offered_all();
    run(&mut facts);
    edit(&mut facts, |spec| spec.endpoints[1].name = "archive".into());
    let (steps, rest) = run(&mut facts);
    assert_eq!(steps, ["Align", "Align", "Drop", "Drop", "Create", "Create"]);
    assert!(matches!(rest, Rest::Waiting(IntentState::Planning, _)), "{rest:?}");
    let mut facts = chosen();
    edit(&mut facts, |spec| spec.endpoints[1].name = "archive".into());
    assert_eq!(gist(&stalled(&facts)), (IntentState::Provisioning, "ChangeRefused", Party::User));
}

#[test]
fn a_deleted_chain_goes_leg_by_leg_to_nothing() {
    let mut facts = in_use();
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().termination = Some("10000".into()));
    while let Step::Align(segment, spec) = decide(&facts) {
        apply(&mut facts, Step::Align(segment, spec));
    }
    delete(&mut facts);
    let (steps, rest) = run(&mut facts);
    assert_eq!(steps.iter().filter(|step| **step == "Drop").count(), 2, "{steps:?}");
    assert!(matches!(rest, Rest::Waiting(IntentState::Disconnecting, _)), "{rest:?}");
    for seller in [METRO, WAVE] {
        let spec = &segment(&facts, seller).spec;
        let termination: crate::model::Amount =
            spec.authority.as_ref().unwrap().termination.0.parse().unwrap();
        assert_eq!(spec.desired, Desired::Absent);
        assert!(
            termination < amount("10000"),
            "the other's fee is paid out of the same budget: {termination}"
        );
    }
    record(&mut facts, METRO, "operation: Disconnect, state: Placed, orderId: ORD-8");
    let (_, waits) = waiting(&facts);
    assert!(waits.what.contains("wave") || waits.name.as_deref() == Some(WAVE), "{waits:?}");
    record(&mut facts, WAVE, "operation: Disconnect, state: Placed, orderId: ORD-9");
    facts.segments.remove(0);
    while let Step::Align(segment, spec) = decide(&facts) {
        apply(&mut facts, Step::Align(segment, spec));
    }
    assert_eq!(decide(&facts), Step::RemoveFinalizer);
}

#[test]
fn a_change_is_agreed_to_when_all_legs_offer_it() {
    let mut facts = in_use();
    edit(&mut facts, |spec| {
        spec.bandwidth.committed = "4G".into();
        spec.budget.as_mut().unwrap().one_time = Some("1000.00".into());
    });
    let (steps, _) = run(&mut facts);
    assert_eq!(steps, ["Align", "Align"]);
    offers(&mut facts, METRO, "1200.00");
    says(&mut facts, METRO, SegmentState::Offered, "Offered", None);
    says(&mut facts, WAVE, SegmentState::Changing, "AwaitingOffer", Some(Party::Seller));
    let found = waiting(&facts);
    assert_eq!((found.0, found.1.name.as_deref()), (IntentState::Changing, Some(WAVE)));
    offers(&mut facts, WAVE, "1300.00");
    let commit = committed(&facts);
    assert_eq!((commit.legs.len(), commit.chooses), (2, false));
    says(&mut facts, WAVE, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
    segment_mut(&mut facts, WAVE).status.as_mut().unwrap().offer = None;
    assert_eq!(gist(&stalled(&facts)), (IntentState::Active, "ChangeRefused", Party::User));
}

#[test]
fn it_is_active_when_all_legs_are_and_tells_of_all_of_them() {
    let mut facts = chosen();
    in_use_at(&mut facts, METRO, "700.00");
    let (state, waits) = waiting(&facts);
    assert_eq!((state, waits.name.as_deref()), (IntentState::Provisioning, Some(WAVE)));
    let told = status(&facts, &Rest::Waiting(state, waits));
    assert!(
        told.attachments.is_empty() && told.in_force.is_none() && !holds(&told.conditions, "Provisioned")
    );
    in_use_at(&mut facts, WAVE, "800.00");
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    let told = status(&facts, &Rest::Active);
    let plan = told.plan.unwrap();
    assert_eq!((plan.monthly.as_str(), plan.one_time.as_str()), ("1500.00 USD", "1000.00 USD"));
    assert_eq!(
        (plan.providers.as_str(), &plan.joints[..]),
        ("metro-fiber, wave", &["mmr-wave".to_owned()][..])
    );
    let legs: Vec<_> = plan.legs.iter().map(|leg| (leg.to.as_str(), leg.latency.is_some())).collect();
    assert_eq!(legs, [("newyork/metro-fiber-1", true), ("chicago/wave-1", true)]);
    let ends: Vec<_> =
        told.attachments.iter().map(|end| (end.endpoint.as_str(), end.product_id.as_str())).collect();
    assert_eq!(ends, [("gpus", "EVC-metro-fiber"), ("store", "EVC-wave")]);
    assert_eq!(told.commitment.unwrap().monthly, "1500.00 USD");
    assert_eq!(told.in_force.unwrap().committed, "2G");
    assert!(told.objectives[0].basis.contains("8.05ms p99"), "{:?}", told.objectives);
    assert!(holds(&told.conditions, "HandedOver"));
}
