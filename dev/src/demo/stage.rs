//! What the demo plays on: a control plane with definitions and roles, two simulated sellers, and the operator as a
//! process under its own service account.
//!
//! Everything here ends with the [`Stage`], and with this process however that ends; see [`Lifeline`].

use std::{
    fs,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::Command,
    time::Duration,
};

use kube::{Api, Client, ResourceExt, api::ListParams};
use naas_dev::{
    controlplane::{ControlPlane, Options},
    lifeline::{Exit, Lifeline},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::{
    Error,
    books::Audit,
    kubectl,
    objects::{Intent, Seen, Segment, Told, resource},
    programs::{Programs, ROOT},
    screen::Screen,
};

/// The sellers: names of their scenarios, and of the providers in the quickstart.
pub const SELLERS: [&str; 2] = ["metro-fiber", "long-haul"];

const OPERATOR: &str = "naas-operator";
const QUICKSTART: &str = "examples/quickstart";
const KINDS: [&str; 8] = [
    "connectivitybudgets",
    "connectivityclasses",
    "connectivitydecisions",
    "connectivityintents",
    "connectivityproviders",
    "connectivitysegments",
    "interconnects",
    "sites",
];

/// How long a program may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Between looks at whether it is.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a failing stage may take to tell why.
const EVIDENCE_WITHIN: Duration = Duration::from_secs(20);

/// Everything that runs. What is declared first ends first.
pub struct Stage {
    programs: Lifeline,
    plane: ControlPlane,
    client: Client,
    http: reqwest::Client,
    /// Where each seller listens, by name.
    sellers: Vec<(&'static str, SocketAddr)>,
    /// Where the operator serves health and metrics.
    operator: SocketAddr,
}

impl Stage {
    /// A control plane, and nothing on it yet.
    ///
    /// # Errors
    ///
    /// It does not come up. Nothing is left behind.
    pub async fn new() -> Result<Self, Error> {
        // Refused only where one is installed already, and then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plane = ControlPlane::start(Options::default()).await?;
        Ok(Self {
            programs: Lifeline::new("naas-demo")
                .map_err(|source| Error::Io { what: "make a temporary directory".to_owned(), source })?,
            client: plane.client()?,
            http: http_client()?,
            plane,
            sellers: Vec::new(),
            operator: free_address()?,
        })
    }

    /// Installs the operator, and starts it and the sellers.
    ///
    /// # Errors
    ///
    /// Something is refused, or does not come up.
    pub async fn set(&mut self, programs: &Programs, screen: &Screen) -> Result<(), Error> {
        screen.step(&format!("Kubernetes is up at {}", self.plane.config().cluster_url))?;
        self.install().await?;
        screen.step("installed crds/ and deploy/")?;
        for name in SELLERS {
            let address = self.start_seller(name, programs).await?;
            screen.step(&format!("seller {name} listens on http://{address}"))?;
        }
        self.start_operator(programs).await?;
        screen.step(&format!("the operator runs as service account naas-system/{OPERATOR}"))?;
        Ok(())
    }

    /// Definitions, roles and policies. The Deployment is installed too, but there are no nodes to run it.
    async fn install(&self) -> Result<(), Error> {
        for folder in ["crds", "deploy"] {
            self.kubectl(&["apply", "--server-side", "-k", folder], None).await?;
        }
        let definitions = KINDS.map(|kind| format!("crd/{kind}.naas.dev"));
        let wait = ["wait", "--for=condition=Established", "--timeout=60s"];
        let arguments: Vec<&str> = wait.into_iter().chain(definitions.iter().map(String::as_str)).collect();
        self.kubectl(&arguments, None).await?;
        Ok(())
    }

    async fn start_seller(&mut self, name: &'static str, programs: &Programs) -> Result<SocketAddr, Error> {
        let scenario = format!("{ROOT}/{QUICKSTART}/sellers/{name}.yaml");
        let mut command = Command::new(&programs.seller);
        command.args(["serve", "--scenario", &scenario, "--listen", "127.0.0.1:0"]);
        self.spawn(name, &mut command)?;
        let log = self.programs.log(name);
        let address = self.until_ready(name, async || announced_address(&log)).await?;
        self.sellers.push((name, address));
        Ok(address)
    }

    async fn start_operator(&mut self, programs: &Programs) -> Result<(), Error> {
        let account = self.plane.service_account("naas-system", OPERATOR).await?;
        let kubeconfig = self.programs.directory().join("operator.kubeconfig");
        self.plane.write_kubeconfig(&account, &kubeconfig)?;
        let listen = self.operator.to_string();
        let mut command = Command::new(&programs.operator);
        command
            .args(["--owner-id", "demo", "--listen", &listen])
            // These sellers answer within seconds; real ones are asked less often.
            .args(["--poll", "500ms", "--poll-most", "2s", "--retry", "500ms", "--retry-most", "5s"])
            .env("KUBECONFIG", kubeconfig);
        // The client of Kubernetes would go through a proxy even to loopback.
        for proxy in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            command.env_remove(proxy);
        }
        self.spawn(OPERATOR, &mut command)?;
        let (http, url) = (self.http.clone(), format!("http://{listen}/readyz"));
        self.until_ready(OPERATOR, async || {
            let answer = http.get(&url).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await
    }

    fn spawn(&mut self, name: &'static str, command: &mut Command) -> Result<(), Error> {
        // What they print goes to files.
        command.env("NO_COLOR", "1");
        let refused = |source| Error::Io { what: format!("start {name}"), source };
        self.programs.spawn(name, command).map_err(refused)
    }

    async fn until_ready<T>(
        &mut self,
        name: &'static str,
        sign: impl AsyncFn() -> Option<T>,
    ) -> Result<T, Error> {
        let began = Instant::now();
        loop {
            if let Some(found) = sign().await {
                return Ok(found);
            }
            self.all_run()?;
            if began.elapsed() >= READY_WITHIN {
                return Err(Error::NotReady { name, after: READY_WITHIN });
            }
            sleep(PAUSE).await;
        }
    }

    /// Fails if a seller or the operator has ended.
    pub fn all_run(&mut self) -> Result<(), Error> {
        let exited = self
            .programs
            .exited()
            .map_err(|source| Error::Io { what: "watch the operator and the sellers".to_owned(), source })?;
        match exited {
            Some(Exit { name, status }) => Err(Error::Ended { name, status }),
            None => Ok(()),
        }
    }

    /// Applies `examples/quickstart`, in which the sellers are where they listen now.
    pub async fn apply_quickstart(&self, screen: &Screen) -> Result<(), Error> {
        let apply = |file: &str| format!("apply --server-side -f {QUICKSTART}/{file}");
        for file in ["namespaces.yaml", "sites.yaml"] {
            let line = apply(file);
            self.kubectl_shown(&line.split(' ').collect::<Vec<_>>(), screen).await?;
        }
        screen.command(&format!(
            "kubectl {}   # with the addresses of the sellers above",
            apply("providers.yaml")
        ))?;
        let providers = self.providers()?.to_string();
        screen.block(&self.kubectl(&["apply", "--server-side", "-f", "-"], Some(providers)).await?)?;
        let line = apply("intents.yaml");
        self.kubectl_shown(&line.split(' ').collect::<Vec<_>>(), screen).await?;
        screen.line("")?;
        Ok(())
    }

    fn providers(&self) -> Result<Value, Error> {
        const FILE: &str = "providers.yaml";
        let unreadable = |why: String| Error::Manifest { file: FILE, why };
        let text = fs::read_to_string(Path::new(ROOT).join(QUICKSTART).join(FILE))
            .map_err(|error| unreadable(error.to_string()))?;
        let mut items = Vec::new();
        for document in serde_norway::Deserializer::from_str(&text) {
            let mut provider = Value::deserialize(document).map_err(|error| unreadable(error.to_string()))?;
            let name = provider["metadata"]["name"].as_str().unwrap_or_default();
            let (_, address) = self
                .sellers
                .iter()
                .find(|(seller, _)| *seller == name)
                .ok_or_else(|| unreadable(format!("there is no seller {name}")))?;
            provider["spec"]["lso"]["address"] = json!(format!("http://{address}"));
            items.push(provider);
        }
        Ok(json!({"apiVersion": "v1", "kind": "List", "items": items}))
    }

    /// All intents and segments.
    ///
    /// # Errors
    ///
    /// The API server does not answer.
    pub async fn look(&self) -> Result<Seen, Error> {
        let all = ListParams::default();
        let intents: Api<Intent> = Api::all_with(self.client.clone(), &resource("ConnectivityIntent"));
        let segments: Api<Segment> = Api::all_with(self.client.clone(), &resource("ConnectivitySegment"));
        Ok(Seen { intents: intents.list(&all).await?.items, segments: segments.list(&all).await?.items })
    }

    /// The books of a seller.
    ///
    /// # Errors
    ///
    /// It does not answer, or shows something else.
    pub async fn audit(&self, seller: &str) -> Result<Audit, Error> {
        let hidden = |source| Error::Audit { seller: seller.to_owned(), source };
        let address = self.sellers.iter().find(|(name, _)| *name == seller).map(|(_, address)| address);
        let url = format!("http://{}/audit", address.map(ToString::to_string).unwrap_or_default());
        let answer = self.http.get(url).send().await.and_then(reqwest::Response::error_for_status);
        answer.map_err(hidden)?.json().await.map_err(hidden)
    }

    /// Gives a command as a person would, and shows it with its answer.
    ///
    /// # Errors
    ///
    /// kubectl is refused.
    pub async fn kubectl_shown(&self, arguments: &[&str], screen: &Screen) -> Result<(), Error> {
        screen.command(&format!("kubectl {}", kubectl::quoted(arguments)))?;
        screen.block(&self.kubectl(arguments, None).await?)?;
        Ok(())
    }

    async fn kubectl(&self, arguments: &[&str], input: Option<String>) -> Result<String, Error> {
        kubectl::run(self.plane.kubectl(), arguments, input).await
    }

    /// How to look at everything from another terminal.
    pub fn directions(&self) -> String {
        let kubectl = self.plane.kubectl();
        let directory =
            Path::new(kubectl.as_std().get_program()).parent().unwrap_or(Path::new(".")).display();
        let logs = self.programs.directory().join("*.log");
        let mut lines = vec![
            format!("export KUBECONFIG={}", self.plane.kubeconfig().display()),
            format!("export PATH={directory}:$PATH"),
            "kubectl get naas -A".to_owned(),
            "kubectl describe ci -A".to_owned(),
            "kubectl explain ci.status".to_owned(),
            format!("tail -f {}", logs.display()),
            format!("curl http://{}/metrics", self.operator),
        ];
        for (name, address) in &self.sellers {
            lines.push(format!("curl http://{address}/audit     # the books of {name}"));
        }
        lines.iter().map(|line| format!("  {line}\n")).collect()
    }

    /// Tells on standard error what may explain a failure: intents that are not ready, and the ends of all logs.
    pub async fn show_evidence(&self, seen: &Seen) {
        let mut evidence = Vec::new();
        for intent in seen.intents.iter().filter(|intent| !intent.is_ready()) {
            let (namespace, name) = (intent.namespace().unwrap_or_default(), intent.name_any());
            let arguments = ["describe", "connectivityintent", &name, "-n", &namespace];
            let described = timeout(EVIDENCE_WITHIN, self.kubectl(&arguments, None)).await;
            let text = match described {
                Ok(Ok(text)) => text,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer".to_owned(),
            };
            evidence.push((format!("kubectl {}", kubectl::quoted(&arguments)), text));
        }
        for name in SELLERS.into_iter().chain([OPERATOR]) {
            evidence.push((format!("the last lines of {name}"), self.programs.log_tail(name)));
        }
        for (title, text) in evidence {
            // Nobody may be reading.
            let _ = writeln!(io::stderr(), "\n--- {title}\n{}", text.trim_end());
        }
    }

    /// Ends everything and waits until all of it is gone.
    pub async fn stop(self) {
        let Self { programs, plane, .. } = self;
        // A panic while dropping is the only way to fail, and dropping doesn't.
        let _ = tokio::task::spawn_blocking(move || drop(programs)).await;
        plane.stop().await;
    }
}

fn http_client() -> Result<reqwest::Client, Error> {
    let refused =
        |source| Error::Io { what: "make an HTTP client".to_owned(), source: io::Error::other(source) };
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().map_err(refused)
}

/// An address that was free a moment ago; the operator can't tell which one it would choose itself.
fn free_address() -> Result<SocketAddr, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(|source| Error::Io { what: "find a free port on loopback".to_owned(), source })
}

/// What a seller prints when it listens.
fn announced_address(log: &Path) -> Option<SocketAddr> {
    let text = fs::read_to_string(log).ok()?;
    let (complete, _) = text.rsplit_once('\n')?;
    complete.lines().find_map(|line| line.strip_prefix("listening on http://"))?.parse().ok()
}
