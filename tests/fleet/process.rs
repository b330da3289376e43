//! The operator as a process that can be killed, and the chance that says when.

use std::process::Stdio;

use naas_dev::controlplane::ControlPlane;
use tokio::process::{Child, Command};

use crate::world::until;

/// A small generator whose seed is printed: the moments of a failing run can be had again.
pub struct Random(u64);

impl Random {
    pub fn seeded() -> Self {
        let given = std::env::var("NAAS_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let id = std::process::id();
            u64::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
        });
        println!("seed: NAAS_SEED={seed}");
        Self(seed)
    }

    pub fn below(&mut self, most: u64) -> u64 {
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
    start_with(kubeconfig, log, logs, &[]).await
}

/// The same, with more flags.
pub async fn start_with(kubeconfig: &std::path::Path, log: &str, logs: Stdio, more: &[&str]) -> Running {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let process = Command::new(env!("CARGO_BIN_EXE_naas-operator"))
        .args(["--owner-id", "acme", "--listen", &listen, "--purchase-window", "1s", "--poll", "200ms"])
        .args(["--poll-most", "1s", "--retry", "100ms", "--retry-most", "1s", "--offer-patience", "10m"])
        .args(more)
        // What is rehearsed here is meant.
        .args(["--safety-catch-orders", "1000", "--safety-catch-disconnects", "1000"])
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
