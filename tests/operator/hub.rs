//! A hub and three spokes: all bought at once, each with a VLAN of its own at the hub, and one taken out again.

use std::collections::BTreeSet;

use naas_operator::api::{ConnectivityIntent, ConnectivitySegment};
use serde_json::{Value, json};

use crate::world::{RunningSeller, Stage, condition, instant, open, until};

fn endpoints(stage: &Stage, spokes: &[(&str, &str)]) -> Value {
    let spoke = |(name, site): &(&str, &str)| json!({"name": name, "role": "Spoke", "site": {"name": stage.name(site)}});
    let hub = json!({"name": "model", "role": "Hub", "site": {"name": stage.name("ashburn-gpu")}});
    std::iter::once(hub).chain(spokes.iter().map(spoke)).collect()
}

/// What the books of the sellers say: live services, and nothing twice or forgotten.
fn live(sellers: &[&RunningSeller]) -> usize {
    let audits = sellers.iter().map(|seller| seller.seller.audit().unwrap());
    audits
        .map(|audit| {
            assert!(audit.twins.is_empty() && audit.orphans.is_empty(), "{audit:#?}");
            audit.services.iter().filter(|service| service.live).count()
        })
        .sum()
}

fn spokes(intent: &ConnectivityIntent) -> Vec<(&str, bool)> {
    let told = intent.status.iter().flat_map(|status| &status.spokes);
    told.map(|spoke| (spoke.name.as_str(), spoke.ready)).collect()
}

fn of<'a>(segments: &'a [ConnectivitySegment], spoke: &str) -> &'a ConnectivitySegment {
    segments
        .iter()
        .find(|segment| segment.spec.spoke.as_deref() == Some(spoke))
        .expect("a segment of the spoke")
}

#[tokio::test]
async fn a_hub_and_three_spokes_are_bought_and_one_is_taken_out() {
    let stage = Stage::new("hub").await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    let haul = open(instant("long-haul", |_| {})).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    stage.provider("long-haul", &haul, |_| {}).await;
    let three = [("chicago", "chicago-store"), ("copies", "chicago-store"), ("newyork", "newyork-edge")];
    let intent = stage.intent("checkpoints", |document| {
        document["spec"]["endpoints"] = endpoints(&stage, &three);
        document["spec"]["bandwidth"] = json!({"committed": "1G"});
        document["spec"]["budget"] =
            json!({"currency": "USD", "monthly": "9000.00", "oneTime": "6000.00", "termination": "0.00"});
    });
    stage.create(&intent).await;
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(spokes(&intent), [("chicago", true), ("copies", true), ("newyork", true)]);
    let status = intent.status.as_ref().unwrap();
    let at_hub = status.attachments.iter().filter(|end| end.endpoint == "model");
    let vlans: BTreeSet<_> = at_hub.map(|end| (end.port.clone(), end.vlan.expect("a VLAN"))).collect();
    assert_eq!((vlans.len(), status.attachments.len()), (3, 6), "{:#?}", status.attachments);
    let plan = status.plan.as_ref().unwrap();
    let legs: Vec<_> = plan.legs.iter().map(|leg| leg.spoke.as_deref().unwrap()).collect();
    assert_eq!(legs, ["chicago", "copies", "newyork"]);
    let money = |seller: &RunningSeller| {
        seller.seller.audit().unwrap().money.get("USD").map(|money| money.monthly).unwrap_or_default()
    };
    assert_eq!(plan.monthly, format!("{:.2} USD", money(&metro) + money(&haul)));
    assert_eq!(live(&[&metro, &haul]), 3);
    let before = stage.segments().await;
    assert_eq!(before.len(), 3, "offers that lost are gone");

    stage.edit("checkpoints", json!({"endpoints": endpoints(&stage, &[three[0], three[2]])})).await;
    until("the spoke is disconnected", || async {
        let left = stage.segments().await;
        (left.len() == 2 && live(&[&metro, &haul]) == 2).then_some(())
    })
    .await;
    let intent = until("only two spokes are told of", || async {
        let intent = stage.reason("checkpoints", "Active").await;
        (spokes(&intent) == [("chicago", true), ("newyork", true)]).then_some(intent)
    })
    .await;
    assert_eq!(condition(&intent, "Ready"), "True");
    let after = stage.segments().await;
    for (spoke, _) in [three[0], three[2]] {
        let products =
            |segments: &[ConnectivitySegment]| of(segments, spoke).status.as_ref().unwrap().products.clone();
        assert_eq!(products(&after), products(&before), "{spoke} runs on as it was");
    }

    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the segments are gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!(live(&[&metro, &haul]), 0);
}
