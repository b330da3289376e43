//! A seller that says "too many" is left alone by all who use the account, and the account's own budget of requests holds up what
//! can wait and nothing else.

use std::time::{Duration, Instant};

use kube::api::{Api, Patch, PatchParams};
use naas_operator::api::ConnectivityProvider;
use serde_json::{Value, json};

use crate::world::{Stage, one_seller, ready, until};

async fn edit(stage: &Stage, spec: Value) {
    let providers: Api<ConnectivityProvider> = Api::all(stage.client.clone());
    let patch = Patch::Merge(json!({"spec": spec}));
    let name = stage.name("metro-fiber");
    providers.patch(&name, &PatchParams::default(), &patch).await.expect("the edit is taken");
}

async fn wish(stage: &Stage, name: &str) {
    let named = |d: &mut Value| {
        d["metadata"]["name"] = json!(name);
        d["spec"]["endpoints"][1]["vlan"] = Value::Null;
    };
    stage.create(&stage.intent("checkpoints", named)).await;
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "a test measures time")]
async fn a_seller_that_says_too_many_is_left_alone_by_all_for_as_long_as_it_wants() {
    const WANTS: Duration = Duration::from_secs(5);
    let (stage, mut metro) = one_seller("throttled", |_| {}, |_| {}).await;
    metro.misbehaves = true;
    let says = json!({"status": {"code": 429, "retryAfter": WANTS.as_secs()}});
    let told = Instant::now();
    metro.goes_wrong(&json!([{"name": "too many", "does": says}]));
    let names = ["one", "two", "three", "four"];
    for name in names {
        wish(&stage, name).await;
    }
    for name in names {
        let intent = stage.reason(name, "SellerThrottles").await;
        println!("--- {}", ready(&intent).1);
    }
    for segment in stage.segments().await {
        let waiting = segment.status.unwrap().waiting_for.unwrap();
        assert!(waiting.until.is_some(), "{waiting:?}");
    }
    metro.goes_wrong(&json!([]));
    let asked = || metro.calls().values().sum::<u64>();
    let before = asked();
    until("somebody asks again", || async { (asked() > before).then_some(()) }).await;
    assert!(told.elapsed() >= WANTS, "asked again after {:?}", told.elapsed());
    for name in names {
        stage.reason(name, "Active").await;
    }
    assert_eq!((metro.orders(), metro.live()), (names.len(), names.len()));
}

#[tokio::test]
async fn an_order_goes_through_a_budget_that_is_used_up() {
    let held = |d: &mut Value| d["spec"]["purchasing"] = json!("Held");
    let (stage, metro) = one_seller("used-up", |_| {}, held).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "PurchasingHeld").await;

    edit(&stage, json!({"requests": {"perMinute": 1}})).await;
    until("the account was looked at anew", || async {
        let providers: Api<ConnectivityProvider> = Api::all(stage.client.clone());
        let provider = providers.get(&stage.name("metro-fiber")).await.unwrap();
        (provider.status?.observed_generation == provider.metadata.generation).then_some(())
    })
    .await;
    wish(&stage, "next").await;
    let next = stage.reason("next", "RequestBudget").await;
    println!("--- {}", ready(&next).1);
    assert!(ready(&next).1.contains("our own budget of requests, 1 a minute,"), "{}", ready(&next).1);

    edit(&stage, json!({"purchasing": "Enabled"})).await;
    stage.reason("checkpoints", "Active").await;
    let next = stage.intents().get("next").await.unwrap();
    assert_eq!(ready(&next).0, "RequestBudget", "what can wait does: {}", ready(&next).1);
    assert_eq!((metro.orders(), metro.live()), (1, 1));

    edit(&stage, json!({"requests": {"perMinute": 60_000}})).await;
    stage.reason("next", "Active").await;
}
