//! No secret ever shows in a log, an event, a status or a metric.

use std::process::Stdio;

use serde_json::json;

use crate::kills::{Running, kubeconfig, start};
use crate::many::alone;
use crate::world::{Stage, instant, kubectl, open, plane};

const CANARIES: [&str; 3] = ["canary-right-secret", "canary-wrong-secret", "canary-client-id"];

#[tokio::test]
async fn planted_secrets_show_nowhere() {
    let _alone = alone().await;
    let plane = plane().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = kubeconfig(plane, folder.path()).await;
    let log = folder.path().join("operator.log");
    let logs = std::fs::File::create(&log).unwrap();
    let operator: Running = start(&kubeconfig, "trace", Stdio::from(logs)).await;

    let stage = Stage::on(plane, "canaries").await;
    let client = json!([{"id": "canary-client-id", "secrets": ["canary-right-secret"]}]);
    let access = json!({"oauth2": {"clients": client, "tokenLifetime": "1h"}});
    let metro = open(instant("metro-fiber", |scenario| scenario["access"] = access)).await;
    stage.sites().await;
    let name = stage.name("metro");
    let secret = |word: &str| {
        let data = json!({"clientId": "canary-client-id", "clientSecret": word});
        serde_json::from_value(json!({"metadata": {"name": name}, "stringData": data})).unwrap()
    };
    stage.secrets().create(&Default::default(), &secret("canary-wrong-secret")).await.unwrap();
    stage
        .provider("metro-fiber", &metro, |document| {
            document["spec"]["credentials"] = json!({"secretRef": {"name": name}});
            document["spec"]["lso"]["authentication"] =
                json!({"oauth2": {"tokenUrl": format!("{}/oauth2/token", metro.address)}});
        })
        .await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "CredentialsRefused").await;
    let right = kube::api::Patch::Merge(json!({"stringData": {"clientSecret": "canary-right-secret"}}));
    stage.secrets().patch(&name, &Default::default(), &right).await.unwrap();
    stage.reason("checkpoints", "Active").await;

    let metrics =
        reqwest::get(format!("http://{}/metrics", operator.listen)).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("naas_seller_calls"), "{metrics}");
    let kinds = "connectivityintents,connectivitysegments,connectivityproviders,sites,events.events.k8s.io";
    let (_, objects) = kubectl(plane, &["get", kinds, "-A", "-o", "yaml"]).await;
    let logs = std::fs::read_to_string(&log).unwrap();
    assert!(
        logs.contains("placing an order") && objects.contains("checkpoints"),
        "there is something to look through"
    );
    for canary in CANARIES {
        for (place, text) in [("metrics", &metrics), ("objects", &objects), ("logs", &logs)] {
            assert!(!text.contains(canary), "{canary} shows in {place}");
        }
    }
}
