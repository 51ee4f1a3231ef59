//! Certificates of a control plane, and the key that its service-account tokens are signed with.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};
use serde_json::json;

/// The issuer of service-account tokens, as most clusters name it.
pub const ISSUER: &str = "https://kubernetes.default.svc";

/// Seconds that the API server's clock may differ from that of a token's issuer.
const LEEWAY: u64 = 60;

/// A certificate authority with an API server's certificate, an administrator's, and a service-account key. All keys
/// are P-256, which takes no time to make.
pub struct Pki {
    /// The authority's certificate, PEM.
    pub authority: String,
    /// Certificate and key of the API server, PEM.
    pub server: Pair,
    /// Certificate and key of a member of `system:masters`, who may do everything, PEM.
    pub admin: Pair,
    service_accounts: KeyPair,
}

/// A certificate and its private key, both as PEM.
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The private key, PKCS#8.
    pub key: String,
}

impl Pki {
    /// Makes everything new, for an API server at `addresses` and at the usual names.
    ///
    /// # Errors
    /// The crypto library fails.
    pub fn new(addresses: &[IpAddr]) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name(&[(DnType::CommonName, "test authority")]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let authority = params.self_signed(&key)?.pem();
        let issuer = Issuer::new(params, key);

        let mut server = CertificateParams::new(vec![
            "localhost".to_owned(),
            "kubernetes".to_owned(),
            "kubernetes.default".to_owned(),
            "kubernetes.default.svc".to_owned(),
        ])?;
        server.subject_alt_names.extend(addresses.iter().copied().map(SanType::IpAddress));
        server.distinguished_name = name(&[(DnType::CommonName, "kube-apiserver")]);
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let mut admin = CertificateParams::default();
        admin.distinguished_name =
            name(&[(DnType::OrganizationName, "system:masters"), (DnType::CommonName, "admin")]);
        admin.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Ok(Self {
            authority,
            server: Pair::signed(&server, &issuer)?,
            admin: Pair::signed(&admin, &issuer)?,
            service_accounts: KeyPair::generate()?,
        })
    }

    /// Writes what the programs of a control plane read: `ca.crt`, `api.crt`, `api.key`, `admin.crt`, `admin.key`,
    /// `sa.key` and `sa.pub`.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        for (file, text) in [
            ("ca.crt", &self.authority),
            ("api.crt", &self.server.certificate),
            ("api.key", &self.server.key),
            ("admin.crt", &self.admin.certificate),
            ("admin.key", &self.admin.key),
            ("sa.key", &self.service_accounts.serialize_pem()),
            ("sa.pub", &self.service_accounts.public_key_pem()),
        ] {
            fs::write(folder.join(file), text).with_context(|| format!("writing {file}"))?;
        }
        Ok(())
    }

    /// A token of a service account, signed as the API server itself would, that is good for as short as a test wants
    /// (the API server gives none for less than ten minutes). `uid` is the service account's, and must be right.
    ///
    /// The API server allows for clocks that differ by a minute, so the token says that it ends a minute before it
    /// does. A token that was good is remembered for ten seconds more.
    ///
    /// # Errors
    /// The crypto library fails.
    pub fn token(&self, namespace: &str, name: &str, uid: &str, lasts: Duration) -> Result<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?.as_secs();
        let header = json!({"alg": "ES256", "typ": "JWT"});
        let claims = json!({
            "iss": ISSUER,
            "aud": [ISSUER],
            "sub": format!("system:serviceaccount:{namespace}:{name}"),
            "iat": now - 2 * LEEWAY,
            "nbf": now - 2 * LEEWAY,
            "exp": now + lasts.as_secs() - LEEWAY,
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name, "uid": uid}},
        });
        let encoded = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encoded(&header), encoded(&claims));
        let key = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            self.service_accounts.serialized_der(),
        )
        .map_err(|_| anyhow!("the service-account key cannot be read"))?;
        let signature = key
            .sign(&SystemRandom::new(), signed.as_bytes())
            .map_err(|_| anyhow!("the service-account key cannot sign"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl Pair {
    fn signed(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = params.clone();
        // Strict verifiers, such as Python's, want to see who signed.
        params.use_authority_key_identifier_extension = true;
        Ok(Self { certificate: params.signed_by(&key, issuer)?.pem(), key: key.serialize_pem() })
    }
}

fn name(parts: &[(DnType, &str)]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (kind, text) in parts {
        name.push(kind.clone(), *text);
    }
    name
}
