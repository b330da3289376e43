//! A safety catch that a new process must heed as the last one did.

use kube::api::{Api, PostParams};
use naas_operator::api::{ConnectivityDecision, ConnectivityProvider};
use naas_operator::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::many::{alone, small};
use crate::world::{Operator, Stage, instant, open, plane, ready, settings, until};

#[tokio::test]
async fn a_restarted_operator_counts_what_was_ordered_before_and_stays_caught() {
    let _alone = alone().await;
    let plane = plane().await;
    // Nothing that is ended is gone during this test, so every record stays.
    let slow = |scenario: &mut Value| scenario["order"]["leadTimes"]["delete"] = json!("1h");
    let metro = open(instant("metro-fiber", slow)).await;
    let operator = Operator::start(plane, settings(&["--stalled", "10m"])).await;
    let stage = Stage::on(plane, "caught").await;
    stage.sites().await;
    let catch = |d: &mut Value| d["spec"]["safetyCatch"] = json!({"orders": 100, "disconnects": 3});
    stage.provider("metro-fiber", &metro, catch).await;
    for number in 0..5 {
        stage.create(&small(&stage, number)).await;
    }
    for number in 0..5 {
        stage.reason(&format!("fleet-{number}"), "Active").await;
    }
    for number in 0..2 {
        stage.delete(&format!("fleet-{number}")).await;
        stage.gone(&format!("fleet-{number}")).await;
    }
    assert_eq!(metro.orders(), 7);

    drop(operator);
    let operator = Operator::start(plane, settings(&["--stalled", "10m"])).await;
    for number in 2..5 {
        stage.delete(&format!("fleet-{number}")).await;
    }
    until("two are caught", || async {
        let intents = stage.intents().list(&Default::default()).await.unwrap().items;
        (intents.len() == 2 && intents.iter().all(|intent| ready(intent).0 == "SafetyCatch")).then_some(())
    })
    .await;
    assert_eq!(metro.orders(), 8);

    drop(operator);
    let _operator = Operator::start(plane, settings(&["--stalled", "10m"])).await;
    stage.create(&small(&stage, 9)).await;
    stage.reason("fleet-9", "SafetyCatch").await;
    assert_eq!(metro.orders(), 8);

    let providers: Api<ConnectivityProvider> = Api::all(stage.client.clone());
    let name = stage.name("metro-fiber");
    let catch = providers.get(&name).await.unwrap().status.unwrap().safety_catch.unwrap();
    let since = catch.tripped[0].since.0;
    until("a second passed", || async { (SystemClock.now().as_second() > since.as_second()).then_some(()) })
        .await;
    let spec = json!({"author": "ada", "provider": name, "releaseCatch": {}});
    let decision = ConnectivityDecision::new(&name, serde_json::from_value(spec).unwrap());
    let decisions: Api<ConnectivityDecision> = Api::namespaced(stage.client.clone(), "naas-system");
    decisions.create(&PostParams::default(), &decision).await.unwrap();
    stage.reason("fleet-9", "Active").await;
    until("the others are ended", || async { (metro.orders() == 11).then_some(()) }).await;
}
