//! One intent from first breath to last.

use serde_json::json;

use crate::world::{Stage, condition, instant, open};

#[tokio::test]
async fn the_cheaper_feasible_seller_is_bought_once_changed_and_disconnected() {
    let stage = Stage::new("lifecycle").await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    let haul = open(instant("long-haul", |_| {})).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    stage.provider("long-haul", &haul, |_| {}).await;

    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let intent = stage.reason("checkpoints", "Active").await;
    let status = intent.status.as_ref().unwrap();
    let plan = status.plan.as_ref().unwrap();
    assert_eq!(plan.legs[0].provider, stage.name("metro-fiber"));
    assert_eq!(plan.monthly, "1125.00 USD");
    assert_eq!(status.attachments[0].vlan, Some(210));
    assert_eq!((condition(&intent, "Ready"), condition(&intent, "Reconciling"), condition(&intent, "Stalled")), ("True", "False", "False"));

    let audit = metro.seller.audit().unwrap();
    assert_eq!(audit.orders.len(), 1, "{audit:#?}");
    assert_eq!(audit.money["USD"].monthly.to_string(), "1125.00");
    assert!(haul.seller.audit().unwrap().orders.is_empty());

    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.as_ref().unwrap().in_force.as_ref().unwrap().committed, "4G");
    let audit = metro.seller.audit().unwrap();
    assert_eq!(audit.money["USD"].monthly.to_string(), "2025.00");
    assert_eq!(audit.services.iter().filter(|service| service.live).count(), 1);

    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    crate::world::until("the segments are gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    let audit = metro.seller.audit().unwrap();
    assert_eq!(audit.services.iter().filter(|service| service.live).count(), 0);
    assert_eq!(audit.orders.len(), 3);
    assert!(audit.twins.is_empty() && audit.orphans.is_empty());
}
