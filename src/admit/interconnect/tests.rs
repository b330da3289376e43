//! An interconnect is read exactly as it is written; what cannot be had is refused by its field.

use std::time::Duration;

use crate::admit::{Refusal, interconnect};
use crate::model::{Interconnect, OwnCost};

const FULL: &str = "
crossConnect: {site: newyork, ports: [metro-1, haul-1]}
consumers: {namespaces: [training]}
capacity: 10G
frameSize: 9100
latency: 50us
availability: '99.999'
cost: {currency: USD, monthly: '35.00', oneTime: '200.00'}
riskGroups: [meet-me-room-2]
maintenance: true
";

fn read(manifest: &str, namespace: &str) -> Result<Interconnect, Refusal> {
    interconnect("newyork-mmr", &serde_norway::from_str(manifest).unwrap(), namespace, None)
}

#[test]
fn a_full_one_is_read_as_written() {
    let expected = Interconnect {
        name: "newyork-mmr".into(),
        site: "newyork".into(),
        ports: ("metro-1".into(), "haul-1".into()),
        offered: true,
        maintenance: true,
        capacity: "10G".parse().ok(),
        max_frame_size: Some(9100),
        latency: Duration::from_micros(50),
        availability: "99.999".parse().ok(),
        cost: Some(OwnCost {
            currency: "USD".parse().unwrap(),
            monthly: "35".parse().unwrap(),
            one_time: "200".parse().unwrap(),
        }),
        risk_groups: vec!["meet-me-room-2".into()],
    };
    assert_eq!(read(FULL, "training"), Ok(expected));
}

#[test]
fn what_is_not_said_is_nothing_and_offered_to_nobody() {
    let plain = read("crossConnect: {site: s, ports: [a, b]}", "training").unwrap();
    assert!(!plain.offered && !plain.maintenance && plain.cost.is_none() && plain.capacity.is_none());
    assert_eq!((plain.latency, plain.availability), (Duration::ZERO, None));
    assert!(!read(FULL, "other").unwrap().offered);
}

#[test]
fn what_cannot_be_understood_names_its_field() {
    let refused = |text: &str, other: &str| {
        assert!(FULL.contains(text), "{text}");
        let refusal = read(&FULL.replacen(text, other, 1), "training").expect_err(other);
        (refusal.reason, refusal.message)
    };
    for (text, other, message) in [
        ("[metro-1, haul-1]", "[metro-1]", "spec.crossConnect.ports: name two ports"),
        ("[metro-1, haul-1]", "[metro-1, metro-1]", "spec.crossConnect.ports: name two different ports"),
        ("10G", "fast", "spec.capacity: `fast` is no bandwidth"),
        ("9100", "-1", "spec.frameSize: -1 is out of range"),
        ("50us", "soon", "spec.latency: "),
        ("'99.999'", "'101'", "spec.availability: "),
        ("'35.00'", "'-1'", "spec.cost.monthly: -1.00 is below zero"),
        ("'200.00'", "much", "spec.cost.oneTime: "),
        ("currency: USD", "currency: dollars", "spec.cost.currency: "),
    ] {
        let (reason, words) = refused(text, other);
        assert_eq!(reason, "Invalid", "{other}");
        assert!(words.starts_with(message), "{other}: {words}");
    }
}
