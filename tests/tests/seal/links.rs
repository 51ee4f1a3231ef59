//! Symbolic links as inputs, inside of folders, and on the way to the output.

use sealed_secrets_tests::workspace::{Workspace, secret};

#[test]
fn a_file_that_is_named_may_be_a_link() {
    let workspace = Workspace::with_secrets(&["real/db.yaml"]);
    workspace.link("link.yaml", "real/db.yaml");
    let before = workspace.tree();
    workspace.seal(&["link.yaml"]).ends(0);
    assert_eq!(before.changes(&workspace.tree()), ["+ link-sealedsecret.yaml"]);
}

#[test]
fn a_folder_that_is_named_may_be_a_link() {
    let workspace = Workspace::with_secrets(&["real/db.yaml"]);
    workspace.link("linked", "real");
    let before = workspace.tree();
    workspace.seal(&["linked"]).ends(0).says("-> linked/db-sealedsecret.yaml");
    assert_eq!(before.changes(&workspace.tree()), ["+ real/db-sealedsecret.yaml"]);
}

#[test]
fn a_link_to_nowhere_is_named() {
    let workspace = Workspace::with_secrets(&["good.yaml"]);
    workspace.link("broken.yaml", "missing.yaml");
    workspace.seal(&["broken.yaml", "good.yaml"]).ends(1).says("open broken.yaml: no such file or directory");
    assert!(workspace.has("good-sealedsecret.yaml"));
}

#[test]
fn a_link_in_a_folder_is_followed_inside_of_it_alone() {
    let workspace = Workspace::with_secrets(&["s/a.yaml", "s/deep/b.yaml", "outside.yaml"]);
    std::fs::rename(workspace.path("s/deep/b.yaml"), workspace.path("s/deep/b.txt")).unwrap();
    workspace.link("s/deep/inside.yaml", "b.txt");
    workspace.link("s/outside.yaml", "../outside.yaml");
    workspace.link("s/nowhere.yaml", "missing.yaml");
    let before = workspace.tree();
    workspace
        .seal(&["s"])
        .ends(1)
        .says("s/outside.yaml is a symbolic link that leads out of the folder")
        .says("hint: name the file itself")
        .says("sealed 2 objects in 2 files, 2 failed");
    let sealed = ["+ s/a-sealedsecret.yaml", "+ s/deep/inside-sealedsecret.yaml"];
    assert_eq!(before.changes(&workspace.tree()), sealed);
}

#[test]
fn a_link_to_a_folder_is_not_passed_over_in_silence() {
    let workspace = Workspace::with_secrets(&["s/a.yaml", "elsewhere/b.yaml"]);
    workspace.link("s/more", "../elsewhere");
    let before = workspace.tree();
    workspace.seal(&["s"]).end().says("s/more");
    assert_eq!(before.changes(&workspace.tree()), ["+ s/a-sealedsecret.yaml"]);
}

#[test]
fn links_in_a_circle_end() {
    let workspace = Workspace::with_secrets(&["s/a.yaml"]);
    workspace.link("s/again", ".");
    workspace.link("s/self.yaml", "self.yaml");
    let before = workspace.tree();
    workspace.seal(&["s"]).ends(1).says("s/self.yaml");
    assert_eq!(before.changes(&workspace.tree()), ["+ s/a-sealedsecret.yaml"]);
}

#[test]
fn a_link_on_the_way_to_the_output_is_refused_wherever_it_leads() {
    let workspace = Workspace::with_secrets(&["s/a.yaml", "s/x/b.yaml", "s/y/c.yaml", "s/z/d.yaml"]);
    workspace.folder("out/real");
    workspace.folder("elsewhere");
    workspace.link("out/x", "../elsewhere");
    workspace.link("out/y", "real");
    workspace.link("out/z", "missing");
    let before = workspace.tree();
    workspace
        .seal(&["s", "--output-dir", "out"])
        .ends(1)
        .says("out/x is a symbolic link")
        .says("out/y is a symbolic link")
        .says("out/z is a symbolic link")
        .says("sealed 1 object in 1 file, 3 failed");
    let sealed = ["+ out/a-sealedsecret.yaml"];
    assert_eq!(before.changes(&workspace.tree()), sealed);
}

#[test]
fn a_source_folder_that_is_beside_a_linked_one_is_sealed_in_its_own_place() {
    let workspace = Workspace::new();
    workspace.write("s/x/a.yaml", secret("shop", "a"));
    workspace.folder("elsewhere");
    workspace.link("out", "elsewhere");
    workspace.seal(&["s", "--output-dir", "out"]).ends(0);
    assert!(
        workspace.has("elsewhere/x/a-sealedsecret.yaml"),
        "the folder that was named may itself be a link"
    );
}
