//! What looks like a mistake is held, account by account, until somebody who may says that it was meant.

use kube::api::{Api, DeleteParams, PostParams};
use naas_operator::api::{ConnectivityDecision, ConnectivityProvider};
use naas_operator::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::restore::{lose, noticed};
use crate::world::{RunningSeller, Stage, instant, open, ready, until};

/// A seller, its sites, and an account with this catch.
async fn with_catch(prefix: &str, catch: Value) -> (Stage, RunningSeller) {
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |d| d["spec"]["safetyCatch"] = catch).await;
    (stage, metro)
}

async fn want(stage: &Stage, name: &str) {
    let small = |d: &mut Value| {
        d["metadata"]["name"] = json!(name);
        d["spec"]["endpoints"][1].as_object_mut().unwrap().remove("vlan");
        d["spec"]["bandwidth"]["committed"] = json!("1G");
    };
    stage.create(&stage.intent("checkpoints", small)).await;
}

/// How many intents say this, once as many do.
async fn say(stage: &Stage, count: usize, reason: &str) {
    until(&format!("{count} intents say {reason}"), || async {
        let intents = stage.intents().list(&Default::default()).await.unwrap().items;
        let saying = intents.iter().filter(|intent| ready(intent).0 == reason).count();
        (saying == count).then_some(())
    })
    .await;
}

/// What the account says of itself, once its reason is this one.
async fn account_says(stage: &Stage, reason: &str) -> String {
    let providers: Api<ConnectivityProvider> = Api::all(stage.client.clone());
    let name = stage.name("metro-fiber");
    until(&format!("{name} says {reason}"), || async {
        let conditions = providers.get(&name).await.unwrap().status?.conditions;
        let ready = conditions.into_iter().find(|condition| condition.type_ == "Ready")?;
        (ready.reason == reason).then_some(ready.message)
    })
    .await
}

fn decisions(stage: &Stage, namespace: &str) -> Api<ConnectivityDecision> {
    Api::namespaced(stage.client.clone(), namespace)
}

/// A decision to release the stage's account, brought into a namespace by an administrator.
async fn release(stage: &Stage, name: &str, namespace: &str) -> Result<ConnectivityDecision, kube::Error> {
    let spec = json!({"author": "ada", "provider": stage.name("metro-fiber"), "releaseCatch": {}});
    let decision = ConnectivityDecision::new(&stage.name(name), serde_json::from_value(spec).unwrap());
    decisions(stage, namespace).create(&PostParams::default(), &decision).await
}

/// What a decision in the operator's namespace says of itself, once its reason is this one.
async fn said(stage: &Stage, name: &str, reason: &str) {
    let (api, name) = (decisions(stage, "naas-system"), stage.name(name));
    until(&format!("decision {name} says {reason}"), || async {
        let conditions = api.get(&name).await.unwrap().status?.conditions;
        conditions.iter().any(|found| found.type_ == "Ready" && found.reason == reason).then_some(())
    })
    .await;
}

/// Decides once the second has passed in which the catch tripped: before, nobody can have seen it.
async fn release_now(stage: &Stage, name: &str) {
    let providers: Api<ConnectivityProvider> = Api::all(stage.client.clone());
    let tripped = until("the catch tripped", || async {
        let status = providers.get(&stage.name("metro-fiber")).await.unwrap().status?;
        status.safety_catch?.tripped.iter().map(|trip| trip.since.0).max()
    })
    .await;
    until("a second passed", || async {
        (SystemClock.now().as_second() > tripped.as_second()).then_some(())
    })
    .await;
    release(stage, name, "naas-system").await.unwrap();
    said(stage, name, "Used").await;
}

#[tokio::test]
async fn a_mass_deletion_is_caught_and_goes_on_when_a_person_releases_it() {
    let (stage, metro) = with_catch("mass-deletion", json!({"orders": 100, "disconnects": 3})).await;
    for number in 0..6 {
        want(&stage, &format!("line-{number}")).await;
    }
    say(&stage, 6, "Active").await;
    release(&stage, "too-early", "naas-system").await.unwrap();
    said(&stage, "too-early", "NotTripped").await;

    stage.intents().delete_collection(&DeleteParams::default(), &Default::default()).await.unwrap();
    say(&stage, 3, "SafetyCatch").await;
    assert_eq!(metro.live(), 3, "no more than may end in an hour");
    let told = account_says(&stage, "SafetyCatch").await;
    let name = stage.name("metro-fiber");
    for word in ["more than 3 disconnects", "releaseCatch", &format!("about provider {name}")] {
        assert!(told.contains(word), "`{word}` is not in: {told}");
    }
    let waiting = stage.intents().list(&Default::default()).await.unwrap().items;
    let party =
        |index: usize| serde_json::to_value(&waiting[index].status).unwrap()["waitingFor"]["party"].clone();
    assert_eq!(party(0), "Platform");
    // What was decided before it tripped releases nothing, and nobody decides elsewhere than in the operator's namespace.
    said(&stage, "too-early", "Overtaken").await;
    let refused = release(&stage, "elsewhere", &stage.namespace).await.unwrap_err();
    assert!(refused.to_string().contains("naas-system"), "{refused}");
    // Nothing is bought meanwhile either.
    want(&stage, "one-more").await;
    let intent = stage.reason("one-more", "SafetyCatch").await;
    assert!(ready(&intent).1.contains("releaseCatch"), "{}", ready(&intent).1);
    assert_eq!(metro.live(), 3);

    release_now(&stage, "meant").await;
    stage.reason("one-more", "Active").await;
    until("the others have ended", || async { (metro.live() == 1).then_some(()) }).await;
    account_says(&stage, "Verified").await;
}

#[tokio::test]
async fn too_many_orders_are_caught_and_counted_anew_after_a_release() {
    let (stage, metro) = with_catch("many-orders", json!({"orders": 2, "within": "2h"})).await;
    for number in 0..5 {
        want(&stage, &format!("line-{number}")).await;
    }
    say(&stage, 2, "Active").await;
    say(&stage, 3, "SafetyCatch").await;
    assert_eq!(metro.orders(), 2);
    release_now(&stage, "first").await;
    say(&stage, 4, "Active").await;
    say(&stage, 1, "SafetyCatch").await;
    assert_eq!(metro.orders(), 4);
    // Too many orders are no reason to keep what nobody wants.
    let intents = stage.intents().list(&Default::default()).await.unwrap().items;
    let bought = intents.iter().find(|intent| ready(intent).0 == "Active").unwrap();
    let bought = bought.metadata.name.clone().unwrap();
    stage.delete(&bought).await;
    stage.gone(&bought).await;
    assert_eq!(metro.orders(), 5);
    release_now(&stage, "second").await;
    say(&stage, 4, "Active").await;
    assert_eq!(metro.orders(), 6);
}

#[tokio::test]
async fn what_another_installation_ordered_holds_the_account_and_one_decision_is_enough_for_its_intent() {
    let (stage, metro) = with_catch("first-contact", json!({})).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["deletionPolicy"] = json!("Retain"))).await;
    stage.reason("checkpoints", "Active").await;
    let name = stage.segments().await[0].metadata.name.clone().unwrap();
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    // The cluster loses its last record, as one that is built anew from Git has none.
    lose(&Api::<naas_operator::api::ConnectivitySegment>::all(stage.client.clone()), &name).await;
    noticed(&stage, &name).await;

    stage.create(&stage.intent("checkpoints", |d| d["spec"]["endpoints"][1]["vlan"] = Value::Null)).await;
    stage.reason("checkpoints", "ServiceExists").await;
    let id = metro.seller.audit().unwrap().orders[0].id.clone();
    assert!(account_says(&stage, "SafetyCatch").await.contains(&id));
    want(&stage, "new-here").await;
    stage.reason("new-here", "SafetyCatch").await;
    assert_eq!(metro.orders(), 1);

    let segments = stage.segments().await;
    let about = segments.iter().find(|segment| segment.spec.intent_ref.name == "checkpoints").unwrap();
    let segment = about.metadata.name.clone().unwrap();
    let spec = json!({"author": "ada", "segment": segment, "buyBeside": {"orders": [id]}});
    let decision = ConnectivityDecision::new("both", serde_json::from_value(spec).unwrap());
    decisions(&stage, &stage.namespace).create(&PostParams::default(), &decision).await.unwrap();
    stage.reason("checkpoints", "Active").await;
    assert_eq!(metro.orders(), 2);
    stage.reason("new-here", "SafetyCatch").await;
    release_now(&stage, "ours-alone").await;
    stage.reason("new-here", "Active").await;
    assert_eq!(metro.orders(), 3);
}
