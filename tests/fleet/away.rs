//! The API server goes away under a running operator, with orders under way: while it is away next to nothing is done, tried or
//! logged, and when it is back everything goes on by itself.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kube::api::PostParams;
use naas_operator::telemetry::USUAL_LOGS;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::many::{all_gone, all_ready, alone, create_all, plenty, roomy, small, wide_pools};
use crate::process::start_with;
use crate::world::{PATIENCE, Stage, instant, open, plane, until};

/// The door to the API server. Whoever knocks while it is shut is turned away, and who was inside is thrown out.
struct Door {
    port: u16,
    knocks: Arc<AtomicU64>,
    open: watch::Sender<bool>,
}

impl Door {
    async fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (knocks, (open, is_open)) = (Arc::<AtomicU64>::default(), watch::channel(true));
        let counted = knocks.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
                let (server, mut shut) = (server.clone(), is_open.clone());
                tokio::spawn(async move {
                    if !*shut.borrow() {
                        return;
                    }
                    let mut behind = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut stream, &mut behind) => {}
                        _ = shut.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { port, knocks, open }
    }

    fn knocks(&self) -> u64 {
        self.knocks.load(Ordering::Relaxed)
    }
}

/// The time that a process computed (`utime` and `stime` of proc(5), whose unit is a hundredth of a second on every Linux).
fn computed(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let hundredths =
        after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap());
    Duration::from_millis(10 * hundredths.sum::<u64>())
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "a test measures time")]
async fn an_api_server_that_is_away_costs_next_to_nothing_and_is_missed_no_longer_than_it_is_away() {
    const COUNT: usize = 60;
    const AWAY: Duration = Duration::from_secs(20);
    /// Whatever is under way when the door shuts: a watch of each kind, and as many passes as there are places.
    const UNDER_WAY: u64 = 100;
    let _alone = alone().await;
    let plane = plane().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = plane.service_account("naas-system", "naas-operator").await.expect("a token");
    let door = Door::before(config.cluster_url.authority().unwrap().to_string()).await;
    config.cluster_url = format!("https://127.0.0.1:{}/", door.port).parse().unwrap();
    let (kubeconfig, log) = (folder.path().join("door.kubeconfig"), folder.path().join("log"));
    plane.write_kubeconfig(&config, &kubeconfig).unwrap();
    let logged = Stdio::from(std::fs::File::create(&log).unwrap());
    let operator = start_with(&kubeconfig, USUAL_LOGS, logged, &[]).await;
    let process = operator.process.id().unwrap();
    let lines = |with: &str| {
        let text = std::fs::read_to_string(&log).unwrap();
        u64::try_from(text.lines().filter(|line| line.contains(with)).count()).unwrap()
    };

    // Orders are done while nobody can write that down.
    let slow = |scenario: &mut serde_json::Value| {
        roomy(scenario);
        scenario["order"]["leadTimes"] = json!({"add": "15s", "modify": "0", "delete": "0"});
    };
    let (metro, haul) = (open(instant("metro-fiber", slow)).await, open(instant("long-haul", roomy)).await);
    let stage = Stage::on(plane, "away").await;
    stage.sites().await;
    wide_pools(&stage).await;
    stage.provider("metro-fiber", &metro, plenty).await;
    stage.provider("long-haul", &haul, plenty).await;
    create_all(&stage, COUNT).await;
    until("everything is ordered", || async { (metro.orders() == COUNT).then_some(()) }).await;

    let (knocks, logged, before, shut) = (door.knocks(), lines(""), computed(process), Instant::now());
    door.open.send_replace(false);
    until("somebody is turned away", || async { (door.knocks() > knocks).then_some(()) }).await;
    // The promise is about a while, so a while must pass.
    tokio::time::sleep(AWAY).await;
    let (knocks, logged, away) = (door.knocks() - knocks, lines("") - logged, shut.elapsed());
    let share = (computed(process) - before).as_secs_f64() / away.as_secs_f64();
    println!(
        "{COUNT} orders, away for {away:?}: {knocks} connections tried, {logged} lines, {share:.3} of a core"
    );
    // This operator asks once a second at most, but for the first second.
    assert!(knocks <= away.as_secs() + 5 + UNDER_WAY, "{knocks} connections were tried");
    assert!(logged <= UNDER_WAY, "{logged} lines");
    assert_eq!(lines("the API server does not answer"), 1);
    assert!(share < 0.25, "{share} of a core");

    door.open.send_replace(true);
    stage.intents().create(&PostParams::default(), &small(&stage, COUNT)).await.unwrap();
    all_ready(&stage, COUNT + 1, PATIENCE * 2).await;
    println!("all are Ready {:?} after it was back", shut.elapsed() - away);
    assert_eq!(lines("the API server answers again"), 1);
    assert_eq!(metro.orders(), COUNT + 1);
    all_gone(&stage, PATIENCE * 2).await;
}
