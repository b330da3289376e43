//! The processes of a control plane: the files that they read and their command lines.
//!
//! Flags are documented at <https://kubernetes.io/docs/reference/command-line-tools-reference/> and
//! <https://etcd.io/docs/v3.7/op-guide/configuration/>. This module starts nothing.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Error, acting_as,
    authority::{Authority, Identity},
    kubeconfig,
};

const CERTIFICATE_AUTHORITY: &str = "ca.crt";
const SERVER_CERTIFICATE: &str = "server.crt";
const SERVER_KEY: &str = "server.key";
const SERVICE_ACCOUNT_KEY: &str = "service-account.key";
const SERVICE_ACCOUNT_PUBLIC_KEY: &str = "service-account.pub";
const AUDIT_POLICY_FILE: &str = "audit-policy.yaml";
const CONTROLLER_MANAGER_KUBECONFIG: &str = "kube-controller-manager.kubeconfig";

/// Every request for a resource, once it is decided and answered. What is asked of no resource (discovery, health)
/// is left out: it is much, and says nothing about load.
const AUDIT_POLICY: &str = r#"
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  nonResourceURLs: ["*"]
- level: Metadata
"#;

/// What makes a namespace, an owner reference, an aggregated role or an admission policy work as in a real cluster.
/// Controllers of pods and nodes are left out: nothing runs here.
const CONTROLLERS: &[&str] = &[
    "clusterrole-aggregation-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "resourcequota-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "validatingadmissionpolicy-status-controller",
];

/// Where everything of one control plane is.
#[derive(Debug)]
pub(super) struct Layout {
    directory: PathBuf,
    /// Port of the API server on 127.0.0.1.
    port: u16,
}

impl Layout {
    pub(super) fn new(directory: &Path, port: u16) -> Self {
        Self { directory: directory.to_owned(), port }
    }

    pub(super) fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.directory.join("admin.kubeconfig")
    }

    pub(super) fn audit_log(&self) -> PathBuf {
        self.directory.join("audit.log")
    }

    /// A socket needs no port, and so can't lose a race for one.
    pub(super) fn etcd_socket(&self) -> PathBuf {
        self.directory.join("etcd.sock")
    }

    pub(super) fn etcd_data(&self) -> PathBuf {
        self.directory.join("etcd")
    }

    pub(super) fn kubectl_cache(&self) -> PathBuf {
        self.directory.join("kubectl-cache")
    }

    /// Writes what the processes read. `admin` reaches the API server as its administrator.
    pub(super) fn write(&self, authority: &Authority, admin: &kube::Config) -> Result<(), Error> {
        let server = authority.server().map_err(Error::Certificate)?;
        let tokens = rcgen::KeyPair::generate().map_err(Error::Certificate)?;
        let manager = authority.client("system:kube-controller-manager", &[]).map_err(Error::Certificate)?;
        self.write_files(authority, &server, &tokens).map_err(|source| Error::Io {
            what: format!("write the control plane's files to {}", self.directory.display()),
            source,
        })?;
        let manager = acting_as(manager.auth_info(), admin);
        kubeconfig::write(&manager, &self.directory.join(CONTROLLER_MANAGER_KUBECONFIG))?;
        kubeconfig::write(admin, &self.kubeconfig())
    }

    fn write_files(
        &self,
        authority: &Authority,
        server: &Identity,
        tokens: &rcgen::KeyPair,
    ) -> io::Result<()> {
        let write = |name: &str, content: &str| fs::write(self.directory.join(name), content);
        write(CERTIFICATE_AUTHORITY, &authority.certificate().pem())?;
        write(SERVER_CERTIFICATE, &server.certificate)?;
        write(SERVER_KEY, &server.key)?;
        write(SERVICE_ACCOUNT_KEY, &tokens.serialize_pem())?;
        write(SERVICE_ACCOUNT_PUBLIC_KEY, &tokens.public_key_pem())?;
        write(AUDIT_POLICY_FILE, AUDIT_POLICY)
    }

    fn file(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }

    pub(super) fn etcd(&self) -> Vec<String> {
        let client = self.etcd_url();
        let peer = format!("unix://{}", self.file("etcd-peer.sock"));
        vec![
            "--name=naas-dev".to_owned(),
            format!("--data-dir={}", self.etcd_data().display()),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster=naas-dev={peer}"),
            // The data never outlives the process.
            "--unsafe-no-fsync".to_owned(),
            "--log-level=warn".to_owned(),
        ]
    }

    fn etcd_url(&self) -> String {
        format!("unix://{}", self.etcd_socket().display())
    }

    pub(super) fn api_server(&self) -> Vec<String> {
        let port = self.port;
        vec![
            format!("--etcd-servers={}", self.etcd_url()),
            "--bind-address=127.0.0.1".to_owned(),
            "--advertise-address=127.0.0.1".to_owned(),
            format!("--secure-port={port}"),
            // A Service can't point at loopback.
            "--endpoint-reconciler-type=none".to_owned(),
            "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
            format!("--tls-cert-file={}", self.file(SERVER_CERTIFICATE)),
            format!("--tls-private-key-file={}", self.file(SERVER_KEY)),
            format!("--client-ca-file={}", self.file(CERTIFICATE_AUTHORITY)),
            "--authorization-mode=RBAC".to_owned(),
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
            format!("--service-account-key-file={}", self.file(SERVICE_ACCOUNT_PUBLIC_KEY)),
            format!("--service-account-signing-key-file={}", self.file(SERVICE_ACCOUNT_KEY)),
            format!("--audit-policy-file={}", self.file(AUDIT_POLICY_FILE)),
            format!("--audit-log-path={}", self.audit_log().display()),
            // An answer is sent after its line is written, so that whoever has the answer finds the line.
            "--audit-log-mode=blocking".to_owned(),
            // Megabytes. The default of 100 would rotate the log away from whoever counts.
            "--audit-log-maxsize=100000".to_owned(),
            // Nothing here is throttled but by the machine.
            "--enable-priority-and-fairness=false".to_owned(),
            "--max-requests-inflight=0".to_owned(),
            "--max-mutating-requests-inflight=0".to_owned(),
            "--profiling=false".to_owned(),
        ]
    }

    pub(super) fn controller_manager(&self) -> Vec<String> {
        vec![
            format!("--kubeconfig={}", self.file(CONTROLLER_MANAGER_KUBECONFIG)),
            format!("--controllers={}", CONTROLLERS.join(",")),
            // Each controller acts as itself, so that admission policies and the audit log see who it is.
            "--use-service-account-credentials=true".to_owned(),
            format!("--service-account-private-key-file={}", self.file(SERVICE_ACCOUNT_KEY)),
            format!("--root-ca-file={}", self.file(CERTIFICATE_AUTHORITY)),
            "--leader-elect=false".to_owned(),
            "--secure-port=0".to_owned(),
            "--kube-api-qps=1000".to_owned(),
            "--kube-api-burst=2000".to_owned(),
        ]
    }
}
