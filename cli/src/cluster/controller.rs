//! The controller behind the API server's Service proxy, asked as kubeseal 0.40.0 asks it.

use http::Method;
use sealed_secrets::SealedSecret;
use sealed_secrets::manifest::Value;

use crate::args::CalledAs;
use crate::cluster::answer::Answer;
use crate::cluster::{Ask, Cluster, Unanswered, whereabouts};
use crate::command::ControllerAt;
use crate::failure::Failure;

/// What the certificate is asked for as; the Service is asked for with the same.
const PEM: &str = "application/x-pem-file, */*";

const JSON: &str = "application/json, */*";

/// The controller's Service, found.
pub(crate) struct Controller {
    cluster: Cluster,
    /// Below `/api/v1/namespaces/`, up to the proxy's own part.
    proxy: String,
    /// `http:NAME:PORT`, by which the API server's errors call it.
    name: String,
}

/// Why the controller did not do what it was asked for.
pub(crate) enum Refused {
    /// 409: it cannot open the values.
    Conflict,
    /// Anything else.
    Otherwise(Failure),
}

impl Controller {
    /// Connects and looks the Service up, for the name of its first port, as kubeseal does.
    ///
    /// # Errors
    /// No way to the cluster, or no such Service: in kubeseal's words, and for `seal` with what else was asked and
    /// what to type.
    pub(crate) fn find(at: &ControllerAt) -> Result<Controller, Failure> {
        let ControllerAt { kube, namespace, name, called_as } = at;
        for (flag, name) in [("--controller-namespace", namespace), ("--controller-name", name)] {
            if !is_path_segment(name) {
                return Err(Failure::new(format!("{flag} {name:?} is no name that can stand in an address")));
            }
        }
        let cluster = Cluster::connect(kube)?;
        let path = format!("/api/v1/namespaces/{namespace}/services/{name}");
        let answer = cluster.ask(&Ask::get(path.clone(), PEM));
        let port = match &answer {
            Ok(answer) if answer.is_success() => first_port(answer).map_err(|failure| failure.at(&path))?,
            Ok(answer) => {
                let reason = answer.refusal(&format!("get services {name}"));
                let failure = not_found(&reason);
                return Err(match called_as {
                    CalledAs::Kubeseal => failure,
                    CalledAs::Seal => whereabouts::explain(failure, &cluster, at, answer.status, &reason),
                });
            }
            Err(unanswered) => return Err(unreachable(not_found(unanswered), unanswered, *called_as)),
        };
        let service = format!("http:{name}:{port}");
        let proxy = format!("/api/v1/namespaces/{namespace}/services/{service}/proxy");
        Ok(Controller { cluster, proxy, name: service })
    }

    /// The certificate's bytes as the controller gives them.
    ///
    /// # Errors
    /// Why not, in kubeseal's words.
    pub(crate) fn certificate(&self) -> Result<Vec<u8>, Failure> {
        let failed =
            |reason: &dyn std::fmt::Display| Failure::new(format!("cannot fetch certificate: {reason}"));
        let path = format!("{}/v1/cert.pem", self.proxy);
        match self.cluster.ask(&Ask::get(path, PEM)) {
            Ok(answer) if answer.is_success() => Ok(answer.body),
            Ok(answer) => {
                let reason = answer.refusal(&format!("get services {}", self.name));
                Err(failed(&reason).maybe_hint(proxy_hint(answer.status)))
            }
            Err(unanswered) => Err(failed(&unanswered)),
        }
    }

    /// Asks whether the controller can open every value.
    ///
    /// # Errors
    /// It cannot, or cannot be asked.
    pub(crate) fn verify(&self, sealed: &SealedSecret) -> Result<(), Refused> {
        self.post("verify", sealed)
            .map(|_| ())
            .map_err(|refused| refused.called("cannot validate sealed secret"))
    }

    /// Has every value sealed anew with the controller's newest key. The answer is a whole object, in which upstream's
    /// controller leaves some fields out.
    ///
    /// # Errors
    /// It cannot, cannot be asked, or answers something else.
    pub(crate) fn reseal(&self, sealed: &SealedSecret) -> Result<SealedSecret, Refused> {
        let answer =
            self.post("rotate", sealed).map_err(|refused| refused.called("cannot re-encrypt secret"))?;
        let unreadable = || {
            Refused::Otherwise(
                Failure::new("the controller's answer is no SealedSecret")
                    .hint("is --controller-name the sealed-secrets controller?"),
            )
        };
        let json = answer.json().filter(serde_json::Value::is_object).ok_or_else(unreadable)?;
        SealedSecret::from_manifest(Value::from(json)).map(|read| read.object).map_err(|_| unreadable())
    }

    fn post(&self, verb: &str, sealed: &SealedSecret) -> Result<Answer, Refused> {
        let ask = Ask {
            method: Method::POST,
            path: format!("{}/v1/{verb}", self.proxy),
            accept: JSON,
            content_type: None,
            body: sealed.to_manifest().to_json().to_string().into_bytes(),
        };
        match self.cluster.ask(&ask) {
            Ok(answer) if answer.is_success() => Ok(answer),
            Ok(answer) if answer.status == 409 => Err(Refused::Conflict),
            Ok(answer) => {
                let reason = answer.refusal(&format!("post services {}", self.name));
                Err(Refused::Otherwise(Failure::new(reason).maybe_hint(proxy_hint(answer.status))))
            }
            Err(unanswered) => Err(Refused::Otherwise(Failure::new(unanswered))),
        }
    }
}

impl Refused {
    fn called(self, sentence: &str) -> Refused {
        match self {
            Refused::Otherwise(failure) => Refused::Otherwise(failure.at(sentence)),
            conflict => conflict,
        }
    }
}

/// kubeseal's sentence where the Service cannot be had.
fn not_found(reason: impl std::fmt::Display) -> Failure {
    Failure::new(format!(
        "cannot get sealed secret service: {reason}.\nPlease, use the flag --controller-name and --controller-namespace to set up the name and namespace of the sealed secrets controller"
    ))
}

fn unreachable(failure: Failure, unanswered: &Unanswered, called_as: CalledAs) -> Failure {
    let untrusted = unanswered.reason.contains("invalid peer certificate");
    match (called_as, untrusted) {
        (CalledAs::Kubeseal, _) => failure,
        (CalledAs::Seal, true) => failure.hint(
            "the server's certificate is not signed by the authority of the kubeconfig's cluster: is it the right server, and the right --context?",
        ),
        (CalledAs::Seal, false) => failure.hint(
            "the API server does not answer: `kubectl version` asks the same one; to seal without it give --cert FILE",
        ),
    }
}

/// What to do about an answer that did not come from the controller.
fn proxy_hint(status: u16) -> Option<&'static str> {
    match status {
        401 => Some("the credentials are not accepted: log in again, or choose another --context or --user"),
        403 => Some(
            "the API server's Service proxy wants the permission `get` and `create` on services/proxy, which the role \
             sealed-secrets-service-proxier gives",
        ),
        429 => Some("the controller is asked too often: try again later, or raise its --rate-limit"),
        503 => Some("no Pod of the controller is ready: look at its Deployment with kubectl"),
        _ => None,
    }
}

fn first_port(answer: &Answer) -> Result<String, Failure> {
    let service = answer.json().unwrap_or_default();
    if service["kind"] != "Service" {
        return Err(Failure::new("the answer is no Service")
            .hint("is this the address of an API server? --server and the kubeconfig's cluster say so"));
    }
    let Some(port) = service["spec"]["ports"].get(0) else {
        return Err(Failure::new("the Service has no ports").hint(
            "the controller's Service has one, named http or nothing: is this the right --controller-name?",
        ));
    };
    let name = port["name"].as_str().unwrap_or_default();
    if name.is_empty() || is_path_segment(name) {
        Ok(name.to_owned())
    } else {
        Err(Failure::new("the Service's first port has a name that cannot stand in an address"))
    }
}

/// Whether a name can stand between two slashes of an address as it is.
fn is_path_segment(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !name.is_empty() && name.bytes().all(letter) && !name.bytes().all(|byte| byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_elsewhere() {
        for good in ["sealed-secrets-controller", "a.b", "x_1"] {
            assert!(is_path_segment(good), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a%2fb", "a?b", "a b", "ü", "http:x"] {
            assert!(!is_path_segment(bad), "{bad}");
        }
    }

    fn port(service: &str) -> Result<String, Failure> {
        first_port(&Answer { status: 200, retry_after: None, body: service.into() })
    }

    #[test]
    fn the_first_port_counts_and_may_have_no_name() {
        let with = |ports: &str| format!("{{\"kind\": \"Service\", \"spec\": {{\"ports\": {ports}}}}}");
        assert_eq!(port(&with("[{\"name\": \"a\"}, {\"name\": \"b\"}]")).as_deref(), Ok("a"));
        assert_eq!(port(&with("[{\"port\": 1}]")).as_deref(), Ok(""));
        assert!(port(&with("[]")).unwrap_err().what.contains("no ports"));
        assert!(port(&with("[{\"name\": \"a/../b\"}]")).is_err());
        assert!(port("hello").unwrap_err().what.contains("no Service"));
    }
}
