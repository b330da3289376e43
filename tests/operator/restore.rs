//! Objects are lost and restored, and nothing is bought a second time: what the seller has is looked for before anything is
//! ordered.

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use naas_operator::api::{ConnectivityProvider, ConnectivitySegment, Desired, OrderRecord};
use serde_json::{Value, json};

use crate::world::{Stage, instant, one_seller, open, ready, until};

fn segments(stage: &Stage) -> Api<ConnectivitySegment> {
    Api::all(stage.client.clone())
}

/// The one segment of the stage that is bought.
pub async fn bought(stage: &Stage) -> ConnectivitySegment {
    until("one segment is left", || async {
        let mut all = stage.segments().await;
        let one = all.len() == 1 && all[0].spec.desired == Desired::Present;
        if one { all.pop() } else { None }
    })
    .await
}

/// An administrator deletes it and strips the finalizer that keeps it.
pub async fn lose<K>(api: &Api<K>, name: &str)
where
    K: kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    let merge = |metadata: Value| Patch::Merge(json!({"metadata": metadata}));
    let sure = merge(json!({"annotations": {"naas.dev/confirm-delete": "true"}}));
    api.patch(name, &PatchParams::default(), &sure).await.unwrap();
    let uid = api.delete(name, &DeleteParams::default()).await.unwrap().left().unwrap().meta().uid.clone();
    api.patch(name, &PatchParams::default(), &merge(json!({"finalizers": null}))).await.unwrap();
    until(&format!("{name} is gone"), || async {
        let found = api.get_opt(name).await.unwrap();
        found.is_none_or(|found| found.meta().uid != uid).then_some(())
    })
    .await;
}

/// Waits until the operator knows that a segment of metro fiber is lost: it learns that a moment later than the API server, and then
/// counts it no more.
pub async fn noticed(stage: &Stage, lost: &str) {
    let providers = Api::<ConnectivityProvider>::all(stage.client.clone());
    until(&format!("the operator misses {lost}"), || async {
        let status = providers.get(&stage.name("metro-fiber")).await.unwrap().status?;
        let counted = status.ledger.iter().flat_map(|ledger| &ledger.entries);
        counted.into_iter().all(|entry| entry.segment != lost).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_segment_that_was_restored_without_its_status_is_found_again() {
    let (stage, metro) = one_seller("status-lost", |_| {}, |_| {}).await;
    // There is somebody to buy from by mistake.
    let haul = open(instant("long-haul", |_| {})).await;
    stage.provider("long-haul", &haul, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    let was = bought(&stage).await;
    let name = was.metadata.name.clone().unwrap();
    // Nothing may be bought here meanwhile, so that the backup comes before a new segment does.
    let label =
        |value: Value| Patch::Merge(json!({"metadata": {"labels": {"naas.dev/connectivity": value}}}));
    let namespaces: Api<Namespace> = Api::all(stage.client.clone());
    namespaces.patch(&stage.namespace, &PatchParams::default(), &label(Value::Null)).await.unwrap();
    let plan = |d: &mut Value| {
        d["metadata"]["name"] = json!("probe");
        d["spec"]["mode"] = json!("Plan");
    };
    stage.create(&stage.intent("checkpoints", plan)).await;
    stage.reason("probe", "NotAllowed").await;
    stage.delete("probe").await;
    lose(&segments(&stage), &name).await;
    stage.reason("checkpoints", "NotAllowed").await;

    let mut backup = ConnectivitySegment::new(&name, was.spec.clone());
    backup.metadata.finalizers = was.metadata.finalizers.clone();
    segments(&stage).create(&PostParams::default(), &backup).await.unwrap();
    let again = label(json!(stage.namespace));
    namespaces.patch(&stage.namespace, &PatchParams::default(), &again).await.unwrap();
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().in_force.unwrap().committed, "2G");
    let (found, lost) = (bought(&stage).await.status.unwrap(), was.status.unwrap());
    assert_eq!((found.orders.len(), &found.products[0].id), (1, &lost.products[0].id));
    let order = |orders: &[OrderRecord]| (orders[0].mark.clone(), orders[0].order_id.clone());
    assert_eq!(order(&found.orders), order(&lost.orders));
    assert_eq!((metro.orders(), metro.live(), haul.orders()), (1, 1, 0));

    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the segments are gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!((metro.orders(), metro.live()), (2, 0));
}

#[tokio::test]
async fn a_segment_that_was_lost_is_found_again_though_another_seller_offers() {
    let (stage, metro) = one_seller("segment-lost", |_| {}, |_| {}).await;
    let haul = open(instant("long-haul", |_| {})).await;
    stage.provider("long-haul", &haul, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    let was = bought(&stage).await;
    lose(&segments(&stage), was.metadata.name.as_deref().unwrap()).await;

    let found = until("the service is found again", || async {
        let all = stage.segments().await;
        all.into_iter()
            .find(|found| found.metadata.uid != was.metadata.uid && found.spec.desired == Desired::Present)
    })
    .await;
    assert_eq!(found.metadata.name, was.metadata.name);
    stage.reason("checkpoints", "Active").await;
    let (found, lost) = (bought(&stage).await.status.unwrap(), was.status.unwrap());
    assert_eq!(found.products[0].id, lost.products[0].id);
    assert_eq!((metro.orders(), metro.live(), haul.orders()), (1, 1, 0));
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the service is gone", || async { (metro.live() == 0).then_some(()) }).await;
}

#[tokio::test]
async fn a_cluster_that_was_rebuilt_buys_from_nobody_else_either() {
    let (stage, metro) = one_seller("rebuilt-two", |_| {}, |_| {}).await;
    let haul = open(instant("long-haul", |_| {})).await;
    stage.provider("long-haul", &haul, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["deletionPolicy"] = json!("Retain"))).await;
    stage.reason("checkpoints", "Active").await;
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    let lost = bought(&stage).await.metadata.name.unwrap();
    lose(&segments(&stage), &lost).await;
    // An operator that still knew the VLAN as taken would not ask the seller who has the service.
    noticed(&stage, &lost).await;

    // The same manifest, VLAN included, as Git has it.
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "ServiceExists").await;
    assert_eq!((metro.orders(), metro.live(), haul.orders()), (1, 1, 0));
}

fn any_vlan(intent: &mut Value) {
    intent["spec"]["endpoints"][1]["vlan"] = Value::Null;
}

#[tokio::test]
async fn a_cluster_that_was_rebuilt_buys_nothing_beside_what_is_there() {
    let (stage, metro) = one_seller("rebuilt", |_| {}, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    // Left behind on purpose, so that nothing is ended; then the cluster loses its last record.
    stage.edit("checkpoints", json!({"deletionPolicy": "Retain"})).await;
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    lose(&segments(&stage), bought(&stage).await.metadata.name.as_deref().unwrap()).await;
    assert!(stage.segments().await.is_empty());

    stage.create(&stage.intent("checkpoints", any_vlan)).await;
    let intent = stage.reason("checkpoints", "ServiceExists").await;
    let id = metro.seller.audit().unwrap().orders[0].id.clone();
    for word in [&id, "buyBeside"] {
        assert!(ready(&intent).1.contains(word), "`{word}` is not in: {}", ready(&intent).1);
    }
    assert_eq!((metro.orders(), metro.live()), (1, 1));
}

#[tokio::test]
async fn an_intent_that_was_removed_by_force_and_created_again_waits_for_the_end_of_its_first_service() {
    let (stage, mut metro) =
        one_seller("intent-forced", |s| s["order"]["leadTimes"]["delete"] = json!("6s"), |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    metro.hang_up();
    stage.delete("checkpoints").await;
    stage.reason("checkpoints", "SellerUnavailable").await;
    let bare = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    stage.intents().patch("checkpoints", &PatchParams::default(), &bare).await.unwrap();
    stage.gone("checkpoints").await;
    stage.create(&stage.intent("checkpoints", any_vlan)).await;
    metro.answer_again().await;
    let intent = stage.reason("checkpoints", "PreviousServiceLeaving").await;
    assert!(ready(&intent).1.contains("earlier intent of this name"), "{}", ready(&intent).1);
    assert_eq!(metro.live(), 1);
    stage.reason("checkpoints", "Active").await;
    assert_eq!((metro.orders(), metro.live()), (3, 1), "bought, ended, and bought again");
    assert!(metro.seller.audit().unwrap().twins.is_empty());
}
