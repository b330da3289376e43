//! Two hundred intents at once, and fifty of a seller that takes its time.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::{StreamExt, stream};
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use naas_dev::controlplane::{ControlPlane, Tally};
use naas_operator::api::{ConnectivityIntent, Site};
use naas_operator::settings::Settings;
use serde_json::{Value, json};

use crate::world::{
    Operator, PATIENCE, RunningSeller, Stage, condition, instant, open, plane, settings, until, within,
};

/// Where the ledger of an account is written.
const LEDGERS: &str = "patch connectivityproviders/status";

const OPERATOR: &str = "system:serviceaccount:naas-system:naas-operator";

/// Only one of these tests runs at a time: they count everything that the operator does.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

pub async fn alone() -> tokio::sync::MutexGuard<'static, ()> {
    ALONE.lock().await
}

/// Room for hundreds of services on each port, at the seller and in our sites.
pub fn roomy(scenario: &mut Value) {
    for uni in scenario["unis"].as_array_mut().unwrap() {
        if uni["mode"] == json!("Tagged") {
            uni["maxEndPoints"] = json!(600);
            uni["vlans"] = json!("100-999");
            uni["bandwidth"] = json!("400G");
        }
    }
    for pair in scenario["sitePairs"].as_array_mut().unwrap() {
        pair["capacity"] = json!("4000G");
        pair.as_object_mut().unwrap().remove("doubt");
    }
}

pub async fn wide_pools(stage: &Stage) {
    let sites: Api<Site> = Api::all(stage.client.clone());
    for name in ["ashburn-gpu", "chicago-store", "newyork-edge"] {
        let name = stage.name(name);
        let mut site = sites.get(&name).await.unwrap();
        for port in &mut site.spec.ports {
            port.vlan_pool = Some("200-899".into());
        }
        let patch = Patch::Merge(json!({"spec": {"ports": site.spec.ports}}));
        sites.patch(&name, &PatchParams::default(), &patch).await.unwrap();
    }
}

pub fn plenty(provider: &mut Value) {
    provider["spec"]["limits"]["total"] = json!({"monthly": "900000.00", "oneTime": "900000.00"});
    provider["spec"]["lso"]["bandwidthSteps"] = json!([]);
}

pub fn small(stage: &Stage, number: usize) -> ConnectivityIntent {
    stage.intent("checkpoints", |document| {
        document["metadata"]["name"] = json!(format!("fleet-{number}"));
        document["spec"]["endpoints"][1].as_object_mut().unwrap().remove("vlan");
        document["spec"]["bandwidth"]["committed"] = json!("1G");
    })
}

pub async fn create_all(stage: &Stage, count: usize) {
    stream::iter(0..count)
        .for_each_concurrent(16, |number| async move { drop(stage.create(&small(stage, number)).await) })
        .await;
}

pub async fn ready_count(stage: &Stage) -> usize {
    let intents = stage.intents().list(&Default::default()).await.unwrap().items;
    intents.iter().filter(|intent| condition(intent, "Ready") == "True").count()
}

pub async fn all_ready(stage: &Stage, count: usize, patience: Duration) {
    let mut probe = || async { (ready_count(stage).await == count).then_some(()) };
    within(patience, &format!("{count} intents are Ready"), &mut probe).await;
}

pub async fn all_gone(stage: &Stage, patience: Duration) {
    stage.intents().delete_collection(&DeleteParams::default(), &Default::default()).await.unwrap();
    let mut probe = || async {
        let left = stage.intents().list(&Default::default()).await.unwrap().items.len()
            + stage.segments().await.len();
        (left == 0).then_some(())
    };
    within(patience, "intents and segments are gone", &mut probe).await;
}

/// Writes of the operator so far, by verb and resource; events and leases apart.
async fn writes(plane: &ControlPlane) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    for (call, count) in Tally::of(&plane.audit().await.unwrap()).iter() {
        let reads = ["get", "list", "watch"].contains(&call.verb.as_str());
        if call.user == OPERATOR && !reads && call.resource != "events" && call.resource != "leases" {
            *counted.entry(format!("{} {}", call.verb, call.resource)).or_default() +=
                u64::try_from(count).unwrap();
        }
    }
    counted
}

/// Waits until the ledgers are counted: that comes a moment after the last order, ten seconds at most when there are many.
#[allow(clippy::disallowed_methods, reason = "a test measures time")]
async fn counted(plane: &ControlPlane) {
    const LONGEST: Duration = Duration::from_secs(11);
    let last = std::sync::Mutex::new((writes(plane).await, std::time::Instant::now()));
    until("nothing was written for longer than a count may rest", || async {
        let now = writes(plane).await;
        let mut last = last.lock().unwrap();
        if last.0 != now {
            *last = (now, std::time::Instant::now());
        }
        (last.1.elapsed() > LONGEST).then_some(())
    })
    .await;
}

fn minus(after: &BTreeMap<String, u64>, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let less = |(key, count): (&String, &u64)| (key.clone(), count - before.get(key).copied().unwrap_or(0));
    after.iter().map(less).filter(|(_, count)| *count > 0).collect()
}

fn per_intent(counts: &BTreeMap<String, u64>, intents: usize) -> f64 {
    let sum: u64 = counts.values().sum();
    f64::from(u32::try_from(sum).unwrap()) / f64::from(u32::try_from(intents).unwrap())
}

fn print(title: &str, counts: &BTreeMap<String, u64>, intents: usize) {
    println!("{title}: {:.2} per intent", per_intent(counts, intents));
    for (what, count) in counts {
        println!("  {count:>6}  {what}");
    }
}

/// Settings under which as many orders at once are no mistake.
fn many(more: &[&str]) -> Settings {
    let meant = ["--safety-catch-orders", "1000", "--safety-catch-disconnects", "1000"];
    settings(&[&meant, more].concat())
}

async fn fleet(
    prefix: &str,
    count: usize,
    metro: &RunningSeller,
    haul: &RunningSeller,
    plane: &ControlPlane,
) -> Stage {
    let stage = Stage::on(plane, prefix).await;
    stage.sites().await;
    wide_pools(&stage).await;
    stage.provider("metro-fiber", metro, plenty).await;
    stage.provider("long-haul", haul, plenty).await;
    create_all(&stage, count).await;
    stage
}

#[tokio::test]
async fn two_hundred_intents_at_once() {
    const COUNT: usize = 200;
    let _alone = alone().await;
    let plane = plane().await;
    let (metro, haul) = (open(instant("metro-fiber", roomy)).await, open(instant("long-haul", roomy)).await);
    let operator =
        Operator::start(plane, many(&["--poll", "500ms", "--stalled", "10m", "--ask-again", "10m"])).await;
    let before = writes(plane).await;
    let stage = fleet("fleet", COUNT, &metro, &haul, plane).await;
    all_ready(&stage, COUNT, PATIENCE * 5).await;

    let created = minus(&writes(plane).await, &before);
    print("API writes, create to Ready, two candidates", &created, COUNT);
    let (asked, won) = (haul.calls(), metro.calls());
    print("calls of the seller that lost", &asked, COUNT);
    print("calls of the seller that won", &won, COUNT);
    assert!(per_intent(&asked, COUNT) <= 6.1, "a seller that is asked");
    assert!(per_intent(&won, COUNT) <= 14.1, "a seller that wins");

    let audit = metro.seller.audit().unwrap();
    assert_eq!((audit.orders.len(), audit.twins.len(), audit.orphans.len()), (COUNT, 0, 0));
    assert_eq!(audit.money["USD"].monthly.to_string(), "135000.00");

    counted(plane).await;
    // The promise is a minute without one write or order, so a minute must pass.
    let (quiet, calls) = (writes(plane).await, metro.calls());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(minus(&writes(plane).await, &quiet), BTreeMap::new(), "writes while settled");
    assert_eq!(metro.calls(), calls, "calls while settled");

    all_gone(&stage, PATIENCE * 5).await;
    let whole = minus(&writes(plane).await, &before);
    print("API writes, create to Ready to gone, two candidates", &whole, COUNT);
    // Twenty for one candidate, four for the other, one for each state of the seller's two orders that was shown; the few
    // writes for sites and providers are spread over all.
    let (ledgers, rest) = whole.into_iter().partition(|(what, _)| what == LEDGERS);
    assert!(per_intent(&rest, COUNT) <= 20.0 + 4.0 + 2.0 + 0.2);
    // An entry before the order and its end; orders that come together are entered together.
    assert!(per_intent(&ledgers, COUNT) <= 2.0);
    let audit = metro.seller.audit().unwrap();
    assert_eq!(audit.services.iter().filter(|service| service.live).count(), 0);
    drop(operator);
}

#[tokio::test]
async fn fifty_intents_of_a_seller_that_answers_later() {
    const COUNT: usize = 50;
    let _alone = alone().await;
    let plane = plane().await;
    let deferred = |scenario: &mut Value| {
        roomy(scenario);
        for stage in ["qualification", "quote"] {
            scenario[stage]["answer"] = json!("Deferred");
            scenario[stage]["startAfter"] = json!("500ms");
            scenario[stage]["answerAfter"] = json!("1s");
        }
        scenario["order"]["leadTimes"]["add"] = json!("2s");
    };
    let (metro, haul) =
        (open(instant("metro-fiber", deferred)).await, open(instant("long-haul", deferred)).await);
    let _operator = Operator::start(plane, many(&["--poll", "500ms"])).await;
    let before = writes(plane).await;
    let stage = fleet("deferred", COUNT, &metro, &haul, plane).await;
    all_ready(&stage, COUNT, PATIENCE * 3).await;
    print("API writes, deferred sellers, create to Ready", &minus(&writes(plane).await, &before), COUNT);
    print("calls of the seller that won", &metro.calls(), COUNT);
    assert_eq!(metro.seller.audit().unwrap().orders.len(), COUNT);
    assert!(haul.seller.audit().unwrap().orders.is_empty());
    all_gone(&stage, PATIENCE * 3).await;
}
