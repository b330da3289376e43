//! A `kube::Config` as a file that kubectl and other processes read.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use kube::config::{AuthInfo, Cluster, Context, Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext};

use super::Error;

const NAME: &str = "naas-dev";

/// Writes `config` to `path`, readable by this user only.
///
/// Covered is what a control plane of this crate uses: server, trusted certificates, credentials, impersonation and the
/// default namespace.
pub(super) fn write(config: &kube::Config, path: &Path) -> Result<(), Error> {
    serde_norway::to_string(&document(config))
        .map_err(io::Error::other)
        .and_then(|text| write_private(path, &text))
        .map_err(|source| Error::Io { what: format!("write the kubeconfig {}", path.display()), source })
}

fn document(config: &kube::Config) -> Kubeconfig {
    let cluster = Cluster {
        server: Some(config.cluster_url.to_string()),
        insecure_skip_tls_verify: config.accept_invalid_certs.then_some(true),
        certificate_authority: config.root_cert_file.as_ref().map(|path| path.display().to_string()),
        certificate_authority_data: config.root_cert.as_ref().map(|chain| BASE64_STANDARD.encode(pem(chain))),
        tls_server_name: config.tls_server_name.clone(),
        proxy_url: config.proxy_url.as_ref().map(ToString::to_string),
        ..Cluster::default()
    };
    let context = Context {
        cluster: NAME.to_owned(),
        user: Some(NAME.to_owned()),
        namespace: Some(config.default_namespace.clone()),
        ..Context::default()
    };
    let user: AuthInfo = config.auth_info.clone();
    Kubeconfig {
        api_version: Some("v1".to_owned()),
        kind: Some("Config".to_owned()),
        clusters: vec![NamedCluster { name: NAME.to_owned(), cluster: Some(cluster), ..Default::default() }],
        auth_infos: vec![NamedAuthInfo {
            name: NAME.to_owned(),
            auth_info: Some(user),
            ..Default::default()
        }],
        contexts: vec![NamedContext { name: NAME.to_owned(), context: Some(context), ..Default::default() }],
        current_context: Some(NAME.to_owned()),
        ..Kubeconfig::default()
    }
}

fn pem(chain: &[Vec<u8>]) -> String {
    let chain: Vec<pem::Pem> = chain.iter().map(|der| pem::Pem::new("CERTIFICATE", der.as_slice())).collect();
    pem::encode_many(&chain)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
