//! An intent that one failure must not interrupt: two paths, bought together, and ended together.

use serde_json::json;

use crate::chains::books;
use crate::world::{Stage, condition, instant, open, until};

#[tokio::test]
async fn two_sellers_carry_a_path_each_and_both_are_ended() {
    let stage = Stage::new("diverse").await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    let haul = open(instant("long-haul", |_| {})).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    stage.provider("long-haul", &haul, |_| {}).await;
    let intent = stage.intent("checkpoints", |document| {
        document["spec"]["objectives"] = json!({"availability": {"minPercent": "99.0"}});
        document["spec"]["resilience"] = json!({"mode": "DiverseProvider"});
        document["spec"]["budget"]["monthly"] = json!("9000.00");
        document["spec"]["budget"]["oneTime"] = json!("9000.00");
    });
    stage.create(&intent).await;
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(condition(&intent, "Diverse"), "True");
    let status = intent.status.as_ref().unwrap();
    let plan = status.plan.as_ref().unwrap();
    let mut legs: Vec<_> = plan.legs.iter().map(|leg| leg.provider.clone()).collect();
    legs.sort();
    assert_eq!(legs, [stage.name("long-haul"), stage.name("metro-fiber")], "{plan:#?}");
    assert_eq!(plan.legs.iter().map(|leg| leg.path).collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert_eq!(status.attachments.len(), 4, "both ends of both paths");
    let money = |seller: &crate::world::RunningSeller| seller.seller.audit().unwrap().money["USD"].monthly;
    assert_eq!(plan.monthly, format!("{:.2} USD", money(&metro) + money(&haul)));
    assert_eq!((books(&metro), books(&haul)), ((1, 1), (1, 1)));

    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the segments are gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!((books(&metro), books(&haul)), ((2, 0), (2, 0)));
}
