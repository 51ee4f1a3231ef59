//! `seal --merge-into`: values go into a sealed file, and every byte that does not change stays.

use sealed_secrets_tests::workspace::{CANARY, Workspace, key_file, secret, secret_with};

/// A sealed file as people keep it: comments, an order and a layout of their own, two values, a `sealed-with` hint.
fn kept(workspace: &Workspace) -> String {
    let rest = format!("stringData:\n  old: {CANARY}\n  other: {CANARY}\n");
    let sealed = workspace.seal(&[]).stdin(secret_with("shop", "db", &rest)).ends(0);
    let sealed = sealed.text().to_owned();
    let value = |key: &str| {
        let line = sealed.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": "));
        line.map_or_else(|| panic!("no {key} in\n{sealed}"), str::to_owned)
    };
    let hint = value("sealkit.dev/sealed-with");
    format!(
        "# Managed by hand.\n\nkind: SealedSecret   # first the kind\napiVersion: \"bitnami.com/v1alpha1\"\n\
         spec:\n    # four columns\n    encryptedData:\n        other: {}   # the other one\n\n        old: >-\n            {}\n\
         \x20   template:\n        metadata: {{name: db, namespace: 'shop', labels: {{app: db}}}}\n        type: Opaque\n\
         metadata:\n    namespace: shop\n    annotations:\n        note: \"ünïcode\\t\" # kept\n        sealkit.dev/sealed-with: {hint}\n    name: db\n# the end\n",
        value("other"),
        value("old"),
    )
}

fn input(rest: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: ignored\n{rest}")
}

fn merge(
    workspace: &Workspace,
    target: &str,
    input: impl Into<Vec<u8>>,
) -> sealed_secrets_tests::workspace::Run {
    workspace.seal(&["--merge-into", target]).stdin(input)
}

#[test]
fn a_new_value_adds_its_line_and_changes_no_other_byte() {
    let workspace = Workspace::new();
    let text = kept(&workspace);
    for (name, line_end) in [("lf.yaml", "\n"), ("crlf.yaml", "\r\n")] {
        let target = text.replace('\n', line_end);
        workspace.write(name, &target);
        merge(&workspace, name, input(&format!("stringData:\n  new: {CANARY}\n"))).ends(0).prints_nothing();
        let merged = workspace.text(name);
        let added: Vec<_> =
            merged.split_inclusive('\n').filter(|line| line.starts_with("        new: AQ")).collect();
        assert_eq!(added.len(), 1, "{merged}");
        assert!(added[0].ends_with(line_end));
        assert_eq!(merged.replacen(added[0], "", 1), target);
        let opened = workspace.opened(&[name]).remove(0);
        assert_eq!(opened.data.keys().collect::<Vec<_>>(), ["new", "old", "other"]);
        assert!(opened.data.values().all(|value| value == CANARY.as_bytes()));
    }
}

#[test]
fn a_value_that_is_there_is_replaced_in_its_place() {
    let workspace = Workspace::new();
    let target = kept(&workspace);
    workspace.write("t.yaml", &target);
    merge(&workspace, "t.yaml", input("stringData:\n  other: replaced\n")).ends(0);
    let merged = workspace.text("t.yaml");
    let different: Vec<_> =
        target.lines().zip(merged.lines()).filter(|(before, after)| before != after).collect();
    assert_eq!(target.lines().count(), merged.lines().count());
    let [(before, after)] = different[..] else { panic!("more than one line changed\n{merged}") };
    assert!(
        before.starts_with("        other: AQ")
            && after.starts_with("        other: AQ")
            && after.ends_with("   # the other one")
    );
    let opened = workspace.opened(&["t.yaml"]).remove(0);
    assert_eq!(opened.data["other"], b"replaced");
    assert_eq!(opened.data["old"], CANARY.as_bytes());
}

#[test]
fn labels_and_annotations_go_into_the_template() {
    let workspace = Workspace::new();
    let sealed = workspace.seal(&[]).stdin(secret("shop", "db")).ends(0);
    workspace.write("t.yaml", format!("# kept\n{}", sealed.text()));
    let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  labels: {team: red}\n  annotations: {why: because}\nstringData:\n  new: x\n";
    merge(&workspace, "t.yaml", text).ends(0);
    let merged = workspace.text("t.yaml");
    assert!(
        merged.starts_with("# kept\n---\n")
            && merged.contains("team: red\n")
            && merged.contains("why: because\n"),
        "{merged}"
    );
    assert_eq!(workspace.opened(&["t.yaml"])[0].data.len(), 2);
}

#[test]
fn json_stays_json_and_yaml_yaml_whatever_the_input_is() {
    let workspace = Workspace::new();
    let json = workspace.seal(&["-o", "json"]).stdin(secret("shop", "db")).ends(0);
    workspace.write("t.json", json.text());
    merge(&workspace, "t.json", input("stringData: {new: x}\n")).ends(0);
    let merged: serde_json::Value = serde_json::from_slice(&workspace.read("t.json")).unwrap();
    assert_eq!(merged["spec"]["encryptedData"].as_object().unwrap().len(), 2);
    let yaml = workspace.seal(&["-o", "yaml"]).stdin(secret("shop", "db")).ends(0);
    workspace.write("t.yaml", yaml.text());
    merge(&workspace, "t.yaml", "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"stringData\":{\"new\":\"x\"}}")
        .ends(0);
    assert!(workspace.text("t.yaml").starts_with("---\napiVersion: bitnami.com/v1alpha1\n"));
    assert_eq!(
        workspace.opened(&["t.json", "t.yaml"]).iter().map(|secret| secret.data.len()).collect::<Vec<_>>(),
        [2, 2]
    );
}

#[test]
fn a_scope_clash_is_refused() {
    let workspace = Workspace::new();
    for (target, asked) in
        [("strict", "cluster-wide"), ("namespace-wide", "cluster-wide"), ("cluster-wide", "namespace-wide")]
    {
        let sealed = workspace.seal(&["--scope", target]).stdin(secret("shop", "db")).ends(0);
        workspace.write("t.yaml", sealed.text());
        let before = workspace.tree();
        let ran =
            merge(&workspace, "t.yaml", input("stringData: {new: x}\n")).args(&["--scope", asked]).ends(1);
        ran.says(&format!("sealed with scope {target}, the input asks for {asked}"))
            .says("hint: leave --scope");
        assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
        merge(&workspace, "t.yaml", input("stringData: {new: x}\n")).ends(0);
        assert_eq!(workspace.opened(&["t.yaml"])[0].data.len(), 2, "{target}");
    }
    let sealed = workspace.seal(&[]).stdin(secret("shop", "db")).ends(0);
    workspace.write("t.yaml", sealed.text());
    let by_annotation = "apiVersion: v1\nkind: Secret\nmetadata:\n  annotations:\n    sealedsecrets.bitnami.com/cluster-wide: \"true\"\nstringData: {a: b}\n";
    merge(&workspace, "t.yaml", by_annotation).ends(1).says("sealed with scope strict");
}

#[test]
fn strict_is_a_scope_that_clashes_like_any_other_if_it_is_asked_for() {
    let workspace = Workspace::new();
    let sealed = workspace.seal(&["--scope", "namespace-wide"]).stdin(secret("shop", "db")).ends(0);
    workspace.write("t.yaml", sealed.text());
    let before = workspace.tree();
    let ran =
        merge(&workspace, "t.yaml", input("stringData: {new: x}\n")).args(&["--scope", "strict"]).ends(1);
    ran.says("sealed with scope namespace-wide, the input asks for strict");
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

/// Merges a text that must be refused, and asks that the target stays as it is.
#[track_caller]
fn refused(text: &str, messages: &[&str]) {
    let workspace = Workspace::new();
    workspace.write("t.yaml", kept(&workspace));
    let before = workspace.tree();
    let ran = merge(&workspace, "t.yaml", text).ends(1).prints_nothing();
    messages.iter().fold(ran, |ran, message| ran.says(message));
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn a_key_that_a_secret_cannot_have_is_not_merged() {
    refused(&input(&format!("stringData:\n  \"a b\": {CANARY}\n")), &["not a key that a Secret can have"]);
}

#[test]
fn a_key_that_is_given_twice_is_not_merged() {
    let twice = input(&format!("stringData:\n  a: {CANARY}\n  a: {CANARY}\n"));
    refused(&twice, &["stringData.a is given a second time"]);
    let objects = format!("{}{}", secret("shop", "a"), secret("shop", "b"));
    refused(&objects, &["is given a second time", "`---`"]);
}

#[test]
fn an_object_of_another_kind_is_not_merged() {
    let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: Yg==\n";
    refused(settings, &["no secrets found"]);
    refused("stringData:\n  a: b\n", &["it has no kind"]);
    let workspace = Workspace::new();
    workspace.write("t.yaml", kept(&workspace));
    let both = format!("{settings}---\n{}", input("stringData: {new: x}\n"));
    merge(&workspace, "t.yaml", both).ends(0).says("note: stdin: ConfigMap a is passed over");
    assert_eq!(workspace.opened(&["t.yaml"])[0].data.len(), 3);
}

#[test]
fn a_secret_that_cannot_be_read_whole_is_not_merged() {
    refused(&input(&format!("data:\n  a: {CANARY}\n")), &["stdin, document 1", "data.a"]);
    refused(&input(""), &["secret.data is empty"]);
    refused(
        &format!("{}---\n{}", secret("shop", "a"), secret("shop", "b")),
        &["holds 2 objects, and one can be merged"],
    );
    refused(&format!("{}---\n{{", secret("shop", "a")), &["stdin: document 2, line 9"]);
    refused("", &["no secrets found"]);
}

#[test]
fn an_unknown_field_is_a_warning() {
    let workspace = Workspace::new();
    workspace.write("t.yaml", kept(&workspace));
    let text = input("  annotation: {a: b}\nstringData: {new: x}\n");
    merge(&workspace, "t.yaml", text).ends(0).says("did you mean metadata.annotations?");
}

#[test]
fn a_namespace_that_is_not_the_targets_is_refused() {
    let workspace = Workspace::new();
    workspace.write("t.yaml", kept(&workspace));
    let before = workspace.tree();
    let run = merge(&workspace, "t.yaml", input("stringData: {a: b}\n")).args(&["--namespace", "elsewhere"]);
    run.ends(1).says("namespace mismatch");
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn targets_that_cannot_be_merged_into_stay_as_they_are() {
    let workspace = Workspace::new();
    let sealed = kept(&workspace);
    let targets = [
        (secret("shop", "db"), "is no SealedSecret to merge into"),
        ("just text\n".to_owned(), "a text is no object"),
        (String::new(), "it is empty"),
        (format!("{sealed}---\n{sealed}"), "more than one document"),
        (format!("{sealed}...\nmore: x\n"), "what follows would be lost"),
        (sealed.replace("encryptedData:", "encryptedData: ["), "line "),
        (sealed.replace("    name: db\n", ""), "no metadata.name"),
    ];
    for (target, message) in targets {
        workspace.write("t.yaml", target);
        let before = workspace.tree();
        merge(&workspace, "t.yaml", input("stringData: {a: b}\n"))
            .ends(1)
            .prints_nothing()
            .says("t.yaml")
            .says(message);
        assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
    }
    merge(&workspace, "missing.yaml", input("stringData: {a: b}\n"))
        .ends(1)
        .says("missing.yaml: no such file or directory");
}

#[test]
fn a_target_of_two_objects_without_a_line_between_them_stays_as_it_is() {
    let workspace = Workspace::new();
    let sealed = kept(&workspace);
    workspace.write("t.yaml", format!("{sealed}{sealed}"));
    let before = workspace.tree();
    merge(&workspace, "t.yaml", input("stringData: {a: b}\n")).ends(1).says("is given a second time");
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn the_mode_is_kept_and_a_link_is_followed() {
    let workspace = Workspace::new();
    workspace.write("real/t.yaml", kept(&workspace));
    workspace.set_mode("real/t.yaml", 0o640);
    workspace.link("link.yaml", "real/t.yaml");
    let before = workspace.tree();
    merge(&workspace, "link.yaml", input("stringData: {new: x}\n")).ends(0);
    assert_eq!(before.changes(&workspace.tree()), ["~ real/t.yaml"]);
    assert_eq!(workspace.mode("real/t.yaml"), 0o640);
}

#[test]
fn the_certificate_of_the_new_value_is_noted() {
    let workspace = Workspace::new();
    workspace.write("t.yaml", kept(&workspace));
    let run = workspace.run().arg("--cert").arg(key_file("k2048b.crt.pem")).args(&["--merge-into", "t.yaml"]);
    run.stdin(input("stringData: {new: x}\n")).ends(0);
    let text = workspace.text("t.yaml");
    let hint = text.lines().find(|line| line.contains("sealed-with")).unwrap();
    assert_eq!(hint.matches("SHA256:").count(), 2, "{hint}");
    // Neither key alone opens it now, both together do.
    workspace.unseal(&["t.yaml"]).ends(1).prints_nothing();
    let both = workspace.unseal(&["t.yaml", "-o", "json"]).arg("--key").arg(key_file("k2048b.key.pem"));
    assert_eq!(both.ends(0).secrets()[0].data.len(), 3);
}
