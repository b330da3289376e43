//! The world of a test: a real control plane, the operator under its own service account, simulated sellers over HTTP.
//!
//! One control plane and one operator serve all tests of this binary; each test has a namespace, sellers and sites of its own.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use clap::Parser;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::Client;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use naas_dev::controlplane::ControlPlane;
use naas_dev::lso::{Recorder, Side, Specifications};
use naas_operator::api::{ConnectivityIntent, ConnectivityProvider, ConnectivitySegment, Interconnect, Site};
use naas_operator::app::{self, World as Surroundings};
use naas_operator::clock::SystemClock;
use naas_operator::settings::{Flags, Settings};
use naas_operator::telemetry::{Health, Metrics};
use naas_sim::{Clock, Scenario, Seller, Store};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// How long a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The control plane that all tests of this binary share, installed.
pub async fn plane() -> &'static ControlPlane {
    static INSTALLED: OnceCell<()> = OnceCell::const_new();
    let plane = ControlPlane::shared().await.expect("a control plane");
    INSTALLED.get_or_init(|| install(plane)).await;
    plane
}

/// Brings definitions, roles and policies of `crds/` and `deploy/` to a control plane.
pub async fn install(plane: &ControlPlane) {
    for folder in ["crds", "deploy"] {
        let applied = kubectl(plane, &["apply", "--server-side", "-k", folder]).await;
        assert!(applied.0, "{folder}: {}", applied.1);
    }
    for kind in [
        "connectivitybudgets",
        "connectivityclasses",
        "connectivitydecisions",
        "connectivityintents",
        "connectivityproviders",
        "connectivitysegments",
        "interconnects",
        "sites",
    ] {
        let crd = format!("crd/{kind}.naas.dev");
        let ready = kubectl(plane, &["wait", "--for=condition=Established", &crd, "--timeout=60s"]).await;
        assert!(ready.0, "{}", ready.1);
    }
}

pub async fn kubectl(plane: &ControlPlane, args: &[&str]) -> (bool, String) {
    let output = plane.kubectl().args(args).current_dir(root()).output().await.expect("kubectl runs");
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

/// Settings with short windows; their relation is validated as in production.
pub fn settings(more: &[&str]) -> Settings {
    let short = [
        "naas-operator",
        "--owner-id",
        "acme",
        "--purchase-window",
        "5s",
        "--poll",
        "100ms",
        "--poll-most",
        "1s",
        "--retry",
        "100ms",
        "--retry-most",
        "2s",
        "--offer-patience",
        "20s",
        "--stalled",
        "2s",
        "--ask-again",
        "1s",
    ];
    let flags = Flags::try_parse_from(short.iter().chain(more).copied()).expect("flags");
    Settings::try_from(flags).expect("settings")
}

/// A running operator; it stops when dropped.
pub struct Operator {
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<Result<(), app::Error>>>,
    health: Arc<Health>,
}

impl Operator {
    /// Starts an operator in a runtime of its own, under its own service account, and waits until it works.
    pub async fn start(plane: &ControlPlane, settings: Settings) -> Self {
        let config = plane.service_account("naas-system", "naas-operator").await.expect("a token");
        let operator = Self::launch(move || Client::try_from(config).expect("client"), settings);
        operator.ready().await;
        operator
    }

    /// Starts an operator that reaches the API server in this way.
    pub fn launch(client: impl FnOnce() -> Client + Send + 'static, settings: Settings) -> Self {
        let (metrics, health) = (Arc::new(Metrics::default()), Arc::new(Health::default()));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let ready = health.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("runtime");
            runtime.block_on(async move {
                naas_operator::telemetry::init_logs(false);
                let world = Surroundings {
                    client: client(),
                    clock: Arc::new(SystemClock),
                    random: Arc::new(|| 0.5),
                    nonce: Arc::new(|| 0x5eed),
                    around: None,
                };
                let stop = async move {
                    let _ = stopped.await;
                };
                app::run(settings, world, metrics, ready, stop).await
            })
        });
        Self { stop: Some(stop), thread: Some(thread), health }
    }

    /// Waits until it works.
    pub async fn ready(&self) {
        until("the operator is ready", || async {
            assert!(!self.has_ended(), "the operator ended before it was ready");
            self.health.is_ready().then_some(())
        })
        .await;
    }

    fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(std::thread::JoinHandle::is_finished)
    }

    /// Waits until it ends by itself.
    #[allow(dead_code, reason = "another binary uses it")]
    pub async fn ended(mut self) -> Result<(), app::Error> {
        until("the operator ends", || async { self.has_ended().then_some(()) }).await;
        self.thread.take().expect("not joined yet").join().expect("no panic")
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The operator that all tests of this binary share.
pub async fn operator() -> &'static Operator {
    static OPERATOR: OnceCell<Operator> = OnceCell::const_new();
    OPERATOR
        .get_or_init(|| async { Operator::start(plane().await, settings(&["--settled", "5s"])).await })
        .await
}

/// Waits for a condition, with a deadline.
pub async fn until<T, F, Fut>(what: &str, mut probe: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    within(PATIENCE, what, &mut probe).await
}

#[allow(clippy::disallowed_methods, reason = "a deadline of a test")]
pub async fn within<T, F, Fut>(patience: Duration, what: &str, probe: &mut F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A simulated seller that listens.
pub struct RunningSeller {
    pub seller: Seller,
    pub address: String,
    pub recorder: Recorder,
    /// It misbehaves on purpose: then only what we say must be what MEF specifies.
    pub misbehaves: bool,
    served: tokio::task::JoinHandle<()>,
}

/// The official specification files, where they are.
fn specifications() -> Option<&'static Specifications> {
    static SPECIFICATIONS: OnceLock<Option<Specifications>> = OnceLock::new();
    let found = SPECIFICATIONS.get_or_init(|| {
        let found = Specifications::find().expect("specification files that can be read");
        if found.is_none() {
            println!(
                "SKIPPED: checks of all traffic against the official LSO specifications; set NAAS_SPECS"
            );
        }
        found
    });
    found.as_ref()
}

impl Drop for RunningSeller {
    /// Everything that both sides said must be what MEF specifies.
    fn drop(&mut self) {
        self.served.abort();
        let Some(specifications) = specifications().filter(|_| !std::thread::panicking()) else { return };
        let report = self.recorder.check(specifications);
        if self.misbehaves {
            let ours: Vec<_> = report.by(Side::Buyer).collect();
            assert!(ours.is_empty(), "requests that MEF does not specify: {ours:?}");
            return;
        }
        println!("{report}");
        assert!(report.violations.is_empty(), "traffic that MEF does not specify:\n{report}");
    }
}

impl RunningSeller {
    /// Stops listening; connections are refused from now on.
    pub fn hang_up(&self) {
        self.served.abort();
    }

    /// Listens again where it listened before.
    pub async fn answer_again(&mut self) {
        self.served.abort();
        // Its port is free once it has ended.
        let _ = (&mut self.served).await;
        let port = self.address.trim_start_matches("http://");
        let listener = tokio::net::TcpListener::bind(port).await.expect("the port it had");
        self.served = serve(listener, &self.recorder, &self.seller);
    }

    /// From now on this goes wrong with it, as `faults` of a scenario says, and nothing else.
    pub fn goes_wrong(&self, faults: &Value) {
        let faults = serde_norway::from_str(&faults.to_string()).expect("faults");
        self.seller.set_faults(faults).expect("stored").expect("faults that can be");
    }

    /// How many services it bills or will bill.
    pub fn live(&self) -> usize {
        self.seller.audit().expect("an audit").services.iter().filter(|service| service.live).count()
    }

    /// How many orders it ever took.
    pub fn orders(&self) -> usize {
        self.seller.audit().expect("an audit").orders.len()
    }

    /// How many calls it took, by method and path.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        let mut calls = BTreeMap::new();
        for call in self.seller.calls() {
            *calls.entry(format!("{} {}", call.method, call.path)).or_default() += call.count;
        }
        calls
    }
}

/// A stage with one seller, its account and its sites, changed as the test wants.
pub async fn one_seller(
    prefix: &str,
    scenario: impl FnOnce(&mut Value),
    provider: impl FnOnce(&mut Value),
) -> (Stage, RunningSeller) {
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", scenario)).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, provider).await;
    (stage, metro)
}

/// A scenario of the simulator in which everything happens at once, changed as the test wants.
pub fn instant(name: &str, change: impl FnOnce(&mut Value)) -> Scenario {
    at_once(&root().join(format!("simulator/scenarios/{name}.yaml")), change)
}

/// A scenario in which everything happens at once, changed as the test wants.
pub fn at_once(path: &Path, change: impl FnOnce(&mut Value)) -> Scenario {
    let text = std::fs::read_to_string(path).expect("the scenario is there");
    let mut scenario: Value = serde_norway::from_str(&text).expect("YAML");
    for (stage, field) in [
        ("qualification", "startAfter"),
        ("qualification", "answerAfter"),
        ("quote", "startAfter"),
        ("quote", "answerAfter"),
        ("order", "assessAfter"),
        ("order", "disconnectNotice"),
        ("inventory", "lag"),
        ("lists", "orderSearchLag"),
    ] {
        scenario[stage][field] = json!("0");
    }
    scenario["quote"]["answer"] = json!("AsAsked");
    scenario["order"]["leadTimes"] = json!({"add": "0", "modify": "0", "delete": "0"});
    scenario["order"]["milestones"] = json!([]);
    scenario["order"]["modifyRestartsTerm"] = json!("Never");
    scenario["order"]["terminationFee"] = json!({"share": "0"});
    scenario["inventory"].as_object_mut().expect("inventory").remove("vanishAfter");
    change(&mut scenario);
    Scenario::from_yaml(&serde_norway::to_string(&scenario).expect("YAML")).expect("a scenario")
}

/// Opens a seller and listens on a free port.
pub async fn open(scenario: Scenario) -> RunningSeller {
    let clock = Clock::from_setting(&naas_sim::scenario::ClockSetting::default());
    let seller = Seller::open(scenario, Store::in_memory().expect("a store"), clock).expect("a seller");
    let recorder = Recorder::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let served = serve(listener, &recorder, &seller);
    RunningSeller { seller, address, recorder, misbehaves: false, served }
}

fn serve(
    listener: tokio::net::TcpListener,
    recorder: &Recorder,
    seller: &Seller,
) -> tokio::task::JoinHandle<()> {
    let router = recorder.wrap(seller.router());
    tokio::spawn(async move { axum::serve(listener, router).await.expect("served") })
}

/// A namespace with sites and sellers of its own, from `examples/quickstart`.
pub struct Stage {
    pub client: Client,
    pub namespace: String,
    pub prefix: String,
}

impl Stage {
    /// An empty stage. The operator runs.
    pub async fn new(prefix: &str) -> Self {
        operator().await;
        Self::on(plane().await, prefix).await
    }

    /// An empty stage on a control plane.
    pub async fn on(plane: &ControlPlane, prefix: &str) -> Self {
        let namespace = plane.namespace(prefix).await.expect("a namespace");
        let client = plane.client().expect("a client");
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let label = json!({"metadata": {"labels": {"naas.dev/connectivity": namespace}}});
        namespaces.patch(&namespace, &PatchParams::default(), &Patch::Merge(label)).await.expect("labelled");
        Self { client, prefix: namespace.clone(), namespace }
    }

    pub fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// The documents of a file of the quickstart, made this stage's own: names, consumers, addresses.
    fn quickstart(&self, file: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(root().join("examples/quickstart").join(file))
            .expect("the example is there");
        let own = |text: &str| {
            let mut text = text.to_owned();
            for name in ["metro-fiber", "long-haul", "ashburn-gpu", "chicago-store", "newyork-edge"] {
                text = text.replace(&format!("provider: {name}"), &format!("provider: {}", self.name(name)));
                text = text.replace(&format!("{{name: {name}}}"), &format!("{{name: {}}}", self.name(name)));
            }
            text.replace(
                "naas.dev/connectivity: allowed",
                &format!("naas.dev/connectivity: {}", self.namespace),
            )
        };
        use serde::Deserialize;
        serde_norway::Deserializer::from_str(&own(&text))
            .map(|document| Value::deserialize(document).expect("YAML"))
            .collect()
    }

    /// Creates the sites of the quickstart.
    pub async fn sites(&self) {
        let api: Api<Site> = Api::all(self.client.clone());
        for document in self.quickstart("sites.yaml") {
            let site: Site = serde_json::from_value(document).expect("a site");
            api.create(&PostParams::default(), &site).await.expect("the site is taken");
        }
    }

    /// Takes ports away from a site, and gives it equipment of ours where that is said.
    pub async fn change_site(&self, name: &str, without: &[&str], transit: Option<Value>) {
        let api: Api<Site> = Api::all(self.client.clone());
        until("the site is changed", || async {
            let mut site = api.get(&self.name(name)).await.expect("the site is there");
            site.spec.ports.retain(|port| !without.contains(&port.name.as_str()));
            site.spec.transit = transit.clone().map(|own| serde_json::from_value(own).expect("a transit"));
            api.replace(&self.name(name), &PostParams::default(), &site).await.ok().map(drop)
        })
        .await;
    }

    /// Patches two ports of a site to each other.
    pub async fn patch_ports(&self, name: &str, site: &str, ports: [&str; 2]) {
        let api: Api<Interconnect> = Api::all(self.client.clone());
        let patched: Interconnect = serde_json::from_value(json!({
            "apiVersion": "naas.dev/v1alpha1",
            "kind": "Interconnect",
            "metadata": {"name": self.name(name)},
            "spec": {
                "crossConnect": {"site": self.name(site), "ports": ports},
                "consumers": {"namespaces": [self.namespace]},
                "latency": "10us",
                "availability": "99.99",
            },
        }))
        .expect("an interconnect");
        api.create(&PostParams::default(), &patched).await.expect("the interconnect is taken");
    }

    /// Creates the provider of the quickstart for a seller, changed as the test wants.
    pub async fn provider(
        &self,
        name: &str,
        seller: &RunningSeller,
        change: impl FnOnce(&mut Value),
    ) -> ConnectivityProvider {
        let mine = self.name(name);
        let mut document = self
            .quickstart("providers.yaml")
            .into_iter()
            .find(|document| document["metadata"]["name"] == json!(mine))
            .expect("the provider is there");
        document["spec"]["lso"]["address"] = json!(seller.address);
        document["spec"]["lso"]["search"]["lag"] = json!("200ms");
        document["spec"]["lso"]["requestTimeout"] = json!("2s");
        // Tests look far more often than anybody does.
        document["spec"]["requests"] = json!({"perMinute": 60_000});
        change(&mut document);
        let provider: ConnectivityProvider = serde_json::from_value(document).expect("a provider");
        let api: Api<ConnectivityProvider> = Api::all(self.client.clone());
        api.create(&PostParams::default(), &provider).await.expect("the provider is taken")
    }

    /// An intent of the quickstart, changed as the test wants.
    pub fn intent(&self, name: &str, change: impl FnOnce(&mut Value)) -> ConnectivityIntent {
        let mut document = self
            .quickstart("intents.yaml")
            .into_iter()
            .find(|document| document["metadata"]["name"] == json!(name))
            .expect("the intent is there");
        document["metadata"]["namespace"] = json!(self.namespace);
        change(&mut document);
        serde_json::from_value(document).expect("an intent")
    }

    pub fn intents(&self) -> Api<ConnectivityIntent> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), "naas-system")
    }

    pub async fn create(&self, intent: &ConnectivityIntent) -> ConnectivityIntent {
        self.intents().create(&PostParams::default(), intent).await.expect("the intent is taken")
    }

    /// Changes the spec of an intent.
    pub async fn edit(&self, name: &str, spec: Value) -> ConnectivityIntent {
        let patch = Patch::Merge(json!({"spec": spec}));
        self.intents().patch(name, &PatchParams::default(), &patch).await.expect("the change is taken")
    }

    pub async fn delete(&self, name: &str) {
        self.intents().delete(name, &DeleteParams::default()).await.expect("deleted");
    }

    /// The segments of this stage's namespace.
    pub async fn segments(&self) -> Vec<ConnectivitySegment> {
        let api: Api<ConnectivitySegment> = Api::all(self.client.clone());
        let mut all = api.list(&Default::default()).await.expect("listed").items;
        all.retain(|segment| segment.spec.intent_ref.namespace == self.namespace);
        all
    }

    /// Waits until the intent's Ready condition has this reason, for its present generation.
    pub async fn reason(&self, name: &str, reason: &str) -> ConnectivityIntent {
        says(&self.intents(), name, reason).await
    }

    /// Waits until the intent is gone.
    pub async fn gone(&self, name: &str) {
        until(&format!("{name} is gone"), || async {
            self.intents().get_opt(name).await.expect("answered").is_none().then_some(())
        })
        .await;
    }
}

/// Waits until an intent's Ready condition has this reason, for its present generation.
pub async fn says(intents: &Api<ConnectivityIntent>, name: &str, reason: &str) -> ConnectivityIntent {
    let last = std::sync::Mutex::new(String::new());
    let what = format!("{name} says {reason}");
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            let intent = intents.get(name).await.expect("the intent is there");
            let said = ready(&intent);
            if said.0 == reason
                && intent.status.as_ref().and_then(|s| s.observed_generation) == intent.metadata.generation
            {
                return intent;
            }
            *last.lock().expect("unpoisoned") = format!("{said:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    found.unwrap_or_else(|_| {
        panic!("waited in vain until {what}; it says {}", last.lock().expect("unpoisoned"))
    })
}

/// Reason and message of Ready.
pub fn ready(intent: &ConnectivityIntent) -> (String, String) {
    let conditions = intent.status.iter().flat_map(|status| &status.conditions);
    conditions
        .filter(|condition| condition.type_ == "Ready")
        .map(|condition| (condition.reason.clone(), condition.message.clone()))
        .next()
        .unwrap_or_default()
}

pub fn condition<'a>(intent: &'a ConnectivityIntent, kind: &str) -> &'a str {
    let conditions = intent.status.iter().flat_map(|status| &status.conditions);
    conditions
        .filter(|condition| condition.type_ == kind)
        .map(|found| found.status.as_str())
        .next()
        .unwrap_or("absent")
}
