//! An operator that can end from one instant to the next: it runs in a runtime of its own, and all its tasks go with that.

use std::sync::Arc;

use kube::Client;
use naas_operator::app::{self, World};
use naas_operator::clock::SystemClock;
use naas_operator::settings::Settings;
use naas_operator::telemetry::{Health, Metrics};
use tokio::sync::watch;

use crate::effects::Effects;
use crate::world::until;

/// The end of one operator.
#[derive(Clone)]
pub struct Death(Arc<watch::Sender<bool>>);

impl Death {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    pub fn come(&self) {
        self.0.send_replace(true);
    }

    pub fn has_come(&self) -> bool {
        *self.0.borrow()
    }

    async fn wait(&self) {
        let _ = self.0.subscribe().wait_for(|come| *come).await;
    }
}

/// One operator. It ends when it is dropped, without grace.
pub struct Life {
    death: Death,
    effects: Effects,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Life {
    /// Starts an operator under this account; returns when it works, or has met its end.
    pub async fn start(account: kube::Config, settings: Settings, effects: &Effects) -> Self {
        let (metrics, health) = (Arc::new(Metrics::default()), Arc::new(Health::default()));
        let (death, ready) = (Death::new(), health.clone());
        let (end, around) = (death.clone(), effects.clone());
        let thread = std::thread::spawn(move || {
            // On one thread, so that whatever holds up one of its tasks holds up all of it.
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                if std::env::var_os("RUST_LOG").is_some() {
                    naas_operator::telemetry::init_logs(false);
                }
                let client = Client::try_from(account).expect("a client");
                let world = World {
                    client: around.around_kubernetes(client, &end),
                    clock: Arc::new(SystemClock),
                    random: Arc::new(|| 0.5),
                    nonce: Arc::new(|| 0x5eed),
                    around: Some(around.around_sellers(&end)),
                };
                tokio::select! {
                    () = end.wait() => {}
                    ran = app::run(settings, world, metrics, ready, std::future::pending()) => ran.expect("the operator runs"),
                }
            });
            // Dropping the runtime drops every task where it stands.
            drop(runtime);
        });
        until("the operator is ready", || async { (health.is_ready() || death.has_come()).then_some(()) })
            .await;
        Self { death, effects: effects.clone(), thread: Some(thread) }
    }

    pub fn is_over(&self) -> bool {
        self.death.has_come()
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.death.come();
        self.effects.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
