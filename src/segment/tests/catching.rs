//! What looks like a mistake is held until a person says that it was meant.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::fixture::*;
use crate::api::{OrderOperation, OrderRecord, OrderRefusal, Party};
use crate::model::{
    Catch, CatchCause, CatchLimits, Decision, DecisionId, OrderId, OrderState, Task, Trip, Verdict,
};
use crate::segment::decide::{Step, decide};
use crate::segment::facts::{Facts, Search, Seen};
use crate::segment::purchase::too_many;
use crate::segment::record::absorb;

const LIMITS: CatchLimits = CatchLimits { orders: 2, disconnects: 1, within: Duration::from_secs(3_600) };

/// An order that was written down this many seconds ago.
fn ago(sequence: i64, operation: OrderOperation, seconds: i64) -> OrderRecord {
    OrderRecord { reserved_at: Some(Time(after(-seconds))), ..placed(sequence, operation) }
}

fn cause(records: &[OrderRecord], next: OrderOperation, catch: &Catch) -> Option<CatchCause> {
    let next = ago(99, next, 0);
    too_many(records.iter(), &next, "metro-fiber", catch, LIMITS, now()).map(|trip| trip.cause)
}

#[test]
fn one_too_many_trips_the_catch() {
    use OrderOperation::{Add, Cancel, Disconnect, Modify};
    let free = Catch::default();
    let two = [ago(1, Add, 10), ago(2, Modify, 3_600)];
    assert_eq!(cause(&two[..1], Add, &free), None);
    for next in [Add, Modify] {
        assert_eq!(cause(&two, next, &free), Some(CatchCause::Orders));
    }
    // Ends are counted apart, and cancelling is one.
    assert_eq!(cause(&two, Disconnect, &free), None);
    for (before, next) in [(Disconnect, Cancel), (Cancel, Disconnect)] {
        assert_eq!(cause(&[ago(1, before, 10)], next, &free), Some(CatchCause::Disconnects));
        assert_eq!(cause(&[ago(1, before, 10)], Add, &free), None);
    }
}

#[test]
fn what_is_long_ago_released_refused_or_found_does_not_count() {
    use OrderOperation::Add;
    let free = Catch::default();
    let recent = ago(1, Add, 10);
    assert_eq!(cause(&[recent.clone(), ago(2, Add, 3_601)], Add, &free), None);
    assert_eq!(cause(&[recent.clone(), placed(2, Add)], Add, &free), None, "found at the seller");
    let no = OrderRecord { refusal: Some(OrderRefusal::MayPass), ..ago(2, Add, 5) };
    assert_eq!(cause(&[recent.clone(), no], Add, &free), None);
    // Named twice, by its segment and by the memory of this process, it counts once.
    assert_eq!(cause(&[recent.clone(), recent.clone()], Add, &free), None);
    let two = [recent, ago(2, Add, 20)];
    let released = |second| Catch { trips: Vec::new(), released: Some(after(second)) };
    assert_eq!(cause(&two, Add, &released(-15)), None, "counts start anew");
    assert_eq!(cause(&two, Add, &released(-20)), Some(CatchCause::Orders));
}

fn caught(mut facts: Facts, cause: CatchCause) -> Facts {
    let trip = Trip { cause, since: now(), what: "much".into() };
    absorb(&mut facts, Seen::Caught(Catch { trips: vec![trip], released: None }));
    facts
}

#[test]
fn a_caught_order_says_whose_move_it_is_and_what_to_write() {
    let step = decide(&caught(wanted_and_looked(), CatchCause::Orders));
    assert_eq!((reason(&step), waiting(&step).party), ("SafetyCatch", Party::Platform));
    for word in ["much", "provider metro-fiber", "releaseCatch"] {
        assert!(waiting(&step).what.contains(word), "{step:?}");
    }
}

#[test]
fn too_many_orders_hold_no_end_and_too_many_ends_hold_everything() {
    let leaving = || {
        let mut facts = unwanted();
        see_service(&mut facts, crate::model::ServiceState::Active);
        facts.past.looked = true;
        facts
    };
    assert_eq!(decide(&leaving()).name(), "Reserve");
    assert_eq!(decide(&caught(leaving(), CatchCause::Orders)).name(), "Reserve");
    assert_eq!(decide(&caught(leaving(), CatchCause::ForeignOrders)).name(), "Reserve");
    assert_eq!(reason(&decide(&caught(leaving(), CatchCause::Disconnects))), "SafetyCatch");
    let mut change = changing();
    change.past.looked = true;
    for cause in [CatchCause::Orders, CatchCause::Disconnects, CatchCause::ForeignOrders] {
        assert_eq!(reason(&decide(&caught(wanted_and_looked(), cause))), "SafetyCatch");
        assert_eq!(reason(&decide(&caught(change.clone(), cause))), "SafetyCatch");
    }
}

#[test]
fn a_caught_cancellation_waits_and_the_order_is_followed_to_its_end() {
    let mut facts = wanted();
    record_orders(&mut facts, [placed(1, OrderOperation::Add)]);
    edit(&mut facts, |spec| spec.desired = crate::api::Desired::Absent);
    delete(&mut facts);
    facts.past.looked = true;
    let mut facts = caught(facts, CatchCause::Disconnects);
    see_order(&mut facts, order(1, Task::Add, OrderState::InProgress));
    assert_eq!(reason(&decide(&facts)), "SafetyCatch");
    see_order(&mut facts, order(1, Task::Add, OrderState::Completed));
    assert_eq!(decide(&facts).name(), "ObserveService");
}

#[test]
fn strangers_on_first_contact_trip_the_catch_once() {
    let found = || {
        let mut facts = wanted_and_looked();
        let foreign = vec![order(9, Task::Add, OrderState::Completed)];
        let strangers = vec![OrderId("ORD-9".into())];
        facts.search = Some(Search { foreign, strangers, ..search([]) });
        facts
    };
    let Step::Trip(trip) = decide(&found()) else { panic!("not tripped") };
    assert_eq!(trip.cause, CatchCause::ForeignOrders);
    assert!(trip.what.contains("ORD-9"), "{}", trip.what);
    // Its own intent says what it always said.
    let facts = caught(found(), CatchCause::ForeignOrders);
    assert_eq!(reason(&decide(&facts)), "ServiceExists");
    // Whoever has looked at these orders needs no second decision, and nobody is asked again once it was released.
    let mut decided = facts;
    let id = DecisionId { namespace: "training".into(), name: "beside".into(), uid: "u".into() };
    let verdict = Verdict::BuyBeside([OrderId("ORD-9".into())].into());
    decided.decisions = vec![Decision { id, made: Some(now()), verdict }];
    assert_eq!(decide(&decided).name(), "Reserve");
    let mut released = found();
    released.catch.released = Some(now());
    assert_eq!(reason(&decide(&released)), "ServiceExists");
    // Where only a price is asked for it is the same.
    let mut pricing = found();
    edit(&mut pricing, |spec| spec.desired = crate::api::Desired::Offer);
    assert_eq!(decide(&pricing).name(), "Trip");
}
