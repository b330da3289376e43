//! Which subscriptions are made, looked at and ended, and what is told of them.

use std::time::Duration;

use super::*;
use crate::account::decide::pace;
use crate::account::hubs::{self, Step as HubStep, next};
use crate::admit::Refusal;
use crate::api::{LsoHubApi, ProviderHub};
use crate::model::Topic::{self, Order, Qualification, Quote};

const PRINT: &str = "0123456789abcdef";

fn hub(api: LsoHubApi) -> ProviderHub {
    ProviderHub { api, id: format!("H-{api:?}"), since: Time(after(0)), callback: Some(PRINT.into()) }
}

/// What an account knows that wants to be told of these.
fn wanting(topics: &[Topic], known: Vec<ProviderHub>) -> Hubs {
    let wanted = Wanted::At(topics.to_vec(), PRINT.into());
    Hubs { wanted, known, looked: Some(FRESH), failed: BTreeMap::new() }
}

fn failing(mut hubs: Hubs, topic: Topic, class: FailureClass, ago: Duration) -> Hubs {
    hubs.failed.insert(topic, (failure(class), ago));
    hubs
}

fn due(hubs: &Hubs) -> Option<HubStep> {
    next(hubs, AGAIN, RETRY)
}

fn with(hubs: Hubs) -> Facts {
    Facts { hubs, ..good(account(), FRESH) }
}

#[test]
fn what_is_missing_is_made_once() {
    let mut hubs = wanting(&[Qualification, Quote, Order], Vec::new());
    for (topic, api) in
        [(Qualification, LsoHubApi::Qualification), (Quote, LsoHubApi::Quote), (Order, LsoHubApi::Order)]
    {
        assert_eq!(due(&hubs), Some(HubStep::Subscribe(topic)));
        hubs.known.push(hub(api));
    }
    assert_eq!(due(&hubs), None);
    assert_eq!(decide(&with(hubs.clone())), Step::Rest(Rest::Verified(view())));
    hubs.known.pop();
    assert_eq!(decide(&with(hubs)), Step::Hub(HubStep::Subscribe(Order)));
}

#[test]
fn one_that_tells_elsewhere_is_ended_before_it_is_made_again() {
    let old = ProviderHub { callback: Some("another".into()), ..hub(LsoHubApi::Order) };
    assert_eq!(due(&wanting(&[Order], vec![old.clone()])), Some(HubStep::Unsubscribe(old)));
    let maybe_gone = ProviderHub { callback: None, ..hub(LsoHubApi::Quote) };
    assert_eq!(due(&wanting(&[Quote], vec![maybe_gone.clone()])), Some(HubStep::Unsubscribe(maybe_gone)));
}

#[test]
fn one_that_nobody_wants_any_more_is_ended() {
    let known = vec![hub(LsoHubApi::Order), hub(LsoHubApi::Quote)];
    assert_eq!(due(&wanting(&[Order], known.clone())), Some(HubStep::Unsubscribe(hub(LsoHubApi::Quote))));
    let nothing = Hubs { wanted: Wanted::Nothing, ..wanting(&[], known) };
    assert_eq!(due(&nothing), Some(HubStep::Unsubscribe(hub(LsoHubApi::Order))));
    assert_eq!(due(&Hubs { known: Vec::new(), ..nothing }), None);
}

#[test]
fn that_the_seller_still_knows_them_is_asked_on_the_slow_beat() {
    let known = || vec![hub(LsoHubApi::Order)];
    let looked = |looked| Hubs { looked, ..wanting(&[Order], known()) };
    assert_eq!(due(&looked(Some(AGAIN))), Some(HubStep::Look(hub(LsoHubApi::Order))));
    assert_eq!(due(&looked(None)), Some(HubStep::Look(hub(LsoHubApi::Order))));
    assert_eq!(due(&looked(Some(FRESH))), None);
    let quotes = Hubs { looked: None, ..wanting(&[Quote], vec![hub(LsoHubApi::Quote)]) };
    assert_eq!(due(&quotes), None, "that one cannot be read");
}

#[test]
fn what_failed_waits_and_holds_nobody_up() {
    let hubs = || wanting(&[Qualification, Order], Vec::new());
    let fresh = failing(hubs(), Qualification, FailureClass::Transient, FRESH);
    assert_eq!(due(&fresh), Some(HubStep::Subscribe(Order)));
    assert_eq!(pace(&with(fresh.clone()), &Rest::Verified(view())), Pace::Transient);
    let old = failing(hubs(), Qualification, FailureClass::Transient, RETRY);
    assert_eq!(due(&old), Some(HubStep::Subscribe(Qualification)));
    let throttled = FailureClass::Throttled(Some(RETRY * 2));
    let left_alone = failing(hubs(), Qualification, throttled.clone(), RETRY);
    assert_eq!(due(&left_alone), Some(HubStep::Subscribe(Order)));
    let over = failing(hubs(), Qualification, throttled, RETRY * 2);
    assert_eq!(due(&over), Some(HubStep::Subscribe(Qualification)));
    let unsupported = failing(hubs(), Qualification, FailureClass::Unsupported, RETRY);
    assert_eq!(due(&unsupported), Some(HubStep::Subscribe(Order)), "asking again soon is no use");
    assert_eq!(pace(&with(unsupported.clone()), &Rest::Verified(view())), Pace::Settled);
    let later = failing(hubs(), Qualification, FailureClass::Unsupported, AGAIN);
    assert_eq!(due(&later), Some(HubStep::Subscribe(Qualification)));
    let told = status(&with(fresh), &Rest::Verified(view()));
    assert!(holds(&told.conditions, "Ready"), "nothing rests on subscriptions");
}

#[test]
fn what_cannot_be_is_told_and_changes_nothing() {
    let why = Refusal { reason: "CallbackTokenMissing", message: "write one".into() };
    let known = vec![hub(LsoHubApi::Order)];
    let hubs = Hubs { wanted: Wanted::Impossible(why), looked: None, ..wanting(&[], known.clone()) };
    assert_eq!(due(&hubs), None);
    let told = status(&with(hubs), &Rest::Verified(view()));
    let condition = told.conditions.iter().find(|condition| condition.type_ == "Subscribed").unwrap();
    assert_eq!((condition.status.as_str(), condition.reason.as_str()), ("False", "CallbackTokenMissing"));
    assert!(condition.message.starts_with("write one; "), "{}", condition.message);
    assert_eq!(told.hubs, known);
}

#[test]
fn an_account_that_never_asked_says_nothing_of_it() {
    assert_eq!(hubs::statement(&account().hubs), None);
    let ending = Hubs { wanted: Wanted::Nothing, ..wanting(&[], vec![hub(LsoHubApi::Order)]) };
    assert_eq!(hubs::statement(&ending).unwrap().reason, "Unsubscribing");
    let done = hubs::statement(&wanting(&[Order], vec![hub(LsoHubApi::Order)])).unwrap();
    assert_eq!((done.holds, done.reason.as_str()), (Some(true), "Subscribed"));
    let not_yet = hubs::statement(&wanting(&[Order], Vec::new())).unwrap();
    assert_eq!((not_yet.holds, not_yet.reason.as_str()), (Some(false), "Subscribing"));
    let failed = failing(wanting(&[Order], Vec::new()), Order, FailureClass::Unsupported, FRESH);
    let told = hubs::statement(&failed).unwrap();
    assert_eq!((told.holds, told.reason.as_str()), (Some(false), "SubscriptionFailed"));
}

#[test]
fn an_account_that_goes_ends_each_once_and_waits_for_no_seller() {
    let going = |hubs: Hubs| deleted(with(hubs));
    let both = || wanting(&[Quote, Order], vec![hub(LsoHubApi::Quote), hub(LsoHubApi::Order)]);
    assert_eq!(decide(&going(both())), Step::Hub(HubStep::Unsubscribe(hub(LsoHubApi::Quote))));
    let one_failed = failing(both(), Quote, FailureClass::Transient, RETRY);
    assert_eq!(decide(&going(one_failed.clone())), Step::Hub(HubStep::Unsubscribe(hub(LsoHubApi::Order))));
    let all_failed = failing(one_failed, Order, FailureClass::Transient, RETRY);
    assert_eq!(decide(&going(all_failed)), Step::RemoveFinalizer);

    let unasked = deleted(Facts { hubs: both(), ..account() });
    assert_eq!(decide(&unasked), Step::Verify, "a process that just started has no connection yet");
    let unreachable = deleted(Facts { hubs: both(), ..bad(account(), FRESH) });
    assert_eq!(decide(&unreachable), Step::RemoveFinalizer);
    let in_use = used(going(both()));
    assert_eq!(decide(&in_use), Step::Rest(Rest::InUse(2)), "its segments still want to be woken");
}
