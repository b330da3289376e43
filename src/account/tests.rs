//! What is done about an account and told of it, row by row of its facts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::decide::{Facts, Rest, Step, decide, status};
use super::hubs::{Hubs, Wanted};
use crate::api::{ConnectivityProvider, ConnectivityProviderStatus, FINALIZER, Party, holds};
use crate::model::{Catch, CatchCause, DecisionId, Failure, FailureClass, Release, Trip};
use crate::provider::AccountView;
use crate::schedule::Pace;

mod hubs;

const AGAIN: Duration = Duration::from_secs(3_600);
const RETRY: Duration = Duration::from_secs(8);
const FRESH: Duration = Duration::from_secs(7);

const CLASSES: [FailureClass; 11] = [
    FailureClass::Invalid,
    FailureClass::Unsupported,
    FailureClass::Conflict,
    FailureClass::Throttled(None),
    FailureClass::OverBudget(Duration::from_secs(1)),
    FailureClass::Unauthenticated,
    FailureClass::PermissionDenied,
    FailureClass::NotFound,
    FailureClass::Transient,
    FailureClass::Unreadable,
    FailureClass::Misconfigured,
];

fn after(seconds: i64) -> Timestamp {
    let now: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
    now + SignedDuration::from_secs(seconds)
}

/// An account with our finalizer that no segment uses and that was never asked.
fn account() -> Facts {
    let spec = "
        limits:
          currency: USD
          perOrder: {monthly: '1', oneTime: '1'}
          total: {monthly: '1', oneTime: '1'}
        ";
    let mut provider = ConnectivityProvider::new("metro-fiber", serde_norway::from_str(spec).unwrap());
    provider.metadata.finalizers = Some(vec!["example.com/other".into(), FINALIZER.into()]);
    provider.metadata.generation = Some(3);
    Facts {
        provider: Arc::new(provider),
        in_use: 0,
        catch: Catch::default(),
        releases: Vec::new(),
        verified: None,
        verify_again: AGAIN,
        retry_after: RETRY,
        hubs: Hubs { wanted: Wanted::Nothing, known: Vec::new(), looked: None, failed: BTreeMap::new() },
        now: after(0),
    }
}

fn without_finalizer(mut facts: Facts) -> Facts {
    let provider = Arc::make_mut(&mut facts.provider);
    provider.metadata.finalizers = Some(vec!["example.com/other".into()]);
    facts
}

fn deleted(mut facts: Facts) -> Facts {
    Arc::make_mut(&mut facts.provider).metadata.deletion_timestamp = Some(Time(after(0)));
    facts
}

fn used(facts: Facts) -> Facts {
    Facts { in_use: 2, ..facts }
}

fn view() -> AccountView {
    AccountView { ignores_filters: true, clock_skew_seconds: None }
}

fn failure(class: FailureClass) -> Failure {
    Failure { code: Some("E7".into()), ..Failure::new(class, "no such token") }
}

fn answered(facts: Facts, answer: Result<AccountView, Failure>, ago: Duration) -> Facts {
    Facts { verified: Some((answer, ago)), ..facts }
}

fn good(facts: Facts, ago: Duration) -> Facts {
    answered(facts, Ok(view()), ago)
}

fn bad(facts: Facts, ago: Duration) -> Facts {
    answered(facts, Err(failure(FailureClass::Transient)), ago)
}

/// What is told, written to the object as the controller does.
fn tell(facts: &mut Facts, rest: &Rest) -> ConnectivityProviderStatus {
    let told = status(facts, rest);
    let stored: ConnectivityProviderStatus =
        serde_json::from_value(serde_json::to_value(&told).unwrap()).unwrap();
    Arc::make_mut(&mut facts.provider).status = Some(stored);
    told
}

fn rests() -> Vec<Rest> {
    let failed = CLASSES.map(|class| Rest::Failed(failure(class)));
    [Rest::Verified(view()), Rest::InUse(2)].into_iter().chain(failed).collect()
}

#[test]
fn segments_may_depend_on_it_only_with_our_finalizer() {
    for facts in [account(), used(account()), good(account(), FRESH), bad(account(), FRESH)] {
        assert_eq!(decide(&without_finalizer(facts)), Step::AddFinalizer);
    }
}

#[test]
fn an_account_is_asked_first_and_again_when_its_answer_is_old() {
    assert_eq!(decide(&account()), Step::Verify);
    assert_eq!(decide(&used(account())), Step::Verify);
    let just_before = AGAIN - Duration::from_nanos(1);
    assert_eq!(decide(&good(account(), FRESH)), Step::Rest(Rest::Verified(view())));
    assert_eq!(decide(&good(account(), just_before)), Step::Rest(Rest::Verified(view())));
    assert_eq!(decide(&good(account(), AGAIN)), Step::Verify);
    let failed = Rest::Failed(failure(FailureClass::Transient));
    assert_eq!(decide(&bad(account(), FRESH)), Step::Rest(failed));
    assert_eq!(decide(&bad(account(), RETRY)), Step::Verify, "a bad answer ages sooner");
}

#[test]
fn a_seller_that_wants_to_be_left_alone_is() {
    let wait = Duration::from_secs(90);
    let throttled = failure(FailureClass::Throttled(Some(wait)));
    let at = |ago| decide(&answered(account(), Err(throttled.clone()), ago));
    assert_eq!(at(RETRY), Step::Rest(Rest::Failed(throttled.clone())));
    assert_eq!(at(wait), Step::Verify);
    assert_eq!(Rest::Failed(throttled).pace(), Pace::NotBefore(wait));
    // Who says "at once" is asked on our own beat, and not over and over.
    let at_once = || failure(FailureClass::Throttled(Some(Duration::ZERO)));
    assert_eq!(decide(&answered(account(), Err(at_once()), FRESH)), Step::Rest(Rest::Failed(at_once())));
}

#[test]
fn an_unused_account_is_let_go_whatever_the_seller_says() {
    for facts in [account(), good(account(), FRESH), good(account(), AGAIN), bad(account(), FRESH)] {
        assert_eq!(decide(&deleted(facts)), Step::RemoveFinalizer);
    }
}

#[test]
fn a_used_account_stays_and_is_still_looked_after() {
    let leaving = || deleted(used(account()));
    let in_use = Step::Rest(Rest::InUse(2));
    assert_eq!(decide(&leaving()), Step::Verify, "its segments need the seller to be disconnected");
    assert_eq!(decide(&good(leaving(), FRESH)), in_use);
    assert_eq!(decide(&bad(leaving(), FRESH)), in_use);
    assert_eq!(decide(&good(leaving(), AGAIN)), Step::Verify);
    assert_eq!(decide(&bad(leaving(), RETRY)), Step::Verify);
    assert_eq!(decide(&good(without_finalizer(leaving()), FRESH)), in_use);
}

#[test]
fn an_account_that_others_hold_back_is_nothing_to_us() {
    for facts in [account(), good(account(), FRESH), bad(account(), RETRY)] {
        assert_eq!(decide(&deleted(without_finalizer(facts))), Step::Rest(Rest::Gone));
    }
    let told = status(&account(), &Rest::Gone);
    assert_eq!((Rest::Gone.pace(), told.waiting_for), (Pace::Done, None));
    assert!(holds(&told.conditions, "Reconciling"));
}

#[test]
fn each_rest_has_its_pace() {
    assert_eq!(Rest::Verified(view()).pace(), Pace::Settled);
    assert_eq!(Rest::Failed(failure(FailureClass::Transient)).pace(), Pace::Transient);
    assert_eq!(Rest::InUse(1).pace(), Pace::Stalled);
}

#[test]
fn exactly_one_of_ready_reconciling_and_stalled_holds() {
    for rest in rests() {
        let told = status(&account(), &rest);
        let kinds: Vec<&str> = told.conditions.iter().map(|condition| condition.type_.as_str()).collect();
        assert_eq!(kinds, ["Ready", "Reconciling", "Stalled", "SafetyCatchTripped"]);
        let holding = kinds[..3].iter().filter(|kind| holds(&told.conditions, kind)).count();
        assert_eq!(holding, 1, "{rest:?}");
        assert!(told.conditions.iter().all(|condition| condition.observed_generation == Some(3)));
        assert_eq!(told.observed_generation, Some(3));
        assert_eq!(told.waiting_for.is_none(), holds(&told.conditions, "Ready"), "{rest:?}");
    }
}

#[test]
fn a_failure_says_whose_move_it_is() {
    for class in CLASSES {
        let (kind, reason, party) = match class {
            FailureClass::Unauthenticated | FailureClass::PermissionDenied => {
                ("Stalled", "CredentialsRefused", Party::Platform)
            }
            FailureClass::Misconfigured | FailureClass::Invalid | FailureClass::Unsupported => {
                ("Stalled", "ProviderMisconfigured", Party::Platform)
            }
            FailureClass::Throttled(_) => ("Reconciling", "SellerThrottles", Party::Seller),
            FailureClass::OverBudget(_) => ("Reconciling", "RequestBudget", Party::Operator),
            FailureClass::Conflict
            | FailureClass::NotFound
            | FailureClass::Transient
            | FailureClass::Unreadable => ("Reconciling", "SellerUnavailable", Party::Seller),
        };
        let told = status(&account(), &Rest::Failed(failure(class.clone())));
        assert!(holds(&told.conditions, kind), "{class:?}");
        assert_eq!(told.conditions[0].reason, reason);
        let waiting = told.waiting_for.unwrap();
        assert_eq!((waiting.party, waiting.name.as_deref()), (party, Some("metro-fiber")));
        assert!(waiting.what.starts_with("no such token (E7); "), "{}", waiting.what);
        assert_eq!(waiting.what, told.conditions[0].message);
    }
}

#[test]
fn an_account_in_use_says_what_keeps_it() {
    let told = status(&deleted(used(account())), &Rest::InUse(2));
    let waiting = told.waiting_for.unwrap();
    assert_eq!(waiting.party, Party::User);
    assert!(waiting.what.starts_with("2 segments depend on metro-fiber: delete their intents first"));
}

#[test]
fn told_twice_it_is_the_same() {
    for rest in rests() {
        let mut facts = account();
        facts.now = "2026-12-01T12:00:00.987Z".parse().unwrap();
        let first = tell(&mut facts, &rest);
        facts.now = after(61);
        assert_eq!(facts.provider.status.as_ref(), Some(&first), "in the store as in memory");
        assert_eq!(status(&facts, &rest), first, "{rest:?}");
    }
}

#[test]
fn a_wait_keeps_its_start_until_it_is_another() {
    let mut facts = account();
    let since = |told: &ConnectivityProviderStatus| told.waiting_for.as_ref().unwrap().since.clone();
    let refused = Rest::Failed(failure(FailureClass::Unauthenticated));
    tell(&mut facts, &refused);
    facts.now = after(60);
    assert_eq!(since(&tell(&mut facts, &refused)), Time(after(0)));
    facts.now = after(120);
    let disturbed = Rest::Failed(failure(FailureClass::Transient));
    assert_eq!(since(&tell(&mut facts, &disturbed)), Time(after(120)));
}

#[test]
fn verified_is_when_the_account_became_ready() {
    let mut facts = account();
    let refused = Rest::Failed(failure(FailureClass::Unauthenticated));
    assert_eq!(tell(&mut facts, &refused).verified, None);
    facts.now = after(10);
    assert_eq!(tell(&mut facts, &Rest::Verified(view())).verified, Some(Time(after(10))));
    facts.now = after(20);
    assert_eq!(tell(&mut facts, &Rest::Verified(view())).verified, Some(Time(after(10))));
    facts.now = after(30);
    assert_eq!(tell(&mut facts, &refused).verified, Some(Time(after(10))));
    facts.now = after(40);
    assert_eq!(tell(&mut facts, &Rest::Verified(view())).verified, Some(Time(after(40))));
}

#[test]
fn that_filters_are_ignored_is_known_until_the_seller_says_otherwise() {
    let mut facts = account();
    assert_eq!(tell(&mut facts, &Rest::Verified(view())).ignores_filters, Some(true));
    for rest in rests() {
        assert_eq!(status(&facts, &rest).ignores_filters, Some(true), "{rest:?}");
    }
    let honours = AccountView { ignores_filters: false, clock_skew_seconds: Some(2) };
    assert_eq!(status(&facts, &Rest::Verified(honours)).ignores_filters, Some(false));
}

fn caught(facts: Facts, second: i64) -> Facts {
    let trip = Trip { cause: CatchCause::Disconnects, since: after(second), what: "many ends".into() };
    Facts { catch: Catch { trips: vec![trip], released: None }, ..facts }
}

fn released(facts: Facts, second: i64) -> Facts {
    let id = DecisionId { namespace: "naas-system".into(), name: "go-on".into(), uid: "u".into() };
    Facts { releases: vec![Release { id, made: after(second) }], ..facts }
}

#[test]
fn a_caught_account_says_what_happened_and_what_to_write() {
    let told = status(&caught(account(), 0), &Rest::Verified(view()));
    assert_eq!(told.conditions[0].reason, "SafetyCatch");
    assert!(holds(&told.conditions, "Stalled") && holds(&told.conditions, "SafetyCatchTripped"));
    let waiting = told.waiting_for.unwrap();
    assert_eq!(waiting.party, Party::Platform);
    for word in ["many ends", "ConnectivityDecision about provider metro-fiber", "releaseCatch"] {
        assert!(waiting.what.contains(word), "{}", waiting.what);
    }
    assert_eq!(told.verified, Some(Time(after(0))), "the seller knows us all the same");
    // Why the seller cannot be asked is said first, and the catch besides.
    let told = status(&caught(account(), 0), &Rest::Failed(failure(FailureClass::Transient)));
    assert_eq!(told.conditions[0].reason, "SellerUnavailable");
    assert!(holds(&told.conditions, "SafetyCatchTripped"));
}

#[test]
fn a_catch_is_released_by_a_decision_that_was_made_after_it_tripped() {
    let verified = || caught(good(account(), FRESH), 10);
    let rests = Step::Rest(Rest::Verified(view()));
    assert_eq!(decide(&verified()), rests);
    assert_eq!(decide(&released(verified(), 9)), rests);
    assert_eq!(decide(&released(good(account(), FRESH), 11)), rests, "nothing is to be released");
    let Step::Release(release, catch) = decide(&released(verified(), 11)) else { panic!("not released") };
    assert_eq!((release.id.name.as_str(), catch.released, catch.trips.len()), ("go-on", Some(after(11)), 0));
    // The seller is not needed for it.
    assert!(matches!(decide(&released(caught(account(), 10), 11)), Step::Release(..)));
}
