//! A seller that breaks what is assumed of it: an order takes effect after it was given up, and there are two.

use super::fixture::*;
use super::world::{Answer, World, to_buy};
use crate::api::{OrderOperation, OrderRefusal, Party};
use crate::model::{OrderState, OrderView, ServiceState, Task};
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Search};

/// A service that was bought by a second attempt, looked at on the slow beat.
fn second_attempt(own: impl Into<Vec<OrderView>>) -> Facts {
    let mut facts = bought();
    record_orders(
        &mut facts,
        [refused(1, OrderOperation::Add, OrderRefusal::NotFound), settled(2, OrderOperation::Add)],
    );
    facts.past.observed_for = WINDOWS.observe;
    see_service(&mut facts, ServiceState::Active);
    facts.search = Some(search(own));
    facts
}

fn both() -> [OrderView; 2] {
    [order(1, Task::Add, OrderState::Completed), order(2, Task::Add, OrderState::Completed)]
}

#[test]
fn an_order_that_was_given_up_is_searched_for_on_the_slow_beat() {
    let mut facts = second_attempt([]);
    facts.search = None;
    assert_eq!(decide(&facts), Step::Search);
    facts.search = Some(search([order(2, Task::Add, OrderState::Completed)]));
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    // Between the beats nothing is asked.
    facts.services.clear();
    facts.past.observed_for = std::time::Duration::ZERO;
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
}

#[test]
fn where_nothing_was_given_up_nothing_is_searched_for() {
    let mut facts = bought();
    facts.past.observed_for = WINDOWS.observe;
    see_service(&mut facts, ServiceState::Active);
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
}

#[test]
fn a_twin_is_told_and_not_touched() {
    let step = decide(&second_attempt(both()));
    assert_eq!((reason(&step), waiting(&step).party), ("TwinFound", Party::User));
    assert!(waiting(&step).what.contains("ORD-1") && !waiting(&step).what.contains("ORD-2"), "{step:?}");
}

#[test]
fn two_orders_under_one_mark_are_twins_as_well() {
    let mut twin = order(2, Task::Add, OrderState::InProgress);
    twin.id.0 = "ORD-2b".into();
    let step = decide(&second_attempt([order(2, Task::Add, OrderState::Completed), twin]));
    assert!(waiting(&step).what.contains("ORD-2b"), "{step:?}");
}

#[test]
fn a_twin_that_ended_is_none() {
    let mut facts = second_attempt(both());
    let gone = both()[0].id.clone();
    facts.search = Some(Search { ended: vec![gone], ..search(both()) });
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    assert_eq!(
        decide(&second_attempt([order(1, Task::Add, OrderState::Rejected)])),
        Step::Rest(Rest::Active)
    );
}

#[test]
fn nothing_is_changed_while_there_are_two() {
    let mut facts = changing();
    record_orders(
        &mut facts,
        [refused(1, OrderOperation::Add, OrderRefusal::NotFound), settled(2, OrderOperation::Add)],
    );
    facts.past.looked = true;
    facts.search = Some(search(both()));
    assert_eq!(reason(&decide(&facts)), "TwinFound");
}

#[test]
fn an_effect_after_all_windows_is_found_within_one_slow_beat() {
    let mut world = World::new(to_buy(), &[Answer::TakesFarTooLate], true);
    assert_eq!(world.settle(), "TwinFound");
    assert_eq!((world.live(), world.orders(&Task::Disconnect)), (2, 0));
    // Who deletes the intent wants neither.
    world.leave();
    assert_eq!(world.settle(), "Removed");
    assert_eq!(world.live(), 0);
}
