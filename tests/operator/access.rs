//! A connection to our own network: an Access E-Line from a UNI to an ENNI; and two of them of two sellers, joined by our equipment.

use kube::api::{Api, PostParams};
use naas_operator::api::{SegmentProduct, Site};
use serde_json::{Value, json};

use crate::world::{RunningSeller, Stage, instant, open, until};

/// A seller of Access E-Line alone, to whom we are a service provider, with an ENNI at one of its sites.
async fn operator_with_enni(name: &str, site: &str, id: &str) -> RunningSeller {
    open(instant(name, |scenario| {
        let mut sold = scenario["offerings"].as_array().expect("offerings").iter();
        let mut access = sold.find(|offering| offering["product"] == "Evpl").expect("an EVPL").clone();
        access["id"] = json!("ACCESS");
        access["product"] = json!("AccessEline");
        scenario["offerings"].as_array_mut().expect("offerings").push(access);
        scenario["ennis"] =
            json!([{"id": id, "site": site, "bandwidth": "100G", "maxEndPoints": 100, "sVlans": "1000-1999"}]);
    }))
    .await
}

fn sells_access(document: &mut Value) {
    document["spec"]["lso"]["role"] = json!("ServiceProvider");
    document["spec"]["lso"]["offerings"] = json!([{"product": "AccessEline", "id": "ACCESS"}]);
}

impl Stage {
    /// Gives a site these ENNIs instead of its ports: name, provider, the seller's id.
    async fn only_ennis(&self, site: &str, ennis: &[(&str, &str, &str)]) {
        let api: Api<Site> = Api::all(self.client.clone());
        let ports: Vec<Value> = ennis
            .iter()
            .map(|(name, provider, id)| {
                json!({
                    "name": name, "provider": self.name(provider), "kind": "Enni", "mode": "Tagged",
                    "source": {"existing": {"productId": id}}, "vlanPool": "1000-1999", "maxFrameSize": 9100,
                    "consumers": {"namespaces": [self.namespace]},
                })
            })
            .collect();
        until("the site has its ENNIs", || async {
            let mut found = api.get(&self.name(site)).await.expect("the site is there");
            found.spec.ports = serde_json::from_value(json!(ports)).expect("ports");
            api.replace(&self.name(site), &PostParams::default(), &found).await.ok().map(drop)
        })
        .await;
    }
}

fn books(seller: &RunningSeller) -> (usize, usize) {
    let audit = seller.seller.audit().unwrap();
    assert!(audit.twins.is_empty() && audit.orphans.is_empty(), "{audit:#?}");
    (audit.orders.len(), audit.services.iter().filter(|service| service.live).count())
}

#[tokio::test]
async fn a_service_is_handed_over_to_our_own_network_and_ended() {
    let stage = Stage::new("access").await;
    let metro = operator_with_enni("metro-fiber", "MF-SITE-CHI", "MF-ENNI-CHI").await;
    stage.sites().await;
    stage.only_ennis("chicago-store", &[("nni-1", "metro-fiber", "MF-ENNI-CHI")]).await;
    stage.provider("metro-fiber", &metro, sells_access).await;
    let intent = stage.intent("checkpoints", |document| {
        document["spec"]["endpoints"][1]["vlan"] = json!({"id": 1210});
    });
    stage.create(&intent).await;
    let intent = stage.reason("checkpoints", "Active").await;
    let attachments = intent.status.unwrap().attachments;
    let ends: Vec<_> = attachments.iter().map(|end| (end.port.clone(), end.vlan)).collect();
    let port = |site: &str, port: &str| format!("{}/{port}", stage.name(site));
    assert_eq!(
        ends,
        [(port("ashburn-gpu", "metro-1"), Some(200)), (port("chicago-store", "nni-1"), Some(1210))]
    );
    let segments = stage.segments().await;
    let [segment] = segments.as_slice() else { panic!("{segments:#?}") };
    assert_eq!(segment.spec.product, SegmentProduct::AccessEline);
    assert_eq!(segment.spec.ends[1].enni_product_id.as_deref(), Some("MF-ENNI-CHI"));
    assert_eq!(books(&metro), (1, 1));

    stage.edit("checkpoints", json!({"bandwidth": {"committed": "3G"}})).await;
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().in_force.unwrap().committed, "3G");
    assert_eq!(books(&metro), (2, 1));

    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the segment is gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!(books(&metro), (3, 0));
}

#[tokio::test]
async fn our_own_equipment_joins_the_ennis_of_two_sellers() {
    let stage = Stage::new("access-chain").await;
    let metro = operator_with_enni("metro-fiber", "MF-SITE-NYC", "MF-ENNI-NYC").await;
    let haul = operator_with_enni("long-haul", "LH-NEWYORK", "LH-ENNI-NYC").await;
    stage.sites().await;
    stage.change_site("ashburn-gpu", &["haul-1"], None).await;
    stage.change_site("chicago-store", &["metro-1"], None).await;
    let ours = json!({"availability": "99.99", "translatesVlans": true});
    stage.change_site("newyork-edge", &[], Some(ours)).await;
    let ennis = [("nni-1", "metro-fiber", "MF-ENNI-NYC"), ("nni-2", "long-haul", "LH-ENNI-NYC")];
    stage.only_ennis("newyork-edge", &ennis).await;
    stage.provider("metro-fiber", &metro, sells_access).await;
    stage.provider("long-haul", &haul, sells_access).await;
    let intent = stage.intent("checkpoints", |document| {
        document["spec"]["objectives"] = json!({"availability": {"minPercent": "99.0"}});
        document["spec"]["budget"]["monthly"] = json!("5000.00");
        document["spec"]["bandwidth"] = json!({"committed": "2G", "reverse": {"committed": "1G"}});
    });
    stage.create(&intent).await;
    let intent = stage.reason("checkpoints", "Active").await;
    let plan = intent.status.unwrap().plan.unwrap();
    assert_eq!(plan.joints, [stage.name("newyork-edge")], "{plan:#?}");
    // The second leg begins at the ENNI: what inventory tells from the UNI is as bought.
    for segment in stage.segments().await {
        assert_eq!(segment.spec.product, SegmentProduct::AccessEline);
        assert!(segment.status.unwrap().differences.is_empty());
    }
    assert_eq!((books(&metro), books(&haul)), ((1, 1), (1, 1)));
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the segments are gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!((books(&metro), books(&haul)), ((2, 0), (2, 0)));
}
