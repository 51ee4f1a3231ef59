//! The report for programs: where it goes, and what is in it.

use std::collections::BTreeSet;

use sealed_secrets_tests::workspace::{Workspace, key_file, secret};
use serde_json::{Value, json};

/// A folder of which one file is sealed, one has a warning and another kind in it, one is skipped, one fails.
fn workspace() -> Workspace {
    let workspace = Workspace::with_secrets(&["s/a.yaml"]);
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n";
    workspace.write(
        "s/b.yaml",
        format!("{}---\n{other}", secret("shop", "b").replace("stringData", "unknown: 1\nstringData")),
    );
    workspace.write("s/c.yaml", other);
    workspace.write("s/d.yaml", secret("shop", "My_Name"));
    workspace
}

/// Checks every field of the report: which there are, and of what kind.
fn check(report: &Value) {
    let fields = |value: &Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    let set = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    assert_eq!(fields(report), set(&["version", "files", "summary"]));
    assert_eq!(report["version"], 1);
    assert_eq!(report["summary"], json!({ "sealed": 2, "skipped": 1, "failed": 1 }));
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), 4);
    let object = |name: &str| json!({ "kind": "Secret", "namespace": "shop", "name": name });

    assert_eq!(
        files[0],
        json!({ "source": "s/a.yaml", "result": "sealed", "target": "s/a-sealedsecret.yaml", "objects": [object("a")] })
    );
    assert_eq!(fields(&files[1]), set(&["source", "result", "target", "objects", "passedOver", "warnings"]));
    assert_eq!(
        files[1]["passedOver"],
        json!([{ "kind": "ConfigMap", "namespace": "shop", "name": "settings" }])
    );
    assert!(files[1]["warnings"][0].as_str().unwrap().contains("unknown field unknown"));
    assert_eq!(files[2], json!({ "source": "s/c.yaml", "result": "skipped", "reason": "no Secret in it" }));
    assert_eq!(fields(&files[3]), set(&["source", "result", "errors"]));
    assert_eq!(files[3]["result"], "failed");
    assert_eq!(fields(&files[3]["errors"][0]), set(&["message", "hint"]));
    assert!(files[3]["errors"][0]["message"].as_str().unwrap().contains("My_Name"));
    assert!(files[3]["errors"][0]["hint"].is_string());
}

#[test]
fn on_stdout() {
    let workspace = workspace();
    let ran = workspace
        .seal(&["s", "--report", "json"])
        .ends(1)
        .says("sealed 2 objects in 2 files, 1 skipped, 1 failed");
    let reports = ran.json();
    assert_eq!(reports.len(), 1);
    check(&reports[0]);
}

#[test]
fn in_a_file() {
    let workspace = workspace();
    for _ in 0..2 {
        workspace
            .seal(&[
                "s/a.yaml",
                "s/b.yaml",
                "s/c.yaml",
                "s/d.yaml",
                "--report",
                "json",
                "--report-to",
                "report.json",
            ])
            .ends(1)
            .prints_nothing();
        check(&serde_json::from_slice(&workspace.read("report.json")).unwrap());
    }
}

#[test]
fn on_a_descriptor_that_is_a_pipe() {
    let workspace = workspace();
    let ran = workspace
        .script("exec \"$@\" 3>&1 >/dev/null")
        .arg("--cert")
        .arg(key_file("k2048.crt.pem"))
        .args(&["s", "--report", "json", "--report-to", "fd:3"])
        .ends(1);
    check(&ran.json()[0]);
}

#[test]
fn on_a_descriptor_that_is_a_file() {
    let workspace = workspace();
    workspace
        .script("exec \"$@\" 3>report.json")
        .arg("--cert")
        .arg(key_file("k2048.crt.pem"))
        .args(&["s", "--report", "json", "--report-to", "fd:3"])
        .ends(1)
        .prints_nothing();
    check(&serde_json::from_slice(&workspace.read("report.json")).unwrap());
}

#[test]
fn beside_sealed_objects_on_stdout() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let run = |arguments: &[&str]| {
        workspace.seal(&["a.yaml", "--stdout", "--report", "json", "-o", "json"]).args(arguments)
    };
    run(&[]).ends(2).says("both want the standard output").says("--report-to").prints_nothing();
    let ran = run(&["--report-to", "report.json"]).ends(0);
    assert_eq!(ran.json()[0]["kind"], "SealedSecret");
    let report: Value = serde_json::from_slice(&workspace.read("report.json")).unwrap();
    assert_eq!(report["files"][0]["target"], Value::Null);
}

#[test]
fn in_a_place_that_cannot_be_written() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let run = |place: &str| workspace.seal(&["a.yaml", "--report", "json", "--report-to", place]);
    run("/dev/full").ends(1).says("write /dev/full: no space left on device");
    run("missing/report.json").ends(1).says("missing/report.json: no such file or directory");
    run("fd:99").ends(1).says("fd");
    run("fd:x").ends(2).says("a number is wanted after fd:");
    workspace.seal(&["a.yaml", "--report", "xml"]).ends(2);
    workspace.seal(&["a.yaml", "--report-to", "report.json"]).ends(2).says("--report");
    assert!(workspace.has("a-sealedsecret.yaml"));
}

#[test]
fn of_nothing() {
    let workspace = Workspace::new();
    workspace.folder("empty");
    let report = workspace.seal(&["empty", "--report", "json"]).ends(1).json().remove(0);
    assert_eq!(
        report,
        json!({ "version": 1, "files": [], "summary": { "sealed": 0, "skipped": 0, "failed": 0 } })
    );
}
