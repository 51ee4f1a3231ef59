//! A template's text cut into the pieces that its language has: to change one, and to leave some out.

/// The pieces; together they are the text. Outside of actions a piece is a line, inside a word, a number, a string, a
/// sign, or a run of blanks.
#[must_use]
pub fn tokens(template: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = template;
    let mut inside = false;
    while !rest.is_empty() {
        let length = if inside { inner(rest) } else { outer(rest) };
        let (token, after) = rest.split_at(length.max(1).min(rest.len()));
        if token == "{{" {
            inside = true;
        } else if token == "}}" {
            inside = false;
        }
        tokens.push(token.to_owned());
        rest = after;
    }
    tokens
}

fn outer(rest: &str) -> usize {
    match rest.find("{{") {
        Some(0) => 2,
        Some(at) => rest.find('\n').map_or(at, |line| at.min(line + 1)),
        None => rest.find('\n').map_or(rest.len(), |line| line + 1),
    }
}

fn inner(rest: &str) -> usize {
    let end_of = |is_part: fn(char) -> bool| rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let Some(first) = rest.chars().next() else { return 0 };
    match first {
        '}' if rest.starts_with("}}") => 2,
        '`' => rest.chars().skip(1).position(|c| c == '`').map_or(1, |count| bytes(rest, count + 2)),
        '"' | '\'' => quoted(rest, first),
        c if c.is_whitespace() => end_of(char::is_whitespace),
        c if is_word(c) => end_of(is_word),
        c => c.len_utf8(),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$')
}

/// The length of a string with escapes, quotes included; 1 where it does not end.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (count, c) in rest.chars().enumerate().skip(1) {
        if c == quote && !escaped {
            return bytes(rest, count + 1);
        }
        escaped = c == '\\' && !escaped;
    }
    1
}

fn bytes(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_template() {
        let text = "a\nb{{ $x := printf \"%d}}\\\"\" (len `é}}`) }} }}\n";
        let pieces = tokens(text);
        assert_eq!(pieces.concat(), text);
        let words: Vec<_> =
            pieces.iter().filter(|piece| !piece.trim().is_empty()).map(String::as_str).collect();
        assert_eq!(
            words,
            [
                "a\n",
                "b",
                "{{",
                "$x",
                ":",
                "=",
                "printf",
                "\"%d}}\\\"\"",
                "(",
                "len",
                "`é}}`",
                ")",
                "}}",
                " }}\n"
            ]
        );
    }

    #[test]
    fn broken_ones_are_kept_whole() {
        for text in ["{{ \"é", "{{ `é", "{{é}", "}}{{{{", "{{ 'a\\' }}ß"] {
            assert_eq!(tokens(text).concat(), text);
        }
    }
}
