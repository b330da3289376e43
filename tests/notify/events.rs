//! What is told makes the operator look, and is never believed.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::listening::{Listening, NEVER, Told};
use crate::world::{PATIENCE, ready, until};

#[tokio::test]
async fn an_intent_is_served_and_ended_by_what_its_seller_tells_without_any_poll() {
    let _listening = Listening::start(NEVER, NEVER).await;
    let told = Told::start("told", |_| {}).await;
    told.stage.create(&told.stage.intent("checkpoints", |_| {})).await;
    let intent = told.stage.reason("checkpoints", "Active").await;
    println!("--- {}", ready(&intent).1);
    assert_eq!((told.metro.orders(), told.metro.live()), (1, 1));
    told.stage.delete("checkpoints").await;
    told.stage.gone("checkpoints").await;
    until("its segment is gone", || async { told.stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!((told.metro.orders(), told.metro.live()), (2, 0));
}

#[tokio::test]
async fn events_that_are_lost_cost_nothing_but_time() {
    let _listening = Listening::start("500ms", NEVER).await;
    let lost = json!([{"name": "lost", "on": "event", "does": "eventLost"}]);
    let told = Told::start("lost", |scenario| scenario["faults"] = lost).await;
    told.stage.create(&told.stage.intent("checkpoints", |_| {})).await;
    told.stage.reason("checkpoints", "Active").await;
    assert_eq!((told.metro.orders(), told.metro.live()), (1, 1));
    assert!(told.metro.seller.faults().unwrap()[0].tally.struck > 2, "there was something to lose");
}

#[tokio::test]
async fn events_that_are_repeated_late_or_made_up_change_nothing() {
    let _listening = Listening::start(NEVER, NEVER).await;
    let mut all = Vec::new();
    for (prefix, does) in [
        ("twice", json!("eventTwice")),
        ("late", json!({"eventLate": {"by": "2s"}})),
        ("nobody", json!({"eventForUnknown": {}})),
        ("failed", json!({"eventClaims": {"state": "failed"}})),
        ("rejected", json!({"eventClaims": {"state": "completed"}})),
    ] {
        let faults = json!([{"name": prefix, "on": "event", "does": does}]);
        let told = Told::start(prefix, |scenario| scenario["faults"] = faults).await;
        told.stage.create(&told.stage.intent("checkpoints", |_| {})).await;
        all.push(told);
    }
    for told in &all {
        told.stage.reason("checkpoints", "Active").await;
        assert_eq!((told.metro.orders(), told.metro.live()), (1, 1), "{}", told.stage.prefix);
        let audit = told.metro.seller.audit().unwrap();
        assert!(audit.twins.is_empty() && audit.orphans.is_empty(), "{audit:?}");
        assert!(told.metro.seller.faults().unwrap()[0].tally.struck > 2, "{}", told.stage.prefix);
    }
}

#[allow(clippy::disallowed_methods, reason = "how long a test took")]
#[tokio::test]
async fn a_stranger_wakes_nobody_and_a_flood_is_a_look_now_and_then() {
    let listening = Listening::start(NEVER, NEVER).await;
    let told = Told::start("flood", |scenario| {
        scenario["order"]["leadTimes"]["add"] = json!("5h");
    })
    .await;
    told.stage.create(&told.stage.intent("checkpoints", |_| {})).await;
    told.stage.reason("checkpoints", "OrderInProgress").await;
    let orders = || told.metro.seller.audit().unwrap().orders;
    let looks = || told.asked("GET", "/productOrder/{id}");
    // What was told of the order so far is looked at, and then it is quiet.
    until("the order is in progress", || async { (orders()[0].state == "inProgress").then_some(()) }).await;
    let quiet = tokio::sync::Mutex::new((looks(), Instant::now()));
    until("it is quiet", || async {
        let mut quiet = quiet.lock().await;
        if quiet.0 != looks() {
            *quiet = (looks(), Instant::now());
        }
        (quiet.1.elapsed() > Duration::from_secs(3)).then_some(())
    })
    .await;

    let event = json!({"eventId": "1", "eventTime": "2026-12-01T12:00:00Z", "eventType": "x", "event": {"id": orders()[0].id}});
    let client = reqwest::Client::new();
    let post = async |token: &str| {
        let (url, account) = (&listening.url, told.name());
        let path = "mefApi/cantata/productOrderingNotification/v5/listener/productOrderStateChangeEvent";
        let request = client.post(format!("{url}/{account}/{token}/{path}")).json(&event);
        request.send().await.unwrap().status().as_u16()
    };
    let before = looks();
    for _ in 0..50 {
        assert_eq!(post(&told.token.replace("canary", "knarry")).await, 401);
    }
    let started = Instant::now();
    assert_eq!(post(&told.token).await, 204);
    until("somebody looked", || async { (looks() > before).then_some(()) }).await;
    assert_eq!(looks(), before + 1, "for the one that knew the token, at once");
    while started.elapsed() < Duration::from_secs(5) {
        assert_eq!(post(&told.token).await, 204);
    }
    let most = before + 2 + started.elapsed().as_secs() / 2;
    assert!(looks() <= most && started.elapsed() < PATIENCE, "{} looks, at most {most} expected", looks());
}
