//! The operator is killed at random moments, as a real process, while a fleet is created: nothing is bought twice or lost.

use std::process::Stdio;
use std::time::Duration;

use naas_dev::controlplane::ControlPlane;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::many::{all_gone, alone, create_all, plenty, ready_count, roomy, wide_pools};
use crate::world::{PATIENCE, Stage, instant, open, plane, until, within};

/// A small generator whose seed is printed: the moments of a failing run can be had again.
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let given = std::env::var("NAAS_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let id = std::process::id();
            u64::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
        });
        println!("seed: NAAS_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// The operator as a process. It dies when dropped.
pub struct Running {
    pub process: Child,
    /// Where its health and metrics are served.
    pub listen: String,
}

/// Starts the operator and waits until it works.
pub async fn start(kubeconfig: &std::path::Path, log: &str, logs: Stdio) -> Running {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let process = Command::new(env!("CARGO_BIN_EXE_naas-operator"))
        .args(["--owner-id", "acme", "--listen", &listen, "--purchase-window", "1s", "--poll", "200ms"])
        .args(["--poll-most", "1s", "--retry", "100ms", "--retry-most", "1s", "--offer-patience", "10m"])
        .env("KUBECONFIG", kubeconfig)
        .env("RUST_LOG", log)
        .stderr(logs)
        .kill_on_drop(true)
        .spawn()
        .expect("the operator starts");
    let url = format!("http://{listen}/readyz");
    until("the operator is ready", || async {
        let answer = reqwest::get(&url).await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
    Running { process, listen }
}

pub async fn kubeconfig(plane: &ControlPlane, folder: &std::path::Path) -> std::path::PathBuf {
    let config = plane.service_account("naas-system", "naas-operator").await.expect("a token");
    let path = folder.join("operator.kubeconfig");
    plane.write_kubeconfig(&config, &path).expect("written");
    path
}

#[tokio::test]
async fn killed_at_twenty_random_moments() {
    const COUNT: usize = 40;
    const KILLS: usize = 20;
    let _alone = alone().await;
    let mut random = Random::seeded();
    let plane = plane().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = kubeconfig(plane, folder.path()).await;
    let slow = |scenario: &mut Value| {
        roomy(scenario);
        scenario["qualification"]["answer"] = json!("Deferred");
        scenario["qualification"]["answerAfter"] = json!("700ms");
        scenario["order"]["leadTimes"] = json!({"add": "1s", "modify": "1s", "delete": "1s"});
    };
    let (metro, haul) = (open(instant("metro-fiber", slow)).await, open(instant("long-haul", slow)).await);
    let stage = Stage::on(plane, "kills").await;
    stage.sites().await;
    wide_pools(&stage).await;
    for (name, seller) in [("metro-fiber", &metro), ("long-haul", &haul)] {
        stage
            .provider(name, seller, |document| {
                plenty(document);
                document["spec"]["lso"]["requestTimeout"] = json!("1s");
            })
            .await;
    }
    create_all(&stage, COUNT).await;
    for kill in 0..KILLS {
        let mut operator = start(&kubeconfig, "warn", Stdio::inherit()).await;
        tokio::time::sleep(Duration::from_millis(random.below(1_500))).await;
        operator.process.kill().await.expect("killed");
        println!(
            "kill {kill}: {} of {COUNT} Ready, {} orders",
            ready_count(&stage).await,
            metro.seller.audit().unwrap().orders.len()
        );
    }
    let _operator = start(&kubeconfig, "warn", Stdio::inherit()).await;
    let mut probe = || async { (ready_count(&stage).await == COUNT).then_some(()) };
    within(PATIENCE * 3, "every intent is Ready", &mut probe).await;

    let audit = metro.seller.audit().unwrap();
    let live = audit.services.iter().filter(|service| service.live).count();
    println!(
        "orders {}, live services {live}, twins {}, orphans {}",
        audit.orders.len(),
        audit.twins.len(),
        audit.orphans.len()
    );
    assert_eq!((live, audit.twins.len(), audit.orphans.len()), (COUNT, 0, 0));
    assert!(haul.seller.audit().unwrap().orders.is_empty());
    // 1125 for 2 Gbit/s is 675 for one.
    assert_eq!(audit.money["USD"].monthly.to_string(), "27000.00");

    all_gone(&stage, PATIENCE * 3).await;
    let audit = metro.seller.audit().unwrap();
    assert_eq!(audit.services.iter().filter(|service| service.live).count(), 0);
}
