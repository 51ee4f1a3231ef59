//! How an answer of ours compares with Go's.

use template::WITHHELD;

use super::lines::Answer;

/// The outcome of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same bytes, or an error of the same stage with the same text.
    Same,
    /// An error of the same stage with another text.
    OtherText,
    /// Ours stopped at a limit that Go does not have.
    Capped,
    /// Go gave no answer: too slow, too much, or the end of its process.
    GoFailed,
    /// Go's slice reached beyond the end of its list, into what the list's memory has room for: how much that is, its compiler
    /// and its allocator decide, and no template can rest on it. Ours refuses.
    BeyondTheEnd,
    /// Other bytes, another stage, an error on one side only; or ours gave no answer at all.
    Differs,
}

/// The end of ours where a slice reaches beyond all items that there are.
const BEYOND_THE_END: &str = "reflect.Value.Slice: slice index out of bounds";

/// Compares. What ours withholds in an error's text may be anything in Go's.
#[must_use]
pub fn compare(ours: &Answer, go: &Answer) -> Verdict {
    match ours {
        Answer::Died(_) | Answer::Late => return Verdict::Differs,
        Answer::Failed { stage, .. } if stage == "panic" || stage == "question" => return Verdict::Differs,
        Answer::Failed { cap: Some(_), .. } => return Verdict::Capped,
        Answer::Failed { .. } | Answer::Output(_) => {}
    }
    match (ours, go) {
        (_, Answer::Died(_) | Answer::Late) => Verdict::GoFailed,
        (_, Answer::Failed { stage, .. }) if !matches!(stage.as_str(), "parse" | "exec") => Verdict::GoFailed,
        (Answer::Output(ours), Answer::Output(go)) if ours == go => Verdict::Same,
        (Answer::Failed { stage, text, .. }, Answer::Failed { stage: stage_of_go, text: text_of_go, .. })
            if stage == stage_of_go =>
        {
            if reads_as(text, text_of_go) {
                Verdict::Same
            } else {
                Verdict::OtherText
            }
        }
        (Answer::Failed { stage, text, .. }, Answer::Output(_))
            if stage == "exec" && text.ends_with(BEYOND_THE_END) =>
        {
            Verdict::BeyondTheEnd
        }
        _ => Verdict::Differs,
    }
}

/// Whether an error's text of ours is Go's, where each [`WITHHELD`] may stand for anything.
#[must_use]
pub fn reads_as(ours: &str, go: &str) -> bool {
    let Some((start, middle)) = ours.split_once(WITHHELD) else { return ours == go };
    let Some(mut rest) = go.strip_prefix(start) else { return false };
    let mut pieces: Vec<&str> = middle.split(WITHHELD).collect();
    let end = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn withheld_values_may_be_anything() {
        let text = |pieces: &[&str]| pieces.join(WITHHELD);
        assert!(reads_as("the same", "the same"));
        assert!(!reads_as("one", "another"));
        assert!(reads_as(&text(&["parsing ", " as ", ""]), "parsing \"x\" as \"y\""));
        assert!(reads_as(&text(&["", ""]), "anything"));
        assert!(!reads_as(&text(&["parsing ", ": wrong"]), "parsing x: other"));
        assert!(!reads_as(&text(&["aa", "aa"]), "aaa"));
    }

    #[test]
    fn only_whole_answers_are_the_same() {
        let failed = |stage: &str, text: &str| Answer::Failed {
            stage: stage.to_owned(),
            text: text.to_owned(),
            cap: None,
        };
        let output = |text: &str| Answer::Output(text.into());
        assert_eq!(compare(&output("a"), &output("a")), Verdict::Same);
        assert_eq!(compare(&output("a"), &output("b")), Verdict::Differs);
        assert_eq!(compare(&output("a"), &failed("exec", "")), Verdict::Differs);
        assert_eq!(compare(&failed("exec", "a"), &failed("exec", "b")), Verdict::OtherText);
        assert_eq!(compare(&failed("exec", "a"), &failed("parse", "a")), Verdict::Differs);
        assert_eq!(compare(&failed("panic", "a"), &failed("panic", "a")), Verdict::Differs);
        let beyond = format!("tpl:1:2: {BEYOND_THE_END}");
        assert_eq!(compare(&failed("exec", &beyond), &output("a")), Verdict::BeyondTheEnd);
        assert_eq!(compare(&output("a"), &failed("exec", &beyond)), Verdict::Differs);
        assert_eq!(compare(&Answer::Late, &Answer::Late), Verdict::Differs);
        assert_eq!(compare(&output("a"), &failed("timeout", "")), Verdict::GoFailed);
    }
}
