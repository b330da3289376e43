//! An operator that listens, and sellers that tell.

use kube::api::{Api, PostParams};
use naas_operator::api::ConnectivityProvider;
use serde_json::{Value, json};
use tokio::sync::MutexGuard;
use tokio::task::JoinHandle;

use crate::world::{Operator, RunningSeller, Stage, instant, open, plane, settings, until};

/// Operators act on the same objects: one at a time.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// So slow that whatever happens within a test happens because it was told.
pub const NEVER: &str = "10h";

/// An operator that listens.
pub struct Listening {
    /// Where it listens.
    pub url: String,
    operator: Operator,
    alone: MutexGuard<'static, ()>,
}

impl Listening {
    /// One that polls, and looks at what is settled, as often as this.
    pub async fn start(poll: &str, settled: &str) -> Self {
        let alone = ALONE.lock().await;
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (listen, url) = (format!("127.0.0.1:{port}"), format!("http://127.0.0.1:{port}"));
        let flags = [
            ["--poll", poll],
            ["--poll-most", poll],
            ["--settled", settled],
            ["--notify-listen", &listen],
            ["--notify-url", &url],
        ];
        let operator = Operator::start(plane().await, settings(flags.as_flattened())).await;
        Self { url, operator, alone }
    }
}

/// A stage with one seller that tells its news, and the secret of its address.
pub struct Told {
    pub stage: Stage,
    pub metro: RunningSeller,
    pub token: String,
    telling: JoinHandle<()>,
}

impl Drop for Told {
    fn drop(&mut self) {
        self.telling.abort();
    }
}

/// The seller works on everything for a moment before it answers.
pub fn works(scenario: &mut Value) {
    for stage in ["qualification", "quote"] {
        scenario[stage]["answerAfter"] = json!("1s");
    }
    scenario["order"]["leadTimes"] = json!({"add": "1s", "modify": "1s", "delete": "1s"});
}

impl Told {
    /// A seller whose scenario is changed as the test wants.
    pub async fn start(prefix: &str, change: impl FnOnce(&mut Value)) -> Self {
        let told = Self::unsubscribed(prefix, change).await;
        until("it is subscribed", || async { (told.hubs().await.len() == 3).then_some(()) }).await;
        told
    }

    /// The same, while the operator has yet to subscribe.
    pub async fn unsubscribed(prefix: &str, change: impl FnOnce(&mut Value)) -> Self {
        let stage = Stage::on(plane().await, prefix).await;
        let scenario = instant("metro-fiber", |scenario| {
            works(scenario);
            change(scenario);
        });
        let metro = open(scenario).await;
        let telling = tokio::spawn(metro.seller.clone().deliver());
        let token = format!("canary-{}", stage.prefix).repeat(4).chars().take(100).collect();
        let told = Self { stage, metro, token, telling };
        told.stage.sites().await;
        told.secret(&told.token).await;
        let secret = told.name();
        told.stage
            .provider("metro-fiber", &told.metro, |document| {
                document["spec"]["credentials"] = json!({"secretRef": {"name": secret}});
                document["spec"]["lso"]["poq"] = json!({"delivery": "Deferred"});
                document["spec"]["lso"]["quote"] = json!({"delivery": "Deferred"});
                document["spec"]["lso"]["notifications"] =
                    json!({"apis": ["Qualification", "Quote", "Order"]});
            })
            .await;
        told
    }

    pub fn name(&self) -> String {
        self.stage.name("metro-fiber")
    }

    async fn secret(&self, token: &str) {
        let secret = json!({"metadata": {"name": self.name()}, "stringData": {"callbackToken": token}});
        let secret = serde_json::from_value(secret).unwrap();
        self.stage.secrets().create(&PostParams::default(), &secret).await.unwrap();
    }

    pub fn providers(&self) -> Api<ConnectivityProvider> {
        Api::all(self.stage.client.clone())
    }

    /// Subscriptions on record, as API and id.
    pub async fn hubs(&self) -> Vec<(String, String)> {
        let provider = self.providers().get(&self.name()).await.unwrap();
        let hubs = provider.status.into_iter().flat_map(|status| status.hubs);
        hubs.map(|hub| (format!("{:?}", hub.api), hub.id)).collect()
    }

    /// How often the seller was asked like this, such as `GET /productOrder/{id}`.
    pub fn asked(&self, method: &str, operation: &str) -> u64 {
        let calls = self.metro.calls();
        let like = |call: &str| call.starts_with(method) && call.ends_with(operation);
        calls.iter().filter(|(call, _)| like(call)).map(|(_, count)| count).sum()
    }

    /// Where the seller keeps its subscriptions for orders.
    pub fn order_hub(&self, id: &str) -> String {
        format!("{}/mefApi/cantata/productOrderingManagement/v5/hub/{id}", self.metro.address)
    }
}
