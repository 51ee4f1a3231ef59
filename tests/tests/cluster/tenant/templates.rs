//! Templates of his that make as much as they may: the controller lives within the memory of its Deployment, and the neighbour
//! does not wait for them.

use std::time::Duration;

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::World;
use serde_json::json;

use super::mallory::Attack;

/// Texts, lists, dictionaries, patterns, outputs: each up to one of the limits, or close to it.
const GREEDY: &[(&str, &str)] = &[
    (
        "texts",
        r#"{{ $x := repeat 16000000 "x" }}{{ $y := upper $x }}{{ $z := b64enc (trunc 9000000 $y) }}{{ len $z }}"#,
    ),
    ("pieces", r#"{{ $x := repeat 400000 "ab," }}{{ splitList "," $x | len }}"#),
    ("numbers", r#"{{ $x := until 150000 }}{{ $y := reverse $x }}{{ $z := concat $x $y }}{{ len $z }}"#),
    (
        "keys",
        r#"{{ $d := dict }}{{ range $i := until 200000 }}{{ $_ := set $d (toString $i) $i }}{{ end }}{{ len $d }}"#,
    ),
    ("json", r#"{{ until 100000 | toJson | fromJson | toPrettyJson | len }}"#),
    ("pattern", r#"{{ regexFindAll "\\pL{1000}|\\pN{500}" (repeat 200000 "word") -1 | len }}"#),
    ("matches", r#"{{ regexReplaceAll "(w)(o)(r)(d)" (repeat 100000 "word") "$4$3$2$1$4$3$2$1" | len }}"#),
    ("output", r#"{{ range until 100 }}{{ repeat 40000 "x" }}{{ end }}"#),
    ("itself", r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $d }}"#),
];

pub(crate) fn greedy(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "greedy", false, &[])?;
    for (name, template) in GREEDY {
        let mut object = attack.sealed(name, &[("word", "canary-of-his")])?;
        object["spec"]["template"]["data"] = json!({ "made": template });
        attack.create(&object)?;
    }
    let busy = attack.served(5)?;
    for (name, _) in GREEDY {
        attack.settled(name)?;
    }
    println!("{} greedy templates: the neighbour waits {busy:?} at most", GREEDY.len());
    ensure!(busy < Duration::from_secs(10), "the neighbour waited {busy:?}");
    attack.end("greedy templates")
}
