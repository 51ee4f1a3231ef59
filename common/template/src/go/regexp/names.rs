//! Sets of runes that patterns name: `\d`, `[:alpha:]`, `\p{Greek}`.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

use crate::go::regexp::ranges::Ranges;

type Table = &'static [(u8, u8)];

const DIGIT: Table = &[(b'0', b'9')];
const WORD: Table = &[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')];
const ALNUM: Table = &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')];

/// Perl's classes, ASCII alone: the runes, and whether all others are meant. White space has no vertical tab here.
pub(super) fn perl(letter: u8) -> Option<(Table, bool)> {
    let table = match letter.to_ascii_lowercase() {
        b'd' => DIGIT,
        b's' => &[(b'\t', b'\n'), (0x0C, b'\r'), (b' ', b' ')],
        b'w' => WORD,
        _ => return None,
    };
    Some((table, letter.is_ascii_uppercase()))
}

/// The classes of POSIX, by what stands between `[:` and `:]`: the runes, and whether all others are meant.
pub(super) fn posix(name: &[u8]) -> Option<(Table, bool)> {
    let (name, negated) = name.strip_prefix(b"^").map_or((name, false), |name| (name, true));
    let table: Table = match name {
        b"alnum" => ALNUM,
        b"alpha" => &[(b'A', b'Z'), (b'a', b'z')],
        b"ascii" => &[(0, 0x7F)],
        b"blank" => &[(b'\t', b'\t'), (b' ', b' ')],
        b"cntrl" => &[(0, 0x1F), (0x7F, 0x7F)],
        b"digit" => DIGIT,
        b"graph" => &[(b'!', b'~')],
        b"lower" => &[(b'a', b'z')],
        b"print" => &[(b' ', b'~')],
        b"punct" => &[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')],
        b"space" => &[(b'\t', b'\r'), (b' ', b' ')],
        b"upper" => &[(b'A', b'Z')],
        b"word" => WORD,
        b"xdigit" => &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')],
        _ => return None,
    };
    Some((table, negated))
}

/// Go's names of categories, and their long names without separators.
const CATEGORIES: &[(&str, &[&str])] = &[
    ("C", &["Other"]),
    ("Cc", &["Control", "Cntrl"]),
    ("Cf", &["Format"]),
    ("Cn", &["Unassigned"]),
    ("Co", &["Privateuse"]),
    ("Cs", &["Surrogate"]),
    ("L", &["Letter"]),
    ("Lc", &["Casedletter"]),
    ("Ll", &["Lowercaseletter"]),
    ("Lm", &["Modifierletter"]),
    ("Lo", &["Otherletter"]),
    ("Lt", &["Titlecaseletter"]),
    ("Lu", &["Uppercaseletter"]),
    ("M", &["Mark", "Combiningmark"]),
    ("Mc", &["Spacingmark"]),
    ("Me", &["Enclosingmark"]),
    ("Mn", &["Nonspacingmark"]),
    ("N", &["Number"]),
    ("Nd", &["Decimalnumber", "Digit"]),
    ("Nl", &["Letternumber"]),
    ("No", &["Othernumber"]),
    ("P", &["Punctuation", "Punct"]),
    ("Pc", &["Connectorpunctuation"]),
    ("Pd", &["Dashpunctuation"]),
    ("Pe", &["Closepunctuation"]),
    ("Pf", &["Finalpunctuation"]),
    ("Pi", &["Initialpunctuation"]),
    ("Po", &["Otherpunctuation"]),
    ("Ps", &["Openpunctuation"]),
    ("S", &["Symbol"]),
    ("Sc", &["Currencysymbol"]),
    ("Sk", &["Modifiersymbol"]),
    ("Sm", &["Mathsymbol"]),
    ("So", &["Othersymbol"]),
    ("Z", &["Separator"]),
    ("Zl", &["Lineseparator"]),
    ("Zp", &["Paragraphseparator"]),
    ("Zs", &["Spaceseparator"]),
];

/// The scripts that Go finds. It knows those of several words, too, but never by their names, since it drops the
/// separators from the pattern's name alone.
#[rustfmt::skip]
const SCRIPTS: &[&str] = &[
    "Adlam", "Ahom", "Arabic", "Armenian", "Avestan", "Balinese", "Bamum", "Batak", "Bengali", "Bhaiksuki",
    "Bopomofo", "Brahmi", "Braille", "Buginese", "Buhid", "Carian", "Chakma", "Cham", "Cherokee", "Chorasmian",
    "Common", "Coptic", "Cuneiform", "Cypriot", "Cyrillic", "Deseret", "Devanagari", "Dogra", "Duployan", "Elbasan",
    "Elymaic", "Ethiopic", "Georgian", "Glagolitic", "Gothic", "Grantha", "Greek", "Gujarati", "Gurmukhi", "Han",
    "Hangul", "Hanunoo", "Hatran", "Hebrew", "Hiragana", "Inherited", "Javanese", "Kaithi", "Kannada", "Katakana",
    "Kawi", "Kharoshthi", "Khmer", "Khojki", "Khudawadi", "Lao", "Latin", "Lepcha", "Limbu", "Lisu", "Lycian",
    "Lydian", "Mahajani", "Makasar", "Malayalam", "Mandaic", "Manichaean", "Marchen", "Medefaidrin", "Miao", "Modi",
    "Mongolian", "Mro", "Multani", "Myanmar", "Nabataean", "Nandinagari", "Newa", "Nko", "Nushu", "Ogham", "Oriya",
    "Osage", "Osmanya", "Palmyrene", "Phoenician", "Rejang", "Runic", "Samaritan", "Saurashtra", "Sharada",
    "Shavian", "Siddham", "Sinhala", "Sogdian", "Soyombo", "Sundanese", "Syriac", "Tagalog", "Tagbanwa", "Takri",
    "Tamil", "Tangsa", "Tangut", "Telugu", "Thaana", "Thai", "Tibetan", "Tifinagh", "Tirhuta", "Toto", "Ugaritic",
    "Vai", "Vithkuqi", "Wancho", "Yezidi", "Yi",
];

/// The set of that name in `\p{…}`, as of Unicode 15.0; none where there is no such name. Case, blanks, hyphens and
/// underscores do not matter. Folded, it has what differs in case only, too.
pub(super) fn unicode(name: &[u8], folds: bool) -> Option<Ranges> {
    let name = canonical(name)?;
    let ranges = match name.as_str() {
        "Any" => Ranges::of(&[(0, u32::from(char::MAX))]),
        "Ascii" => Ranges::of(&[(0, 0x7F)]),
        "Assigned" => category("Cn")?.negated(),
        name if SCRIPTS.contains(&name) => {
            let mut class = property(&format!("sc={name}"))?;
            class.intersect(&known()?);
            ranges(&class)
        }
        name => {
            let (short, _) =
                CATEGORIES.iter().find(|(short, long)| *short == name || long.contains(&name))?;
            // Go has no table of what this one lacks.
            if *short == "Lc" {
                return category(short);
            }
            category(short)?
        }
    };
    Some(if folds { ranges.folded() } else { ranges })
}

fn category(name: &str) -> Option<Ranges> {
    if name == "Cs" {
        return Some(Ranges::of(&[(0xD800, 0xDFFF)]));
    }
    let mut class = property(&format!("gc={name}"))?;
    let mut known = known()?;
    match name {
        "C" | "Cn" => {
            known.negate();
            class.union(&known);
        }
        // This mark has been made another kind of mark since.
        "Mn" => class.push(ClassUnicodeRange::new('\u{1171E}', '\u{1171E}')),
        "Mc" => class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\u{1171E}', '\u{1171E}')])),
        _ => {}
    }
    if !matches!(name, "C" | "Cn") {
        class.intersect(&known);
    }
    Some(ranges(&class))
}

/// What Unicode 15.0 assigns.
fn known() -> Option<ClassUnicode> {
    property("age=15.0")
}

fn property(query: &str) -> Option<ClassUnicode> {
    let parsed = regex_syntax::Parser::new().parse(&format!("\\p{{{query}}}")).ok()?;
    match parsed.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        // A set of one rune, or none.
        HirKind::Literal(literal) => {
            let rune = str::from_utf8(&literal.0).ok()?.chars().next()?;
            Some(ClassUnicode::new([ClassUnicodeRange::new(rune, rune)]))
        }
        _ => Some(ClassUnicode::empty()),
    }
}

fn ranges(class: &ClassUnicode) -> Ranges {
    let pairs: Vec<_> =
        class.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect();
    Ranges::of(&pairs)
}

/// A capital and small letters, without separators.
fn canonical(name: &[u8]) -> Option<String> {
    let name = str::from_utf8(name).ok()?;
    let mut canonical = String::new();
    for letter in name.chars().filter(|letter| !matches!(letter, '_' | '-' | ' ')).take(64) {
        let first = canonical.is_empty();
        canonical.push(if first { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() });
    }
    Some(canonical)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::budget::{Budget, Limits};
    use crate::go::regexp::Regexp;

    /// The digest is Go's own, over the ranges of each set, plain and with `(?i)`: their ends as 32-bit numbers,
    /// little-endian, surrogates left out, and a number of ones after each set.
    #[test]
    fn every_set_is_as_go_has_it() {
        let mut digest = Sha256::new();
        let names = CATEGORIES.iter().map(|(name, _)| *name).chain(SCRIPTS.iter().copied());
        for (name, folds) in names.flat_map(|name| [(name, false), (name, true)]) {
            let ranges = unicode(name.as_bytes(), folds).unwrap();
            let surrogates = (0xD800..=0xDFFF).map(|rune| (rune, rune)).collect::<Vec<_>>();
            let mut others = ranges.negated();
            others.add_all(&Ranges::of(&surrogates));
            others.sort();
            for (first, last) in others.negated().pairs() {
                digest.update(first.to_le_bytes());
                digest.update(last.to_le_bytes());
            }
            digest.update(u32::MAX.to_le_bytes());
        }
        let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "4da5f12930c0c45bb7249ad3179e2aad24bd8c77f6ab60a61d0d7d784615317c");
    }

    /// The compiler is given no more memory than that.
    #[test]
    fn no_set_takes_more_than_what_is_paid_for() {
        for name in CATEGORIES.iter().map(|(name, _)| *name).chain(SCRIPTS.iter().copied()) {
            for pattern in [format!("\\p{{{name}}}{{10}}"), format!("(?i)\\P{{{name}}}{{10}}")] {
                let mut budget = Budget::new(Limits::default());
                assert!(Regexp::compile(pattern.as_bytes(), &mut budget).is_ok(), "{pattern}");
            }
        }
    }

    #[test]
    fn names_are_loose_but_for_scripts_of_several_words() {
        for name in ["greek", "GREEK", "uppercase letter", "Uppercase_Letter", "lc", "any", "punct"] {
            assert!(unicode(name.as_bytes(), false).is_some(), "{name}");
        }
        for name in ["Old_Italic", "OldItalic", "SignWriting", "", "Greeks", "\u{e9}"] {
            assert!(unicode(name.as_bytes(), false).is_none(), "{name}");
        }
    }
}
