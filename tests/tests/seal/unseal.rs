//! `seal unseal`: files and folders opened with keys and key backups.

use sealed_secrets_tests::golden::inputs;
use sealed_secrets_tests::workspace::{CANARY, Workspace, key_file, secret, secret_json, secret_with};

/// A folder `sealed` with one object a file.
fn sealed(files: &[&str]) -> Workspace {
    let sources: Vec<String> = files.iter().map(|file| format!("s/{file}")).collect();
    let workspace = Workspace::with_secrets(&sources.iter().map(String::as_str).collect::<Vec<_>>());
    workspace.seal(&["s", "--output-dir", "sealed"]).ends(0);
    workspace
}

#[test]
fn the_format_of_each_file_is_kept_or_as_wished() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    workspace.write("b.json", secret_json("shop", "b"));
    workspace.seal(&["."]).ends(0);
    let yaml = workspace.unseal(&["a-sealedsecret.yaml"]).ends(0);
    assert!(yaml.text().starts_with("---\n") && yaml.text().contains("kind: Secret\n"), "{yaml}");
    assert_eq!(yaml.stderr, "");
    let json = workspace.unseal(&["b-sealedsecret.json"]).ends(0);
    assert_eq!(json.json()[0]["kind"], "Secret");
    let both = workspace.unseal(&["a-sealedsecret.yaml", "b-sealedsecret.json", "-o", "json"]).ends(0);
    assert_eq!(both.secrets().len(), 2);
    workspace.unseal(&["a-sealedsecret.yaml", "-o", "xml"]).ends(2).says("unsupported output format");
}

#[test]
fn an_output_folder_gets_files_for_the_user_alone() {
    let workspace = sealed(&["a.yaml", "deep/b-secret.json", "deep/er/c.yaml"]);
    let before = workspace.tree();
    workspace
        .unseal(&["sealed", "--output-dir", "opened"])
        .ends(0)
        .prints_nothing()
        .says("opened 3 objects in 3 files");
    let opened = [
        "+ opened",
        "+ opened/a-secret.yaml",
        "+ opened/deep",
        "+ opened/deep/b-secret.json",
        "+ opened/deep/er",
        "+ opened/deep/er/c-secret.yaml",
    ];
    assert_eq!(before.changes(&workspace.tree()), opened);
    for file in ["opened/a-secret.yaml", "opened/deep/b-secret.json", "opened/deep/er/c-secret.yaml"] {
        assert_eq!(workspace.mode(file), 0o600, "{file}");
    }
    // Opened Secrets can be sealed again as they are.
    workspace.seal(&["opened", "--output-dir", "again"]).ends(0).says("sealed 3 objects in 3 files");
}

#[test]
fn a_file_that_is_opened_again_is_for_the_user_alone_whatever_it_was() {
    let workspace = sealed(&["a.yaml"]);
    workspace.unseal(&["sealed", "--output-dir", "opened"]).ends(0);
    workspace.set_mode("opened/a-secret.yaml", 0o644);
    workspace.unseal(&["sealed", "--output-dir", "opened"]).ends(0);
    assert_eq!(workspace.mode("opened/a-secret.yaml"), 0o600);
}

#[test]
fn what_is_there_is_replaced_only_by_the_same_secret() {
    let workspace = sealed(&["a.yaml", "b.yaml", "c.yaml", "d.yaml"]);
    workspace.write("opened/a-secret.yaml", secret("shop", "a"));
    workspace.write("opened/b-secret.yaml", secret("elsewhere", "b"));
    workspace.link("opened/c-secret.yaml", "../s/c.yaml");
    workspace.folder("opened/d-secret.yaml");
    let before = workspace.tree();
    workspace
        .unseal(&["sealed", "--output-dir", "opened"])
        .ends(1)
        .says("opened/b-secret.yaml holds Secret elsewhere/b: it is not replaced")
        .says("opened/c-secret.yaml is a symbolic link: it is not replaced")
        .says("opened/d-secret.yaml is not a regular file: it is not replaced")
        .says("opened 1 object in 1 file, 3 failed");
    assert_eq!(before.changes(&workspace.tree()), ["~ opened/a-secret.yaml"]);
}

#[test]
fn a_link_in_the_output_folder_may_not_lead_out() {
    let workspace = sealed(&["x/a.yaml"]);
    workspace.folder("opened");
    workspace.folder("elsewhere");
    workspace.link("opened/x", "../elsewhere");
    let before = workspace.tree();
    workspace.unseal(&["sealed", "--output-dir", "opened"]).ends(1).says("opened/x is a symbolic link");
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn backups_of_the_controllers_keys_are_keys() {
    let workspace = sealed(&["a.yaml"]);
    for backup in ["one.yaml", "one.json", "list.yaml", "list.json", "multi.yaml", "stream.json"] {
        let run = workspace.run().args(&["unseal", "sealed", "-o", "json", "--key"]);
        let opened = run.arg(inputs().join("backup").join(backup)).opening().ends(0).secrets();
        assert_eq!(opened[0].data["password"], CANARY.as_bytes(), "{backup}");
    }
}

#[test]
fn many_keys_may_be_given_in_any_way_and_one_is_enough() {
    let workspace = sealed(&["a.yaml"]);
    let (right, wrong) = (key_file("k2048.pkcs8.pem"), key_file("k2048b.key.pem"));
    let run = || workspace.run().args(&["unseal", "sealed", "-o", "json"]).opening();
    assert_eq!(run().arg("--key").arg(&wrong).arg(&right).ends(0).secrets().len(), 1);
    assert_eq!(run().arg("-k").arg(&right).arg("-k").arg(&wrong).ends(0).secrets().len(), 1);
}

#[test]
fn no_key_that_fits_is_said_with_the_certificate_that_was_used() {
    let workspace = sealed(&["a.yaml", "b.yaml"]);
    let before = workspace.tree();
    let run = || workspace.run().args(&["unseal", "sealed", "--key"]).arg(key_file("k2048b.key.pem"));
    for ran in [run().ends(1), run().args(&["--output-dir", "opened"]).ends(1)] {
        ran.prints_nothing()
            .says("sealed/a-sealedsecret.yaml, document 1 (line 2), SealedSecret shop/a: no key could decrypt secret (password)")
            .says("SealedSecret shop/b")
            .says("it was sealed with the certificate SHA256:");
    }
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn a_name_that_changed_after_sealing_is_said_as_the_likely_cause() {
    let workspace = sealed(&["a.yaml"]);
    let moved = workspace.text("sealed/a-sealedsecret.yaml").replace("namespace: shop", "namespace: moved");
    workspace.write("moved.yaml", moved);
    workspace
        .unseal(&["moved.yaml"])
        .ends(1)
        .prints_nothing()
        .says("changed after sealing")
        .says("\"moved\"/\"a\"");
}

#[test]
fn a_file_that_does_not_open_does_not_stop_the_others() {
    let workspace = sealed(&["a.yaml", "b.yaml", "c.yaml"]);
    let text = workspace.text("sealed/b-sealedsecret.yaml");
    workspace.write(
        "sealed/b-sealedsecret.yaml",
        format!("{text}{}", text.replace("password: AQ", "password: \"*\" #")),
    );
    let ran = workspace
        .unseal(&["sealed", "-o", "json"])
        .ends(1)
        .says("sealed/b-sealedsecret.yaml, document 2")
        .says("password");
    let names: Vec<_> = ran.secrets().into_iter().map(|secret| secret.name).collect();
    assert_eq!(names, ["a", "c"]);
    let before = workspace.tree();
    workspace.unseal(&["sealed", "--output-dir", "opened"]).ends(1);
    let written = ["+ opened", "+ opened/a-secret.yaml", "+ opened/c-secret.yaml"];
    assert_eq!(before.changes(&workspace.tree()), written);
}

#[test]
fn every_document_is_opened_under_both_names() {
    let workspace = Workspace::new();
    workspace
        .write("all.yaml", [secret("shop", "a"), secret("shop", "b"), secret("shop", "c")].join("---\n"));
    workspace.seal(&["all.yaml"]).ends(0);
    let sealed = workspace.read("all-sealedsecret.yaml");
    for name in ["seal", "kubeseal"] {
        let run = workspace.run_as(name).args(&["--recovery-unseal", "-o", "json", "--recovery-private-key"]);
        let opened = run.arg(key_file("k2048.key.pem")).stdin(sealed.clone()).opening().ends(0);
        assert_eq!(opened.secrets().len(), 3, "{name}");
    }
    let opened = workspace.unseal(&["-", "-o", "json"]).stdin(sealed).ends(0);
    assert_eq!(opened.secrets().len(), 3);
}

#[test]
fn objects_without_a_line_between_them_are_refused_under_both_names() {
    let workspace = sealed(&["a.yaml", "b.yaml"]);
    let text = |name: &str| workspace.text(&format!("sealed/{name}-sealedsecret.yaml")).replace("---\n", "");
    let both = format!("{}{}", text("a"), text("b"));
    for name in ["seal", "kubeseal"] {
        let run = workspace.run_as(name).args(&["--recovery-unseal", "--recovery-private-key"]);
        let ran = run.arg(key_file("k2048.key.pem")).stdin(both.clone()).ends(1);
        ran.prints_nothing().says("is given a second time").says("`---`");
    }
    workspace.write("both.yaml", both);
    workspace.unseal(&["both.yaml"]).ends(1).prints_nothing().says("is given a second time").says("`---`");
}

#[test]
fn an_item_that_is_given_twice_is_refused() {
    let workspace = sealed(&["a.yaml"]);
    let text = workspace.text("sealed/a-sealedsecret.yaml");
    let item = text.lines().find(|line| line.starts_with("    password: AQ")).unwrap();
    workspace.write("twice.yaml", text.replace(item, &format!("{item}\n{item}")));
    workspace
        .unseal(&["twice.yaml"])
        .ends(1)
        .prints_nothing()
        .says("spec.encryptedData.password is given a second time");
}

#[test]
fn one_document_that_does_not_open_keeps_the_others_of_its_stream_back() {
    let workspace = Workspace::new();
    workspace.write("all.yaml", [secret("shop", "a"), secret("shop", "b")].join("---\n"));
    workspace.seal(&["all.yaml"]).ends(0);
    let moved = workspace.text("all-sealedsecret.yaml").replace("name: b", "name: moved");
    for name in ["seal", "kubeseal"] {
        let run = workspace.run_as(name).args(&["--recovery-unseal", "--recovery-private-key"]);
        run.arg(key_file("k2048.key.pem")).stdin(moved.clone()).ends(1).prints_nothing().says("document 2");
    }
}

#[test]
fn other_kinds_are_passed_over_and_nothing_at_all_is_a_failure() {
    let workspace = sealed(&["a.yaml"]);
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n";
    workspace.write("mixed.yaml", format!("{}---\n{other}", workspace.text("sealed/a-sealedsecret.yaml")));
    workspace.write("other.yaml", other);
    workspace
        .unseal(&["mixed.yaml", "--output-dir", "opened"])
        .ends(0)
        .says("note: mixed.yaml: ConfigMap shop/settings is passed over");
    workspace.unseal(&["other.yaml"]).ends(1).says("no SealedSecret in it").prints_nothing();
    workspace.folder("empty");
    workspace.unseal(&["empty"]).ends(1).says("no SealedSecret").prints_nothing();
}

/// Opens with this file as the only key, which must fail.
#[track_caller]
fn no_key(key: impl AsRef<std::ffi::OsStr>, messages: &[&str]) {
    let workspace = sealed(&["a.yaml"]);
    workspace.write("plain.yaml", secret("shop", "plain"));
    workspace.write("empty.pem", "");
    let ran = workspace.run().args(&["unseal", "sealed", "--key"]).arg(key).ends(1).prints_nothing();
    messages.iter().fold(ran, |ran, message| ran.says(message));
}

const NONE: &str = "none of the key files holds a private key";

#[test]
fn a_key_under_a_passphrase_is_named_as_such() {
    no_key(key_file("k2048.encrypted.pem"), &["the private key is encrypted", "openssl pkey", NONE]);
    no_key(key_file("k2048.openssh.pem"), &["OpenSSH", "ssh-keygen", NONE]);
    // One that cannot be used does not keep one that can from opening.
    let workspace = sealed(&["a.yaml"]);
    let run = workspace.run().args(&["unseal", "sealed", "--key"]).arg(key_file("k2048.encrypted.pem"));
    run.arg(key_file("k2048.key.pem")).opening().ends(0).says("k2048.encrypted.pem");
}

#[test]
fn files_that_hold_no_usable_key() {
    no_key(key_file("k2048.crt.pem"), &["k2048.crt.pem", NONE]);
    no_key(key_file("rsa1024.key.pem"), &["rsa1024.key.pem", "1024 bits"]);
    no_key(key_file("ec.key.pem"), &["ec.key.pem"]);
    no_key("empty.pem", &["empty.pem", NONE]);
    no_key("plain.yaml", &["plain.yaml", "tls.key"]);
    no_key("missing.pem", &["missing.pem: no such file or directory"]);
}

#[test]
fn paths_and_keys_are_both_needed() {
    let workspace = sealed(&["a.yaml"]);
    workspace.run().args(&["unseal", "sealed"]).ends(2).says("--key");
    workspace.run().args(&["unseal", "--key"]).arg(key_file("k2048.key.pem")).ends(2).says("PATH");
}

#[test]
fn two_inputs_with_one_output() {
    let workspace = sealed(&["a.yaml"]);
    workspace.write("sealed/a-secret.yaml", workspace.text("sealed/a-sealedsecret.yaml"));
    let before = workspace.tree();
    workspace
        .unseal(&["sealed", "--output-dir", "opened"])
        .ends(1)
        .says("opened/a-secret.yaml would be written for");
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn templates_are_rendered_over_the_values() {
    let workspace = sealed(&["a.yaml"]);
    let text = workspace.text("sealed/a-sealedsecret.yaml");
    let with = |template: &str| {
        let entry = format!("  template:\n    data:\n      url: '{template}'\n");
        text.replace("  template:\n", &entry)
    };
    workspace.write("template.yaml", with("{{ len .password }} {{ .password | upper | sha256sum }}"));
    let opened = workspace.unseal(&["template.yaml", "-o", "json"]).ends(0);
    let values = &opened.secrets()[0].data;
    let url = String::from_utf8(values["url"].clone()).unwrap();
    assert_eq!(url.len(), format!("{} ", values["password"].len()).len() + 64, "{url}");

    workspace.write("fails.yaml", with("{{ fail .password }}"));
    workspace
        .unseal(&["fails.yaml"])
        .ends(1)
        .prints_nothing()
        .says(
            "template: url:1:3: executing \"url\" at <fail .password>: error calling fail: <withheld> (url)",
        )
        .says("seal render");
}

#[test]
fn stdin_has_no_name_for_an_output_folder() {
    let workspace = sealed(&["a.yaml"]);
    let run = workspace
        .unseal(&["-", "--output-dir", "opened"])
        .stdin(workspace.read("sealed/a-sealedsecret.yaml"));
    run.ends(2).prints_nothing().says("stdin (-) has no name");
    assert!(!workspace.has("opened"));
}

#[test]
fn an_empty_value_and_values_of_every_byte_come_back() {
    let workspace = Workspace::new();
    workspace.write("a.yaml", secret_with("shop", "a", "data:\n  empty: ''\n  bytes: AAH//g==\n"));
    workspace.seal(&["a.yaml"]).ends(0);
    let opened = workspace.opened(&["a-sealedsecret.yaml"]).remove(0);
    assert_eq!(opened.data["empty"], b"");
    assert_eq!(opened.data["bytes"], [0, 1, 255, 254]);
}
