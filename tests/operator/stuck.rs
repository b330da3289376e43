//! `kubectl describe` of a stuck intent answers who must do what.

use naas_operator::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::world::{Stage, condition, instant, kubectl, one_seller, open, plane, ready, until};

/// What a person reads.
async fn described(stage: &Stage) -> String {
    let args = ["describe", "connectivityintent", "checkpoints", "-n", &stage.namespace];
    let (ok, text) = kubectl(plane().await, &args).await;
    assert!(ok, "{text}");
    text
}

/// The intent is stuck for this reason; a person is told who must act, and reads these words.
async fn answers(stage: &Stage, reason: &str, party: &str, words: &[&str]) {
    let intent = stage.reason("checkpoints", reason).await;
    assert_eq!(condition(&intent, "Ready"), "False");
    let both = (condition(&intent, "Reconciling"), condition(&intent, "Stalled"));
    assert!(both == ("True", "False") || both == ("False", "True"), "kstatus: {both:?}");
    let text = described(stage).await;
    println!("--- {reason}: {}", ready(&intent).1);
    assert!(
        text.contains(&format!("Party:  {party}")) || text.contains(&format!("party: {party}")),
        "{text}"
    );
    // Describe wraps nothing, so a sentence can be looked for as it is.
    for word in words {
        assert!(text.contains(word), "`{word}` is not in\n{text}");
    }
}

#[tokio::test]
async fn no_provider() {
    let stage = Stage::new("no-provider").await;
    stage.sites().await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let intent = stage.reason("checkpoints", "NotAllowed").await;
    // Other stages have providers, and none of them is offered here.
    assert_eq!(condition(&intent, "Accepted"), "False");
    answers(&stage, "NotAllowed", "Platform", &["not offered to this namespace", "ask the platform team"])
        .await;
}

#[tokio::test]
async fn no_such_site() {
    let stage = Stage::new("no-site").await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    answers(&stage, "SiteNotFound", "Platform", &["there is no Site", "ask the platform team"]).await;
}

#[tokio::test]
async fn no_capacity() {
    let (stage, _metro) =
        one_seller("no-capacity", |s| s["sitePairs"][0]["capacity"] = json!("1G"), |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let words = ["ask for less", "the seller proposes 500M, in use 0 days after the order instead"];
    answers(&stage, "NoCapacity", "User", &words).await;
}

#[tokio::test]
async fn ready_too_late() {
    let slow = |scenario: &mut Value| {
        scenario["offerings"][0]["installationInterval"] = json!({"amount": 40, "units": "calendarDays"});
    };
    let (stage, _metro) = one_seller("too-late", slow, |_| {}).await;
    let soon = SystemClock.now() + jiff::SignedDuration::from_hours(30 * 24);
    let soon = soon.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["schedule"] = json!({"readyBy": soon}))).await;
    let words = ["could have it ready on", &format!("after spec.schedule.readyBy of {soon}")];
    answers(&stage, "ReadyTooLate", "User", &words).await;
}

#[tokio::test]
async fn quote_not_firm() {
    let careful = |scenario: &mut Value| scenario["quote"]["level"] = json!("firmSubjectToFeasibilityCheck");
    let (stage, _metro) = one_seller("not-firm", careful, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    answers(&stage, "QuoteNotFirm", "User", &["firm only after a feasibility check"]).await;
}

#[tokio::test]
async fn nobody_says_through_which_countries() {
    let (stage, metro) = one_seller("countries", |_| {}, |_| {}).await;
    let at_home = |d: &mut Value| d["spec"]["constraints"] = json!({"jurisdictions": {"allow": ["US"]}});
    stage.create(&stage.intent("checkpoints", at_home)).await;
    let words = ["the platform team does in spec.jurisdictions of ConnectivityProvider"];
    answers(&stage, "JurisdictionUnknown", "Platform", &words).await;
    assert!(metro.calls().keys().all(|call| !call.contains("POST")), "nothing was asked of the seller");
}

#[tokio::test]
async fn no_class_strict_enough() {
    let (stage, metro) = one_seller("no-class", |_| {}, |_| {}).await;
    let strict =
        |d: &mut Value| d["spec"]["objectives"]["latency"] = json!({"oneWay": "10ms", "percentile": "99.99"});
    stage.create(&stage.intent("checkpoints", strict)).await;
    answers(&stage, "NoClassStrictEnough", "User", &["latency asked one way 10ms p99.99"]).await;
    assert!(metro.calls().keys().all(|call| !call.contains("POST")), "nothing was asked of the seller");
}

#[tokio::test]
async fn price_above_budget() {
    let (stage, metro) = one_seller("above-budget", |_| {}, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["budget"]["monthly"] = json!("1124.99"))).await;
    answers(&stage, "PriceAboveBudget", "User", &["1125.00 USD", "spec.budget.monthly", "raise the budget"])
        .await;
    assert!(metro.seller.audit().unwrap().orders.is_empty());
    // Raising it is all that is needed.
    stage.edit("checkpoints", json!({"budget": {"monthly": "1125.00"}})).await;
    stage.reason("checkpoints", "Active").await;
}

#[tokio::test]
async fn above_the_limit_of_the_provider() {
    let limit = |d: &mut Value| d["spec"]["limits"]["total"]["monthly"] = json!("1000.00");
    let (stage, metro) = one_seller("above-limit", |_| {}, limit).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    answers(&stage, "AboveProviderLimit", "Platform", &["limits.total.monthly", "ask the platform team"])
        .await;
    assert!(metro.seller.audit().unwrap().orders.is_empty());
}

#[tokio::test]
async fn budget_missing() {
    let (stage, metro) = one_seller("no-budget", |_| {}, |_| {}).await;
    stage
        .create(&stage.intent("checkpoints", |d| drop(d["spec"].as_object_mut().unwrap().remove("budget"))))
        .await;
    answers(&stage, "BudgetMissing", "User", &["state spec.budget", "1125.00"]).await;
    assert!(metro.seller.audit().unwrap().orders.is_empty());
}

#[tokio::test]
async fn currency_differs() {
    let (stage, _metro) = one_seller("currency", |_| {}, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["budget"]["currency"] = json!("EUR"))).await;
    answers(&stage, "CurrencyDiffers", "User", &["state the budget in USD"]).await;
}

#[tokio::test]
async fn purchasing_held() {
    let (stage, metro) = one_seller("held", |_| {}, |d| d["spec"]["purchasing"] = json!("Held")).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    answers(&stage, "PurchasingHeld", "Platform", &["spec.purchasing", "1125.00 USD"]).await;
    assert!(metro.seller.audit().unwrap().orders.is_empty());
    let patch = kube::api::Patch::Merge(json!({"spec": {"purchasing": "Enabled"}}));
    let providers: kube::Api<naas_operator::api::ConnectivityProvider> = kube::Api::all(stage.client.clone());
    providers.patch(&stage.name("metro-fiber"), &Default::default(), &patch).await.unwrap();
    stage.reason("checkpoints", "Active").await;
    assert_eq!(metro.seller.audit().unwrap().orders.len(), 1);
}

#[tokio::test]
async fn seller_late() {
    let late = |s: &mut Value| {
        s["order"]["leadTimes"]["add"] = json!("2s");
        s["rehearsals"] = json!([{"name": "late", "on": "Order", "effect": {"slip": {"by": "2d", "times": 1, "note": "the splice team is late"}}}]);
    };
    let (stage, _metro) = one_seller("late", late, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let intent = until("the seller's date is shown", || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        let waiting = intent.status.as_ref()?.waiting_for.clone()?;
        (waiting.until.is_some() && waiting.what.contains("to complete order")).then_some(intent)
    })
    .await;
    // Late is not failed.
    assert_eq!((condition(&intent, "Reconciling"), condition(&intent, "Stalled")), ("True", "False"));
    let text = described(&stage).await;
    assert!(text.contains("Seller") && text.contains("to complete order MF-ORD"), "{text}");
}

#[tokio::test]
async fn seller_rejects() {
    let rejects = |s: &mut Value| {
        s["rehearsals"] = json!([{"name": "no", "on": "Order", "effect": {"reject": {"reason": "the landlord refuses access"}}}]);
    };
    let (stage, metro) = one_seller("rejects", rejects, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    answers(&stage, "OrderRejected", "User", &["the landlord refuses access", "change the intent"]).await;
    assert_eq!(metro.seller.audit().unwrap().orders.len(), 1, "a final refusal is not tried again");
}

#[tokio::test]
async fn credentials_wrong_then_rotated_without_restart() {
    let stage = Stage::new("credentials").await;
    let metro =
        open(instant("metro-fiber", |s| s["access"] = json!({"bearerTokens": ["canary-right"]}))).await;
    stage.sites().await;
    let name = stage.name("metro");
    let secret = |token: &str| {
        serde_json::from_value(json!({"metadata": {"name": name}, "stringData": {"token": token}})).unwrap()
    };
    stage.secrets().create(&Default::default(), &secret("canary-wrong")).await.unwrap();
    stage
        .provider("metro-fiber", &metro, |d| {
            d["spec"]["credentials"] = json!({"secretRef": {"name": name}});
            d["spec"]["lso"]["authentication"] = json!({"bearer": {}});
        })
        .await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    answers(&stage, "CredentialsRefused", "Platform", &["renew the Secret"]).await;
    let patch = kube::api::Patch::Merge(json!({"stringData": {"token": "canary-right"}}));
    stage.secrets().patch(&name, &Default::default(), &patch).await.unwrap();
    stage.reason("checkpoints", "Active").await;
    let text = described(&stage).await;
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn seller_down() {
    let (stage, metro) = one_seller("down", |_| {}, |_| {}).await;
    until("the provider is verified", || async {
        let providers: kube::Api<naas_operator::api::ConnectivityProvider> =
            kube::Api::all(stage.client.clone());
        let provider = providers.get(&stage.name("metro-fiber")).await.unwrap();
        let status = provider.status?;
        naas_operator::api::holds(&status.conditions, "Ready").then_some(())
    })
    .await;
    metro.hang_up();
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    answers(&stage, "SellerUnavailable", "Seller", &["it is tried again"]).await;
}
