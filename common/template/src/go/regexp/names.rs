//! Sets of runes that patterns name: `\d`, `[:alpha:]`, `\p{Greek}`.

use regex_syntax::hir::{ClassUnicode, HirKind};

use super::ranges::Ranges;

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
/// underscores do not matter.
pub(super) fn unicode(name: &[u8]) -> Option<Ranges> {
    let name = canonical(name)?;
    match name.as_str() {
        "Any" => return Some(Ranges::of(&[(0, u32::from(char::MAX))])),
        "Ascii" => return Some(Ranges::of(&[(0, 0x7F)])),
        "Assigned" => return Some(category("Cn")?.negated()),
        _ => {}
    }
    if SCRIPTS.contains(&name.as_str()) {
        let mut class = property(&format!("sc={name}"))?;
        class.intersect(&known()?);
        return Some(ranges(&class));
    }
    let found = CATEGORIES.iter().find(|(short, long)| *short == name || long.contains(&name.as_str()));
    found.and_then(|(short, _)| category(short))
}

fn category(name: &str) -> Option<Ranges> {
    let mut class = property(&format!("gc={name}"))?;
    let known = known()?;
    if matches!(name, "C" | "Cn") {
        let mut unknown = known;
        unknown.negate();
        class.union(&unknown);
    } else {
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
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => Some(class),
        // A set of one rune, or none.
        HirKind::Literal(literal) => {
            let rune = str::from_utf8(&literal.0).ok()?.chars().next()?;
            Some(ClassUnicode::new([regex_syntax::hir::ClassUnicodeRange::new(rune, rune)]))
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
mod scratch_tests {
    use super::*;
    #[test]
    fn dump() {
        let Ok(t) = std::fs::read_to_string("/tmp/text-scratch/names.txt") else { return };
        let mut out = String::new();
        for line in t.lines() {
            let mut w = line.split(' ');
            let n = w.next().unwrap();
            let (fold, name) = n.strip_prefix("(?i)").map_or((false, n), |n| (true, n));
            let Some(r) = unicode(name.as_bytes()) else {
                out.push_str(&format!("{n} none\n"));
                continue;
            };
            let r = if fold { r.folded() } else { r };
            out.push_str(n);
            for (a, b) in r.pairs() {
                // without surrogates
                if a >= 0xd800 && b <= 0xdfff {
                    continue;
                }
                let a = if (0xd800..=0xdfff).contains(&a) { 0xe000 } else { a };
                let b = if (0xd800..=0xdfff).contains(&b) { 0xd7ff } else { b };
                if a < 0xd800 && b > 0xdfff {
                    out.push_str(&format!(" {a:x} d7ff e000 {b:x}"));
                    continue;
                }
                out.push_str(&format!(" {a:x} {b:x}"));
            }
            out.push('\n');
        }
        std::fs::write("/tmp/text-scratch/names_ours.txt", out).unwrap();
    }
}
