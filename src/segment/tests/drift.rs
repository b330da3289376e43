//! What inventory shows and was not bought is told field by field; nothing is done about it.

use super::fixture::*;
use crate::api::{BandwidthText, OrderOperation, SegmentProduct};
use crate::model::{Bandwidth, Rate, Rates, ServiceState, ServiceView};
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Seen, Sight};
use crate::segment::record::{absorb, status};

fn shows(forth: &str, back: &str, class: &str) -> ServiceView {
    let rate = |text: &str| Rate::new(text.parse::<Bandwidth>().unwrap(), None);
    ServiceView {
        rates: Some(Rates { a_to_z: rate(forth), z_to_a: rate(back) }),
        class_of_service: Some(class.into()),
        ..service(ServiceState::Active)
    }
}

fn looked(view: ServiceView) -> Facts {
    let mut facts = bought();
    facts.past.observed_for = WINDOWS.observe;
    absorb(&mut facts, Seen::Service(view.id.clone(), Sight::There(view)));
    facts
}

/// Status and message of the condition, after a pass.
fn drifted(facts: &Facts) -> (String, String) {
    let status = status(facts, &Rest::Active);
    let found = status.conditions.into_iter().find(|condition| condition.type_ == "Drifted").unwrap();
    (found.status, found.message)
}

#[test]
fn every_field_that_differs_is_told_and_the_service_stays_ready() {
    let facts = looked(shows("1G", "3G", "BEST"));
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    let (held, message) = drifted(&facts);
    assert_eq!(held, "True");
    for words in [
        "committed bandwidth is 1G, and 2G was bought",
        "in reverse is 3G, and 2G was bought",
        "class of service is BEST, and BULK was bought",
    ] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn what_is_as_bought_or_not_shown_is_no_drift() {
    assert_eq!(drifted(&looked(shows("2G", "2G", "BULK"))), ("False".into(), String::new()));
    assert_eq!(drifted(&looked(service(ServiceState::Active))).0, "False");
}

/// Inventories tell an Access E-Line from its UNI.
#[test]
fn a_service_that_begins_at_an_enni_is_told_from_there() {
    let seen = |at_enni: bool| {
        let mut facts = bought();
        facts.past.observed_for = WINDOWS.observe;
        edit(&mut facts, |spec| {
            spec.product = SegmentProduct::AccessEline;
            let enni = &mut spec.ends[usize::from(!at_enni)];
            enni.enni_product_id = enni.uni_product_id.take();
            (spec.design.reverse_committed, spec.design.reverse_peak) =
                (BandwidthText("1G".into()), BandwidthText("1G".into()));
        });
        let view = if at_enni { shows("1G", "2G", "BULK") } else { shows("2G", "1G", "BULK") };
        absorb(&mut facts, Seen::Service(view.id.clone(), Sight::There(view)));
        drifted(&facts)
    };
    for at_enni in [false, true] {
        assert_eq!(seen(at_enni), ("False".into(), String::new()));
    }
}

#[test]
fn a_pass_without_a_look_leaves_what_was_told() {
    let mut facts = looked(shows("1G", "2G", "BULK"));
    let told = drifted(&facts);
    facts.draft = status(&facts, &Rest::Active);
    store(&mut facts);
    facts.services.clear();
    assert_eq!(drifted(&facts), told);
    assert_eq!(drifted(&new()).0, "Unknown");
}

#[test]
fn a_change_under_way_is_no_drift() {
    let mut facts = looked(shows("4G", "4G", "BULK"));
    record_orders(&mut facts, [settled(1, OrderOperation::Add), placed(2, OrderOperation::Modify)]);
    see_order(&mut facts, order(2, crate::model::Task::Modify, crate::model::OrderState::InProgress));
    let Step::Rest(rest) = decide(&facts) else { panic!("nothing rests") };
    let told =
        status(&facts, &rest).conditions.into_iter().find(|condition| condition.type_ == "Drifted").unwrap();
    assert_eq!(told.status, "Unknown");
}

#[test]
fn the_end_of_a_purchase_says_in_the_same_write_that_nothing_drifted() {
    let mut facts = looked(shows("2G", "2G", "BULK"));
    record_orders(&mut facts, [placed(1, OrderOperation::Add)]);
    assert_eq!(drifted(&facts).0, "False");
}
