//! Texts and numbers with a meaning, plausible ones and others.

use super::dice::Dice;
use super::kind::Kind;

const WORDS: &[&str] = &[
    "hello",
    "world",
    "user",
    "password",
    "Straße",
    "éàü",
    "日本語",
    "FooBar",
    "fooBarBaz",
    "foo_bar",
    "foo-bar",
    "HTTPServer",
    "ID2name",
    "x",
    "Ǆ",
    "ﬁ",
    "İ",
    "ß",
    "a1b2",
    "O'Neill",
    "e\u{301}",
    "👩‍💻",
    "ΑΣ",
    "ſ",
    "_",
    "-",
    "1st",
    "ID",
    "aB",
];
const PIECES: &[&str] = &[
    " ",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r\n",
    "\u{a0}",
    "\u{2003}",
    ",",
    ".",
    ":",
    "=",
    "/",
    "<b>",
    "&amp;",
    "\"",
    "'",
    "\\",
    "`",
    "%",
    "%d",
    "$",
    "${1}",
    "{{",
    "}}",
    "\u{0}",
    "\u{7f}",
    "\u{feff}",
    "\u{200b}",
    "\u{2028}",
    "\u{fffd}",
    "(",
    ")",
    "[",
    "]",
    "*",
    "+",
    "?",
    "|",
    "#",
    "@",
    "~",
    "\u{1}",
    "\u{85}",
    "\u{ad}",
    "\u{10ffff}",
    "key: value",
    "a=b",
    "null",
    "true",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "42",
    "-1",
    "-7",
    "007",
    "0x1F",
    "0b101",
    "0o17",
    "1_000",
    "1e3",
    "1.5",
    "-2.5",
    "0.1",
    "100.0",
    "2.675",
    "1e-7",
    "123456789",
    "1234567.0",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1e19",
    "1e21",
    "0x1p4",
    "1e100",
    "4294967296",
    "0.000001",
    "3.0",
    " 42",
    "42 ",
    "+5",
    "NaN",
    "Inf",
    "-inf",
    "",
    "08",
    "1.",
    ".5",
    "1e",
    "0x",
    "1i",
    "'a'",
    "255",
    "256",
    "99999999999999999999",
    "1e-320",
    "0.30000000000000004",
    "5e-324",
    "-0.0",
    "-0",
];
const KEYS: &[&str] = &["a", "b", "c", "x", "key", "a b", "", "é", "0", "_0", "B", "nested", "a.b"];
const SEPARATORS: &[&str] = &[
    ",", ", ", "", " ", "\n", "a", "l", "ll", "-", "é", "/", ":", "=", "$", "xx", "o w", "ß", "\t", ".",
    "$1", "^$", "\\n", "o",
];
const PATHS: &[&str] = &[
    "/a/b/c.txt",
    "a/../b",
    "/",
    "",
    ".",
    "..",
    "../..",
    "a//b/",
    "./x.tar.gz",
    "/a/./b/../../c",
    "a/b.c/d",
    ".hidden",
    "/..",
    "C:\\x\\y.txt",
    "é/ß.ü",
    "a/.",
    "//x//y//",
];
const JSON: &[&str] = &[
    "{}",
    "[]",
    "null",
    "true",
    "0",
    "-0",
    "1.5",
    "1e3",
    "1E400",
    "\"\"",
    "\"a\\u00e9\\n\"",
    "{\"a\":1,\"b\":[1,2,{\"c\":null}]}",
    "[1,\"a\",null,true,{\"x\":{}}]",
    "{\"a\":{\"b\":{\"c\":\"d\"}}}",
    " [ 1 , 2 ] ",
    "{\"a\":1,\"a\":2}",
    "123456789012345678",
    "1234567",
    "{\"a\"}",
    "[1,]",
    "{\"<&>\":\"\u{2028}\"}",
    "\"\\ud83d\\ude00\"",
    "\"\\ud800\"",
    "nul",
    "01",
    "[1] x",
    "",
    "{\"a\":\"b\"",
    "1e21",
    "1e-7",
    "[[[[]]]]",
    "\"\\x\"",
    "{\"x\":1.0}",
    "\u{feff}{}",
    "\"a\tb\"",
    "0.1e1",
    "[1e5,123.456,-1]",
];
const URLS: &[&str] = &[
    "https://user:pa%20ss@host.example:8443/a/b%2Fc?x=1&y=%20#frag",
    "http://host",
    "//host/path",
    "/path?q",
    "mailto:a@b.c",
    "http://[::1]:80/",
    "http://[fe80::1%25en0]/",
    "http://a b/",
    "%zz",
    "http://h:port/",
    "",
    "?",
    "#",
    "http://h/?a=b;c",
    "urn:x:y",
    "http://é.example/ü?ß#ö",
    "1http://x",
    "http://user@",
    "http://u:p@h/p;x=1",
    "https://h//a/../b",
    "://x",
    "http://h:80:80/",
    "http://h/%41%zz",
    "a:b:c",
    "postgres://u:p%40w@db:5432/name?sslmode=disable",
    "*",
    "http:///x",
    "HTTP://H/",
    "http://h/\u{7f}",
];
const LAYOUTS: &[&str] = &[
    "2006-01-02",
    "2006-01-02 15:04:05",
    "2006-01-02T15:04:05Z07:00",
    "2006-01-02T15:04:05.999999999Z07:00",
    "Mon, 02 Jan 2006 15:04:05 MST",
    "Mon Jan _2 15:04:05 2006",
    "02 Jan 06 15:04 -0700",
    "3:04PM",
    "Jan _2 15:04:05.000",
    "Monday, January 2, 2006",
    "2006",
    "06",
    "002",
    "__2",
    "pm PM",
    "1/2/06",
    "-07",
    "Z0700",
    "Z070000",
    "-07:00:00",
    ".000",
    ",999",
    "05.00",
    "January",
    "Jan",
    "Janu",
    "Mon",
    "Monday",
    "15h",
    "03",
    "4",
    "5",
    "",
    "x",
    "20060102150405",
    "é2006",
    "2006-002",
    "MST",
    "GMT-07",
    "_2006",
    "02__2",
    "2 1 6",
    "Monda",
    "1504",
    "1",
    "_2",
    "0",
    "005",
];
const MOMENTS: &[&str] = &[
    "2024-02-29",
    "2023-02-29",
    "2024-02-29 23:59:60",
    "2024-12-31T23:59:59Z",
    "2024-12-31T23:59:59.123456789+02:00",
    "Thu, 29 Feb 2024 12:34:56 CET",
    "Thu Feb 29 12:34:56 2024",
    "29 Feb 24 12:34 +0100",
    "12:34PM",
    "0:00AM",
    "2024",
    "24",
    "060",
    "366",
    "9/9/99",
    "+01",
    "Z",
    "-0130",
    "",
    "x",
    "2024-13-01",
    "0000-01-01",
    "9999-12-31",
    "1969-12-31",
    "2024-1-1",
    "Thursday, February 29, 2024",
    "20240229123456",
    "Feb 29 12:34:56.789",
    "2024-060",
    "Mon, 02 Jan 2006 15:04:05 GMT+3",
    "pm AM",
    "12",
    "5",
    "2024-02-29 12:34:56 ",
    " 2024-02-29",
];
const STAMPS: &[&str] = &[
    "2024-02-29",
    "2006-01-02",
    "1970-01-01",
    "0001-01-01",
    "9999-12-31",
    "1969-07-20",
    "2100-03-01",
    "2023-02-30",
];
/// None whose rules changed of late: the two sides need not have the same edition of the time zone database.
const ZONES: &[&str] = &[
    "UTC",
    "Local",
    "",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Nowhere/No",
    "Etc/GMT+5",
    "../x",
    "Pacific/Apia",
    "America/St_Johns",
    "utc",
    "GMT",
    "Europe/Dublin",
    "Asia/Kathmandu",
    "US/Pacific",
];
const SPANS: &[&str] = &[
    "1h",
    "-1.5h",
    "1h30m10s",
    "100ms",
    "1us",
    "1µs",
    "1ns",
    "0",
    "",
    "1",
    "1d",
    "+5m",
    "-",
    "1h-1m",
    ".5s",
    "1.s",
    "9223372036s",
    "2562047h48m",
    "720h",
    "-24h",
    "1e3s",
    "0.000000001s",
    "3000000h",
    "1h 1m",
    "08760h",
];
const VERSIONS: &[&str] = &[
    "1.2.3",
    "v1.2.3",
    "1.2",
    "1",
    "v2",
    "1.2.3-alpha.1+build.5",
    "1.0.0-rc.1",
    "0.0.0",
    "01.2.3",
    "1.2.3.4",
    "",
    "x",
    "1.2.3-01",
    "1.2.3-",
    "1.2.3+",
    "2.0.0",
    "1.10.0",
    "1.9.9",
    "99999999999999999999.0.0",
    "18446744073709551615.0.0",
    "1.2-beta",
    "1.2.3-0.a-b",
    " 1.2.3",
    "V1.2.3",
    "1.2.3+a_b",
    "0.3.1",
];
const CONSTRAINTS: &[&str] = &[
    ">=1.2",
    "^1.2.3",
    "~1.2",
    "1.x",
    "*",
    "",
    ">1 <2",
    ">=1.0.0, <2.0.0",
    "1.2 - 1.4",
    "=1.2.3",
    "!=1.2.3",
    "<1 || >2",
    "^0.3",
    "~> 1.2",
    "=>1",
    "=<2",
    "1.2.*",
    "x",
    ">= 1.2.3-0",
    "^1.2.3-beta.1",
    "~1",
    ">1.x",
    "<=1.2",
    ">=1,",
    "|| 1",
    "1 2",
    "^0.0.3",
    "v1",
    "~0",
    "!1",
    "1.2.3 - 2.x",
    ">abc",
    "^*",
    "~1.x.3",
];
const REGEXES: &[&str] = &[
    "a",
    "[a-z]+",
    "^",
    "$",
    "",
    "(l+)(o?)",
    "\\d+",
    "(?i)HELLO",
    "(?P<n>\\w+)",
    "(?m)^.",
    "(?s).+",
    "\\bx",
    ".*?o",
    "a|b|",
    "[^\\s,]+",
    "x*",
    "\\pL+",
    "[[:alpha:]]",
    "(",
    ")",
    "[",
    "a{2,1}",
    "a{1001}",
    "*",
    "\\",
    "(?<n>a)",
    "\\C",
    "(?=a)",
    "[z-a]",
    "\\x{41}",
    "\\Qa.b\\E",
    "(a*)*",
    "((a)|b)+",
    "\\z",
    "\\A.",
    "[é-ü]",
    "\\W",
    "(?U)a+",
    "a**",
    "[\\d-z]",
    "(?i)ß|ſ|k",
    "\\p{Greek}",
    "\\pX",
    "()",
    "(?:)",
    "\\B",
    "a+?",
    "[^]",
    "[]a]",
    "\\8",
    "(?P<n>a)(?P<n>b)",
    "(?i:A)b",
    "x{0}",
    ".{3}",
    "\u{0}",
    "[[:^digit:]]",
    "(?-s).",
    "o{1,2}?",
];
const EXPANSIONS: &[&str] = &[
    "$1", "${1}x", "$n", "${n}", "$1x", "$", "$$", "${", "$0-$0", "[$2]", "${nope}", "", "x", "$1$2", "$9",
    "${1", "$ 1", "é$0", "$é", "$01", "${01}",
];
const KINDS_OF: &[&str] =
    &["string", "int", "slice", "map", "float64", "ptr", "struct", "bool", "invalid", "int64", "", "uint8"];
const TYPE_NAMES: &[&str] = &[
    "string",
    "int",
    "int64",
    "float64",
    "bool",
    "[]interface {}",
    "map[string]interface {}",
    "[]string",
    "time.Time",
    "*semver.Version",
    "<nil>",
    "uint8",
    "semver.Version",
    "map[string]string",
    "*string",
    "",
    "time.Duration",
];
const BASE64: &[&str] = &[
    "aGVsbG8=",
    "aGVsbG8",
    "/+8=",
    "_-8=",
    "",
    "a",
    "====",
    "aGVs\nbG8=",
    "YQ==",
    "YR==",
    "not base64!",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
];
const BASE32: &[&str] =
    &["NBSWY3DP", "nbswy3dp", "NBSWY3DPEE======", "", "N", "0189", "NB======", "NBSWY3DPEE"];
const COUNTS: &[&str] = &[
    "0", "1", "2", "3", "4", "5", "8", "10", "13", "20", "40", "-1", "-2", "-10", "2.0", "'\\n'", "0x10",
    "017", "1_0", "1.5", "72", "1", "2", "3",
];
const VERBS: &[u8] = b"vvvvvssssddddqqqxxXTtbcoOUeEfFgGw%!zjp";

/// The source of a literal of that kind: a constant of the template's language.
pub(super) fn literal(dice: &mut Dice, kind: Kind) -> String {
    match kind {
        Kind::Bool => dice.pick(&["true", "false"]).to_owned(),
        Kind::Count => dice.pick(COUNTS).to_owned(),
        Kind::Int | Kind::Int64 | Kind::Float | Kind::Num => number(dice),
        Kind::Any => match dice.below(16) {
            0 => "nil".to_owned(),
            1..=4 => number(dice),
            5 | 6 => literal(dice, Kind::Bool),
            _ => quoted(dice, Kind::Text),
        },
        Kind::List => match dice.below(4) {
            0 => "(list)".to_owned(),
            1 => format!("(splitList \",\" {})", quoted(dice, Kind::Words)),
            2 => format!("(until {})", dice.below(7)),
            _ => {
                format!("(list {} {} {})", literal(dice, Kind::Any), quoted(dice, Kind::Words), number(dice))
            }
        },
        Kind::Exact => {
            format!("(list {} {} {})", literal(dice, Kind::Any), quoted(dice, Kind::Words), number(dice))
        }
        Kind::Dict => match dice.below(4) {
            0 => "(dict)".to_owned(),
            1 => format!("(fromJson {})", quoted(dice, Kind::Json)),
            _ => format!(
                "(dict \"a\" {} {} {})",
                literal(dice, Kind::Any),
                quoted(dice, Kind::Key),
                number(dice)
            ),
        },
        Kind::UrlParts => format!(
            "(dict \"scheme\" {} \"host\" {} \"path\" {} \"query\" {} \"fragment\" {} \"userinfo\" {} \"opaque\" {})",
            quoted(dice, Kind::Key),
            quoted(dice, Kind::Words),
            quoted(dice, Kind::Path),
            quoted(dice, Kind::Text),
            quoted(dice, Kind::Text),
            quoted(dice, Kind::Words),
            dice.pick(&["\"\"", "\"\"", "\"x\"", "nil"])
        ),
        Kind::Time => {
            let layout = dice.pick(&["2006-01-02", "2006-01-02", "2006-01-02T15:04:05.999999999Z07:00"]);
            let moment = if layout.len() == 10 {
                dice.pick(STAMPS)
            } else {
                dice.pick(&["2024-02-29T23:59:59.987654321+01:00", "2021-03-28T02:30:00Z"])
            };
            format!("(toDate \"{layout}\" \"{moment}\")")
        }
        Kind::Span2 => format!("({}.Sub {})", literal(dice, Kind::Time), literal(dice, Kind::Time)),
        Kind::Version if dice.percent(80) => {
            let plain = ["1.2.3", "v1.2.3", "2", "1.2.3-alpha.1+build.5", "0.0.0", "1.10.0-rc.1", "1.9.9+x"];
            format!("(semver \"{}\")", dice.pick(&plain))
        }
        Kind::Version => format!("(semver {})", quoted(dice, Kind::VText)),
        _ => quoted(dice, kind),
    }
}

/// A number in the template's language, now and then none.
fn number(dice: &mut Dice) -> String {
    match dice.below(10) {
        0..=4 => (dice.below(40) as i64 - 8).to_string(),
        5 => format!("{}.{}", dice.below(300), dice.below(1000)),
        6 => format!("{:e}", f64::from_bits(u64::try_from(dice.below(usize::MAX)).unwrap_or_default()))
            .replace("inf", "1e308")
            .replace("NaN", "1e-308"),
        _ => loop {
            let number = dice.pick(NUMBERS);
            if number.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '\'') && number != "-inf" {
                break number.trim().to_owned();
            }
        },
    }
}

fn quoted(dice: &mut Dice, kind: Kind) -> String {
    let text = text(dice, kind);
    if !text.contains('`') && dice.percent(20) {
        return format!("`{text}`");
    }
    let mut source = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => source.extend(['\\', c]),
            '\n' => source.push_str("\\n"),
            '\r' => source.push_str("\\r"),
            '\t' => source.push_str("\\t"),
            c if u32::from(c) < 0x20 || c == '\u{7f}' => source.push_str(&format!("\\x{:02x}", u32::from(c))),
            '\u{80}'..='\u{ffff}' if dice.percent(15) => source.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => source.push(c),
        }
    }
    if matches!(kind, Kind::Text | Kind::Words | Kind::Sep) && dice.percent(6) {
        source.push_str(dice.pick(&[
            "\\xff",
            "\\xc3",
            "\\xe2\\x82",
            "\\377",
            "\\a\\v",
            "\\xed\\xa0\\x80",
            "\\U0001f511",
        ]));
    }
    source.push('"');
    source
}

/// A text of that kind, at times spoilt.
pub(super) fn text(dice: &mut Dice, kind: Kind) -> String {
    let from = match kind {
        Kind::Sep => SEPARATORS,
        Kind::Key => KEYS,
        Kind::Number => NUMBERS,
        Kind::B32 => BASE32,
        Kind::B64 => BASE64,
        Kind::Path => PATHS,
        Kind::Json => JSON,
        Kind::Url => URLS,
        Kind::Layout => LAYOUTS,
        Kind::Moment => MOMENTS,
        Kind::Stamp => STAMPS,
        Kind::Zone => ZONES,
        Kind::Span => SPANS,
        Kind::VText => VERSIONS,
        Kind::Constraint => CONSTRAINTS,
        Kind::Regex => REGEXES,
        Kind::Expansion => EXPANSIONS,
        Kind::BasicType => KINDS_OF,
        Kind::TypeOf => TYPE_NAMES,
        Kind::Format => return format(dice),
        _ => return words(dice),
    };
    // Most of the texts in the list are spoilt on purpose.
    if kind == Kind::VText && dice.percent(40) {
        return dice.pick(&["1.2.3", "v1.2.3", "1.2", "2.0.0-rc.1", "0.3.1+b"]).to_owned();
    }
    let mut text = dice.pick(from).to_owned();
    if dice.percent(15) {
        text.push_str(dice.pick(from));
    }
    if dice.percent(8) {
        let at = text.char_indices().map(|(at, _)| at).nth(dice.below(text.chars().count())).unwrap_or(0);
        if dice.percent(50) {
            text.insert_str(at, dice.pick(PIECES));
        } else if !text.is_empty() {
            text.remove(at);
        }
    }
    text
}

fn words(dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(6) {
        text.push_str(dice.pick(WORDS));
        if dice.percent(70) {
            text.push_str(dice.pick(PIECES));
        }
    }
    text
}

/// A format of printf.
fn format(dice: &mut Dice) -> String {
    let mut format = String::new();
    for _ in 0..=dice.below(3) {
        format.push_str(dice.pick(&["", "", " ", "x=", "é", "%%", "\n", "|"]));
        format.push('%');
        for _ in 0..dice.below(3) {
            format.push_str(dice.pick(&["", "+", "-", "#", " ", "0"]));
        }
        format.push_str(
            dice.pick(&["", "", "", "", "5", "12", "*", "[2]", "[1]", "[3]*", "[9]", "[x]", "08", "70"]),
        );
        format.push_str(dice.pick(&["", "", "", "", ".2", ".0", ".", ".*", ".20", ".[1]*", "[2]"]));
        let verb = VERBS[dice.below(VERBS.len())];
        // A pointer prints as its address.
        if verb != b'p' {
            format.push(char::from(verb));
        }
    }
    format
}
