//! Words joined in other ways, as huandu/xstrings does it.

mod scan;

use crate::failure::Failure;
use crate::functions::{Args, Function};
use crate::go::unicode;
use crate::machine::Machine;
use crate::value::{Type, Value};

use scan::{Kind, Word, is_connector, next_word};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("camelcase", &[Type::String], camel_case),
    Function::new("kebabcase", &[Type::String], |m, args| lower_case(m, args, '-')),
    Function::new("snakecase", &[Type::String], |m, args| lower_case(m, args, '_')),
];

/// What the results are written to: paid for by [`Out::room`].
struct Out(Vec<u8>);

impl Out {
    /// Room for a result of a text: a byte that is no UTF-8 becomes three, a rune of two bytes can become one of three,
    /// and one connector comes with each word of a byte or more.
    fn room(m: &mut Machine<'_>, text: &[u8]) -> Result<Self, Failure> {
        let size = text.len().saturating_mul(if text.is_ascii() { 2 } else { 4 }).saturating_add(4);
        m.budget.make(size)?;
        m.budget.walk(text.len().saturating_mul(3))?;
        Ok(Out(Vec::with_capacity(size)))
    }

    fn push(&mut self, rune: char) {
        self.0.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// xstrings' ToPascalCase. Connectors at the start stay, of several elsewhere all but the last; leading capitals of a word
/// but the first one become lower case.
fn camel_case(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let text = args.text(0)?;
    let mut out = Out::room(m, text)?;
    let mut runes = unicode::runes(text).map(|(rune, _)| rune).peekable();
    let Some(mut last) = runes.next() else {
        return Ok(Value::text(out.0));
    };
    let mut in_capitals = false;
    loop {
        if !is_connector(last) {
            in_capitals = unicode::is_upper(last);
            last = unicode::to_upper(last);
            break;
        }
        out.push(last);
        // Of nothing but connectors the last one is written twice.
        let Some(next) = runes.next() else { break };
        last = next;
    }
    for mut rune in runes {
        match (is_connector(last), is_connector(rune)) {
            (true, true) => out.push(last),
            (true, false) => {
                in_capitals = unicode::is_upper(rune);
                rune = unicode::to_upper(rune);
            }
            (false, _) => {
                if in_capitals && unicode::is_upper(rune) {
                    rune = unicode::to_lower(rune);
                } else {
                    in_capitals = false;
                }
                out.push(last);
            }
        }
        last = rune;
    }
    out.push(last);
    Ok(Value::text(out.0))
}

/// xstrings' ToSnakeCase and ToKebabCase: a connector between words; a number belongs to the word before it, unless lower
/// case letters follow.
fn lower_case(m: &mut Machine<'_>, args: Args<'_>, connector: char) -> Result<Value, Failure> {
    use Kind::{Capitals, Connector, Invalid, Letters, Number, Other, Punctuation};
    let text = args.text(0)?;
    let mut out = Out::room(m, text)?;
    let mut word = next_word(text);
    while !word.rest.is_empty() {
        if word.kind != Connector {
            write_word(&mut out, &word, connector);
        }
        let before = std::mem::replace(&mut word, Word { kind: Invalid, text: b"", rest: b"" });
        word = next_word(before.rest);
        match before.kind {
            Connector => write_word(&mut out, &before, connector),
            Punctuation => {}
            Number => {
                word = write_letters(&mut out, word, connector);
                if !matches!(word.kind, Invalid | Punctuation | Connector) {
                    out.push(connector);
                }
            }
            Invalid | Capitals | Letters | Other => {
                if word.kind != Number {
                    if !matches!(word.kind, Connector | Punctuation) {
                        out.push(connector);
                    }
                } else if !word.rest.is_empty() {
                    let number = word;
                    word = next_word(number.rest);
                    if word.kind == Letters {
                        out.push(connector);
                        write_word(&mut out, &number, connector);
                        word = write_letters(&mut out, word, connector);
                        if !matches!(word.kind, Invalid | Connector | Punctuation) {
                            out.push(connector);
                        }
                    } else {
                        write_word(&mut out, &number, connector);
                        if !matches!(word.kind, Connector | Punctuation) {
                            out.push(connector);
                        }
                    }
                }
            }
        }
    }
    write_word(&mut out, &word, connector);
    Ok(Value::text(out.0))
}

/// Writes letters and numbers as they follow each other; gives the first word that is neither.
fn write_letters<'a>(out: &mut Out, mut word: Word<'a>, connector: char) -> Word<'a> {
    while matches!(word.kind, Kind::Letters | Kind::Number) {
        write_word(out, &word, connector);
        word = next_word(word.rest);
    }
    word
}

/// Only words that began with a capital are made lower case; the others, invalid bytes included, stay.
fn write_word(out: &mut Out, word: &Word<'_>, connector: char) {
    if !matches!(word.kind, Kind::Capitals | Kind::Connector) {
        out.0.extend_from_slice(word.text);
        return;
    }
    for (rune, _) in unicode::runes(word.text) {
        out.push(match rune {
            _ if is_connector(rune) => connector,
            _ if unicode::is_upper(rune) => unicode::to_lower(rune),
            _ => rune,
        });
    }
}
