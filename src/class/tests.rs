use super::*;
use crate::api::{ConnectivityClassSpec, holds, told};

fn class(spec: &str) -> ConnectivityClass {
    let spec: ConnectivityClassSpec = serde_norway::from_str(spec).unwrap();
    let mut class = ConnectivityClass::new("bulk", spec);
    class.metadata.generation = Some(3);
    class
}

fn told_of(class: &ConnectivityClass) -> ConnectivityClassStatus {
    let now = "2026-12-01T12:00:00Z".parse().unwrap();
    status(class, admit::class(&class.spec).err().as_ref(), now)
}

#[test]
fn a_class_that_can_be_understood_is_usable() {
    let class = class(
        "{defaults: {frameSize: 9000}, approval: {rules: [{name: dear, expression: plan.monthly > 1000.0}]}}",
    );
    let told = told_of(&class);
    assert!(holds(&told.conditions, "Ready") && holds(&told.conditions, "Valid"), "{told:?}");
    assert_eq!((told.observed_generation, told.waiting_for), (Some(3), None));
}

#[test]
fn a_class_that_is_wrong_says_where_and_keeps_saying_the_same() {
    for (spec, place) in [
        ("{bounds: {bandwidth: {min: 2G, max: 1G}}}", "spec.bounds.bandwidth"),
        (
            "{approval: {rules: [{name: r, expression: 'true'}, {name: dear, expression: plan.monthly >}]}}",
            "spec.approval.rules[1].expression",
        ),
        ("{approval: {rules: [{name: dear, expression: plan.monthly}]}}", "not true or false"),
    ] {
        let mut class = class(spec);
        let told_first = told_of(&class);
        assert!(
            !holds(&told_first.conditions, "Valid") && holds(&told_first.conditions, "Stalled"),
            "{spec}"
        );
        let ready = told(&told_first.conditions, "Ready").unwrap();
        assert!(ready.message.contains(place), "{}", ready.message);
        assert_eq!(told_first.waiting_for.as_ref().map(|waiting| waiting.party), Some(Party::Platform));
        class.status = Some(told_first.clone());
        assert_eq!(told_of(&class), told_first);
    }
}
