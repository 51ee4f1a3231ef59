//! Labels, annotations and label selectors as the API server accepts them (apimachinery's validation), so that a
//! wrong one is refused at the start and not with the first key.

use std::collections::BTreeMap;

use sealed_secrets::names::{APPLY_LIMIT, check_label_key, check_label_value};

/// `k=v,k=v` as labels; of a key that is there twice the last counts.
pub(super) fn labels(text: &str) -> Result<BTreeMap<String, String>, String> {
    pairs(text, |key, value| {
        check_key(key)?;
        check_value(value)
    })
}

/// `k=v,k=v` as annotations. Their values are free, but for the comma that separates them.
pub(super) fn annotations(text: &str) -> Result<BTreeMap<String, String>, String> {
    // The API server looks at the keys of annotations in lower case.
    let annotations = pairs(text, |key, _| check_key(&key.to_lowercase()))?;
    let size: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    if size > APPLY_LIMIT {
        return Err(format!("annotations of one object have at most {APPLY_LIMIT} bytes"));
    }
    Ok(annotations)
}

fn pairs(
    text: &str,
    check: impl Fn(&str, &str) -> Result<(), String>,
) -> Result<BTreeMap<String, String>, String> {
    let mut pairs = BTreeMap::new();
    for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (key, value) = pair.split_once('=').ok_or("a list is wanted, such as team=blue,stage=test")?;
        let (key, value) = (key.trim(), value.trim());
        check(key, value)?;
        pairs.insert(key.to_owned(), value.to_owned());
    }
    Ok(pairs)
}

/// Checks a label selector: `team=blue,stage in (test,live),!old`.
///
/// # Errors
/// The end of a sentence that says what is wrong.
pub(super) fn check_selector(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Ok(());
    }
    requirements(text).into_iter().try_for_each(check_requirement)
}

/// Cuts at the commas that are in no parentheses.
fn requirements(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.split(|c| {
        match c {
            '(' => inside = true,
            ')' => inside = false,
            _ => {}
        }
        c == ',' && !inside
    })
    .collect()
}

fn check_requirement(text: &str) -> Result<(), String> {
    let text = text.trim();
    if let Some(key) = text.strip_prefix('!') {
        return check_key(key.trim());
    }
    if let Some((left, list)) = text.split_once('(') {
        let list = list.strip_suffix(')').ok_or("a parenthesis is not closed")?;
        let (key, operator) = left.trim().split_once(char::is_whitespace).unwrap_or((left, ""));
        if !matches!(operator.trim(), "in" | "notin") {
            return Err("before a list in parentheses stands `in` or `notin`".into());
        }
        check_key(key)?;
        return list.split(',').try_for_each(|value| check_value(value.trim()));
    }
    if let Some((key, value)) = text.split_once(['<', '>']) {
        check_key(key.trim())?;
        let number = value.trim().parse::<i64>();
        return number.map(drop).map_err(|_| "after < and > stands a whole number".into());
    }
    match text.split_once('=') {
        None => check_key(text),
        Some((key, value)) => {
            check_key(key.strip_suffix('!').unwrap_or(key).trim())?;
            check_value(value.strip_prefix('=').filter(|_| !key.ends_with('!')).unwrap_or(value).trim())
        }
    }
}

fn check_key(key: &str) -> Result<(), String> {
    check_label_key(key).map_err(|error| format!("{key:?}: {error}"))
}

fn check_value(value: &str) -> Result<(), String> {
    check_label_value(value).map_err(|error| format!("{value:?}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_pairs() {
        let expected: BTreeMap<_, _> =
            [("team", "blue"), ("example.com/stage", "")].map(|(k, v)| (k.into(), v.into())).into();
        assert_eq!(labels("team=red, team = blue,,example.com/stage=,").unwrap(), expected);
        assert_eq!(labels("").unwrap(), BTreeMap::new());
        for bad in ["team", "=blue", "a b=c", "team=blue sky", "-a=b", "a/b/c=d", "A.example/a=b\n c"] {
            assert!(labels(bad).is_err(), "{bad}");
        }
        assert!(labels(&format!("{}=x", "a".repeat(64))).is_err());
    }

    #[test]
    fn annotations_hold_anything() {
        let map = annotations("Example.com/Note=a = b c,x=").unwrap();
        assert_eq!(map["Example.com/Note"], "a = b c");
        assert_eq!(map["x"], "");
        assert!(annotations("a b=c").is_err());
        assert!(annotations(&format!("a={}", "x".repeat(APPLY_LIMIT))).is_err());
    }

    #[test]
    fn selectors() {
        for good in [
            "",
            "team",
            "!team",
            "team=blue",
            "team==blue,stage!=test",
            "example.com/team in (red, blue),stage notin (test)",
            "age>5, size < 3",
            "team=",
            "team in ()",
        ] {
            assert_eq!(check_selector(good), Ok(()), "{good}");
        }
        for bad in [
            "team=a=b",
            "team in red",
            "team in (red",
            "team of (red)",
            "a,,b",
            "size>big",
            "te am",
            "=blue",
            "!",
        ] {
            assert!(check_selector(bad).is_err(), "{bad}");
        }
    }
}
