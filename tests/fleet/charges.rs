//! The operator is killed while its answer to a charge is on the way back.

use std::process::Stdio;

use naas_operator::api::OrderOperation;
use serde_json::json;

use crate::many::alone;
use crate::process::{kubeconfig, start};
use crate::world::{Stage, instant, open, plane, until};

#[tokio::test]
async fn killed_with_the_answer_to_a_charge_lost_it_answers_once() {
    let _alone = alone().await;
    let plane = plane().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = kubeconfig(plane, folder.path()).await;
    let mut operator = start(&kubeconfig, "warn", Stdio::null()).await;
    let stage = Stage::on(plane, "charged").await;
    let mut metro = open(instant("metro-fiber", |scenario| {
        let charge = json!({"category": "construction", "amount": "99.50", "blocking": true});
        scenario["rehearsals"] =
            json!([{"name": "trench", "on": "Order", "matching": {"action": "add"}, "effect": {"charge": charge}}]);
        // The seller takes the answer, and whoever gave it is dead before it could say so.
        let mute = json!({"answerLost": {"hold": "30s"}});
        scenario["faults"] = json!([{"name": "first", "on": "charge.answer", "when": {"next": 1}, "does": mute}]);
    }))
    .await;
    metro.misbehaves = true;
    stage.sites().await;
    let slow = |d: &mut serde_json::Value| {
        d["spec"]["lso"]["requestTimeout"] = json!("10s");
        d["spec"]["lso"]["delayBound"] = json!("100ms");
    };
    stage.provider("metro-fiber", &metro, slow).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let charges = || {
        let bill = metro.seller.audit().unwrap().bill;
        bill.iter().filter(|due| due.reason.starts_with("Charge")).count()
    };
    until("the seller took the answer", || async { (charges() == 1).then_some(()) }).await;
    operator.process.kill().await.unwrap();
    let segment = stage.segments().await.into_iter().find(|segment| segment.status.is_some()).unwrap();
    let orders = segment.status.unwrap().orders;
    let answer = orders.iter().find(|record| record.operation == OrderOperation::AnswerCharge).unwrap();
    assert_eq!(answer.outcome, None, "nobody has heard of it");

    let _again = start(&kubeconfig, "warn", Stdio::null()).await;
    stage.reason("checkpoints", "CheckingOrder").await;
    stage.reason("checkpoints", "Active").await;
    let audit = metro.seller.audit().unwrap();
    assert!(audit.unanswered_charges.is_empty() && audit.overpaid.is_empty());
    assert_eq!((audit.orders.len(), metro.live(), charges()), (1, 1, 1));
    // The first answer was cut off, and there was no other.
    let calls = metro.seller.calls();
    let heard = calls.iter().filter(|call| call.method == "PATCH" && call.status != 0).count();
    assert_eq!(heard, 0, "a second answer: {calls:?}");
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
}
