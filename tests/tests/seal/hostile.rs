//! What a hostile contributor or a careless neighbour puts into a tree.

use sealed_secrets_tests::workspace::{CANARY, Workspace, key_file, secret, secret_with};

#[test]
fn a_link_in_the_output_folder_never_lets_one_file_take_the_place_of_another() {
    let workspace = Workspace::with_secrets(&["src/a/x.yaml", "src/b/x.yaml"]);
    workspace.folder("out/b");
    workspace.link("out/a", "b");
    workspace.seal(&["src", "--output-dir", "out"]).ends(1).says("out/a is a symbolic link");
    assert!(workspace.has("out/b/x-sealedsecret.yaml"), "the other file goes on");
}

#[test]
fn a_link_to_a_file_never_stands_for_the_file() {
    let workspace = Workspace::with_secrets(&["s/db.yaml"]);
    workspace.link("s/a.yaml", "db.yaml");
    workspace.seal(&["s"]).ends(0).says("s/a.yaml").says("a symbolic link to another of these files");
    assert!(workspace.has("s/db-sealedsecret.yaml"));
    assert!(!workspace.has("s/a-sealedsecret.yaml"));
}

#[test]
fn a_pipe_in_a_folder_is_not_waited_for() {
    let workspace = Workspace::with_secrets(&["s/db.yaml"]);
    let made = workspace.script("mkfifo s/pipe.yaml && timeout 20 \"$@\"");
    made.args(&["--cert"]).arg(key_file("k2048.crt.pem")).args(&["s"]).ends(0);
    assert!(workspace.has("s/db-sealedsecret.yaml"));
}

#[test]
fn names_are_shown_so_that_no_terminal_obeys_them() {
    let workspace = Workspace::new();
    workspace.write("x\n\u{1b}[31m.yaml", "kind: Secret\n");
    workspace.seal(&["."]).ends(1).says("x\\n\\u{1b}[31m.yaml").keeps_quiet_about("\u{1b}");
}

#[test]
fn a_password_in_a_url_is_not_told() {
    let workspace = Workspace::new();
    let url = format!("http://user:{CANARY}@127.0.0.1:1/c.pem");
    workspace.run().args(&["cert", &url]).ends(1).says("xxxxx@127.0.0.1:1");
}

#[test]
fn an_output_file_that_is_something_else_is_kept() {
    let workspace = Workspace::with_secrets(&["db.yaml"]);
    workspace.write("notes.txt", "keep me\n");
    let before = workspace.tree();
    workspace.seal(&["-f", "db.yaml", "-w", "notes.txt"]).ends(1).says("notes.txt");
    workspace.seal(&["-f", "db.yaml", "-w", "db.yaml"]).ends(1).says("db.yaml holds Secret");
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
    workspace.seal(&["-f", "db.yaml", "-w", "sealed.yaml"]).ends(0);
    workspace.seal(&["-f", "db.yaml", "-w", "sealed.yaml"]).ends(0);
}

#[test]
fn two_runs_never_make_one_key_of_two() {
    let workspace = Workspace::new();
    let script = "\"$@\" & \"$@\" & wait; cat k/tls.key > /dev/null";
    workspace.script(script).args(&["keys", "generate", "k", "--size", "2048"]).ends(0);
    workspace.write("s.yaml", secret("shop", "db"));
    let certificate = workspace.path("k/tls.crt");
    workspace.run().arg("--cert").arg(certificate).args(&["s.yaml"]).ends(0);
    let run = workspace.run().args(&["unseal", "s-sealedsecret.yaml", "--key", "k/tls.key"]);
    run.opening().ends(0);
}

#[test]
fn strict_is_a_scope_that_an_annotation_does_not_override() {
    let workspace = Workspace::new();
    let annotated = secret("shop", "db").replace(
        "metadata:\n",
        "metadata:\n  annotations: {sealedsecrets.bitnami.com/cluster-wide: 'true'}\n",
    );
    workspace.write("db.yaml", &annotated);
    workspace.seal(&["--scope", "strict", "db.yaml"]).ends(1).says("its annotations say cluster-wide");
    workspace.seal(&["db.yaml"]).ends(0);
}

#[test]
fn a_raw_value_is_sealed_for_names_that_were_given() {
    let workspace = Workspace::new();
    let config = "{current-context: c, contexts: [{name: c, context: {cluster: c, namespace: production}}], \
                  clusters: [{name: c}]}";
    workspace.write("config", config);
    let raw = |arguments: &[&str]| {
        workspace.seal(arguments).arg("--raw").env("KUBECONFIG", workspace.path("config")).stdin(CANARY)
    };
    raw(&["--name", "db"]).ends(2).says("--namespace");
    raw(&["--name", "../x", "-n", "shop"]).ends(2).says("--name");
    raw(&["--name", "db", "-n", "Shop"]).ends(2).says("--namespace");
    raw(&["--name", "db", "-n", "shop"]).ends(0);
}

#[test]
fn a_value_without_bytes_is_opened_as_an_empty_text() {
    let workspace = Workspace::new();
    workspace.write("e.yaml", secret_with("shop", "e", "stringData: {none: ''}\n"));
    workspace.seal(&["e.yaml"]).ends(0);
    let run = workspace.unseal(&["e-sealedsecret.yaml"]).opening().ends(0);
    assert!(run.text().contains("none: \"\""), "{}", run.text());
}

#[test]
fn fields_that_are_spelt_in_another_way_are_not_edited_beside() {
    let workspace = Workspace::with_secrets(&["db.yaml"]);
    workspace.seal(&["db.yaml"]).ends(0);
    let sealed = workspace.text("db-sealedsecret.yaml").replace("\nspec:", "\nSpec:");
    workspace.write("t.yaml", &sealed);
    workspace.seal(&["--merge-into", "t.yaml"]).stdin(secret("shop", "db")).ends(1).says("t.yaml");
    assert_eq!(workspace.text("t.yaml"), sealed);
}

#[test]
fn copies_of_the_manifest_are_not_sealed_along_with_it() {
    let workspace = Workspace::new();
    let copied = secret("shop", "db").replace(
        "metadata:\n",
        &format!("metadata:\n  annotations: {{kapp.k14s.io/original: '{{\"stringData\":\"{CANARY}\"}}'}}\n"),
    );
    workspace.write("db.yaml", &copied);
    workspace.seal(&["db.yaml"]).ends(0);
    assert!(!workspace.text("db-sealedsecret.yaml").contains(CANARY));
}

#[test]
fn a_value_from_a_device_without_end_is_refused() {
    let workspace = Workspace::new();
    let run = workspace.script("ulimit -v 4000000; timeout 60 \"$@\"");
    let arguments = ["--raw", "--name", "a", "-n", "b", "--from-file", "/dev/zero"];
    run.arg("--cert").arg(key_file("k2048.crt.pem")).args(&arguments).ends(1).says("more than");
}

#[test]
fn unquoted_values_that_go_reads_as_another_text_are_refused() {
    let workspace = Workspace::new();
    for (line, item) in
        [("pin: 0755", "pin"), ("us: 1_000", "us"), ("f: 3.14159265358979", "f"), ("b: yes", "b")]
    {
        workspace.write("n.yaml", secret_with("shop", "n", &format!("stringData:\n  {line}\n")));
        workspace
            .seal(&["n.yaml"])
            .ends(1)
            .says(&format!("stringData[\"{item}\"]"))
            .says("line 7")
            .says("quotes");
    }
    workspace.write("n.yaml", secret_with("shop", "n", "stringData:\n  y: text\n"));
    workspace.seal(&["n.yaml"]).ends(1).says("write the key in quotes");
    workspace.write(
        "n.yaml",
        secret_with("shop", "n", "stringData:\n  port: 443\n  on: 'x'\n").replace("on:", "'on':"),
    );
    workspace.seal(&["n.yaml"]).ends(0);
}

#[test]
fn an_alias_to_a_large_text_is_refused_before_it_is_copied() {
    let workspace = Workspace::new();
    let aliases: String = (0..3_000).map(|number| format!("  k{number}: *x\n")).collect();
    let text = format!("x: &x \"{}\"\nstringData:\n{aliases}", "z".repeat(1 << 20));
    workspace.write("a.yaml", secret_with("shop", "a", &text));
    let run = workspace.script("ulimit -v 1500000; \"$@\"").arg("--cert").arg(key_file("k2048.crt.pem"));
    run.args(&["a.yaml"]).ends(1).says("aliases");
}
