//! An intent that moves: the new service is there before the old one goes.

use jiff::{SignedDuration, Timestamp};
use kube::api::PostParams;
use serde_json::json;

use crate::decisions::approver;
use crate::world::{RunningSeller, Stage, condition, instant, open, until};

/// When the orders of a seller were taken, the first first; nothing twice or forgotten.
fn taken(seller: &RunningSeller) -> Vec<Timestamp> {
    let audit = seller.seller.audit().unwrap();
    assert!(audit.twins.is_empty() && audit.orphans.is_empty(), "{audit:#?}");
    let mut taken: Vec<Timestamp> =
        audit.orders.iter().map(|order| order.order_date.parse().unwrap()).collect();
    taken.sort();
    taken
}

#[tokio::test]
async fn an_intent_that_moves_is_never_without_a_service() {
    let stage = Stage::new("moves").await;
    let lead = 4;
    let metro = open(instant("metro-fiber", |_| {})).await;
    let haul = open(instant("long-haul", |scenario| {
        scenario["order"]["leadTimes"]["add"] = json!(format!("{lead}s"));
    }))
    .await;
    stage.sites().await;
    // Metro Fiber alone reaches Chicago, Long Haul alone New York.
    stage.change_site("chicago-store", &["haul-1"], None).await;
    stage.change_site("newyork-edge", &["metro-1"], None).await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    stage.provider("long-haul", &haul, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let intent = stage.reason("checkpoints", "Active").await;
    let before = intent.status.unwrap().in_force.unwrap();

    stage
        .edit(
            "checkpoints",
            json!({
                "endpoints": [
                    {"name": "gpus", "site": {"name": stage.name("ashburn-gpu")}},
                    {"name": "store", "site": {"name": stage.name("newyork-edge")}, "vlan": {"id": 210}},
                ],
                "budget": {"termination": "20000.00"},
            }),
        )
        .await;
    let intent = stage.reason("checkpoints", "ApprovalRequired").await;
    let status = intent.status.as_ref().unwrap();
    let plan = status.plan.clone().unwrap();
    assert_eq!(plan.legs[0].provider, stage.name("long-haul"), "the plan is the new one");
    assert_eq!(status.in_force.as_ref(), Some(&before), "and the old one runs");
    assert!(haul.seller.audit().unwrap().orders.is_empty());

    let decisions = approver(&stage).await;
    let author = format!("approver-{}", stage.namespace);
    let decision = serde_json::from_value(json!({
        "apiVersion": "naas.dev/v1alpha1",
        "kind": "ConnectivityDecision",
        "metadata": {"name": "move"},
        "spec": {
            "author": author,
            "because": "the store moves",
            "approvePlan": {"intent": {"name": "checkpoints"}, "digest": plan.digest},
        },
    }))
    .unwrap();
    decisions.create(&PostParams::default(), &decision).await.unwrap();
    let intent = stage.reason("checkpoints", "Replacing").await;
    assert_eq!(condition(&intent, "HandedOver"), "True", "what to plug into is still what runs");
    assert_eq!(intent.status.as_ref().unwrap().in_force.as_ref(), Some(&before));
    assert_eq!(metro.live(), 1);

    let intent = stage.reason("checkpoints", "Active").await;
    let status = intent.status.unwrap();
    assert_eq!(status.attachments[1].port, format!("{}/haul-1", stage.name("newyork-edge")));
    assert_ne!(status.in_force, Some(before));
    until("the old service is gone", || async { (metro.live() == 0).then_some(()) }).await;
    until("its record is gone", || async { (stage.segments().await.len() == 1).then_some(()) }).await;
    let (old, new) = (taken(&metro), taken(&haul));
    assert_eq!((old.len(), new.len()), (2, 1));
    // Dates of orders are whole seconds.
    let in_use = new[0] + SignedDuration::from_secs(lead - 1);
    assert!(old[1] >= in_use, "ended at {}, and the new one was in use at {in_use} or later", old[1]);
    assert_eq!(haul.live(), 1);

    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("nothing is left", || async { stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!((metro.live(), haul.live()), (0, 0));
}
