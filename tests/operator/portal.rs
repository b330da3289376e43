//! Somebody changes things in the seller's own portal, behind our back: it is seen on the slow beat and told, and nothing is ordered.

use serde_json::{Value, json};

use crate::world::{RunningSeller, Stage, condition, instant, open, until};

/// An intent in use, and the seller's id of its service.
async fn in_use(prefix: &str) -> (Stage, RunningSeller, String) {
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let intent = stage.reason("checkpoints", "Active").await;
    let id = intent.status.unwrap().attachments[0].product_id.clone();
    (stage, metro, id)
}

fn portal(metro: &RunningSeller, service: &str, change: Value) {
    let change = serde_json::from_value(change).unwrap();
    metro.seller.change_in_portal(service, &change).unwrap().unwrap();
}

/// Waits until the condition has this status, and returns its message.
async fn told(stage: &Stage, kind: &str, status: &str) -> String {
    until(&format!("{kind} is {status}"), || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        let found = intent.status?.conditions.into_iter().find(|condition| condition.type_ == kind)?;
        (found.status == status).then_some(found.message)
    })
    .await
}

#[tokio::test]
async fn a_bandwidth_that_somebody_changed_is_told_as_drift_and_the_service_stays_ready() {
    let (stage, metro, service) = in_use("drift").await;
    told(&stage, "Drifted", "False").await;
    portal(&metro, &service, json!({"bandwidth": "1G"}));
    let message = told(&stage, "Drifted", "True").await;
    assert!(message.contains("committed bandwidth is 1G, and 2G was bought"), "{message}");
    let intent = stage.intents().get("checkpoints").await.unwrap();
    assert_eq!(condition(&intent, "Ready"), "True");
    portal(&metro, &service, json!({"bandwidth": "2G"}));
    told(&stage, "Drifted", "False").await;
    assert_eq!(metro.seller.audit().unwrap().orders.len(), 1, "nothing is ordered");
}

#[tokio::test]
async fn a_service_that_somebody_suspended_is_told_until_it_runs_again() {
    let (stage, metro, service) = in_use("suspended").await;
    portal(&metro, &service, json!({"suspend": {}}));
    stage.reason("checkpoints", "ServiceEndedBySeller").await;
    portal(&metro, &service, json!({"resume": {}}));
    stage.reason("checkpoints", "Active").await;
    assert_eq!(metro.seller.audit().unwrap().orders.len(), 1);
}

#[tokio::test]
async fn a_service_that_the_inventory_lost_is_told_and_not_bought_again() {
    let (stage, metro, service) = in_use("vanished").await;
    portal(&metro, &service, json!({"remove": {}}));
    stage.reason("checkpoints", "ServiceVanished").await;
    assert_eq!(metro.seller.audit().unwrap().orders.len(), 1);
}

#[tokio::test]
async fn a_service_that_somebody_ended_is_told_and_its_intent_can_go() {
    let (stage, metro, service) = in_use("ended").await;
    portal(&metro, &service, json!({"terminate": {}}));
    stage.reason("checkpoints", "ServiceEndedBySeller").await;
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the record is gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!(metro.seller.audit().unwrap().orders.len(), 1, "what is gone is not ended again");
}
