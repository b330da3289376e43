//! No seller reaches both ends: legs of several are offered first, then bought together, and kept or planned around together.

use std::sync::Arc;
use std::time::Duration;

use super::fixture::*;
use crate::api::{
    ConnectivityBudget, ConnectivitySegment, Desired, IntentMode, IntentState, OrderRecordState, Party,
    ProductStatus, SegmentState, holds,
};
use crate::intent::decide::{Rest, Step, decide};
use crate::intent::facts::{Facts, name_of};
use crate::intent::record::status;
use crate::model::{Interconnect, OwnCost, Transit};

mod kept;
mod replaced;

/// A third seller, which reaches the far end too.
const HAUL: &str = "haul";

pub(super) fn patch(name: &str, other: &str) -> Interconnect {
    Interconnect {
        name: name.into(),
        site: "newyork".into(),
        ports: (format!("{METRO}-1"), format!("{other}-1")),
        offered: true,
        maintenance: false,
        capacity: None,
        max_frame_size: None,
        latency: Duration::from_micros(50),
        availability: None,
        cost: None,
        risk_groups: Vec::new(),
    }
}

/// Metro fiber reaches New York, wave and haul go on from there; all three are patched, and nobody was asked.
pub(super) fn apart() -> Facts {
    let mut facts = new();
    let mut haul = facts.sellers[1].clone();
    (haul.asked.account.name, haul.identity.name) = (HAUL.into(), HAUL.into());
    haul.asked.account.seller = HAUL.into();
    facts.sellers.insert(0, haul);
    // Two legs at p99.5 keep p99, and together no more than 10 ms.
    for seller in &mut facts.sellers {
        seller.asked.account.classes[0].level.frame_delay =
            vec![("99.5".parse().unwrap(), Duration::from_millis(4))];
    }
    let (a, z) = facts.sites.as_mut().unwrap();
    let mut between = a.clone();
    between.name = "newyork".into();
    for port in &mut between.ports {
        port.site = "newyork".into();
        port.interface =
            crate::model::Interface::Uni(crate::model::ServiceId(format!("UNI-{}-newyork", port.account)));
    }
    let haul = |site: &crate::model::SiteView| {
        let mut port = site.ports[1].clone();
        (port.name, port.account) = (format!("{HAUL}-1"), HAUL.into());
        port.interface =
            crate::model::Interface::Uni(crate::model::ServiceId(format!("UNI-{HAUL}-{}", site.name)));
        port
    };
    between.ports.push(haul(&between));
    z.ports.push(haul(z));
    a.ports.retain(|port| port.account == METRO);
    z.ports.retain(|port| port.account != METRO);
    facts.between = vec![between];
    facts.interconnects = vec![patch("mmr-haul", HAUL), patch("mmr-wave", WAVE)];
    facts
}

/// All were asked, and offered this.
fn offers_of(prices: [(&str, &str); 3]) -> Facts {
    let mut facts = apart();
    run(&mut facts);
    for (seller, monthly) in prices {
        offers(&mut facts, seller, monthly);
    }
    facts
}

/// Metro fiber and wave are the cheapest together.
fn offered_all() -> Facts {
    offers_of([(METRO, "700.00"), (WAVE, "800.00"), (HAUL, "900.00")])
}

/// Metro fiber and wave are told to be bought, and haul is gone.
fn chosen() -> Facts {
    let mut facts = offered_all();
    run(&mut facts);
    for (number, seller) in [METRO, WAVE].into_iter().enumerate() {
        says(&mut facts, seller, SegmentState::Ordering, "OrderInProgress", Some(Party::Seller));
        record(&mut facts, seller, &format!("operation: Add, state: Placed, orderId: ORD-{number}"));
    }
    facts
}

pub(super) fn in_use_at(facts: &mut Facts, seller: &str, monthly: &str) {
    says(facts, seller, SegmentState::Active, "Active", None);
    let segment = segment_mut(facts, seller);
    let revision = segment.spec.revision;
    let told = segment.status.as_mut().unwrap();
    for record in &mut told.orders {
        record.state = OrderRecordState::Settled;
    }
    told.products = vec![ProductStatus {
        role: crate::api::ProductRole::Evc,
        id: format!("EVC-{seller}"),
        state: "active".into(),
        billing: crate::api::BillingKind::Active,
        monthly: None,
    }];
    told.in_force = Some(crate::api::SegmentInForce { monthly: monthly.into(), ..in_force(revision, "2G") });
}

/// Both legs are in use.
fn in_use() -> Facts {
    let mut facts = chosen();
    in_use_at(&mut facts, METRO, "700.00");
    in_use_at(&mut facts, WAVE, "800.00");
    facts
}

fn sellers(facts: &Facts) -> Vec<(&str, Desired)> {
    let told = |segment: &Arc<ConnectivitySegment>| segment.spec.desired;
    let found = facts.segments.iter();
    found
        .filter(|segment| segment.metadata.deletion_timestamp.is_none())
        .map(|segment| (segment.spec.provider.name.as_str(), told(segment)))
        .collect()
}

#[test]
fn every_leg_of_every_chain_is_asked_once() {
    let mut facts = apart();
    let (steps, rest) = run(&mut facts);
    assert_eq!(steps, ["Create", "Create"]);
    assert!(matches!(rest, Rest::Waiting(IntentState::Planning, _)));
    // Metro fiber's leg is one, though it serves two chains.
    let offer = Desired::Offer;
    assert_eq!(sellers(&facts), [(HAUL, offer), (METRO, offer), (WAVE, offer)]);
    let metro = &segment(&facts, METRO).spec;
    let ends: Vec<_> = metro.ends.iter().map(|end| (end.name.as_str(), end.site.as_str())).collect();
    assert_eq!((metro.leg, ends), (1, vec![("gpus", "ashburn"), ("mmr-haul", "newyork")]));
    assert_eq!(segment(&facts, WAVE).spec.leg, 2);
}

#[test]
fn nothing_is_bought_before_every_leg_is_offered() {
    let mut facts = apart();
    run(&mut facts);
    for seller in [METRO, HAUL] {
        offers(&mut facts, seller, "500.00");
    }
    says(&mut facts, WAVE, SegmentState::Offering, "AwaitingOffer", Some(Party::Seller));
    let found = waiting(&facts);
    assert_eq!((found.0, found.1.name.as_deref()), (IntentState::Planning, Some(WAVE)));
    assert!(found.1.until.is_some(), "the other chain is offered: it is not waited for without end");
    says(&mut facts, METRO, SegmentState::Offering, "AwaitingOffer", Some(Party::Seller));
    segment_mut(&mut facts, METRO).status.as_mut().unwrap().offer = None;
    assert_eq!(waiting(&facts).1.until, None, "without metro fiber there is no chain");
}

#[test]
fn the_cheapest_chain_is_bought_whole_and_the_others_go() {
    let mut facts = offered_all();
    let commit = committed(&facts);
    let names: Vec<&str> = commit.legs.iter().map(|leg| name_of(&leg.segment)).collect();
    assert_eq!(names, ["seg-metro-fiber-ashburn-newyork", "seg-wave-newyork-chicago"]);
    for leg in &commit.legs {
        let choice = leg.spec.choice.as_ref().unwrap();
        assert_eq!(
            (choice.revision, choice.segments().map(String::as_str).collect::<Vec<_>>()),
            (1, names.clone())
        );
        assert_eq!(choice.paths[0].joints[0].interconnect.as_deref(), Some("mmr-wave"));
    }
    // Each seller may be paid what the other leaves of the budget.
    let authority = commit.legs[0].spec.authority.clone().unwrap();
    assert_eq!((authority.monthly.0.as_str(), authority.one_time.0.as_str()), ("2200.00", "500.00"));
    let (steps, rest) = run(&mut facts);
    assert_eq!(steps, ["Commit", "Drop"]);
    assert!(matches!(rest, Rest::Waiting(IntentState::Provisioning, _)), "{rest:?}");
    assert_eq!(sellers(&facts), [(METRO, Desired::Present), (WAVE, Desired::Present)]);
}

#[test]
fn one_seller_for_all_of_it_is_taken_where_it_is_cheaper() {
    let mut facts = apart();
    let metro = facts.sites.as_ref().unwrap().0.ports[0].clone();
    let (_, z) = facts.sites.as_mut().unwrap();
    z.ports.push(crate::model::Port { site: "chicago".into(), ..metro });
    let (steps, _) = run(&mut facts);
    assert_eq!(steps, ["Create", "Create", "Create"], "the direct one, and both chains");
    for (name, monthly) in [("seg-metro-fiber", "1499.99"), ("seg-metro-fiber-ashburn-newyork", "700.00")] {
        let index = facts.segments.iter().position(|segment| name_of(segment) == name).unwrap();
        facts.segments.swap(0, index);
        let segment = facts.segments[0].spec.provider.name.clone();
        offers(&mut facts, &segment, monthly);
    }
    offers(&mut facts, WAVE, "800.00");
    offers(&mut facts, HAUL, "900.00");
    facts.segments.sort_by(|left, right| left.metadata.name.cmp(&right.metadata.name));
    let commit = committed(&facts);
    assert_eq!((commit.legs.len(), commit.legs[0].spec.choice.clone()), (1, None));
    assert_eq!(name_of(&commit.legs[0].segment), "seg-metro-fiber");
}

#[test]
fn a_crash_between_the_commits_goes_on_with_the_same_chain() {
    for first in [0, 1] {
        let mut facts = offered_all();
        let commit = committed(&facts);
        let leg = &commit.legs[first];
        respec(&mut facts, &leg.segment, leg.spec.clone());
        // Another chain is cheaper by now, and it is too late for that.
        offers(&mut facts, HAUL, "1.00");
        let again = committed(&facts);
        let other = &commit.legs[1 - first];
        assert_eq!(again.legs.len(), 1);
        assert_eq!(name_of(&again.legs[0].segment), name_of(&other.segment));
        assert_eq!(
            (&again.legs[0].spec.choice, again.legs[0].spec.desired),
            (&other.spec.choice, Desired::Present)
        );
        let (steps, _) = run(&mut facts);
        assert_eq!(steps, ["Commit", "Drop"]);
        assert_eq!(sellers(&facts), [(METRO, Desired::Present), (WAVE, Desired::Present)]);
    }
}

#[test]
fn a_dearer_rest_after_a_crash_is_not_bought_above_the_budget() {
    let mut facts = offered_all();
    let commit = committed(&facts);
    respec(&mut facts, &commit.legs[0].segment, commit.legs[0].spec.clone());
    offers(&mut facts, WAVE, "2300.01");
    run(&mut facts);
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Provisioning, "PriceAboveBudget", Party::User));
    assert!(found.1.what.contains("it costs 3000.01 USD"), "{}", found.1.what);
}

#[test]
fn the_budget_is_for_the_sum_and_limits_are_for_each_account() {
    let mut facts = offered_all();
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().monthly = "1499.99".into());
    run(&mut facts);
    for (seller, monthly) in [(METRO, "700.00"), (WAVE, "800.00"), (HAUL, "900.00")] {
        offers(&mut facts, seller, monthly);
    }
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "PriceAboveBudget", Party::User));
    let mut facts = offered_all();
    account(&mut facts, WAVE).limits.total.monthly = amount("799.99");
    let commit = committed(&facts);
    assert_eq!(commit.legs[1].segment.spec.provider.name, HAUL, "the next best is within all limits");
    account(&mut facts, HAUL).limits.total.monthly = amount("899.99");
    assert_eq!(gist(&stalled(&facts)), (IntentState::Blocked, "AboveProviderLimit", Party::Platform));
}

#[test]
fn a_hold_on_one_account_holds_all_legs() {
    let mut facts = offered_all();
    account(&mut facts, WAVE).held = true;
    let found = waiting(&facts);
    assert_eq!(gist(&found), (IntentState::Planned, "PurchasingHeld", Party::Platform));
    assert_eq!(found.1.name.as_deref(), Some(WAVE));
}

#[test]
fn what_a_patch_costs_us_decides_and_is_not_charged_to_the_budget() {
    let mut facts = offered_all();
    let cost = OwnCost { currency: "USD".parse().unwrap(), monthly: amount("100.01"), one_time: amount("0") };
    facts.interconnects[1].cost = Some(cost);
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().monthly = "1600".into());
    run_again(&mut facts);
    assert_eq!(committed(&facts).legs[1].segment.spec.provider.name, HAUL);
}

/// Offers as before, after an edit.
fn run_again(facts: &mut Facts) {
    while let Step::Align(segment, spec) = decide(facts) {
        apply(facts, Step::Align(segment, spec));
    }
    for (seller, monthly) in [(METRO, "700.00"), (WAVE, "800.00"), (HAUL, "900.00")] {
        offers(facts, seller, monthly);
    }
}

#[test]
fn nothing_is_planned_across_what_is_under_maintenance_and_what_runs_stays() {
    let mut facts = apart();
    facts.interconnects[1].maintenance = true;
    run(&mut facts);
    assert_eq!(sellers(&facts), [(HAUL, Desired::Offer), (METRO, Desired::Offer)]);
    let mut facts = in_use();
    facts.interconnects[1].maintenance = true;
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    facts.interconnects.clear();
    facts.between.clear();
    assert_eq!(decide(&facts), Step::Rest(Rest::Active), "nor does its going end anything");
}

#[test]
fn without_any_chain_it_says_what_stands_in_the_way() {
    let mut facts = apart();
    for patch in &mut facts.interconnects {
        patch.maintenance = true;
    }
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "NoProvider", Party::Platform));
    assert!(found.1.what.contains("mmr-wave: it is under maintenance"), "{}", found.1.what);
}

#[test]
fn our_own_equipment_joins_any_two_ports() {
    let mut facts = apart();
    facts.interconnects.clear();
    facts.between[0].transit =
        Some(Transit { latency: Duration::ZERO, availability: None, translates_vlans: false });
    run(&mut facts);
    assert_eq!(sellers(&facts).len(), 3);
    assert_eq!(segment(&facts, WAVE).spec.ends[0].name, "newyork");
}

#[test]
fn a_seller_that_declines_its_leg_is_not_asked_anew_and_the_other_chain_is_taken() {
    let mut facts = apart();
    run(&mut facts);
    offers(&mut facts, METRO, "700.00");
    offers(&mut facts, HAUL, "900.00");
    says(&mut facts, WAVE, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
    assert_eq!(committed(&facts).legs[1].segment.spec.provider.name, HAUL);
    says(&mut facts, HAUL, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
    segment_mut(&mut facts, HAUL).status.as_mut().unwrap().offer = None;
    let (steps, _) = run(&mut facts);
    assert_eq!(steps, ["Drop"], "metro fiber alone leads nowhere");
    assert_eq!(gist(&stalled(&facts)), (IntentState::Blocked, "NoCapacity", Party::User));
    assert_eq!(
        sellers(&facts),
        [(HAUL, Desired::Offer), (WAVE, Desired::Offer)],
        "their answers are remembered"
    );
}

#[test]
fn a_plan_buys_nothing_and_shows_the_chain() {
    let mut facts = offered_all();
    edit(&mut facts, |spec| spec.mode = IntentMode::Plan);
    run_again(&mut facts);
    assert_eq!(decide(&facts), Step::Rest(Rest::PlanComplete));
    let plan = status(&facts, &Rest::PlanComplete).plan.unwrap();
    assert_eq!((plan.providers.as_str(), plan.monthly.as_str()), ("metro-fiber, wave", "1500.00 USD"));
    assert!(
        plan.notes[0].starts_with("metro-fiber, mmr-wave, wave: the cheapest over 1 year of 2 offers"),
        "{:?}",
        plan.notes
    );
}

#[test]
fn a_chain_that_was_found_again_after_its_records_got_lost_is_taken_whole() {
    let mut facts = apart();
    run(&mut facts);
    for (seller, number) in [(METRO, 1), (HAUL, 2)] {
        record(&mut facts, seller, &format!("operation: Add, state: Settled, orderId: ORD-{number}"));
        in_use_at(&mut facts, seller, "900.00");
    }
    offers(&mut facts, WAVE, "1.00");
    let step = decide(&facts);
    assert!(matches!(&step, Step::Drop(segment) if segment.spec.provider.name == WAVE), "{step:?}");
    apply(&mut facts, step);
    let commit = committed(&facts);
    let told: Vec<_> = commit.legs.iter().map(|leg| leg.segment.spec.provider.name.as_str()).collect();
    assert_eq!(told, [METRO, HAUL], "what is ours already, whatever others offer");
    run(&mut facts);
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
}

/// A budget of the intent's namespace that is counted, and of which nothing is used.
fn budget(facts: &Facts, monthly: &str) -> Arc<ConnectivityBudget> {
    let spec = format!("caps: [{{currency: USD, monthly: '{monthly}'}}]");
    let mut budget = ConnectivityBudget::new("team", serde_norway::from_str(&spec).unwrap());
    budget.metadata.namespace.clone_from(&facts.intent.metadata.namespace);
    budget.status = Some(serde_norway::from_str("ledger: {freed: 0}").unwrap());
    Arc::new(budget)
}

#[test]
fn legs_that_a_budget_has_room_for_one_by_one_and_not_together_are_not_bought() {
    let mut facts = offered_all();
    facts.budgets = vec![budget(&facts, "1499.99")];
    let told = stalled(&facts);
    assert_eq!(gist(&told), (IntentState::Blocked, "BudgetExhausted", Party::Platform));
    assert!(
        told.1.what.contains("700.00 USD of 1499.99 USD is used, and this takes 800.00 USD"),
        "{}",
        told.1.what
    );
    facts.budgets = vec![budget(&facts, "1500.00")];
    assert_eq!(committed(&facts).legs.len(), 2);
}
