//! What is large but right works.

use std::fmt::Write as _;

use sealed_secrets_tests::workspace::{Workspace, key_file, secret_with};

#[test]
fn a_value_of_three_megabytes_is_sealed_with_a_warning() {
    let workspace = Workspace::new();
    let line = "0123456789abcdef".repeat(4);
    let mut rest = "stringData:\n  large: |\n".to_owned();
    for _ in 0..3 * 1024 * 1024 / 65 {
        let _ = writeln!(rest, "    {line}");
    }
    workspace.write("large.yaml", secret_with("shop", "large", &rest));
    workspace.seal(&["large.yaml"]).ends(0).says("warning: large.yaml").says("kubectl apply --server-side");
    let opened = workspace.opened(&["large-sealedsecret.yaml"]).remove(0);
    assert!(opened.data["large"] == format!("{line}\n").repeat(3 * 1024 * 1024 / 65).into_bytes());
}

/// All of them take a debug build half a minute: there a fifth has to do.
const DOCUMENTS: usize = if cfg!(debug_assertions) { 20_000 } else { 100_000 };

#[test]
fn a_hundred_thousand_documents() {
    let workspace = Workspace::new();
    let mut text = String::new();
    for number in 0..DOCUMENTS {
        text += "---\n";
        text += &secret_with("shop", &format!("n{number}"), "data: {a: Yg==}\n");
    }
    workspace.write("many.yaml", text);
    workspace.seal(&["many.yaml"]).ends(0).says(&format!("sealed {DOCUMENTS} objects in 1 file"));
    let sealed = workspace.text("many-sealedsecret.yaml");
    let names = sealed.split("---\n").skip(1).map(|document| {
        assert!(document.contains("\n    a: AQ"), "a document without its value");
        document.lines().find_map(|line| line.strip_prefix("  name: ")).unwrap_or_default()
    });
    assert!(
        names.eq((0..DOCUMENTS).map(|number| format!("n{number}"))),
        "documents are missing or out of order"
    );
}

#[test]
fn more_files_than_may_be_open_at_a_time() {
    const FILES: usize = 1_500;
    let workspace = Workspace::new();
    for number in 0..FILES {
        let text = secret_with("shop", &format!("n{number}"), "data: {a: Yg==}\n");
        workspace.write(&format!("s/{}/{number}.yaml", number % 7), text);
    }
    workspace
        .script("ulimit -n 256 && exec \"$@\"")
        .arg("--cert")
        .arg(key_file("k2048.crt.pem"))
        .args(&["s", "--output-dir", "out"])
        .ends(0)
        .says(&format!("sealed {FILES} objects in {FILES} files"));
    let sealed =
        workspace.tree().names().filter(|name| name.starts_with("out/") && name.ends_with("yaml")).count();
    assert_eq!(sealed, FILES);
    workspace
        .script("ulimit -n 256 && exec \"$@\"")
        .args(&["unseal", "out", "--output-dir", "opened", "--key"])
        .arg(key_file("k2048.key.pem"))
        .ends(0)
        .says(&format!("opened {FILES} objects in {FILES} files"));
}
