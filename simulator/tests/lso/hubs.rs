//! Subscriptions and events, carried to a listener on loopback.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use http::{Method, StatusCode};
use http_body_util::BodyExt;
use naas_dev::lso::Recorder;
use naas_sim::{Clock, Seller, Store};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::buyer::{Buyer, ORDERING, QUOTES, conforms, evpl, metro_fiber, qualified};

#[tokio::test]
async fn subscriptions_come_and_go() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let request =
        json!({"callback": "http://127.0.0.1:1/x", "query": "eventType = productOrderStateChangeEvent"});
    let hub = buyer.post(&format!("{ORDERING}/hub"), &request).await.expect(201);
    let path = format!("{ORDERING}/hub/{}", hub["id"].as_str().unwrap());
    assert_eq!(buyer.get(&path).await.expect(200), hub);
    buyer.send(Method::DELETE, &path, None).await.expect(204);
    buyer.get(&path).await.expect(404);
    let quotes =
        buyer.post(&format!("{QUOTES}/hub"), &json!({"callback": "http://127.0.0.1:1"})).await.expect(201);
    let elsewhere = format!("{ORDERING}/hub/{}", quotes["id"].as_str().unwrap());
    buyer.get(&elsewhere).await.expect(404);
    buyer.finish();
    buyer.post(&format!("{QUOTES}/hub"), &json!({"callback": "ftp://x"})).await.expect(400);
    buyer
        .post(&format!("{QUOTES}/hub"), &json!({"callback": "http://x", "query": "state=x"}))
        .await
        .expect(400);
}

type Heard = Arc<Mutex<Vec<(String, Value)>>>;

async fn listen(State(heard): State<Heard>, request: Request) -> StatusCode {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    heard.lock().unwrap().push((path, serde_json::from_slice(&body).unwrap()));
    StatusCode::NO_CONTENT
}

#[allow(clippy::disallowed_methods, reason = "a deadline of a test")]
#[tokio::test]
async fn events_reach_the_listener_that_asked_for_them() {
    let heard = Heard::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback = format!("http://{}/secret", listener.local_addr().unwrap());
    let recorder = Recorder::new();
    let listening = recorder.wrap(Router::new().fallback(listen).with_state(heard.clone()));
    let router = Router::new().nest("/secret", listening);
    let serving = tokio::spawn(axum::serve(listener, router).into_future());

    let scenario = metro_fiber(json!({"clock": {"speed": 1000}}));
    let clock = Clock::from_setting(&scenario.clock);
    let seller = Seller::open(scenario, Store::in_memory().unwrap(), clock).unwrap();
    let delivering = tokio::spawn(seller.clone().deliver());
    let buyer = Buyer::talking_to(seller);
    for (api, query) in [
        (ORDERING, "eventType=productOrderStateChangeEvent,productOrderItemStateChangeEvent"),
        ("/mefApi/sonata/productOfferingQualification/v7", ""),
        ("/mefApi/cantata/quoteManagement/v2", "eventType=quoteStateChangeEvent"),
    ] {
        let body = json!({"callback": callback, "query": query});
        buyer.post(&format!("{api}/hub"), &body).await.expect(201);
    }
    buyer.qualify(json!([qualified("1", "add", evpl(2000, 210))])).await.expect(201);
    let order = buyer.buy("m/1", evpl(2000, 210)).await;

    let count = |name: &str| heard.lock().unwrap().iter().filter(|(path, _)| path.ends_with(name)).count();
    let deadline = Instant::now() + Duration::from_secs(20);
    while count("/productOrderStateChangeEvent") < 2 && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    delivering.abort();
    serving.abort();
    assert_eq!(count("/productOrderStateChangeEvent"), 2, "inProgress, completed: none for the first state");
    assert_eq!(
        count("/mefApi/sonata/productOfferingQualificationNotification/v7/listener/poqCreateEvent"),
        1
    );
    assert_eq!(count("/mefApi/cantata/quoteNotification/v2/listener/quoteStateChangeEvent"), 1, "accepted");
    assert_eq!(count("/productSpecificProductOrderItemMilestoneEvent"), 0, "nobody asked for it");
    let all = heard.lock().unwrap();
    let (_, event) = all.iter().find(|(path, _)| path.ends_with("/productOrderStateChangeEvent")).unwrap();
    assert_eq!(
        (&event["eventType"], &event["event"]["id"]),
        (&json!("productOrderStateChangeEvent"), &order)
    );
    let ids: std::collections::BTreeSet<&str> =
        all.iter().map(|(_, event)| event["eventId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), all.len());
    conforms(&recorder);
}

/// What a listener hears of two orders, each inProgress and completed, when a fault strikes the first event.
#[allow(clippy::disallowed_methods, reason = "a deadline of a test")]
async fn heard_despite(does: Value, in_all: usize) -> Vec<Value> {
    let heard = Heard::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback = format!("http://{}", listener.local_addr().unwrap());
    let listening = Router::new().fallback(listen).with_state(heard.clone());
    let serving = tokio::spawn(axum::serve(listener, listening).into_future());
    let fault = json!({"name": "x", "on": "event", "when": {"next": 1}, "does": does});
    let buyer = Buyer::of(metro_fiber(json!({"faults": [fault]})));
    let delivering = tokio::spawn(buyer.seller.clone().deliver());
    let body = json!({"callback": callback, "query": "eventType=productOrderStateChangeEvent"});
    buyer.post(&format!("{ORDERING}/hub"), &body).await.expect(201);
    for (vlan, count) in [(Some(210), 1), (Some(211), 3), (None, in_all)] {
        if let Some(vlan) = vlan {
            buyer.buy("m/1", evpl(2000, vlan)).await;
        }
        buyer.wait("1h");
        let deadline = Instant::now() + Duration::from_secs(20);
        while heard.lock().unwrap().len() < count && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    delivering.abort();
    serving.abort();
    assert_eq!(buyer.seller.faults().unwrap()[0].tally.struck, 1);
    let events: Vec<Value> = heard.lock().unwrap().iter().map(|(_, event)| event.clone()).collect();
    assert_eq!(events.len(), in_all, "{events:#?}");
    events
}

/// The numbers of the events, as the seller counts them.
fn numbers(events: &[Value]) -> Vec<u32> {
    let number =
        |event: &Value| event["eventId"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap();
    events.iter().map(number).collect()
}

#[tokio::test]
async fn events_are_lost_repeated_and_overtaken() {
    assert_eq!(numbers(&heard_despite(json!("eventLost"), 3).await), [2, 3, 4]);
    assert_eq!(numbers(&heard_despite(json!("eventTwice"), 5).await), [1, 1, 2, 3, 4]);
    assert_eq!(numbers(&heard_despite(json!({"eventLate": {"by": "2h"}}), 4).await), [2, 3, 4, 1]);
}

#[tokio::test]
async fn forged_events_tell_what_is_not_so() {
    let events = heard_despite(json!({"eventForUnknown": {}}), 5).await;
    assert_eq!(numbers(&events), [1, 2, 3, 4, 5]);
    assert_eq!(events[1]["event"]["id"], "NOBODY-1");
    assert_eq!(events[0]["event"]["id"], events[2]["event"]["id"]);
    let events = heard_despite(json!({"eventClaims": {"state": "failed"}}), 5).await;
    assert_eq!(
        (&events[1]["event"]["state"], &events[1]["event"]["id"]),
        (&json!("failed"), &events[0]["event"]["id"])
    );
    assert!(events[0]["event"]["state"].is_null() && events[2]["event"]["state"].is_null());
}
