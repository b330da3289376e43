//! What a class says counts when something is bought, and not by itself afterwards.

use std::collections::BTreeMap;

use kube::api::{Api, DeleteParams, Patch, PatchParams};
use naas_operator::api::{APPLY_CLASS, ConnectivityIntent, DeletionPolicy, SegmentState};
use serde_json::{Value, json};

use crate::stage::{class, classes, edit_class, with_metro};
use crate::world::{RunningSeller, Stage, condition, ready, until};

/// What was written at the seller.
fn writes(seller: &RunningSeller) -> BTreeMap<String, u64> {
    seller.calls().into_iter().filter(|(call, _)| !call.starts_with("GET ")).collect()
}

/// Waits until the intent's condition has this status.
async fn until_condition(stage: &Stage, kind: &str, status: &str) -> ConnectivityIntent {
    until(&format!("{kind} is {status}"), || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        (condition(&intent, kind) == status).then_some(intent)
    })
    .await
}

#[tokio::test]
async fn the_default_class_is_pinned_and_its_edits_change_nothing_by_themselves() {
    let (stage, metro) = with_metro("pinned", |_| {}).await;
    let says = "{defaults: {frameSize: 9000, deletionPolicy: Disconnect}, bounds: {bandwidth: {max: 10G}}}";
    let bulk = class(&stage, "bulk", true, says).await;
    let bare = stage.intent("checkpoints", |d| drop(d["spec"].as_object_mut().unwrap().remove("frameSize")));
    stage.create(&bare).await;
    let intent = stage.reason("checkpoints", "Active").await;
    let effective = intent.status.as_ref().unwrap().effective.clone().unwrap();
    assert_eq!((&effective.class_name, effective.values.frame_size), (&bulk, Some(9000)));
    assert_eq!(intent.spec.frame_size, None, "nobody writes what a user wrote");
    assert_eq!(stage.segments().await[0].spec.design.frame_size, Some(9000));
    assert_eq!(condition(&intent, "ClassChanged"), "False");

    let before = (writes(&metro), stage.segments().await[0].spec.clone());
    let edited = json!({"defaults": {"frameSize": 2000, "deletionPolicy": "Retain"}, "bounds": {"bandwidth": {"max": "1G"}}});
    edit_class(&stage, &bulk, edited).await;
    let intent = until_condition(&stage, "ClassChanged", "True").await;
    assert_eq!(ready(&intent).0, "Active");
    assert_eq!(intent.status.as_ref().unwrap().effective.as_ref(), Some(&effective));
    edit_class(
        &stage,
        &bulk,
        json!({"defaults": {"frameSize": 9000}, "bounds": {"bandwidth": {"max": "10G"}}}),
    )
    .await;
    until("what it would change is told", || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        let changed = intent.status?.conditions.into_iter().find(|told| told.type_ == "ClassChanged")?;
        changed.message.contains("it would change deletionPolicy;").then_some(())
    })
    .await;
    assert_eq!((writes(&metro), stage.segments().await[0].spec.clone()), before);

    // On request it counts, and asks for no more than it changes.
    let asks = Patch::Merge(json!({"metadata": {"annotations": {APPLY_CLASS: "one"}}}));
    stage.intents().patch("checkpoints", &PatchParams::default(), &asks).await.unwrap();
    let intent = until_condition(&stage, "ClassChanged", "False").await;
    let effective = intent.status.as_ref().unwrap().effective.clone().unwrap();
    assert_eq!(effective.values.deletion_policy, Some(DeletionPolicy::Retain));
    assert_eq!(effective.applied.as_deref(), Some("one"));
    assert_eq!(writes(&metro), before.0);

    // Two defaults are none, for who names none; what is bought goes on.
    let gold = class(&stage, "gold", true, "{}").await;
    let second = stage.intent("checkpoints", |d| {
        d["metadata"]["name"] = json!("second");
        d["spec"]["endpoints"][1]["vlan"] = Value::Null;
    });
    stage.create(&second).await;
    let told = ready(&stage.reason("second", "ClassNotStated").await).1;
    assert!(told.contains(&bulk) && told.contains(&gold), "{told}");
    stage.edit("second", json!({"className": stage.name("silver")})).await;
    stage.reason("second", "ClassNotFound").await;
    stage.edit("second", json!({"className": bulk, "bandwidth": {"committed": "20G"}})).await;
    let told = ready(&stage.reason("second", "OutsideClass").await).1;
    assert!(told.contains("spec.bandwidth.committed: 20G is above the 10G allowed"), "{told}");
    assert_eq!(metro.orders(), 1);

    // What was pinned says what happens in the end, even without a class.
    for name in [&bulk, &gold] {
        classes(&stage).delete(name, &DeleteParams::default()).await.unwrap();
    }
    stage.delete("second").await;
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the segment is Released", || async {
        let segments = stage.segments().await;
        let state = segments.first()?.status.as_ref()?.state;
        (state == Some(SegmentState::Released)).then_some(())
    })
    .await;
    assert_eq!(metro.live(), 1);
}

#[tokio::test]
async fn a_class_that_is_wrong_says_so_itself() {
    let stage = Stage::new("wrong").await;
    let says = "{approval: {rules: [{name: dear, expression: plan.monthly > }]}}";
    let name = class(&stage, "wrong", false, says).await;
    let api: Api<naas_operator::api::ConnectivityClass> = classes(&stage);
    until("Valid is False", || async {
        let class = api.get(&name).await.unwrap();
        let told = class.status?.conditions.into_iter().find(|told| told.type_ == "Valid")?;
        (told.status == "False" && told.message.contains("spec.approval.rules[0].expression")).then_some(())
    })
    .await;
    edit_class(
        &stage,
        &name,
        json!({"approval": {"rules": [{"name": "dear", "expression": "plan.monthly > 1000.0"}]}}),
    )
    .await;
    until("Valid is True", || async {
        let class = api.get(&name).await.unwrap();
        let told = class.status?.conditions.into_iter().find(|told| told.type_ == "Valid")?;
        (told.status == "True").then_some(())
    })
    .await;
}
