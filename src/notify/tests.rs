//! Who is listened to, what is read of what they say, and who is woken for it.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::Response as Answer;
use proptest::prelude::*;
use tokio::sync::broadcast::Receiver;
use tower::ServiceExt;

use super::*;
use crate::clock::SystemClock;
use crate::model::Topic;
use crate::telemetry::Metrics;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const OTHERS: &str = "ffffffffffffffffffffffffffffffff";
const ORDERS: &str = "mefApi/cantata/productOrderingNotification/v5/listener/productOrderStateChangeEvent";

/// A segment that waits for the qualification Q, the quote P and the order O, each with `suffix`, and had the order OLD before.
fn segment(name: &str, suffix: &str) -> Arc<ConnectivitySegment> {
    let text = format!(
        "
        metadata: {{name: {name}}}
        spec:
          intentRef: {{namespace: training, name: checkpoints, uid: 7f3c}}
          leg: 0
          replacement: 0
          provider: {{name: metro-fiber, address: 'https://metro.example'}}
          clientReference: seg-0123456789abcdef0123
          project: acme/training/checkpoints
          product: Evpl
          ends:
          - {{name: gpus, site: ashburn-gpu, port: metro-1, uniProductId: UNI-A, vlan: 210}}
          - {{name: store, site: chicago-store, port: metro-1, uniProductId: UNI-Z, vlan: 210}}
          revision: 1
          intentGeneration: 1
          design:
            committed: 2G
            peak: 2G
            reverseCommitted: 2G
            reversePeak: 2G
            classOfService: BULK
            term: {{name: one year, value: 1, unit: Year, atEnd: Renew}}
          desired: Offer
        status:
          qualification: {{revision: 1, id: Q{suffix}}}
          quote: {{revision: 1, id: P{suffix}}}
          orders:
          - {{sequence: 1, operation: Add, mark: m/1, revision: 1, digest: d, state: Refused, orderId: OLD{suffix}}}
          - {{sequence: 2, operation: Add, mark: m/2, revision: 1, digest: d, state: Placed, orderId: O{suffix}}}
          - {{sequence: 3, operation: Add, mark: m/3, revision: 1, digest: d, state: Intending}}
        "
    );
    Arc::new(serde_norway::from_str(&text).unwrap())
}

#[test]
fn an_event_concerns_the_segments_that_hold_its_subject() {
    let mut bare = (*segment("bare", "1")).clone();
    bare.status = None;
    let all = [segment("one", "1"), segment("two", "2"), segment("twin", "2"), Arc::new(bare)];
    let of = |topic, id| holders::of(topic, id, &all);
    assert_eq!(of(Topic::Qualification, "Q1"), ["one"]);
    assert_eq!(of(Topic::Quote, "P1"), ["one"]);
    assert_eq!(of(Topic::Order, "O2"), ["two", "twin"]);
    assert_eq!(of(Topic::Order, "OLD1"), ["one"]);
    for (topic, id) in [
        (Topic::Order, "Q1"),
        (Topic::Qualification, "O1"),
        (Topic::Quote, "Q1"),
        (Topic::Order, ""),
        (Topic::Order, "O"),
    ] {
        assert!(of(topic, id).is_empty(), "{topic:?} {id}");
    }
}

/// A listener for the account `metro-fiber` with its segment `one`, and whoever it wakes.
fn listener() -> (Router, Receiver<String>, Arc<Metrics>, Arc<AtomicUsize>) {
    let (wakes, metrics) = (Arc::<Wakes>::default(), Arc::<Metrics>::default());
    let asked = Arc::new(AtomicUsize::new(0));
    let (heard, counter) = (wakes.changes(), Arc::clone(&asked));
    let context = Context {
        token: Arc::new(|account| {
            (account == "metro-fiber").then(|| CallbackToken::parse(TOKEN.as_bytes()).unwrap())
        }),
        segments: Arc::new(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            vec![segment("one", "1")]
        }),
        wakes,
        clock: Arc::new(SystemClock),
        metrics: metrics.notifications.clone(),
    };
    (router(Arc::new(context)), heard, metrics, asked)
}

async fn ask(router: &Router, method: &str, path: &str, body: impl Into<Body>) -> Answer<Body> {
    let request = Request::builder().method(method).uri(path).body(body.into()).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

fn about(id: &str) -> String {
    json!({"eventId": "1", "eventTime": "2026-12-01T12:00:00Z", "eventType": "x", "event": {"id": id}})
        .to_string()
}

fn counted(metrics: &Metrics) -> Vec<String> {
    let text = metrics.text();
    text.lines().filter(|line| line.starts_with("naas_notifications_total")).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_seller_of_an_account_is_listened_to_and_its_claims_are_not() {
    let (router, mut heard, metrics, _) = listener();
    let path = format!("/events/metro-fiber/{TOKEN}/{ORDERS}");
    let claim = json!({"event": {"id": "O1", "state": "failed", "buyerId": "somebody"}}).to_string();
    assert_eq!(ask(&router, "POST", &path, claim).await.status(), 204);
    assert_eq!(heard.try_recv().unwrap(), "one");
    assert_eq!(ask(&router, "POST", &path, about("O9")).await.status(), 204, "unknown");
    assert!(heard.try_recv().is_err());
    let mut lines = counted(&metrics);
    lines.sort();
    assert_eq!(
        lines,
        [
            r#"naas_notifications_total{provider="metro-fiber",outcome="accepted"} 1"#,
            r#"naas_notifications_total{provider="metro-fiber",outcome="unknown"} 1"#,
        ]
    );
}

#[tokio::test]
async fn strangers_and_what_cannot_be_understood_are_refused_and_wake_nobody() {
    let (router, mut heard, metrics, asked) = listener();
    let known = format!("/metro-fiber/{TOKEN}/{ORDERS}");
    let long = format!("{{\"event\": {{\"id\": \"O1\"}}, \"x\": \"{}\"}}", "x".repeat(LONGEST));
    let cases = [
        ("POST", format!("/metro-fiber/{OTHERS}/{ORDERS}"), about("O1"), 401),
        ("POST", format!("/long-haul/{TOKEN}/{ORDERS}"), about("O1"), 401),
        ("POST", format!("/metro-fiber/{}/{ORDERS}", &TOKEN[1..]), about("O1"), 401),
        ("POST", format!("/metro-fiber//{ORDERS}"), about("O1"), 401),
        ("POST", format!("/{ORDERS}"), about("O1"), 401),
        ("POST", format!("/metro-fiber/{TOKEN}"), about("O1"), 401),
        ("GET", "/".into(), String::new(), 401),
        ("GET", known.clone(), String::new(), 405),
        ("POST", format!("{known}/more"), about("O1"), 404),
        ("POST", known.replace("listener", "hub"), about("O1"), 404),
        ("POST", known.replace("productOrdering", "trouble"), about("O1"), 404),
        ("POST", known.clone(), String::new(), 400),
        ("POST", known.clone(), "[]".into(), 400),
        ("POST", known.clone(), about(""), 400),
        ("POST", known.clone(), about(&"x".repeat(129)), 400),
        ("POST", known.clone(), json!({"event": {"id": 7}}).to_string(), 400),
        ("POST", known.clone(), long, 413),
    ];
    let refused = cases.len();
    for (method, path, body, status) in cases {
        let answer = ask(&router, method, &path, body).await;
        assert_eq!(answer.status(), status, "{method} {path}");
        let said = to_bytes(answer.into_body(), LONGEST).await.unwrap();
        assert!(!String::from_utf8_lossy(&said).contains(TOKEN));
    }
    assert!(heard.try_recv().is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nobody's segments were looked through");
    let expected = format!(r#"naas_notifications_total{{provider="",outcome="refused"}} {refused}"#);
    assert_eq!(counted(&metrics), [expected]);
}

#[tokio::test]
async fn a_thousand_events_of_a_moment_are_one_wake() {
    let (router, mut heard, _, _) = listener();
    let path = format!("/metro-fiber/{TOKEN}/{ORDERS}");
    for _ in 0..1_000 {
        assert_eq!(ask(&router, "POST", &path, about("O1")).await.status(), 204);
    }
    assert_eq!(heard.try_recv().unwrap(), "one");
    assert!(heard.try_recv().is_err());
}

proptest! {
    #[test]
    fn no_path_and_no_octets_end_it(path in "\\PC{0,200}", octets in prop::collection::vec(any::<u8>(), 0..300)) {
        for path in [path.clone(), format!("/a/{path}/mefApi/{path}"), format!("{path}/mefApi/{path}/{path}/v1/listener/x")] {
            if let Some(caller) = event::caller(&path) {
                prop_assert!(!caller.account.is_empty() && !caller.account.contains('/'));
                let _ = event::topic(caller.rest);
            }
        }
        prop_assert!(event::subject(&octets).is_none_or(|id| !id.is_empty()));
    }
}
