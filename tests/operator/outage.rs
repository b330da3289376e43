//! A seller that is out of order for a while: what runs goes on and is said to run, nothing is ordered twice, and the next
//! intent is served when the seller is well again. Nobody else waits for it.

use naas_operator::api::{ConnectivityProvider, SegmentState};
use serde_json::{Value, json};

use crate::world::{self, RunningSeller, Stage, condition, ready, until};

/// A stage with one seller that is about to misbehave.
async fn one_seller(prefix: &str) -> (Stage, RunningSeller) {
    one_seller_with(prefix, |_| {}).await
}

async fn one_seller_with(prefix: &str, provider: impl FnOnce(&mut Value)) -> (Stage, RunningSeller) {
    let (stage, mut metro) = world::one_seller(prefix, |_| {}, provider).await;
    metro.misbehaves = true;
    (stage, metro)
}

/// How often the fault struck since it was set.
fn struck(seller: &RunningSeller) -> u64 {
    seller.seller.faults().unwrap().iter().map(|fault| u64::from(fault.tally.struck)).sum()
}

/// How often the seller was asked for a product.
fn looks(seller: &RunningSeller) -> u64 {
    let calls = seller.calls();
    calls.iter().filter(|(call, _)| call.contains("/product/")).map(|(_, count)| count).sum()
}

/// A seller answers like this to everything for a while: a service that is in use stays Ready, an intent that comes meanwhile
/// is told why it waits, and gets its service afterwards; there is one order for each.
async fn passes(prefix: &str, does: Value, reason: &str) {
    let (stage, metro) = one_seller(prefix).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;

    metro.goes_wrong(&json!([{"name": "outage", "does": does}]));
    let next = |d: &mut Value| {
        d["metadata"]["name"] = json!("next");
        d["spec"]["endpoints"][1]["vlan"] = Value::Null;
    };
    stage.create(&stage.intent("checkpoints", next)).await;
    let waiting = stage.reason("next", reason).await;
    println!("--- {}", ready(&waiting).1);
    assert_eq!(condition(&waiting, "Ready"), "False");
    // Account and service are looked at meanwhile; credentials that were refused are not used to look.
    let providers: kube::Api<ConnectivityProvider> = kube::Api::all(stage.client.clone());
    let before = looks(&metro);
    until("the account says so", || async {
        let said = providers.get(&stage.name("metro-fiber")).await.unwrap().status?.conditions;
        said.iter().any(|found| found.type_ == "Ready" && found.reason == reason).then_some(())
    })
    .await;
    if reason == "SellerUnavailable" {
        until("the service was looked at", || async { (looks(&metro) > before).then_some(()) }).await;
    }
    until("the seller was asked many times", || async { (struck(&metro) > 8).then_some(()) }).await;
    let intent = stage.intents().get("checkpoints").await.unwrap();
    assert_eq!((condition(&intent, "Ready"), ready(&intent).0.as_str()), ("True", "Active"), "{intent:#?}");
    let segments = stage.segments().await;
    let segment = segments.iter().find(|found| found.spec.intent_ref.name == "checkpoints").unwrap();
    assert_eq!(segment.status.as_ref().unwrap().state, Some(SegmentState::Active));
    assert_eq!(metro.orders(), 1);

    metro.goes_wrong(&json!([]));
    stage.reason("next", "Active").await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!((metro.orders(), metro.live()), (2, 2));
    assert!(metro.seller.audit().unwrap().twins.is_empty());
}

#[tokio::test]
async fn answers_503() {
    passes("answers-503", json!({"status": {"code": 503}}), "SellerUnavailable").await;
}

#[tokio::test]
async fn answers_401() {
    passes("answers-401", json!({"status": {"code": 401}}), "CredentialsRefused").await;
}

#[tokio::test]
async fn answers_429() {
    passes("answers-429", json!({"status": {"code": 429, "retryAfter": 1}}), "SellerThrottles").await;
}

#[tokio::test]
async fn answers_with_a_page() {
    passes("answers-page", json!({"proxyPage": {"code": 200}}), "SellerUnavailable").await;
}

#[tokio::test]
async fn one_that_hangs_delays_no_other() {
    /// More than there are places for one account.
    const MANY: usize = 40;
    let patient = |provider: &mut Value| {
        provider["spec"]["lso"]["requestTimeout"] = json!("10s");
        provider["spec"]["safetyCatch"] = json!({"orders": MANY});
    };
    let (slow, mute) = one_seller_with("mute", patient).await;
    let (stage, metro) = one_seller("beside-mute").await;
    // Every call stays open, and is never answered.
    mute.goes_wrong(&json!([{"name": "mute", "does": {"requestLost": {"hold": "30s"}}}]));
    for number in 0..MANY {
        let named = |d: &mut Value| {
            d["metadata"]["name"] = json!(format!("waits-{number}"));
            d["spec"]["endpoints"][1]["vlan"] = Value::Null;
        };
        slow.create(&slow.intent("checkpoints", named)).await;
    }
    until("as many hang as can", || async { (struck(&mute) >= 32).then_some(()) }).await;

    let asked = struck(&mute);
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    stage.reason("checkpoints", "Active").await;
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    // A whole life took less time than each of the others waits for one answer.
    let asked = struck(&mute) - asked;
    assert!(asked < 8, "{asked} calls timed out meanwhile");
    assert!(metro.orders() == 3 && mute.orders() == 0);

    mute.goes_wrong(&json!([]));
    for number in 0..MANY {
        slow.reason(&format!("waits-{number}"), "Active").await;
    }
    assert_eq!((mute.orders(), mute.live()), (MANY, MANY));
}
