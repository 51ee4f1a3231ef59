//! Templates of his that make as much as they may: the controller lives within the memory of its Deployment, and the neighbour
//! does not wait for them.

use std::time::Duration;

use anyhow::{Result, ensure};
use sealed_secrets::RENDERING_FAILED;
use sealed_secrets_tests::cluster::World;
use serde_json::{Map, Value, json};

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

/// Thirty objects of a kilobyte whose Secrets are as large as Secrets may be, and some whose trees are larger than their
/// texts: all at once, and at a restart.
pub(crate) fn small_objects_of_much(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "much", false, &[])?;
    let ones = " 1".repeat(400_000);
    for number in 0..32 {
        let mut object = attack.sealed(&format!("much-{number}"), &[("word", "canary-of-his")])?;
        object["spec"]["template"]["data"] = match number {
            0 | 1 => json!({ "made": format!("{{{{print{ones}}}}}") }),
            _ => {
                json!({ "a": "{{ repeat 500000 \"x\" }}", "b": format!("{{{{ repeat 500000 \"{}\" }}}}", number % 10) })
            }
        };
        attack.create(&object)?;
    }
    let busy = attack.served(5)?;
    for number in 0..32 {
        attack.settled(&format!("much-{number}"))?;
    }
    attack.synced("much-2")?;
    let first = attack.stage.controller.process.usage()?.peak;
    // Every one of them changes while nobody looks.
    attack.stage.controller.process.freeze()?;
    for number in 2..32 {
        let path = attack.his.sealed_secret(&format!("much-{number}"));
        attack.mallory.merge(&path, &json!({"spec": {"template": {"data": {"c": "{{ .word }}"}}}}))?;
    }
    attack.stage.controller.process.thaw()?;
    let again = attack.served(5)?;
    for number in 2..32 {
        attack.settled(&format!("much-{number}"))?;
    }
    println!(
        "small objects of much: peak {} MiB; the neighbour waits {busy:?}, then {again:?} at most",
        first >> 20
    );
    ensure!(busy.max(again) < Duration::from_secs(10), "the neighbour waited {busy:?}, {again:?}");
    attack.end("small objects of much")
}

/// Legal objects of nearly a MiB, all of which changed while the controller was down.
pub(crate) fn large_objects(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "large", false, &[])?;
    let value = |number: usize| number.to_string().repeat(700_000 / number.to_string().len());
    attack.stage.controller.process.freeze()?;
    for number in 10..40 {
        attack.create(&attack.sealed(&format!("large-{number}"), &[("a", &value(number))])?)?;
    }
    attack.stage.controller.process.thaw()?;
    let busy = attack.served(5)?;
    for number in 10..40 {
        attack.synced(&format!("large-{number}"))?;
    }
    println!("large objects: the neighbour waits {busy:?} at most");
    ensure!(busy < Duration::from_secs(10), "the neighbour waited {busy:?}");
    attack.end("large objects")
}
/// Objects with a template of 1 MB that is all nodes.
const FULL_OF_NODES: [&str; 3] = ["nodes-1", "nodes-2", "nodes-3"];

pub(crate) fn greedy(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "greedy", false, &[])?;
    for (name, template) in GREEDY {
        let mut object = attack.sealed(name, &[("word", "canary-of-his")])?;
        object["spec"]["template"]["data"] = json!({ "made": template });
        attack.create(&object)?;
    }
    // Sealed for another name, these do not open; what is wrong with their templates is told all the same.
    for name in FULL_OF_NODES {
        let mut object = attack.sealed("elsewhere", &[("word", "canary-of-his")])?;
        object["metadata"]["name"] = json!(name);
        let template = format!("{{{{print{}}}}}", " 1".repeat(500_000));
        object["spec"]["template"]["data"] = json!({ "made": template });
        attack.create(&object)?;
    }
    let busy = attack.served(5)?;
    for (name, _) in GREEDY {
        attack.settled(name)?;
    }
    for name in FULL_OF_NODES {
        let told = attack.failed(name)?;
        let message = told["message"].as_str().unwrap_or_default();
        ensure!(
            message.contains("no key could decrypt secret") && message.contains("too many parts"),
            "{message}"
        );
    }
    let peak = attack.stage.controller.process.usage()?.peak;
    ensure!(peak < 128 << 20, "what they take of memory stays with the process: {} MiB", peak >> 20);
    println!("{} greedy templates: the neighbour waits {busy:?} at most", GREEDY.len());
    ensure!(busy < Duration::from_secs(10), "the neighbour waited {busy:?}");
    attack.end("greedy templates")
}

/// The largest Secret that is sent is one that the API server and etcd take; the next larger one fails as any other template
/// does, without a word of theirs.
pub(crate) fn sizes(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "sizes", false, &[])?;
    // 400 keys of 100 bytes; in base64 the values are 1,398,400 bytes.
    let entries: Map<String, Value> =
        (0..400).map(|number| (format!("{number:0100}"), json!("{{ repeat 2620 \"x\" }}"))).collect();
    let sized = |name: &str, note: usize| -> Result<()> {
        let mut object = attack.sealed(name, &[])?;
        object["spec"]["template"]["metadata"]["annotations"] = json!({ "note": "x".repeat(note) });
        object["spec"]["template"]["data"] = Value::Object(entries.clone());
        attack.create(&object)?;
        Ok(())
    };
    sized("fits", 50_000)?;
    sized("too-large", 60_000)?;
    attack.synced("fits")?;
    let told = attack.failed("too-large")?;
    ensure!(told["message"] == RENDERING_FAILED, "{told}");
    attack.end("sizes")
}
