//! Two operators at once, as after a change of leaders that one of them slept through: one is stopped in its tracks, the other works
//! on, and the first wakes up with everything that it was about to do.

use std::process::Stdio;
use std::time::{Duration, Instant};

use naas_operator::api::OrderRecordState;
use serde_json::json;

use crate::many::{alone, plenty, roomy, wide_pools};
use crate::people::{Kind, People};
use crate::process::{Random, Running, kubeconfig, start};
use crate::world::{RunningSeller, Stage, instant, open, plane};

/// Stops a process that this test started, or lets it go on. Monotonic clocks go on meanwhile.
async fn signal(operator: &Running, signal: &str) {
    let pid = operator.process.id().expect("it runs").to_string();
    let sent = tokio::process::Command::new("kill").args([signal, &pid]).status().await.expect("kill runs");
    assert!(sent.success());
}

async fn seller(name: &str) -> RunningSeller {
    let slow = |scenario: &mut serde_json::Value| {
        roomy(scenario);
        scenario["order"]["leadTimes"] = json!({"add": "300ms", "modify": "300ms", "delete": "300ms"});
    };
    open(instant(name, slow)).await
}

/// Waits a moment for an order that was written down and is about to be sent.
#[allow(clippy::disallowed_methods, reason = "a deadline of a test")]
async fn reserved(people: &People) -> bool {
    let deadline = Instant::now() + Duration::from_millis(1_500);
    while Instant::now() < deadline {
        let segments = people.stage.segments().await;
        let mut orders = segments.iter().flat_map(|found| &found.status).flat_map(|status| &status.orders);
        if orders.any(|order| order.state == OrderRecordState::Intending) {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_paused_former_leader_that_wakes_up_orders_nothing_twice() {
    const COUNT: usize = 12;
    const PAUSES: usize = 30;
    let _alone = alone().await;
    let mut random = Random::seeded();
    let plane = plane().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = kubeconfig(plane, folder.path()).await;
    let (metro, haul) = (seller("metro-fiber").await, seller("long-haul").await);
    let sellers = [("metro-fiber", &metro), ("long-haul", &haul)];
    let stage = Stage::on(plane, "paused").await;
    stage.sites().await;
    wide_pools(&stage).await;
    for (name, seller) in sellers {
        stage
            .provider(name, seller, |document| {
                plenty(document);
                document["spec"]["lso"]["requestTimeout"] = json!("1s");
                document["spec"]["lso"]["delayBound"] = json!("200ms");
            })
            .await;
    }
    let operators = [
        start(&kubeconfig, "error", Stdio::inherit()).await,
        start(&kubeconfig, "error", Stdio::inherit()).await,
    ];
    let mut people = People::new(stage, &[Kind::Single]);
    for _ in 0..COUNT {
        people.create().await;
    }
    let mut after_reserving = 0;
    for _ in 0..PAUSES {
        let leads = usize::from(random.below(2) == 0);
        let (leader, other) = (&operators[leads], &operators[1 - leads]);
        if random.below(2) == 0 {
            // It leads alone, and is stopped between writing an order down and sending it.
            signal(other, "-STOP").await;
            people.act(&mut random).await;
            let met = reserved(&people).await;
            signal(leader, "-STOP").await;
            signal(other, "-CONT").await;
            after_reserving += usize::from(met);
        } else {
            people.act(&mut random).await;
            tokio::time::sleep(Duration::from_millis(random.below(700))).await;
            signal(leader, "-STOP").await;
        }
        // Less than the purchase window at times, and at times more than it takes to search in vain and order again.
        tokio::time::sleep(Duration::from_millis(random.below(5_000))).await;
        signal(leader, "-CONT").await;
        tokio::time::sleep(Duration::from_millis(random.below(500))).await;
    }
    println!("{PAUSES} pauses, {after_reserving} of them right after an order was written down");
    people.have_what_they_want_and_leave(sellers).await;
    assert_eq!(haul.orders(), 0, "nobody wanted anything of the dearer seller");
}
