//! Templates made to hurt: each ends with an output or an error, soon, in a process that may have 512 MiB, and the same
//! way twice, down to the steps that it took. Go, asked the same, needs gigabytes and hours for some, and ends its process
//! over others.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use sealed_secrets_tests::templates::lines::{Answer, Question};
use sealed_secrets_tests::templates::peer::Peer;

/// Address space of the process; the default limits of templates allow 64 MiB of values.
const MEMORY_MIB: u64 = 512;
/// The limit of steps is about five seconds of an optimised build; others use the same processors.
const PATIENCE: Duration = Duration::from_secs(180);

const NOW: &str = "--now=1778051289123456789";
/// To see that what ends by steps ends at the same one, there is no need for all of them.
const FEW_STEPS: &str = "--fuel=500000";

/// What a template may end with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// An output or an error.
    Any,
    /// A limit.
    Limit,
    /// An output: it is large, but within reason.
    Output,
}

use End::{Any, Limit, Output};

/// Each by itself, without values but `.s` = `s3cret` and `.bin`, bytes that are no UTF-8.
const TEMPLATES: &[(End, &str)] = &[
    // Sizes.
    (Limit, r#"{{ repeat 200000000 "x" | len }}"#),
    (Limit, r#"{{ repeat 1000000000000 "x" | len }}"#),
    (Any, r#"{{ repeat 9223372036854775807 "xy" | len }}"#),
    (Any, r#"{{ repeat 9223372036854775807 "" | len }}"#),
    (Limit, r#"{{ repeat 3000 (repeat 3000 (repeat 3000 "x")) | len }}"#),
    (Limit, r#"{{ repeat 200 "\n" | indent 1000000 | len }}"#),
    (Limit, r#"{{ indent 1000000000000 "x" }}"#),
    (Limit, r#"{{ nindent 9223372036854775807 "x" }}"#),
    (Any, r#"{{ indent -5 "x" }}"#),
    (Limit, r#"{{ randAlpha 1000000000000 }}"#),
    (Limit, r#"{{ randBytes 1000000000000 }}"#),
    (Limit, r#"{{ randAlphaNum 9223372036854775807 }}"#),
    (Any, r#"{{ randAlphaNum 1000000 | len }}"#),
    (Limit, r#"{{ range 1000 }}{{ $x := randAscii 1000000 }}{{ end }}"#),
    (Limit, r#"{{ $x := repeat 15000 "x" }}{{ replace "" $x $x | len }}"#),
    (Limit, r#"{{ $x := repeat 15000 "x" }}{{ regexReplaceAll "" $x $x | len }}"#),
    (Limit, r#"{{ $x := repeat 15000 "x" }}{{ regexReplaceAll "x" $x (repeat 15000 "$0") | len }}"#),
    (Limit, r#"{{ $x := repeat 15000 "x" }}{{ regexReplaceAllLiteral "" $x $x | len }}"#),
    (Limit, r#"{{ wrapWith 1 (repeat 20000 "-") (repeat 20000 "a ") | len }}"#),
    (Any, r#"{{ wrapWith 9223372036854775807 "-" "a b c" }}"#),
    (Any, r#"{{ wrapWith -9223372036854775808 "-" "a b c" }}"#),
    (Limit, r#"{{ $s := "x" }}{{ range until 28 }}{{ $s = print $s $s }}{{ end }}{{ len $s }}"#),
    (Limit, r#"{{ $s := "" }}{{ range until 40000 }}{{ $s = print $s "xxxxxxxxxx" }}{{ end }}{{ len $s }}"#),
    (Limit, r#"{{ $s := "x" }}{{ range until 60 }}{{ $s = quote $s }}{{ end }}{{ len $s }}"#),
    (Limit, r#"{{ $s := "<" }}{{ range until 60 }}{{ $s = html (print $s $s) }}{{ end }}{{ len $s }}"#),
    (Limit, r#"{{ $s := "x" }}{{ range until 90 }}{{ $s = b64enc $s }}{{ end }}{{ len $s }}"#),
    (Limit, r#"{{ $s := "\n" }}{{ range until 40 }}{{ $s = toJson $s }}{{ end }}{{ len $s }}"#),
    (Limit, r#"{{ $s := "%" }}{{ range until 60 }}{{ $s = urlquery $s $s }}{{ end }}{{ len $s }}"#),
    (
        Limit,
        r#"{{ $s := "." }}{{ range until 60 }}{{ $s = regexQuoteMeta (print $s $s) }}{{ end }}{{ len $s }}"#,
    ),
    (Any, r#"{{ printf "%1000000d%1000000d%1000000d" 1 2 3 | len }}"#),
    (Any, r#"{{ printf "%*d" 9223372036854775807 1 | len }}"#),
    (Any, r#"{{ printf "%.1000000f" 1.5 | len }}"#),
    (Any, r#"{{ printf "%9999999.9999999f" 1e308 | len }}"#),
    (Any, r#"{{ printf "%99999999999999999999d" 1 }}"#),
    (Any, r#"{{ printf "%[99999999999]d %[-1]d" 1 }}"#),
    (Limit, r#"{{ range until 100 }}{{ printf "%1000000x" . }}{{ end }}"#),
    (Any, r#"{{ printf (repeat 500000 "%9999999d") 1 | len }}"#),
    (Limit, r#"{{ printf (repeat 20000 "%[1]s") (repeat 20000 "x") | len }}"#),
    (Limit, r#"{{ join (repeat 20000 "-") (until 20000) | len }}"#),
    (Limit, r#"{{ join (repeat 1000000 "-") (until 100) | len }}"#),
    (Limit, r#"{{ range 100000 }}{{ repeat 1000 "x" }}{{ end }}"#),
    (Any, r#"{{ substr 0 9223372036854775807 "x" }}"#),
    (Any, r#"{{ substr -9223372036854775808 9223372036854775807 "x" }}"#),
    (Any, r#"{{ trunc -9223372036854775808 "x" }}"#),
    (Any, r#"{{ abbrev -9223372036854775808 "abcdefgh" }}"#),
    (Any, r#"{{ abbrevboth 9223372036854775807 9223372036854775807 "abcdefgh" }}"#),
    (Any, r#"{{ splitn "," 9223372036854775807 "a,b" }}{{ splitn "," -9223372036854775808 "a,b" }}"#),
    (Any, r#"{{ plural "a" "b" -9223372036854775808 }}"#),
    (Any, r#"{{ slice (list 1 2 3) -9223372036854775808 9223372036854775807 }}"#),
    (Any, r#"{{ index "abc" 9223372036854775807 }}"#),
    (Any, r#"{{ index (list 1) -9223372036854775808 }}"#),
    // Lists.
    (Limit, r#"{{ until 50000000 | len }}"#),
    (Limit, r#"{{ until 1000000000000 | len }}"#),
    (Limit, r#"{{ untilStep 9223372036854775800 9223372036854775807 5 | len }}"#),
    (Any, r#"{{ untilStep 0 9223372036854775807 9223372036854775807 | len }}"#),
    (Any, r#"{{ untilStep 0 -9223372036854775808 -9223372036854775808 | len }}"#),
    (Any, r#"{{ untilStep 0 10 0 | len }}"#),
    (Limit, r#"{{ seq 3000000 | len }}"#),
    (Any, r#"{{ seq 1 9223372036854775807 }}"#),
    (Any, r#"{{ seq 9223372036854775807 -1 -9223372036854775808 }}"#),
    (Any, r#"{{ seq 9223372036854775806 3 9223372036854775807 }}"#),
    (Limit, r#"{{ $l := list }}{{ range until 20000 }}{{ $l = append $l . }}{{ end }}{{ len $l }}"#),
    (Limit, r#"{{ $l := list }}{{ range until 20000 }}{{ $l = prepend $l . }}{{ end }}{{ len $l }}"#),
    (Limit, r#"{{ $l := list 1 }}{{ range until 40 }}{{ $l = concat $l $l }}{{ end }}{{ len $l }}"#),
    (Any, r#"{{ until 10000 | uniq | len }}"#),
    (Any, r#"{{ without (until 10000) (until 10000) 1 | len }}"#),
    (Any, r#"{{ $l := until 3000 }}{{ range $l }}{{ $x := has -1 $l }}{{ end }}"#),
    (Any, r#"{{ chunk 1 (until 100000) | len }}"#),
    (Any, r#"{{ chunk 9223372036854775807 (until 10) }}"#),
    (Limit, r#"{{ splitList "" (repeat 5000000 "x") | len }}"#),
    (Limit, r#"{{ split "" (repeat 1000000 "x") | len }}"#),
    (Limit, r#"{{ range until 200 }}{{ $x := splitList "" (repeat 20000 "x") }}{{ end }}"#),
    (Any, r#"{{ range until 100 }}{{ $x := sortAlpha (splitList "" (repeat 1000 "ba")) }}{{ end }}"#),
    (Any, r#"{{ range until 1000 }}{{ $x := toStrings (until 1000) }}{{ end }}"#),
    (
        Any,
        r#"{{ $l := until 2000 }}{{ range $l }}{{ $x := reverse $l | rest | initial | compact }}{{ end }}"#,
    ),
    // Steps.
    (Limit, r#"{{ range 9223372036854775807 }}{{ end }}"#),
    (Limit, r#"{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"#),
    (
        Limit,
        r#"{{ range 10000 }}{{ range 10000 }}{{ range 10000 }}{{ continue }}{{ end }}{{ end }}{{ end }}"#,
    ),
    (Limit, r#"{{ range 100000 }}{{ $x := sha512sum (repeat 100000 "x") }}{{ end }}"#),
    (Limit, r#"{{ $s := repeat 1000000 "x" }}{{ range 1000000 }}{{ $x := contains "y" $s }}{{ end }}"#),
    (Limit, r#"{{ $s := repeat 1000000 "x" }}{{ range 1000000 }}{{ $x := eq $s (print $s) }}{{ end }}"#),
    (
        Limit,
        r#"{{ $s := repeat 4000000 "x" }}{{ range 1000000 }}{{ $x := trimSuffix $s $s | lower | adler32sum }}{{ end }}"#,
    ),
    (Limit, r#"{{ $s := repeat 2000000 " " }}{{ range 1000000 }}{{ $x := trim $s }}{{ end }}"#),
    (
        Limit,
        r#"{{ $s := repeat 1000000 "0" }}{{ range 1000000 }}{{ $x := int $s | add (float64 $s) (atoi $s) }}{{ end }}"#,
    ),
    (Any, r#"{{ $s := repeat 1000000 "xy" }}{{ regexFindAll "x" $s -1 | len }}"#),
    (Any, r#"{{ contains (repeat 300000 "a") (repeat 600000 "ab") }}"#),
    (Any, r#"{{ replace (print (repeat 3000 "a") "b") "" (repeat 1000000 "a") | len }}"#),
    // Regular expressions.
    (Any, r#"{{ regexMatch "(x+x+)+y" (repeat 1000000 "x") }}"#),
    (Any, r#"{{ regexMatch "(a*)*b" (repeat 100000 "a") }}"#),
    (Any, r#"{{ regexFind "(.*)(.*)(.*)(.*)(.*)(.*)x" (repeat 100000 "y") }}"#),
    (Any, r#"{{ regexFindAll ".*a|b" (repeat 50000 "b") -1 | len }}"#),
    (Any, r#"{{ regexMatch "(((((a{10}){10}){10}){10}){10}){10}" "a" }}"#),
    (Any, r#"{{ regexMatch "((a{1000}){1000}){1000}" "a" }}"#),
    (Any, r#"{{ regexMatch "(\\pL{500}\\pN{500}){2}" "a" }}"#),
    (Any, r#"{{ regexMatch (repeat 100 "[\\pL\\pN]{9}") (repeat 1000 "a") }}"#),
    (Any, r#"{{ regexMatch (repeat 100000 "(") "a" }}"#),
    (Any, r#"{{ regexMatch (print (repeat 900 "(") (repeat 900 ")")) "a" }}"#),
    (Any, r#"{{ regexMatch (print (repeat 100000 "(?:") (repeat 100000 ")")) "a" }}"#),
    (Any, r#"{{ regexMatch (repeat 1000000 "a|") "b" }}"#),
    (Any, r#"{{ regexMatch (repeat 200000 "a?") (repeat 200000 "a") }}"#),
    (Any, r#"{{ regexMatch (repeat 100000 "(?i)ſ[^x]") "b" }}"#),
    (Any, r#"{{ range 1000 }}{{ $x := regexMatch (printf "(\\pL{200}%d)" .) "b" }}{{ end }}"#),
    (Any, r#"{{ regexSplit "" (repeat 1000000 "é") -1 | len }}"#),
    (Any, r#"{{ regexFindAll "(?:)" (repeat 1000000 "é") -1 | len }}"#),
    (Any, r#"{{ regexReplaceAll "(a)(b)(c)?" (repeat 100000 "ab") "$3$2$1" | len }}"#),
    (Any, r#"{{ regexQuoteMeta (repeat 4000000 ".") | len }}"#),
    // Values that hold themselves, or each other, or one thing many times.
    (Limit, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $d }}"#),
    (Limit, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ quote $d }}"#),
    (Limit, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ printf "%v %d %#v" $d $d $d }}"#),
    (Any, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ toJson $d }}{{ toPrettyJson $d }}"#),
    (Any, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ mustToJson $d }}"#),
    (Limit, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ deepCopy $d }}"#),
    (
        Any,
        r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $e := dict }}{{ $_ := set $e "a" $e }}{{ deepEqual $d $e }}"#,
    ),
    (
        Any,
        r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $e := dict }}{{ $_ := set $e "a" $e }}{{ merge $d $e | len }}"#,
    ),
    (
        Any,
        r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $e := dict }}{{ $_ := set $e "a" $e }}{{ mergeOverwrite $d $e | len }}"#,
    ),
    (Any, r#"{{ $d := dict }}{{ $_ := set $d "a" (dict "b" $d) }}{{ mergeOverwrite $d $d | len }}"#),
    (
        Any,
        r#"{{ $d := dict "x" 1 }}{{ $_ := set $d "a" (list $d (list $d)) }}{{ range $k, $v := $d }}{{ len $v }}{{ end }}"#,
    ),
    (Any, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ dig "a" "a" "a" "a" 1 $d | len }}"#),
    (
        Any,
        r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $d.a.a.a.a.a.a | len }}{{ index $d "a" "a" "a" | keys }}"#,
    ),
    (
        Any,
        r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ has $d (list $d) }}{{ uniq (list $d $d) | len }}{{ without (list $d) $d }}"#,
    ),
    (Any, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ eq $d $d }}"#),
    (
        Any,
        r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ default 1 $d | len }}{{ empty $d }}{{ ternary $d 1 true | len }}"#,
    ),
    (Limit, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ join "," (list $d) }}"#),
    (Limit, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ html $d }}"#),
    (Limit, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ cat $d }}"#),
    (Limit, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ toString $d }}"#),
    (Limit, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ dict $d 1 }}"#),
    (Limit, r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ sortAlpha (list $d $d) }}"#),
    (Any, r#"{{ $d := dict }}{{ $_ := set $d "scheme" $d }}{{ urlJoin $d }}"#),
    (
        Any,
        r#"{{ $d := dict "b" (list 1) }}{{ $_ := set $d "a" (pick $d "b") }}{{ $_ := merge $d (dict "a" $d) }}{{ $d | len }}"#,
    ),
    (Any, r#"{{ range 1000 }}{{ $d := dict "x" (repeat 10000 "x") }}{{ $_ := set $d "a" $d }}{{ end }}"#),
    (Limit, r#"{{ $d := list 1 }}{{ range until 22 }}{{ $d = list $d $d }}{{ end }}{{ toJson $d | len }}"#),
    (Limit, r#"{{ $d := list 1 }}{{ range until 60 }}{{ $d = list $d $d }}{{ end }}{{ $d }}"#),
    (Limit, r#"{{ $d := list 1 }}{{ range until 60 }}{{ $d = list $d $d }}{{ end }}{{ deepCopy $d | len }}"#),
    (
        Any,
        r#"{{ $d := list 1 }}{{ $e := list 1 }}{{ range until 60 }}{{ $d = list $d $d }}{{ $e = list $e $e }}{{ end }}{{ deepEqual $d $e }}"#,
    ),
    (
        Limit,
        r#"{{ $d := dict }}{{ $e := dict }}{{ range until 60 }}{{ $d = dict "a" $d "b" $d }}{{ $e = dict "a" $e "b" $e }}{{ end }}{{ merge $d $e | len }}"#,
    ),
    (
        Limit,
        r#"{{ $d := list 1 }}{{ range until 60 }}{{ $d = list $d $d }}{{ end }}{{ has (list $d) (list $d (list $d)) }}{{ printf "%#v" $d }}"#,
    ),
    (Any, r#"{{ $d := list 1 }}{{ range until 100000 }}{{ $d = list $d }}{{ end }}{{ len $d }}"#),
    (Limit, r#"{{ $d := list 1 }}{{ range until 100000 }}{{ $d = list $d }}{{ end }}{{ $d }}"#),
    (Any, r#"{{ $d := list 1 }}{{ range until 100000 }}{{ $d = list $d }}{{ end }}{{ toJson $d | len }}"#),
    (Any, r#"{{ $d := list 1 }}{{ range until 100000 }}{{ $d = list $d }}{{ end }}{{ deepCopy $d | len }}"#),
    (Any, r#"{{ $d := dict }}{{ range until 100000 }}{{ $d = dict "a" $d }}{{ end }}{{ deepEqual $d $d }}"#),
    (
        Any,
        r#"{{ $d := dict }}{{ $e := dict }}{{ range until 50000 }}{{ $d = dict "a" $d }}{{ $e = dict "a" $e }}{{ end }}{{ deepEqual $d $e }}{{ $_ := merge $d $e }}"#,
    ),
    (Limit, r#"{{ $d := list 1 }}{{ range until 4000000 }}{{ $d = list $d }}{{ end }}{{ len $d }}"#),
    (Any, r#"{{ $d := dict }}{{ range until 8000 }}{{ $d = dict "a" $d }}{{ end }}{{ deepCopy $d | len }}"#),
    (
        Any,
        r#"{{ $d := list 1 }}{{ range until 9000 }}{{ $d = list $d }}{{ end }}{{ range 1000 }}{{ $x := deepCopy $d }}{{ end }}"#,
    ),
    (
        Any,
        r#"{{ $l := list 1 2 }}{{ range until 1000 }}{{ $l = list $l }}{{ end }}{{ uniq (list $l $l) | len }}{{ compact (list $l) | len }}"#,
    ),
    // JSON.
    (Any, r#"{{ fromJson (repeat 100000 "[") | toJson }}"#),
    (Any, r#"{{ fromJson (print (repeat 9999 "[") (repeat 9999 "]")) | toJson | len }}"#),
    (Any, r#"{{ mustFromJson (repeat 1000000 "{\"a\":") }}"#),
    (Any, r#"{{ fromJson (print "[" (repeat 900000 "0,") "0]") | len }}"#),
    (Any, r#"{{ fromJson (print "[" (repeat 900000 "[],") "0]") | len }}"#),
    (Any, r#"{{ fromJson (print "{" (repeat 100000 "\"a\":1,") "\"b\":1}") | len }}"#),
    (Any, r#"{{ fromJson (repeat 1000000 "9") }}"#),
    (Any, r#"{{ fromJson (print "1e" (repeat 1000000 "9")) }}"#),
    (Any, r#"{{ fromJson (print "0." (repeat 1000000 "1")) | toJson }}"#),
    (
        Any,
        r#"{{ range 1000 }}{{ $x := fromJson (print "[" (repeat 1000 "[],") "0]") | toPrettyJson }}{{ end }}"#,
    ),
    (Any, r#"{{ fromJson (print "\"" (repeat 500000 "\\u00e9") "\"") | len }}"#),
    // Numbers.
    (Any, r#"{{ $x := 1e308 }}{{ range 2000 }}{{ $x = mulf $x 1e308 }}{{ end }}{{ $x }}"#),
    (
        Any,
        r#"{{ mulf 1e308 1e308 1e308 1e308 1e-308 }}{{ divf 1e308 1e-308 1e-308 }}{{ addf 1e308 1e-308 }}"#,
    ),
    (Any, r#"{{ addf 1e308 1e-308 }}{{ subf 1e308 1e-308 }}{{ divf 1e-308 1e308 }}"#),
    (Any, r#"{{ $l := list }}{{ range 300 }}{{ $x := addf 1e308 5e-324 (mulf 1e300 1e-300) }}{{ end }}"#),
    (Any, r#"{{ addf (repeat 100000 "9") 1 }}"#),
    (Any, r#"{{ mulf (print "1e" (repeat 20 "9")) 2 }}"#),
    (Any, r#"{{ mulf "1e999999999" "1e999999999" }}"#),
    (
        Any,
        r#"{{ round 1e308 9223372036854775807 }}{{ round 1.5 -9223372036854775808 }}{{ round 1.5 400 0.5 }}"#,
    ),
    (
        Any,
        r#"{{ div -9223372036854775808 -1 }}{{ mod -9223372036854775808 -1 }}{{ mul 9223372036854775807 9223372036854775807 }}"#,
    ),
    (Any, r#"{{ toDecimal (repeat 1000000 "7") }}{{ atoi (repeat 1000000 "1") }}"#),
    (
        Any,
        r#"{{ int 1e308 }}{{ int64 -1e308 }}{{ float64 (repeat 1000000 "1") }}{{ int (print "0x" (repeat 100000 "f")) }}"#,
    ),
    (
        Any,
        r#"{{ float64 (print "0x1p" (repeat 100000 "9")) }}{{ float64 (print (repeat 100000 "0") "1e-99999") }}"#,
    ),
    (Any, r#"{{ randInt 0 9223372036854775807 }}{{ randInt 5 5 }}"#),
    (Any, r#"{{ randInt -9223372036854775808 9223372036854775807 }}"#),
    (Any, r#"{{ printf "%b %x %e %.400f %U %c %q" 1e308 -1e308 5e-324 1e308 -1 -1 1114112 }}"#),
    // Dates.
    (
        Any,
        r#"{{ toDate (print "2006.." (repeat 1000000 "0")) "2024" }}{{ date (print "05." (repeat 1000000 "0")) (toDate "2006" "2024") | len }}"#,
    ),
    (Any, r#"{{ toDate (print "05." (repeat 100000 "9")) (print "05." (repeat 100000 "1")) }}"#),
    (Any, r#"{{ toDate "2006" "2024" | date (repeat 1000000 "Monday January 2006 ") | len }}"#),
    (Any, r#"{{ toDate (repeat 1000000 "2006") (repeat 1000000 "2024") }}"#),
    (
        Any,
        r#"{{ ((toDate "2006" "9999").AddDate 9223372036854775807 9223372036854775807 9223372036854775807).String }}"#,
    ),
    (
        Any,
        r#"{{ ((toDate "2006" "0000").AddDate -9223372036854775808 -9223372036854775808 -9223372036854775808).Weekday }}"#,
    ),
    (Any, r#"{{ (toDate "2006" "9999").Add (mustToDate "2006" "9999" | (toDate "2006" "0000").Sub) }}"#),
    (
        Any,
        r#"{{ ((toDate "2006" "2024").Sub (toDate "2006" "1000")).Round ((toDate "2006" "2024").Sub (toDate "2006" "1000")) }}"#,
    ),
    (Any, r#"{{ durationRound (repeat 1000000 "1h") }}{{ duration (repeat 1000000 "9") }}"#),
    (Any, r#"{{ dateModify (repeat 1000000 "1h") (toDate "2006" "2024") }}"#),
    (
        Any,
        r#"{{ dateInZone "2006" (toDate "2006" "9999") (repeat 100000 "../") }}{{ dateInZone "2006" -9223372036854775808 "UTC" }}{{ htmlDate 9223372036854775807 }}"#,
    ),
    (
        Any,
        r#"{{ range 100000 }}{{ $x := dateInZone "2006-01-02 15:04:05 MST" . "America/New_York" }}{{ end }}"#,
    ),
    // Texts.
    (
        Any,
        r#"{{ abbrev 100 (repeat 1000000 "é") }}{{ initials (repeat 1000000 "é ") | len }}{{ camelcase (repeat 500000 "a_é") | len }}"#,
    ),
    (
        Any,
        r#"{{ snakecase (repeat 500000 "aB") | len }}{{ kebabcase (repeat 500000 "A") | len }}{{ title (repeat 500000 "ǆ ") | len }}"#,
    ),
    (
        Any,
        r#"{{ wrap 1 (repeat 500000 "a b") | len }}{{ wrap 0 "a b" }}{{ swapcase (repeat 1000000 "İ") | len }}"#,
    ),
    (
        Any,
        r#"{{ upper (repeat 2000000 "ɐ") | len }}{{ lower (repeat 2000000 "Ⱥ") | len }}{{ nospace (repeat 1000000 " é") | len }}"#,
    ),
    (
        Any,
        r#"{{ trimAll (repeat 100000 "é") (repeat 100000 "x") | len }}{{ trimAll (repeat 3000 "é") (repeat 300000 "é") | len }}"#,
    ),
    (Any, r#"{{ shuffle (repeat 2000000 "é") | len }}"#),
    (
        Any,
        r#"{{ urlParse (print "http://" (repeat 2000000 "a") "/") | len }}{{ urlParse (repeat 2000000 "%41") | len }}"#,
    ),
    (
        Any,
        r#"{{ urlParse (repeat 1000000 "a:") }}{{ urlParse (print "http://[" (repeat 1000000 ":") "]") }}"#,
    ),
    (
        Any,
        r#"{{ urlJoin (dict "host" (repeat 1000000 "é") "path" (repeat 1000000 "../") "query" (repeat 1000000 "&")) | len }}"#,
    ),
    (
        Any,
        r#"{{ clean (repeat 1000000 "../") | len }}{{ clean (repeat 1000000 "a/../") }}{{ base (repeat 1000000 "/") }}{{ osExt (repeat 1000000 ".") }}"#,
    ),
    (Any, r#"{{ semver (repeat 100000 "1.") }}"#),
    (Any, r#"{{ semver (print "1.2.3-" (repeat 300000 "a.") "b") }}"#),
    (Any, r#"{{ semverCompare (repeat 100000 ">1 ") "1.2.3" }}"#),
    (
        Any,
        r#"{{ semverCompare (repeat 100000 "1||") "1.2.3" }}{{ semverCompare (repeat 30000 "1 - 2,") "1.2.3" }}"#,
    ),
    (
        Any,
        r#"{{ b64dec (repeat 1000000 "\n") | len }}{{ b32dec (repeat 100000 "A") | len }}{{ b32enc (repeat 1000000 "A") | len }}"#,
    ),
    (
        Any,
        r#"{{ js (repeat 1000000 "\u2028") | len }}{{ html (repeat 1000000 "\x00") | len }}{{ urlquery (repeat 1000000 "\xff") | len }}"#,
    ),
    (Any, r#"{{ toJson (repeat 1000000 "\x00") | len }}{{ quote (repeat 1000000 "\xff") | len }}"#),
    (
        Any,
        r#"{{ printf "%x % X %q %+q %#q %s" (repeat 300000 .bin) (repeat 300000 .bin) (repeat 300000 .bin) (repeat 300000 .bin) "" "" | len }}"#,
    ),
    (
        Any,
        r#"{{ .s | splitList "" | join "\U0010ffff" | title | abbrev 5 | squote }}{{ len .bin }}{{ upper .bin | len }}"#,
    ),
    // Slow by nature.
    (Limit, r#"{{ range 1000 }}{{ $x := bcrypt "x" }}{{ end }}"#),
    (Limit, r#"{{ range 1000 }}{{ $x := htpasswd "u" "x" }}{{ end }}"#),
    (Limit, r#"{{ range 1000 }}{{ $x := derivePassword 1 "long" "p" "u" "s" }}{{ end }}"#),
    (Limit, r#"{{ range 1000 }}{{ $x := genPrivateKey "rsa" }}{{ end }}"#),
    (Limit, r#"{{ range 1000 }}{{ $x := genPrivateKey "dsa" }}{{ end }}"#),
    (Limit, r#"{{ range 1000000 }}{{ $x := genPrivateKey "ecdsa" }}{{ end }}"#),
    (Limit, r#"{{ range 1000000 }}{{ $x := genPrivateKey "ed25519" }}{{ end }}"#),
    (Limit, r#"{{ range 1000 }}{{ $x := genCA "x" 1 }}{{ end }}"#),
    (Limit, r#"{{ range 1000 }}{{ $x := genSelfSignedCert "x" (list "127.0.0.1") (list "a") 1 }}{{ end }}"#),
    (
        Any,
        r#"{{ genSelfSignedCert (repeat 1000000 "x") (list) (until 100000 | toStrings) 9223372036854775807 }}"#,
    ),
    (Any, r#"{{ genCA "x" -9223372036854775808 }}"#),
    (Any, r#"{{ (genCAWithKey "x" 9223372036854775807 (genPrivateKey "ecdsa")).Cert | len }}"#),
    (
        Any,
        r#"{{ derivePassword 1 "long" (repeat 1000000 "p") (repeat 1000000 "u") (repeat 1000000 "s") | len }}"#,
    ),
    (Any, r#"{{ buildCustomCert (repeat 1000000 "A") (repeat 1000000 "A") }}"#),
    (
        Any,
        r#"{{ encryptAES (repeat 1000000 "k") (repeat 1000000 "t") | decryptAES (repeat 1000000 "k") | len }}"#,
    ),
    (Any, r#"{{ decryptAES "" (repeat 1000000 "A") | len }}"#),
    (Limit, r#"{{ range 10000000 }}{{ $x := uuidv4 }}{{ end }}"#),
    // Templates that call each other.
    (Limit, r#"{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}"#),
    (
        Limit,
        r#"{{ define "t" }}{{ template "u" . }}{{ end }}{{ define "u" }}{{ with $ }}{{ range 2 }}{{ template "t" . }}{{ end }}{{ end }}{{ end }}{{ template "t" 1 }}"#,
    ),
    (Limit, r#"{{ template "tpl" . }}"#),
    (Limit, r#"{{ define "t" }}{{ template "t" (list .) }}{{ end }}{{ template "t" }}"#),
    (Limit, r#"{{ define "t" }}{{ template "t" (print . .) }}{{ end }}{{ template "t" "x" }}"#),
    (Any, r#"{{ call .s }}{{ and .s (call nil) }}"#),
];

#[test]
fn what_would_hurt_ends_soon() -> Result<()> {
    let all = all();
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<String>> {
        let mut peer = Peer::ours(super::render_lines(), Some(MEMORY_MIB), PATIENCE).with(NOW);
        let mut wrong = Vec::new();
        while let Some(hostile) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let start = Instant::now();
            let (answer, reply) = peer.ask_for_all(&hostile.question)?;
            let told = || {
                let steps = reply.and_then(|reply| reply.steps).unwrap_or_default();
                format!("{:.1?}, {steps} steps: {}", start.elapsed(), hostile.name)
            };
            if let Some(problem) = problem(hostile.end, &answer) {
                wrong.push(format!("{}\n    {problem}", told()));
            } else if start.elapsed() > Duration::from_secs(10) {
                println!("{}", told());
            }
        }
        Ok(wrong)
    };
    // Two at a time, as the controller of a busy cluster might; each process has a limit of its own.
    let wrong = thread::scope(|scope| {
        let others = scope.spawn(work);
        let mut wrong = work()?;
        wrong.extend(others.join().map_err(|_| anyhow!("a panic in the test"))??);
        anyhow::Ok(wrong)
    })?;
    println!("{} templates", all.len());
    ensure!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn what_would_hurt_ends_the_same_way() -> Result<()> {
    let peer = || Peer::ours(super::render_lines(), Some(MEMORY_MIB), PATIENCE).with(NOW).with(FEW_STEPS);
    let (mut one, mut other) = (peer(), peer());
    for hostile in all() {
        // Keys of RSA are drawn by the crypto library, and a few steps are enough for one.
        if hostile.name.contains("genCA") || hostile.name.contains("genSelf") {
            continue;
        }
        let (first, second) = (one.ask_for_all(&hostile.question)?, other.ask_for_all(&hostile.question)?);
        ensure!(first == second, "{}\n  {}\n  {}", hostile.name, brief(&first.0), brief(&second.0));
    }
    Ok(())
}

struct Hostile {
    name: String,
    end: End,
    question: Question,
}

fn all() -> Vec<Hostile> {
    let data = [("s", &b"s3cret"[..]), ("bin", b"\xff\x00\xe2\x82a")];
    let data: BTreeMap<_, _> =
        data.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
    let short = TEMPLATES.iter().map(|(end, text)| ((*text).to_owned(), *end, (*text).to_owned()));
    let long = long_ones().into_iter().map(|(name, end, text)| (name.to_owned(), end, text));
    let part = std::env::var("TEMPLATE_HOSTILE").unwrap_or_default();
    short
        .chain(long)
        .filter(|(name, ..)| name.contains(&part))
        .map(|(name, end, template)| {
            let question = Question { template, data: data.clone(), ..Question::default() };
            Hostile { name, end, question }
        })
        .collect()
}

/// What is wrong with an answer.
fn problem(end: End, answer: &Answer) -> Option<String> {
    match answer {
        Answer::Died(status) => Some(format!("the process ended: {status}")),
        Answer::Late => Some("no answer in time".to_owned()),
        Answer::Failed { stage, text, .. } if stage == "panic" || stage == "question" => {
            Some(format!("{stage}: {text}"))
        }
        Answer::Failed { cap: Some(_), .. } if end == Limit => None,
        _ if end == Limit => Some(format!("no limit: {}", brief(answer))),
        Answer::Failed { .. } if end == Output => Some(format!("no output: {}", brief(answer))),
        _ => None,
    }
}

/// Those that are long, or deep in themselves.
fn long_ones() -> Vec<(&'static str, End, String)> {
    let nested = |open: &str, inner: &str, close: &str, levels: usize| {
        format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
    };
    let mut doubling = String::new();
    for level in 0..26 {
        let _ = write!(
            doubling,
            "{{{{ define \"t{level}\" }}}}{{{{ template \"t{0}\" }}}}{{{{ template \"t{0}\" }}}}{{{{ end }}}}",
            level + 1
        );
    }
    doubling.push_str("{{ define \"t26\" }}{{ end }}{{ template \"t0\" }}");
    let many = |piece: &str, count: usize| piece.repeat(count);
    vec![
        ("26 templates that each call the next twice", Limit, doubling),
        ("blocks 50,000 deep", Any, nested("{{if true}}", "x", "{{end}}", 50_000)),
        ("blocks 9,000 deep", Any, nested("{{if true}}", "x", "{{end}}", 9_000)),
        ("ranges 9,000 deep", Any, nested("{{range 1}}", "x", "{{end}}", 9_000)),
        ("withs 9,000 deep", Any, nested("{{with 1}}", "x", "{{end}}", 9_000)),
        (
            "else if, 40,000 times",
            Any,
            format!("{{{{if false}}}}{}{{{{end}}}}", many("{{else if false}}", 40_000)),
        ),
        (
            "else with, 40,000 times",
            Any,
            format!("{{{{with false}}}}{}{{{{end}}}}", many("{{else with false}}", 40_000)),
        ),
        ("blocks in blocks", Any, nested("{{block \"x\" .}}", "x", "{{end}}", 5_000)),
        ("defines in defines", Any, nested("{{define \"x\"}}", "x", "{{end}}", 5_000)),
        ("open blocks", Any, many("{{if 1}}", 100_000)),
        ("parentheses 9,999 deep", Any, format!("{{{{ {} }}}}", nested("(", "1", ")", 9_999))),
        ("parentheses 400,000 deep", Any, format!("{{{{ {} }}}}", nested("(", "1", ")", 400_000))),
        ("calls 9,000 deep", Any, format!("{{{{ {} }}}}", nested("(not ", "1", ")", 9_000))),
        ("fields of parentheses, deep", Any, format!("{{{{ {} }}}}", nested("(", ".", ").x", 9_000))),
        ("a chain of 100,000 fields", Any, format!("{{{{ .{} }}}}", vec!["a"; 100_000].join("."))),
        ("a pipeline of 50,000 commands", Any, format!("{{{{ 1 {} }}}}", many("|not ", 50_000))),
        ("a pipeline of calls that grow", Limit, format!("{{{{ \"x\" {} }}}}", many("| repeat 2 ", 60))),
        ("300,000 arguments", Any, format!("{{{{ list {} }}}}", many("1 ", 300_000))),
        ("100,000 variables", Any, many("{{$x:=1}}", 100_000)),
        ("30,000 variables of other names, and the first of them", Any, {
            let mut text: String = (0..30_000).map(|n| format!("{{{{$v{n}:=1}}}}")).collect();
            text.push_str(&many("{{$v0}}", 30_000));
            text
        }),
        ("30,000 templates of other names", Any, {
            (0..25_000)
                .map(|n| format!("{{{{define \"t{n}\"}}}}{{{{template \"t{}\"}}}}{{{{end}}}}", n + 1))
                .collect()
        }),
        ("200,000 actions", Any, many("{{1}}", 200_000)),
        ("a megabyte of text", Output, many("x", 1_000_000)),
        ("a text beyond the limit", Limit, many("x", 2_000_000)),
        ("100,000 comments", Any, many("{{/**/}}", 100_000)),
        ("an open comment", Any, format!("{{{{/*{}", many("*", 900_000))),
        ("an open string", Any, format!("{{{{ \"{}", many("\\\\", 400_000))),
        ("open raw string", Any, format!("{{{{ `{}", many("\n", 900_000))),
        ("half a million line breaks and an error", Any, format!("{}{{{{ nope }}}}", many("\n", 900_000))),
        ("many trims", Any, many("  {{- 1 -}}  ", 80_000)),
        ("a number of a million digits", Any, format!("{{{{ {} }}}}", many("9", 900_000))),
        ("a fraction of a million digits", Any, format!("{{{{ 0.{} }}}}", many("9", 900_000))),
        ("an exponent of a million digits", Any, format!("{{{{ 1e{} }}}}", many("9", 900_000))),
        ("a name of a million letters", Any, format!("{{{{ {} }}}}", many("é", 400_000))),
        (
            "a template's name of a million letters",
            Any,
            format!("{{{{ template \"{}\" }}}}", many("é", 400_000)),
        ),
        ("an error at a command of a megabyte", Any, format!("{{{{ fail \"{}\" }}}}", many("é", 400_000))),
        (
            "errors nested in a command of a megabyte",
            Any,
            format!("{{{{ {} }}}}", nested("(list ", "(fail .s)", ")", 9_000)),
        ),
        ("a character constant that is long", Any, format!("{{{{ '{}' }}}}", many("a", 900_000))),
        ("braces", Any, many("{", 900_000)),
        ("braces and ends", Any, many("{{}}", 200_000)),
        ("ends", Any, many("{{end}}", 100_000)),
        ("breaks", Any, format!("{{{{range 1}}}}{}{{{{end}}}}", many("{{break}}", 90_000))),
        (
            "declarations within declarations",
            Any,
            format!("{{{{ {} }}}}", nested("($x := ", "1", ")", 9_000)),
        ),
    ]
}

fn brief(answer: &Answer) -> String {
    let text = match answer {
        Answer::Output(bytes) => format!("{} bytes: {}", bytes.len(), bytes.escape_ascii()),
        other => format!("{other:?}"),
    };
    text.chars().take(300).collect()
}
