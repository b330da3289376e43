//! Connections: TLS by rustls with ring, the system's authorities and those of the account, no proxy, no cookie, no
//! redirection, no retry.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tower::ServiceExt;

use super::super::{Around, Transport};
use crate::model::{Failure, FailureClass};

/// Secret key of authorities that are trusted besides the system's.
const AUTHORITIES: &str = "ca.crt";

/// Connections of one account.
#[derive(Clone)]
pub struct Transports {
    /// For calls that cost nothing: connections are kept.
    pub free: Transport,
    /// For calls that cost money: a fresh connection each, so that nothing below us finds a reason to send twice.
    pub paid: Transport,
}

/// A failure that names a key of the Secret.
pub fn bad_secret(key: &str, why: impl std::fmt::Display) -> Failure {
    let message = format!("the Secret of the account: key `{key}` {why}; the platform team must correct it");
    Failure::new(FailureClass::Misconfigured, message)
}

/// Opens nothing yet. `tls` says whether anything is reached over TLS, `identity` whether the Secret has our certificate.
pub fn transports(
    secret: &BTreeMap<String, Vec<u8>>,
    tls: bool,
    identity: bool,
    around: Option<&Around>,
) -> Result<Transports, Failure> {
    let config = tls_config(secret, tls, identity)?;
    let service = |kept: usize| {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(config.clone())
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_max_idle_per_host(kept)
            .user_agent(concat!("naas-operator/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|why| Failure::new(FailureClass::Misconfigured, format!("no HTTP client: {why}")))?;
        let transport = Transport::new(client.map_err(Into::into));
        Ok(around.map_or(transport.clone(), |around| around(transport)))
    };
    Ok(Transports { free: service(4)?, paid: service(0)? })
}

fn tls_config(
    secret: &BTreeMap<String, Vec<u8>>,
    tls: bool,
    identity: bool,
) -> Result<ClientConfig, Failure> {
    let roots = if tls { roots(secret)? } else { RootCertStore::empty() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| Failure::new(FailureClass::Misconfigured, format!("no TLS: {why}")))?
        .with_root_certificates(roots);
    let mut config = if identity {
        let certificates = certificates(secret, "tls.crt")?;
        let key = secret.get("tls.key").ok_or_else(|| bad_secret("tls.key", "is missing"))?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| bad_secret("tls.key", "is no private key in PEM"))?;
        builder
            .with_client_auth_cert(certificates, key)
            .map_err(|_| bad_secret("tls.key", "does not belong to the certificate in `tls.crt`"))?
    } else {
        builder.with_no_client_auth()
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn roots(secret: &BTreeMap<String, Vec<u8>>) -> Result<RootCertStore, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if secret.contains_key(AUTHORITIES) {
        for certificate in certificates(secret, AUTHORITIES)? {
            roots
                .add(certificate)
                .map_err(|_| bad_secret(AUTHORITIES, "holds a certificate that cannot be used"))?;
        }
    }
    if roots.is_empty() {
        return Err(bad_secret(
            AUTHORITIES,
            "is missing, and this system has no certificate authorities of its own",
        ));
    }
    Ok(roots)
}

fn certificates(
    secret: &BTreeMap<String, Vec<u8>>,
    key: &str,
) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = secret.get(key).ok_or_else(|| bad_secret(key, "is missing"))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) | Err(_) => Err(bad_secret(key, "holds no certificates in PEM")),
    }
}
