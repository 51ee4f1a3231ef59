//! Logs: one line an event, as Go's log/slog writes text or JSON, which upstream's users filter and parse.
//!
//! `time=2026-01-02T03:04:05.678Z level=INFO msg="New key written" namespace=sealed-secrets`
//!
//! Whatever a message holds, it stays one line: control characters and line ends are escaped. Libraries are heard only
//! when they warn; the Kubernetes client not at all, since it reports each failed connection as an error of its own,
//! and whoever asked for something says what became of it. There are no spans.

use std::fmt;
use std::io::Write;
use std::panic::PanicHookInfo;

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::settings::LogSettings;

mod line;

use line::{Line, Value};

/// Starts logging for this process, panics included.
///
/// # Errors
/// Logging was started before.
pub fn start(settings: LogSettings) -> anyhow::Result<()> {
    let log = Log::new(settings, Timestamp::now, move |level, line| {
        // A log that nobody reads any more is no reason to stop.
        let _ = if settings.info_to_stdout && *level >= Level::INFO {
            std::io::stdout().lock().write_all(line.as_bytes())
        } else {
            std::io::stderr().lock().write_all(line.as_bytes())
        };
    });
    tracing::subscriber::set_global_default(log)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A panic's message may quote what was being worked on, so only its place is told.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "Internal error: please report it with this place in the source");
}

/// Writes events as lines.
pub struct Log<C, W> {
    settings: LogSettings,
    clock: C,
    write: W,
}

impl<C: Fn() -> Timestamp + 'static, W: Fn(&Level, &str) + 'static> Log<C, W> {
    /// A log that takes the time from `clock` and gives each line, its end included, to `write`.
    pub fn new(settings: LogSettings, clock: C, write: W) -> Self {
        Self { settings, clock, write }
    }

    /// Whether events of this kind are written.
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && *metadata.level() <= self.settings.level
            && *metadata.level() <= worth(metadata)
    }
}

/// From which level on a part of the program is heard.
fn worth(metadata: &Metadata<'_>) -> LevelFilter {
    match metadata.target().split("::").next().unwrap_or_default() {
        "controller" => LevelFilter::TRACE,
        // What they say of failed connections and watches is said here, once, and not with whole objects in it.
        "kube_client" | "kube_runtime" => LevelFilter::OFF,
        _ => LevelFilter::WARN,
    }
}

impl<C: Fn() -> Timestamp + 'static, W: Fn(&Level, &str) + 'static> Subscriber for Log<C, W> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.settings.level.into())
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = event.metadata().level();
        let mut line = Line::new(self.settings.json);
        line.add("time", &Value::Text(&format!("{:.3}", (self.clock)())));
        line.add("level", &Value::Text(name(*level)));
        line.add("msg", &Value::Text(&fields.message));
        for (key, value) in &fields.others {
            line.add(key, &value.borrowed());
        }
        (self.write)(level, &line.finish());
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A level as slog names it, which knows nothing below DEBUG.
fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARN",
        Level::INFO => "INFO",
        Level::DEBUG => "DEBUG",
        Level::TRACE => "DEBUG-4",
    }
}

/// The fields of an event.
#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, Owned)>,
}

/// A value, kept until the message is known, which comes first in the line.
enum Owned {
    Text(String),
    Bare(String),
}

impl Owned {
    fn borrowed(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Bare(text) => Value::Bare(text),
        }
    }
}

impl Fields {
    fn add(&mut self, field: &Field, value: Owned) {
        match value {
            Owned::Text(text) if field.name() == "message" => self.message = text,
            value => self.others.push((field.name(), value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, Owned::Text(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, Owned::Text(value.to_owned()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, Owned::Bare(value.to_string()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, Owned::Bare(value.to_string()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, Owned::Bare(value.to_string()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no word for what is no number.
        let text = value.to_string();
        self.add(field, if value.is_finite() { Owned::Bare(text) } else { Owned::Text(text) });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn logged(level: Level, json: bool, events: impl FnOnce()) -> Vec<String> {
        let settings = LogSettings { level, json, info_to_stdout: true };
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let clock = || "2026-01-02T03:04:05.6789Z".parse().unwrap();
        let log = Log::new(settings, clock, move |_, line| {
            sink.lock().unwrap().push(line.trim_end_matches('\n').to_owned());
        });
        tracing::subscriber::with_default(log, events);
        // Another thread may still look at the subscriber.
        std::mem::take(&mut *lines.lock().unwrap())
    }

    fn some_events() {
        tracing::info!(version = "0.40.0", "Starting sealed-secrets controller");
        tracing::error!("sealed-secret" = "shop/db", count = 3, "it \"failed\"\nlevel=INFO msg=forged");
        tracing::warn!(error = %"a b", ok = true, share = 0.5, debug = ?Some("x"), "");
    }

    #[test]
    fn text_as_slog_writes_it() {
        assert_eq!(
            logged(Level::INFO, false, some_events),
            [
                r#"time=2026-01-02T03:04:05.678Z level=INFO msg="Starting sealed-secrets controller" version=0.40.0"#,
                r#"time=2026-01-02T03:04:05.678Z level=ERROR msg="it \"failed\"\nlevel=INFO msg=forged" sealed-secret=shop/db count=3"#,
                r#"time=2026-01-02T03:04:05.678Z level=WARN msg="" error="a b" ok=true share=0.5 debug="Some(\"x\")""#,
            ]
        );
    }

    #[test]
    fn json_as_slog_writes_it() {
        let lines = logged(Level::INFO, true, some_events);
        assert_eq!(
            lines[1],
            r#"{"time":"2026-01-02T03:04:05.678Z","level":"ERROR","msg":"it \"failed\"\nlevel=INFO msg=forged","sealed-secret":"shop/db","count":3}"#
        );
        for line in lines {
            serde_json::from_str::<serde_json::Value>(&line).unwrap();
        }
    }

    #[test]
    fn levels_and_libraries() {
        let events = || {
            tracing::debug!("own debug");
            tracing::info!("own info");
            tracing::info!(target: "controller::unseal", "own part");
            tracing::info!(target: "controllers", "a stranger");
            tracing::error!(target: "kube_client::client::builder", "failed with error");
            tracing::info!(target: "hyper::proto", "chatter");
            tracing::warn!(target: "kube_runtime::watcher", "watch failed with a whole object");
            tracing::warn!(target: "rustls::client", "worth a word");
        };
        let messages = |level| {
            let lines = logged(level, false, events);
            lines.iter().map(|line| line.rsplit_once("msg=").unwrap().1.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(messages(Level::INFO), ["\"own info\"", "\"own part\"", "\"worth a word\""]);
        assert_eq!(messages(Level::WARN), ["\"worth a word\""]);
        assert_eq!(messages(Level::TRACE).len(), 4);
    }

    #[test]
    fn a_span_is_nothing() {
        let lines = logged(Level::TRACE, false, || {
            let span = tracing::info_span!("reconcile", secret = "x");
            span.in_scope(|| tracing::info!("inside"));
        });
        assert_eq!(lines.len(), 1);
        assert!(!lines[0].contains("reconcile"), "{lines:?}");
    }
}
