//! From a design to a firm offer for it, and to its renewal.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::fixture::*;
use crate::api::{OfferLevel, OrderOperation, OrderRefusal, Party, SegmentState};
use crate::model::{
    Alternate, Change, Confidence, Failure, FailureClass, Period, Price, PriceKind, Qualification, Quote,
    QuoteLevel, Rate, Rates, ServiceId, Term,
};
use crate::provider::Progress;
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Seen};
use crate::segment::record::{absorb, status};

fn green() -> Qualification {
    Qualification {
        id: "poq-1".into(),
        item: "1".into(),
        ports: std::collections::BTreeMap::new(),
        confidence: Confidence::Green,
        reason: None,
        valid_until: Some(after(86_400)),
        installation_interval: None,
        alternates: Vec::new(),
    }
}

fn firm() -> Quote {
    let price = |kind, amount: &str| Price {
        name: "p".into(),
        kind,
        amount: amount.parse().ok(),
        currency: "USD".parse().ok(),
    };
    Quote {
        id: "quote-1".into(),
        item: "1".into(),
        level: QuoteLevel::Firm,
        prices: vec![price(PriceKind::Recurring(Period::Month), "1125"), price(PriceKind::OneTime, "500")],
        ports: Vec::new(),
        other_term: None,
        other_interval: None,
        alternate: false,
        valid_until: Some(after(86_400)),
        accepted: false,
    }
}

fn qualified(answer: Qualification) -> Facts {
    let mut facts = new();
    absorb(&mut facts, Seen::Qualification(Progress::Ready(answer)));
    facts
}

fn quoted(answer: Quote) -> Facts {
    let mut facts = qualified(green());
    absorb(&mut facts, Seen::Quote(Progress::Ready(answer)));
    facts
}

fn pending<T>(handle: &str) -> Progress<T> {
    Progress::Pending { handle: handle.into(), expected: Some(after(600)) }
}

/// A new pass over what was stored.
fn next_pass(facts: &mut Facts) {
    store(facts);
    facts.asked = false;
    facts.failure = None;
}

#[test]
fn qualification_then_quote_then_offer() {
    assert_eq!(decide(&new()), Step::Qualify(Change::Add));
    let facts = qualified(green());
    assert!(matches!(decide(&facts), Step::Quote(Change::Add, offer) if offer.qualification.is_some()));
    let facts = quoted(firm());
    assert_eq!(decide(&facts), Step::Rest(Rest::Offered));
    let offer = facts.draft.offer.unwrap();
    assert_eq!((offer.monthly.as_str(), offer.one_time.as_str()), ("1125.00", "500.00"));
    assert_eq!(offer.qualification_id.as_deref(), Some("poq-1"));
}

#[test]
fn answers_that_take_time_are_asked_for_by_their_handle() {
    let mut facts = new();
    absorb(&mut facts, Seen::Qualification(pending("poq-1")));
    assert_eq!(
        (reason(&decide(&facts)), waiting(&decide(&facts)).until),
        ("AwaitingOffer", Some(after(600)))
    );
    next_pass(&mut facts);
    assert_eq!(decide(&facts), Step::ObserveQualification("poq-1".into()));
    absorb(&mut facts, Seen::Qualification(Progress::Ready(green())));
    absorb(&mut facts, Seen::Quote(pending("quote-1")));
    assert_eq!(reason(&decide(&facts)), "AwaitingOffer");
    next_pass(&mut facts);
    assert_eq!(decide(&facts), Step::ObserveQuote("quote-1".into()));
    facts.now = after(601);
    absorb(&mut facts, Seen::Quote(pending("quote-1")));
    assert_eq!(reason(&decide(&facts)), "Delayed");
    absorb(&mut facts, Seen::OfferLost);
    assert_eq!(decide(&facts), Step::Qualify(Change::Add), "a handle that the seller forgot");
}

/// What a seller says that has no fibre.
const PROPOSED: &str =
    "no fibre; the seller proposes 1G, in use 30 days after the order instead; change the intent to take it";

#[test]
fn an_offer_of_something_else_says_what() {
    let term = Term { value: 3, ..crate::segment::tests::fixture::account().terms.remove(0) };
    let interval = Some(Duration::from_secs(86_400));
    for (quote, words) in [
        (Quote { other_term: Some(term), ..firm() }, "a term of 3 years"),
        (Quote { other_interval: interval, ..firm() }, "it in use 1 day after the order"),
        (firm(), "another term or date"),
    ] {
        let facts = quoted(Quote { alternate: true, ..quote });
        let what =
            format!("the seller offers {words} instead of what was asked; change the intent to take it");
        assert!(waiting(&decide(&facts)).what.contains(&what), "{words}");
    }
}

#[test]
fn red_and_refused_are_asked_again_after_a_while() {
    let interval = Some(Duration::from_secs(30 * 86_400));
    let rate = Rate::new("1G".parse().unwrap(), None);
    let rates = Some(Rates { a_to_z: rate, z_to_a: rate });
    let alternates = vec![Alternate { rates, installation_interval: interval }];
    let red =
        Qualification { confidence: Confidence::Red, reason: Some("no fibre".into()), alternates, ..green() };
    let mut refused = qualified(green());
    absorb(&mut refused, Seen::Quote(Progress::Ready(Quote { level: QuoteLevel::Budgetary, ..firm() })));
    for (mut facts, word, why) in [(qualified(red), "NoCapacity", PROPOSED), (refused, "NoOffer", "guess")] {
        let step = decide(&facts);
        assert!(matches!(step, Step::Rest(Rest::Declined(_))));
        assert_eq!((reason(&step), waiting(&step).party), (word, Party::Seller));
        assert!(waiting(&step).what.contains(why));
        facts.past.asked_for = WINDOWS.ask_again;
        assert_eq!(decide(&facts), Step::Qualify(Change::Add));
    }
}

#[test]
fn only_known_prices_for_what_was_asked_that_can_be_ordered_are_offers() {
    let usage = Price {
        name: "traffic".into(),
        kind: PriceKind::Usage,
        amount: "1".parse().ok(),
        currency: "USD".parse().ok(),
    };
    let cases = [
        Quote { level: QuoteLevel::Budgetary, ..firm() },
        Quote { alternate: true, ..firm() },
        Quote { prices: vec![usage], ..firm() },
        Quote { prices: vec![], ..firm() },
    ];
    for quote in cases {
        let facts = quoted(quote);
        assert_eq!((reason(&decide(&facts)), &facts.draft.offer), ("NoOffer", &None));
    }
    for (level, told) in [
        (QuoteLevel::Firm, OfferLevel::Firm),
        (QuoteLevel::FirmSubjectToFeasibility, OfferLevel::FirmSubjectToFeasibilityCheck),
    ] {
        let facts = quoted(Quote { level, ..firm() });
        assert_eq!(facts.draft.offer.as_ref().map(|offer| offer.level), Some(told));
        assert_eq!(decide(&facts), Step::Rest(Rest::Offered), "whether it may be bought its intent decides");
    }
}

#[test]
fn a_refusal_of_the_question_is_its_answer() {
    for class in [FailureClass::Invalid, FailureClass::Unsupported] {
        let mut facts = new();
        absorb(&mut facts, Seen::Failed(Failure::new(class, "VLAN 210 is taken ".repeat(200))));
        let step = decide(&facts);
        assert_eq!((reason(&step), facts.failure.is_none()), ("NoOffer", true));
        assert!(
            facts.draft.quote.unwrap().refusal.unwrap().chars().count() <= 1_024,
            "as the schema wants it"
        );
    }
    // The same for an offer that is to be renewed.
    let mut facts = wanted();
    facts.now = after(86_401);
    facts.past.looked = true;
    absorb(&mut facts, Seen::Failed(Failure::new(FailureClass::Invalid, "no more")));
    assert_eq!(reason(&decide(&facts)), "NoOffer");
}

#[test]
fn other_failures_are_tried_again_and_say_whose_move_it_is() {
    let cases = [
        (FailureClass::Transient, "SellerUnavailable", Party::Seller),
        (FailureClass::Throttled(None), "SellerThrottles", Party::Seller),
        (FailureClass::OverBudget(Duration::from_secs(1)), "RequestBudget", Party::Operator),
        (FailureClass::Unauthenticated, "CredentialsRefused", Party::Platform),
        (FailureClass::Misconfigured, "ProviderMisconfigured", Party::Platform),
    ];
    for (class, word, party) in cases {
        let mut facts = new();
        absorb(&mut facts, Seen::Failed(Failure::new(class, "so it is")));
        let step = decide(&facts);
        assert!(matches!(step, Step::Rest(Rest::Failing(_))));
        assert_eq!((reason(&step), waiting(&step).party), (word, party));
    }
}

#[test]
fn an_offer_that_ran_out_is_asked_for_anew_and_not_ordered() {
    let mut facts = wanted_and_looked();
    facts.now = after(86_400);
    assert_eq!(decide(&facts), Step::Qualify(Change::Add));
    absorb(
        &mut facts,
        Seen::Qualification(Progress::Ready(Qualification {
            valid_until: Some(after(2 * 86_400)),
            ..green()
        })),
    );
    let renewed = Quote { id: "quote-2".into(), valid_until: Some(after(2 * 86_400)), ..firm() };
    absorb(&mut facts, Seen::Quote(Progress::Ready(renewed)));
    assert_eq!(decide(&facts), Step::Rest(Rest::Offered), "the intent must agree to it first");
    edit(&mut facts, |spec| spec.offer.as_mut().unwrap().quote_id = "quote-2".into());
    assert_eq!(decide(&facts).name(), "Reserve");
}

#[test]
fn an_answer_that_has_already_run_out_is_no_reason_to_ask_at_once_again() {
    let stale = |valid_until| Quote { valid_until: Some(valid_until), ..firm() };
    for valid_until in [now(), after(-3_600)] {
        let facts = quoted(stale(valid_until));
        assert_eq!(reason(&decide(&facts)), "NoOffer");
        let facts = qualified(Qualification { valid_until: Some(valid_until), ..green() });
        assert_eq!(reason(&decide(&facts)), "NoOffer");
    }
    // But an answer that ran out while nobody looked is asked for once more.
    let mut facts = qualified(green());
    absorb(&mut facts, Seen::Quote(pending("quote-1")));
    next_pass(&mut facts);
    absorb(&mut facts, Seen::Quote(Progress::Ready(stale(now()))));
    assert_eq!(decide(&facts).name(), "Quote");
    let mut facts = new();
    absorb(&mut facts, Seen::Qualification(pending("poq-1")));
    next_pass(&mut facts);
    absorb(
        &mut facts,
        Seen::Qualification(Progress::Ready(Qualification { valid_until: Some(now()), ..green() })),
    );
    assert_eq!(decide(&facts), Step::Qualify(Change::Add));
}

#[test]
fn another_design_needs_another_offer() {
    let mut facts = wanted_and_looked();
    edit(&mut facts, |spec| spec.revision = 2);
    assert_eq!(decide(&facts), Step::Qualify(Change::Add));
    assert_eq!(decide(&changing_without_offer()), Step::Qualify(Change::Modify(ServiceId(SERVICE.into()))));
}

fn changing_without_offer() -> Facts {
    let mut facts = changing();
    facts.draft.offer = Some(offer(1, "quote-1"));
    facts
}

#[test]
fn an_offer_that_the_intent_did_not_choose_is_not_bought() {
    let mut facts = wanted_and_looked();
    for chosen in [None, Some(("quote-0", 1)), Some(("quote-1", 2))] {
        edit(&mut facts, |spec| {
            spec.offer =
                chosen.map(|(quote, revision)| crate::api::ChosenOffer { revision, quote_id: quote.into() });
        });
        assert_eq!(decide(&facts), Step::Rest(Rest::Offered));
    }
}

#[test]
fn a_design_set_back_to_what_runs_is_not_ordered_again() {
    // Bought with a real fingerprint, then changed to something that the seller refuses, then set back.
    let mut facts = wanted_and_looked();
    let add = written(&decide(&facts)).clone();
    let done = crate::api::OrderRecord {
        state: crate::api::OrderRecordState::Settled,
        order_id: Some("ORD-1".into()),
        ..add
    };
    facts.draft.products = vec![product(SERVICE)];
    facts.draft.in_force = Some(in_force());
    let modify =
        crate::api::OrderRecord { revision: 2, ..refused(2, OrderOperation::Modify, OrderRefusal::Final) };
    record_orders(&mut facts, [done, modify]);
    facts.draft.state = Some(SegmentState::Declined);
    let change = |facts: &mut Facts, revision, committed: &str| {
        edit(facts, |spec| {
            spec.revision = revision;
            spec.design.committed = committed.into();
            spec.design.peak = committed.into();
        });
    };
    change(&mut facts, 2, "4G");
    facts.draft.offer = Some(offer(2, "quote-2"));
    assert_eq!(reason(&decide(&facts)), "ChangeRefused");
    change(&mut facts, 3, "2G");
    assert_eq!(decide(&facts).name(), "ObserveService");
    see_service(&mut facts, crate::model::ServiceState::Active);
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    let told = status(&facts, &Rest::Active);
    assert_eq!(told.in_force.unwrap().revision, 3, "so that the intent sees that nothing is open");
    // A date or a name on paper is no other design.
    edit(&mut facts, |spec| {
        spec.revision = 4;
        spec.design.ready_by = Some(Time(after(1)));
        spec.design.purchase_order = Some("PO-1".into());
    });
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    change(&mut facts, 5, "3G");
    assert_eq!(decide(&facts).name(), "Qualify");
}

#[test]
fn a_wish_that_cannot_be_understood_stalls() {
    let mut facts = new();
    facts.wish = Err(crate::admit::Refusal { reason: "Invalid", message: "spec.ends".into() });
    let step = decide(&facts);
    assert!(matches!(step, Step::Rest(Rest::Stalled(_))));
    assert_eq!(waiting(&step).party, Party::Platform);
}

#[test]
fn a_settled_service_is_looked_at_slowly_and_a_lost_one_at_every_look() {
    let mut facts = bought();
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    facts.past.observed_for = WINDOWS.observe;
    assert_eq!(decide(&facts).name(), "ObserveService");
    facts.past.observed_for = Duration::ZERO;
    let id = ServiceId(SERVICE.into());
    absorb(&mut facts, Seen::Service(id, crate::segment::facts::Sight::Missing));
    let step = decide(&facts);
    assert!(matches!(step, Step::Rest(Rest::Stalled(_))));
    assert_eq!(reason(&step), "ServiceVanished");
    let Step::Rest(rest) = step else { panic!() };
    facts.draft = status(&facts, &rest);
    facts.services.clear();
    assert_eq!(decide(&facts).name(), "ObserveService", "it is not well again because nobody looked");
    for (state, word) in [
        (crate::model::ServiceState::Suspended, "ServiceEndedBySeller"),
        (crate::model::ServiceState::Terminating, "ServiceEndedBySeller"),
        (crate::model::ServiceState::Gone, "ServiceEndedBySeller"),
    ] {
        see_service(&mut facts, state);
        assert_eq!(reason(&decide(&facts)), word);
    }
    see_service(&mut facts, crate::model::ServiceState::Active);
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
}

#[test]
fn a_look_that_failed_says_nothing_about_what_is_settled() {
    let failed = |mut facts: Facts, class: FailureClass| {
        absorb(&mut facts, Seen::Failed(Failure::new(class, "down")));
        decide(&facts)
    };
    for class in [FailureClass::Transient, FailureClass::Unauthenticated, FailureClass::Throttled(None)] {
        assert_eq!(failed(bought(), class.clone()), Step::Rest(Rest::Active));
        let mut released = bought();
        edit(&mut released, |spec| spec.released = true);
        assert_eq!(failed(released, class.clone()), Step::Rest(Rest::Released));
        // Where something is to be done, or gave reason to worry, it is told.
        let mut worrying = bought();
        worrying.draft.state = Some(SegmentState::Blocked);
        let mut ordered = bought();
        record_orders(&mut ordered, [settled(1, OrderOperation::Add), placed(2, OrderOperation::Modify)]);
        let mut never_seen = bought();
        never_seen.draft.in_force = None;
        for facts in [worrying, ordered, never_seen, changing(), unwanted(), wanted(), new()] {
            let step = failed(facts, class.clone());
            assert!(matches!(step, Step::Rest(Rest::Failing(_))), "{step:?}");
        }
    }
}
