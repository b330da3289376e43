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
    assert!(plan.notes[0].contains("the cheapest over 1 month of 2 offers"), "{:?}", plan.notes);
    assert_eq!(status.attachments[0].vlan, Some(210));
    assert_eq!(
        (condition(&intent, "Ready"), condition(&intent, "Reconciling"), condition(&intent, "Stalled")),
        ("True", "False", "False")
    );

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
    crate::world::until("the segments are gone", || async {
        stage.segments().await.is_empty().then_some(())
    })
    .await;
    let audit = metro.seller.audit().unwrap();
    assert_eq!(audit.services.iter().filter(|service| service.live).count(), 0);
    assert_eq!(audit.orders.len(), 3);
    assert!(audit.twins.is_empty() && audit.orphans.is_empty());
}

async fn with_metro(prefix: &str) -> (Stage, crate::world::RunningSeller) {
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    (stage, metro)
}

fn live(seller: &crate::world::RunningSeller) -> usize {
    seller.seller.audit().unwrap().services.iter().filter(|service| service.live).count()
}

#[tokio::test]
async fn mode_plan_shows_path_and_price_and_buys_nothing() {
    let (stage, metro) = with_metro("plan").await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["mode"] = json!("Plan"))).await;
    let intent = stage.reason("checkpoints", "PlanComplete").await;
    assert_eq!(condition(&intent, "Ready"), "True");
    assert_eq!(intent.status.as_ref().unwrap().plan.as_ref().unwrap().monthly, "1125.00 USD");
    assert!(metro.seller.audit().unwrap().orders.is_empty());
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
}

#[tokio::test]
async fn a_suspended_intent_is_priced_and_starts_no_order() {
    let (stage, metro) = with_metro("suspend").await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["suspend"] = json!(true))).await;
    stage.reason("checkpoints", "Suspended").await;
    assert!(metro.seller.audit().unwrap().orders.is_empty());
    stage.edit("checkpoints", json!({"suspend": false})).await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!(live(&metro), 1);
    // A suspended intent can be deleted, and its service is disconnected.
    stage.edit("checkpoints", json!({"suspend": true})).await;
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    crate::world::until("the service is gone", || async { (live(&metro) == 0).then_some(()) }).await;
}

#[tokio::test]
async fn retain_leaves_the_service_and_its_record() {
    let (stage, metro) = with_metro("retain").await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["deletionPolicy"] = json!("Retain"))).await;
    stage.reason("checkpoints", "Active").await;
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    crate::world::until("the segment is Released", || async {
        let segment = stage.segments().await.pop()?;
        (segment.status?.state? == naas_operator::api::SegmentState::Released).then_some(())
    })
    .await;
    assert_eq!(live(&metro), 1);
}

#[tokio::test]
async fn a_refused_change_leaves_what_runs_and_can_be_taken_back() {
    let stage = Stage::new("refused").await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    stage
        .provider("metro-fiber", &metro, |d| d["spec"]["lso"]["modify"]["decrease"] = json!("Refused"))
        .await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "1G"}})).await;
    let intent = stage.reason("checkpoints", "ChangeRefused").await;
    assert_eq!(condition(&intent, "Stalled"), "True");
    assert_eq!(intent.status.as_ref().unwrap().in_force.as_ref().unwrap().committed, "2G");
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "2G"}})).await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!(metro.seller.audit().unwrap().orders.len(), 1);
}

#[tokio::test]
async fn a_provider_in_use_does_not_vanish() {
    let (stage, metro) = with_metro("in-use").await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    let providers: kube::Api<naas_operator::api::ConnectivityProvider> = kube::Api::all(stage.client.clone());
    let name = stage.name("metro-fiber");
    providers.delete(&name, &Default::default()).await.unwrap();
    crate::world::until("it says that it is in use", || async {
        let conditions = providers.get(&name).await.unwrap().status?.conditions;
        conditions.iter().any(|found| found.reason == "InUse").then_some(())
    })
    .await;
    // Disconnecting needs the provider, and it is still there.
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    crate::world::until("the provider goes", || async {
        providers.get_opt(&name).await.unwrap().is_none().then_some(())
    })
    .await;
    assert_eq!(live(&metro), 0);
}

#[tokio::test]
async fn a_site_in_use_does_not_vanish() {
    let (stage, metro) = with_metro("site-in-use").await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    let sites: kube::Api<naas_operator::api::Site> = kube::Api::all(stage.client.clone());
    let name = stage.name("chicago-store");
    sites.delete(&name, &Default::default()).await.unwrap();
    crate::world::until("it says that it is in use", || async {
        let conditions = sites.get(&name).await.unwrap().status?.conditions;
        conditions.iter().any(|found| found.reason == "InUse").then_some(())
    })
    .await;
    assert_eq!(live(&metro), 1);
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    crate::world::until("the site goes", || async {
        sites.get_opt(&name).await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn suspend_reaches_the_segment_and_stops_a_change() {
    let (stage, metro) = with_metro("suspend-reaches").await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    stage.edit("checkpoints", json!({"suspend": true, "bandwidth": {"committed": "4G"}})).await;
    stage.reason("checkpoints", "Suspended").await;
    assert!(stage.segments().await.iter().all(|segment| segment.spec.suspend));
    assert_eq!(metro.orders(), 1);
    stage.edit("checkpoints", json!({"suspend": false})).await;
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().in_force.unwrap().committed, "4G");
    assert_eq!(metro.orders(), 2);
}
