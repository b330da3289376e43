//! An intent that no seller carries alone: two legs, bought together, and ended together.

use serde_json::json;

use crate::world::{RunningSeller, Stage, instant, open, until};

/// Metro Fiber reaches Ashburn and New York, Long Haul New York and Chicago; in New York they are patched.
async fn apart(prefix: &str) -> (Stage, RunningSeller, RunningSeller) {
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    let haul = open(instant("long-haul", |_| {})).await;
    stage.sites().await;
    stage.change_site("ashburn-gpu", &["haul-1"], None).await;
    stage.change_site("chicago-store", &["metro-1"], None).await;
    stage.patch_ports("mmr", "newyork-edge", ["metro-1", "haul-1"]).await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    stage.provider("long-haul", &haul, |_| {}).await;
    (stage, metro, haul)
}

/// What the books of a seller say: orders, live services, and nothing twice or forgotten.
pub fn books(seller: &RunningSeller) -> (usize, usize) {
    let audit = seller.seller.audit().unwrap();
    assert!(audit.twins.is_empty() && audit.orphans.is_empty(), "{audit:#?}");
    (audit.orders.len(), audit.services.iter().filter(|service| service.live).count())
}

#[tokio::test]
async fn two_sellers_carry_it_together_and_both_legs_are_ended() {
    let (stage, metro, haul) = apart("chain").await;
    let intent = stage.intent("checkpoints", |document| {
        document["spec"]["objectives"] = json!({"availability": {"minPercent": "99.0"}});
        document["spec"]["budget"]["monthly"] = json!("5000.00");
    });
    stage.create(&intent).await;
    let intent = stage.reason("checkpoints", "Active").await;
    let status = intent.status.as_ref().unwrap();
    let plan = status.plan.as_ref().unwrap();
    let providers: Vec<_> = plan.legs.iter().map(|leg| leg.provider.clone()).collect();
    assert_eq!(providers, [stage.name("metro-fiber"), stage.name("long-haul")], "{plan:#?}");
    assert_eq!(plan.joints, [stage.name("mmr")]);
    // One VLAN goes through: the user asked for it at one end, and nothing on the way translates it.
    let ends: Vec<_> = status.attachments.iter().map(|end| (end.endpoint.as_str(), end.vlan)).collect();
    assert_eq!(ends, [("gpus", Some(210)), ("store", Some(210))]);
    let segments = stage.segments().await;
    assert_eq!(segments.len(), 2);
    for segment in &segments {
        let choice = segment.spec.choice.as_ref().expect("each leg knows its path");
        assert_eq!(choice.segments().count(), 2);
        assert!(segment.spec.ends.iter().all(|end| end.vlan == Some(210)));
    }
    let money = |seller: &RunningSeller| seller.seller.audit().unwrap().money["USD"].monthly;
    assert_eq!(plan.monthly, format!("{:.2} USD", money(&metro) + money(&haul)));
    assert_eq!((books(&metro), books(&haul)), ((1, 1), (1, 1)));

    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().in_force.unwrap().committed, "4G");
    assert_eq!((books(&metro), books(&haul)), ((2, 1), (2, 1)));

    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the segments are gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!((books(&metro), books(&haul)), ((3, 0), (3, 0)));
}

#[tokio::test]
async fn nothing_is_ordered_while_one_of_two_legs_is_not_offered() {
    let stage = Stage::new("chain-half").await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    let haul = open(instant("long-haul", |scenario| {
        // Long Haul works on its quotes for longer than anybody waits here.
        scenario["quote"]["startAfter"] = json!("2h");
        scenario["clock"] = json!({"speed": 1});
    }))
    .await;
    stage.sites().await;
    stage.change_site("ashburn-gpu", &["haul-1"], None).await;
    stage.change_site("chicago-store", &["metro-1"], None).await;
    let own = json!({"availability": "99.99", "translatesVlans": false});
    stage.change_site("newyork-edge", &[], Some(own)).await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    stage.provider("long-haul", &haul, |_| {}).await;
    let intent = stage.intent("checkpoints", |document| {
        document["spec"]["objectives"] = json!({"availability": {"minPercent": "99.0"}});
    });
    stage.create(&intent).await;
    until("metro fiber has offered its leg", || async {
        let offered = stage.segments().await.into_iter().any(|segment| {
            segment.spec.provider.name == stage.name("metro-fiber")
                && segment.status.is_some_and(|status| status.offer.is_some())
        });
        offered.then_some(())
    })
    .await;
    until("the intent says for whom it waits", || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        let waits = intent.status?.waiting_for?;
        (waits.name == Some(stage.name("long-haul"))).then_some(())
    })
    .await;
    assert_eq!((books(&metro), books(&haul)), ((0, 0), (0, 0)));
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
}
