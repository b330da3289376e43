//! Something is bought: it follows the intent where its seller allows that, and what runs goes on where neither it nor anything else
//! can be what is asked.

use super::fixture::*;
use crate::admit::Refusal;
use crate::api::{Desired, IntentState, Party, Reference, SegmentState};
use crate::intent::decide::{Rest, Step, decide};
use crate::intent::facts::Facts;
use crate::model::Country;

/// An intent whose bought segment cannot follow this edit, while nothing else is sold, and why.
fn refused(mut facts: Facts, change: impl FnOnce(&mut crate::api::ConnectivityIntentSpec)) -> String {
    facts.sellers.retain(|seller| seller.asked.account.name == METRO);
    facts.shortages = vec![(METRO.into(), "port metro-fiber-1 is full".into())];
    edit(&mut facts, change);
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Active, "ChangeRefused", Party::User));
    let advice = "; what runs goes on, see status.inForce: set the intent back, or ask for something else";
    found.1.what.split_once(advice).unwrap().0.to_owned()
}

fn move_away(spec: &mut crate::api::ConnectivityIntentSpec) {
    spec.endpoints[1].name = "archive".into();
}

#[test]
fn what_is_in_use_as_asked_is_left_alone() {
    let mut facts = bought();
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    facts.held = true;
    facts.sellers.clear();
    facts.sites = Err(Refusal { reason: "SiteNotFound", message: String::new() });
    assert_eq!(decide(&facts), Step::Rest(Rest::Active), "whatever became of the market");
}

#[test]
fn offers_beside_it_are_dropped() {
    let mut facts = bought();
    pending(&mut facts, WAVE);
    let Step::Drop(loser) = decide(&facts) else { panic!("{:?}", decide(&facts)) };
    assert_eq!(loser.spec.provider.name, WAVE);
    segment_mut(&mut facts, WAVE).metadata.deletion_timestamp =
        Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(now()));
    assert_eq!(decide(&facts), Step::Rest(Rest::Active), "one that is going is not dropped again");
}

#[test]
fn an_order_under_way_is_followed() {
    let mut facts = ordered();
    let found = waiting(&facts);
    assert_eq!(gist(&found), (IntentState::Provisioning, "OrderInProgress", Party::Seller));
    assert_eq!(
        (found.1.name.as_deref(), found.1.what.as_str()),
        (Some(METRO), "metro-fiber says OrderInProgress")
    );
    let due = k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(after(90));
    let status = segment_mut(&mut facts, METRO).status.as_mut().unwrap();
    status.waiting_for.as_mut().unwrap().until = Some(due);
    assert_eq!(waiting(&facts).1.until, Some(after(90)));
    says(&mut facts, METRO, SegmentState::Blocked, "OrderIdMissing", Some(Party::Platform));
    assert_eq!(gist(&stalled(&facts)), (IntentState::Provisioning, "OrderIdMissing", Party::Platform));
}

#[test]
fn a_segment_that_was_not_looked_at_since_it_changed_is_the_operators_move() {
    let mut facts = ordered();
    segment_mut(&mut facts, METRO).metadata.generation = Some(9);
    let found = waiting(&facts);
    assert_eq!(gist(&found), (IntentState::Provisioning, "Ordering", Party::Operator));
    assert_eq!(found.1.what, "segment seg-metro-fiber to be worked on");
}

#[test]
fn an_order_that_was_rejected_is_the_users_move() {
    let mut facts = wanted();
    says(&mut facts, METRO, SegmentState::Declined, "OrderRejected", Some(Party::User));
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "OrderRejected", Party::User));
    assert_eq!(found.1.what, "metro-fiber says OrderRejected");
}

#[test]
fn a_service_that_is_in_trouble_says_whose_move_it_is() {
    for (reason, party) in [("ServiceVanished", Party::Seller), ("OrderIdMissing", Party::Platform)] {
        let mut facts = bought();
        says(&mut facts, METRO, SegmentState::Blocked, reason, Some(party));
        let found = stalled(&facts);
        assert_eq!(gist(&found), (IntentState::Active, reason, party));
    }
    let mut facts = bought();
    says(&mut facts, METRO, SegmentState::Changing, "SellerUnavailable", Some(Party::Seller));
    assert_eq!(gist(&waiting(&facts)), (IntentState::Changing, "SellerUnavailable", Party::Seller));
}

#[test]
fn more_bandwidth_is_had_in_place() {
    let mut facts = bought();
    let before = segment(&facts, METRO).spec.clone();
    edit(&mut facts, |spec| spec.bandwidth.committed = "4G".into());
    let spec = aligned(&facts);
    assert_eq!((spec.revision, spec.intent_generation, spec.desired), (2, 2, Desired::Present));
    assert_eq!((spec.design.committed.0.as_str(), spec.offer), ("4G", before.offer));
    assert_eq!((&spec.ends, &spec.client_reference), (&before.ends, &before.client_reference));
    let (_, rest) = run(&mut facts);
    assert!(matches!(rest, Rest::Waiting(IntentState::Changing, _)), "{rest:?}");
    offers(&mut facts, METRO, "2250.00");
    run(&mut facts);
    says(&mut facts, METRO, SegmentState::Changing, "OrderInProgress", Some(Party::Seller));
    assert_eq!(gist(&waiting(&facts)), (IntentState::Changing, "OrderInProgress", Party::Seller));
    runs(&mut facts, "4G");
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
}

#[test]
fn dates_and_names_on_paper_are_no_change() {
    let mut facts = bought();
    edit(&mut facts, |spec| {
        spec.reference = Some(Reference { po: Some("PO-8".into()), end_customer: Some("Acme".into()) });
        spec.schedule = serde_norway::from_str("{readyBy: 2027-01-15T00:00:00Z}").unwrap();
    });
    let before = segment(&facts, METRO).spec.clone();
    let spec = aligned(&facts);
    assert_eq!((spec.revision, spec.intent_generation, spec.design), (1, 2, before.design));
    run(&mut facts);
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
}

#[test]
fn endpoints_and_sellers_are_not_changed_in_place() {
    assert_eq!(
        refused(bought(), |spec| {
            spec.endpoints[1].site = serde_norway::from_str("{name: denver}").unwrap();
        }),
        "endpoints cannot be changed in place"
    );
    assert_eq!(
        refused(bought(), |spec| {
            spec.constraints = serde_norway::from_str("{providers: {deny: [metro-fiber]}}").unwrap();
        }),
        "a service cannot move away from metro-fiber in place"
    );
    let mut abroad = bought();
    account(&mut abroad, METRO).jurisdictions = Country::named("DE").into_iter().collect();
    assert_eq!(
        refused(abroad, |spec| {
            spec.constraints = serde_norway::from_str("{jurisdictions: {allow: [US]}}").unwrap();
        }),
        "metro-fiber: its network is in DE, and spec.constraints.jurisdictions.allow says US"
    );
}

#[test]
fn less_bandwidth_within_the_term_is_had_only_where_it_is_sold() {
    let less = |spec: &mut crate::api::ConnectivityIntentSpec| spec.bandwidth.committed = "1G".into();
    assert_eq!(
        refused(bought(), less),
        "metro-fiber does not reduce the bandwidth of a service within its term"
    );
    let mut facts = bought();
    account(&mut facts, METRO).change.decrease = true;
    edit(&mut facts, less);
    assert_eq!(aligned(&facts).design.committed.0, "1G");
}

#[test]
fn what_the_seller_cannot_carry_is_refused_before_it_is_asked() {
    assert_eq!(
        refused(bought(), |spec| spec.bandwidth.committed = "8G".into()),
        "metro-fiber: it carries at most 4G between its ports"
    );
    let more = |spec: &mut crate::api::ConnectivityIntentSpec| spec.bandwidth.committed = "4G".into();
    let mut facts = bought();
    facts.sellers.remove(0);
    assert_eq!(refused(facts, more), "ConnectivityProvider metro-fiber is gone or cannot be read");
    let mut facts = bought();
    facts.sites.as_mut().unwrap().1.ports.clear();
    assert_eq!(refused(facts, more), "port metro-fiber-1 of site chicago is gone");
    let mut facts = bought();
    facts.sites = Err(Refusal { reason: "SiteNotFound", message: "there is no Site ashburn".into() });
    assert_eq!(refused(facts, more), "there is no Site ashburn");
}

#[test]
fn a_change_that_was_refused_can_be_taken_back() {
    let mut facts = bought();
    edit(&mut facts, move_away);
    stalled(&facts);
    edit(&mut facts, |spec| spec.endpoints[1].name = "store".into());
    let (steps, rest) = run(&mut facts);
    assert_eq!((steps, rest), (vec!["Align"], Rest::Active));
    assert_eq!(segment(&facts, METRO).spec.revision, 1);
}

#[test]
fn what_is_ordered_and_not_in_use_is_no_less_refused() {
    let mut facts = ordered();
    edit(&mut facts, move_away);
    assert_eq!(gist(&stalled(&facts)), (IntentState::Provisioning, "ChangeRefused", Party::User));
}

#[test]
fn a_change_the_seller_declines_leaves_what_runs() {
    let mut facts = changing();
    says(&mut facts, METRO, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Active, "ChangeRefused", Party::User));
    assert_eq!(found.1.what, "metro-fiber says NoCapacity");
    offers(&mut facts, METRO, "2250.00");
    run(&mut facts);
    says(&mut facts, METRO, SegmentState::Declined, "ChangeRefused", Some(Party::User));
    assert_eq!(gist(&stalled(&facts)), (IntentState::Active, "ChangeRefused", Party::User), "by order");
}

#[test]
fn a_change_that_stalls_for_a_cause_of_ours_is_not_the_users_move() {
    let mut facts = changing();
    says(&mut facts, METRO, SegmentState::Blocked, "TooManyOrders", Some(Party::Platform));
    assert_eq!(gist(&stalled(&facts)), (IntentState::Active, "TooManyOrders", Party::Platform));
}

#[test]
fn with_nothing_ordered_a_change_is_followed_or_the_choice_is_given_up() {
    let mut refused = wanted();
    record(&mut refused, METRO, "operation: Add, state: Refused, refusal: MayPass");
    for facts in [wanted(), refused] {
        let mut more = facts.clone();
        edit(&mut more, |spec| spec.bandwidth.committed = "4G".into());
        let spec = aligned(&more);
        assert_eq!((spec.desired, spec.revision), (Desired::Present, 2));
        let mut elsewhere = facts;
        edit(&mut elsewhere, move_away);
        assert_eq!(aligned(&elsewhere).desired, Desired::Absent);
        let (steps, rest) = run(&mut elsewhere);
        assert_eq!(steps, ["Align", "Drop", "Create", "Create"]);
        assert!(matches!(rest, Rest::Waiting(IntentState::Planning, _)), "{rest:?}");
    }
}

#[test]
fn suspension_reaches_the_segment_whatever_else_was_edited() {
    for mut facts in [wanted(), ordered(), bought(), changing()] {
        edit(&mut facts, |spec| spec.suspend = true);
        assert!(aligned(&facts).suspend);
        run(&mut facts);
        edit(&mut facts, |spec| spec.suspend = false);
        assert!(!aligned(&facts).suspend);
    }
    let mut facts = changing();
    edit(&mut facts, move_away);
    edit(&mut facts, |spec| spec.suspend = true);
    assert!(aligned(&facts).suspend, "a change that is refused besides");
    run(&mut facts);
    assert_eq!(gist(&stalled(&facts)).1, "ChangeRefused");
}

#[test]
fn the_authority_to_spend_follows_the_budget() {
    let authority = |budget: Option<&str>| {
        let mut facts = wanted();
        edit(&mut facts, |spec| spec.budget = budget.map(|text| serde_norway::from_str(text).unwrap()));
        aligned(&facts).authority.unwrap()
    };
    let raised = authority(Some("{currency: USD, monthly: '4000', oneTime: '1', termination: '2'}"));
    let amounts = (raised.monthly.0, raised.one_time.0, raised.termination.0);
    assert_eq!(amounts, ("4000.00".into(), "1.00".into(), "2.00".into()));
    let removed = authority(None);
    let amounts = (removed.monthly.0, removed.one_time.0, removed.termination.0);
    assert_eq!(amounts, ("0.00".into(), "0.00".into(), "0.00".into()), "without a budget nothing is ordered");
    let mut facts = changing();
    edit(&mut facts, |spec| {
        move_away(spec);
        spec.budget.as_mut().unwrap().monthly = "1".into();
    });
    assert_eq!(aligned(&facts).authority.unwrap().monthly, "1.00".into(), "a change that is refused besides");
}

#[test]
fn a_segment_that_cannot_be_read_is_the_platforms_move() {
    let mut facts = changing();
    offers(&mut facts, METRO, "2250.00");
    let segment = segment_mut(&mut facts, METRO);
    segment.spec.design.peak = "fast".into();
    assert_eq!(gist(&stalled(&facts)), (IntentState::Changing, "Invalid", Party::Platform));
}

#[test]
fn an_offer_whose_seller_is_gone_waits() {
    let mut facts = changing();
    offers(&mut facts, METRO, "2250.00");
    facts.sellers.remove(0);
    segment_mut(&mut facts, METRO).status.as_mut().unwrap().waiting_for = None;
    assert_eq!(gist(&waiting(&facts)).1, "ProviderMissing");
}
