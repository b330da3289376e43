//! Ports of a service's own: ordered with it, shared with nobody, ended with it; and orders of which only a part was delivered.

use kube::api::{Api, Patch, PatchParams};
use naas_operator::api::{ConnectivitySegment, ProductRole, Site};
use serde_json::{Value, json};

use crate::world::{RunningSeller, Stage, condition, instant, open, until};

const BOTH: [&str; 2] = ["ashburn-gpu", "chicago-store"];

/// A stage with one seller that sells ports at these sites, where no port is there yet.
async fn stage(prefix: &str, sites: &[&str], scenario: impl FnOnce(&mut Value)) -> (Stage, RunningSeller) {
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", scenario)).await;
    stage.sites().await;
    for site in sites {
        edit_site(&stage, site, json!({"ports": [own_port(&stage)]})).await;
    }
    stage.provider("metro-fiber", &metro, |_| {}).await;
    (stage, metro)
}

fn own_port(stage: &Stage) -> Value {
    let term = json!({"name": "one year", "value": 12, "unit": "Month", "atEnd": "Renew"});
    json!({
        "name": "own-1", "provider": stage.name("metro-fiber"), "kind": "Uni", "mode": "Tagged",
        "vlanPool": "200-299", "maxFrameSize": 9100, "consumers": {"namespaces": [stage.namespace]},
        "source": {"dedicated": {
            "offering": "MF-UNI", "physicalLink": "10GBASE_LR", "connector": "LC", "speed": "10G", "term": term,
        }},
    })
}

fn there(stage: &Stage, name: &str, product: &str) -> Value {
    json!({
        "name": name, "provider": stage.name("metro-fiber"), "kind": "Uni", "mode": "Tagged",
        "vlanPool": "200-299", "consumers": {"namespaces": [stage.namespace]},
        "source": {"existing": {"productId": product}},
    })
}

async fn edit_site(stage: &Stage, site: &str, spec: Value) {
    let api: Api<Site> = Api::all(stage.client.clone());
    let patch = Patch::Merge(json!({"spec": spec}));
    api.patch(&stage.name(site), &PatchParams::default(), &patch).await.unwrap();
}

/// An intent that can pay for ports.
async fn ask(stage: &Stage, name: &str) {
    let intent = stage.intent("checkpoints", |d| {
        d["metadata"]["name"] = json!(name);
        d["spec"]["endpoints"][1].as_object_mut().unwrap().remove("vlan");
        d["spec"]["budget"]["oneTime"] = json!("3000.00");
    });
    stage.create(&intent).await;
}

async fn segment(stage: &Stage) -> ConnectivitySegment {
    stage.segments().await.pop().unwrap()
}

fn roles(segment: &ConnectivitySegment) -> Vec<(ProductRole, &str)> {
    let products = &segment.status.as_ref().unwrap().products;
    products.iter().map(|product| (product.role, product.state.as_str())).collect()
}

/// Nothing is left, and nothing was left behind.
async fn all_gone(stage: &Stage, seller: &RunningSeller, intents: &[&str]) {
    for intent in intents {
        stage.gone(intent).await;
    }
    until("the segments are gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    let audit = seller.seller.audit().unwrap();
    assert_eq!(seller.live(), 0, "{:#?}", audit.services);
    assert!(audit.twins.is_empty() && audit.orphans.is_empty(), "{audit:#?}");
}

#[tokio::test]
async fn a_service_with_two_ports_of_its_own_is_one_order_and_ends_whole() {
    let (stage, metro) = stage("own-both", &BOTH, |_| {}).await;
    ask(&stage, "checkpoints").await;
    let intent = stage.reason("checkpoints", "Active").await;
    let status = intent.status.as_ref().unwrap();
    let plan = status.plan.as_ref().unwrap();
    assert_eq!((plan.monthly.as_str(), plan.one_time.as_str()), ("2025.00 USD", "2250.00 USD"));
    assert!(plan.notes.iter().any(|note| note.contains("port own-1 is ordered")), "{:?}", plan.notes);
    let found = segment(&stage).await;
    let active = [ProductRole::Evc, ProductRole::UniA, ProductRole::UniZ].map(|role| (role, "active"));
    assert_eq!(roles(&found), active);
    let prices = found.status.as_ref().unwrap().products.iter().map(|product| product.monthly.as_deref());
    assert_eq!(prices.collect::<Vec<_>>(), [Some("1125.00"), Some("450.00"), Some("450.00")]);
    let connection = &found.status.as_ref().unwrap().products[0].id;
    assert!(status.attachments.iter().all(|attachment| attachment.product_id == *connection));
    let audit = metro.seller.audit().unwrap();
    assert_eq!((audit.orders.len(), metro.live()), (1, 3), "{audit:#?}");
    assert_eq!(audit.money["USD"].monthly.to_string(), "2025.00");
    assert!(audit.orphans.is_empty());

    // A change is one of the connection, and what the ports cost goes on.
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().in_force.unwrap().monthly, "2925.00 USD");
    assert_eq!(metro.seller.audit().unwrap().money["USD"].monthly.to_string(), "2925.00");

    stage.delete("checkpoints").await;
    all_gone(&stage, &metro, &["checkpoints"]).await;
    assert_eq!(metro.orders(), 3, "bought, changed and ended, each at once");
}

#[tokio::test]
async fn a_port_of_its_own_at_one_end_is_ordered_and_the_other_is_kept() {
    let (stage, metro) = stage("own-one", &BOTH[1..], |_| {}).await;
    ask(&stage, "checkpoints").await;
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().plan.unwrap().monthly, "1575.00 USD");
    let found = segment(&stage).await;
    assert_eq!(roles(&found), [ProductRole::Evc, ProductRole::UniZ].map(|role| (role, "active")));
    assert_eq!((metro.orders(), metro.live()), (1, 2));
    stage.delete("checkpoints").await;
    all_gone(&stage, &metro, &["checkpoints"]).await;
    assert_eq!(metro.orders(), 2);
}

/// The landlord at the second end lets nobody in: the port there and the connection fail.
fn no_access(scenario: &mut Value) {
    scenario["rehearsals"] = json!([{
        "name": "landlord", "on": "Order", "matching": {"action": "add", "offering": "MF-UNI"}, "times": 1,
        "effect": {"unable": {"reason": "the landlord refuses access", "items": ["1", "3"]}},
    }]);
}

#[tokio::test]
async fn what_was_delivered_in_part_waits_for_a_person_and_is_ended_when_its_intent_goes() {
    let (stage, metro) = stage("own-part", &BOTH, no_access).await;
    ask(&stage, "checkpoints").await;
    let intent = stage.reason("checkpoints", "DeliveredInPart").await;
    assert_eq!((condition(&intent, "Ready"), condition(&intent, "Reconciling")), ("False", "True"));
    let waiting = intent.status.unwrap().waiting_for.unwrap();
    assert_eq!(format!("{:?}", waiting.party), "User");
    println!("--- {}", waiting.what);
    for words in
        ["ashburn-gpu/own-1", "450.00 USD a month", "the landlord refuses access", "delete the intent"]
    {
        assert!(waiting.what.contains(words), "`{words}` is not in: {}", waiting.what);
    }
    assert_eq!((metro.orders(), metro.live()), (1, 1), "a port is there, and nothing else was ordered");
    assert_eq!(metro.seller.audit().unwrap().orphans.len(), 1, "which carries nothing");

    stage.delete("checkpoints").await;
    all_gone(&stage, &metro, &["checkpoints"]).await;
    assert_eq!(metro.orders(), 2);
}

#[tokio::test]
async fn a_port_of_its_own_is_never_shared_by_two_intents() {
    let (stage, metro) = stage("own-alone", &BOTH, |_| {}).await;
    ask(&stage, "checkpoints").await;
    stage.reason("checkpoints", "Active").await;
    ask(&stage, "second").await;
    let second = stage.reason("second", "NoFreePort").await;
    let words = second.status.unwrap().waiting_for.unwrap().what;
    assert!(words.contains("port own-1 already carries another service"), "{words}");
    assert_eq!((metro.orders(), metro.live()), (1, 3));

    // What was given back can be ordered again, for somebody else.
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    stage.reason("second", "Active").await;
    assert_eq!((metro.orders(), metro.live()), (3, 3));
    stage.delete("second").await;
    all_gone(&stage, &metro, &["second"]).await;
}

#[tokio::test]
async fn a_port_that_carries_something_of_others_is_not_ended() {
    let (stage, metro) = stage("own-lent", &BOTH, no_access).await;
    ask(&stage, "checkpoints").await;
    stage.reason("checkpoints", "DeliveredInPart").await;
    let found = segment(&stage).await;
    let products = &found.status.as_ref().unwrap().products;
    let port = products.iter().find(|product| product.role == ProductRole::UniA).unwrap().id.clone();
    // Somebody lists the delivered port as one that is there, and another intent is put on it.
    let lent = json!({"ports": [own_port(&stage), there(&stage, "lent", &port)]});
    edit_site(&stage, "ashburn-gpu", lent).await;
    let kept = json!({"ports": [own_port(&stage), there(&stage, "metro-1", "MF-UNI-CHI-1")]});
    edit_site(&stage, "chicago-store", kept).await;
    ask(&stage, "second").await;
    stage.reason("second", "Active").await;

    stage.delete("checkpoints").await;
    let intent = stage.reason("checkpoints", "PortInUse").await;
    let words = intent.status.unwrap().waiting_for.unwrap().what;
    println!("--- {words}");
    assert!(words.contains(&port) && words.contains("nothing is ended"), "{words}");
    assert_eq!((metro.orders(), metro.live()), (2, 2), "the port, and what it carries");

    stage.delete("second").await;
    all_gone(&stage, &metro, &["checkpoints", "second"]).await;
    assert_eq!(metro.orders(), 4);
}
