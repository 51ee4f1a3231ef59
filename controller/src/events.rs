//! Kubernetes Events (core/v1, since upstream's roles allow no others), with counts.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use k8s_openapi::api::core::v1::ObjectReference;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::api_error::{ApiError, ApiErrorKind};
use crate::cluster::{Cluster, METADATA};

/// The component that Events name as their source; dashboards select by it.
pub const COMPONENT: &str = "sealed-secrets";

/// How many Events are remembered to be counted up. Older ones start anew, as after a restart.
const REMEMBERED: usize = 512;

/// The API server refuses longer notes in the newer Event type, and nobody reads more.
const LONGEST_MESSAGE: usize = 1000;

/// How many Events may wait where requests are limited: half a minute's worth at some ten a second.
const WAITING: usize = 256;

/// Writes Events about objects. Failures are logged and forgotten: an Event is never worth a retry. Cheap to
/// clone.
#[derive(Clone)]
pub struct Events {
    cluster: Cluster,
    written: Arc<Mutex<Written>>,
    /// For those that wait under a limit.
    places: Arc<Semaphore>,
}

/// Whether an Event is good or bad news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Normal`.
    Normal,
    /// `Warning`.
    Warning,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Normal => "Normal",
            Kind::Warning => "Warning",
        }
    }
}

/// The Events of this process that may have to be counted up.
#[derive(Default)]
struct Written {
    recent: VecDeque<Remembered>,
    /// Whether the missing role was named already.
    forbidden: bool,
    /// Whether it was said already that some are dropped.
    dropped: bool,
    serial: u64,
}

#[derive(Clone)]
struct Remembered {
    namespace: String,
    name: String,
    /// uid of the object, reason and message: what makes two Events the same.
    what: (String, String, String),
    count: u32,
}

impl Events {
    /// Events of this controller.
    #[must_use]
    pub fn new(cluster: Cluster) -> Self {
        Self { cluster, written: Arc::default(), places: Arc::new(Semaphore::new(WAITING)) }
    }

    /// Writes an Event, or counts one up that said the same. Under `--kubeclient-qps` it waits behind all else without keeping
    /// the caller, and is dropped if many wait.
    pub async fn emit(&self, about: &ObjectReference, kind: Kind, reason: &str, message: &str) {
        let message = shortened(message, LONGEST_MESSAGE);
        log(about, kind, reason, &message);
        if !self.cluster.is_limited() {
            return self.write(about, kind, reason, message).await;
        }
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            if !std::mem::replace(&mut written.dropped, true) {
                tracing::warn!(
                    "More events than --kubeclient-qps leaves room for: those that wait too long are dropped"
                );
            }
            return;
        };
        let (events, about, reason) = (self.clone(), about.clone(), reason.to_owned());
        tokio::spawn(async move {
            events.write(&about, kind, &reason, message).await;
            drop(place);
        });
    }

    async fn write(&self, about: &ObjectReference, kind: Kind, reason: &str, message: String) {
        let now = jiff::Timestamp::now();
        let what = (about.uid.clone().unwrap_or_default(), reason.to_owned(), message.clone());
        let seen = self.count_up(&what);
        let result = match &seen {
            Some(seen) => {
                let path = format!("/api/v1/namespaces/{}/events/{}", seen.namespace, seen.name);
                let patch = json!({ "count": seen.count, "lastTimestamp": seconds(now) });
                match self.cluster.merge_patch(&path, patch.to_string().into_bytes()).await {
                    // Events live for an hour; this one is gone.
                    Err(error) if error.kind == ApiErrorKind::NotFound => {
                        self.create(about, kind, reason, &message, what, now).await
                    }
                    other => other,
                }
            }
            None => self.create(about, kind, reason, &message, what, now).await,
        };
        if let Err(error) = result {
            self.complain(&error);
        }
    }

    async fn create(
        &self,
        about: &ObjectReference,
        kind: Kind,
        reason: &str,
        message: &str,
        what: (String, String, String),
        now: jiff::Timestamp,
    ) -> Result<(), ApiError> {
        let namespace = about.namespace.as_deref().unwrap_or("default");
        let name = self.name(about, now);
        let body = event(about, namespace, &name, kind, reason, message, &seconds(now));
        let path = format!("/api/v1/namespaces/{namespace}/events");
        let _: Value = self.cluster.post(&path, METADATA, body.to_string().into_bytes()).await?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.recent.retain(|known| known.what != what);
        if written.recent.len() == REMEMBERED {
            written.recent.pop_front();
        }
        written.recent.push_back(Remembered { namespace: namespace.to_owned(), name, what, count: 1 });
        Ok(())
    }

    /// `NAME.HEX` as client-go names Events: time makes them differ between processes, a serial number within one.
    fn name(&self, about: &ObjectReference, now: jiff::Timestamp) -> String {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.serial += 1;
        let stamp = now.as_nanosecond().unsigned_abs() as u64;
        // 253 characters are the limit, 18 of them for the suffix.
        let object: String = about.name.as_deref().unwrap_or("object").chars().take(230).collect();
        format!("{object}.{:x}", stamp.wrapping_add(written.serial))
    }

    fn count_up(&self, what: &(String, String, String)) -> Option<Remembered> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let known = written.recent.iter_mut().find(|known| known.what == *what)?;
        known.count += 1;
        Some(known.clone())
    }

    fn complain(&self, error: &ApiError) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if error.kind == ApiErrorKind::NamespaceGone || error.is_of_the_server() {
            // Nobody looks for events there any more; or the log has it already.
            tracing::debug!(error = %error, "An event is not written");
        } else if error.kind != ApiErrorKind::Forbidden {
            tracing::warn!(error = %error, "Error writing an event");
        } else if !written.forbidden {
            written.forbidden = true;
            tracing::warn!(error = %error, "Events cannot be written: grant create and patch on core events");
        }
    }
}

/// A text of at most so many bytes, cut between characters. Names in it may be a tenant's: characters that do not show but
/// change how the rest shows go, but for line breaks.
#[must_use]
pub fn shortened(text: &str, longest: usize) -> String {
    let plain = |letter: char| if is_invisible(letter) && letter != '\n' { '\u{fffd}' } else { letter };
    let mut short: String = text.chars().take(longest).map(plain).collect();
    if short.len() > longest {
        let end = (0..=longest - 3).rev().find(|end| short.is_char_boundary(*end)).unwrap_or_default();
        short.truncate(end);
        short.push('…');
    }
    short
}

/// Control characters, what turns the direction of writing, has no width or fills a line, separators of lines and
/// paragraphs, and characters that stand for nothing.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

fn event(
    about: &ObjectReference,
    namespace: &str,
    name: &str,
    kind: Kind,
    reason: &str,
    message: &str,
    now: &str,
) -> Value {
    json!({
        "kind": "Event",
        "apiVersion": "v1",
        "metadata": { "name": name, "namespace": namespace },
        "involvedObject": about,
        "reason": reason,
        "message": message,
        "source": { "component": COMPONENT },
        "reportingComponent": COMPONENT,
        "reportingInstance": "",
        "type": kind.word(),
        "count": 1,
        "firstTimestamp": now,
        "lastTimestamp": now,
    })
}

fn seconds(now: jiff::Timestamp) -> String {
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

/// As upstream's log has each event.
fn log(about: &ObjectReference, kind: Kind, reason: &str, message: &str) {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let line = format!(
        "Event(v1.ObjectReference{{Kind:{:?}, Namespace:{:?}, Name:{:?}, UID:{:?}, APIVersion:{:?}, ResourceVersion:{:?}, \
         FieldPath:\"\"}}): type: '{}' reason: '{reason}' {message}",
        text(&about.kind),
        text(&about.namespace),
        text(&about.name),
        text(&about.uid),
        text(&about.api_version),
        text(&about.resource_version),
        kind.word(),
    );
    tracing::info!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened("ab", 10), "ab");
        assert_eq!(shortened(&"é".repeat(20), 10), format!("{}…", "é".repeat(3)));
        assert_eq!(shortened("a\u{1b}[2Jb\nc", 100), "a\u{fffd}[2Jb\nc");
    }

    #[test]
    fn what_does_not_show_goes() {
        let bidirectional = [
            '\u{202a}'..='\u{202e}',
            '\u{2066}'..='\u{2069}',
            '\u{200e}'..='\u{200f}',
            '\u{61c}'..='\u{61c}',
        ];
        let others = [
            '\u{2028}'..='\u{2029}',
            '\u{200b}'..='\u{200d}',
            '\u{feff}'..='\u{feff}',
            '\u{e0041}'..='\u{e0041}',
            '\u{80}'..='\u{9f}',
        ];
        for letter in bidirectional.into_iter().chain(others).flatten() {
            assert_eq!(shortened(&format!("a{letter}b"), 100), "a\u{fffd}b", "{letter:?}");
        }
        let shown = "naïve Ελληνικά עברית العربية 日本語 👍 é";
        assert_eq!(shortened(shown, 100), shown);
    }
}
