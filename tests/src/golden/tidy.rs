//! Takes out of an output what differs from run to run: folders, ports, times, random file names.

use std::sync::LazyLock;

use regex::Regex;

/// Replaces a string in bytes that may be no text.
pub(crate) fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from.as_bytes()) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

/// An output with placeholders in place of what is different in every run.
///
/// `places` are pairs of a placeholder and what it stands for. Bytes that are no UTF-8 stay as they are.
pub(crate) fn tidy(bytes: Vec<u8>, places: &[(&str, String)]) -> Vec<u8> {
    let mut text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return error.into_bytes(),
    };
    let mut places: Vec<_> = places.iter().collect();
    places.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
    for (placeholder, value) in places {
        text = text.replace(value.as_str(), placeholder);
    }
    for (pattern, replacement) in RANDOM.iter() {
        if let std::borrow::Cow::Owned(changed) = pattern.replace_all(&text, *replacement) {
            text = changed;
        }
    }
    text.into_bytes()
}

/// Whether a file name ends as Go's temporary files do.
pub(crate) fn is_temporary(name: &str) -> bool {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    digits >= 6
}

static RANDOM: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        // The head of a klog line.
        (r"([IWEF])\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ ([\w.]+):\d+\]", "${1}$$TIME ${2}:$$LINE]"),
        // A crash of a Go program.
        (r"(?s)goroutine \d+ \[running.*", "goroutine …\n"),
        // A temporary file beside its target.
        (r"(/\.[^/\s:]*?)\d{6,}([\s:])", "${1}NNN${2}"),
        // The near end of a connection.
        (r"(\[::1\]|127\.0\.0\.1):\d+->", "${1}:$$PORT->"),
    ]
    .into_iter()
    .map(|(pattern, replacement)| (Regex::new(pattern).expect("the patterns are constants"), replacement))
    .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_random_parts_are_replaced() {
        let places = [("$HOME", "/t/home".to_owned()), ("$DIR", "/t".to_owned())];
        let text =
            b"error: open /t/home/x and /t/.out123456789: W1122 16:00:00.123456   42 a.go:7] hi".to_vec();
        let tidied = String::from_utf8(tidy(text, &places)).unwrap();
        assert_eq!(tidied, "error: open $HOME/x and $DIR/.outNNN: W$TIME a.go:$LINE] hi");
    }

    #[test]
    fn bytes_stay() {
        assert_eq!(tidy(vec![0xff, b'a'], &[]), vec![0xff, b'a']);
        assert_eq!(replace(b"\xff$DIR", "$DIR", "/x"), b"\xff/x");
    }
}
