//! No secret ever shows in a log, an event, a status or a metric.

use std::process::Stdio;

use serde_json::json;

use crate::many::alone;
use crate::process::{Running, kubeconfig, start_with};
use crate::world::{Stage, instant, kubectl, open, plane, until};

const CANARIES: [&str; 4] = ["canary-right-secret", "canary-wrong-secret", "canary-client-id", TOKEN];
const TOKEN: &str = "canary-callback-token-0123456789";

#[tokio::test]
async fn planted_secrets_show_nowhere() {
    let _alone = alone().await;
    let plane = plane().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = kubeconfig(plane, folder.path()).await;
    let log = folder.path().join("operator.log");
    let logs = std::fs::File::create(&log).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (notify_listen, notify_url) = (format!("127.0.0.1:{port}"), format!("http://127.0.0.1:{port}"));
    let notify = ["--notify-listen", &notify_listen, "--notify-url", &notify_url];
    let operator: Running = start_with(&kubeconfig, "trace", Stdio::from(logs), &notify).await;

    let stage = Stage::on(plane, "canaries").await;
    let client = json!([{"id": "canary-client-id", "secrets": ["canary-right-secret"]}]);
    let access = json!({"oauth2": {"clients": client, "tokenLifetime": "1h"}});
    let metro = open(instant("metro-fiber", |scenario| scenario["access"] = access)).await;
    let telling = tokio::spawn(metro.seller.clone().deliver());
    stage.sites().await;
    let name = stage.name("metro");
    let secret = |word: &str| {
        let data = json!({"clientId": "canary-client-id", "clientSecret": word, "callbackToken": TOKEN});
        serde_json::from_value(json!({"metadata": {"name": name}, "stringData": data})).unwrap()
    };
    stage.secrets().create(&Default::default(), &secret("canary-wrong-secret")).await.unwrap();
    stage
        .provider("metro-fiber", &metro, |document| {
            document["spec"]["credentials"] = json!({"secretRef": {"name": name}});
            document["spec"]["lso"]["authentication"] =
                json!({"oauth2": {"tokenUrl": format!("{}/oauth2/token", metro.address)}});
            document["spec"]["lso"]["notifications"] = json!({"apis": ["Order", "Quote", "Qualification"]});
        })
        .await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "CredentialsRefused").await;
    let right = kube::api::Patch::Merge(json!({"stringData": {"clientSecret": "canary-right-secret"}}));
    stage.secrets().patch(&name, &Default::default(), &right).await.unwrap();
    stage.reason("checkpoints", "Active").await;

    let metrics = until("the seller told something, and a stranger too", || async {
        let stranger =
            format!("{notify_url}/{name}-fiber/{TOKEN}x/mefApi/cantata/quoteNotification/v2/listener/x");
        let refused = reqwest::Client::new().post(stranger).send().await.unwrap().status();
        assert_eq!(refused, 401);
        let metrics =
            reqwest::get(format!("http://{}/metrics", operator.listen)).await.unwrap().text().await.unwrap();
        let told =
            metrics.lines().any(|line| line.starts_with("naas_notifications_total") && line.contains(&name));
        told.then_some(metrics)
    })
    .await;
    telling.abort();
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
