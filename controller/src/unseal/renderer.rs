//! Where templates are rendered: on threads for blocking work, namespace by namespace, the short ones beside the long ones.
//!
//! Nobody can tell beforehand what a template takes. So each is tried with little first, where nobody waits longer than for one
//! such try of each other namespace. What runs short is begun anew with more, behind those of other namespaces that wait:
//! the same template over the same values ends the same way, and one that waits holds no memory but its values. All
//! tries together cost a fifth more than the last alone.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sealed_secrets::template::Limits;
use sealed_secrets::{Opened, Rendering, Templates, UnsealError, Unsealed};
use tokio::sync::oneshot;

use crate::opener::{JobError, Opener};
use crate::rate_limit::{Buckets, Quota};

/// How long the templates of one object may take by the clock. Their fuel ends them long before, unless the machine is
/// at a standstill.
const LAST_LINE: Duration = Duration::from_secs(60);

/// Failures that a namespace is told at once, and how many a second from then on. Whether templates fail is a bit of what they
/// are rendered over, for whoever may change them.
const FAILURES: Quota = Quota { rate: 1, burst: 63 };

/// Namespaces whose failures are remembered.
const MOST_NAMESPACES: usize = 4096;

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Renderer {
    /// One at a time in each: what they take of memory is bounded by two.
    short: Opener,
    long: Opener,
    failures: Arc<Mutex<Buckets<String>>>,
}

impl Default for Renderer {
    fn default() -> Self {
        Self {
            short: Opener::new(1),
            long: Opener::new(1),
            failures: Arc::new(Mutex::new(Buckets::new(FAILURES, MOST_NAMESPACES))),
        }
    }
}

impl Renderer {
    /// Renders the templates of an object for a namespace.
    ///
    /// Inside is what [`Opened::into_unsealed`] gives; an error that depends on the values is told later where a namespace has had
    /// many.
    ///
    /// # Errors
    /// The work did not come to its end.
    pub(super) async fn render(
        &self,
        namespace: &str,
        opened: Opened,
    ) -> Result<Result<Unsealed, UnsealError>, JobError> {
        let short = tried(&self.short, namespace, opened.clone(), Tries::Short).await?;
        let rendered = match short {
            Err(error) if error.ran_short() => tried(&self.long, namespace, opened, Tries::Half).await?,
            other => other,
        };
        if matches!(rendered, Err(UnsealError::Rendering(_))) {
            while let Some(pause) = self.too_many_failures(namespace) {
                tokio::time::sleep(pause).await;
            }
        }
        Ok(rendered)
    }

    /// Counts a failure, or says how long it is too many.
    fn too_many_failures(&self, namespace: &str) -> Option<Duration> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.take(namespace.to_owned(), Instant::now()).retry_after
    }
}

/// Tries with ever more fuel, each a turn of its own.
async fn tried(
    lane: &Opener,
    namespace: &str,
    opened: Opened,
    tries: Tries,
) -> Result<Result<Unsealed, UnsealError>, JobError> {
    let stop = StopWhenDropped::default();
    let (begin, begun) = oneshot::channel();
    let flag = Arc::clone(&stop.0);
    let (mut begin, mut tries) = (Some(begin), tries);
    let job = move || {
        if let Some(begin) = begin.take() {
            // Nobody may be waiting any more.
            let _ = begin.send(());
        }
        let rendering = Rendering {
            stop: Some(Arc::clone(&flag)),
            limits: tries.limits(),
            ..Rendering::at(unix_nanoseconds())
        };
        let result = opened.clone().into_unsealed(&Templates::Render(rendering));
        match &result {
            Err(error) if error.ran_short() && tries.go_on() => None,
            _ => Some(result),
        }
    };
    let late = async {
        if begun.await.is_ok() {
            tokio::time::sleep(LAST_LINE).await;
            stop.0.store(true, Ordering::Relaxed);
        }
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        rendered = lane.run(namespace, job) => rendered,
        never = late => match never {},
    }
}

/// What is given to a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tries {
    /// The first: some 20 ms, which is a hundred times what an ordinary object takes, and an eighth of the memory.
    Short,
    /// Half a second, and all of the memory.
    Half,
    /// Everything.
    Whole,
}

impl Tries {
    fn limits(self) -> Limits {
        let usual = Limits::default();
        match self {
            Tries::Short => Limits {
                fuel: 200_000,
                memory: usual.memory / 8,
                value: usual.value / 8,
                trees: usual.trees / 8,
                ..usual
            },
            Tries::Half => Limits { fuel: 5_000_000, ..usual },
            Tries::Whole => usual,
        }
    }

    /// Whether there is another one in the same lane, which it then is.
    fn go_on(&mut self) -> bool {
        std::mem::replace(self, Tries::Whole) == Tries::Half
    }
}

/// Ends the templates of a task that nobody waits for any more.
#[derive(Default)]
struct StopWhenDropped(Arc<AtomicBool>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn unix_nanoseconds() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sealed_secrets::sealing::KeyRing;
    use sealed_secrets::{Legacy, Opening, SealedSecret, SealedSecretSpec, SecretTemplate};

    use super::*;

    /// An object of one template and no values.
    fn opened(template: &str) -> Opened {
        let data = BTreeMap::from([("x".to_owned(), Some(template.to_owned()))]);
        let template = SecretTemplate { data: Some(data), ..SecretTemplate::default() };
        let spec = SealedSecretSpec { template: Some(template), ..SealedSecretSpec::default() };
        let ring = Arc::new(KeyRing::new(Vec::new()));
        let mut opening = Opening::new(SealedSecret::new("db", spec), ring, Legacy::Refuse);
        opening.step(1).unwrap().unwrap()
    }

    /// Some million steps.
    const LONG: &str = "{{ range 500 }}{{ range 1000 }}{{ end }}{{ end }}long";

    #[tokio::test]
    async fn a_short_one_does_not_wait_for_long_ones() {
        let renderer = Renderer::default();
        let ended = Arc::new(Mutex::new(Vec::new()));
        let render = |namespace: String, template: &str| {
            let (renderer, ended, opened) = (renderer.clone(), Arc::clone(&ended), opened(template));
            tokio::spawn(async move {
                let unsealed = renderer.render(&namespace, opened).await.unwrap().unwrap();
                ended.lock().unwrap().push(unsealed.secret.data["x"].as_bytes().to_vec());
            })
        };
        let mut tasks: Vec<_> = (0..6).map(|number| render(format!("greedy{number}"), LONG)).collect();
        tokio::time::sleep(Duration::from_millis(20)).await;
        tasks.push(render("small".into(), "short"));
        for task in tasks {
            task.await.unwrap();
        }
        let ended = ended.lock().unwrap();
        let short = ended.iter().position(|output| output == b"short").unwrap();
        assert!(ended.len() == 7 && short < 4, "it was number {short}");
    }

    #[tokio::test]
    async fn what_runs_short_of_everything_fails() {
        let endless = "{{ range 20000 }}{{ range until 5000 }}{{ end }}{{ end }}";
        let rendered = Renderer::default().render("shop", opened(endless)).await.unwrap();
        assert!(rendered.is_err_and(|error| error.ran_short()));
        let much = "{{ repeat 10000000 \"x\" | len }}";
        let unsealed = Renderer::default().render("shop", opened(much)).await.unwrap().unwrap();
        assert_eq!(unsealed.secret.data["x"].as_bytes(), b"10000000");
    }

    #[test]
    fn a_namespace_is_told_many_failures_late() {
        let renderer = Renderer::default();
        assert!((0..64).all(|_| renderer.too_many_failures("shop").is_none()));
        assert!(renderer.too_many_failures("shop").is_some_and(|pause| pause <= Duration::from_secs(1)));
        assert!(renderer.too_many_failures("other").is_none());
    }
}
