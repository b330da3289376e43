//! A service ends when its segment is unwanted, never because an object was deleted; the object goes when inventory says gone.

use super::fixture::*;
use crate::admit::Refusal;
use crate::api::{Desired, OrderOperation, OrderRecordState, OrderRefusal, Party};
use crate::model::{Failure, FailureClass, OrderState, ServiceId, ServiceState, Task};
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Seen, Sight, Unavailable};
use crate::segment::record::{absorb, concluded, status};

fn disconnecting() -> Facts {
    let mut facts = unwanted();
    record_orders(&mut facts, [settled(1, OrderOperation::Add), placed(2, OrderOperation::Disconnect)]);
    facts.past.looked = true;
    facts
}

fn missing(facts: &mut Facts) {
    absorb(facts, Seen::Service(ServiceId(SERVICE.into()), Sight::Missing));
}

#[test]
fn it_is_looked_at_before_its_end_is_ordered() {
    let mut facts = unwanted();
    assert_eq!(decide(&facts).name(), "ObserveService");
    see_service(&mut facts, ServiceState::Active);
    facts.past.looked = true;
    let step = decide(&facts);
    assert_eq!((step.name(), written(&step).operation), ("Reserve", OrderOperation::Disconnect));
    assert_eq!(written(&step).quote_id, None);
}

#[test]
fn what_is_gone_needs_no_order() {
    let mut gone = unwanted();
    see_service(&mut gone, ServiceState::Gone);
    let mut vanished = unwanted();
    missing(&mut vanished);
    for facts in [gone, vanished] {
        assert_eq!(decide(&facts), Step::RemoveFinalizer);
    }
}

#[test]
fn the_object_stays_until_inventory_says_gone() {
    let mut facts = disconnecting();
    assert_eq!(decide(&facts).name(), "ObserveOrder");
    see_order(&mut facts, order(2, Task::Disconnect, OrderState::InProgress));
    assert_eq!(reason(&decide(&facts)), "OrderInProgress");
    see_order(&mut facts, order(2, Task::Disconnect, OrderState::Completed));
    assert_eq!(decide(&facts).name(), "ObserveService");
    for still_there in
        [ServiceState::Active, ServiceState::Terminating, ServiceState::Unknown("closing".into())]
    {
        see_service(&mut facts, still_there);
        assert_eq!(reason(&decide(&facts)), "Disconnecting");
    }
    see_service(&mut facts, ServiceState::Gone);
    assert_eq!(decide(&facts), Step::RemoveFinalizer);
}

#[test]
fn an_unwanted_segment_that_is_not_deleted_ends_as_gone() {
    let mut facts = disconnecting();
    std::sync::Arc::make_mut(&mut facts.segment).metadata.deletion_timestamp = None;
    see_order(&mut facts, order(2, Task::Disconnect, OrderState::Completed));
    missing(&mut facts);
    let step = decide(&facts);
    assert!(matches!(&step, Step::Conclude(_, rest) if **rest == Rest::Gone));
    concluded(&mut facts, OrderOperation::Disconnect);
    write(&mut facts, &[written(&step).clone()]);
    assert_eq!((facts.draft.products.len(), &facts.draft.in_force), (0, &None));
    assert_eq!(decide(&facts), Step::Rest(Rest::Gone));
    delete(&mut facts);
    assert_eq!(decide(&facts), Step::RemoveFinalizer);
}

#[test]
fn a_refused_end_is_for_the_support_desk_and_is_not_ordered_again() {
    let mut facts = disconnecting();
    see_order(&mut facts, order(2, Task::Disconnect, OrderState::Rejected));
    write_next(&mut facts);
    see_service(&mut facts, ServiceState::Active);
    let step = decide(&facts);
    assert!(matches!(step, Step::Rest(Rest::Waiting(_))));
    assert_eq!(reason(&step), "DisconnectRefused");
    assert!(waiting(&step).what.contains("support desk end the service"), "{}", waiting(&step).what);
    // When the desk has ended it, that is seen.
    facts.services.clear();
    assert_eq!(decide(&facts).name(), "ObserveService");
}

#[test]
fn deleting_the_object_alone_ends_nothing() {
    for desired in [Desired::Present, Desired::Offer] {
        let mut facts = bought();
        edit(&mut facts, |spec| spec.desired = desired);
        delete(&mut facts);
        let step = decide(&facts);
        assert!(matches!(step, Step::Rest(_)), "{step:?}");
    }
}

#[test]
fn an_object_that_bought_nothing_just_goes() {
    let mut offering = new();
    delete(&mut offering);
    assert_eq!(decide(&offering), Step::RemoveFinalizer);
    let mut refused_once = wanted();
    record_orders(&mut refused_once, [refused(1, OrderOperation::Add, OrderRefusal::Final)]);
    delete(&mut refused_once);
    assert_eq!(decide(&refused_once), Step::RemoveFinalizer);
    let mut unwanted = wanted();
    edit(&mut unwanted, |spec| spec.desired = Desired::Absent);
    assert_eq!(decide(&unwanted), Step::Rest(Rest::Gone));
}

#[test]
fn an_object_that_was_to_be_bought_and_lost_its_record_is_looked_for_before_it_goes() {
    let mut facts = wanted();
    edit(&mut facts, |spec| spec.desired = Desired::Absent);
    delete(&mut facts);
    assert_eq!(decide(&facts), Step::Search);
    facts.past.looked = true;
    facts.search = Some(search([]));
    assert_eq!(decide(&facts), Step::RemoveFinalizer);
    facts.search = Some(search([order(1, Task::Add, OrderState::Completed)]));
    assert_eq!(written(&decide(&facts)).state, OrderRecordState::Placed);
    // What was never to be bought needs no look.
    let mut offering = new();
    delete(&mut offering);
    assert_eq!(decide(&offering), Step::RemoveFinalizer);
}

#[test]
fn an_object_that_may_have_bought_something_stays() {
    for state in [OrderRecordState::Intending, OrderRecordState::Placed, OrderRecordState::Unknown] {
        let mut facts = wanted();
        record_orders(&mut facts, [record(1, OrderOperation::Add, state)]);
        delete(&mut facts);
        assert_ne!(decide(&facts), Step::RemoveFinalizer, "{state:?}");
    }
}

#[test]
fn orders_that_were_never_found_are_searched_for_once_more_before_the_object_goes() {
    let mut facts = wanted();
    let given_up = [
        refused(1, OrderOperation::Add, OrderRefusal::NotFound),
        refused(2, OrderOperation::Add, OrderRefusal::Final),
    ];
    record_orders(&mut facts, given_up);
    edit(&mut facts, |spec| spec.desired = Desired::Absent);
    delete(&mut facts);
    facts.past.looked = true;
    assert_eq!(decide(&facts), Step::Search);
    facts.search = Some(search([]));
    assert_eq!(decide(&facts), Step::RemoveFinalizer);
    facts.search = Some(search([order(1, Task::Add, OrderState::Completed)]));
    let step = decide(&facts);
    assert_eq!((written(&step).sequence, written(&step).state), (1, OrderRecordState::Placed));
}

#[test]
fn an_open_purchase_ends_before_the_service_does() {
    let mut facts = wanted();
    record_orders(&mut facts, [placed(1, OrderOperation::Add)]);
    edit(&mut facts, |spec| spec.desired = Desired::Absent);
    delete(&mut facts);
    facts.past.looked = true;
    see_order(&mut facts, order(1, Task::Add, OrderState::Cancelling));
    assert_eq!(decide(&facts).name(), "ObserveCharges", "cancelling may cost something");
    absorb(&mut facts, Seen::Charges(crate::model::OrderId("ORD-1".into()), Vec::new()));
    assert_eq!(reason(&decide(&facts)), "OrderInProgress");
    see_order(&mut facts, order(1, Task::Add, OrderState::Completed));
    missing(&mut facts);
    assert_eq!(reason(&decide(&facts)), "InventoryLag", "not there yet is not gone");
    see_service(&mut facts, ServiceState::Active);
    let step = decide(&facts);
    assert_eq!(step.name(), "Conclude");
    write(&mut facts, &[written(&step).clone()]);
    let step = decide(&facts);
    assert_eq!((step.name(), written(&step).operation), ("Reserve", OrderOperation::Disconnect));
}

#[test]
fn an_end_needs_no_valid_wish() {
    let mut facts = unwanted();
    see_service(&mut facts, ServiceState::Active);
    facts.past.looked = true;
    facts.wish = Err(Refusal { reason: "Invalid", message: "spec.design.committed".into() });
    assert_eq!(decide(&facts).name(), "Reserve");
}

#[test]
fn what_was_left_behind_on_purpose_stays_in_use() {
    let mut facts = bought();
    edit(&mut facts, |spec| spec.released = true);
    assert_eq!(decide(&facts), Step::Rest(Rest::Released));
}

#[test]
fn without_the_account_the_object_waits() {
    let mut facts = unwanted();
    facts.seller = Err(crate::segment::facts::Unavailable {
        reason: "ProviderMissing",
        party: Party::Platform,
        message: "create it again as it was".into(),
    });
    assert_eq!(reason(&decide(&facts)), "ProviderMissing");
}

#[test]
fn a_record_whose_seller_cannot_be_asked_names_the_way_out() {
    let told = |facts: &Facts| {
        let Step::Rest(rest) = decide(facts) else { panic!("{:?}", decide(facts)) };
        status(facts, &rest).waiting_for.unwrap().what
    };
    let way_out = format!("a ConnectivityDecision about segment {REFERENCE} with abandon");
    let mut down = unwanted();
    absorb(&mut down, Seen::Failed(Failure::new(FailureClass::Transient, "connection refused")));
    let mut missing = unwanted();
    missing.seller = Err(Unavailable {
        reason: "ProviderMissing",
        party: Party::Platform,
        message: "create it again as it was".into(),
    });
    for facts in [&mut down, &mut missing] {
        assert!(told(facts).ends_with(&format!("{way_out} lets the record go")), "{}", told(facts));
        // Before the record is to go, abandoning it is no way out.
        std::sync::Arc::make_mut(&mut facts.segment).metadata.deletion_timestamp = None;
        assert!(!told(facts).contains("abandon"), "{}", told(facts));
    }
    let mut stuck = unwanted();
    record_orders(&mut stuck, [record(1, OrderOperation::Add, OrderRecordState::Settled)]);
    stuck.draft.products.clear();
    store(&mut stuck);
    assert_eq!(reason(&decide(&stuck)), "OrderIdMissing");
    assert!(told(&stuck).contains(&way_out), "{}", told(&stuck));
}
