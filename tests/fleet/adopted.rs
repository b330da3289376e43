//! A service that was taken over is nobody's news to the next process.

use std::process::Stdio;

use kube::api::{Api, PostParams};
use naas_operator::api::ConnectivityDecision;
use serde_json::json;

use crate::many::alone;
use crate::process::{kubeconfig, start};
use crate::world::{Stage, instant, open, plane, until};

#[tokio::test]
async fn a_restart_after_taking_over_changes_nothing() {
    let _alone = alone().await;
    let plane = plane().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = kubeconfig(plane, folder.path()).await;
    let first = start(&kubeconfig, "info", Stdio::null()).await;
    let stage = Stage::on(plane, "adopted-restart").await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    let legacy = "MF-PRD-LEGACY-1";
    let intent = stage.intent("checkpoints", |d| {
        d["spec"]["existing"] = json!({"provider": stage.name("metro-fiber"), "productId": legacy});
        d["spec"]["endpoints"][1]["vlan"] = json!({"id": 199});
    });
    stage.create(&intent).await;
    stage.reason("checkpoints", "AdoptionUndecided").await;
    let segment = stage.segments().await.pop().unwrap().metadata.name.unwrap();
    let author = "naas-dev-admin";
    let spec = json!({"author": author, "segment": segment, "adopt": {"productId": legacy}});
    let decision = ConnectivityDecision::new("take-it", serde_json::from_value(spec).unwrap());
    let decisions: Api<ConnectivityDecision> = Api::namespaced(stage.client.clone(), &stage.namespace);
    decisions.create(&PostParams::default(), &decision).await.unwrap();
    stage.reason("checkpoints", "Active").await;
    let before = stage.segments().await.pop().unwrap();

    drop(first);
    metro.seller.reset_calls();
    let _second = start(&kubeconfig, "info", Stdio::null()).await;
    // Another intent shows that it works.
    stage
        .create(&stage.intent("checkpoints", |d| {
            d["metadata"]["name"] = json!("probe");
            d["spec"]["mode"] = json!("Plan");
        }))
        .await;
    stage.reason("probe", "PlanComplete").await;
    stage.reason("checkpoints", "Active").await;
    let after = until("its segment is there", || async {
        stage.segments().await.into_iter().find(|found| found.metadata.uid == before.metadata.uid)
    })
    .await;
    assert_eq!((&after.spec, &after.status), (&before.spec, &before.status));
    assert_eq!(after.metadata.resource_version, before.metadata.resource_version, "not one write");
    assert_eq!(metro.orders(), 0);
}
