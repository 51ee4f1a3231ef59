//! From sealed values to a Secret: private operations in slices, then the templates.

use sealed_secrets::{Opened, Opening, Templates, UnsealError, Unsealed};

use crate::opener::{JobError, Opener, SLICE};
use crate::unseal::renderer::Renderer;

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
                Some(renderer) => renderer.render(namespace, opened).await??,
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
