//! Nothing is paid above authority, and nothing is bought while purchases are held or the intent is suspended.

use super::fixture::*;
use crate::api::{CurrencyText, Party};
use crate::ledger::Objection;
use crate::model::ServiceState;
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Hold, Seen};
use crate::segment::record::absorb;

/// The unwanted service, seen in use by a process that has looked.
fn to_end() -> Facts {
    let mut facts = unwanted();
    see_service(&mut facts, ServiceState::Active);
    (facts.past.looked, facts.search) = (true, Some(search([])));
    facts
}

fn to_change() -> Facts {
    let mut facts = changing();
    (facts.past.looked, facts.search) = (true, Some(search([])));
    facts
}

#[test]
fn a_hold_stops_buying_and_changing_but_no_ending() {
    for (hold, word) in [(Hold::Global, "operator's hold"), (Hold::Provider, "purchasing: Enabled")] {
        for mut facts in [wanted_and_looked(), to_change()] {
            assert_eq!(decide(&facts).name(), "Reserve");
            facts.hold = Some(hold);
            let step = decide(&facts);
            assert!(matches!(step, Step::Rest(Rest::Waiting(_))));
            assert_eq!((reason(&step), waiting(&step).party), ("PurchasingHeld", Party::Platform));
            assert!(waiting(&step).what.contains(word), "{step:?}");
        }
        let mut facts = to_end();
        facts.hold = Some(hold);
        assert_eq!(decide(&facts).name(), "Reserve");
    }
}

#[test]
fn where_budgets_have_no_room_nothing_is_bought_or_changed_and_everything_can_end() {
    let objection =
        || Objection { reason: "BudgetExhausted", party: Party::Platform, what: "room in team".into() };
    // Known before, it spares the seller a search.
    for mut facts in [wanted(), wanted_and_looked(), to_change()] {
        absorb(&mut facts, Seen::NoRoom(objection()));
        let step = decide(&facts);
        assert_eq!((reason(&step), waiting(&step).party), ("BudgetExhausted", Party::Platform));
        assert_eq!(waiting(&step).what, "room in team");
    }
    let mut facts = to_end();
    absorb(&mut facts, Seen::NoRoom(objection()));
    assert_eq!(decide(&facts).name(), "Reserve");
}

#[test]
fn a_suspended_segment_starts_no_order_of_any_kind() {
    for mut facts in [wanted_and_looked(), to_change(), to_end()] {
        edit(&mut facts, |spec| spec.suspend = true);
        let step = decide(&facts);
        assert_eq!((reason(&step), waiting(&step).party), ("Suspended", Party::User));
    }
}

#[test]
fn a_suspended_segment_still_follows_its_order() {
    let mut facts = wanted();
    record_orders(&mut facts, [placed(1, crate::api::OrderOperation::Add)]);
    edit(&mut facts, |spec| spec.suspend = true);
    facts.hold = Some(Hold::Global);
    assert_eq!(decide(&facts).name(), "ObserveOrder");
}

#[test]
fn no_price_above_authority_is_paid() {
    type Raise = fn(&mut Facts);
    let monthly: Raise = |facts| facts.draft.offer.as_mut().unwrap().monthly = "2000.01".into();
    let one_time: Raise = |facts| facts.draft.offer.as_mut().unwrap().one_time = "600.01".into();
    let currency: Raise = |facts| facts.draft.offer.as_mut().unwrap().currency = CurrencyText("EUR".into());
    for raise in [monthly, one_time, currency] {
        for mut facts in [wanted_and_looked(), to_change()] {
            raise(&mut facts);
            let step = decide(&facts);
            assert_eq!((reason(&step), waiting(&step).party), ("PriceAboveBudget", Party::User));
        }
    }
    let mut unreadable = wanted_and_looked();
    unreadable.draft.offer.as_mut().unwrap().monthly = "a lot".into();
    assert_eq!(reason(&decide(&unreadable)), "PriceUnknown");
    let mut none = wanted_and_looked();
    edit(&mut none, |spec| spec.authority = None);
    assert_eq!(reason(&decide(&none)), "NotAuthorized");
}

#[test]
fn a_known_termination_fee_is_paid_up_to_what_is_accepted() {
    let mut facts = to_end();
    facts.account.as_mut().unwrap().early_termination = Some(fee("50"));
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("TerminationFeeNotAccepted", Party::User));
    // 335 days at half of 1125 a month.
    assert!(waiting(&step).what.contains("6195.21 USD"), "{step:?}");
    assert!(waiting(&step).what.contains("spec.budget.termination of intent checkpoints"));
    let accept = |facts: &mut Facts, amount: &str, currency: &str| {
        edit(facts, |spec| {
            let authority = spec.authority.as_mut().unwrap();
            authority.termination = amount.into();
            authority.currency = currency.into();
        });
    };
    accept(&mut facts, "6195.20", "USD");
    assert_eq!(reason(&decide(&facts)), "TerminationFeeNotAccepted");
    accept(&mut facts, "6195.21", "EUR");
    assert_eq!(reason(&decide(&facts)), "TerminationFeeNotAccepted", "euros are no dollars");
    accept(&mut facts, "6195.21", "USD");
    assert_eq!(decide(&facts).name(), "Reserve");
}

#[test]
fn an_unknown_termination_fee_waits_for_a_person() {
    let mut facts = to_end();
    facts.account.as_mut().unwrap().early_termination = None;
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("TerminationFeeUnknown", Party::Platform));
    assert!(waiting(&step).what.contains("earlyTermination in ConnectivityProvider metro-fiber"));
    // No term, no fee.
    facts.draft.in_force.as_mut().unwrap().term_end = None;
    assert_eq!(decide(&facts).name(), "Reserve");
}

#[test]
fn a_term_that_renews_itself_is_owed_again() {
    let mut facts = to_end();
    facts.account.as_mut().unwrap().early_termination = Some(fee("100"));
    facts.draft.in_force.as_mut().unwrap().term_end =
        Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(after(-1)));
    assert_eq!(reason(&decide(&facts)), "TerminationFeeNotAccepted");
    // A term that just ends is over.
    edit(&mut facts, |spec| spec.design.term.at_end = crate::api::TermEnd::Disconnect);
    assert_eq!(decide(&facts).name(), "Reserve");
}

#[test]
fn a_fee_on_an_unknown_price_is_unknown() {
    for forget in [
        (|facts: &mut Facts| facts.draft.in_force.as_mut().unwrap().currency = CurrencyText("XXX".into()))
            as fn(&mut Facts),
        |facts| facts.draft.in_force.as_mut().unwrap().monthly = "?".into(),
        |facts| facts.draft.in_force = None,
    ] {
        let mut facts = to_end();
        forget(&mut facts);
        facts.draft.offer = None;
        // Ten per cent of an unknown price is unknown; nothing of it is nothing.
        facts.account.as_mut().unwrap().early_termination = Some(fee("10"));
        assert_eq!(reason(&decide(&facts)), "TerminationFeeUnknown");
        facts.account.as_mut().unwrap().early_termination = Some(fee("0"));
        assert_eq!(decide(&facts).name(), "Reserve");
    }
}

#[test]
fn a_seller_that_cannot_be_asked_is_sent_nothing() {
    for mut facts in [wanted_and_looked(), to_change(), to_end()] {
        facts.seller = Err(crate::segment::facts::Unavailable {
            reason: "CredentialsRefused",
            party: Party::Platform,
            message: "renew the Secret".into(),
        });
        assert_eq!(
            (reason(&decide(&facts)), waiting(&decide(&facts)).party),
            ("CredentialsRefused", Party::Platform)
        );
    }
}
