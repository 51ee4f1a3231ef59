//! What upstream's controller 0.40.0 answers behind the Service proxy, values really opened and sealed anew.

use sealed_secrets::manifest::{Limits, documents};
use sealed_secrets::sealing::{Certificate, KeyRing, SealingKey};
use sealed_secrets::{Hint, Legacy, SealedSecret, Templates, seal, unseal};

use super::{Reply, Request};
use crate::workspace::key_file;

/// Path of the controller's Service.
pub const SERVICE: &str = "/api/v1/namespaces/kube-system/services/sealed-secrets-controller";

const PROXY: &str = "/api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:http/proxy/v1";

/// What a request that validates looks like.
pub const VERIFY: &str =
    "POST /api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:http/proxy/v1/verify";

/// What a request that re-encrypts looks like.
pub const ROTATE: &str =
    "POST /api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:http/proxy/v1/rotate";

/// A controller with two keys: `k2048`, and the newest, `k2048b`.
pub struct Controller {
    ring: KeyRing,
    certificate: Certificate,
    certificate_pem: String,
}

impl Default for Controller {
    fn default() -> Self {
        Self::new()
    }
}

impl Controller {
    /// With the tests' keys.
    pub fn new() -> Controller {
        let read = |name: &str| {
            std::fs::read_to_string(key_file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let key = |name: &str| {
            SealingKey::from_pem(read(name).as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let certificate_pem = read("k2048b.crt.pem");
        let certificate = Certificate::from_pem(certificate_pem.as_bytes());
        Controller {
            ring: KeyRing::new(vec![key("k2048b.key.pem"), key("k2048.key.pem")]),
            certificate: certificate.unwrap_or_else(|error| panic!("k2048b.crt.pem: {error}")),
            certificate_pem,
        }
    }

    /// The fingerprint of the newest key.
    pub fn fingerprint(&self) -> String {
        self.certificate.fingerprint().to_string()
    }

    /// The Service as the API server gives it.
    pub fn service() -> Reply {
        let ports = serde_json::json!([{"name": "http", "port": 8080}]);
        let service = serde_json::json!({"kind": "Service", "apiVersion": "v1", "spec": {"ports": ports}});
        Reply::ok(service.to_string())
    }

    /// The answer to a request, 404 where it is not for the controller.
    pub fn answer(&self, request: &Request) -> Reply {
        match request.line().as_str() {
            line if line == format!("GET {SERVICE}") => Self::service(),
            line if line == format!("GET {PROXY}/cert.pem") => Reply::ok(self.certificate_pem.as_bytes()),
            VERIFY => match self.opened(&request.body) {
                Some(_) => Reply::ok(""),
                None => Reply::with(409, ""),
            },
            ROTATE => self.rotate(&request.body).unwrap_or_else(|| Reply::with(500, "")),
            _ => Reply::refusal(404, "the server could not find the requested resource"),
        }
    }

    /// The object sealed anew, without kind, and without its templates, as upstream's has it.
    fn rotate(&self, body: &[u8]) -> Option<Reply> {
        let secret = self.opened(body)?;
        let sealed = seal(&secret, &self.certificate, Hint::None).ok()?;
        let mut json = sealed.to_manifest().to_json();
        let fields = json.as_object_mut()?;
        fields.remove("kind");
        fields.remove("apiVersion");
        Some(Reply::ok(json.to_string()).header("Content-Type", "text/plain; charset=utf-8"))
    }

    fn opened(&self, body: &[u8]) -> Option<sealed_secrets::Secret> {
        let limits = Limits::default();
        let text = std::str::from_utf8(body).ok()?;
        let value = documents(text, &limits).next()?.ok()?.parse(&limits).ok()?.value;
        let mut sealed = SealedSecret::from_manifest(value).ok()?.object;
        let metadata = sealed.metadata.clone();
        let template = sealed.spec.template.get_or_insert_default();
        template.data = None;
        template.metadata = Some(metadata.clone());
        let mut secret = unseal(&sealed, &self.ring, Legacy::Accept, 1, &Templates::Refuse).ok()?.secret;
        secret.metadata.owner_references = None;
        Some(secret)
    }
}
