//! TLS: who is trusted, and who we show ourselves to be.

use naas_operator::model::{FailureClass, Placement};
use naas_operator::provider::Provider;
use naas_sim::http::{TlsFiles, serve};
use naas_sim::{Clock, Scenario, Seller, Store};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use serde_json::json;
use tokio::net::TcpListener;

use super::account::{Account, add};

/// An authority of our own.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// Certificate and key, in PEM.
    fn issue(&self, usage: ExtendedKeyUsagePurpose) -> (String, String) {
        let mut params = CertificateParams::new(vec!["localhost".into()]).unwrap();
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

#[tokio::test]
async fn a_seller_with_certificates_on_both_sides() {
    let (sellers, buyers) = (Authority::new(), Authority::new());
    let (certificate, key) = sellers.issue(ExtendedKeyUsagePurpose::ServerAuth);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let files = TlsFiles {
        certificate: file("tls.crt", &certificate),
        key: file("tls.key", &key),
        client_authority: Some(file("clients.crt", &buyers.pem())),
    };
    let scenario = Scenario::from_yaml(include_str!("../../simulator/scenarios/metro-fiber.yaml")).unwrap();
    let seller = Seller::open(scenario, Store::in_memory().unwrap(), Clock::running(1)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let router = seller.router();
    let serving =
        tokio::spawn(async move { serve(router, listener, Some(&files), std::future::pending()).await });

    let (certificate, key) = buyers.issue(ExtendedKeyUsagePurpose::ClientAuth);
    let known = Account::at(&address)
        .with("authentication", json!({"mutualTls": {}}))
        .secret("tls.crt", certificate.clone())
        .secret("tls.key", key)
        .secret("ca.crt", sellers.pem());
    known.open().verify().await.unwrap();

    let nobody = Account::at(&address).secret("ca.crt", sellers.pem());
    let failure = nobody.open().verify().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Transient, "{failure}");

    let trusting_others = Account::at(&address).secret("ca.crt", buyers.pem());
    let failure = trusting_others.open().verify().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Misconfigured, "{failure}");
    assert!(failure.message.contains("`ca.crt`"), "{failure}");
    let placement = trusting_others.open().place(&add(), trusting_others.fence()).await;
    assert!(
        matches!(&placement, Placement::Refused(failure) if failure.message.starts_with("nothing was sent")),
        "{placement:?}"
    );

    let (_, another_key) = buyers.issue(ExtendedKeyUsagePurpose::ClientAuth);
    let mismatched = Account::at(&address)
        .with("authentication", json!({"mutualTls": {}}))
        .secret("tls.crt", certificate)
        .secret("tls.key", another_key);
    assert!(mismatched.try_open().is_err_and(|failure| failure.message.contains("`tls.key`")));
    serving.abort();
}
