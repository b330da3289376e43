//! A hub and its spokes: all are asked, all are bought at once, and each is kept by itself.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::claims::Only;
use super::fixture::*;
use crate::admit::Refusal;
use crate::api::{
    ConnectivitySegment, ConnectivitySegmentSpec, DeletionPolicy, Desired, IntentState, Overlap, Party,
    SegmentState, holds, told,
};
use crate::intent::ask::{Asker, segments};
use crate::intent::class::Policy;
use crate::intent::decide::{Commit, Rest, Step, decide};
use crate::intent::facts::{Facts, Spoke, name_of};
use crate::intent::offers::Asking;
use crate::intent::record::status;
use crate::model::{OnPartial, PortMode};

mod replaced;

const THREE: [&str; 3] = ["boston", "chicago", "denver"];

/// A hub in Ashburn with these spokes, each named as its site; nobody was asked.
pub(super) fn hub(spokes: &[&str]) -> Facts {
    let mut facts = new();
    ask_for(&mut facts, spokes);
    edit(&mut facts, |spec| {
        spec.budget = serde_norway::from_str(
            "{currency: USD, monthly: '10000.00', oneTime: '5000.00', termination: '7000.00'}",
        )
        .unwrap();
    });
    facts
}

/// The intent asks for these spokes.
pub(super) fn ask_for(facts: &mut Facts, spokes: &[&str]) {
    let spoke = |name: &&str| format!("{{name: {name}, role: Spoke, site: {{name: {name}}}}}");
    let ends: Vec<String> = spokes.iter().map(spoke).collect();
    let ends = format!("[{}, {{name: hub, role: Hub, site: {{name: ashburn}}}}]", ends.join(", "));
    edit(facts, |spec| spec.endpoints = serde_norway::from_str(&ends).unwrap());
    let known = |name: &&str| {
        let sites = Ok((site("ashburn"), site(name)));
        ((*name).to_owned(), Spoke { sites, shortages: Vec::new() })
    };
    facts.spokes = spokes.iter().map(known).collect();
}

/// Asks as the controller does, with VLANs that are free.
pub(super) fn create(facts: &mut Facts, asking: &Asking) {
    let strand = facts.strand_of(asking.spoke.as_deref()).unwrap();
    let asker = Asker { owner: "acme", installation: "test" };
    let known = Only(facts.segments.clone());
    match segments(&strand, strand.request.as_ref().unwrap(), asking, &known, asker) {
        Ok(specs) => specs.into_iter().for_each(|spec| add(facts, spec)),
        Err(why) => facts.note_shortage(asking.spoke.as_deref(), &asking.way.name(), &why.to_string()),
    }
}

fn add(facts: &mut Facts, spec: ConnectivitySegmentSpec) {
    let mut segment = ConnectivitySegment::new(&spec.client_reference.clone(), spec);
    segment.metadata.generation = Some(1);
    segment.metadata.creation_timestamp =
        Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(facts.now));
    facts.segments.push(Arc::new(segment));
    facts.segments.sort_by(|left, right| left.metadata.name.cmp(&right.metadata.name));
}

/// Does all that is to be done until a rest, or until something is bought.
fn until_purchase(facts: &mut Facts) -> Result<Commit, Rest> {
    for _ in 0..3_000 {
        match decide(facts) {
            Step::Create(asked) => asked.iter().for_each(|asking| create(facts, asking)),
            Step::Commit(commit) => return Ok(*commit),
            Step::Rest(rest) => return Err(rest),
            step => apply(facts, step),
        }
    }
    panic!("no rest");
}

fn settle(facts: &mut Facts) -> Rest {
    loop {
        match until_purchase(facts) {
            Ok(commit) => apply(facts, Step::Commit(Box::new(commit))),
            Err(rest) => return rest,
        }
    }
}

fn bought(facts: &mut Facts) -> Commit {
    until_purchase(facts).expect("something is bought")
}

fn held(facts: &mut Facts) -> (IntentState, crate::intent::decide::Waiting, bool) {
    match until_purchase(facts) {
        Err(Rest::Waiting(state, waiting)) => (state, waiting, false),
        Err(Rest::Stalled(state, waiting)) => (state, waiting, true),
        other => panic!("{other:?} waits for nobody"),
    }
}

/// Does this with what is there of one spoke alone.
fn at(facts: &mut Facts, spoke: &str, act: impl FnOnce(&mut Facts)) {
    let all = std::mem::take(&mut facts.segments);
    let (own, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|segment| segment.spec.spoke.as_deref() == Some(spoke));
    facts.segments = own;
    act(facts);
    facts.segments.extend(others);
    facts.segments.sort_by(|left, right| left.metadata.name.cmp(&right.metadata.name));
}

fn offered(facts: &mut Facts, spoke: &str, metro: &str) {
    at(facts, spoke, |facts| {
        offers(facts, METRO, metro);
        says(facts, WAVE, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
    });
}

fn nobody(facts: &mut Facts, spoke: &str) {
    at(facts, spoke, |facts| {
        says(facts, METRO, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
        says(facts, WAVE, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
    });
}

/// What the spoke asked for is in use.
fn serves(facts: &mut Facts, spoke: &str) {
    at(facts, spoke, |facts| {
        record(facts, METRO, "operation: Add, state: Settled, orderId: ORD-1");
        runs(facts, "2G");
    });
}

/// All were asked, and metro fiber offers each of them for a thousand.
fn all_offered(spokes: &[&str]) -> Facts {
    let mut facts = hub(spokes);
    settle(&mut facts);
    spokes.iter().for_each(|spoke| offered(&mut facts, spoke, "1000.00"));
    facts
}

/// All are in use.
fn in_use() -> Facts {
    let mut facts = all_offered(&THREE);
    settle(&mut facts);
    THREE.iter().for_each(|spoke| serves(&mut facts, spoke));
    assert_eq!(settle(&mut facts), Rest::Active);
    facts
}

fn spoke_of(segment: &ConnectivitySegment) -> &str {
    segment.spec.spoke.as_deref().unwrap()
}

fn of_spoke<'a>(facts: &'a Facts, spoke: &str) -> &'a Arc<ConnectivitySegment> {
    let mut own = facts.segments.iter().filter(|segment| spoke_of(segment) == spoke);
    let (one, None) = (own.next().unwrap(), own.next()) else { panic!("{spoke} has several segments") };
    one
}

/// What is told of each spoke: its name, state, whether it is ready, and why.
fn spokes_told(facts: &mut Facts) -> Vec<(String, IntentState, bool, String)> {
    let rest = settle(facts);
    let told = status(facts, &rest).spokes;
    told.into_iter().map(|spoke| (spoke.name, spoke.state, spoke.ready, spoke.reason)).collect()
}

#[test]
fn every_spoke_asks_everybody_with_a_vlan_of_its_own_at_the_hub() {
    let mut facts = hub(&THREE);
    let rest = settle(&mut facts);
    assert!(matches!(rest, Rest::Waiting(IntentState::Planning, _)), "{rest:?}");
    let asked: Vec<_> =
        facts.segments.iter().map(|one| (spoke_of(one), one.spec.provider.name.as_str())).collect();
    let asked: BTreeSet<_> = asked.into_iter().collect();
    let wanted: BTreeSet<_> = THREE.iter().flat_map(|spoke| [(*spoke, METRO), (*spoke, WAVE)]).collect();
    assert_eq!((asked, facts.segments.len()), (wanted, 6));
    let names: BTreeSet<_> = facts.segments.iter().map(|segment| name_of(segment)).collect();
    assert_eq!(names.len(), 6, "the same seller and ports have a name for each spoke");
    for seller in [METRO, WAVE] {
        let own = facts.segments.iter().filter(|segment| segment.spec.provider.name == seller);
        let vlans: BTreeSet<_> = own.map(|segment| segment.spec.ends[0].vlan.unwrap()).collect();
        assert_eq!(vlans, BTreeSet::from([200, 201, 202]), "{seller}");
    }
}

#[test]
fn one_look_asks_for_all_spokes() {
    let mut facts = hub(&THREE);
    apply(&mut facts, Step::AddFinalizer);
    let mut looks = 0;
    while let Step::Create(asked) = decide(&facts) {
        let spokes: Vec<_> = asked.iter().filter_map(|asking| asking.spoke.as_deref()).collect();
        assert_eq!(spokes, THREE);
        asked.iter().for_each(|asking| create(&mut facts, asking));
        looks += 1;
    }
    assert_eq!((looks, facts.segments.len()), (2, 6), "one for each seller");
}

#[test]
fn a_spoke_asks_for_a_vlan_at_its_end() {
    let mut facts = hub(&THREE);
    edit(&mut facts, |spec| spec.endpoints[1].vlan = Some(crate::api::EndpointVlan { id: 200 }));
    settle(&mut facts);
    // Boston is asked first, and has it: nothing translates.
    let (_, waiting, stalled) = held(&mut facts);
    assert!(stalled, "{waiting:?}");
    assert_eq!((waiting.reason.as_str(), waiting.party), ("NoFreePort", Party::Platform));
    assert!(waiting.what.starts_with("0 of 3 spokes are in use; chicago: "), "{}", waiting.what);
    assert!(waiting.what.contains("VLAN 200 is not free"), "{}", waiting.what);
}

#[test]
fn a_whole_port_at_the_hub_carries_one_spoke() {
    let mut facts = hub(&THREE[..2]);
    facts.sellers.retain(|seller| seller.asked.account.name == METRO);
    account(&mut facts, METRO).products = BTreeSet::from([crate::model::Product::Epl]);
    for spoke in facts.spokes.values_mut() {
        let (hub, far) = spoke.sites.as_mut().unwrap();
        hub.ports.iter_mut().chain(&mut far.ports).for_each(|port| port.mode = PortMode::Whole);
    }
    let (_, waiting, stalled) = held(&mut facts);
    assert!(stalled && waiting.what.contains("chicago: ") && waiting.reason == "NoFreePort", "{waiting:?}");
    assert_eq!(facts.segments.len(), 1, "the shortage of one is not that of the other");
}

#[test]
fn nothing_is_bought_before_every_spoke_is_offered() {
    let mut facts = hub(&THREE);
    settle(&mut facts);
    offered(&mut facts, "boston", "1000.00");
    offered(&mut facts, "denver", "1000.00");
    let (state, waiting, stalled) = held(&mut facts);
    assert_eq!((state, stalled, waiting.party), (IntentState::Planning, false, Party::Seller));
    assert!(waiting.what.starts_with("0 of 3 spokes are in use; chicago: "), "{}", waiting.what);
    assert!(waiting.what.ends_with("what others offer is bought once all have offered"), "{}", waiting.what);
    nobody(&mut facts, "chicago");
    let (state, waiting, stalled) = held(&mut facts);
    assert_eq!((state, waiting.reason.as_str(), stalled), (IntentState::Blocked, "NoCapacity", true));
    let told = spokes_told(&mut facts);
    let told: Vec<_> =
        told.iter().map(|(name, state, ready, why)| (&**name, *state, *ready, &**why)).collect();
    let planned = |name| (name, IntentState::Planned, false, "Offered");
    let chicago = ("chicago", IntentState::Blocked, false, "NoCapacity");
    assert_eq!(told, [planned("boston"), chicago, planned("denver")]);
    assert_eq!(status(&facts, &settle(&mut facts.clone())).plan, None, "there is no price of all");
    // Without it the others are bought.
    ask_for(&mut facts, &["boston", "denver"]);
    assert_eq!(bought(&mut facts).legs.len(), 2);
}

#[test]
fn spokes_that_can_be_had_are_bought_without_the_others_where_the_class_says_so() {
    let mut facts = hub(&THREE);
    facts.request.as_mut().unwrap().on_partial = OnPartial::Proceed;
    facts.patience = Duration::from_secs(600);
    settle(&mut facts);
    offered(&mut facts, "boston", "1000.00");
    // The sellers of the others have some time to answer.
    let (state, waiting, stalled) = held(&mut facts);
    let until = facts.now.checked_add(facts.patience).unwrap();
    assert_eq!((state, stalled, waiting.until), (IntentState::Planning, false, Some(until)));
    assert!(waiting.what.ends_with("when it answered, or its time to answer is over"), "{}", waiting.what);
    let plan = status(&facts, &settle(&mut facts.clone())).plan.expect("what would be bought is told");
    assert_eq!((plan.legs.len(), plan.monthly.as_str()), (1, "1000.00 USD"));
    // One seller says no, the other one says nothing in time.
    nobody(&mut facts, "chicago");
    let (_, waiting, stalled) = held(&mut facts);
    assert!(stalled && waiting.what.contains("; chicago: ") && waiting.until == Some(until), "{waiting:?}");
    facts.now = until;
    let commit = bought(&mut facts);
    assert_eq!(commit.legs.iter().map(|leg| spoke_of(&leg.segment)).collect::<Vec<_>>(), ["boston"]);
    assert_eq!(commit.legs[0].spec.authority.as_ref().unwrap().monthly.0, "10000.00");
    apply(&mut facts, Step::Commit(Box::new(commit)));
    serves(&mut facts, "boston");
    let (_, waiting, stalled) = held(&mut facts);
    assert!(stalled && waiting.what.starts_with("1 of 3 spokes are in use; chicago: "), "{}", waiting.what);
    // Each of the others is bought when it can be had, beside what is bought.
    offered(&mut facts, "denver", "1000.00");
    let commit = bought(&mut facts);
    assert_eq!(commit.legs.iter().map(|leg| spoke_of(&leg.segment)).collect::<Vec<_>>(), ["denver"]);
    assert_eq!(commit.legs[0].spec.authority.as_ref().unwrap().monthly.0, "8875.00");
}

#[test]
fn an_approval_is_for_the_spokes_that_can_be_had() {
    let mut facts = hub(&THREE);
    facts.request.as_mut().unwrap().on_partial = OnPartial::Proceed;
    facts.class.policy = Policy::Everything("test".into());
    settle(&mut facts);
    ["boston", "denver"].into_iter().for_each(|spoke| offered(&mut facts, spoke, "1000.00"));
    nobody(&mut facts, "chicago");
    let (_, waiting, _) = held(&mut facts);
    assert_eq!(waiting.reason, "ApprovalRequired");
    let plan = status(&facts, &settle(&mut facts.clone())).plan.expect("it is told what is approved");
    assert_eq!((plan.legs.len(), plan.monthly.as_str()), (2, "2000.00 USD"));
    approve(&mut facts, plan.digest.parse().unwrap());
    assert_eq!(bought(&mut facts).legs.len(), 2);
}

#[test]
fn all_are_bought_at_once_and_each_may_cost_what_the_others_leave() {
    let mut facts = all_offered(&THREE);
    let commit = bought(&mut facts);
    let spokes: Vec<_> = commit.legs.iter().map(|leg| spoke_of(&leg.segment)).collect();
    assert_eq!((spokes, commit.chooses), (THREE.to_vec(), true));
    for leg in &commit.legs {
        let authority = leg.spec.authority.as_ref().unwrap();
        assert_eq!((authority.monthly.0.as_str(), authority.one_time.0.as_str()), ("8000.00", "4000.00"));
    }
    apply(&mut facts, Step::Commit(Box::new(commit)));
    let specs = |facts: &Facts| -> Vec<_> {
        let present = facts.segments.iter().filter(|segment| segment.spec.desired == Desired::Present);
        present.map(|segment| segment.spec.clone()).collect()
    };
    let before = specs(&facts);
    settle(&mut facts);
    assert_eq!(specs(&facts), before, "nothing is to be set right afterwards");
    assert_eq!(facts.segments.len(), 3, "offers that lost are gone");
}

#[test]
fn a_crash_between_the_purchases_goes_on_with_the_others() {
    let mut facts = all_offered(&THREE);
    let mut commit = bought(&mut facts);
    let others = commit.legs.split_off(1);
    apply(&mut facts, Step::Commit(Box::new(commit)));
    // Meanwhile the budget became smaller: the first has its price, and the others what it leaves.
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().monthly = "2999.00".into());
    let (_, waiting, _) = held(&mut facts);
    assert_eq!(waiting.reason, "PriceAboveBudget");
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().monthly = "10000.00".into());
    let again = bought(&mut facts);
    let named = |legs: &[crate::intent::decide::Purchase]| -> Vec<_> {
        legs.iter().map(|leg| (spoke_of(&leg.segment).to_owned(), leg.spec.authority.clone())).collect()
    };
    assert_eq!(named(&again.legs), named(&others));
    assert_eq!(again.beside.monthly, amount("1000"));
}

#[test]
fn the_budget_and_the_limits_are_about_the_sum() {
    let mut facts = all_offered(&THREE);
    let monthly = |facts: &mut Facts, most: &str| {
        edit(facts, |spec| spec.budget.as_mut().unwrap().monthly = most.into());
    };
    monthly(&mut facts, "2999.99");
    let (_, waiting, stalled) = held(&mut facts);
    assert_eq!((waiting.reason.as_str(), waiting.party, stalled), ("PriceAboveBudget", Party::User, true));
    assert!(waiting.what.starts_with("metro-fiber: it costs 3000.00 USD"), "{}", waiting.what);
    monthly(&mut facts, "3000.00");
    assert_eq!(bought(&mut facts).legs.len(), 3);
    account(&mut facts, METRO).limits.total.monthly = amount("2999.99");
    let (_, waiting, _) = held(&mut facts);
    assert_eq!((waiting.reason.as_str(), waiting.party), ("AboveProviderLimit", Party::Platform));
    account(&mut facts, METRO).limits.total.monthly = amount("3000.00");
    assert_eq!(bought(&mut facts).legs.len(), 3);
    edit(&mut facts, |spec| spec.budget = None);
    let (_, waiting, _) = held(&mut facts);
    let what = "0 of 3 spokes are in use; state spec.budget to buy this; status.plan says what it costs";
    assert_eq!((waiting.reason.as_str(), waiting.what.as_str()), ("BudgetMissing", what));
}

#[test]
fn one_approval_is_for_all_of_it() {
    let mut facts = all_offered(&THREE);
    facts.class.policy = Policy::Everything("a test".into());
    let (_, waiting, _) = held(&mut facts);
    assert_eq!(waiting.reason, "ApprovalRequired");
    let rest = settle(&mut facts.clone());
    let plan = status(&facts, &rest).plan.unwrap();
    assert!(waiting.what.contains(&plan.digest), "{} for {}", waiting.what, plan.digest);
    assert!(plan.digest.ends_with("/3000.00/1500.00/USD"), "{}", plan.digest);
    let legs: Vec<_> = plan.legs.iter().map(|leg| leg.spoke.as_deref().unwrap()).collect();
    assert_eq!(legs, THREE);
    assert_eq!((plan.monthly.as_str(), plan.providers.as_str()), ("3000.00 USD", METRO));
    let first: Vec<_> = plan.notes.iter().take(3).map(String::as_str).collect();
    let only = |spoke| format!("{spoke}: metro-fiber: the only offer");
    assert_eq!(first, THREE.map(only));
}

#[test]
fn spokes_become_ready_one_by_one() {
    let mut facts = all_offered(&THREE);
    settle(&mut facts);
    for spoke in THREE {
        at(&mut facts, spoke, |facts| {
            says(facts, METRO, SegmentState::Ordering, "OrderInProgress", Some(Party::Seller));
        });
    }
    for (count, spoke) in THREE.into_iter().enumerate() {
        let rest = settle(&mut facts);
        let told = status(&facts, &rest);
        assert_eq!(told.spokes.iter().filter(|spoke| spoke.ready).count(), count);
        assert!(!holds(&told.conditions, "Ready") && !holds(&told.conditions, "Provisioned"));
        let message = &crate::api::told(&told.conditions, "Ready").unwrap().message;
        assert!(message.starts_with(&format!("{count} of 3 spokes are in use; {spoke}: ")), "{message}");
        assert_eq!(told.attachments.len(), 2 * count);
        serves(&mut facts, spoke);
    }
    assert_eq!(settle(&mut facts), Rest::Active);
    let all = status(&facts, &Rest::Active);
    assert!(holds(&all.conditions, "Ready") && holds(&all.conditions, "HandedOver"));
    assert_eq!(told(&all.conditions, "Ready").unwrap().message, "all spokes are in use as asked: 3 of 3");
    let ends: Vec<_> = all
        .attachments
        .iter()
        .map(|end| (end.spoke.as_deref().unwrap(), end.endpoint.as_str(), end.vlan.unwrap()))
        .collect();
    let expected =
        THREE.into_iter().zip(200..).flat_map(|(spoke, id)| [(spoke, "hub", id), (spoke, spoke, id)]);
    assert_eq!(ends, expected.collect::<Vec<_>>());
    let commitment = all.commitment.unwrap();
    assert_eq!((all.spokes.len(), commitment.monthly.as_str()), (3, "3375.00 USD"));
    assert!(all.spokes.iter().all(|spoke| spoke.ready && spoke.provider.as_deref() == Some(METRO)));
    assert_eq!(all.objectives.len(), 1);
    assert!(all.objectives[0].basis.starts_with("boston: "), "{:?}", all.objectives);
}

#[test]
fn a_spoke_that_is_added_is_bought_beside_the_others() {
    let mut facts = in_use();
    let four = ["boston", "chicago", "denver", "elko"];
    ask_for(&mut facts, &four);
    let runs = |facts: &Facts| -> Vec<_> {
        let running = facts.segments.iter().filter(|segment| spoke_of(segment) != "elko");
        running
            .map(|segment| (segment.spec.revision, segment.spec.desired, segment.spec.offer.clone()))
            .collect()
    };
    let before = runs(&facts);
    settle(&mut facts);
    nobody(&mut facts, "elko");
    let (_, waiting, stalled) = held(&mut facts);
    assert!(stalled && waiting.what.starts_with("3 of 4 spokes are in use; elko: "), "{}", waiting.what);
    assert_eq!(runs(&facts), before);
    let told = status(&facts, &settle(&mut facts.clone()));
    assert_eq!(told.plan.unwrap().legs.len(), 3, "what is bought is told of");
    // Three run at 1125.00 each.
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().monthly = "4300.00".into());
    offered(&mut facts, "elko", "1000.00");
    let (_, waiting, _) = held(&mut facts);
    assert_eq!(waiting.reason, "PriceAboveBudget");
    assert!(waiting.what.contains("spec.budget.monthly of 925.00 USD"), "{}", waiting.what);
    assert!(waiting.what.ends_with("(that is what the other spokes leave of it)"), "{}", waiting.what);
    offered(&mut facts, "elko", "925.00");
    let commit = bought(&mut facts);
    assert_eq!(commit.legs.iter().map(|leg| spoke_of(&leg.segment)).collect::<Vec<_>>(), ["elko"]);
    assert_eq!(commit.legs[0].spec.authority.as_ref().unwrap().monthly.0, "925.00");
    assert_eq!(commit.beside.monthly, amount("3375.00"));
    assert_eq!(runs(&facts), before);
}

#[test]
fn a_change_is_bought_for_all_at_once_whatever_becomes_of_a_spoke_that_is_added() {
    let mut facts = in_use();
    ask_for(&mut facts, &["boston", "chicago", "denver", "elko"]);
    edit(&mut facts, |spec| spec.bandwidth.committed = "4G".into());
    settle(&mut facts);
    nobody(&mut facts, "elko");
    for spoke in THREE {
        at(&mut facts, spoke, |facts| {
            says(facts, METRO, SegmentState::Changing, "AwaitingOffer", Some(Party::Seller));
        });
    }
    for spoke in THREE {
        let (_, waiting, _) = held(&mut facts);
        assert!(waiting.what.starts_with("3 of 4 spokes are in use; "), "{spoke} offered: {}", waiting.what);
        at(&mut facts, spoke, |facts| offers(facts, METRO, "2250.00"));
    }
    let commit = bought(&mut facts);
    assert_eq!(commit.legs.iter().map(|leg| spoke_of(&leg.segment)).collect::<Vec<_>>(), THREE);
    assert!(!commit.chooses);
    // What runs is not paid beside what it becomes.
    assert_eq!(commit.beside.monthly, amount("0"));
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().monthly = "6749.99".into());
    let (state, waiting, _) = held(&mut facts);
    assert_eq!((state, waiting.reason.as_str()), (IntentState::Changing, "PriceAboveBudget"));
    assert!(waiting.what.contains("it costs 6750.00 USD"), "{}", waiting.what);
}

#[test]
fn a_spoke_that_is_taken_out_is_disconnected_and_the_others_stay() {
    let mut facts = in_use();
    ask_for(&mut facts, &["boston", "denver"]);
    assert_eq!(settle(&mut facts), Rest::Active);
    let gone = of_spoke(&facts, "chicago");
    assert_eq!(gone.spec.desired, Desired::Absent);
    assert!(gone.metadata.deletion_timestamp.is_some());
    assert_eq!(gone.spec.authority.as_ref().unwrap().termination.0, "7000.00");
    for stays in ["boston", "denver"] {
        assert_eq!(of_spoke(&facts, stays).spec.desired, Desired::Present);
        let authority = of_spoke(&facts, stays).spec.authority.clone().unwrap();
        assert_eq!(authority.monthly.0, "8875.00", "the budget is for what is asked");
    }
    let told = spokes_told(&mut facts);
    let last = told.last().unwrap();
    assert_eq!((last.0.as_str(), last.1, last.2), ("chicago", IntentState::Disconnecting, false));
    assert!(told[..2].iter().all(|spoke| spoke.2) && told.len() == 3);
    facts.segments.retain(|segment| spoke_of(segment) != "chicago");
    assert_eq!(spokes_told(&mut facts).len(), 2);
}

#[test]
fn a_spoke_is_not_ended_while_orders_are_paused_or_services_are_kept() {
    type Keep = fn(&mut crate::api::ConnectivityIntentSpec);
    let keeps: [Keep; 3] = [
        |spec| spec.suspend = true,
        |spec| spec.mode = crate::api::IntentMode::Plan,
        |spec| spec.deletion_policy = Some(DeletionPolicy::Retain),
    ];
    for keep in keeps {
        let mut facts = in_use();
        edit(&mut facts, keep);
        ask_for(&mut facts, &["boston", "denver"]);
        settle(&mut facts);
        let kept = of_spoke(&facts, "chicago").clone();
        assert_eq!(
            (kept.spec.desired, kept.metadata.deletion_timestamp.is_some()),
            (Desired::Present, false)
        );
        let paused = crate::intent::decide::only_watches(facts.request.as_ref().unwrap());
        assert_eq!(kept.spec.suspend, paused);
        let told = spokes_told(&mut facts);
        assert_eq!(
            told.last().map(|spoke| (spoke.0.as_str(), spoke.3.as_str())),
            Some(("chicago", "NotAsked"))
        );
        edit(&mut facts, |spec| {
            (spec.suspend, spec.mode, spec.deletion_policy) = (false, crate::api::IntentMode::Manage, None);
        });
        settle(&mut facts);
        assert_eq!(of_spoke(&facts, "chicago").spec.desired, Desired::Absent);
    }
}

#[test]
fn deleting_the_intent_ends_every_spoke_and_shares_what_leaving_may_cost() {
    let mut facts = in_use();
    // A fee of 50 percent of eleven months at 1125.00 each.
    let fee = facts.fee(of_spoke(&facts, "boston")).1.unwrap();
    edit(&mut facts, |spec| {
        spec.budget.as_mut().unwrap().termination =
            Some(crate::api::AmountText((fee + fee + fee).to_string()))
    });
    settle(&mut facts);
    delete(&mut facts);
    let rest = settle(&mut facts);
    assert!(matches!(rest, Rest::Waiting(IntentState::Disconnecting, _)), "{rest:?}");
    for segment in &facts.segments {
        assert_eq!(segment.spec.desired, Desired::Absent);
        assert_eq!(segment.spec.authority.as_ref().unwrap().termination.0, fee.to_string());
    }
    let told = status(&facts, &rest).spokes;
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|spoke| spoke.state == IntentState::Disconnecting && !spoke.ready));
    facts.segments.clear();
    assert_eq!(decide(&facts), Step::RemoveFinalizer);
}

#[test]
fn two_peers_do_not_become_a_hub_in_place() {
    let mut facts = super::fixture::bought();
    ask_for(&mut facts, &["chicago"]);
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Active, "ChangeRefused", Party::User));
    let mut facts = in_use();
    edit(&mut facts, |spec| {
        spec.endpoints.truncate(2);
        spec.endpoints.iter_mut().for_each(|end| end.role = None);
    });
    facts.spokes.clear();
    assert_eq!(gist(&stalled(&facts)).1, "ChangeRefused");
    // What nobody has paid for is asked anew.
    let mut facts = new();
    settle(&mut facts);
    let peers = facts.segments.len();
    ask_for(&mut facts, &THREE);
    settle(&mut facts);
    assert_eq!((peers, facts.segments.len()), (2, 6));
    assert!(facts.segments.iter().all(|segment| segment.spec.spoke.is_some()));
}

#[test]
fn a_site_that_is_missing_is_told_of_its_spoke_and_stops_no_other() {
    let mut facts = in_use();
    let refusal = Refusal { reason: "SiteNotFound", message: "there is no Site elko".into() };
    ask_for(&mut facts, &["boston", "chicago", "denver", "elko"]);
    facts.spokes.get_mut("elko").unwrap().sites = Err(refusal);
    let (_, waiting, stalled) = held(&mut facts);
    assert_eq!((waiting.reason.as_str(), waiting.party, stalled), ("SiteNotFound", Party::Platform, true));
    assert!(waiting.what.ends_with("elko: there is no Site elko"), "{}", waiting.what);
    assert_eq!(spokes_told(&mut facts).iter().filter(|spoke| spoke.2).count(), 3);
}

#[test]
fn a_user_can_stop_all_orders_whatever_else_is_asked() {
    let mut facts = all_offered(&THREE);
    settle(&mut facts);
    edit(&mut facts, |spec| {
        spec.suspend = true;
        spec.endpoints[0].name = spec.endpoints[1].name.clone();
    });
    assert!(facts.request.is_err());
    facts.spokes.clear();
    settle(&mut facts);
    assert!(facts.segments.iter().all(|segment| segment.spec.suspend));
}

#[test]
fn sixty_four_spokes_are_bought_in_one_pass_and_fit_into_one_object() {
    let names: Vec<String> = (0..64).map(|number| format!("spoke-{number:02}-{}", "x".repeat(36))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut facts = hub(&names);
    for seller in [METRO, WAVE] {
        account(&mut facts, seller).limits.total.monthly = amount("100000");
        account(&mut facts, seller).limits.total.one_time = amount("100000");
    }
    edit(&mut facts, |spec| {
        let budget = spec.budget.as_mut().unwrap();
        (budget.monthly, budget.one_time) = ("100000.00".into(), Some("100000.00".into()));
    });
    settle(&mut facts);
    assert_eq!(facts.segments.len(), 128);
    names.iter().for_each(|spoke| offered(&mut facts, spoke, "1000.00"));
    assert_eq!(bought(&mut facts).legs.len(), 64);
    settle(&mut facts);
    names.iter().for_each(|spoke| serves(&mut facts, spoke));
    let rest = settle(&mut facts);
    let told = status(&facts, &rest);
    assert_eq!((rest, told.spokes.len(), told.attachments.len()), (Rest::Active, 64, 128));
    let vlans: BTreeSet<_> = told.attachments.iter().map(|end| end.vlan).collect();
    assert_eq!(vlans.len(), 64);
    let size = serde_json::to_vec(&told).unwrap().len();
    assert!(size < 128 * 1024, "{size} bytes");
}
