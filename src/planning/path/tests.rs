//! What a path is called and tells; what it promises is tested where chains are found, and where promises are composed.

use std::time::Duration;

use super::*;

#[test]
fn a_chain_is_named_by_what_it_goes_through() {
    let named = |accounts: &[&str], joints: &[&str]| name(accounts.iter().copied(), joints.iter().copied());
    assert_eq!(named(&["metro-fiber"], &[]), "metro-fiber");
    assert_eq!(named(&["metro-fiber", "wave"], &["newyork-mmr"]), "metro-fiber, newyork-mmr, wave");
}

#[test]
fn every_combination_of_classes_is_tried_and_the_first_ones_first() {
    let class = |name: &str| ServiceClass {
        name: name.into(),
        max_km: None,
        site_pairs: Vec::new(),
        excess: false,
        level: ServiceLevel::default(),
    };
    let (one, other) = ([class("a"), class("b")], [class("x"), class("y"), class("z")]);
    let all = combinations(&[one.iter().collect(), other.iter().collect()]);
    let names: Vec<String> =
        all.iter().map(|pair| pair.iter().map(|class| class.name.as_str()).collect()).collect();
    assert_eq!(names, ["ax", "ay", "bx", "az", "by", "bz"]);
    assert!(combinations(&[one.iter().collect(), Vec::new()]).is_empty(), "a leg that nobody sells");
}

#[test]
fn what_our_own_equipment_adds_is_what_is_known_of_it() {
    let transit = Transit {
        latency: Duration::from_millis(1),
        availability: "99.9".parse().ok(),
        translates_vlans: true,
    };
    let joint = Joint::Transit { site: "newyork".into(), transit };
    assert_eq!((joint.name(), joint.translates_vlans(), joint.cost()), ("newyork", true, None));
    let level = joint.junction().level();
    assert_eq!(level.frame_delay, [(crate::model::Percentile::ALL, Duration::from_millis(1))]);
    assert_eq!((level.loss, level.availability), (Some(Percentage::NONE), "99.9".parse().ok()));
}
