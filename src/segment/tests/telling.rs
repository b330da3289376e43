//! The status: complete from the first pass, the same when told twice, and plain about who must act.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::fixture::*;
use crate::api::{ConnectivitySegmentStatus, OrderOperation, Party, SegmentState, holds};
use crate::model::{OrderState, Task};
use crate::segment::decide::{Rest, Step, Waiting, decide};
use crate::segment::facts::Facts;
use crate::segment::record::status;

fn rests() -> Vec<Rest> {
    let waiting = |reason| Waiting { reason, party: Party::Seller, what: "so".into(), until: Some(after(5)) };
    vec![
        Rest::Offered,
        Rest::Active,
        Rest::Released,
        Rest::Gone,
        Rest::Declined(waiting("NoCapacity")),
        Rest::Waiting(waiting("OrderInProgress")),
        Rest::Failing(waiting("SellerUnavailable")),
        Rest::Stalled(waiting("ServiceVanished")),
    ]
}

/// What the API server gives back of it: whole seconds, and no record of orders.
fn stored(status: &ConnectivitySegmentStatus) -> ConnectivitySegmentStatus {
    serde_json::from_value(serde_json::to_value(status).unwrap()).unwrap()
}

fn told(facts: &Facts) -> ConnectivitySegmentStatus {
    let Step::Rest(rest) = decide(facts) else { panic!("{:?}", decide(facts)) };
    status(facts, &rest)
}

#[test]
fn every_condition_is_there_from_the_first_pass_and_never_both_kinds_of_not_ready() {
    for rest in rests() {
        let status = status(&new(), &rest);
        let kinds: Vec<&str> = status.conditions.iter().map(|condition| condition.type_.as_str()).collect();
        assert_eq!(kinds, ["Ready", "Reconciling", "Stalled", "Offered", "Provisioned", "Drifted"]);
        let [ready, working, stalled] =
            ["Ready", "Reconciling", "Stalled"].map(|kind| holds(&status.conditions, kind));
        assert_eq!([ready, working, stalled].iter().filter(|holds| **holds).count(), 1, "{rest:?}");
        assert!(status.conditions.iter().all(|condition| condition.observed_generation == Some(1)));
        assert!(status.conditions.iter().all(|condition| !condition.reason.is_empty()));
        assert_eq!(status.waiting_for.is_none(), ready, "{rest:?}");
    }
}

#[test]
fn told_twice_it_is_the_same() {
    for rest in rests() {
        for mut facts in [new(), wanted(), bought(), changing(), unwanted()] {
            let first = stored(&status(&facts, &rest));
            facts.draft = first.clone();
            store(&mut facts);
            facts.now = after(61);
            assert_eq!(stored(&status(&facts, &rest)), first, "{rest:?}");
            assert_eq!(status(&facts, &rest), first, "in memory as in the store");
        }
    }
}

#[test]
fn parts_of_a_second_are_not_news() {
    let mut facts = wanted();
    record_orders(&mut facts, [placed(1, OrderOperation::Add)]);
    let mut view = order(1, Task::Add, OrderState::InProgress);
    view.expected_completion = Some("2026-12-02T09:30:00.123Z".parse().unwrap());
    see_order(&mut facts, view);
    let told = told(&facts);
    assert_eq!(told, stored(&told));
}

#[test]
fn a_condition_keeps_its_time_until_it_changes() {
    let mut facts = new();
    let waiting = |reason| {
        Rest::Waiting(Waiting { reason, party: Party::Seller, what: "an answer".into(), until: None })
    };
    facts.draft = stored(&status(&facts, &waiting("AwaitingOffer")));
    store(&mut facts);
    facts.now = after(60);
    let later = status(&facts, &waiting("Delayed"));
    let ready = &later.conditions[0];
    assert_eq!((ready.reason.as_str(), &ready.last_transition_time), ("Delayed", &Time(now())));
    assert_eq!(later.waiting_for.as_ref().unwrap().since, Time(now()), "the same wait");
    let offered = status(&facts, &Rest::Offered);
    assert_eq!(offered.conditions[0].last_transition_time, Time(after(60)));
}

#[test]
fn the_record_of_orders_is_not_told_here() {
    let status = status(&bought(), &Rest::Active);
    assert_eq!((status.orders.len(), status.last_order), (0, None));
}

#[test]
fn the_state_says_what_is_under_way() {
    let waiting =
        Rest::Waiting(Waiting { reason: "X", party: Party::Seller, what: String::new(), until: None });
    let with = |mut facts: Facts, orders: Vec<crate::api::OrderRecord>| {
        record_orders(&mut facts, orders);
        facts
    };
    let add = settled(1, OrderOperation::Add);
    let cases = [
        (new(), SegmentState::Offering),
        (wanted(), SegmentState::Ordering),
        (with(wanted(), vec![placed(1, OrderOperation::Add)]), SegmentState::Ordering),
        (with(changing(), vec![add.clone(), placed(2, OrderOperation::Modify)]), SegmentState::Changing),
        (changing(), SegmentState::Changing),
        (unwanted(), SegmentState::Disconnecting),
        (with(unwanted(), vec![add, placed(2, OrderOperation::Disconnect)]), SegmentState::Disconnecting),
    ];
    for (facts, expected) in cases {
        assert_eq!(status(&facts, &waiting).state, Some(expected));
    }
}

#[test]
fn provisioned_and_offered_are_told_apart_from_ready() {
    let status = told(&bought());
    assert!(holds(&status.conditions, "Provisioned"));
    let declined =
        Rest::Declined(Waiting { reason: "X", party: Party::User, what: String::new(), until: None });
    let status = super::telling::status(&changing(), &declined);
    assert!(holds(&status.conditions, "Provisioned") && holds(&status.conditions, "Stalled"));
    assert!(holds(&status.conditions, "Offered"), "of the new design");
    assert_eq!(status.in_force, Some(in_force()), "what runs is still told");
}
