//! The operator is uninstalled and installed again, and definitions go: what was bought stays, and is found.

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::ResourceExt;
use kube::api::{Api, Patch, PatchParams};
use naas_dev::controlplane::ControlPlane;
use naas_operator::api::ConnectivitySegment;
use serde_json::json;

use crate::cluster::{all_gone, alone, books, give_back, manifest, one_seller, only_segment, operator, sent};
use crate::world::{Operator, Stage, install, instant, kubectl, open, ready, settings, until};

async fn run(plane: &ControlPlane, args: &[&str]) {
    let (ok, text) = kubectl(plane, args).await;
    println!("$ kubectl {}\n{text}", args.join(" "));
    assert!(ok, "kubectl {}: {text}", args.join(" "));
}

#[tokio::test]
async fn an_operator_that_is_uninstalled_and_installed_again_goes_on_with_what_it_had() {
    let plane = alone().await;
    let first = operator(&plane).await;
    let stage = Stage::on(&plane, "again").await;
    let metro = open(instant("metro-fiber", |s| s["access"] = json!({"bearerTokens": ["canary"]}))).await;
    stage.sites().await;
    let name = stage.name("metro");
    let secret: Secret =
        serde_json::from_value(json!({"metadata": {"name": name}, "stringData": {"token": "canary"}}))
            .unwrap();
    stage.secrets().create(&Default::default(), &secret).await.unwrap();
    stage
        .provider("metro-fiber", &metro, |d| {
            d["spec"]["credentials"] = json!({"secretRef": {"name": name}});
            d["spec"]["lso"]["authentication"] = json!({"bearer": {}});
        })
        .await;
    stage.create(&manifest(&stage)).await;
    stage.reason("checkpoints", "Active").await;
    let (leaving, at_leaving) = one_seller(&plane, "again-leaving", |_| {}).await;
    leaving.create(&manifest(&leaving)).await;
    leaving.reason("checkpoints", "Active").await;
    let was = only_segment(&stage).await;

    // What deploy/README.md says about removing it.
    drop(first);
    run(&plane, &["annotate", "namespace", "naas-system", "naas.dev/confirm-delete=true"]).await;
    run(&plane, &["delete", "-k", "deploy"]).await;
    // Nobody is there: an intent that is deleted now waits, and its service goes on.
    leaving.delete("checkpoints").await;
    assert_eq!(only_segment(&stage).await.metadata.uid, was.metadata.uid, "records stay");
    assert_eq!((books(&metro), books(&at_leaving)), ((1, 1), (1, 1)));

    install(&plane).await;
    let _second = operator(&plane).await;
    all_gone(&leaving, &at_leaving).await;
    // The credentials went with the namespace; what runs goes on, and the account says what is missing.
    until("the account says what is missing", || async {
        let providers: Api<naas_operator::api::ConnectivityProvider> = Api::all(stage.client.clone());
        let conditions = providers.get(&stage.name("metro-fiber")).await.unwrap().status?.conditions;
        let found = conditions.iter().find(|found| found.type_ == "Ready")?;
        found.message.contains(&format!("there is no Secret {name}")).then_some(())
    })
    .await;
    let intent = stage.intents().get("checkpoints").await.unwrap();
    assert_eq!(ready(&intent).0, "Active");
    stage.secrets().create(&Default::default(), &secret).await.unwrap();
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!((books(&metro), sent(&metro)), ((2, 1), 2), "bought before, changed after");
    give_back(&stage, &metro).await;
}

const DEFINITION: &str = "connectivitysegments.naas.dev";

#[tokio::test]
async fn a_definition_that_is_deleted_by_mistake_loses_no_service() {
    let plane = alone().await;
    let _operator = operator(&plane).await;
    let (stage, metro) = one_seller(&plane, "no-definition", |_| {}).await;
    stage.create(&manifest(&stage)).await;
    stage.reason("checkpoints", "Active").await;

    let (done, words) = kubectl(&plane, &["delete", "crd", DEFINITION, "--wait=false"]).await;
    assert!(!done && words.contains("naas.dev/confirm-delete=true"), "{words}");
    run(&plane, &["annotate", "crd", DEFINITION, "naas.dev/confirm-delete=true"]).await;
    run(&plane, &["delete", "crd", DEFINITION, "--wait=false"]).await;
    until("the record is to be deleted", || async {
        only_segment(&stage).await.metadata.deletion_timestamp.map(drop)
    })
    .await;
    // The finalizer keeps the record, and with it the definition; the service goes on and can still be changed.
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!(books(&metro), (2, 1));

    // A deletion cannot be taken back: the records go, the definition is applied again, and the seller is asked what is there.
    let segments: Api<ConnectivitySegment> = Api::all(plane.client().unwrap());
    let bare = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    for segment in segments.list(&Default::default()).await.unwrap() {
        segments.patch(&segment.name_any(), &PatchParams::default(), &bare).await.unwrap();
    }
    run(&plane, &["wait", "--for=delete", &format!("crd/{DEFINITION}"), "--timeout=60s"]).await;
    install(&plane).await;
    let found = until("the service is found again", || async {
        let segment = stage.segments().await.pop()?;
        segment.status?.products.pop()
    })
    .await;
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().attachments[0].product_id, found.id);
    assert_eq!((books(&metro), sent(&metro)), ((2, 1), 2));
    give_back(&stage, &metro).await;
}

#[tokio::test]
async fn a_version_that_is_not_served_stops_everything_and_loses_nothing() {
    let plane = alone().await;
    let first = operator(&plane).await;
    let (stage, metro) = one_seller(&plane, "no-version", |_| {}).await;
    stage.create(&manifest(&stage)).await;
    stage.reason("checkpoints", "Active").await;
    let definitions: Api<CustomResourceDefinition> = Api::all(plane.client().unwrap());
    let served = |served: bool| {
        let patch = json!([{"op": "replace", "path": "/spec/versions/0/served", "value": served}]);
        Patch::<()>::Json(serde_json::from_value(patch).unwrap())
    };
    definitions.patch(DEFINITION, &PatchParams::default(), &served(false)).await.unwrap();
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    stage.delete("checkpoints").await;
    // One that starts now waits as well, and does nothing before it knows everything.
    drop(first);
    let config = plane.service_account("naas-system", "naas-operator").await.unwrap();
    let second =
        Operator::launch(move || kube::Client::try_from(config).unwrap(), settings(&["--settled", "2s"]));
    assert_eq!(books(&metro), (1, 1));
    definitions.patch(DEFINITION, &PatchParams::default(), &served(true)).await.unwrap();
    second.ready().await;
    all_gone(&stage, &metro).await;
    assert_eq!(sent(&metro), 2, "bought and ended");
}
