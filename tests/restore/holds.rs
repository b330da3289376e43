//! `Held` and `suspend` that come between an offer and its order are heard, at every level.

use kube::api::{Api, Patch, PatchParams};
use naas_operator::api::{ConnectivityProvider, Desired};
use serde_json::{Value, json};

use crate::cluster::{alone, give_back, hold_everything, one_seller, operator};
use crate::world::{RunningSeller, Stage, ready, until};

/// An intent that is to be bought, at a seller where nobody can look for orders: that far and no further.
async fn about_to_be_bought(stage: &Stage, metro: &RunningSeller) {
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["suspend"] = json!(true))).await;
    stage.reason("checkpoints", "Suspended").await;
    metro.goes_wrong(&json!([{"name": "no list", "on": "order.list", "does": {"status": {"code": 503}}}]));
    stage.edit("checkpoints", json!({"suspend": false})).await;
    until("it is to be bought", || async {
        let segment = stage.segments().await.pop()?;
        (segment.spec.desired == Desired::Present && !segment.spec.suspend).then_some(())
    })
    .await;
    stage.reason("checkpoints", "SellerUnavailable").await;
}

#[tokio::test]
async fn a_hold_or_a_suspension_that_comes_between_offer_and_order_is_heard_at_every_level() {
    let plane = alone().await;
    let _operator = operator(&plane).await;
    let mut stages = Vec::new();
    for level in ["everything", "account", "intent", "plan"] {
        let (stage, mut metro) = one_seller(&plane, level, |_| {}).await;
        metro.misbehaves = true;
        about_to_be_bought(&stage, &metro).await;
        stages.push((level, stage, metro));
    }
    let purchasing = |stage: &Stage, value: &str| {
        let providers: Api<ConnectivityProvider> = Api::all(stage.client.clone());
        let (name, patch) = (stage.name("metro-fiber"), Patch::Merge(json!({"spec": {"purchasing": value}})));
        async move { providers.patch(&name, &PatchParams::default(), &patch).await.unwrap() }
    };
    let (levels, others) = stages.split_at(1);
    for (level, stage, _) in others {
        match *level {
            "account" => drop(purchasing(stage, "Held").await),
            "intent" => drop(stage.edit("checkpoints", json!({"suspend": true})).await),
            _ => drop(stage.edit("checkpoints", json!({"mode": "Plan"})).await),
        }
    }
    for (level, stage, metro) in others {
        metro.goes_wrong(&json!([]));
        let reason = if *level == "account" { "PurchasingHeld" } else { "Suspended" };
        let intent = stage.reason("checkpoints", reason).await;
        println!("--- {level}: {}", ready(&intent).1);
        let account = format!("purchasing: Enabled in ConnectivityProvider {}", stage.name("metro-fiber"));
        assert_eq!(ready(&intent).1.contains(&account), *level == "account", "{}", ready(&intent).1);
        assert_eq!(metro.orders(), 0, "{level}");
    }
    let (_, everything, at_everything) = &levels[0];
    hold_everything(&plane, json!("Held")).await;
    at_everything.goes_wrong(&json!([]));
    everything.reason("checkpoints", "PurchasingHeld").await;
    assert_eq!(at_everything.orders(), 0);

    hold_everything(&plane, Value::Null).await;
    purchasing(&stages[1].1, "Enabled").await;
    stages[2].1.edit("checkpoints", json!({"suspend": false})).await;
    stages[3].1.edit("checkpoints", json!({"mode": "Manage"})).await;
    for (level, stage, metro) in &stages {
        stage.reason("checkpoints", "Active").await;
        assert_eq!(metro.orders(), 1, "{level}");
        give_back(stage, metro).await;
    }
}
