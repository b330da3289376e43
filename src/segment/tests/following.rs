//! An order that the seller has is followed to its end, and its end is what inventory shows.

use super::fixture::*;
use crate::api::{Desired, OrderOperation, OrderRecordState, OrderRefusal, Party};
use crate::model::{Bandwidth, OrderId, OrderState, Rate, Rates, ServiceState, Task};
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Seen, Sight};
use crate::segment::record::{absorb, concluded};

fn adding() -> Facts {
    let mut facts = wanted();
    record_orders(&mut facts, [placed(1, OrderOperation::Add)]);
    facts.past.looked = true;
    facts
}

fn modifying() -> Facts {
    let mut facts = changing();
    let modify = crate::api::OrderRecord {
        revision: 2,
        quote_id: Some("quote-2".into()),
        ..placed(2, OrderOperation::Modify)
    };
    record_orders(&mut facts, [settled(1, OrderOperation::Add), modify]);
    facts.past.looked = true;
    facts
}

fn after_order(mut facts: Facts, sequence: u32, task: Task, state: OrderState) -> Facts {
    see_order(&mut facts, order(sequence, task, state));
    facts
}

fn added(state: OrderState) -> Facts {
    after_order(adding(), 1, Task::Add, state)
}

#[test]
fn it_is_looked_at() {
    assert_eq!(decide(&adding()), Step::ObserveOrder(OrderId("ORD-1".into())));
}

#[test]
fn states_that_nobody_knows_are_in_progress() {
    let facts = added(OrderState::Unknown("pendingVoodoo".into()));
    let step = decide(&facts);
    assert!(matches!(step, Step::Rest(Rest::Waiting(_))));
    assert_eq!((reason(&step), waiting(&step).party), ("OrderInProgress", Party::Seller));
}

#[test]
fn late_is_not_failed() {
    let mut view = order(1, Task::Add, OrderState::InProgress);
    view.expected_completion = Some(after(-60));
    view.reason = Some("the splice team is late".into());
    let mut facts = adding();
    see_order(&mut facts, view);
    let step = decide(&facts);
    assert!(matches!(step, Step::Rest(Rest::Waiting(_))));
    assert_eq!((reason(&step), waiting(&step).until), ("Delayed", Some(after(-60))));
    assert!(waiting(&step).what.contains("the splice team is late"));
}

#[test]
fn an_order_that_the_seller_does_not_show_is_waited_for() {
    let mut facts = adding();
    absorb(&mut facts, Seen::Order(OrderId("ORD-1".into()), Sight::Missing));
    assert_eq!(reason(&decide(&facts)), "OrderNotVisible");
}

#[test]
fn what_was_seen_of_another_order_says_nothing_about_this_one() {
    let other = |sight: Sight<_>| {
        let mut facts = modifying();
        absorb(&mut facts, Seen::Order(OrderId("ORD-1".into()), sight));
        decide(&facts)
    };
    let this = Step::ObserveOrder(OrderId("ORD-2".into()));
    assert_eq!(other(Sight::Missing), this);
    assert_eq!(other(Sight::There(order(1, Task::Add, OrderState::Rejected))), this);
}

#[test]
fn dead_orders_are_settled_with_the_sellers_words() {
    for state in [OrderState::Rejected, OrderState::Failed, OrderState::Cancelled] {
        let mut view = order(1, Task::Add, state);
        view.reason = Some("the landlord refuses".into());
        let mut facts = adding();
        see_order(&mut facts, view);
        let record = written(&decide(&facts)).clone();
        assert_eq!((record.state, record.refusal), (OrderRecordState::Settled, Some(OrderRefusal::Final)));
        assert!(record.outcome.unwrap().contains("the landlord refuses"));
    }
}

#[test]
fn what_was_delivered_in_part_is_kept_hold_of() {
    let mut facts = added(OrderState::Partial);
    assert_eq!(decide(&facts).name(), "ObserveService");
    see_service(&mut facts, ServiceState::Active);
    let step = decide(&facts);
    assert_eq!((step.name(), written(&step).refusal), ("Conclude", None));
}

#[test]
fn completed_is_believed_when_inventory_says_so_too() {
    let mut facts = added(OrderState::Completed);
    assert_eq!(decide(&facts).name(), "ObserveService");
    for lagging in [ServiceState::Pending, ServiceState::Unknown("odd".into())] {
        see_service(&mut facts, lagging);
        assert_eq!(reason(&decide(&facts)), "InventoryLag");
    }
    absorb(&mut facts, Seen::Service(crate::model::ServiceId(SERVICE.into()), Sight::Missing));
    assert_eq!(reason(&decide(&facts)), "InventoryLag");
    see_service(&mut facts, ServiceState::Active);
    let step = decide(&facts);
    assert!(matches!(&step, Step::Conclude(_, rest) if **rest == Rest::Active));
    assert_eq!((written(&step).state, written(&step).refusal), (OrderRecordState::Settled, None));
    assert_eq!(facts.draft.in_force.as_ref().unwrap().revision, 1);
}

#[test]
fn a_service_that_is_being_changed_was_delivered() {
    let mut facts = added(OrderState::Completed);
    see_service(&mut facts, ServiceState::Changing);
    let step = decide(&facts);
    write(&mut facts, &[written(&step).clone()]);
    assert!(facts.draft.in_force.is_some());
    assert_eq!(decide(&facts).name(), "Active", "no second round");
}

#[test]
fn a_service_that_ended_before_it_was_seen_is_no_lag() {
    let mut facts = added(OrderState::Completed);
    see_service(&mut facts, ServiceState::Gone);
    let step = decide(&facts);
    assert_eq!(written(&step).refusal, Some(OrderRefusal::Final));
    for still_there in [ServiceState::Suspended, ServiceState::Terminating] {
        let mut facts = added(OrderState::Completed);
        see_service(&mut facts, still_there);
        let step = decide(&facts);
        assert_eq!((step.name(), written(&step).state), ("Record", OrderRecordState::Settled));
        assert_eq!(written(&step).refusal, None);
        write(&mut facts, &[written(&step).clone()]);
        assert_eq!(reason(&decide(&facts)), "ServiceEndedBySeller");
    }
}

#[test]
fn a_completed_order_without_a_product_is_waited_for() {
    let mut view = order(1, Task::Add, OrderState::Completed);
    view.services.clear();
    let mut facts = adding();
    see_order(&mut facts, view);
    let step = decide(&facts);
    assert_eq!(reason(&step), "InventoryLag");
    assert!(waiting(&step).what.contains("name the product"));
}

#[test]
fn the_product_of_an_earlier_order_that_failed_is_forgotten() {
    let mut facts = adding();
    facts.draft.products = vec![product("EVC-of-a-rejected-order")];
    record_orders(
        &mut facts,
        [refused(1, OrderOperation::Add, OrderRefusal::Final), placed(2, OrderOperation::Add)],
    );
    let facts = after_order(facts, 2, Task::Add, OrderState::Completed);
    assert_eq!(decide(&facts), Step::ObserveService(crate::model::ServiceId(SERVICE.into())));
}

#[test]
fn what_was_seen_of_one_order_is_not_said_of_another() {
    // A change was rejected, and in the same pass the end is ordered.
    let mut facts = after_order(modifying(), 2, Task::Modify, OrderState::Rejected);
    edit(&mut facts, |spec| spec.desired = Desired::Absent);
    let rejected = written(&decide(&facts)).clone();
    write(&mut facts, &[rejected, placed(3, OrderOperation::Disconnect)]);
    assert_eq!(decide(&facts), Step::ObserveOrder(OrderId("ORD-3".into())));
}

#[test]
fn what_runs_is_what_was_ordered_and_not_what_was_wished_since() {
    let mut facts = added(OrderState::Completed);
    edit(&mut facts, |spec| {
        spec.revision = 2;
        spec.design.committed = "4G".into();
        spec.design.peak = "4G".into();
    });
    let mut view = service(ServiceState::Active);
    let rate = Rate::new("2G".parse::<Bandwidth>().unwrap(), None);
    view.rates = Some(Rates { a_to_z: rate, z_to_a: rate });
    absorb(&mut facts, Seen::Service(view.id.clone(), Sight::There(view)));
    let runs = facts.draft.in_force.clone().unwrap();
    assert_eq!((runs.revision, runs.committed.as_str(), runs.monthly.as_str()), (1, "2G", "1125.00"));
    let step = decide(&facts);
    assert_eq!(step.name(), "Conclude");
    write(&mut facts, &[written(&step).clone()]);
    assert_eq!(
        decide(&facts),
        Step::Qualify(crate::model::Change::Modify(view_id())),
        "the wish is ordered now"
    );
}

fn view_id() -> crate::model::ServiceId {
    crate::model::ServiceId(SERVICE.into())
}

#[test]
fn a_change_keeps_the_old_state_in_force_until_the_service_is_active_again() {
    let mut facts = after_order(modifying(), 2, Task::Modify, OrderState::Completed);
    assert_eq!(decide(&facts).name(), "ObserveService");
    see_service(&mut facts, ServiceState::Changing);
    assert_eq!(reason(&decide(&facts)), "InventoryLag");
    assert_eq!(facts.draft.in_force, Some(in_force()));
    see_service(&mut facts, ServiceState::Active);
    let step = decide(&facts);
    assert_eq!((step.name(), facts.draft.in_force.as_ref()), ("Conclude", Some(&in_force())));
    concluded(&mut facts, OrderOperation::Modify);
    let runs = facts.draft.in_force.unwrap();
    assert_eq!((runs.revision, runs.committed.as_str()), (2, "4G"));
    assert_eq!((runs.since, runs.term_end), (in_force().since, in_force().term_end), "the term goes on");
}

#[test]
fn a_change_that_starts_the_term_again_says_so() {
    let mut facts = after_order(modifying(), 2, Task::Modify, OrderState::Completed);
    facts.account.as_mut().unwrap().change.restarts_term = true;
    see_service(&mut facts, ServiceState::Active);
    concluded(&mut facts, OrderOperation::Modify);
    let runs = facts.draft.in_force.unwrap();
    assert_eq!(runs.term_end.unwrap().0.to_string(), "2027-12-01T12:00:00Z");
    assert_eq!(runs.since, in_force().since);
}

#[test]
fn a_rejected_change_leaves_what_runs() {
    let mut facts = after_order(modifying(), 2, Task::Modify, OrderState::Rejected);
    write_next(&mut facts);
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("ChangeRefused", Party::User));
    assert_eq!(facts.draft.in_force, Some(in_force()));
}

#[test]
fn an_order_in_progress_tells_how_far_it_is() {
    let mut view = order(1, Task::Add, OrderState::InProgress);
    view.milestones = vec!["SITE_SURVEY".into()];
    let mut facts = adding();
    see_order(&mut facts, view);
    let progress = facts.draft.progress.clone().unwrap();
    assert_eq!((progress.sequence, progress.milestones), (1, vec!["SITE_SURVEY".to_owned()]));
    see_order(&mut facts, order(1, Task::Add, OrderState::Completed));
    assert_eq!(facts.draft.progress, None);
}
