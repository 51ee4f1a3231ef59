//! Attempts that did not make the Secret: what is said of each in status, event, log and metric. No IO.
//!
//! All of it stands in one table, `Kind::words`.

use sealed_secrets::{RENDERING_FAILED, UnsealError};

use crate::api_error::{ApiError, ApiErrorKind};
use crate::events::shortened;
use crate::metrics::UnsealErrorReason;
use crate::opener::JobError;
use crate::unseal::apply::ApplyError;
use crate::unseal::objection::{Objection, Rule};
use crate::unseal::open::OpenError;
use crate::unseal::plan::Refusal;
use crate::unseal::retry::{Attempts, Cause};
use crate::unseal::seen::ObjectKey;
use crate::unseal::status::{LONGEST_MESSAGE, Verdict};

/// After so many failed attempts, some seconds, people are told of what might have been over in a moment. A server
/// that says it has too much to do is not helped by a status and an event for each object.
const QUIET_ATTEMPTS: u32 = 5;

/// An attempt that did not make the Secret.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    kind: Kind,
    cause: Cause,
    /// What happened, in a sentence; never with a value in it.
    sentence: String,
    /// It may well be over in a moment: people are told if it stays.
    passing: bool,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unreadable,
    CannotOpen,
    BadTemplate,
    TemplateFailed,
    TemplatesOff,
    Unusable,
    NoRandomness,
    Ending,
    SealingKey,
    Unmanaged,
    Immutable,
    TypeChange,
    ForbiddenType,
    ForbiddenLabel,
    InvalidName,
    ApiError,
}

/// How one kind of failure is told.
struct Words {
    /// The reason of the conditions: one word, for programs.
    reason: &'static str,
    /// The reason of the event.
    event: &'static str,
    /// The label `reason` of the metric.
    metric: UnsealErrorReason,
    /// What stands before the sentence in the status.
    in_status: &'static str,
    /// What stands before the sentence in the event.
    in_event: &'static str,
    /// What helps, after the sentence in the status.
    way_out: &'static str,
}

/// What helps where a Secret of somebody else is in the way. In the status upstream's sentence stands before it, which
/// dashboards look for.
pub const UNMANAGED_WAY_OUT: &str = ": delete that Secret, or annotate it with sealedsecrets.bitnami.com/managed=true to hand it over, \
     or with sealedsecrets.bitnami.com/patch=true to have values added to it";

impl Kind {
    /// The table. Event reasons and what stands before a sentence are upstream's, which dashboards look for.
    const fn words(self) -> Words {
        use UnsealErrorReason as Metric;
        let (reason, metric) = match self {
            Kind::Unreadable => ("Unreadable", Metric::Unseal),
            Kind::CannotOpen => ("CannotOpen", Metric::Unseal),
            Kind::BadTemplate => ("BadTemplate", Metric::Unseal),
            Kind::TemplateFailed => ("TemplateFailed", Metric::Unseal),
            Kind::TemplatesOff => ("TemplatesOff", Metric::Unseal),
            Kind::Unusable => ("Unusable", Metric::Unseal),
            Kind::NoRandomness => ("NoRandomness", Metric::Unseal),
            Kind::Ending => ("Ending", Metric::Unseal),
            Kind::SealingKey => ("SealingKey", Metric::Unseal),
            Kind::Unmanaged => ("Unmanaged", Metric::Unmanaged),
            Kind::Immutable => ("Immutable", Metric::Update),
            Kind::TypeChange => ("TypeChange", Metric::Update),
            Kind::ForbiddenType => ("ForbiddenType", Metric::Update),
            Kind::ForbiddenLabel => ("ForbiddenLabel", Metric::Update),
            Kind::InvalidName => ("InvalidName", Metric::Update),
            Kind::ApiError => ("ApiError", Metric::Update),
        };
        let (event, in_status, in_event) = match self {
            Kind::Unmanaged | Kind::Immutable | Kind::TypeChange => {
                ("ErrUpdateFailed", "failed update: ", "")
            }
            Kind::ForbiddenType | Kind::ForbiddenLabel | Kind::InvalidName | Kind::ApiError => {
                ("ErrUpdateFailed", "", "")
            }
            _ => ("ErrUnsealFailed", "", "Failed to unseal: "),
        };
        let way_out = if matches!(self, Kind::Unmanaged) { UNMANAGED_WAY_OUT } else { "" };
        Words { reason, event, metric, in_status, in_event, way_out }
    }
}

impl Failure {
    /// The object has a spec that cannot be read.
    #[must_use]
    pub fn unreadable() -> Self {
        Self::new(
            Kind::Unreadable,
            Cause::Unusable,
            "its spec is not what the CustomResourceDefinition describes, or has more than 4096 labels, annotations, finalizers or templates",
        )
    }

    /// The Secret would be a sealing key, for the reason in this sentence.
    #[must_use]
    pub fn sealing_key(objection: &str) -> Self {
        Self::new(Kind::SealingKey, Cause::Unusable, objection)
    }

    /// The process ends before the Secret was written.
    #[must_use]
    pub fn ending() -> Self {
        Self::new(Kind::Ending, Cause::Api { retry_after: None }, "the controller is ending")
    }

    /// The values do not open, or the templates give nothing.
    #[must_use]
    pub fn of_opening(error: &OpenError) -> Self {
        let error = match error {
            OpenError::Unseal(error) => error,
            OpenError::Job(error @ JobError::Panicked) => {
                return Self::new(Kind::Unusable, Cause::Unusable, &error.to_string());
            }
            OpenError::Job(error @ JobError::Ending) => {
                return Self::new(Kind::Ending, Cause::Api { retry_after: None }, &error.to_string());
            }
        };
        let (kind, cause) = match error {
            UnsealError::Rendering(_) => return Self::of_templates(Cause::Unusable),
            // Which of the two it is would tell whoever copied an item here whether it opens.
            UnsealError::Legacy(_) => {
                let sentence = "spec.data: no key could decrypt secret, or it holds none";
                return Self::new(Kind::CannotOpen, Cause::Closed, sentence);
            }
            UnsealError::Items(items) if items.is_of_templates() => (Kind::BadTemplate, Cause::Unusable),
            UnsealError::Items(_) => (Kind::CannotOpen, Cause::Closed),
            UnsealError::TemplatesOff(_) => (Kind::TemplatesOff, Cause::Unusable),
            UnsealError::NoRandomness => (Kind::NoRandomness, Cause::Api { retry_after: None }),
            _ => (Kind::Unusable, Cause::Unusable),
        };
        Self::new(kind, cause, &error.to_string())
    }

    /// The Secret is not sent: nothing but another spec, or another flag at the next start, helps.
    #[must_use]
    pub fn of_objection(objection: &Objection) -> Self {
        let kind = match objection.rule {
            Rule::Type => Kind::ForbiddenType,
            Rule::Label => Kind::ForbiddenLabel,
            Rule::Names => Kind::InvalidName,
        };
        Self::new(kind, Cause::Unusable, &objection.sentence)
    }

    /// The Secret was made but not applied. `by_templates`: templates had a part in it.
    ///
    /// A template could choose by a value whether it fails or gives what is refused, and which refusal comes. Told apart,
    /// these would be more than the one bit that nothing came of it; so is how often it is tried again, which logs and
    /// metrics show.
    #[must_use]
    pub fn of_applying(error: ApplyError, by_templates: bool, key: &ObjectKey) -> Self {
        let in_vain = by_templates && error.is_of_content();
        match error {
            ApplyError::Refused { refusal, uid, version } => {
                let cause = Cause::SecretInTheWay { uid, version };
                if in_vain {
                    // Whoever may delete that Secret sees that it is immutable.
                    return Self::of_templates(cause);
                }
                let kind = match refusal {
                    Refusal::Unmanaged => Kind::Unmanaged,
                    Refusal::SealingKey => Kind::SealingKey,
                    Refusal::Immutable => Kind::Immutable,
                    Refusal::Type => Kind::TypeChange,
                    Refusal::ForbiddenType => Kind::ForbiddenType,
                };
                Self::new(kind, cause, &refusal.sentence(key.namespace(), key.name()))
            }
            ApplyError::Api(_) if in_vain => Self::of_templates(Cause::Unusable),
            ApplyError::Api(error) => Self {
                passing: !matches!(
                    error.kind,
                    ApiErrorKind::Forbidden | ApiErrorKind::Invalid | ApiErrorKind::Unreadable
                ),
                ..Self::new(Kind::ApiError, cause_of(&error), &error.to_string())
            },
        }
    }

    /// The one failure of templates that depends on the values.
    fn of_templates(cause: Cause) -> Self {
        Self::new(Kind::TemplateFailed, cause, RENDERING_FAILED)
    }

    fn new(kind: Kind, cause: Cause, sentence: &str) -> Self {
        let passing = matches!(cause, Cause::Api { .. } | Cause::NoAnswer);
        // It may list thousands of items, and goes into the log, too.
        Self { kind, cause, sentence: shortened(sentence, LONGEST_MESSAGE), passing }
    }

    /// What must happen before it is worth another attempt.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// Whether it may well be over in a moment.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.passing
    }

    /// Whether people are told, after the attempts that failed before this one.
    #[must_use]
    pub fn is_told(&self, before: Attempts) -> bool {
        !self.passing || before.of(&self.cause) >= QUIET_ATTEMPTS
    }

    /// The label `reason` of the metric.
    #[must_use]
    pub fn metric(&self) -> UnsealErrorReason {
        self.kind.words().metric
    }

    /// Reason and message of the event.
    #[must_use]
    pub fn event(&self) -> (&'static str, String) {
        let Words { event, in_event, .. } = self.kind.words();
        (event, format!("{in_event}{}", self.sentence))
    }

    /// What happened, for the log.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// What becomes of it, in the words of upstream's log, which dashboards look for.
    #[must_use]
    pub fn what_next(&self) -> &'static str {
        match self.cause {
            Cause::Api { .. } | Cause::NoAnswer | Cause::Refused | Cause::NamespaceGone => {
                "Error updating, will retry"
            }
            Cause::Closed | Cause::Unusable | Cause::SecretInTheWay { .. } => "Error updating, giving up",
        }
    }

    /// What the status says.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let Words { reason, in_status, way_out, .. } = self.kind.words();
        Verdict::Failed {
            reason,
            message: format!("{in_status}{}{way_out}", self.sentence),
            stalled: !matches!(self.cause, Cause::Api { .. } | Cause::NoAnswer),
        }
    }
}

/// When it is worth asking the API server again that did not do a write.
#[must_use]
pub fn cause_of(error: &ApiError) -> Cause {
    match error.kind {
        // A role, a quota, a schema, the Secret itself: not worth opening all of it again several times a minute.
        ApiErrorKind::Forbidden | ApiErrorKind::Invalid => Cause::Refused,
        ApiErrorKind::NamespaceGone => Cause::NamespaceGone,
        ApiErrorKind::Lost => Cause::NoAnswer,
        _ => Cause::Api { retry_after: error.retry_after },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(refusal: Refusal, by_templates: bool) -> Failure {
        let error = ApplyError::Refused { refusal, uid: "u".into(), version: "1".into() };
        Failure::of_applying(error, by_templates, &ObjectKey::new("shop", "db"))
    }

    fn status(failure: &Failure) -> (&'static str, String) {
        match failure.verdict() {
            Verdict::Failed { reason, message, .. } => (reason, message),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_kind_is_told_in_its_own_words() {
        let said = |failure: &Failure| (status(failure).0, status(failure).1, failure.event());
        let unmanaged = "Resource \"db\" already exists and is not managed by SealedSecret";
        assert_eq!(
            said(&refused(Refusal::Unmanaged, false)),
            (
                "Unmanaged",
                format!("failed update: {unmanaged}{UNMANAGED_WAY_OUT}"),
                ("ErrUpdateFailed", unmanaged.to_owned())
            )
        );
        let ending = "the controller is ending";
        assert_eq!(
            said(&Failure::ending()),
            ("Ending", ending.to_owned(), ("ErrUnsealFailed", format!("Failed to unseal: {ending}")))
        );
    }

    #[test]
    fn what_templates_chose_is_one_sentence_whatever_refused_it() {
        let api = |code| ApplyError::Api(ApiError::of_answer(code, None, b"{}"));
        let content = Failure::of_applying(api(422), true, &ObjectKey::new("shop", "db"));
        let immutable = refused(Refusal::Immutable, true);
        assert_eq!(status(&content), status(&immutable));
        assert_eq!(status(&content), ("TemplateFailed", RENDERING_FAILED.to_owned()));
        assert_eq!(status(&refused(Refusal::Unmanaged, true)).0, "Unmanaged");
    }

    #[test]
    fn what_may_pass_is_told_when_it_stays() {
        let api = |code| {
            let error = ApplyError::Api(ApiError::of_answer(code, None, b"{}"));
            Failure::of_applying(error, false, &ObjectKey::new("shop", "db"))
        };
        let told = |failure: &Failure| {
            let mut before = Attempts::default();
            // Those of an outage do not count.
            for _ in 0..QUIET_ATTEMPTS {
                before.count(&Cause::NoAnswer);
            }
            let first = failure.is_told(before);
            for _ in 0..QUIET_ATTEMPTS {
                before.count(failure.cause());
            }
            [first, failure.is_told(before)]
        };
        assert_eq!(told(&api(500)), [false, true]);
        assert_eq!(told(&api(403)), [true, true]);
        assert_eq!(told(&Failure::unreadable()), [true, true]);
    }
}
