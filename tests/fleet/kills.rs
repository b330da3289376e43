//! The operator is killed at random moments, as a real process, while people create, change and delete and sellers misbehave:
//! nothing is bought twice, lost, or left behind.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::many::{alone, plenty, roomy, wide_pools};
use crate::people::{Kind, People, large_frames_need_both};
use crate::process::{Random, kubeconfig, start};
use crate::world::{RunningSeller, Stage, instant, open, plane};

/// What a seller does wrong, one call in a few. No effect comes later than the provider's delay bound.
fn misbehaving(seed: u64) -> Value {
    let fault = |name: &str, on: &str, percent: &str, does: Value| json!({"name": name, "on": on, "when": {"chance": {"percent": percent, "seed": seed}}, "does": does});
    json!([
        fault("order answer lost", "order.create", "8", json!({"answerLost": {}})),
        fault("order request lost", "order.create", "6", json!({"requestLost": {}})),
        fault("order late", "order.create", "6", json!({"effectDelayed": {"by": "800ms"}})),
        fault("order taken, 503", "order.create", "4", json!({"status": {"code": 503, "afterEffect": true}})),
        fault("order taken, 409", "order.create", "3", json!({"status": {"code": 409, "afterEffect": true}})),
        fault("order 429", "order.create", "3", json!({"status": {"code": 429, "retryAfter": 1}})),
        fault("order half an answer", "order.create", "3", json!("truncatedJson")),
        fault("proxy", "any", "1", json!({"proxyPage": {"code": 200}})),
        fault("down", "any", "2", json!({"status": {"code": 500}})),
        fault("lost", "any", "1", json!({"requestLost": {}})),
        fault("half", "any", "1", json!("truncatedJson")),
        fault("slow", "any", "2", json!({"slow": {"by": "300ms"}})),
    ])
}

/// Two sellers at which everything takes a moment, so that kills meet every step.
async fn sellers(seed: u64) -> (RunningSeller, RunningSeller) {
    let slow = |scenario: &mut Value| {
        roomy(scenario);
        scenario["qualification"]["answer"] = json!("Deferred");
        scenario["qualification"]["answerAfter"] = json!("700ms");
        scenario["clock"]["speed"] = json!(1);
        scenario["order"]["leadTimes"] = json!({"add": "1s", "modify": "1s", "delete": "1s"});
        scenario["order"]["cancel"] = json!({"supported": true, "assessAfter": "0", "finishAfter": "0"});
        scenario["order"]["decrease"] = json!("Allowed");
        scenario["lists"]["ignoredFilters"] = json!([]);
        scenario["faults"] = misbehaving(seed);
    };
    let (mut metro, mut haul) =
        (open(instant("metro-fiber", slow)).await, open(instant("long-haul", slow)).await);
    (metro.misbehaves, haul.misbehaves) = (true, true);
    (metro, haul)
}

#[tokio::test]
async fn killed_at_two_hundred_random_moments() {
    const COUNT: usize = 24;
    const KILLS: usize = 200;
    let _alone = alone().await;
    let mut random = Random::seeded();
    let plane = plane().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = kubeconfig(plane, folder.path()).await;
    let (metro, haul) = sellers(random.below(1_000_000)).await;
    let sellers = [("metro-fiber", &metro), ("long-haul", &haul)];
    let stage = Stage::on(plane, "kills").await;
    stage.sites().await;
    wide_pools(&stage).await;
    large_frames_need_both(&stage).await;
    for (name, seller) in sellers {
        stage
            .provider(name, seller, |document| {
                plenty(document);
                document["spec"]["lso"]["requestTimeout"] = json!("1s");
                document["spec"]["lso"]["delayBound"] = json!("1s");
                document["spec"]["lso"]["inventoryLag"] = json!("0s");
                document["spec"]["lso"]["modify"]["decrease"] = json!("Allowed");
                // Of two paths it must be known that nothing breaks both.
                document["spec"]["riskGroups"] = json!([{"groups": [name]}]);
            })
            .await;
    }
    // A third of them is carried by one seller, the others by two.
    let kinds =
        &[Kind::Single, Kind::Chain, Kind::Single, Kind::DiverseProvider, Kind::Chain, Kind::DiversePath];
    let mut people = People::new(stage, kinds);
    for _ in 0..COUNT {
        people.create().await;
    }
    let (mut settled, mut between_legs) = (0, 0);
    for kill in 0..KILLS {
        let mut operator = start(&kubeconfig, "error", Stdio::inherit()).await;
        // Some live long enough to find out what became of an order, most do not.
        let most = if random.below(8) == 0 { 6_000 } else { 900 };
        tokio::time::sleep(Duration::from_millis(random.below(most))).await;
        operator.process.kill().await.expect("killed");
        between_legs += usize::from(people.halves(sellers) > 0);
        if random.below(4) == 0 {
            people.act(&mut random).await;
        }
        settled += people.settle(sellers).await;
        if kill % 20 == 19 {
            let books = sellers.map(|(name, seller)| (name, seller.orders(), seller.live()));
            println!("{} kills: orders and live services {books:?}, {settled} settled by a person", kill + 1);
            println!("  {between_legs} of them when somebody had one of two legs");
        }
    }
    for (name, seller) in sellers {
        for report in seller.seller.faults().unwrap() {
            println!("{name}: {report:?}");
        }
        seller.seller.set_faults(Vec::new()).unwrap().unwrap();
    }
    let _operator = start(&kubeconfig, "error", Stdio::inherit()).await;
    people.have_what_they_want_and_leave(sellers).await;
}
