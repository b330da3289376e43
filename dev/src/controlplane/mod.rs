//! A Kubernetes control plane on this machine: etcd, kube-apiserver and kube-controller-manager, without nodes.
//!
//! Everything that the operator does through the API can be seen here as in a cluster: admission, CEL rules, RBAC,
//! watches, garbage collection, deletion of namespaces. Pods never run. What belongs to NaaS is unknown here.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use k8s_openapi::api::core::v1::ConfigMap;
//! use kube::{Api, Client, api::PostParams};
//! use naas_dev::controlplane::{Call, ControlPlane, Tally};
//!
//! let plane = ControlPlane::shared().await?;
//! let namespace = plane.namespace("example").await?;
//! let operator = Client::try_from(plane.service_account(&namespace, "operator").await?)?;
//! let config_maps: Api<ConfigMap> = Api::namespaced(operator, &namespace);
//! // RBAC is on: nobody gave the operator a role.
//! assert!(config_maps.create(&PostParams::default(), &ConfigMap::default()).await.is_err());
//!
//! let user = format!("system:serviceaccount:{namespace}:operator");
//! let tally = Tally::of(&plane.audit().await?);
//! assert_eq!(tally.count(&Call::new(&user, "create", "configmaps")), 1);
//! # Ok(()) }
//! ```
//!
//! # Environment
//!
//! - `NAAS_KUBECONFIG`: the kubeconfig of a cluster to use instead; nothing is started. Namespaces made there carry the
//!   label `app.kubernetes.io/managed-by=naas-dev` and stay.
//! - `KUBEBUILDER_ASSETS`: a directory with kube-apiserver, etcd, kubectl and, if possible, kube-controller-manager, to
//!   use instead of building them with Go.
//!
//! # What differs from a cluster
//!
//! - Nothing is throttled: API priority and fairness is off.
//! - The garbage collector looks for new kinds of custom resources every 30 seconds. That is so in any cluster, but here
//!   it shows: what belongs to an object of a kind that was defined a moment ago is collected up to 30 seconds late.

mod audit;
mod authority;
mod binaries;
mod components;
mod error;
mod kubeconfig;
mod start;

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::{Namespace, ServiceAccount},
};
use kube::{
    Api, Client,
    api::{ObjectMeta, PostParams},
    config::{AuthInfo, KubeConfigOptions, Kubeconfig},
};
use tokio::{process::Command, sync::OnceCell};

pub use self::{
    audit::{AuditEvent, Call, Stage, Tally},
    binaries::{Binaries, binaries},
    error::Error,
};
use self::{authority::Authority, components::Layout};
use crate::lifeline::Lifeline;

/// Names the kubeconfig of a cluster to use instead of starting one.
const GIVEN_CLUSTER: &str = "NAAS_KUBECONFIG";

/// How to start a control plane.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long starting may take before it is given up. Building the programs does not count.
    pub ready_within: Duration,
    /// Further flags for kube-apiserver, such as `--v=4`.
    pub api_server_flags: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { ready_within: Duration::from_secs(120), api_server_flags: Vec::new() }
    }
}

/// A running control plane.
///
/// When it is dropped or this process ends in whatever way, SIGKILL included, its processes and files go too.
#[derive(Debug)]
pub struct ControlPlane {
    admin: kube::Config,
    kubeconfig: PathBuf,
    kubectl: PathBuf,
    own: Option<Own>,
}

/// What there is to a control plane that was started here.
#[derive(Debug)]
struct Own {
    authority: Authority,
    layout: Layout,
    programs: Binaries,
    options: Options,
    started_in: Duration,
    lifeline: Lifeline,
}

/// Everything that a control plane stored at some moment. Its files go when it is dropped.
#[derive(Debug)]
pub struct Snapshot {
    folder: tempfile::TempDir,
}

/// A process of a control plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Name of the program.
    pub name: &'static str,
    /// Process id.
    pub pid: u32,
}

impl Process {
    /// Resident memory in bytes (`VmRSS` of proc(5)); `None` where there is no procfs or the process is gone.
    pub fn resident_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(kibibytes.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
    }
}

impl ControlPlane {
    /// The control plane that all tests of one program share: started by the first who asks, ended with the program.
    ///
    /// It holds no connections, so tests with a runtime each can share it: clients are made by each test.
    ///
    /// # Errors
    ///
    /// As [`Self::start`]. The next who asks tries again.
    pub async fn shared() -> Result<&'static Self, Error> {
        static SHARED: OnceCell<ControlPlane> = OnceCell::const_new();
        SHARED.get_or_try_init(|| Self::start(Options::default())).await
    }

    /// Starts a control plane, or connects to the cluster that `NAAS_KUBECONFIG` names. The first time ever, this
    /// builds the programs (see [`binaries()`]).
    ///
    /// # Errors
    ///
    /// The programs can't be had, or one of them ends or isn't ready in time: then the error holds the last lines that
    /// it printed. Nothing is left behind.
    pub async fn start(options: Options) -> Result<Self, Error> {
        match env::var_os(GIVEN_CLUSTER).filter(|path| !path.is_empty()) {
            Some(path) => Self::given(PathBuf::from(path)).await,
            None => start::start(options).await,
        }
    }

    async fn given(kubeconfig: PathBuf) -> Result<Self, Error> {
        let unusable = |source| Error::GivenCluster { path: kubeconfig.clone(), source };
        let document = Kubeconfig::read_from(&kubeconfig).map_err(unusable)?;
        let admin = kube::Config::from_custom_kubeconfig(document, &KubeConfigOptions::default())
            .await
            .map_err(unusable)?;
        Ok(Self { admin, kubeconfig, kubectl: PathBuf::from("kubectl"), own: None })
    }

    /// Ends the control plane and waits until all of it is gone. A cluster that was given stays.
    pub async fn stop(self) {
        // A panic while dropping is the only way to fail, and dropping doesn't.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }

    /// Ends the processes; what they stored, the address and all credentials stay. See [`Self::resume`].
    ///
    /// # Errors
    ///
    /// A cluster that was given is not ours to end; and where processes can't be ended.
    pub async fn halt(&mut self) -> Result<(), Error> {
        self.own_mut()?
            .halt()
            .map_err(|source| Error::Io { what: "end the control plane".to_owned(), source })
    }

    /// Starts the processes again with what they stored, and waits until they are ready.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub async fn resume(&mut self) -> Result<(), Error> {
        let admin = self.admin.clone();
        self.own_mut()?.run(&admin).await
    }

    /// Takes a backup of everything stored, as of one moment. Nobody notices but by a pause of milliseconds.
    ///
    /// # Errors
    ///
    /// A cluster that was given keeps its own backups; and where files can't be copied.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        let own = self.own.as_ref().ok_or(Error::NotOurs)?;
        let copied = tempfile::tempdir().and_then(|folder| own.copy(folder.path()).map(|()| folder));
        let folder =
            copied.map_err(|source| Error::Io { what: "copy what etcd stores".to_owned(), source })?;
        Ok(Snapshot { folder })
    }

    /// Puts a backup back: everything that was written since is forgotten, and versions of resources go back too.
    ///
    /// # Errors
    ///
    /// As [`Self::halt`] and [`Self::resume`].
    pub async fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        self.halt().await?;
        self.own_mut()?
            .put_back(snapshot.folder.path())
            .map_err(|source| Error::Io { what: "put back what etcd stored".to_owned(), source })?;
        self.resume().await
    }

    fn own_mut(&mut self) -> Result<&mut Own, Error> {
        self.own.as_mut().ok_or(Error::NotOurs)
    }

    /// The administrator's access.
    pub fn config(&self) -> kube::Config {
        self.admin.clone()
    }

    /// A new client of the administrator, for the current runtime only.
    ///
    /// # Errors
    ///
    /// Credentials that can't be used; only those of a given cluster can be so.
    pub fn client(&self) -> Result<Client, Error> {
        Ok(Client::try_from(self.config())?)
    }

    /// The administrator's kubeconfig file.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// kubectl, acting as the administrator. Set `KUBECONFIG` to a file of [`Self::write_kubeconfig`] to act as
    /// somebody else. It is killed when it is dropped. For a given cluster this is the kubectl in `PATH`.
    pub fn kubectl(&self) -> Command {
        let mut kubectl = Command::new(&self.kubectl);
        kubectl.env("KUBECONFIG", &self.kubeconfig).kill_on_drop(true);
        if let Some(own) = &self.own {
            kubectl.env("KUBECACHEDIR", own.layout.kubectl_cache());
        }
        kubectl
    }

    /// Makes a namespace whose name starts with `prefix` and is unique.
    ///
    /// # Errors
    ///
    /// The API server refuses, for one because `prefix` is not the beginning of a DNS label.
    pub async fn namespace(&self, prefix: &str) -> Result<String, Error> {
        let labels = [("app.kubernetes.io/managed-by".to_owned(), "naas-dev".to_owned())];
        let metadata = ObjectMeta {
            generate_name: Some(format!("{prefix}-")),
            labels: Some(labels.into()),
            ..ObjectMeta::default()
        };
        let namespace = Namespace { metadata, ..Namespace::default() };
        let created = Api::all(self.client()?).create(&PostParams::default(), &namespace).await?;
        Ok(created.metadata.name.unwrap_or_default())
    }

    /// Access as a service account, by a token for a day. The account is created if it does not exist; it may do
    /// nothing that no role allows it.
    ///
    /// # Errors
    ///
    /// The API server refuses, for one because there is no such namespace.
    pub async fn service_account(&self, namespace: &str, name: &str) -> Result<kube::Config, Error> {
        const DAY_IN_SECONDS: i64 = 24 * 60 * 60;
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client()?, namespace);
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let account = ServiceAccount { metadata, ..ServiceAccount::default() };
        match accounts.create(&PostParams::default(), &account).await {
            Err(kube::Error::Api(status)) if status.is_already_exists() => {}
            created => drop(created?),
        }
        let spec =
            TokenRequestSpec { expiration_seconds: Some(DAY_IN_SECONDS), ..TokenRequestSpec::default() };
        let request = TokenRequest { spec: Some(spec), ..TokenRequest::default() };
        let answer = accounts.create_token_request(name, &PostParams::default(), &request).await?;
        let token = answer.status.and_then(|status| status.token).map(Into::into);
        let mut config = acting_as(AuthInfo { token, ..AuthInfo::default() }, &self.admin);
        config.default_namespace = namespace.to_owned();
        Ok(config)
    }

    /// Access as a person: by a client certificate, or by impersonation on a given cluster and where there are more
    /// than two groups (a certificate of `rcgen` can carry no more). Authorization, admission and
    /// [`AuditEvent::user`] are the same either way.
    ///
    /// # Errors
    ///
    /// A name that no certificate can carry.
    pub fn user(&self, name: &str, groups: &[&str]) -> Result<kube::Config, Error> {
        let auth_info = match &self.own {
            Some(own) if groups.len() <= Authority::MOST_GROUPS => {
                own.authority.client(name, groups).map_err(Error::Certificate)?.auth_info()
            }
            Some(_) | None => AuthInfo {
                impersonate: Some(name.to_owned()),
                impersonate_groups: Some(groups.iter().map(|group| (*group).to_owned()).collect()),
                ..self.admin.auth_info.clone()
            },
        };
        Ok(acting_as(auth_info, &self.admin))
    }

    /// Writes any access to a kubeconfig file, readable by this user only.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub fn write_kubeconfig(&self, config: &kube::Config, path: &Path) -> Result<(), Error> {
        kubeconfig::write(config, path)
    }

    /// Where the API server logs what it is asked, if it was started here.
    pub fn audit_log(&self) -> Option<PathBuf> {
        self.own.as_ref().map(|own| own.layout.audit_log())
    }

    /// All requests for resources so far, in the order in which they were answered. Whoever has got an answer finds the
    /// request in here.
    ///
    /// # Errors
    ///
    /// The cluster was given, so that its log is elsewhere, or the log can't be read.
    pub async fn audit(&self) -> Result<Vec<AuditEvent>, Error> {
        let path = self.audit_log().ok_or(Error::NoAuditLog)?;
        let unreadable =
            |source| Error::Io { what: format!("read the audit log {}", path.display()), source };
        let log = tokio::fs::read(&path).await.map_err(unreadable)?;
        audit::parse(&log).map_err(|error| unreadable(error.into()))
    }

    /// How long it took from the start of the first process until the API server was ready; `None` for a given cluster.
    pub fn started_in(&self) -> Option<Duration> {
        self.own.as_ref().map(|own| own.started_in)
    }

    /// The processes of the control plane; none of a given cluster.
    pub fn processes(&self) -> Vec<Process> {
        let own = self.own.iter();
        own.flat_map(|own| own.lifeline.processes()).map(|(name, pid)| Process { name, pid }).collect()
    }
}

/// The same cluster with other credentials.
fn acting_as(credentials: AuthInfo, config: &kube::Config) -> kube::Config {
    let mut config = config.clone();
    config.auth_info = credentials;
    config
}

/// The time now, of which only differences count.
#[expect(clippy::disallowed_methods, reason = "programs outside this process take real time")]
fn stopwatch() -> Instant {
    Instant::now()
}

/// Says something on standard error, past the capture of test output: who waits for minutes wants to know why.
fn announce(message: &str) {
    // Nobody may be reading.
    let _ = writeln!(io::stderr(), "naas-dev: {message}");
}
