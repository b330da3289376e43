//! What the demo plays on: a control plane with definitions and roles, simulated sellers, and the operator as a process under its
//! own service account.
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

const OPERATOR: &str = "naas-operator";
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
    running: Lifeline,
    programs: Programs,
    plane: ControlPlane,
    client: Client,
    http: reqwest::Client,
    /// Where each seller listens, by name.
    sellers: Vec<(&'static str, SocketAddr)>,
    /// Where the operator serves health and metrics.
    operator: SocketAddr,
}

impl Stage {
    /// A control plane, and nothing on it yet; what comes is one of these programs.
    ///
    /// # Errors
    ///
    /// It does not come up. Nothing is left behind.
    pub async fn new(programs: Programs) -> Result<Self, Error> {
        // Refused only where one is installed already, and then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plane = ControlPlane::start(Options::default()).await?;
        Ok(Self {
            running: Lifeline::new("naas-demo")
                .map_err(|source| Error::Io { what: "make a temporary directory".to_owned(), source })?,
            programs,
            client: plane.client()?,
            http: http_client()?,
            plane,
            sellers: Vec::new(),
            operator: free_address()?,
        })
    }

    /// Installs the operator, and starts it.
    ///
    /// # Errors
    ///
    /// Something is refused, or does not come up.
    pub async fn set(&mut self, screen: &Screen) -> Result<(), Error> {
        screen.step(&format!("Kubernetes is up at {}", self.plane.config().cluster_url))?;
        self.install().await?;
        screen.step("installed crds/ and deploy/")?;
        self.start_operator().await?;
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

    /// Starts a seller of an example: its scenario and its provider there have this name.
    ///
    /// # Errors
    ///
    /// It does not come up.
    pub async fn open(&mut self, folder: &str, name: &'static str, screen: &Screen) -> Result<(), Error> {
        let scenario = format!("{ROOT}/{folder}/sellers/{name}.yaml");
        let mut command = Command::new(&self.programs.seller);
        command.args(["serve", "--scenario", &scenario, "--listen", "127.0.0.1:0"]);
        self.spawn(name, &mut command)?;
        let log = self.running.log(name);
        let address = self.until_ready(name, async || announced_address(&log)).await?;
        self.sellers.push((name, address));
        screen.step(&format!("seller {name} listens on http://{address}"))?;
        Ok(())
    }

    async fn start_operator(&mut self) -> Result<(), Error> {
        let account = self.plane.service_account("naas-system", OPERATOR).await?;
        let kubeconfig = self.running.directory().join("operator.kubeconfig");
        self.plane.write_kubeconfig(&account, &kubeconfig)?;
        let listen = self.operator.to_string();
        let mut command = Command::new(&self.programs.operator);
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
        self.running.spawn(name, command).map_err(refused)
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
            .running
            .exited()
            .map_err(|source| Error::Io { what: "watch the operator and the sellers".to_owned(), source })?;
        match exited {
            Some(Exit { name, status }) => Err(Error::Ended { name, status }),
            None => Ok(()),
        }
    }

    /// Applies an example file by file, in the order of its kustomization; in its providers, sellers are where they listen now.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is refused.
    pub async fn apply(&self, folder: &str, screen: &Screen) -> Result<(), Error> {
        let [kustomization] = &documents(&format!("{folder}/kustomization.yaml"))?[..] else {
            let why = "it is not one document".to_owned();
            return Err(Error::Manifest { file: format!("{folder}/kustomization.yaml"), why });
        };
        let files = kustomization["resources"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let place = |name: &str| match (name.strip_prefix("../"), folder.rsplit_once('/')) {
            (Some(beside), Some((above, _))) => format!("{above}/{beside}"),
            _ => format!("{folder}/{name}"),
        };
        for file in files.map(place) {
            let all_of_it = if file.ends_with(".yaml") { "-f" } else { "-k" };
            let mut line = vec!["apply", "--server-side", all_of_it, &file];
            if !file.ends_with("/providers.yaml") {
                self.kubectl_shown(&line, screen).await?;
                continue;
            }
            screen.command(&format!(
                "kubectl {}   # with the addresses of the sellers above",
                line.join(" ")
            ))?;
            let providers = self.providers(&file)?.to_string();
            line.splice(3.., ["-"]);
            screen.block(&self.kubectl(&line, Some(providers)).await?)?;
        }
        screen.line("")?;
        Ok(())
    }

    fn providers(&self, file: &str) -> Result<Value, Error> {
        let mut items = documents(file)?;
        for provider in &mut items {
            let name = provider["metadata"]["name"].as_str().unwrap_or_default();
            let address = self.address(name).ok_or_else(|| {
                let why = format!("there is no seller {name}");
                Error::Manifest { file: file.to_owned(), why }
            })?;
            provider["spec"]["lso"]["address"] = json!(format!("http://{address}"));
        }
        Ok(json!({"apiVersion": "v1", "kind": "List", "items": items}))
    }

    /// Where a seller listens.
    fn address(&self, seller: &str) -> Option<SocketAddr> {
        self.sellers.iter().find(|(name, _)| *name == seller).map(|(_, address)| *address)
    }

    /// All sellers that listen.
    pub fn sellers(&self) -> impl Iterator<Item = &'static str> {
        self.sellers.iter().map(|(name, _)| *name)
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
        let address = self.address(seller).map(|address| address.to_string());
        let url = format!("http://{}/audit", address.unwrap_or_default());
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

    /// Creates an object as somebody else, and shows the object with the answer.
    ///
    /// # Errors
    ///
    /// It is refused.
    pub async fn create_as(&self, person: &str, manifest: &str, screen: &Screen) -> Result<(), Error> {
        let arguments = ["create", "--as", person, "-f", "-"];
        screen.command(&format!("kubectl {} <<EOF", kubectl::quoted(&arguments)))?;
        screen.block(&format!("{manifest}EOF"))?;
        screen.block(&self.kubectl(&arguments, Some(manifest.to_owned())).await?)?;
        Ok(())
    }

    async fn kubectl(&self, arguments: &[&str], input: Option<String>) -> Result<String, Error> {
        let mut kubectl = self.plane.kubectl();
        kubectl.env("PATH", &self.programs.directory);
        kubectl::run(kubectl, arguments, input).await
    }

    /// How to look at everything from another terminal.
    pub fn directions(&self) -> String {
        let kubectl = self.plane.kubectl();
        let directory =
            Path::new(kubectl.as_std().get_program()).parent().unwrap_or(Path::new(".")).display();
        let logs = self.running.directory().join("*.log");
        let mut lines = vec![
            format!("export KUBECONFIG={}", self.plane.kubeconfig().display()),
            format!("export PATH={directory}:{}:$PATH", self.programs.directory.display()),
            "kubectl get naas -A".to_owned(),
            "kubectl naas tree -A".to_owned(),
            "kubectl naas cost -A".to_owned(),
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
        for name in self.sellers().chain([OPERATOR]) {
            evidence.push((format!("the last lines of {name}"), self.running.log_tail(name)));
        }
        for (title, text) in evidence {
            // Nobody may be reading.
            let _ = writeln!(io::stderr(), "\n--- {title}\n{}", text.trim_end());
        }
    }

    /// Ends everything and waits until all of it is gone.
    pub async fn stop(self) {
        let Self { running, plane, .. } = self;
        // A panic while dropping is the only way to fail, and dropping doesn't.
        let _ = tokio::task::spawn_blocking(move || drop(running)).await;
        plane.stop().await;
    }
}

/// The documents of a YAML file, whose path begins at the root of the workspace.
fn documents(file: &str) -> Result<Vec<Value>, Error> {
    let unreadable = |why: String| Error::Manifest { file: file.to_owned(), why };
    let text =
        fs::read_to_string(Path::new(ROOT).join(file)).map_err(|error| unreadable(error.to_string()))?;
    let documents = serde_norway::Deserializer::from_str(&text);
    documents
        .map(|document| Value::deserialize(document).map_err(|error| unreadable(error.to_string())))
        .collect()
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
