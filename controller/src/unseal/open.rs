//! From sealed values to a Secret: private operations in slices, then the templates.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sealed_secrets::{Opened, Opening, Rendering, Templates, UnsealError, Unsealed};
use tokio::sync::oneshot;

use crate::opener::{JobError, Opener, SLICE};

/// How long the templates of one object may take by the clock. Their fuel ends them long before, unless the machine is
/// at a standstill.
const LAST_LINE: Duration = Duration::from_secs(60);

/// A Secret that is to be.
#[derive(Debug)]
pub struct Made {
    /// The Secret, and what opened it.
    pub unsealed: Unsealed,
    /// Templates had a part in it.
    pub by_templates: bool,
}

/// Why there is no Secret.
#[derive(Debug)]
pub enum OpenError {
    /// The object is to blame.
    Unseal(UnsealError),
    /// The work did not come to its end.
    Job(JobError),
}

impl From<UnsealError> for OpenError {
    fn from(error: UnsealError) -> Self {
        OpenError::Unseal(error)
    }
}

impl From<JobError> for OpenError {
    fn from(error: JobError) -> Self {
        OpenError::Job(error)
    }
}

/// Opens an object and renders its templates.
///
/// # Errors
/// See [`OpenError`].
pub async fn open(
    mut opening: Opening,
    namespace: &str,
    opener: &Opener,
    renderer: Option<&Renderer>,
) -> Result<Made, OpenError> {
    let job = move || opening.step(SLICE).map(|opened| opened.and_then(without_templates));
    match opener.run(namespace, job).await?? {
        Stage::Done(unsealed) => Ok(Made { unsealed: *unsealed, by_templates: false }),
        Stage::Templates(opened) => {
            let unsealed = match renderer {
                Some(renderer) => renderer.render(namespace, opened).await?,
                None => opened.into_unsealed(&Templates::Refuse)?,
            };
            Ok(Made { unsealed, by_templates: true })
        }
    }
}

enum Stage {
    Done(Box<Unsealed>),
    Templates(Opened),
}

/// Most objects have no templates and are done here.
fn without_templates(opened: Opened) -> Result<Stage, UnsealError> {
    if opened.has_templates() {
        return Ok(Stage::Templates(opened));
    }
    opened.into_unsealed(&Templates::Refuse).map(|unsealed| Stage::Done(Box::new(unsealed)))
}

/// Renders templates on a thread for blocking work: those of one object at a time, which bounds the memory that they
/// take together, and namespace by namespace. Private operations of other objects go on beside it.
#[derive(Clone)]
pub struct Renderer(Opener);

impl Default for Renderer {
    fn default() -> Self {
        Renderer(Opener::new(1))
    }
}

impl Renderer {
    async fn render(&self, namespace: &str, opened: Opened) -> Result<Unsealed, OpenError> {
        let stop = StopWhenDropped::default();
        let (begin, begun) = oneshot::channel();
        let flag = Arc::clone(&stop.0);
        let mut work = Some((opened, begin));
        let job = move || {
            let (opened, begin) = work.take()?;
            // Nobody may be waiting any more.
            let _ = begin.send(());
            let rendering = Rendering { stop: Some(Arc::clone(&flag)), ..Rendering::at(unix_nanoseconds()) };
            Some(opened.into_unsealed(&Templates::Render(rendering)))
        };
        let late = async {
            if begun.await.is_ok() {
                tokio::time::sleep(LAST_LINE).await;
                stop.0.store(true, Ordering::Relaxed);
            }
            std::future::pending::<Infallible>().await
        };
        tokio::select! {
            rendered = self.0.run(namespace, job) => Ok(rendered??),
            never = late => match never {},
        }
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
