//! A status that was lost, or restored without, is found again at the seller before anything else is done.

use super::fixture::*;
use crate::admit::Refusal;
use crate::api::{Desired, OrderOperation, Party};
use crate::model::{Bandwidth, OrderState, Rate, Rates, ServiceId, ServiceState, Task};
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Seen, Sight, Unavailable};
use crate::segment::record::absorb;

/// The purchase is on record, and everything else about it was lost.
fn lost() -> Facts {
    let mut facts = wanted();
    record_orders(&mut facts, [settled(1, OrderOperation::Add)]);
    facts
}

#[test]
fn the_product_and_what_runs_are_read_again() {
    let mut facts = lost();
    assert_eq!(decide(&facts).name(), "ObserveOrder");
    see_order(&mut facts, order(1, Task::Add, OrderState::Completed));
    assert_eq!(decide(&facts), Step::ObserveService(ServiceId(SERVICE.into())));
    see_service(&mut facts, ServiceState::Active);
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    assert_eq!(facts.draft.products[0].id, SERVICE);
}

#[test]
fn nothing_is_bought_while_that_is_not_known() {
    let mut no_product = lost();
    absorb(&mut no_product, Seen::Order(crate::model::OrderId("ORD-1".into()), Sight::Missing));
    let mut lagging = lost();
    see_order(&mut lagging, order(1, Task::Add, OrderState::Completed));
    see_service(&mut lagging, ServiceState::Pending);
    let mut vanished = lost();
    see_order(&mut vanished, order(1, Task::Add, OrderState::Completed));
    absorb(&mut vanished, Seen::Service(ServiceId(SERVICE.into()), Sight::Missing));
    for facts in [no_product, lagging, vanished] {
        assert_eq!(reason(&decide(&facts)), "InventoryLag");
    }
    let mut ended = lost();
    see_order(&mut ended, order(1, Task::Add, OrderState::Completed));
    see_service(&mut ended, ServiceState::Suspended);
    assert_eq!(reason(&decide(&ended)), "ServiceEndedBySeller");
}

#[test]
fn a_product_that_got_lost_alone_is_read_again_too() {
    let mut facts = bought();
    facts.draft.products.clear();
    assert_eq!(decide(&facts).name(), "ObserveOrder");
}

#[test]
fn a_seller_that_cannot_be_asked_is_not_asked() {
    let mut facts = lost();
    facts.seller =
        Err(Unavailable { reason: "ProviderMissing", party: Party::Platform, message: "create it".into() });
    assert_eq!(
        (reason(&decide(&facts)), waiting(&decide(&facts)).party),
        ("ProviderMissing", Party::Platform)
    );
}

#[test]
fn a_wish_that_cannot_be_understood_does_not_go_round_in_circles() {
    let mut facts = lost();
    facts.wish = Err(Refusal { reason: "Invalid", message: "spec.design".into() });
    see_order(&mut facts, order(1, Task::Add, OrderState::Completed));
    see_service(&mut facts, ServiceState::Active);
    let step = decide(&facts);
    assert!(matches!(step, Step::Rest(Rest::Stalled(_))), "{step:?}");
}

#[test]
fn an_unwanted_service_is_let_go_whatever_its_state() {
    for state in
        [ServiceState::Gone, ServiceState::Suspended, ServiceState::Terminating, ServiceState::Active]
    {
        let mut facts = lost();
        edit(&mut facts, |spec| spec.desired = Desired::Absent);
        delete(&mut facts);
        facts.past.looked = true;
        assert_eq!(decide(&facts).name(), "ObserveOrder", "which product it is");
        see_order(&mut facts, order(1, Task::Add, OrderState::Completed));
        assert_eq!(decide(&facts).name(), "ObserveService");
        see_service(&mut facts, state.clone());
        let expected = if state == ServiceState::Gone { "RemoveFinalizer" } else { "Reserve" };
        assert_eq!(decide(&facts).name(), expected, "{state:?}");
    }
}

/// The object was restored from a backup of specs: it is to be bought, and nothing is known of it.
fn restored() -> Facts {
    let mut facts = wanted();
    facts.draft = crate::api::ConnectivitySegmentStatus::default();
    std::sync::Arc::make_mut(&mut facts.segment).status = None;
    facts
}

#[test]
fn what_was_restored_without_its_status_is_looked_for_before_an_offer_is_asked_for() {
    let mut facts = restored();
    assert_eq!(decide(&facts), Step::Search);
    facts.past.looked = true;
    facts.search = Some(search([order(1, Task::Add, OrderState::Completed)]));
    let record = written(&decide(&facts)).clone();
    assert_eq!((record.sequence, record.order_id.as_deref()), (1, Some("ORD-1")));
    write(&mut facts, &[record]);
    see_order(&mut facts, order(1, Task::Add, OrderState::Completed));
    see_service(&mut facts, ServiceState::Active);
    assert_eq!(decide(&facts).name(), "Conclude");
    write_next(&mut facts);
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
}

#[test]
fn where_nothing_is_found_an_offer_is_asked_for() {
    let mut facts = restored();
    facts.past.looked = true;
    facts.search = Some(search([]));
    assert_eq!(decide(&facts).name(), "Qualify");
    // One look of this process is enough: what is ordered is looked for again before it is.
    facts.search = None;
    assert_eq!(decide(&facts).name(), "Qualify");
    facts.past.looked = false;
    facts.seller =
        Err(Unavailable { reason: "ProviderMissing", party: Party::Platform, message: "create it".into() });
    assert_eq!(reason(&decide(&facts)), "ProviderMissing");
}

/// All status was lost after a change; the orders were found and recorded.
fn found(rates: &str, revision: i64) -> Facts {
    let mut facts = wanted_and_looked();
    facts.draft.offer = None;
    edit(&mut facts, |spec| {
        spec.revision = revision;
        spec.design.committed = "4G".into();
        spec.design.peak = "4G".into();
        spec.design.reverse_committed = "4G".into();
        spec.design.reverse_peak = "4G".into();
    });
    facts.draft.offer = Some(offer(revision, "quote-1"));
    edit(&mut facts, |spec| spec.offer.as_mut().unwrap().revision = revision);
    facts.search = Some(search([order(1, Task::Add, OrderState::Completed)]));
    let record = written(&decide(&facts)).clone();
    write(&mut facts, &[record]);
    see_order(&mut facts, order(1, Task::Add, OrderState::Completed));
    let mut view = service(ServiceState::Active);
    let rate = Rate::new(rates.parse::<Bandwidth>().unwrap(), None);
    view.rates = Some(Rates { a_to_z: rate, z_to_a: rate });
    absorb(&mut facts, Seen::Service(view.id.clone(), Sight::There(view)));
    facts
}

#[test]
fn which_design_runs_is_read_from_inventory() {
    let same = found("4G", 3);
    assert_eq!(same.draft.in_force.as_ref().unwrap().revision, 3);
    let mut other = found("2G", 3);
    let runs = other.draft.in_force.clone().unwrap();
    assert_eq!((runs.revision, runs.committed.as_str()), (2, "2G"), "the change was not carried out yet");
    let step = decide(&other);
    assert_eq!(step.name(), "Conclude");
    write(&mut other, &[written(&step).clone()]);
    assert_eq!(written(&decide(&other)).operation, OrderOperation::Modify);
}

#[test]
fn a_price_that_nobody_remembers_is_not_nothing() {
    let mut facts = lost();
    facts.draft.offer = None;
    see_order(&mut facts, order(1, Task::Add, OrderState::Completed));
    see_service(&mut facts, ServiceState::Active);
    assert_eq!(facts.draft.in_force.unwrap().currency.0, "XXX");
}
