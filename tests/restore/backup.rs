//! etcd is put back to an hour ago: what was bought, changed or ended since is found at the seller, and nothing is ordered again.

use naas_operator::api::OrderRecordState;
use naas_operator::app;
use serde_json::json;

use crate::cluster::{
    all_gone, alone, books, give_back, manifest, one_seller, operator, order_is, sent, told,
};
use crate::world::{ready, until};

#[tokio::test]
async fn etcd_is_put_back_to_an_hour_ago() {
    let mut plane = alone().await;
    let first = operator(&plane).await;
    // An order that leaves at the moment of the backup, one under way, one not made yet, one not even wished for.
    let (leaving, at_leaving) = one_seller(&plane, "leaving", |s| {
        s["faults"] = json!([{"name": "slow", "on": "order.create", "when": {"next": 1}, "does": {"slow": {"by": "1500ms"}}}]);
    })
    .await;
    let (ordered, at_ordered) =
        one_seller(&plane, "ordered", |s| s["order"]["leadTimes"]["add"] = json!("5s")).await;
    let (offered, at_offered) = one_seller(&plane, "offered", |_| {}).await;
    let (later, at_later) = one_seller(&plane, "later", |_| {}).await;
    // In use, and about to be changed, to be ended, and to be left as it is.
    let (changed, at_changed) = one_seller(&plane, "changed", |_| {}).await;
    let (ended, at_ended) = one_seller(&plane, "ended", |_| {}).await;
    let (ending, at_ending) =
        one_seller(&plane, "ending", |s| s["order"]["leadTimes"]["delete"] = json!("1h")).await;
    let (kept, at_kept) = one_seller(&plane, "kept", |_| {}).await;
    for stage in [&changed, &ended, &ending, &kept] {
        stage.create(&manifest(stage)).await;
        stage.reason("checkpoints", "Active").await;
    }
    offered.create(&offered.intent("checkpoints", |d| d["spec"]["suspend"] = json!(true))).await;
    offered.reason("checkpoints", "Suspended").await;
    ordered.create(&manifest(&ordered)).await;
    ordered.reason("checkpoints", "OrderInProgress").await;
    leaving.create(&manifest(&leaving)).await;
    order_is(&leaving, OrderRecordState::Intending).await;

    let backup = plane.snapshot().unwrap();
    assert_eq!(books(&at_leaving), (0, 0), "the order has not arrived yet");
    offered.edit("checkpoints", json!({"suspend": false})).await;
    later.create(&manifest(&later)).await;
    changed.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    ended.delete("checkpoints").await;
    ending.delete("checkpoints").await;
    ending.gone("checkpoints").await;
    all_gone(&ended, &at_ended).await;
    for stage in [&leaving, &ordered, &offered, &later, &changed] {
        stage.reason("checkpoints", "Active").await;
    }
    drop(first);
    plane.restore(&backup).await.unwrap();
    let _second = operator(&plane).await;

    for (stage, seller) in [(&leaving, &at_leaving), (&ordered, &at_ordered), (&kept, &at_kept)] {
        stage.reason("checkpoints", "Active").await;
        assert_eq!((books(seller), sent(seller)), ((1, 1), 1), "{}", stage.prefix);
    }
    // What was wished since is forgotten, until Git says it again; what was bought for it is found then.
    let words = told(&changed, "Drifted", "True").await;
    assert!(words.contains("committed bandwidth is 4G, and 2G was bought"), "{words}");
    changed.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    let intent = changed.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().in_force.unwrap().committed, "4G");
    told(&changed, "Drifted", "False").await;
    assert_eq!((books(&at_changed), sent(&at_changed)), ((2, 1), 2));

    offered.edit("checkpoints", json!({"suspend": false})).await;
    offered.reason("checkpoints", "Active").await;
    assert_eq!((books(&at_offered), sent(&at_offered)), ((1, 1), 1));

    assert!(later.intents().get_opt("checkpoints").await.unwrap().is_none(), "it is forgotten");
    later.create(&manifest(&later)).await;
    let intent = later.reason("checkpoints", "ServiceExists").await;
    let id = at_later.seller.audit().unwrap().orders[0].id.clone();
    assert!(ready(&intent).1.contains(&id), "{}", ready(&intent).1);
    assert_eq!((at_later.orders(), at_later.live(), sent(&at_later)), (1, 1, 1));

    // What was ended since is told, and nothing is bought for it.
    ended.reason("checkpoints", "ServiceEndedBySeller").await;
    give_back(&ended, &at_ended).await;
    assert_eq!(at_ended.orders(), 2, "what is gone is not ended again");
    ending.delete("checkpoints").await;
    ending.gone("checkpoints").await;
    assert_eq!((at_ending.orders(), sent(&at_ending)), (2, 2), "the order to end it is found");
    for (stage, seller) in [
        (&leaving, &at_leaving),
        (&ordered, &at_ordered),
        (&offered, &at_offered),
        (&changed, &at_changed),
        (&kept, &at_kept),
    ] {
        give_back(stage, seller).await;
    }
}

#[tokio::test]
async fn an_operator_that_runs_while_etcd_is_put_back_starts_anew_and_orders_nothing_twice() {
    let mut plane = alone().await;
    let first = operator(&plane).await;
    let (stage, metro) = one_seller(&plane, "running", |_| {}).await;
    stage.create(&manifest(&stage)).await;
    stage.reason("checkpoints", "Active").await;
    let backup = plane.snapshot().unwrap();
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    until("it is changed", || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        (ready(&intent).0 == "Active" && intent.status?.in_force?.committed == "4G").then_some(())
    })
    .await;
    plane.restore(&backup).await.unwrap();
    // Git says it again before anybody noticed.
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    let end = first.ended().await;
    assert!(matches!(end, Err(app::Error::Forgotten)), "{end:?}");

    let _second = operator(&plane).await;
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().in_force.unwrap().committed, "4G");
    assert_eq!((books(&metro), sent(&metro)), ((2, 1), 2), "bought and changed once");
    give_back(&stage, &metro).await;
}
