//! Which files are sealed, and where the sealed ones go.

use sealed_secrets_tests::workspace::{Workspace, secret, secret_json, secret_with};

#[test]
fn a_folder_is_searched_whatever_gitignore_says_but_git_is_left_out() {
    let workspace = Workspace::with_secrets(&[
        "secrets/a.yaml",
        "secrets/deep/er/b.yml",
        "secrets/.hidden/d.yaml",
        "secrets/.git/e.yaml",
        "secrets/notes.md",
    ]);
    workspace.write("secrets/c.json", secret_json("shop", "c"));
    for ignoring in
        [".gitignore", ".ignore", "secrets/.gitignore", "secrets/.ignore", "secrets/deep/.gitignore"]
    {
        workspace.write(ignoring, "*\n");
    }
    workspace.folder(".git");
    let before = workspace.tree();
    workspace.seal(&["secrets"]).ends(0).prints_nothing().says("sealed 4 objects in 4 files");
    let sealed = [
        "+ secrets/.hidden/d-sealedsecret.yaml",
        "+ secrets/a-sealedsecret.yaml",
        "+ secrets/c-sealedsecret.json",
        "+ secrets/deep/er/b-sealedsecret.yml",
    ];
    assert_eq!(before.changes(&workspace.tree()), sealed);
}

#[test]
fn the_table_says_what_became_of_each_file() {
    let workspace = Workspace::with_secrets(&["s/good.yaml", "s/bad.yaml"]);
    workspace.write("s/other.yaml", "kind: ConfigMap\napiVersion: v1\n");
    workspace.write("s/bad.yaml", "{");
    let ran = workspace.seal(&["s"]).ends(1);
    let line =
        |source: &str| ran.stderr.lines().find(|line| line.contains(source)).unwrap_or_default().to_owned();
    assert!(line("s/good.yaml").starts_with("sealed "), "{ran}");
    assert!(line("s/good.yaml").ends_with("-> s/good-sealedsecret.yaml"), "{ran}");
    assert!(line("s/other.yaml").starts_with("skipped "), "{ran}");
    assert!(line("s/bad.yaml").starts_with("FAILED "), "{ran}");
    ran.says("sealed 1 object in 1 file, 1 skipped, 1 failed");
}

#[test]
fn sealed_files_are_called_after_their_sources() {
    let names = [
        ("gitops-webhook-secret.yaml", "gitops-webhook-sealedsecret.yaml"),
        ("docker-config.yaml", "docker-config-sealedsecret.yaml"),
        ("git-host-access-token.yaml", "git-host-access-token-sealedsecret.yaml"),
        ("db.secret.yml", "db-sealedsecret.yml"),
        ("secret.yaml", "secret-sealedsecret.yaml"),
        ("a.b.yaml", "a.b-sealedsecret.yaml"),
        ("no-extension", "no-extension-sealedsecret"),
        ("with space-secret.yaml", "with space-sealedsecret.yaml"),
    ];
    let workspace = Workspace::new();
    names.iter().for_each(|(source, _)| workspace.write(source, secret("shop", "db")));
    let before = workspace.tree();
    workspace.seal(&names.map(|(source, _)| source)).ends(0);
    let mut wanted = names.map(|(_, sealed)| format!("+ {sealed}"));
    wanted.sort();
    assert_eq!(before.changes(&workspace.tree()), wanted);
}

#[test]
fn many_documents_and_lists_in_lists_are_sealed_whole() {
    let workspace = Workspace::new();
    let item = |name: &str, indent: &str| {
        secret("shop", name).lines().enumerate().fold(String::new(), |text, (at, line)| {
            text + indent + if at == 0 { "- " } else { "  " } + line + "\n"
        })
    };
    let inner = format!("- apiVersion: v1\n  kind: List\n  items:\n{}{}", item("c", "  "), item("d", "  "));
    let list = format!("apiVersion: v1\nkind: List\nitems:\n{}{inner}{}", item("b", ""), item("e", ""));
    let text = format!(
        "# first\n---\n{}---\n---\n# nothing\n---\n{list}---\n{}",
        secret("shop", "a"),
        secret("shop", "f")
    );
    workspace.write("all.yaml", text);
    workspace.write(
        "list.json",
        format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{},{{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{}]}}]}}",
            secret_json("shop", "g"),
            secret_json("shop", "h")
        ),
    );
    workspace.seal(&["all.yaml", "list.json"]).ends(0).says("sealed 8 objects in 2 files");
    let names = |file| workspace.opened(&[file]).into_iter().map(|secret| secret.name).collect::<String>();
    assert_eq!(names("all-sealedsecret.yaml"), "abcdef");
    assert_eq!(names("list-sealedsecret.json"), "gh");
}

#[test]
fn other_kinds_are_passed_over_with_a_note() {
    let workspace = Workspace::new();
    let others = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n---\n\
                  apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: old, namespace: shop}\n\
                  spec: {encryptedData: {}}\n---\n\
                  apiVersion: external-secrets.io/v1\nkind: Secret\nmetadata: {name: foreign, namespace: shop}\n---\n";
    workspace.write("mixed.yaml", format!("{others}{}", secret("shop", "db")));
    workspace.write("only-others.yaml", others);
    workspace
        .seal(&["mixed.yaml", "only-others.yaml"])
        .ends(0)
        .says("note: mixed.yaml: ConfigMap shop/settings is passed over")
        .says("note: mixed.yaml: SealedSecret shop/old is passed over")
        .says("note: mixed.yaml: Secret shop/foreign is passed over")
        .says("no Secret in it")
        .says("sealed 1 object in 1 file, 1 skipped");
    assert_eq!(workspace.opened(&["mixed-sealedsecret.yaml"]).len(), 1);
    assert!(!workspace.has("only-others-sealedsecret.yaml"));
    let ran = workspace.seal(&[]).stdin(workspace.read("mixed.yaml")).ends(0);
    ran.says("note: stdin: ConfigMap shop/settings is passed over");
}

#[test]
fn the_output_folder_gets_the_same_folders() {
    let workspace =
        Workspace::with_secrets(&["s/a.yaml", "s/x/b-secret.yaml", "s/x/y/c.yaml", "elsewhere/d.yaml"]);
    workspace.write("s/x/settings.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    workspace.folder("s/empty");
    let before = workspace.tree();
    workspace.seal(&["s", "elsewhere/d.yaml", "--output-dir", "out/sealed"]).ends(0);
    let wanted = [
        "+ out",
        "+ out/sealed",
        "+ out/sealed/a-sealedsecret.yaml",
        "+ out/sealed/d-sealedsecret.yaml",
        "+ out/sealed/x",
        "+ out/sealed/x/b-sealedsecret.yaml",
        "+ out/sealed/x/y",
        "+ out/sealed/x/y/c-sealedsecret.yaml",
    ];
    assert_eq!(before.changes(&workspace.tree()), wanted);
}

#[test]
fn an_output_folder_inside_the_source_is_not_sealed_again() {
    let workspace = Workspace::with_secrets(&["s/a.yaml"]);
    for _ in 0..2 {
        workspace.seal(&["s", "--output-dir", "s/sealed"]).ends(0);
    }
    let sealed: Vec<_> =
        workspace.tree().names().filter(|name| name.contains("sealedsecret")).map(str::to_owned).collect();
    assert_eq!(sealed, ["s/sealed/a-sealedsecret.yaml"]);
}

#[test]
fn a_second_run_replaces_the_sealed_files_and_seals_none_of_them() {
    let workspace = Workspace::with_secrets(&["s/a.yaml", "s/b-secret.json"]);
    workspace.write("s/b-secret.json", secret_json("shop", "b"));
    workspace.seal(&["s"]).ends(0);
    let before = workspace.tree();
    workspace.seal(&["s"]).ends(0).says("sealed 2 objects in 2 files, 2 skipped");
    let replaced = ["~ s/a-sealedsecret.yaml", "~ s/b-sealedsecret.json"];
    assert_eq!(before.changes(&workspace.tree()), replaced);
}

#[test]
fn the_same_file_is_sealed_once() {
    let workspace = Workspace::with_secrets(&["s/a.yaml"]);
    let absolute = workspace.path("s/a.yaml");
    workspace
        .seal(&["s/a.yaml", "./s/a.yaml", "s", "s/../s/a.yaml"])
        .arg(absolute)
        .ends(0)
        .says("sealed 1 object in 1 file\n");
}

#[test]
fn two_inputs_with_one_output_are_both_left_and_the_others_go_on() {
    let workspace =
        Workspace::with_secrets(&["s/db.yaml", "s/db-secret.yaml", "s/good.yaml", "p/x.yaml", "q/x.yaml"]);
    let before = workspace.tree();
    workspace
        .seal(&["s"])
        .ends(1)
        .says("s/db-sealedsecret.yaml would be written for s/db-secret.yaml, too")
        .says("s/db-sealedsecret.yaml would be written for s/db.yaml, too")
        .says("hint: rename one of them")
        .says("sealed 1 object in 1 file, 2 failed");
    assert_eq!(before.changes(&workspace.tree()), ["+ s/good-sealedsecret.yaml"]);

    let before = workspace.tree();
    workspace
        .seal(&["p", "q", "--output-dir", "out"])
        .ends(1)
        .says("out/x-sealedsecret.yaml would be written for q/x.yaml");
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn a_file_without_secrets_is_not_in_the_way_of_one_that_has_some() {
    let workspace = Workspace::with_secrets(&["s/db-secret.yaml"]);
    workspace
        .write("s/db.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: db, namespace: shop}\n");
    workspace.seal(&["s"]).ends(0).says("sealed 1 object in 1 file, 1 skipped");
    assert!(workspace.has("s/db-sealedsecret.yaml"));
}

#[test]
fn a_folder_without_secrets_is_a_failure_that_says_so() {
    let workspace = Workspace::new();
    workspace.folder("empty");
    workspace.write("others/a.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    workspace.write("others/kustomization.yaml", "resources:\n- a.yaml\n");
    workspace.write("others/nothing.yaml", "");
    let before = workspace.tree();
    for folder in ["empty", "others"] {
        workspace.seal(&[folder]).ends(1).says("no Secret found").prints_nothing();
        workspace.seal(&[folder, "--output-dir", "out"]).ends(1).says("no Secret found");
        workspace.seal(&[folder, "--stdout"]).ends(1).says("no Secret found").prints_nothing();
    }
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn a_kustomization_without_a_kind_is_no_object() {
    let workspace = Workspace::with_secrets(&["s/a.yaml"]);
    workspace.write("s/kustomization.yaml", "resources:\n- a-sealedsecret.yaml\n");
    workspace.seal(&["s"]).ends(0).says("sealed 1 object in 1 file");
}

#[test]
fn a_path_that_is_not_there_is_named_and_the_others_are_sealed() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    workspace.seal(&["a.yaml", "missing.yaml"]).ends(1).says("open missing.yaml: no such file or directory");
    assert!(workspace.has("a-sealedsecret.yaml"));
}

#[test]
fn one_processor_does_what_many_do() {
    let files: Vec<String> = (0..40).map(|number| format!("s/{number}.yaml")).collect();
    let workspace = Workspace::with_secrets(&files.iter().map(String::as_str).collect::<Vec<_>>());
    for jobs in ["1", "2", "64"] {
        let folder = format!("out-{jobs}");
        workspace
            .seal(&["s", "--jobs", jobs, "--output-dir", &folder])
            .ends(0)
            .says("sealed 40 objects in 40 files");
        assert_eq!(workspace.opened(&[&folder]).len(), 40);
    }
}

#[test]
fn a_namespace_given_counts_for_those_without_one() {
    let workspace = Workspace::with_secrets(&["own.yaml"]);
    workspace.write(
        "none.yaml",
        secret_with("shop", "none", "data: {a: Yg==}\n").replace("  namespace: shop\n", ""),
    );
    workspace.seal(&["own.yaml", "none.yaml", "--namespace", "shop"]).ends(0);
    assert!(workspace.text("none-sealedsecret.yaml").contains("  namespace: shop\n"));
    workspace.write("other.yaml", secret("elsewhere", "other"));
    let ran = workspace.seal(&["own.yaml", "other.yaml", "--namespace", "shop"]).ends(1);
    ran.says("namespace mismatch").says("other.yaml, document 1").says("sealed 1 object in 1 file, 1 failed");
    assert!(!workspace.has("other-sealedsecret.yaml"));
}
