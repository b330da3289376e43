//! Services that run already: they are watched, taken over where a person says so, and never bought a second time.

use naas_operator::api::{ConnectivityIntent, ConnectivitySegment, Desired};
use serde_json::{Value, json};

use crate::decisions::{approver, decide, said};
use crate::restore::{bought, lose, noticed};
use crate::world::{RunningSeller, Stage, condition, instant, open, ready, until};

/// What metro fiber runs since its first day: 500M as BUSINESS on VLAN 199, between Ashburn and Chicago.
const LEGACY: &str = "MF-PRD-LEGACY-1";

/// Where sellers of this API show what runs.
const INVENTORY: &str = "/mefApi/cantata/productInventory/v1";

async fn metro(stage: &Stage) -> RunningSeller {
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    metro
}

/// An intent about the service that runs already, on the VLAN that it has.
fn about(stage: &Stage, mode: &str, which: Value) -> ConnectivityIntent {
    stage.intent("checkpoints", |d| {
        let mut existing = json!({"provider": stage.name("metro-fiber")});
        existing.as_object_mut().unwrap().extend(which.as_object().unwrap().clone());
        d["spec"]["mode"] = json!(mode);
        d["spec"]["existing"] = existing;
        d["spec"]["endpoints"][1]["vlan"] = json!({"id": 199});
    })
}

fn by_id() -> Value {
    json!({"productId": LEGACY})
}

/// Everything that was asked of the seller and changes or could change something there.
fn writes(metro: &RunningSeller) -> Vec<String> {
    metro.calls().into_keys().filter(|call| !call.starts_with("GET ")).collect()
}

/// What the seller's inventory says of the service.
async fn state(metro: &RunningSeller) -> String {
    let address = format!("{}{INVENTORY}/product/{LEGACY}", metro.address);
    let product: Value = reqwest::get(address).await.unwrap().json().await.unwrap();
    product["status"].as_str().unwrap().to_owned()
}

async fn segment(stage: &Stage) -> ConnectivitySegment {
    until("one segment is there", || async {
        let mut all = stage.segments().await;
        if all.len() == 1 { all.pop() } else { None }
    })
    .await
}

async fn segment_of(stage: &Stage, intent: &str) -> String {
    let all = stage.segments().await;
    let found = all.into_iter().find(|segment| segment.spec.intent_ref.name == intent);
    found.unwrap().metadata.name.unwrap()
}

/// Looks at the service of the legacy product, so often.
fn looks(metro: &RunningSeller) -> u64 {
    metro.calls().iter().filter(|(call, _)| call.contains("product/")).map(|(_, count)| count).sum()
}

fn drifted(intent: &ConnectivityIntent) -> (String, String) {
    let mut conditions = intent.status.iter().flat_map(|status| &status.conditions);
    let found = conditions.find(|condition| condition.type_ == "Drifted").unwrap();
    (found.reason.clone(), found.message.clone())
}

#[tokio::test]
async fn an_existing_service_is_watched_with_its_differences_and_nothing_is_ordered() {
    let stage = Stage::new("watched").await;
    let metro = metro(&stage).await;
    stage.create(&about(&stage, "ObserveOnly", by_id())).await;
    let intent = stage.reason("checkpoints", "Observed").await;
    assert_eq!(condition(&intent, "Ready"), "True");
    let status = intent.status.unwrap();
    let runs = status.in_force.unwrap();
    assert_eq!((runs.committed.as_str(), runs.class_of_service.as_str()), ("500M", "BUSINESS"));
    assert_eq!(runs.monthly, "500.00 USD");
    assert_eq!(status.attachments[0].product_id, LEGACY);
    let bandwidth = status.differences.iter().find(|found| found.field == "committed bandwidth").unwrap();
    assert_eq!((bandwidth.runs.as_str(), bandwidth.asked.as_str()), ("500M", "2G"));

    // What happens to it is seen, and what is asked instead is compared, and nothing more.
    let faster = serde_json::from_value(json!({"bandwidth": "2G"})).unwrap();
    metro.seller.change_in_portal(LEGACY, &faster).unwrap().unwrap();
    until("it runs as asked", || async {
        let status = stage.intents().get("checkpoints").await.unwrap().status?;
        (status.differences.is_empty() && status.in_force?.committed == "2G").then_some(())
    })
    .await;
    assert_eq!(writes(&metro), Vec::<String>::new());
    assert_eq!(segment(&stage).await.status.unwrap().orders, []);

    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the record is gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!(writes(&metro), Vec::<String>::new());
    assert_eq!(state(&metro).await, "active");
}

#[tokio::test]
async fn an_existing_service_between_other_ports_is_not_shown() {
    let stage = Stage::new("elsewhere").await;
    let metro = metro(&stage).await;
    let mut other = about(&stage, "ObserveOnly", by_id());
    other.spec.endpoints[0].site.as_mut().unwrap().name = stage.name("newyork-edge");
    stage.create(&other).await;
    let intent = stage.reason("checkpoints", "ServiceElsewhere").await;
    assert!(intent.status.unwrap().in_force.is_none());
    assert_eq!(writes(&metro), Vec::<String>::new());
}

#[tokio::test]
async fn a_service_is_taken_over_by_its_id_and_then_changed_and_ended_with_its_intent() {
    let stage = Stage::new("taken-over").await;
    let metro = metro(&stage).await;
    stage.create(&about(&stage, "ObserveOnly", by_id())).await;
    stage.reason("checkpoints", "Observed").await;
    let decisions = approver(&stage).await;
    let name = segment(&stage).await.metadata.name.unwrap();
    // Who only watches takes nothing over, whatever was decided.
    decide(&decisions, "take-it", &name, json!({"adopt": by_id()})).await;
    said(&decisions, "take-it", "NotUsedYet").await;
    stage.edit("checkpoints", json!({"mode": "Manage"})).await;
    let intent = stage.reason("checkpoints", "Active").await;
    let (reason, message) = drifted(&intent);
    assert_eq!(reason, "TakenOverAsItRan");
    assert!(message.contains("committed bandwidth is 500M, and 2G is asked"), "{message}");
    let words = said(&decisions, "take-it", "Used").await;
    assert!(words.contains(LEGACY), "{words}");
    let taken = bought(&stage).await;
    assert_eq!(taken.spec.existing.unwrap().product_id.as_deref(), Some(LEGACY));

    // A budget is no change of the service, and looking at it is none.
    stage.edit("checkpoints", json!({"budget": {"monthly": "2900.00"}})).await;
    stage.reason("checkpoints", "Active").await;
    let before = looks(&metro);
    until("it is looked at again", || async { (looks(&metro) > before + 1).then_some(()) }).await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!(writes(&metro), Vec::<String>::new(), "taking over changes nothing at the seller");

    stage.edit("checkpoints", json!({"bandwidth": {"committed": "1G"}})).await;
    until("1G is in force", || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        let runs = intent.status.as_ref()?.in_force.as_ref()?.committed == "1G";
        (runs && ready(&intent).0 == "Active").then_some(())
    })
    .await;
    let books = metro.seller.audit().unwrap();
    assert_eq!(books.orders.len(), 1, "{books:?}");
    assert_eq!((metro.live(), state(&metro).await.as_str()), (0, "active"), "changed in place");
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.as_ref().unwrap().differences, []);
    assert_eq!(drifted(&intent).0, "AsBought");

    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the service is gone", || async { (state(&metro).await == "terminated").then_some(()) }).await;
    assert_eq!(metro.orders(), 2);
}

#[tokio::test]
async fn a_service_is_found_by_its_endpoints_and_taken_over() {
    let stage = Stage::new("by-ends").await;
    let metro = metro(&stage).await;
    let order = serde_json::from_value(json!({"like": LEGACY})).unwrap();
    metro.seller.order_in_portal(&order).unwrap().unwrap();
    until("both run", || async { (metro.live() == 1).then_some(()) }).await;
    let mut intent = about(&stage, "Manage", json!({"betweenEndpoints": {}}));
    for endpoint in &mut intent.spec.endpoints {
        endpoint.vlan = None;
    }
    stage.create(&intent).await;
    let several = ready(&stage.reason("checkpoints", "SeveralServices").await).1;
    assert!(several.contains(LEGACY) && several.contains("VLAN 199"), "{several}");
    let ends = json!([
        {"name": "gpus", "site": {"name": stage.name("ashburn-gpu")}, "vlan": {"id": 199}},
        {"name": "store", "site": {"name": stage.name("chicago-store")}},
    ]);
    stage.edit("checkpoints", json!({"endpoints": ends})).await;
    let undecided = ready(&stage.reason("checkpoints", "AdoptionUndecided").await).1;
    let name = segment(&stage).await.metadata.name.unwrap();
    for words in [LEGACY, &name, "committed bandwidth is 500M, and 2G is asked", "adopt"] {
        assert!(undecided.contains(words), "`{words}` is not in: {undecided}");
    }
    let decisions = approver(&stage).await;
    decide(&decisions, "take-it", &name, json!({"adopt": by_id()})).await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!((writes(&metro), metro.live()), (Vec::new(), 1));
}

#[tokio::test]
async fn two_intents_never_take_over_one_service() {
    let stage = Stage::new("claimed").await;
    let metro = metro(&stage).await;
    let mut second = about(&stage, "Manage", by_id());
    second.metadata.name = Some("backups".into());
    stage.create(&about(&stage, "Manage", by_id())).await;
    stage.create(&second).await;
    for name in ["checkpoints", "backups"] {
        stage.reason(name, "AdoptionUndecided").await;
    }
    let decisions = approver(&stage).await;
    for name in ["checkpoints", "backups"] {
        let segment = segment_of(&stage, name).await;
        decide(&decisions, &format!("take-{name}"), &segment, json!({"adopt": by_id()})).await;
    }
    let (owner, other) = until("one of them has it", || async {
        let of = async |name: &str| ready(&stage.intents().get(name).await.unwrap()).0;
        let (first, second) = (of("checkpoints").await, of("backups").await);
        match (first.as_str(), second.as_str()) {
            ("Active", "ServiceClaimed") => Some(("checkpoints", "backups")),
            ("ServiceClaimed", "Active") => Some(("backups", "checkpoints")),
            _ => None,
        }
    })
    .await;
    let claimed = ready(&stage.intents().get(other).await.unwrap()).1;
    assert!(claimed.contains(&format!("{}/{owner}", stage.namespace)), "{claimed}");
    // Whoever does not have it leaves it alone when going.
    stage.delete(other).await;
    stage.gone(other).await;
    stage.reason(owner, "Active").await;
    assert_eq!(writes(&metro), Vec::<String>::new());
    assert_eq!(state(&metro).await, "active");
}

#[tokio::test]
async fn a_cluster_that_was_rebuilt_takes_over_what_is_there() {
    let stage = Stage::new("rebuilt-taken").await;
    let metro = metro(&stage).await;
    let haul = open(instant("long-haul", |_| {})).await;
    stage.provider("long-haul", &haul, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["deletionPolicy"] = json!("Retain"))).await;
    let first = stage.reason("checkpoints", "Active").await;
    let product = first.status.unwrap().attachments[0].product_id.clone();
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    let segments = kube::Api::<ConnectivitySegment>::all(stage.client.clone());
    let lost = bought(&stage).await.metadata.name.unwrap();
    lose(&segments, &lost).await;
    noticed(&stage, &lost).await;

    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let exists = ready(&stage.reason("checkpoints", "ServiceExists").await).1;
    assert!(exists.contains(&product) && exists.contains("adopt"), "{exists}");
    let all = stage.segments().await;
    let at_metro = all.iter().find(|found| found.spec.provider.name == stage.name("metro-fiber")).unwrap();
    let decisions = approver(&stage).await;
    let name = at_metro.metadata.name.clone().unwrap();
    decide(&decisions, "ours", &name, json!({"adopt": {"productId": product}})).await;
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().in_force.unwrap().committed, "2G");
    let taken = bought(&stage).await;
    assert_eq!(taken.spec.existing.unwrap().product_id.as_ref(), Some(&product));
    assert_eq!((metro.orders(), metro.live(), haul.orders()), (1, 1, 0));

    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the service is gone", || async { (metro.live() == 0).then_some(()) }).await;
    assert_eq!(metro.orders(), 2);
    until("no record is left", || async {
        stage.segments().await.iter().all(|left| left.spec.desired != Desired::Present).then_some(())
    })
    .await;
}
