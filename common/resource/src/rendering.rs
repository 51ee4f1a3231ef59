//! The templates of one object: `spec.template.data` over the decrypted values, as upstream 0.40.0 does it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sealing::{KeyRing, Plaintext};
use template::{Budget, Cap, Dot, Entropy, Limits, ParseError, RenderError, Surroundings, Template};

use crate::items::Legacy;
use crate::sealed_secret::SealedSecret;
use crate::secret::Secret;
use crate::unseal::Values;
use crate::unseal_error::{ItemErrors, RenderErrors, TOO_LARGE, UnsealError};

/// Templates of an object that may fail before the others are not rendered.
const MOST_FAILURES: usize = 1000;

/// What becomes of `spec.template.data`.
#[derive(Clone, Debug)]
pub enum Templates {
    /// An object that has templates is refused.
    Refuse,
    /// They are rendered.
    Render(Rendering),
}

/// What templates are rendered with, beside the values.
#[derive(Clone, Debug)]
pub struct Rendering {
    /// What the templates of one object may use up together.
    pub limits: Limits,
    /// The time that `now` gives, in nanoseconds since 1970-01-01 00:00 UTC.
    pub now: i128,
    /// Ends the templates soon after somebody sets it: the last line, behind the limits.
    pub stop: Option<Arc<AtomicBool>>,
}

impl Rendering {
    /// At this time (nanoseconds since 1970-01-01 00:00 UTC), with the usual limits.
    #[must_use]
    pub fn at(now: i128) -> Self {
        Self { limits: Limits::default(), now, stop: None }
    }
}

/// The parsed templates of an object, by key.
pub(crate) struct Parsed(BTreeMap<String, Template>);

impl Parsed {
    /// Parses all of them. The limits of texts and trees are for all of them together, since their trees stand in memory at
    /// once.
    ///
    /// # Errors
    /// What is wrong with each that is no template, ordered by key. The first that runs into a limit is the last.
    pub(crate) fn of(sealed: &SealedSecret, limits: &Limits) -> Result<Self, Vec<ParseError>> {
        let (mut parsed, mut wrong) = (BTreeMap::new(), Vec::new());
        let mut left = *limits;
        for (key, text) in texts(sealed) {
            let result = Template::parse(key, text, &left);
            left.text = left.text.saturating_sub(text.len());
            match result {
                Ok(template) => {
                    left.trees = left.trees.saturating_sub(template.size());
                    parsed.insert(key.to_owned(), template);
                }
                Err(error) => {
                    // Errors take memory, too, and may be a hundred thousand.
                    let size = 512 + 3 * key.len() + 2 * error.reason.len();
                    left.trees = left.trees.saturating_sub(size);
                    let ends = error.cap.is_some();
                    wrong.push(error);
                    if ends {
                        break;
                    }
                }
            }
        }
        if wrong.is_empty() { Ok(Parsed(parsed)) } else { Err(wrong) }
    }

    /// Keys of templates whose output is another one each time.
    pub(crate) fn unsettled(&self) -> Vec<String> {
        let unsettled = self.0.iter().filter(|(_, template)| !template.unsettled_functions().is_empty());
        unsettled.map(|(key, _)| key.clone()).collect()
    }

    /// Renders all of them over the decrypted values. The dot holds those, and the texts of the other entries as they
    /// stand there; where both have a key the decrypted value wins. After a failure it goes on with the next one only if
    /// it should.
    ///
    /// # Errors
    /// No randomness.
    fn render(
        &self,
        sealed: &SealedSecret,
        values: &BTreeMap<String, Plaintext>,
        rendering: &Rendering,
        goes_on_after: impl Fn(&RenderError) -> bool,
    ) -> Result<Vec<Rendered>, UnsealError> {
        let raw = texts(sealed).filter(|(key, _)| !values.contains_key(*key));
        let raw = raw.map(|(key, text)| (key, text.as_bytes()));
        let decrypted = values.iter().map(|(key, value)| (key.as_str(), value.as_bytes()));
        let dot = Dot::new(decrypted.chain(raw));
        let mut budget = Budget::new(rendering.limits);
        if let Some(stop) = &rendering.stop {
            budget = budget.stopped_by(Arc::clone(stop));
        }
        let mut entropy = SystemEntropy::default();
        let mut rendered = Vec::new();
        for (key, template) in &self.0 {
            let surroundings =
                Surroundings { budget: &mut budget, entropy: &mut entropy, now: rendering.now };
            let result = template.render(&dot, surroundings).map(|output| output.into_bytes().into());
            let ends = result.as_ref().is_err_and(|error| !goes_on_after(error));
            rendered.push(Rendered { key: key.clone(), result });
            if ends {
                break;
            }
        }
        if entropy.failed { Err(UnsealError::NoRandomness) } else { Ok(rendered) }
    }
}

/// What one template came to, for the holder of the keys.
#[derive(Debug)]
pub struct Rendered {
    /// Its key in `spec.template.data`.
    pub key: String,
    /// The value that it gives, or where it fails.
    pub result: Result<Plaintext, RenderError>,
}

/// Opens a SealedSecret and renders its templates, each for itself: unlike [`unseal`](crate::unseal()) it gives what the
/// good ones come to beside where the others fail. For the holder of the keys only.
///
/// # Errors
/// The items that do not open and the templates that are none, all of them.
pub fn render_each(
    sealed: &SealedSecret,
    ring: &KeyRing,
    threads: usize,
    rendering: &Rendering,
) -> Result<Vec<Rendered>, UnsealError> {
    let templates = Templates::Render(rendering.clone());
    let values = Values::of(sealed, ring, Legacy::Refuse, threads, &templates)?;
    parse(sealed, rendering)?.render(sealed, &values.items, rendering, |_| true)
}

/// Renders the templates of an object into its values, and takes out what a null names. Gives the keys of the templates whose
/// output is another one each time.
///
/// # Errors
/// Templates that cannot be parsed, all of them; else those that fail, all of them; or that there are any.
pub(crate) fn render(
    sealed: &SealedSecret,
    values: &mut BTreeMap<String, Plaintext>,
    templates: &Templates,
) -> Result<Vec<String>, UnsealError> {
    let mut unsettled = Vec::new();
    if has_templates(sealed) {
        let Templates::Render(rendering) = templates else { return Err(turned_off(sealed)) };
        let parsed = parse(sealed, rendering)?;
        unsettled = parsed.unsettled();
        unsettled.retain(|key| !values.contains_key(key));
        let mut failed = Vec::new();
        // Who runs into a limit with one would do so with a thousand, and nobody reads what a hundred thousand failed on.
        let failures = Cell::new(0);
        let no_limit = |error: &RenderError| {
            failures.set(failures.get() + 1);
            error.cap.is_none() && failures.get() < MOST_FAILURES
        };
        for Rendered { key, result } in parsed.render(sealed, values, rendering, no_limit)? {
            match result {
                // A decrypted value of the same key wins (since 0.37).
                Ok(output) => drop(values.entry(key).or_insert(output)),
                Err(error) => failed.push(error),
            }
        }
        if !failed.is_empty() {
            return Err(UnsealError::Rendering(RenderErrors::new(failed)));
        }
    }
    // A null in the template takes the item of that key out of the Secret (since 0.40).
    let entries = sealed.spec.template.as_ref().and_then(|template| template.data.as_ref());
    let is_null = |key: &String| entries.is_some_and(|entries| matches!(entries.get(key), Some(None)));
    values.retain(|key, _| !is_null(key));
    Ok(unsettled)
}

/// The Secret that templates had a part in would be refused for its size. It ends as a template that fails, since its size may
/// depend on the values.
pub(crate) fn too_large(secret: &Secret) -> UnsealError {
    let largest = secret.data.iter().max_by_key(|(_, value)| value.as_bytes().len());
    let key = largest.map_or_else(String::new, |(key, _)| key.clone());
    UnsealError::Rendering(RenderErrors::new(vec![RenderError {
        template: key.clone(),
        line: 1,
        column: 0,
        executing: key,
        context: String::new(),
        reason: TOO_LARGE.to_owned(),
        cap: Some(Cap::Output),
    }]))
}

/// The errors of an object whose items do not all open, with those of its templates: whoever mends the one learns of the
/// other at once, as from upstream. Nothing is executed, and where templates are refused none is parsed.
pub(crate) fn with_parse_errors(
    error: UnsealError,
    sealed: &SealedSecret,
    templates: &Templates,
) -> UnsealError {
    match (error, templates) {
        (UnsealError::Items(items), Templates::Render(rendering)) => {
            let wrong = Parsed::of(sealed, &rendering.limits).err().unwrap_or_default();
            UnsealError::Items(items.and(wrong))
        }
        (other, _) => other,
    }
}

fn parse(sealed: &SealedSecret, rendering: &Rendering) -> Result<Parsed, UnsealError> {
    Parsed::of(sealed, &rendering.limits)
        .map_err(|wrong| UnsealError::Items(ItemErrors::default().and(wrong)))
}

/// Whether an object has templates that are rendered.
pub(crate) fn has_templates(sealed: &SealedSecret) -> bool {
    texts(sealed).next().is_some()
}

fn turned_off(sealed: &SealedSecret) -> UnsealError {
    let keys: Vec<_> = texts(sealed).map(|(key, _)| key).collect();
    UnsealError::TemplatesOff(keys.join(", "))
}

/// Keys and texts of the templates; a null is none.
pub(crate) fn texts(sealed: &SealedSecret) -> impl Iterator<Item = (&str, &str)> {
    let entries = sealed.spec.template.as_ref().and_then(|template| template.data.as_ref());
    entries.into_iter().flatten().filter_map(|(key, text)| Some((key.as_str(), text.as_deref()?)))
}

/// The randomness of the operating system, through the crypto library of the format.
#[derive(Default)]
struct SystemEntropy {
    /// It gave none: whatever was rendered with it must not be used.
    failed: bool,
}

impl Entropy for SystemEntropy {
    fn fill(&mut self, buffer: &mut [u8]) {
        self.failed |= sealing::random(buffer).is_err();
    }
}
