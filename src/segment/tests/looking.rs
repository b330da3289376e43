//! Nothing is reserved before the seller was searched, and nothing found there is forgotten.

use super::fixture::*;
use crate::api::{OrderOperation, OrderRecordState, OrderRefusal};
use crate::model::{OrderState, Task};
use crate::segment::decide::{Step, decide};

#[test]
fn a_new_process_looks_before_it_reserves() {
    let mut facts = wanted();
    assert_eq!(decide(&facts), Step::Search);
    facts.past.looked = true;
    facts.search = Some(search([]));
    let step = decide(&facts);
    assert_eq!((step.name(), written(&step).sequence), ("Reserve", 1));
    assert_eq!(written(&step).mark, format!("{REFERENCE}/1"));
}

#[test]
fn an_order_found_without_a_record_is_recorded_and_followed() {
    let mut facts = wanted_and_looked();
    facts.search = Some(search([order(3, Task::Add, OrderState::InProgress)]));
    let step = decide(&facts);
    let record = written(&step).clone();
    assert_eq!((step.name(), record.sequence, record.state), ("Record", 3, OrderRecordState::Placed));
    assert_eq!((record.order_id.as_deref(), record.refusal), (Some("ORD-3"), None));
    write(&mut facts, &[record]);
    assert_eq!(decide(&facts).name(), "ObserveOrder");
}

#[test]
fn the_sequence_goes_on_above_everything_found() {
    let mut facts = wanted_and_looked();
    facts.search = Some(search([order(5, Task::Add, OrderState::Rejected)]));
    let step = decide(&facts);
    let record = written(&step).clone();
    assert_eq!((record.state, record.refusal), (OrderRecordState::Settled, Some(OrderRefusal::MayPass)));
    write(&mut facts, &[record]);
    assert_eq!(written(&decide(&facts)).sequence, 6);
}

#[test]
fn an_order_whose_service_is_gone_does_not_stand_in_the_way() {
    let mut facts = wanted_and_looked();
    let found = order(1, Task::Add, OrderState::Completed);
    facts.search = Some(crate::segment::facts::Search { ended: vec![found.id.clone()], ..search([found]) });
    let record = written(&decide(&facts)).clone();
    assert_eq!(record.refusal, Some(OrderRefusal::MayPass));
    write(&mut facts, &[record]);
    assert_eq!(decide(&facts).name(), "Reserve");
}

#[test]
fn of_two_orders_under_one_mark_the_living_one_counts() {
    for reversed in [false, true] {
        let mut living = order(1, Task::Add, OrderState::InProgress);
        living.id.0 = "ORD-1b".into();
        let mut found = vec![order(1, Task::Add, OrderState::Rejected), living];
        if reversed {
            found.reverse();
        }
        let mut facts = wanted_and_looked();
        facts.search = Some(search(found));
        let Step::Record(records) = decide(&facts) else { panic!("nothing is recorded") };
        write(&mut facts, &records);
        let [record] = facts.orders() else { panic!("{:?}", facts.orders()) };
        assert_eq!((record.state, record.order_id.as_deref()), (OrderRecordState::Placed, Some("ORD-1b")));
    }
}

#[test]
fn an_order_that_shows_up_after_it_was_given_up_is_taken_up_again() {
    for refusal in [OrderRefusal::NotFound, OrderRefusal::MayPass] {
        let mut facts = wanted_and_looked();
        record_orders(&mut facts, [refused(1, OrderOperation::Add, refusal)]);
        facts.search = Some(search([order(1, Task::Add, OrderState::InProgress)]));
        let step = decide(&facts);
        let record = written(&step);
        assert_eq!((record.sequence, record.state, record.refusal), (1, OrderRecordState::Placed, None));
        assert_eq!(record.order_id.as_deref(), Some("ORD-1"));
    }
}

#[test]
fn foreign_live_orders_stop_the_purchase_for_as_long_as_they_live() {
    let mut facts = wanted_and_looked();
    facts.search = Some(crate::segment::facts::Search {
        foreign: vec![order(9, Task::Add, OrderState::Completed)],
        ..search([])
    });
    let step = decide(&facts);
    assert_eq!(reason(&step), "ServiceExists");
    assert!(waiting(&step).what.contains("ORD-9") && waiting(&step).what.contains(PROJECT));
    // The next pass of the same process must not forget it.
    facts.search = None;
    assert_eq!(decide(&facts), Step::Search);
}

#[test]
fn the_service_of_an_earlier_intent_is_let_go_first() {
    let mut facts = wanted_and_looked();
    let leaving = Some("seg-of-before".to_owned());
    facts.search = Some(crate::segment::facts::Search { leaving, ..search([]) });
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("PreviousServiceLeaving", crate::api::Party::Seller));
    facts.search = None;
    assert_eq!(decide(&facts), Step::Search);
}

#[test]
fn what_stands_beside_does_not_stop_a_change_or_an_end() {
    for mut facts in [changing(), unwanted()] {
        see_service(&mut facts, crate::model::ServiceState::Active);
        assert_eq!(decide(&facts), Step::Search);
        facts.past.looked = true;
        facts.search = Some(crate::segment::facts::Search {
            foreign: vec![order(9, Task::Add, OrderState::Completed)],
            leaving: Some("seg-of-before".into()),
            ..search([])
        });
        assert_eq!(decide(&facts).name(), "Reserve");
        // One look is enough for these.
        facts.search = None;
        assert_eq!(decide(&facts).name(), "Reserve");
    }
}

#[test]
fn a_disconnect_found_is_followed_and_not_ordered_again() {
    let mut facts = unwanted();
    see_service(&mut facts, crate::model::ServiceState::Terminating);
    facts.past.looked = true;
    facts.search = Some(search([order(2, Task::Disconnect, OrderState::InProgress)]));
    let record = written(&decide(&facts)).clone();
    assert_eq!((record.operation, record.state), (OrderOperation::Disconnect, OrderRecordState::Placed));
    write(&mut facts, &[record]);
    assert_eq!(decide(&facts).name(), "ObserveOrder");
}

#[test]
fn before_a_price_is_asked_for_the_sellers_orders_are_looked_at_once() {
    let mut facts = new();
    facts.past.looked = false;
    assert_eq!(decide(&facts), Step::Search);
    facts.search = Some(search([]));
    assert_eq!(decide(&facts).name(), "Qualify");
    assert_eq!(decide(&new()).name(), "Qualify");
}

#[test]
fn an_own_service_that_is_found_is_taken_up_instead_of_a_price() {
    let mut facts = new();
    facts.search = Some(search([order(1, Task::Add, OrderState::Completed)]));
    let record = written(&decide(&facts)).clone();
    assert_eq!((record.sequence, record.order_id.as_deref()), (1, Some("ORD-1")));
    write(&mut facts, &[record]);
    see_order(&mut facts, order(1, Task::Add, OrderState::Completed));
    see_service(&mut facts, crate::model::ServiceState::Active);
    assert_eq!(decide(&facts).name(), "Conclude");
    write_next(&mut facts);
    assert_eq!(decide(&facts), Step::Rest(crate::segment::decide::Rest::Active));
}

#[test]
fn live_orders_of_others_stop_the_asking_until_they_are_gone() {
    let foreign = crate::segment::facts::Search {
        foreign: vec![order(9, Task::Add, OrderState::Completed)],
        ..search([])
    };
    let mut facts = new();
    facts.search = Some(foreign);
    let Step::Rest(rest) = decide(&facts) else { panic!("nothing rests") };
    assert_eq!(reason(&decide(&facts)), "ServiceExists");
    // The next pass must not forget it, and looks again.
    facts.draft = crate::segment::record::status(&facts, &rest);
    store(&mut facts);
    facts.search = None;
    assert_eq!(decide(&facts), Step::Search);
    // No failure hides it, or another seller would be bought from.
    let mut failed = facts.clone();
    failed.failure = Some(crate::model::Failure::new(crate::model::FailureClass::Transient, "down"));
    assert_eq!(reason(&decide(&failed)), "ServiceExists");
    facts.search = Some(search([]));
    assert_eq!(decide(&facts).name(), "Qualify");
}
