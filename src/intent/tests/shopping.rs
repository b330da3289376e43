//! Nothing is bought: every seller that could carry it is asked, the best offer is taken, and nobody is waited for without end.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::fixture::*;
use crate::admit::Refusal;
use crate::api::{ConnectivitySegment, Desired, IntentMode, IntentState, OfferLevel, Party, SegmentState};
use crate::intent::decide::{Rest, Step, decide};
use crate::intent::facts::Facts;
use crate::intent::gather::loses_claim;
use crate::intent::record::notes;
use crate::model::{AcceptedRisk, Calendar, Coordinates, Country};

fn dropped(facts: &Facts) -> std::sync::Arc<ConnectivitySegment> {
    match decide(facts) {
        Step::Drop(segment) => segment,
        other => panic!("{other:?} drops nothing"),
    }
}

/// Two offers; the best is not taken yet.
fn two_offers(metro: &str, wave: &str) -> Facts {
    let mut facts = new();
    offered(&mut facts, METRO, metro);
    offered(&mut facts, WAVE, wave);
    facts
}

/// One offer, and a seller that is late with its own since the intent was made.
fn one_late() -> Facts {
    let mut facts = new();
    pending(&mut facts, METRO);
    offered(&mut facts, WAVE, "1200.00");
    facts
}

#[test]
fn something_outside_depends_on_it_only_with_our_finalizer() {
    let mut facts = new();
    std::sync::Arc::make_mut(&mut facts.intent).metadata.finalizers = Some(vec!["example.com/other".into()]);
    assert_eq!(decide(&facts), Step::AddFinalizer);
}

#[test]
fn an_intent_that_cannot_be_understood_waits_for_its_user() {
    for mut facts in [new(), bought()] {
        edit(&mut facts, |spec| spec.class_name = Some("gold".into()));
        let found = stalled(&facts);
        assert_eq!(gist(&found), (IntentState::Blocked, "ClassNotFound", Party::User));
        assert!(found.1.what.starts_with("spec.className: there is no ConnectivityClass gold"));
    }
}

#[test]
fn a_site_that_cannot_be_used_waits_for_the_platform() {
    let mut facts = new();
    facts.sites = Err(Refusal { reason: "SiteNotFound", message: "there is no Site ashburn".into() });
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "SiteNotFound", Party::Platform));
    assert_eq!(found.1.what, "there is no Site ashburn");
}

#[test]
fn every_seller_that_could_is_asked_once() {
    let mut facts = new();
    let (steps, rest) = run(&mut facts);
    assert_eq!(steps, ["Create", "Create"]);
    assert!(matches!(rest, Rest::Waiting(IntentState::Planning, _)));
    let names: Vec<&str> = facts.segments.iter().map(|asked| asked.spec.provider.name.as_str()).collect();
    assert_eq!(names, [METRO, WAVE]);
}

#[test]
fn the_cheapest_offer_is_taken_and_of_equal_ones_the_first_by_name() {
    for (metro, wave, expected) in
        [("1125.00", "1200.00", METRO), ("1200.01", "1200.00", WAVE), ("1200.00", "1200.00", METRO)]
    {
        let commit = commit(&two_offers(metro, wave));
        assert_eq!(commit.segment.spec.provider.name, expected);
        assert_eq!(commit.budgeted.offer.account, expected);
    }
}

#[test]
fn an_offer_that_may_not_be_taken_leaves_the_next_best() {
    let mut facts = two_offers("1125.00", "1200.00");
    account(&mut facts, METRO).limits.per_order.monthly = amount("1000");
    assert_eq!(commit(&facts).segment.spec.provider.name, WAVE);
}

#[test]
fn losers_are_dropped_once_something_is_taken() {
    let mut facts = two_offers("1125.00", "1200.00");
    let (steps, rest) = run(&mut facts);
    assert_eq!(steps, ["Commit", "Drop"]);
    assert!(matches!(rest, Rest::Waiting(IntentState::Provisioning, _)), "{rest:?}");
    assert_eq!(facts.segments.len(), 1);
}

#[test]
fn a_late_seller_is_waited_for_and_then_not() {
    let mut facts = one_late();
    facts.now = after(PATIENCE - 1);
    let found = waiting(&facts);
    assert_eq!(gist(&found), (IntentState::Planning, "AwaitingOffer", Party::Seller));
    assert_eq!((found.1.name.as_deref(), found.1.until), (Some(METRO), Some(after(PATIENCE))));
    facts.now = after(PATIENCE);
    assert_eq!(commit(&facts).segment.spec.provider.name, WAVE);
}

#[test]
fn a_seller_that_declined_is_not_waited_for() {
    let mut facts = new();
    declined(&mut facts, METRO);
    offered(&mut facts, WAVE, "1200.00");
    assert_eq!(commit(&facts).segment.spec.provider.name, WAVE);
}

#[test]
fn without_any_offer_there_is_nothing_to_take_and_no_date() {
    let mut facts = new();
    pending(&mut facts, METRO);
    declined(&mut facts, WAVE);
    facts.now = after(PATIENCE * 100);
    let found = waiting(&facts);
    assert_eq!((found.1.name.as_deref(), found.1.until), (Some(METRO), None));
}

#[test]
fn whose_move_a_late_offer_is_the_segment_says() {
    let mut facts = one_late();
    says(&mut facts, METRO, SegmentState::Offering, "CredentialsRefused", Some(Party::Platform));
    let found = waiting(&facts);
    assert_eq!(gist(&found), (IntentState::Planning, "CredentialsRefused", Party::Platform));
    assert_eq!(found.1.what, "metro-fiber: metro-fiber says CredentialsRefused");
    let mut unseen = new();
    asked(&mut unseen, METRO);
    asked(&mut unseen, WAVE);
    assert_eq!(gist(&waiting(&unseen)), (IntentState::Planning, "AwaitingOffer", Party::Seller));
}

#[test]
fn an_offer_that_ran_out_or_is_for_an_earlier_design_is_none() {
    let mut facts = two_offers("1125.00", "1200.00");
    facts.now = after(86_400);
    assert!(matches!(waiting(&facts).0, IntentState::Planning));
    let mut facts = two_offers("1125.00", "1200.00");
    segment_mut(&mut facts, METRO).spec.revision = 2;
    facts.now = after(PATIENCE);
    assert_eq!(commit(&facts).segment.spec.provider.name, WAVE);
}

#[test]
fn when_all_decline_the_user_hears_every_word() {
    let mut facts = new();
    declined(&mut facts, METRO);
    declined(&mut facts, WAVE);
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "NoCapacity", Party::User));
    assert_eq!(
        found.1.what,
        "no seller offers this: metro-fiber: metro-fiber says NoCapacity; wave: wave says NoCapacity; \
         ask for less, other sites, or wait"
    );
}

#[test]
fn without_sellers_the_platform_must_act() {
    let mut facts = new();
    facts.sellers.clear();
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "NoProvider", Party::Platform));
    assert_eq!(found.1.what, "no provider can carry this; there is no ConnectivityProvider");
}

#[test]
fn the_most_telling_reason_is_told_with_all_the_others() {
    let with = |change: fn(&mut Facts)| {
        let mut facts = new();
        change(&mut facts);
        facts
    };
    let cases: [(Facts, &str, Party, &str); 7] = [
        (
            with(|facts| facts.sellers.iter_mut().for_each(|seller| seller.asked.allowed = false)),
            "NotAllowed",
            Party::Platform,
            "wave: it is not offered to this namespace",
        ),
        (
            with(|facts| facts.sites.as_mut().unwrap().1.ports.clear()),
            "NoProvider",
            Party::Platform,
            "metro-fiber: it has no usable port at chicago",
        ),
        (
            with(|facts| edit(facts, |spec| spec.budget.as_mut().unwrap().currency = "EUR".into())),
            "CurrencyDiffers",
            Party::User,
            "wave: it quotes in USD; state the budget in USD",
        ),
        (
            with(|facts| edit(facts, |spec| spec.frame_size = Some(9200))),
            "FrameTooLarge",
            Party::User,
            "wave: its ports carry frames of at most 9100 octets",
        ),
        (
            with(|facts| edit(facts, |spec| spec.bandwidth.committed = "8G".into())),
            "BandwidthNotSold",
            Party::User,
            "metro-fiber: it carries at most 4G between its ports",
        ),
        (
            with(|facts| {
                edit(facts, |spec| {
                    spec.constraints =
                        serde_norway::from_str("{providers: {deny: [metro-fiber, wave]}}").unwrap();
                });
            }),
            "NoProvider",
            Party::Platform,
            "wave: the intent denies it",
        ),
        (
            with(|facts| {
                facts.sellers[0].asked.allowed = false;
                edit(facts, |spec| {
                    spec.objectives = serde_norway::from_str("{latency: {oneWay: 5ms}}").unwrap();
                });
            }),
            "NoClassStrictEnough",
            Party::User,
            "(Contracted); metro-fiber: it is not offered to this namespace; ask the platform team",
        ),
    ];
    for (facts, reason, party, words) in cases {
        let found = stalled(&facts);
        assert_eq!(gist(&found), (IntentState::Blocked, reason, party));
        assert!(found.1.what.contains(words), "{}", found.1.what);
    }
}

#[test]
fn a_full_port_is_told_and_others_are_asked() {
    let mut facts = new();
    let full = |name: &str| (name.to_owned(), "no VLAN id is free on both ports".to_owned());
    facts.shortages = vec![full(METRO)];
    let (steps, _) = run(&mut facts);
    assert_eq!(steps, ["Create"]);
    assert_eq!(facts.segments[0].spec.provider.name, WAVE);
    let mut nowhere = new();
    nowhere.shortages = vec![full(METRO), full(WAVE)];
    let found = stalled(&nowhere);
    assert_eq!(gist(&found), (IntentState::Blocked, "NoFreePort", Party::Platform));
    assert!(found.1.what.contains("wave: no VLAN id is free on both ports"));
}

#[test]
fn an_offer_of_a_seller_that_cannot_any_more_is_dropped() {
    let mut facts = two_offers("1125.00", "1200.00");
    facts.sellers.remove(0);
    assert_eq!(dropped(&facts).spec.provider.name, METRO);
    let mut moved = two_offers("1125.00", "1200.00");
    edit(&mut moved, |spec| spec.endpoints[1].name = "archive".into());
    assert_eq!(dropped(&moved).spec.provider.name, METRO, "it ends elsewhere");
    let mut revlan = two_offers("1125.00", "1200.00");
    edit(&mut revlan, |spec| spec.endpoints[0].vlan = Some(crate::api::EndpointVlan { id: 211 }));
    assert_eq!(dropped(&revlan).spec.provider.name, METRO, "it holds another VLAN");
}

#[test]
fn a_service_that_was_given_up_is_dropped_and_its_seller_asked_anew() {
    let mut facts = new();
    offered(&mut facts, METRO, "1125.00");
    offered(&mut facts, WAVE, "1200.00");
    segment_mut(&mut facts, METRO).spec.desired = Desired::Absent;
    assert_eq!(dropped(&facts).spec.provider.name, METRO);
    let step = decide(&facts);
    apply(&mut facts, step);
    let Step::Create(asked) = decide(&facts) else { panic!("{:?}", decide(&facts)) };
    assert_eq!(asked[0].way.name(), METRO);
}

#[test]
fn offers_follow_the_intent() {
    let mut facts = two_offers("1125.00", "1200.00");
    edit(&mut facts, |spec| spec.bandwidth.committed = "3G".into());
    let spec = aligned(&facts);
    assert_eq!((spec.revision, spec.intent_generation), (2, 2));
    assert_eq!(spec.design.committed.0, "4G", "the next rate that is sold");
    assert_eq!(spec.desired, Desired::Offer);
    let (steps, rest) = run(&mut facts);
    assert_eq!(steps, ["Align", "Align"]);
    assert!(matches!(rest, Rest::Waiting(IntentState::Planning, _)), "the old offers count no more");
}

#[test]
fn an_edit_that_changes_no_design_asks_nobody() {
    let mut facts = two_offers("1125.00", "1200.00");
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().monthly = "1199.99".into());
    let commit = commit(&facts);
    assert_eq!((commit.spec.revision, commit.spec.intent_generation), (1, 2));
}

#[test]
fn a_plan_stops_before_the_order_and_goes_on_when_it_is_managed() {
    let mut facts = two_offers("1125.00", "1200.00");
    edit(&mut facts, |spec| spec.mode = IntentMode::Plan);
    assert_eq!(decide(&facts), Step::Rest(Rest::PlanComplete));
    edit(&mut facts, |spec| spec.mode = IntentMode::Manage);
    assert_eq!(commit(&facts).spec.intent_generation, 3);
}

#[test]
fn a_plan_needs_no_budget() {
    let mut facts = two_offers("1125.00", "1200.00");
    edit(&mut facts, |spec| (spec.mode, spec.budget) = (IntentMode::Plan, None));
    assert_eq!(decide(&facts), Step::Rest(Rest::PlanComplete));
}

#[test]
fn distance_goes_into_the_design_where_both_places_are_known() {
    let mut facts = new();
    let sites = facts.sites.as_mut().unwrap();
    sites.0.position = Some(Coordinates { latitude: 39.04, longitude: -77.49 });
    sites.1.position = Some(Coordinates { latitude: 41.85, longitude: -87.65 });
    run(&mut facts);
    assert_eq!(segment(&facts, METRO).spec.design.distance_km, Some(914));
}

#[test]
fn a_service_that_is_found_again_is_kept_whatever_others_offer() {
    let mut facts = new();
    pending(&mut facts, METRO);
    offered(&mut facts, WAVE, "100.00");
    record(&mut facts, METRO, "operation: Add, state: Placed, orderId: ORD-1");
    let Step::Align(segment, spec) = decide(&facts) else { panic!("it is not kept") };
    assert_eq!((segment.spec.provider.name.as_str(), spec.desired), (METRO, Desired::Present));
    assert!(spec.authority.is_some() && spec.offer.is_none());
}

#[test]
fn nothing_is_bought_anywhere_while_one_seller_has_live_orders_of_others() {
    let mut facts = new();
    offered(&mut facts, WAVE, "100.00");
    pending(&mut facts, METRO);
    says(&mut facts, METRO, SegmentState::Offering, "ServiceExists", Some(Party::User));
    // However long it takes.
    facts.patience = std::time::Duration::ZERO;
    let (_, waits) = waiting(&facts);
    assert_eq!((waits.reason.as_str(), waits.party), ("ServiceExists", Party::User));
    // Nor does an offer that it made before hide it.
    let mut facts = two_offers("1125.00", "100.00");
    says(&mut facts, METRO, SegmentState::Offering, "ServiceExists", Some(Party::User));
    assert_eq!(waiting(&facts).1.reason, "ServiceExists");
}

#[test]
fn of_two_intents_that_were_given_one_vlan_the_one_that_ordered_or_came_first_keeps_it() {
    let segment = |uid: &str, created: i64| {
        let mut facts = new();
        offered(&mut facts, METRO, "1125.00");
        if uid == "ordered" {
            record(&mut facts, METRO, "operation: Add, state: Intending");
        }
        let mut segment = (*facts.segments[0]).clone();
        segment.spec.intent_ref.uid = uid.into();
        segment.metadata.creation_timestamp = Some(Time(after(created)));
        segment
    };
    let loses = |own: &ConnectivitySegment, other: &ConnectivitySegment| {
        loses_claim(own, &[Arc::new(own.clone()), Arc::new(other.clone())])
    };
    let (first, mut second) = (segment("one", 0), segment("two", 1));
    assert!(loses(&second, &first) && !loses(&first, &second));
    second.spec.desired = Desired::Present;
    assert!(loses(&first, &second) && !loses(&second, &first), "it is to be bought");
    let ordered = segment("ordered", 2);
    assert!(loses(&second, &ordered) && !loses(&ordered, &second), "it ordered");
    second.spec.ends.iter_mut().for_each(|end| end.vlan = Some(299));
    assert!(!loses(&first, &second) && !loses(&second, &first), "another VLAN");
}

#[test]
fn who_lost_its_vlan_asks_anew() {
    let mut facts = two_offers("1125.00", "1200.00");
    let lost = facts.segments[0].clone();
    facts.lost_claims = vec![lost.metadata.name.clone().unwrap()];
    assert_eq!(decide(&facts), Step::Drop(lost.clone()));
    let mut bought = (*lost).clone();
    bought.spec.desired = Desired::Present;
    facts.segments[0] = Arc::new(bought);
    let Step::Align(_, spec) = decide(&facts) else { panic!("{:?}", decide(&facts)) };
    assert_eq!(spec.desired, Desired::Absent, "nothing was ordered");
}

#[test]
fn where_data_may_not_pass_is_the_users_move_and_what_nobody_states_the_platforms() {
    let confined = || {
        let mut facts = new();
        edit(&mut facts, |spec| {
            spec.constraints = serde_norway::from_str("{jurisdictions: {allow: [US]}}").unwrap();
        });
        facts
    };
    let mut facts = confined();
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "JurisdictionUnknown", Party::Platform));
    assert!(found.1.what.contains("in spec.jurisdictions of ConnectivityProvider wave"), "{}", found.1.what);
    for name in [METRO, WAVE] {
        account(&mut facts, name).jurisdictions = Country::named("US").into_iter().collect();
    }
    assert!(stalled(&facts).1.what.contains("in spec.address of Site ashburn"));
    let (a, z) = facts.sites.as_mut().unwrap();
    (a.country, z.country) = (Country::named("US"), Country::named("DE"));
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "JurisdictionNotAllowed", Party::User));
    facts.sites.as_mut().unwrap().1.country = Country::named("US");
    assert_eq!(run(&mut facts).0, ["Create", "Create"]);
}

/// Two offers, the first of a seller that needs three weeks, for an intent of yesterday that must be ready by this time.
fn due(by: &str) -> Facts {
    let mut facts = two_offers("1125.00", "1200.00");
    edit(&mut facts, |spec| spec.schedule = serde_norway::from_str(&format!("{{readyBy: {by}}}")).unwrap());
    Arc::make_mut(&mut facts.intent).metadata.creation_timestamp = Some(Time(after(-86_400)));
    for name in [METRO, WAVE] {
        while let Step::Align(segment, spec) = decide(&facts) {
            apply(&mut facts, Step::Align(segment, spec));
        }
        offers(&mut facts, name, if name == METRO { "1125.00" } else { "1200.00" });
    }
    account(&mut facts, METRO).installation = Some(Duration::from_secs(21 * 86_400));
    facts
}

#[test]
fn an_offer_that_could_not_be_ready_in_time_leaves_the_next_best() {
    let takes = |facts: &Facts| commit(facts).segment.spec.provider.name.clone();
    assert_eq!(takes(&due("2026-12-22T12:00:00Z")), METRO, "on the last second");
    let mut facts = due("2026-12-22T11:59:59Z");
    assert_eq!(takes(&facts), WAVE);
    assert_eq!(
        notes(&facts)[1],
        "wave: nobody says when it could be ready, so spec.schedule.readyBy of 2026-12-22T11:59:59Z may be missed"
    );
    // What a seller says of this request counts more than what is known of it.
    let says = |facts: &mut Facts, days: i64| {
        let answer = serde_norway::from_str(&format!(
            "{{id: q, revision: 1, confidence: Green, installationSeconds: {}}}",
            days * 86_400
        ));
        segment_mut(facts, METRO).status.as_mut().unwrap().qualification = Some(answer.unwrap());
    };
    says(&mut facts, 20);
    assert_eq!(takes(&facts), METRO);
    // It works again on the 23rd.
    let days = (21..=22).map(|day| format!("2026-12-{day}").parse().unwrap());
    account(&mut facts, METRO).calendar = Some(Calendar { holidays: days.collect() });
    assert_eq!(takes(&facts), WAVE);
    account(&mut facts, WAVE).installation = Some(Duration::from_secs(30 * 86_400));
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Blocked, "ReadyTooLate", Party::User));
    assert!(found.1.what.contains("wave could have it ready on 2026-12-31T12:00:00Z"), "{}", found.1.what);
}

#[test]
fn a_date_that_had_passed_means_as_soon_as_possible_and_one_that_passes_is_missed() {
    let stated = |by: &str, created: i64| {
        let mut facts = due(by);
        account(&mut facts, WAVE).installation = Some(Duration::from_secs(30 * 86_400));
        Arc::make_mut(&mut facts.intent).metadata.creation_timestamp = Some(Time(after(created)));
        facts
    };
    let yesterday = "2026-11-30T12:00:00Z";
    assert_eq!(commit(&stated(yesterday, -86_400)).segment.spec.provider.name, METRO);
    assert_eq!(stalled(&stated(yesterday, -86_401)).1.reason, "ReadyTooLate");
}

#[test]
fn an_offer_that_is_not_firm_is_declined_unless_the_class_accepts_the_risk() {
    let mut facts = two_offers("1125.00", "1200.00");
    let offer = |facts: &mut Facts, name| {
        let offer = segment_mut(facts, name).status.as_mut().unwrap().offer.as_mut();
        offer.unwrap().level = OfferLevel::FirmSubjectToFeasibilityCheck;
    };
    offer(&mut facts, METRO);
    assert_eq!(commit(&facts).segment.spec.provider.name, WAVE);
    let words = "metro-fiber: the seller's quote is firm only after a feasibility check, and the class accepts no such risk";
    assert!(notes(&facts).iter().any(|note| note.starts_with(words)), "{:?}", notes(&facts));
    let mut none = facts.clone();
    offer(&mut none, WAVE);
    let found = stalled(&none);
    assert_eq!(gist(&found), (IntentState::Blocked, "QuoteNotFirm", Party::User));
    facts.request.as_mut().unwrap().accepted_risk = AcceptedRisk::FeasibilityCheck;
    assert_eq!(commit(&facts).segment.spec.provider.name, METRO);
    let note = "metro-fiber: firm but for the 500.00 USD at once, which may change after the seller's feasibility check";
    assert_eq!(notes(&facts)[1], note);
}
