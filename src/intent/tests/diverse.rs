//! Two paths that do not share their fate: offered both, bought together, told each by itself, and planned anew together.

use super::chains::{in_use_at, patch};
use super::fixture::*;
use crate::api::{Desired, IntentState, Party, Resilience, ResilienceMode, SegmentState, told};
use crate::intent::decide::{Rest, Step, decide};
use crate::intent::facts::{Facts, name_of};
use crate::intent::record::{notes, status};
use crate::model::{Interface, Port};

const HAUL: &str = "haul";

/// Two sellers reach both ends, and the intent wants one path through each.
fn two_sellers() -> Facts {
    let mut facts = new();
    wants(&mut facts, ResilienceMode::DiverseProvider);
    facts
}

fn wants(facts: &mut Facts, mode: ResilienceMode) {
    edit(facts, |spec| spec.resilience = Some(Resilience { mode, separate_ports: None }));
}

/// Both were asked.
fn asked_both() -> Facts {
    let mut facts = two_sellers();
    let (steps, _) = run(&mut facts);
    assert_eq!(steps, ["Create"]);
    facts
}

fn offered_both() -> Facts {
    let mut facts = asked_both();
    offers(&mut facts, METRO, "1100.00");
    offers(&mut facts, WAVE, "1200.00");
    facts
}

fn chosen() -> Facts {
    let mut facts = offered_both();
    run(&mut facts);
    for (number, seller) in [METRO, WAVE].into_iter().enumerate() {
        says(&mut facts, seller, SegmentState::Ordering, "OrderInProgress", Some(Party::Seller));
        record(&mut facts, seller, &format!("operation: Add, state: Placed, orderId: ORD-{number}"));
    }
    facts
}

/// Both paths are in use.
fn in_use() -> Facts {
    let mut facts = chosen();
    in_use_at(&mut facts, METRO, "1100.00");
    in_use_at(&mut facts, WAVE, "1200.00");
    facts
}

/// What the condition `Diverse` says.
fn diverse(facts: &Facts) -> (String, String, String) {
    let Step::Rest(rest) = decide(facts) else { panic!("not at rest") };
    let status = status(facts, &rest);
    let found = told(&status.conditions, "Diverse").unwrap();
    (found.status.clone(), found.reason.clone(), found.message.clone())
}

#[test]
fn both_paths_are_offered_before_any_is_bought_and_bought_in_one_step() {
    let mut facts = asked_both();
    offers(&mut facts, METRO, "1100.00");
    says(&mut facts, WAVE, SegmentState::Offering, "AwaitingOffer", Some(Party::Seller));
    let found = waiting(&facts);
    assert_eq!((found.0, found.1.name.as_deref(), found.1.until), (IntentState::Planning, Some(WAVE), None));
    offers(&mut facts, WAVE, "1200.00");
    let commit = committed(&facts);
    let names: Vec<&str> = commit.legs.iter().map(|leg| name_of(&leg.segment)).collect();
    assert_eq!(names, ["seg-metro-fiber-ashburn-chicago", "seg-wave-ashburn-chicago"]);
    for leg in &commit.legs {
        let choice = leg.spec.choice.as_ref().unwrap();
        let paths: Vec<_> = choice.paths.iter().map(|path| path.segments.join(", ")).collect();
        assert_eq!((choice.revision, paths), (1, names.iter().map(ToString::to_string).collect()));
    }
    // What one path costs, the other seller may not be paid.
    assert_eq!(commit.legs[0].spec.authority.as_ref().unwrap().monthly.0, "1800.00");
    let (steps, _) = run(&mut facts);
    assert_eq!(steps, ["Commit"]);
}

#[test]
fn the_budget_is_for_both_paths() {
    let mut facts = offered_both();
    facts.request.as_mut().unwrap().budget.as_mut().unwrap().monthly = amount("2299.99");
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "PriceAboveBudget", Party::User));
    assert!(found.1.what.contains("it costs 2300.00 USD"), "{}", found.1.what);
}

#[test]
fn the_plan_tells_both_paths_and_what_to_plug_into_at_each() {
    let facts = in_use();
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    let told = status(&facts, &Rest::Active);
    let plan = told.plan.unwrap();
    let legs: Vec<_> = plan.legs.iter().map(|leg| (leg.path, leg.provider.as_str())).collect();
    assert_eq!(legs, [(Some(1), METRO), (Some(2), WAVE)]);
    assert_eq!((plan.monthly.as_str(), plan.one_time.as_str()), ("2300.00 USD", "1000.00 USD"));
    let ends: Vec<_> =
        told.attachments.iter().map(|end| (end.endpoint.as_str(), end.port.as_str())).collect();
    let expected = [
        ("gpus", "ashburn/metro-fiber-1"),
        ("store", "chicago/metro-fiber-1"),
        ("gpus", "ashburn/wave-1"),
        ("store", "chicago/wave-1"),
    ];
    assert_eq!(ends, expected);
    assert_eq!(diverse(&facts).0, "True");
}

#[test]
fn one_path_in_use_is_not_yet_what_was_asked() {
    let mut facts = chosen();
    in_use_at(&mut facts, METRO, "1100.00");
    assert_eq!(waiting(&facts).0, IntentState::Provisioning);
    let (holds, reason, _) = diverse(&facts);
    assert_eq!((holds.as_str(), reason.as_str()), ("False", "OnePath"));
}

#[test]
fn a_crash_between_the_two_buys_the_other_whatever_is_cheaper_by_then() {
    for first in [0, 1] {
        let mut facts = offered_both();
        let commit = committed(&facts);
        respec(&mut facts, &commit.legs[first].segment, commit.legs[first].spec.clone());
        let again = committed(&facts);
        assert_eq!(again.legs.len(), 1);
        assert_eq!(name_of(&again.legs[0].segment), name_of(&commit.legs[1 - first].segment));
        assert_eq!(again.legs[0].spec.choice, commit.legs[1 - first].spec.choice);
    }
}

#[test]
fn without_a_second_path_nothing_is_bought_and_what_is_shared_is_told() {
    let mut facts = new();
    account(&mut facts, WAVE).steps = vec!["1G".parse().unwrap()];
    wants(&mut facts, ResilienceMode::DiverseProvider);
    let found = stalled(&facts);
    assert_eq!(found.1.reason, "NoDiversePath");
    assert!(found.1.what.contains(METRO), "{}", found.1.what);
}

#[test]
fn where_a_seller_tells_nothing_of_its_risks_a_diverse_path_is_unverified() {
    let mut facts = new();
    wants(&mut facts, ResilienceMode::DiversePath);
    run(&mut facts);
    offers(&mut facts, METRO, "1100.00");
    offers(&mut facts, WAVE, "1200.00");
    assert!(notes(&facts).iter().any(|note| note.starts_with("unverified: ")), "{:?}", notes(&facts));
    run(&mut facts);
    in_use_at(&mut facts, METRO, "1100.00");
    in_use_at(&mut facts, WAVE, "1200.00");
    let (holds, reason, message) = diverse(&facts);
    assert_eq!((holds.as_str(), reason.as_str()), ("Unknown", "Unverified"));
    assert!(message.contains(METRO) && message.contains(WAVE), "{message}");
}

/// Another seller reaches both ends by now.
fn reaches(facts: &mut Facts, name: &str) {
    let mut seller = facts.sellers.last().unwrap().clone();
    (seller.asked.account.name, seller.identity.name) = (name.into(), name.into());
    seller.asked.account.seller = name.into();
    facts.sellers.insert(0, seller);
    let (a, z) = facts.sites.as_mut().unwrap();
    for site in [a, z] {
        let port = site.ports[1].clone();
        let interface = Interface::Uni(crate::model::ServiceId(format!("UNI-{name}-{}", site.name)));
        site.ports.push(Port { name: format!("{name}-1"), account: name.into(), interface, ..port });
    }
}

/// One path is in use, and the order for the other was refused for good.
fn refused() -> Facts {
    let mut facts = chosen();
    in_use_at(&mut facts, METRO, "1100.00");
    segment_mut(&mut facts, WAVE).status.as_mut().unwrap().orders.clear();
    record(&mut facts, WAVE, "operation: Add, state: Refused, refusal: Final");
    says(&mut facts, WAVE, SegmentState::Declined, "OrderRefused", Some(Party::Seller));
    facts
}

#[test]
fn what_runs_is_paired_anew_however_many_other_pairs_there_are() {
    let mut facts = refused();
    for name in ["a1", "a2", "a3", "a4"] {
        reaches(&mut facts, name);
    }
    run(&mut facts);
    let asked: Vec<_> = facts.offering().map(|segment| segment.spec.provider.name.clone()).collect();
    assert_eq!(asked, ["a1", "a2", "a3", "a4"], "each beside metro fiber, which is kept");
    for name in ["a1", "a2", "a3", "a4"] {
        offers(&mut facts, name, "1.00");
    }
    let commit = committed(&facts);
    assert!(commit.legs.iter().any(|leg| leg.segment.spec.provider.name == METRO));
}

#[test]
fn a_path_that_is_refused_is_planned_around_and_the_other_is_kept() {
    let mut facts = refused();
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "LegRefused", Party::User));
    assert!(found.1.what.contains("what runs goes on: metro-fiber"), "{}", found.1.what);
    reaches(&mut facts, HAUL);
    run(&mut facts);
    offers(&mut facts, HAUL, "1300.00");
    let commit = committed(&facts);
    let kept: Vec<_> = commit
        .legs
        .iter()
        .map(|leg| (leg.segment.spec.provider.name.as_str(), leg.segment.spec.desired))
        .collect();
    assert_eq!(kept.len(), 2);
    assert!(kept.contains(&(METRO, Desired::Present)) && kept.contains(&(HAUL, Desired::Offer)), "{kept:?}");
    assert_eq!(commit.legs[0].spec.choice.as_ref().unwrap().revision, 2);
    run(&mut facts);
    in_use_at(&mut facts, HAUL, "1300.00");
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    assert_eq!(segment(&facts, WAVE).spec.desired, Desired::Absent);
}

#[test]
fn a_change_is_agreed_to_only_when_both_paths_are_offered_it() {
    let mut facts = in_use();
    edit(&mut facts, |spec| {
        spec.bandwidth.committed = "4G".into();
        spec.budget.as_mut().unwrap().monthly = "9000".into();
    });
    let (steps, _) = run(&mut facts);
    assert!(!steps.contains(&"Commit"), "{steps:?}");
    offers(&mut facts, METRO, "2000.00");
    says(&mut facts, WAVE, SegmentState::Changing, "AwaitingOffer", Some(Party::Seller));
    assert_eq!(waiting(&facts).0, IntentState::Changing);
    offers(&mut facts, WAVE, "2100.00");
    assert_eq!(committed(&facts).legs.len(), 2);
}

#[test]
fn what_is_found_out_later_about_a_shared_risk_is_told_and_ends_nothing() {
    let mut facts = in_use();
    wants(&mut facts, ResilienceMode::DiversePath);
    let (a, _) = facts.sites.as_mut().unwrap();
    for port in &mut a.ports {
        port.risk_groups = vec!["ashburn-duct-7".into()];
    }
    run(&mut facts);
    let (holds, reason, message) = diverse(&facts);
    assert_eq!((holds.as_str(), reason.as_str()), ("False", "SharedRisk"));
    assert!(message.contains("ashburn-duct-7"), "{message}");
    assert!(facts.segments.iter().all(|segment| segment.spec.desired == Desired::Present));
}

#[test]
fn paths_that_are_to_have_ports_of_their_own_have_them() {
    let mut facts = new();
    facts.sellers.retain(|seller| seller.asked.account.name == METRO);
    let (a, z) = facts.sites.as_mut().unwrap();
    for site in [a, z] {
        site.ports.truncate(1);
        let first = site.ports[0].clone();
        let interface = Interface::Uni(crate::model::ServiceId(format!("UNI-2-{}", site.name)));
        site.ports.push(Port { name: format!("{METRO}-2"), interface, ..first });
    }
    edit(&mut facts, |spec| {
        spec.resilience = Some(Resilience { mode: ResilienceMode::DiversePath, separate_ports: Some(true) });
    });
    run(&mut facts);
    let ports: Vec<_> = facts
        .segments
        .iter()
        .map(|segment| segment.spec.ends.iter().map(|end| end.port.as_str()).collect::<Vec<_>>())
        .collect();
    assert_eq!(ports.len(), 2, "{ports:?}");
    assert!(ports[0].iter().zip(&ports[1]).all(|(one, other)| one != other), "{ports:?}");
}

#[test]
fn a_chain_and_a_direct_path_are_a_pair() {
    let mut facts = super::chains::apart();
    // Wave reaches Ashburn too: it alone is one path, metro fiber and haul are the other.
    let metro = facts.sites.as_ref().unwrap().0.ports[0].clone();
    let interface = Interface::Uni(crate::model::ServiceId("UNI-wave-ashburn".into()));
    facts.sites.as_mut().unwrap().0.ports.push(Port {
        name: "wave-1".into(),
        account: WAVE.into(),
        interface,
        ..metro
    });
    facts.interconnects = vec![patch("mmr-haul", HAUL)];
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().one_time = Some("1500".into()));
    wants(&mut facts, ResilienceMode::DiverseProvider);
    run(&mut facts);
    for (seller, monthly) in [(METRO, "700.00"), (WAVE, "800.00"), (HAUL, "900.00")] {
        offers(&mut facts, seller, monthly);
    }
    let commit = committed(&facts);
    let choice = commit.legs[0].spec.choice.as_ref().unwrap();
    let legs: Vec<usize> = choice.paths.iter().map(|path| path.segments.len()).collect();
    assert_eq!((commit.legs.len(), legs.iter().sum::<usize>()), (3, 3));
    assert!(choice.paths.iter().all(|path| path.joints.len() + 1 == path.segments.len()));
}
