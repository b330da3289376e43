//! The certificate authority of one control plane: who its API server is, and who its users are.
//!
//! Knows X.509 and how Kubernetes reads it (the common name is the user, each organisation a group:
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates>); knows no
//! processes and no files.

use std::net::{IpAddr, Ipv4Addr};

use base64::{Engine, prelude::BASE64_STANDARD};
use kube::config::AuthInfo;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};

/// Signs certificates with a key that exists in this process only.
#[derive(Debug)]
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

/// A certificate and its private key, both PEM.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Identity {
    /// The same as credentials of a client.
    pub(super) fn auth_info(&self) -> AuthInfo {
        AuthInfo {
            client_certificate_data: Some(BASE64_STANDARD.encode(&self.certificate)),
            client_key_data: Some(BASE64_STANDARD.encode(&self.key).into()),
            ..AuthInfo::default()
        }
    }
}

impl Authority {
    /// How many groups a certificate can carry: `rcgen` keeps one value for a type of attribute, and an organisation
    /// can be spelled as two of its types.
    pub(super) const MOST_GROUPS: usize = 2;

    pub(super) fn new() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = name("naas-dev", &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    /// The authority's own certificate.
    pub(super) fn certificate(&self) -> &rcgen::Certificate {
        &self.certificate
    }

    /// What the API server shows on loopback.
    pub(super) fn server(&self) -> Result<Identity, rcgen::Error> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        params.distinguished_name = name("kube-apiserver", &[]);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params)
    }

    /// What a user shows to the API server. Of `groups` the first [`Self::MOST_GROUPS`] count.
    pub(super) fn client(&self, user: &str, groups: &[&str]) -> Result<Identity, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = name(user, groups);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    fn sign(&self, mut params: CertificateParams) -> Result<Identity, rcgen::Error> {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

fn name(common_name: &str, organizations: &[&str]) -> DistinguishedName {
    /// X.520 section 6.4.1, `id-at-organizationName`.
    const ORGANIZATION: [u64; 4] = [2, 5, 4, 10];
    let spellings: [DnType; Authority::MOST_GROUPS] =
        [DnType::OrganizationName, DnType::CustomDnType(ORGANIZATION.to_vec())];
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    for (spelling, organization) in spellings.into_iter().zip(organizations) {
        name.push(spelling, *organization);
    }
    name
}
