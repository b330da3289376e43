//! Between a plan and its order stands a person, where the class says so.

use std::sync::Arc;

use super::class::Scene;
use super::fixture::*;
use crate::api::{Desired, IntentState, Party, SegmentState, holds};
use crate::intent::decide::{Rest, Waiting};
use crate::model::PlanDigest;

const DEAR: &str =
    "{approval: {rules: [{name: dear, expression: plan.monthly > 1000.0, message: above 1000 a month}]}}";

fn plan(scene: &Scene) -> PlanDigest {
    scene.told().plan.as_ref().unwrap().digest.parse().unwrap()
}

/// The wait for an approval, where there is one.
fn waits(scene: &mut Scene) -> Option<(IntentState, Waiting)> {
    match scene.rest().1 {
        Rest::Waiting(state, waiting) if waiting.reason == "ApprovalRequired" => Some((state, waiting)),
        _ => None,
    }
}

fn is_bought(scene: &Scene) -> bool {
    scene.facts.bought().is_some_and(|bought| bought.there().any(|segment| segment.spec.offer.is_some()))
}

#[test]
fn a_plan_that_a_rule_names_waits_for_a_person_and_says_how() {
    let mut scene = Scene::offered(DEAR, "1125.00");
    let (state, waiting) = waits(&mut scene).expect("it waits");
    assert_eq!((state, waiting.party), (IntentState::Planned, Party::User));
    let digest = plan(&scene).to_string();
    for word in [
        "rule dear: above 1000 a month",
        &digest,
        "kubectl naas approve checkpoints -n training",
        "ConnectivityDecision",
        "approvePlan: {intent: {name: checkpoints}",
    ] {
        assert!(waiting.what.contains(word), "`{word}` is not in {}", waiting.what);
    }
    assert!(waiting.what.len() < 1_000);
    assert!(holds(&scene.told().conditions, "Reconciling") && !holds(&scene.told().conditions, "Stalled"));
    assert!(!is_bought(&scene));
    // What no rule names is bought.
    let mut cheap = Scene::offered(DEAR, "1000.00");
    assert_eq!(waits(&mut cheap), None);
    assert!(is_bought(&cheap));
}

#[test]
fn who_approves_is_as_the_class_says() {
    let mut scene = Scene::offered("{approval: {required: Always, approver: Platform}}", "1.00");
    let (_, waiting) = waits(&mut scene).expect("it waits");
    assert_eq!(waiting.party, Party::Platform);
    for word in
        ["naas-system", "intent: {namespace: training, name: checkpoints}", "every purchase is approved"]
    {
        assert!(waiting.what.contains(word), "`{word}` is not in {}", waiting.what);
    }
}

#[test]
fn a_rule_that_is_wrong_asks_for_approval() {
    for expression in ["plan.monthly >", "plan.monthly", "intent.metadata.labels.team == 'ml'"] {
        let class = format!("{{approval: {{rules: [{{name: dear, expression: \"{expression}\"}}]}}}}");
        let mut scene = Scene::offered(&class, "1.00");
        let (_, waiting) = waits(&mut scene).expect(expression);
        assert!(waiting.what.contains("rule dear cannot be evaluated"), "{}", waiting.what);
    }
}

#[test]
fn what_was_approved_is_bought_and_the_approval_is_on_record_before() {
    let mut scene = Scene::offered(DEAR, "1125.00");
    waits(&mut scene).expect("it waits");
    let digest = plan(&scene);
    approve(&mut scene.facts, digest.clone());
    let generation = scene.facts.generation();
    let (steps, _) = scene.rest();
    assert_eq!(steps, ["Pin", "Commit", "Drop"]);
    assert!(is_bought(&scene));
    let used = scene.told().approval.clone().unwrap();
    assert_eq!((used.decision.uid.as_str(), used.digest), ("uid-1", digest.to_string()));
    assert_eq!(scene.facts.generation(), generation, "nothing in the intent changes");
}

#[test]
fn an_approval_holds_for_the_same_at_a_lower_price_and_for_nothing_else() {
    let quoted = |monthly: &str, change: fn(&mut Scene)| {
        let mut scene = Scene::offered(DEAR, "1125.00");
        waits(&mut scene).expect("it waits");
        let digest = plan(&scene);
        approve(&mut scene.facts, digest);
        change(&mut scene);
        scene.rest();
        for seller in [METRO, WAVE] {
            says(&mut scene.facts, seller, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
        }
        offers(&mut scene.facts, METRO, monthly);
        waits(&mut scene);
        is_bought(&scene)
    };
    fn before_it_was_used(scene: &mut Scene) {
        segment_mut(&mut scene.facts, METRO).status.as_mut().unwrap().offer = None;
        says(&mut scene.facts, METRO, SegmentState::Offering, "AwaitingOffer", Some(Party::Seller));
    }
    assert!(quoted("1125.00", before_it_was_used));
    assert!(quoted("1124.99", before_it_was_used));
    assert!(!quoted("1125.01", before_it_was_used));
    assert!(!quoted("1125.00", |scene| edit(&mut scene.facts, |spec| spec.bandwidth.committed = "4G".into())));
    // What is no part of the purchase may change.
    assert!(quoted("1125.00", |scene| edit(&mut scene.facts, |spec| {
        spec.reference = serde_norway::from_str("{po: PO-9}").unwrap();
    })));
}

#[test]
fn an_approval_that_is_taken_back_or_over_before_the_order_counts_no_more() {
    let mut scene = Scene::offered(DEAR, "1125.00");
    waits(&mut scene).expect("it waits");
    let digest = plan(&scene);
    approve(&mut scene.facts, digest);
    scene.facts.held = true;
    assert!(matches!(scene.rest().1, Rest::Waiting(_, waiting) if waiting.reason == "PurchasingHeld"));
    assert!(scene.told().approval.is_some());
    // Decisions whose time is over, or that are gone, are read no more.
    scene.facts.approvals.clear();
    scene.facts.held = false;
    assert!(waits(&mut scene).is_some());
    assert!(!is_bought(&scene));
}

#[test]
fn what_is_bought_stays_bought_without_its_approval() {
    let mut scene = Scene::offered(DEAR, "1125.00");
    waits(&mut scene).expect("it waits");
    let digest = plan(&scene);
    approve(&mut scene.facts, digest);
    scene.rest();
    scene.facts.approvals.clear();
    record(&mut scene.facts, METRO, "operation: Add, state: Settled, orderId: ORD-1");
    runs(&mut scene.facts, "2G");
    assert_eq!(scene.rest().1, Rest::Active);
    assert_eq!(segment(&scene.facts, METRO).spec.desired, Desired::Present);
    scene.class("bulk", "{approval: {required: Always}}");
    assert_eq!(scene.rest().1, Rest::Active);
}

#[test]
fn a_change_that_costs_more_is_approved_and_one_that_does_not_is_not() {
    let changed = |monthly: &str, one_time: &str, restarts: bool| {
        let mut scene = Scene::offered("{approval: {required: Always}}", "1125.00");
        waits(&mut scene).expect("it waits");
        let digest = plan(&scene);
        approve(&mut scene.facts, digest);
        scene.rest();
        record(&mut scene.facts, METRO, "operation: Add, state: Settled, orderId: ORD-1");
        runs(&mut scene.facts, "2G");
        let metro = account(&mut scene.facts, METRO);
        metro.change.restarts_term = restarts;
        metro.early_termination = Some(fee("0"));
        edit(&mut scene.facts, |spec| spec.bandwidth.committed = "4G".into());
        scene.rest();
        offers(&mut scene.facts, METRO, monthly);
        let offer = segment_mut(&mut scene.facts, METRO).status.as_mut().unwrap().offer.as_mut().unwrap();
        offer.one_time = one_time.into();
        let waits = waits(&mut scene);
        if let Some((state, waiting)) = &waits {
            assert_eq!((*state, waiting.party), (IntentState::Changing, Party::User));
            // As shown, it is approved the same way.
            let digest = plan(&scene);
            approve(&mut scene.facts, digest);
            assert_eq!(scene.rest().0, ["Pin", "Commit"]);
        }
        waits.is_some()
    };
    assert!(changed("1125.01", "0.00", false));
    assert!(changed("1125.00", "0.01", false));
    assert!(changed("1125.00", "0.00", true), "the term starts again");
    assert!(!changed("1125.00", "0.00", false));
}

#[test]
fn nobody_is_asked_for_what_is_not_to_be_ordered() {
    let mut scene = Scene::offered("{approval: {required: Always}}", "1125.00");
    edit(&mut scene.facts, |spec| spec.suspend = true);
    assert!(matches!(scene.rest().1, Rest::Waiting(_, waiting) if waiting.reason == "Suspended"));
    edit(&mut scene.facts, |spec| {
        spec.suspend = false;
        spec.mode = crate::api::IntentMode::Plan;
    });
    assert_eq!(scene.rest().1, Rest::PlanComplete);
}

#[test]
fn without_a_class_that_can_be_found_a_purchase_under_way_is_approved_anew() {
    let mut scene = Scene::offered("{}", "1125.00");
    scene.rest();
    assert!(is_bought(&scene));
    // Its offer ran out before it was ordered, and the class is gone meanwhile.
    let mut class = (*scene.classes[0]).clone();
    class.metadata.name = Some("other".into());
    class.metadata.annotations = None;
    scene.classes = vec![Arc::new(class)];
    let segment = segment_mut(&mut scene.facts, METRO);
    segment.status.as_mut().unwrap().offer.as_mut().unwrap().quote_id = "another".into();
    let (_, waiting) = waits(&mut scene).expect("it waits");
    assert!(waiting.what.contains("no class is marked as the default one"), "{}", waiting.what);
    assert_eq!(waiting.party, Party::Platform);
}
