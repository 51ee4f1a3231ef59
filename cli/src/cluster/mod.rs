//! The way to a cluster: what a kubeconfig and flags lead to, and requests with time limits.
//!
//! Nothing here runs before a command needs the cluster: no runtime is made, no kubeconfig is read for it, and
//! sealing offline pays for none of it.

mod answer;
pub(crate) mod controller;
mod exec_plugin;
mod patience;
mod proxy;
mod target;
pub(crate) mod whereabouts;

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{Method, Request};
use http_body_util::{BodyExt, Limited};
use kube::client::{AuthError, Body, Client};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use crate::certificate_source::without_password;
use crate::failure::{Failure, system_text};
use crate::kubeconfig::KubeSettings;

use answer::Answer;
use patience::TimeLimits;

/// The largest answer that is read: the largest object of an API server has some 1.5 MiB, a page of 500 many times
/// that.
const LARGEST_ANSWER: usize = 256 * 1024 * 1024;

/// A cluster's API server. It may be asked from several threads at once.
pub(crate) struct Cluster {
    /// Taken only by `drop`.
    runtime: Option<Runtime>,
    client: Client,
    url: String,
    limits: TimeLimits,
    /// The server has said that it is asked too often: from then on one request at a time waits for its turn, so
    /// that none is pushed aside by the others until it gives up.
    throttled: AtomicBool,
    turn: Mutex<()>,
}

/// One request.
pub(crate) struct Ask {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) accept: &'static str,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Vec<u8>,
}

impl Ask {
    /// Something to read.
    pub(crate) fn get(path: String, accept: &'static str) -> Ask {
        Ask { method: Method::GET, path, accept, content_type: None, body: Vec::new() }
    }
}

/// A request that got no answer. Its text is like Go's: `Get "URL": reason`.
#[derive(Debug)]
pub(crate) struct Unanswered {
    method: Method,
    url: String,
    pub(crate) reason: String,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.method.as_str();
        let (first, rest) = method.split_at(1.min(method.len()));
        write!(f, "{first}{} {:?}: {}", rest.to_lowercase(), self.url, self.reason)
    }
}

impl Cluster {
    /// Finds the way to the cluster and whom to be there. Nothing is sent yet, but an exec plugin is asked for its
    /// credentials.
    ///
    /// # Errors
    /// A configuration that leads nowhere, in client-go's words where scripts may look for them.
    pub(crate) fn connect(settings: &KubeSettings) -> Result<Cluster, Failure> {
        let limits = TimeLimits::of_flag(settings.overrides.request_timeout.as_deref())?;
        let mut config = target::config(settings)?;
        // Requests have limits of their own, and repeat themselves only where the server says when.
        config.default_retry = false;
        config.connect_timeout = limits.connect;
        config.read_timeout = None;
        config.write_timeout = limits.post;
        let url = without_password(config.cluster_url.to_string().trim_end_matches('/'));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
                Failure::new(format!("starting to speak to the cluster: {}", system_text(&error)))
            })?;
        let entered = runtime.enter();
        let client = Client::try_from(config).map_err(|error| client_failure(&error))?;
        drop(entered);
        Ok(Cluster {
            runtime: Some(runtime),
            client,
            url,
            limits,
            throttled: AtomicBool::new(false),
            turn: Mutex::new(()),
        })
    }

    /// Where a path of the cluster is, for messages.
    pub(crate) fn url_of(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Asks, and asks again where the server says that it is busy and when to come back.
    ///
    /// # Errors
    /// No answer, or none in time. An answer that refuses is an answer.
    pub(crate) fn ask(&self, ask: &Ask) -> Result<Answer, Unanswered> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(self.ask_patiently(ask)),
            None => Err(self.unanswered(ask, "the connection is closed".into())),
        }
    }

    async fn ask_patiently(&self, ask: &Ask) -> Result<Answer, Unanswered> {
        let mut turn = match self.throttled.load(Ordering::Relaxed) {
            true => Some(self.turn.lock().await),
            false => None,
        };
        let mut begun = Instant::now();
        let mut tries = 0;
        loop {
            let answer = self.ask_once(ask).await?;
            tries += 1;
            let Some(wait) =
                patience::wait(answer.status, answer.retry_after.as_deref(), tries, begun.elapsed())
            else {
                return Ok(answer);
            };
            self.throttled.store(true, Ordering::Relaxed);
            if turn.is_none() {
                turn = Some(self.turn.lock().await);
                // Waiting for the others is not the server's doing.
                (begun, tries) = (Instant::now(), 1);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn ask_once(&self, ask: &Ask) -> Result<Answer, Unanswered> {
        let mut request = Request::builder()
            .method(&ask.method)
            .uri(&ask.path)
            .header(ACCEPT, ask.accept)
            .header(USER_AGENT, concat!("seal/", env!("CARGO_PKG_VERSION")));
        if let Some(content_type) = ask.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let request = request.body(Body::from(ask.body.clone()));
        let request = request.map_err(|_| self.unanswered(ask, "the path is no path of a URL".into()))?;
        let exchange = async {
            let response = self.client.send(request).await.map_err(|error| reason(&error))?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER).collect().await;
            let body = body.map_err(|error| innermost(&*error))?.to_bytes();
            let retry_after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            Ok(Answer {
                status: head.status.as_u16(),
                retry_after: retry_after.map(str::to_owned),
                body: body.to_vec(),
            })
        };
        let limit = if ask.method == Method::GET { self.limits.get } else { self.limits.post };
        let answered = match limit {
            None => exchange.await,
            Some(limit) => match tokio::time::timeout(limit, exchange).await {
                Ok(answered) => answered,
                Err(_) => Err(no_answer_within(limit)),
            },
        };
        answered.map_err(|reason| self.unanswered(ask, reason))
    }

    fn unanswered(&self, ask: &Ask, reason: String) -> Unanswered {
        Unanswered { method: ask.method.clone(), url: self.url_of(&ask.path), reason }
    }
}

impl Drop for Cluster {
    /// A look-up of a name that hangs must not keep the program from ending.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn no_answer_within(limit: Duration) -> String {
    format!("no answer within {} s (--request-timeout sets another limit)", limit.as_secs_f32())
}

/// Why a request got no answer, without what kube puts around it.
fn reason(error: &kube::Error) -> String {
    match error {
        kube::Error::Auth(error) => auth_reason(error),
        other => innermost(other),
    }
}

/// The words of the system where it refused something, else those of the innermost error.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut at = error;
    loop {
        if let Some(system) = at.downcast_ref::<std::io::Error>() {
            return match system.raw_os_error() {
                Some(_) => format!("connect: {}", system_text(system)),
                None => system_text(system),
            };
        }
        match at.source() {
            Some(source) => at = source,
            None => return at.to_string(),
        }
    }
}

/// Some of these errors hold what a command printed, and that may be a token.
fn auth_reason(error: &AuthError) -> String {
    match error {
        AuthError::ReadTokenFile(error, path) => format!("open {}: {}", path.display(), system_text(error)),
        AuthError::InvalidBearerToken(_) => "the token has characters that no header can have".into(),
        AuthError::InvalidBasicAuth(_) => {
            "user name or password have characters that no header can have".into()
        }
        AuthError::AuthExec(sentence) => sentence.clone(),
        _ => "the credentials of the kubeconfig's user cannot be had".into(),
    }
}

fn client_failure(error: &kube::Error) -> Failure {
    Failure::new(format!("invalid configuration: {}", reason(error)))
        .hint("the certificates and keys of the kubeconfig's cluster and user are to be PEM, or base64 of PEM in the fields …-data")
}
