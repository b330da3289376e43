//! The same Git, and the same owner id, in more than one cluster.

use kube::api::{Api, Patch, PatchParams};
use naas_operator::api::ConnectivityProvider;
use serde_json::json;

use crate::cluster::{all_gone, alone, another, books, manifest, one_seller, operator, prompt, sent};
use crate::world::{Stage, ready, until};

/// The stage in another cluster: the same names, sites, account and address.
async fn same_stage(
    plane: &naas_dev::controlplane::ControlPlane,
    of: &Stage,
    seller: &crate::world::RunningSeller,
) -> Stage {
    let client = plane.client().unwrap();
    let namespace =
        json!({"metadata": {"name": of.namespace, "labels": {"naas.dev/connectivity": of.namespace}}});
    let namespaces: Api<k8s_openapi::api::core::v1::Namespace> = Api::all(client.clone());
    namespaces.create(&Default::default(), &serde_json::from_value(namespace).unwrap()).await.unwrap();
    let stage = Stage { client, namespace: of.namespace.clone(), prefix: of.prefix.clone() };
    stage.sites().await;
    stage.provider("metro-fiber", seller, prompt).await;
    stage
}

#[tokio::test]
async fn a_second_cluster_with_the_same_git_buys_nothing_and_ends_nothing_of_the_first() {
    let plane = alone().await;
    let _first = operator(&plane).await;
    let (mine, metro) = one_seller(&plane, "both", |_| {}).await;
    mine.create(&manifest(&mine)).await;
    mine.reason("checkpoints", "Active").await;
    let id = metro.seller.audit().unwrap().orders[0].id.clone();

    // An empty cluster beside it, as one that is rebuilt from Git while the old one still runs.
    let other = another().await;
    let second = operator(&other).await;
    let theirs = same_stage(&other, &mine, &metro).await;
    theirs.create(&manifest(&theirs)).await;
    let intent = theirs.reason("checkpoints", "ServiceExists").await;
    println!("--- {}", ready(&intent).1);
    for word in [&id, "buyBeside"] {
        assert!(ready(&intent).1.contains(word), "`{word}` is not in: {}", ready(&intent).1);
    }
    assert_eq!((books(&metro), sent(&metro)), ((1, 1), 1));

    // The first is undisturbed; what is deleted in the second ends nothing.
    mine.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    mine.reason("checkpoints", "Active").await;
    theirs.delete("checkpoints").await;
    theirs.gone("checkpoints").await;
    until("the segments are gone", || async { theirs.segments().await.is_empty().then_some(()) }).await;
    let unchanged = mine.intents().get("checkpoints").await.unwrap();
    assert_eq!(ready(&unchanged).0, "Active");
    assert_eq!((books(&metro), sent(&metro)), ((2, 1), 2));

    // The first cluster is lost, with all its records: the second still stops and says what is there.
    theirs.create(&manifest(&theirs)).await;
    theirs.reason("checkpoints", "ServiceExists").await;
    let providers: Api<ConnectivityProvider> = Api::all(theirs.client.clone());
    let held = Patch::Merge(json!({"spec": {"purchasing": "Held"}}));
    providers.patch(&theirs.name("metro-fiber"), &PatchParams::default(), &held).await.unwrap();
    mine.delete("checkpoints").await;
    all_gone(&mine, &metro).await;
    // Once the service is gone the second may buy its own, and does not before it is allowed to.
    theirs.reason("checkpoints", "PurchasingHeld").await;
    assert_eq!(sent(&metro), 3, "bought, changed and ended in the first");
    drop(second);
    other.stop().await;
}
