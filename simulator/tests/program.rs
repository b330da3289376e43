//! The program itself: on loopback, over TLS with client certificates, and killed between two requests.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "what is unexpected fails the test"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use serde_json::{Value, json};

/// A running seller; killed when dropped.
struct Program {
    child: Child,
    address: String,
}

impl Program {
    fn serve(arguments: &[&str]) -> Self {
        let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/metro-fiber.yaml");
        let mut child = Command::new(env!("CARGO_BIN_EXE_naas-sim"))
            .args(["serve", "--scenario", scenario])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, address }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

const ADDRESS: &str = "/mefApi/cantata/geographicAddressManagement/v1/geographicAddress/MF-ADDR-1001";
const QUOTE: &str = "/mefApi/cantata/quoteManagement/v2/quote";

fn client() -> reqwest::ClientBuilder {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("seller.db");
    let state = state.to_str().unwrap();
    let http = client().build().unwrap();
    let quote = json!({
        "instantSyncQuote": true, "buyerRequestedQuoteLevel": "firm", "externalId": "kept",
        "quoteItem": [{"id": "1", "action": "delete", "product": {"id": "MF-PRD-LEGACY-1"}}],
    });
    let first = Program::serve(&["--state", state]);
    let answer: Value = http.post(first.url(QUOTE)).json(&quote).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["state"], "approved.orderable", "{answer:#}");
    drop(first);

    let second = Program::serve(&["--state", state]);
    let path = format!("{QUOTE}/{}", answer["id"].as_str().unwrap());
    let kept: Value = http.get(second.url(&path)).send().await.unwrap().json().await.unwrap();
    assert_eq!(kept, answer);
    let audit: Value = http.get(second.url("/audit")).send().await.unwrap().json().await.unwrap();
    assert_eq!(audit["calls"][0]["count"], 1);
}

/// An authority, and certificates by it for the server and one client.
struct Certificates {
    folder: tempfile::TempDir,
    authority: String,
    identity: String,
}

impl Certificates {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let issue = |name: &str, usage: ExtendedKeyUsagePurpose| {
            let mut params = CertificateParams::new([name.to_owned()]).unwrap();
            params.extended_key_usages = vec![usage];
            let key = KeyPair::generate().unwrap();
            let certificate = params.signed_by(&key, &authority).unwrap();
            (certificate.pem(), key.serialize_pem())
        };
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::File::create(folder.path().join(name)).unwrap().write_all(text.as_bytes()).unwrap();
        };
        let (certificate, key) = issue("127.0.0.1", ExtendedKeyUsagePurpose::ServerAuth);
        write("server.pem", &certificate);
        write("server.key", &key);
        write("authority.pem", &authority.pem());
        let (certificate, key) = issue("buyer", ExtendedKeyUsagePurpose::ClientAuth);
        Self { authority: authority.pem(), identity: format!("{certificate}{key}"), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn client_certificates_are_asked_for() {
    let certificates = Certificates::new();
    let [certificate, key, authority] =
        ["server.pem", "server.key", "authority.pem"].map(|name| certificates.path(name));
    let tls = ["--tls-cert", text(&certificate), "--tls-key", text(&key)];
    let trusting = || {
        let root = reqwest::Certificate::from_pem(certificates.authority.as_bytes()).unwrap();
        client().tls_certs_only([root])
    };

    let open = Program::serve(&tls);
    assert!(open.address.starts_with("https://127.0.0.1:"));
    assert_eq!(trusting().build().unwrap().get(open.url(ADDRESS)).send().await.unwrap().status(), 200);

    let mutual = Program::serve(&[&tls[..], &["--client-ca", text(&authority)]].concat());
    trusting().build().unwrap().get(mutual.url(ADDRESS)).send().await.unwrap_err();
    let identity = reqwest::Identity::from_pem(certificates.identity.as_bytes()).unwrap();
    let known = trusting().identity(identity).build().unwrap();
    assert_eq!(known.get(mutual.url(ADDRESS)).send().await.unwrap().status(), 200);
}

#[test]
fn scenarios_are_checked_before_they_are_served() {
    let run =
        |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_naas-sim")).args(arguments).output().unwrap();
    for scenario in ["metro-fiber", "long-haul", "rough-carrier"] {
        let path = format!("{}/scenarios/{scenario}.yaml", env!("CARGO_MANIFEST_DIR"));
        assert!(run(&["check", "--scenario", &path]).status.success(), "{scenario}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.yaml");
    std::fs::write(&path, "seller: {nam: x}\n").unwrap();
    let refused = run(&["check", "--scenario", text(&path)]);
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("seller.nam"), "{said}");
}
