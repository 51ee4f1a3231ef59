//! Refuse rather than clobber: what stands where a sealed file is to be written.

use sealed_secrets_tests::workspace::{Workspace, secret};

/// Seals `db.yaml` beside a file that can be sealed, and asks that the target of `db.yaml` stays as it is.
#[track_caller]
fn is_kept(workspace: &Workspace, message: &str) {
    let before = workspace.tree();
    workspace
        .seal(&["db.yaml", "good.yaml"])
        .ends(1)
        .says(message)
        .says("it is not replaced")
        .says("hint: ")
        .says("sealed 1 object in 1 file, 1 failed");
    assert_eq!(before.changes(&workspace.tree()), ["+ good-sealedsecret.yaml"]);
}

fn workspace() -> Workspace {
    Workspace::with_secrets(&["db.yaml", "good.yaml"])
}

const SEALED_OTHER: &str = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: other\n  namespace: shop\nspec:\n  encryptedData: {}\n";

#[test]
fn a_file_that_is_no_sealed_secret() {
    let contents = [
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: db, namespace: shop}\n",
            "holds ConfigMap shop/db",
        ),
        ("just some notes\n", "is there already and cannot be read"),
        ("", "holds no object"),
        ("# a comment\n---\n", "holds no object"),
        ("a: [\n", "is there already and cannot be read"),
        ("{", "is there already and cannot be read"),
    ];
    for (content, message) in contents {
        let workspace = workspace();
        workspace.write("db-sealedsecret.yaml", content);
        is_kept(&workspace, message);
    }
    let workspace = workspace();
    workspace.write("db-sealedsecret.yaml", secret("shop", "db"));
    is_kept(&workspace, "holds Secret shop/db");
}

#[test]
fn a_binary_file() {
    let workspace = workspace();
    workspace.write("db-sealedsecret.yaml", [0xff, 0xfe, 0, 1, 2]);
    let before = workspace.tree();
    workspace
        .seal(&["db.yaml", "good.yaml"])
        .ends(1)
        .says("db-sealedsecret.yaml")
        .says("sealed 1 object in 1 file, 1 failed");
    assert_eq!(before.changes(&workspace.tree()), ["+ good-sealedsecret.yaml"]);
}

#[test]
fn the_sealed_secret_of_another_object() {
    for (other, message) in [
        (SEALED_OTHER.to_owned(), "holds SealedSecret shop/other"),
        (SEALED_OTHER.replace("other", "db").replace("shop", "elsewhere"), "holds SealedSecret elsewhere/db"),
        (SEALED_OTHER.replace("other", "db").replace("v1alpha1", "v9"), "holds SealedSecret shop/db"),
    ] {
        let workspace = workspace();
        workspace.write("db-sealedsecret.yaml", other);
        is_kept(&workspace, message);
    }
}

#[test]
fn more_objects_than_will_be_written_again() {
    let workspace = workspace();
    workspace
        .write("db-sealedsecret.yaml", format!("{}---\n{SEALED_OTHER}", SEALED_OTHER.replace("other", "db")));
    is_kept(&workspace, "holds SealedSecret shop/other");
}

#[test]
fn two_objects_without_a_line_between_them() {
    let workspace = workspace();
    workspace.write("db-sealedsecret.yaml", format!("{SEALED_OTHER}{}", SEALED_OTHER.replace("other", "db")));
    is_kept(&workspace, "db-sealedsecret.yaml");
}

#[test]
fn a_folder() {
    let workspace = workspace();
    workspace.folder("db-sealedsecret.yaml/deeper");
    is_kept(&workspace, "is not a regular file");
}

#[test]
fn a_pipe() {
    let workspace = workspace();
    workspace.script("mkfifo db-sealedsecret.yaml").ends(0);
    let before = std::fs::read_dir(workspace.path("")).unwrap().count();
    workspace.seal(&["db.yaml"]).ends(1).says("is not a regular file");
    assert_eq!(std::fs::read_dir(workspace.path("")).unwrap().count(), before);
    // A pipe would keep the comparison of other tests waiting for ever.
    std::fs::remove_file(workspace.path("db-sealedsecret.yaml")).unwrap();
}

#[test]
fn a_symbolic_link_wherever_it_leads() {
    let workspace = workspace();
    workspace.write("../outside.yaml", SEALED_OTHER.replace("other", "db"));
    for target in ["../outside.yaml", "good.yaml", "missing", "db.yaml"] {
        workspace.link("db-sealedsecret.yaml", target);
        let before = workspace.tree();
        workspace
            .seal(&["db.yaml"])
            .ends(1)
            .says("db-sealedsecret.yaml is a symbolic link: it is not replaced");
        assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
        std::fs::remove_file(workspace.path("db-sealedsecret.yaml")).unwrap();
    }
}

#[test]
fn its_own_sealed_secret_is_replaced_in_either_format() {
    let workspace = workspace();
    workspace.seal(&["db.yaml", "--format", "json"]).ends(0);
    std::fs::rename(workspace.path("db-sealedsecret.json"), workspace.path("db-sealedsecret.yaml")).unwrap();
    let before = workspace.tree();
    workspace.seal(&["db.yaml"]).ends(0);
    assert_eq!(before.changes(&workspace.tree()), ["~ db-sealedsecret.yaml"]);
    assert!(workspace.text("db-sealedsecret.yaml").starts_with("---\n"));
}

#[test]
fn a_file_that_fails_keeps_its_old_sealed_file_and_the_others_are_written() {
    let workspace = Workspace::with_secrets(&["s/a.yaml", "s/b.yaml", "s/c.yaml"]);
    workspace.seal(&["s"]).ends(0);
    let good = workspace.text("s/b.yaml");
    workspace.write("s/b.yaml", format!("{good}---\n{}", secret("shop", "b2").replace("stringData", "data")));
    let before = workspace.tree();
    workspace.seal(&["s"]).ends(1).says("s/b.yaml, document 2").says("1 failed (as they were)");
    assert_eq!(before.changes(&workspace.tree()), ["~ s/a-sealedsecret.yaml", "~ s/c-sealedsecret.yaml"]);
}
