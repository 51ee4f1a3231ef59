//! Makes a question small as long as the answers to it still differ.

use anyhow::Result;

use super::lines::Question;
use super::tokens::tokens;

/// How many smaller questions are tried.
const TRIES: usize = 600;

/// The smallest question found by leaving out pieces of the template, and values, for which `differs` holds. It holds
/// for the question itself.
///
/// # Errors
/// `differs` fails.
pub fn shrunk(question: &Question, mut differs: impl FnMut(&Question) -> Result<bool>) -> Result<Question> {
    let mut smallest = question.clone();
    let mut tries = TRIES;
    let mut width = tokens(&smallest.template).len() / 2;
    while width > 0 && tries > 0 {
        let mut at = 0;
        let mut shorter = false;
        while tries > 0 {
            let pieces = tokens(&smallest.template);
            if at >= pieces.len() {
                break;
            }
            let left: String = pieces
                .iter()
                .enumerate()
                .filter(|(i, _)| !(at..at + width).contains(i))
                .map(|(_, p)| p.as_str())
                .collect();
            let candidate = Question { template: left, ..smallest.clone() };
            tries -= 1;
            if differs(&candidate)? {
                smallest = candidate;
                shorter = true;
            } else {
                at += width;
            }
        }
        // Once more at the same width: what could not go alone may go now.
        if !(shorter && width == 1) {
            width /= 2;
        }
    }
    for name in question.data.keys() {
        let mut candidate = smallest.clone();
        candidate.data.remove(name);
        if differs(&candidate)? {
            smallest = candidate;
        }
    }
    Ok(smallest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_left() {
        let template = "{{ if .a }}{{ printf \"%d\" (upper .b) | quote }}{{ end }} more".to_owned();
        let data = [("a".to_owned(), vec![1]), ("b".to_owned(), vec![2])].into();
        let question = Question { template, data, ..Question::default() };
        let small = shrunk(&question, |question| {
            Ok(question.template.starts_with("{{")
                && question.template.contains("upper")
                && question.data.contains_key("b"))
        });
        let small = small.unwrap();
        assert_eq!(small.template, "{{upper");
        assert_eq!(small.data.keys().collect::<Vec<_>>(), ["b"]);
    }
}
