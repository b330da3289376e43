//! Subscriptions, and what the seller tells because of them, over HTTP and held against the official schemas.

use std::sync::Arc;
use std::time::{Duration, Instant};

use naas_dev::lso::{Recorder, Specifications};
use naas_operator::api::ConnectivitySegment;
use naas_operator::clock::SystemClock;
use naas_operator::model::{Callback, CallbackToken, FailureClass, SubscriptionId, Topic};
use naas_operator::notify::{self, Wakes};
use naas_operator::provider::Provider;
use naas_operator::telemetry::Metrics;
use serde_json::json;
use tokio::net::TcpListener;

use super::account::Account;
use super::seller::{Seller, json as answer, text};
use super::simulator::{Market, asked, live};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const TOPICS: [Topic; 3] = [Topic::Qualification, Topic::Quote, Topic::Order];

fn callback(base: &str) -> Callback {
    Callback::new(base, "metro-fiber", CallbackToken::parse(TOKEN.as_bytes()).unwrap())
}

#[tokio::test]
async fn subscriptions_are_made_seen_and_ended_once_and_for_all() {
    let market = Market::open(&[], &[]).await;
    for topic in TOPICS {
        let id = market.provider.subscribe(topic, &callback("https://naas.example")).await.unwrap();
        let seen = market.provider.subscribed(topic, &id).await.unwrap();
        assert_eq!(seen, (topic == Topic::Order).then_some(true), "only orders say (MEF 123)");
        market.provider.unsubscribe(topic, &id).await.unwrap();
        market.provider.unsubscribe(topic, &id).await.unwrap();
        let seen = market.provider.subscribed(topic, &id).await.unwrap();
        assert_eq!(seen, (topic == Topic::Order).then_some(false));
    }
    market.check();
}

#[tokio::test]
async fn a_seller_that_repeats_the_address_does_not_make_us_show_it() {
    let padding = "x".repeat(290 - TOKEN.len());
    for (status, body) in [
        (400, json!({"code": "invalidBody", "reason": format!("/callback: https://naas.example/metro-fiber/{TOKEN} is no address")}).to_string()),
        (400, json!({"code": "invalidBody", "reason": format!("{padding}{TOKEN}")}).to_string()),
        (422, json!([{"code": "invalidValue", "reason": TOKEN, "propertyPath": TOKEN}]).to_string()),
        (502, format!("<p>cannot do https:\\/\\/naas.example\\/{TOKEN}</p>")),
        (201, format!("registered {TOKEN}")),
        (201, json!({"id": {"of": TOKEN}}).to_string()),
        (201, json!({"id": "", "callback": TOKEN}).to_string()),
    ] {
        let said = body.clone();
        let seller = Seller::start(move |_| text(status, said.clone())).await;
        let provider = Account::at(&seller.address).open();
        let failure =
            provider.subscribe(Topic::Order, &callback("https://naas.example")).await.unwrap_err().to_string();
        assert!(seller.asked()[0].text.contains(TOKEN), "the seller is told");
        assert!(!failure.contains(&TOKEN[..8]), "{failure}");
        if status != 201 {
            let id = SubscriptionId("H-1".into());
            let read = provider.subscribed(Topic::Order, &id).await.unwrap_err().to_string();
            let ended = provider.unsubscribe(Topic::Order, &id).await.unwrap_err().to_string();
            assert!(!read.contains(&TOKEN[..8]) && !ended.contains(&TOKEN[..8]), "{read} {ended}");
        }
    }
}

#[tokio::test]
async fn a_seller_without_hubs_says_so_and_an_end_needs_no_words() {
    let error = json!({"code": "notImplemented", "reason": "no hub here"});
    let seller = Seller::start(move |asked| match asked.method.as_str() {
        "DELETE" => text(200, "removed"),
        _ => answer(501, &error),
    })
    .await;
    let provider = Account::at(&seller.address).open();
    let failure = provider.subscribe(Topic::Quote, &callback("https://naas.example")).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Unsupported);
    provider.unsubscribe(Topic::Quote, &SubscriptionId("H/1".into())).await.unwrap();
    assert!(seller.asked()[1].path.ends_with("/hub/H%2F1"), "{}", seller.asked()[1].path);
}

/// A segment that holds the order.
fn holding(order: &str) -> Arc<ConnectivitySegment> {
    let segment = json!({
        "metadata": {"name": "one"},
        "spec": {
            "intentRef": {"namespace": "training", "name": "checkpoints", "uid": "7f3c"}, "leg": 0, "replacement": 0,
            "provider": {"name": "metro-fiber", "address": "https://metro.example"},
            "clientReference": "segment-1", "project": "p", "product": "Evpl", "ends": [],
            "revision": 1, "intentGeneration": 1, "desired": "Present",
            "design": {"committed": "2G", "peak": "2G", "reverseCommitted": "2G", "reversePeak": "2G",
                "classOfService": "BUSINESS", "term": {"name": "one month", "value": 1, "unit": "Month", "atEnd": "Renew"}},
        },
        "status": {"orders": [{"sequence": 1, "operation": "Add", "mark": "m/1", "revision": 1, "digest": "d",
            "state": "Placed", "orderId": order}]},
    });
    Arc::new(serde_json::from_value(segment).unwrap())
}

/// The real listener hears the simulated seller: both follow the notification APIs.
#[allow(clippy::disallowed_methods, reason = "a deadline of a test")]
#[tokio::test]
async fn what_the_seller_tells_of_an_order_wakes_the_segment_that_holds_it() {
    let market = Market::open(&[], &[]).await;
    let (recorder, wakes) = (Recorder::new(), Arc::<Wakes>::default());
    let mut woken = wakes.changes();
    let seller = market.seller.clone();
    let metrics = Metrics::default();
    let context = notify::Context {
        token: Arc::new(|_| CallbackToken::parse(TOKEN.as_bytes()).ok()),
        // Whatever the seller took is on our record.
        segments: Arc::new(move |_| {
            seller.audit().unwrap().orders.iter().map(|order| holding(&order.id)).collect()
        }),
        wakes,
        clock: Arc::new(SystemClock),
        metrics: metrics.notifications.clone(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = recorder.wrap(notify::router(Arc::new(context)));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let telling = tokio::spawn(market.seller.clone().deliver());
    for topic in TOPICS {
        market.provider.subscribe(topic, &callback(&base)).await.unwrap();
    }
    let stranger = Callback::new(&base, "metro-fiber", CallbackToken::parse(&[b'x'; 32]).unwrap());
    market.provider.subscribe(Topic::Order, &stranger).await.unwrap();

    live(&market, &asked()).await;
    let deadline = Instant::now() + Duration::from_secs(20);
    let heard = |outcome: &str| metrics.text().contains(&format!("outcome=\"{outcome}\"}}"));
    while !(heard("refused") && heard("accepted")) && Instant::now() < deadline {
        market.provider.verify().await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    telling.abort();
    serving.abort();
    println!("{}", metrics.text());
    let told = recorder.exchanges().len();
    assert!(heard("refused") && told > 2, "{told}");
    let concerned = woken.try_recv();
    match Specifications::find().unwrap() {
        None => println!("SKIPPED: no LSO specification files, set NAAS_SPECS"),
        Some(specifications) => {
            let report = recorder.check(&specifications);
            assert!(report.violations.is_empty(), "{report}");
        }
    }
    assert_eq!(concerned.unwrap(), "one");
}
