//! Which functions there are, what they take and what they give: one form a line.
//!
//! `int | len {any}` is a call with a hole for a value of that kind; `{num*}` is a hole for several. A function not named
//! here gives something else each time, or takes too long for thousands of rounds.

use super::kind::Kind;

/// A piece of template with holes.
#[derive(Clone)]
pub(super) struct Form {
    pub(super) gives: Kind,
    pub(super) pieces: Vec<Piece>,
}

#[derive(Clone)]
pub(super) enum Piece {
    /// As it stands.
    Fixed(&'static str),
    Hole {
        kind: Kind,
        /// Any number of values.
        several: bool,
    },
}

/// All forms. A line that cannot be read is a mistake in this file, and a test says so.
pub(super) fn all() -> Vec<Form> {
    FORMS.lines().filter(|line| !line.is_empty()).filter_map(parse).collect()
}

fn parse(line: &'static str) -> Option<Form> {
    let (gives, form) = line.split_once(" | ")?;
    let mut pieces = Vec::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        let (hole, after) = after.split_once('}')?;
        let (name, several) = hole.strip_suffix('*').map_or((hole, false), |name| (name, true));
        if !before.is_empty() {
            pieces.push(Piece::Fixed(before));
        }
        pieces.push(Piece::Hole { kind: Kind::named(name)?, several });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Fixed(rest));
    }
    Some(Form { gives: Kind::named(gives)?, pieces })
}

/// Functions without a form: of random results, or slow.
#[cfg(test)]
const LEFT_OUT: &str = "ago bcrypt derivePassword encryptAES genCA genCAWithKey genPrivateKey genSelfSignedCert \
    genSelfSignedCertWithKey genSignedCert genSignedCertWithKey htpasswd now randAlpha randAlphaNum randAscii randBytes \
    randInt randNumeric shuffle uuidv4";

const FORMS: &str = r#"
text | abbrev {count} {text}
text | abbrevboth {count} {count} {text}
int64 | add {num*}
int64 | add1 {num}
float | add1f {num}
float | addf {num*}
text | adler32sum {text}
bool | all {any*}
any | and {any} {any*}
bool | any {any*}
list | append {list} {any}
int | atoi {number}
text | b32dec {b32}
text | b32enc {text}
text | b64dec {b64}
text | b64enc {text}
text | base {path}
int64 | biggest {num} {num*}
any | buildCustomCert {b64} {text}
any | call {any} {any*}
text | camelcase {words}
text | cat {any*}
float | ceil {num}
list | chunk {count} {list}
text | clean {path}
any | coalesce {any*}
list | compact {list}
list | concat {list} {list*}
bool | contains {sep} {text}
text | date {layout} {time}
text | dateInZone {layout} {time} {zone}
time | dateModify {span} {time}
text | date_in_zone {layout} {time} {zone}
time | date_modify {span} {time}
text | decryptAES {text} {b64}
dict | deepCopy {dict}
list | deepCopy {list}
bool | deepEqual {any} {any}
any | default {any} {any}
dict | dict {key} {any}
dict | dict {key} {any} {key} {any}
dict | dict {any*}
any | dig {key} {any} {dict}
any | dig {key} {key} {any} {dict}
text | dir {path}
int64 | div {num} {num}
float | divf {num} {num*}
text | duration {any}
text | durationRound {any}
bool | empty {any}
bool | eq {any} {any}
bool | eq {any} {any} {any*}
text | ext {path}
any | fail {text}
any | first {list}
float | float64 {any}
float | floor {num}
any | fromJson {json}
any | fromJson {text}
bool | ge {any} {any}
any | get {dict} {key}
bool | gt {num} {num}
bool | has {any} {list}
bool | hasKey {dict} {key}
bool | hasPrefix {sep} {text}
bool | hasSuffix {sep} {text}
text | hello
text | html {any*}
text | htmlDate {time}
text | htmlDateInZone {time} {zone}
text | indent {count} {text}
any | index {list} {count}
any | index {dict} {key}
any | index {any} {any*}
list | initial {list}
text | initials {words}
int | int {any}
int64 | int64 {any}
bool | isAbs {path}
text | join {sep} {list}
text | join {sep} {any}
text | js {any*}
text | kebabcase {words}
text | keys {dict} | sortAlpha
text | keys {dict} {dict} | sortAlpha
bool | kindIs {kindname} {any}
text | kindOf {any}
any | last {list}
bool | le {num} {num}
int | len {any}
list | list {any*}
text | lower {text}
bool | lt {text} {text}
int64 | max {num} {num*}
float | maxf {num} {num*}
dict | merge {dict} {dict*}
dict | mergeOverwrite {dict} {dict*}
int64 | min {num} {num*}
float | minf {num} {num*}
int64 | mod {num} {num}
int64 | mul {num} {num*}
float | mulf {num} {num*}
list | mustAppend {list} {any}
list | mustChunk {count} {list}
list | mustCompact {list}
time | mustDateModify {span} {time}
dict | mustDeepCopy {dict}
any | mustFirst {list}
any | mustFromJson {json}
bool | mustHas {any} {list}
list | mustInitial {list}
any | mustLast {list}
dict | mustMerge {dict} {dict*}
dict | mustMergeOverwrite {dict} {dict*}
list | mustPrepend {list} {any}
list | mustPush {list} {any}
text | mustRegexFind {regex} {text}
list | mustRegexFindAll {regex} {text} {count}
bool | mustRegexMatch {regex} {text}
text | mustRegexReplaceAll {regex} {text} {expansion}
text | mustRegexReplaceAllLiteral {regex} {text} {sep}
list | mustRegexSplit {regex} {text} {count}
list | mustRest {list}
list | mustReverse {list}
list | mustSlice {exact} {count*}
time | mustToDate {layout} {moment}
text | mustToJson {any}
text | mustToPrettyJson {any}
text | mustToRawJson {any}
list | mustUniq {list}
list | mustWithout {list} {any*}
time | must_date_modify {span} {time}
bool | ne {any} {any}
text | nindent {count} {text}
text | nospace {text}
bool | not {any}
dict | omit {dict} {key*}
any | or {any} {any*}
text | osBase {path}
text | osClean {path}
text | osDir {path}
text | osExt {path}
bool | osIsAbs {path}
dict | pick {dict} {key*}
list | pluck {key} {dict*}
text | plural {text} {text} {count}
list | prepend {list} {any}
text | print {any*}
text | printf {format} {any*}
text | printf {format} {text} {num}
text | println {any*}
list | push {list} {any}
text | quote {any*}
text | regexFind {regex} {text}
list | regexFindAll {regex} {text} {count}
bool | regexMatch {regex} {text}
text | regexQuoteMeta {text}
text | regexReplaceAll {regex} {text} {expansion}
text | regexReplaceAllLiteral {regex} {text} {sep}
list | regexSplit {regex} {text} {count}
text | repeat {count} {text}
text | replace {sep} {sep} {text}
list | rest {list}
list | reverse {list}
float | round {num} {count}
float | round {num} {count} {float}
version | semver {vtext}
bool | semverCompare {constraint} {vtext}
text | seq {count*}
dict | set {dict} {key} {any}
text | sha1sum {text}
text | sha256sum {text}
text | sha512sum {text}
list | slice {exact} {count*}
text | snakecase {words}
list | sortAlpha {list}
list | sortAlpha {any}
dict | split {sep} {text}
list | splitList {sep} {text}
dict | splitn {sep} {count} {text}
text | squote {any*}
int64 | sub {num} {num}
float | subf {num} {num*}
text | substr {count} {count} {text}
text | swapcase {words}
any | ternary {any} {any} {bool}
text | title {words}
time | toDate {layout} {moment}
time | toDate "2006-01-02" {stamp}
int64 | toDecimal {number}
text | toJson {any}
text | toPrettyJson {any}
text | toRawJson {any}
text | toString {any}
list | toStrings {any}
text | trim {text}
text | trimAll {sep} {text}
text | trimPrefix {sep} {text}
text | trimSuffix {sep} {text}
text | trimall {sep} {text}
text | trunc {count} {text}
list | tuple {any*}
bool | typeIs {typename} {any}
bool | typeIsLike {typename} {any}
text | typeOf {any}
list | uniq {list}
text | unixEpoch {time}
dict | unset {dict} {key}
list | until {count}
list | untilStep {count} {count} {count}
text | untitle {words}
text | upper {text}
text | urlJoin {urlparts}
dict | urlParse {url}
text | urlquery {any*}
list | values {dict} | sortAlpha
list | without {list} {any*}
text | wrap {count} {words}
text | wrapWith {count} {sep} {words}
int | {time}.Year
int | {time}.Day
int | {time}.YearDay
int | {time}.Hour
int | {time}.Nanosecond
int64 | {time}.Unix
int64 | {time}.UnixMilli
any | {time}.Month
any | {time}.Weekday
any | {time}.Location
any | {time}.UTC
text | {time}.String
text | {time}.Format {layout}
bool | {time}.IsZero
bool | {time}.Before {time}
bool | {time}.Equal {time}
int | {time}.Compare {time}
time | {time}.AddDate {count} {count} {count}
time | {time}.Add {span2}
span2 | {time}.Sub {time}
time | {time}.Truncate {span2}
time | {time}.Round {span2}
float | {span2}.Hours
float | {span2}.Seconds
text | {span2}.String
span2 | {span2}.Round {span2}
span2 | {span2}.Abs
int64 | {span2}.Milliseconds
text | {version}.String
text | {version}.Original
text | {version}.Prerelease
text | {version}.Metadata
any | {version}.Major
any | {version}.Minor
any | {version}.Patch
any | {version}.IncMajor
any | {version}.IncMinor
any | {version}.IncPatch
int | {version}.Compare {version}
bool | {version}.LessThan {version}
bool | {version}.Equal {version}
any | {dict}.a
any | {dict}.a.b
any | {any}.x
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_form() {
        let lines = FORMS.lines().filter(|line| !line.is_empty());
        for line in lines {
            assert!(parse(line).is_some(), "{line}");
        }
    }

    #[test]
    fn every_function_of_the_corpus_has_a_form_or_a_reason() {
        let named = |name: &str| {
            let is_called = |line: &str| {
                line.split_once(" | ").is_some_and(|(_, form)| form.split(' ').next() == Some(name))
            };
            FORMS.lines().any(is_called) || LEFT_OUT.split_whitespace().any(|left| left == name)
        };
        // The group `matrix` calls each function.
        let cases = crate::templates::corpus::cases().unwrap();
        for case in cases.iter().filter(|case| case.group == "matrix") {
            let name = case.question.id.split('/').nth(1).unwrap_or_default();
            assert!(named(name), "{name}");
        }
    }
}
