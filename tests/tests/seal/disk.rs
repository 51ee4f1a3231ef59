//! Folders and disks that cannot be written, files that cannot be read.

use sealed_secrets_tests::workspace::{Workspace, secret_with};

#[test]
fn a_read_only_output_folder_is_named_and_the_others_are_written() {
    let mut workspace = Workspace::with_secrets(&["s/a.yaml", "s/b/c.yaml"]);
    workspace.folder("out/b");
    workspace.leave_root();
    workspace.set_mode("out/b", 0o555);
    let before = workspace.tree();
    workspace
        .seal(&["s", "--output-dir", "out"])
        .ends(1)
        .says("open out/b/c-sealedsecret.yaml: permission denied")
        .says("sealed 1 object in 1 file, 1 failed");
    assert_eq!(before.changes(&workspace.tree()), ["+ out/a-sealedsecret.yaml"]);

    workspace.set_mode("out", 0o555);
    let before = workspace.tree();
    workspace.seal(&["s", "--output-dir", "out/new"]).ends(1).says("mkdir out/new").says("permission denied");
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn an_unreadable_file_is_named_and_the_others_are_sealed() {
    let mut workspace = Workspace::with_secrets(&["s/a.yaml", "s/closed.yaml", "s/shut/b.yaml", "s/z.yaml"]);
    workspace.leave_root();
    workspace.set_mode("s/closed.yaml", 0);
    workspace.set_mode("s/shut", 0);
    let before = workspace.tree();
    workspace
        .seal(&["s"])
        .ends(1)
        .says("open s/closed.yaml: permission denied")
        .says("open s/shut: permission denied")
        .says("sealed 2 objects in 2 files, 2 failed");
    let sealed = ["+ s/a-sealedsecret.yaml", "+ s/z-sealedsecret.yaml"];
    assert_eq!(before.changes(&workspace.tree()), sealed);
}

#[test]
fn an_unreadable_certificate_is_named_before_anything_is_written() {
    let mut workspace = Workspace::with_secrets(&["a.yaml"]);
    workspace.write("pub.pem", "");
    workspace.leave_root();
    workspace.set_mode("pub.pem", 0);
    let before = workspace.tree();
    workspace.run().args(&["--cert", "pub.pem", "a.yaml"]).ends(1).says("open pub.pem: permission denied");
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

/// Runs the client in a namespace of its own, in which `out` is a file system of 64 KiB.
///
/// Afterwards `after` holds what then lies in `out`.
fn on_a_small_disk(workspace: &Workspace, arguments: &[&str]) -> sealed_secrets_tests::workspace::Ran {
    let script =
        "mount -t tmpfs -o size=64k none out || { echo 'no file system could be mounted' >&2; exit 99; }
        cp old.yaml out/large-sealedsecret.yaml
        \"$@\"
        status=$?
        cp -a out after
        exit $status";
    let certificate = sealed_secrets_tests::workspace::key_file("k2048.crt.pem");
    let ran = workspace
        .script("exec unshare --user --map-root-user --mount /bin/sh -c \"$SCRIPT\" sh \"$@\"")
        .env("SCRIPT", script)
        .arg("--cert")
        .arg(certificate)
        .args(arguments)
        .end();
    assert!(
        !ran.stderr.contains("unshare") && ran.status != 99,
        "this test fills a file system of its own and needs user namespaces for it, which this machine does not give: {ran}"
    );
    ran
}

#[test]
fn a_full_disk_leaves_old_files_as_they_were_and_no_half_ones() {
    let workspace = Workspace::with_secrets(&["s/small.yaml", "s/large.yaml"]);
    workspace.seal(&["s/large.yaml", "--output-dir", "."]).ends(0);
    std::fs::rename(workspace.path("large-sealedsecret.yaml"), workspace.path("old.yaml")).unwrap();
    let value = "x".repeat(200_000);
    workspace.write("s/large.yaml", secret_with("shop", "large", &format!("stringData:\n  a: {value}\n")));
    workspace.folder("out");
    on_a_small_disk(&workspace, &["s", "--output-dir", "out"])
        .exits(1)
        .says("out/large-sealedsecret.yaml: no space left on device")
        .says("sealed 1 object in 1 file, 1 failed");
    let after: Vec<_> =
        workspace.tree().names().filter(|name| name.starts_with("after/")).map(str::to_owned).collect();
    assert_eq!(after, ["after/large-sealedsecret.yaml", "after/small-sealedsecret.yaml"]);
    assert_eq!(workspace.read("after/large-sealedsecret.yaml"), workspace.read("old.yaml"));
    assert_eq!(workspace.opened(&["after/small-sealedsecret.yaml"]).len(), 1);
}

#[test]
fn a_full_stdout_is_a_failure() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let certificate = sealed_secrets_tests::workspace::key_file("k2048.crt.pem");
    let run = |arguments: &[&str]| {
        workspace.script("exec \"$@\" >/dev/full").arg("--cert").arg(&certificate).args(arguments)
    };
    run(&["a.yaml", "--stdout"]).ends(1).says("write stdout: no space left on device");
    run(&[]).stdin(workspace.read("a.yaml")).ends(1).says("write stdout: no space left on device");
}
