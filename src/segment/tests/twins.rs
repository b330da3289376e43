//! A seller that breaks what is assumed of it: an order takes effect after it was given up, and there are two.

use super::fixture::*;
use super::world::{Answer, Event, World, to_buy};
use crate::api::{OrderOperation, OrderRecord, OrderRecordState, OrderRefusal, Party, Twin};
use crate::model::{
    CatchCause, Decision, DecisionId, Money, Operation, OrderId, OrderState, OrderView, Role, ServiceId,
    ServiceState, ServiceView, Task, Trip, Verdict,
};
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Search, Seen, Sight};
use crate::segment::record::{absorb, recorded};

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

fn named(facts: &mut Facts, order: &str) {
    let id = DecisionId { namespace: "training".into(), name: "end".into(), uid: "decision-uid".into() };
    let verdict = Verdict::EndTwin(OrderId(order.into()));
    facts.decisions.push(Decision { id, made: Some(now()), verdict });
}

/// Two orders of which a person wants the first ended; its product is its own.
fn to_end(state: OrderState) -> Facts {
    let mut twin = order(1, Task::Add, state);
    twin.services = vec![(Role::Evc, ServiceId("EVC-2".into()))];
    let mut facts = second_attempt([twin, order(2, Task::Add, OrderState::Completed)]);
    facts.past.looked = true;
    named(&mut facts, "ORD-1");
    facts
}

#[test]
fn a_twin_that_is_there_is_disconnected_and_the_known_service_is_not() {
    let mut facts = to_end(OrderState::Completed);
    let step = decide(&facts);
    let record = written(&step).clone();
    assert_eq!((step.name(), record.operation, record.sequence), ("Reserve", OrderOperation::Disconnect, 3));
    let twin = record.twin.clone().unwrap();
    assert_eq!((twin.order.as_str(), twin.product.as_deref()), ("ORD-1", Some("EVC-2")));
    assert_eq!(record.decision.as_ref().map(|decision| decision.name.as_str()), Some("end"));
    assert_eq!(
        record.requested_completion,
        Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(after(1)))
    );
    write(&mut facts, &[record]);
    facts.past.reserved = Some((3, std::time::Duration::ZERO));
    let Step::Place(sent) = decide(&facts) else { panic!("not sent") };
    let Operation::Disconnect { services, .. } = sent.operation else { panic!("no disconnect") };
    assert_eq!(services, [ServiceId("EVC-2".into())]);
}

#[test]
fn the_end_of_a_twin_is_no_end_of_the_service() {
    let mut facts = to_end(OrderState::Completed);
    let twin = Twin { order: "ORD-1".into(), product: Some("EVC-2".into()) };
    let ends = OrderRecord { twin: Some(twin), ..placed(3, OrderOperation::Disconnect) };
    let before = facts.orders().to_vec();
    record_orders(&mut facts, [before[0].clone(), before[1].clone(), ends]);
    see_order(&mut facts, order(3, Task::Disconnect, OrderState::Completed));
    assert_eq!(facts.draft.progress, None, "that is another order than the service's");
    assert_eq!(decide(&facts), Step::ObserveService(ServiceId("EVC-2".into())));
    let see = |facts: &mut Facts, state| {
        let view = ServiceView { id: ServiceId("EVC-2".into()), ..service(state) };
        absorb(facts, Seen::Service(view.id.clone(), Sight::There(view)));
    };
    see(&mut facts, ServiceState::Terminating);
    assert_eq!((reason(&decide(&facts)), waiting(&decide(&facts)).party), ("EndingTwin", Party::Seller));
    see(&mut facts, ServiceState::Gone);
    let closed = written(&decide(&facts)).clone();
    write(&mut facts, std::slice::from_ref(&closed));
    recorded(&mut facts, &[closed]);
    assert_eq!(facts.draft.products[0].id, SERVICE);
    assert_eq!(decide(&facts), Step::Search, "what was found before is looked for again");
    let orders = [order(1, Task::Add, OrderState::Completed), order(2, Task::Add, OrderState::Completed)];
    facts.search = Some(Search { ended: vec![OrderId("ORD-1".into())], ..search(orders) });
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    // What the status forgets is looked up where the service was bought, and nothing is bought again.
    (facts.draft.products, facts.draft.in_force) = (Vec::new(), None);
    facts.services.clear();
    assert_eq!(decide(&facts), Step::ObserveOrder(OrderId("ORD-2".into())));
}

#[test]
fn a_twin_under_way_is_cancelled_and_disconnected_only_where_it_cannot_be() {
    let facts = to_end(OrderState::InProgress);
    let step = decide(&facts);
    let record = written(&step).clone();
    assert_eq!((record.operation, record.order_id.as_deref()), (OrderOperation::Cancel, Some("ORD-1")));
    let after = |refusal, state| {
        let mut facts = to_end(state);
        let asked = OrderRecord { refusal, state: OrderRecordState::Settled, ..record.clone() };
        write(&mut facts, &[asked]);
        decide(&facts)
    };
    assert_eq!(reason(&after(None, OrderState::Cancelling)), "EndingTwin");
    assert_eq!(reason(&after(Some(OrderRefusal::Final), OrderState::InProgress)), "EndingTwin");
    let step = after(Some(OrderRefusal::Final), OrderState::Completed);
    assert_eq!((step.name(), written(&step).operation), ("Reserve", OrderOperation::Disconnect));
}

#[test]
fn the_order_that_the_service_rests_on_is_not_ended_while_it_is_wanted() {
    for (order, words) in [("ORD-2", "rests on"), ("ORD-7", "no second live order")] {
        let mut facts = to_end(OrderState::Completed);
        facts.decisions.clear();
        named(&mut facts, order);
        let step = decide(&facts);
        assert_eq!((reason(&step), waiting(&step).party), ("TwinFound", Party::User));
        assert!(waiting(&step).what.contains(words) && waiting(&step).what.contains("ORD-1"), "{step:?}");
    }
}

#[test]
fn a_product_that_both_orders_brought_is_not_ended() {
    let mut facts = second_attempt(both());
    named(&mut facts, "ORD-1");
    assert!(waiting(&decide(&facts)).what.contains("rests on as well"), "{:?}", decide(&facts));
}

#[test]
fn what_stands_against_an_end_stands_against_that_of_a_twin() {
    let mut suspended = to_end(OrderState::Completed);
    edit(&mut suspended, |spec| spec.suspend = true);
    assert_eq!(reason(&decide(&suspended)), "Suspended");
    let mut caught = to_end(OrderState::Completed);
    let trip = Trip { cause: CatchCause::Disconnects, since: now(), what: "many ends".into() };
    caught.catch.trips = vec![trip];
    assert_eq!(reason(&decide(&caught)), "SafetyCatch");
    let mut costs = to_end(OrderState::Completed);
    costs.account.as_mut().unwrap().early_termination = Some(fee("50"));
    assert_eq!(reason(&decide(&costs)), "TerminationFeeNotAccepted");
    // A fee that a person accepts is what the record rests on.
    let id = DecisionId { namespace: "training".into(), name: "pay".into(), uid: "paid".into() };
    let most = Money { amount: "99999".parse().unwrap(), currency: "USD".parse().unwrap() };
    let verdict = Verdict::AcceptTermination { most, unknown: false };
    costs.decisions.push(Decision { id, made: Some(now()), verdict });
    assert_eq!(written(&decide(&costs)).decision.as_ref().map(|found| found.name.as_str()), Some("pay"));
    // The price of an order that nobody remembers is unknown.
    for record in [0, 1] {
        let segment = std::sync::Arc::make_mut(&mut costs.segment);
        segment.status.as_mut().unwrap().orders[record].quote_id = None;
    }
    costs.draft.offer = None;
    assert_eq!(reason(&decide(&costs)), "TerminationFeeUnknown");
}

#[test]
fn a_refused_end_of_a_twin_is_for_the_support_desk_and_no_refusal_of_the_services_end() {
    let twin = Twin { order: "ORD-1".into(), product: Some("EVC-2".into()) };
    let no = OrderRecord { twin: Some(twin), ..refused(3, OrderOperation::Disconnect, OrderRefusal::Final) };
    let mut facts = to_end(OrderState::Completed);
    write(&mut facts, &[no]);
    assert!(waiting(&decide(&facts)).what.contains("refused to end order ORD-1"), "{:?}", decide(&facts));
    edit(&mut facts, |spec| spec.desired = crate::api::Desired::Absent);
    assert_eq!((decide(&facts).name(), written(&decide(&facts)).twin.clone()), ("Reserve", None));
}

/// A world in which a person has just named the twin.
fn begun(answers: &[Answer], waits: u64) -> World {
    let mut world = World::new(to_buy(), &[Answer::TakesFarTooLate], true);
    assert_eq!(world.settle(), "TwinFound");
    let twin = world.first_mark().unwrap();
    world.end(&twin);
    world.make_younger(&twin, waits);
    world.answer(answers);
    world
}

/// Whatever happens while a twin ends, it is the twin that ends, once, and the known service stays.
#[test]
fn two_crashes_while_a_twin_ends_leave_the_known_service() {
    let mut runs = 0;
    for answer in [Answer::Accepts, Answer::TakesSilently, Answer::NeverHears] {
        for (waits, event) in [(0, Event::Crash), (0, Event::LoseStatus), (60, Event::Crash)] {
            let begun = begun(&[answer], waits);
            let twin = begun.first_mark().unwrap();
            let run = |events: &[(usize, Event)]| {
                let mut world = begun.clone();
                world.script(events.iter().copied());
                let told = format!("{answer:?} {waits} {events:?}");
                // Three attempts that nobody heard of need a person, as ever: two crashes and a lost request.
                match world.settle().as_str() {
                    "Active" => assert_eq!(world.live(), 1, "{told}"),
                    "OrderOutcomeUnknown" if answer == Answer::NeverHears => {
                        assert_eq!(world.live(), 2, "{told}")
                    }
                    other => panic!("{told}: the end is {other}"),
                }
                let lost = events.iter().any(|(_, event)| *event == Event::LoseStatus);
                assert!(lost || world.survivor().as_ref() != Some(&twin), "{told}");
                assert!(world.orders(&Task::Disconnect) + world.cancelled() <= 1, "{told}");
                assert_eq!(world.orders(&Task::Add), 2, "{told}");
                world.boundaries - begun.boundaries
            };
            let undisturbed = run(&[]);
            for first in 0..undisturbed {
                let boundaries = run(&[(first, event)]);
                for second in first + 1..boundaries {
                    runs += run(&[(first, event), (second, Event::Crash)]).min(1);
                }
            }
        }
    }
    assert!(runs > 300, "only {runs} runs");
}
