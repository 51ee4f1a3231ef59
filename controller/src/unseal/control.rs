//! What annotations of a SealedSecret ask of the controller: a pause, or a look at once. No IO.

use std::hash::{DefaultHasher, Hash, Hasher};

use sealed_secrets::ObjectMeta;
use sealed_secrets::metadata::is_true;

/// Annotation: while it is `true` the Secret is left as it is.
pub const PAUSED: &str = "sealkit.dev/paused";

/// Annotation: each new value has the controller look at the object at once, whatever it waits for.
pub const RECONCILE: &str = "sealkit.dev/reconcile";

/// The annotations of one object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// [`PAUSED`] is `true`.
    pub paused: bool,
    /// What [`RECONCILE`] says; a hash tells values apart, and takes no more memory for a long one.
    asked: Option<u64>,
}

impl Control {
    /// Reads the annotations.
    #[must_use]
    pub fn of(metadata: &ObjectMeta) -> Self {
        let value = metadata.annotations.as_ref().and_then(|annotations| annotations.get(RECONCILE));
        let asked = value.map(|value| {
            let mut hasher = DefaultHasher::new();
            value.hash(&mut hasher);
            hasher.finish()
        });
        Self { paused: is_true(metadata, PAUSED), asked }
    }

    /// Whether the next state of the annotations asks for a look that this one did not ask for.
    #[must_use]
    pub fn asks(self, next: Self) -> bool {
        next.asked.is_some() && next.asked != self.asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(annotations: &[(&str, &str)]) -> Control {
        let annotations = annotations.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        Control::of(&ObjectMeta { annotations: Some(annotations), ..ObjectMeta::default() })
    }

    #[test]
    fn only_a_new_value_asks() {
        let [none, first, second] =
            [control(&[]), control(&[(RECONCILE, "1")]), control(&[(RECONCILE, "2")])];
        assert!(none.asks(first) && first.asks(second) && second.asks(first));
        assert!(!first.asks(first) && !first.asks(none) && !none.asks(none));
        assert!(control(&[]).asks(control(&[(RECONCILE, "")])), "an empty value is one, too");
    }

    #[test]
    fn paused_is_true_and_nothing_else() {
        assert!(control(&[(PAUSED, "true")]).paused);
        assert!(!control(&[(PAUSED, "false")]).paused && !control(&[(PAUSED, "yes")]).paused);
    }
}
