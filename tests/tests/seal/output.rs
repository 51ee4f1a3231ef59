//! In what form sealed objects are written, and that they open to what went in.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets_tests::secrets::Secret;
use sealed_secrets_tests::workspace::{Workspace, secret, secret_json, secret_with};

#[test]
fn the_format_of_the_input_is_kept() {
    let workspace = Workspace::with_secrets(&["a.yaml", "b.yml"]);
    workspace.write("c.json", secret_json("shop", "c"));
    workspace.seal(&["."]).ends(0);
    for yaml in ["a-sealedsecret.yaml", "b-sealedsecret.yml"] {
        assert!(
            workspace.text(yaml).starts_with("---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n")
        );
    }
    assert!(workspace.text("c-sealedsecret.json").starts_with("{\n  \"kind\": \"SealedSecret\""));
}

#[test]
fn a_format_that_is_asked_for_shows_in_the_name() {
    let workspace = Workspace::with_secrets(&["a.yaml", "b.yml"]);
    workspace.write("c.json", secret_json("shop", "c"));
    workspace.seal(&["a.yaml", "b.yml", "c.json", "--format", "json", "--output-dir", "json"]).ends(0);
    for name in ["json/a-sealedsecret.json", "json/b-sealedsecret.json", "json/c-sealedsecret.json"] {
        assert!(workspace.text(name).starts_with('{'), "{name}");
    }
    workspace.seal(&["a.yaml", "b.yml", "c.json", "-o", "yaml", "--output-dir", "yaml"]).ends(0);
    for name in ["yaml/a-sealedsecret.yaml", "yaml/b-sealedsecret.yml", "yaml/c-sealedsecret.yaml"] {
        assert!(workspace.text(name).starts_with("---\n"), "{name}");
    }
    workspace.seal(&["a.yaml", "--format", "xml"]).ends(2).says("unsupported output format: xml");
}

#[test]
fn stdout_gets_what_can_be_sealed_and_nothing_else_is_written() {
    let workspace = Workspace::with_secrets(&["s/a.yaml", "s/b.yaml", "s/c.yaml"]);
    workspace.write("s/b.yaml", format!("{}---\n{{", secret("shop", "b")));
    let before = workspace.tree();
    let ran = workspace.seal(&["s", "--stdout", "--format", "json"]).ends(1).says("s/b.yaml");
    let names: Vec<_> = ran.json().iter().map(|sealed| sealed["metadata"]["name"].clone()).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn stdin_is_one_of_the_paths() {
    let workspace = Workspace::with_secrets(&["a.yaml", "z.yaml"]);
    let run = |arguments: &[&str]| workspace.seal(arguments).stdin(secret("shop", "typed"));
    let names = |arguments: &[&str]| -> Vec<_> {
        run(arguments).ends(0).json().iter().map(|sealed| sealed["metadata"]["name"].clone()).collect()
    };
    assert_eq!(names(&["-", "--stdout", "-o", "json"]), ["typed"]);
    assert_eq!(names(&["a.yaml", "-", "z.yaml", "--stdout", "-o", "json"]), ["a", "typed", "z"]);
    let before = workspace.tree();
    run(&["-"])
        .ends(2)
        .says("stdin (-) has no name that its sealed file could take")
        .says("--stdout")
        .prints_nothing();
    run(&["a.yaml", "-"]).ends(2).prints_nothing();
    run(&["-", "--output-dir", "out"]).ends(2).prints_nothing();
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn stdin_without_paths_keeps_its_format() {
    let workspace = Workspace::new();
    let yaml = workspace.seal(&[]).stdin(secret("shop", "db")).ends(0);
    assert!(yaml.text().starts_with("---\napiVersion: bitnami.com/v1alpha1\n"), "{yaml}");
    let json = workspace.seal(&[]).stdin(secret_json("shop", "db")).ends(0);
    assert_eq!(json.json()[0]["kind"], "SealedSecret");
}

/// Values of every byte, of none, of texts that YAML would take for something else.
fn values() -> BTreeMap<String, Vec<u8>> {
    let all: Vec<u8> = (0..=255).collect();
    let texts = [
        "",
        "yes",
        "12e4567",
        "0755",
        " leading",
        "trailing ",
        "a\nb\n",
        "\u{feff}bom",
        "ключ 🔑",
        "line\r\nend",
        "{{ .x }}",
    ];
    let mut values: BTreeMap<_, _> =
        texts.iter().enumerate().map(|(at, text)| (format!("text{at}"), text.as_bytes().to_vec())).collect();
    values.insert("all.bytes".into(), all.repeat(5));
    values.insert(".dotted_KEY-1".into(), vec![0]);
    values.insert("large".into(), all.repeat(256));
    values
}

#[test]
fn what_was_sealed_opens_to_the_same_bytes() {
    let workspace = Workspace::new();
    let data = values();
    for scope in ["strict", "namespace-wide", "cluster-wide"] {
        let wanted = Secret {
            name: "db".into(),
            namespace: "shop".into(),
            kind: "example.com/own".into(),
            data: data.clone(),
        };
        workspace.write("db.json", wanted.to_json(&[]).to_string());
        workspace.write("db.yaml", wanted.to_yaml(&[]));
        for format in ["json", "yaml"] {
            let folder = format!("{scope}-{format}");
            workspace
                .seal(&["db.json", "--scope", scope, "--format", format, "--output-dir", &folder])
                .ends(0);
            let file = format!("{folder}/db-sealedsecret.{format}");
            assert!(workspace.opened(&[&file]) == [wanted.clone()], "{file} opens to something else");
        }
        let folder = format!("{scope}-from-yaml");
        workspace.seal(&["db.yaml", "--scope", scope, "--output-dir", &folder]).ends(0);
        assert!(workspace.opened(&[&folder]) == [wanted], "{folder} opens to something else");
    }
}

#[test]
fn the_examples_open_to_what_they_were() {
    let workspace = Workspace::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kam/secrets");
    let mut wanted = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        workspace.write(&format!("secrets/{name}"), std::fs::read(&path).unwrap());
        wanted.insert(name, ());
    }
    assert!(wanted.len() >= 5, "the examples are gone");
    workspace.seal(&["secrets", "--output-dir", "sealed"]).ends(0);
    let opened = workspace.opened(&["sealed"]);
    assert_eq!(opened.len(), wanted.len());
    assert!(opened.iter().all(|secret| !secret.data.is_empty()));
    let regcred = opened.iter().find(|secret| secret.name == "regcred").unwrap();
    assert_eq!(regcred.kind, "kubernetes.io/dockerconfigjson");
    assert!(workspace.has("sealed/docker-config-sealedsecret.yaml"));
}

#[test]
fn string_data_wins_and_a_block_of_base64_is_read() {
    let workspace = Workspace::new();
    let binary: Vec<u8> = (0..=255).collect();
    let encoded = STANDARD.encode(&binary);
    let (first, second) = encoded.split_at(76);
    let rest =
        format!("data:\n  both: b2xk\n  block: |\n    {first}\n    {second}\nstringData:\n  both: new\n");
    workspace.write("db.yaml", secret_with("shop", "db", &rest));
    workspace.seal(&["db.yaml"]).ends(0);
    let opened = workspace.opened(&["db-sealedsecret.yaml"]).remove(0);
    assert_eq!(opened.data["both"], b"new");
    assert_eq!(opened.data["block"], binary);
}

#[test]
fn the_mode_of_a_new_file_is_the_umask_and_of_an_old_one_its_own() {
    let workspace = Workspace::with_secrets(&["old.yaml", "new.yaml"]);
    workspace.seal(&["old.yaml"]).ends(0);
    workspace.set_mode("old-sealedsecret.yaml", 0o640);
    let certificate = sealed_secrets_tests::workspace::key_file("k2048.crt.pem");
    let with_umask = |umask: &str| {
        let script = format!("umask {umask}; exec \"$@\"");
        workspace.script(&script).arg("--cert").arg(&certificate)
    };
    with_umask("022").args(&["old.yaml", "new.yaml"]).ends(0);
    assert_eq!(workspace.mode("old-sealedsecret.yaml"), 0o640);
    assert_eq!(workspace.mode("new-sealedsecret.yaml"), 0o644);
    workspace.set_mode("old-sealedsecret.yaml", 0o664);
    with_umask("077").args(&["old.yaml"]).ends(0);
    assert_eq!(workspace.mode("old-sealedsecret.yaml"), 0o664);
    with_umask("027").args(&["new.yaml", "--output-dir", "out"]).ends(0);
    assert_eq!(workspace.mode("out/new-sealedsecret.yaml"), 0o640);
}

#[test]
fn a_pipe_that_closes_early_is_a_failure_without_a_panic() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let certificate = sealed_secrets_tests::workspace::key_file("k2048.crt.pem");
    let ran = workspace
        .script("(sleep 0.3; \"$@\"; echo \"status $?\" >&2) | true")
        .arg("--cert")
        .arg(certificate)
        .args(&["a.yaml", "--stdout"])
        .end();
    ran.says("status 1").says("broken pipe").keeps_quiet_about("panicked");
}
