//! `seal cert`, and certificates that nothing can be sealed with.

use sealed_secrets_tests::workspace::{Workspace, key_file};

#[test]
fn a_certificate_is_described() {
    let workspace = Workspace::new();
    let shown = workspace.run().arg("cert").arg(key_file("k4096.crt.pem")).ends(0);
    for line in [
        "fingerprint  SHA256:",
        "key          RSA, 4096 bits\n",
        "not before   2024-01-01T00:00:00Z\n",
        "not after    2033-12-29T00:00:00Z\n",
        "state        valid for ",
    ] {
        assert!(shown.text().contains(line), "{line:?} is missing\n{shown}");
    }
    assert_eq!(shown.stderr, "");
}

#[test]
fn an_expired_one_is_described_and_is_a_failure() {
    let workspace = Workspace::new();
    let shown = workspace.run().arg("cert").arg(key_file("expired.crt.pem")).ends(1);
    assert!(shown.text().contains("not after    2020-06-18T12:00:00Z\n"), "{shown}");
    assert!(shown.text().contains("state        expired"), "{shown}");
}

#[test]
fn one_of_the_future_may_be_used() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let shown = workspace.run().arg("cert").arg(key_file("future.crt.pem")).ends(0);
    assert!(shown.text().contains("not valid yet"), "{shown}");
    workspace.run().arg("--cert").arg(key_file("future.crt.pem")).arg("a.yaml").ends(0);
}

#[test]
fn the_pem_that_is_printed_is_the_certificate() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let junk =
        format!("some words\n{}\nmore words\n", std::fs::read_to_string(key_file("k2048.crt.pem")).unwrap());
    workspace.write("junk.pem", junk);
    let printed = workspace.run().args(&["cert", "junk.pem", "--pem"]).ends(0);
    assert!(printed.text().starts_with("-----BEGIN CERTIFICATE-----\n"));
    workspace.write("clean.pem", printed.text());
    workspace.run().args(&["--cert", "clean.pem", "a.yaml"]).ends(0);
    assert_eq!(workspace.opened(&["a-sealedsecret.yaml"]).len(), 1);
}

#[test]
fn files_that_are_no_certificate_seal_nothing() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    workspace.write("empty.pem", "");
    workspace.write("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    let before = workspace.tree();
    let cases = [
        (
            key_file("ec.crt.pem"),
            "expected RSA public key but found",
            "hint: the controller makes RSA certificates",
        ),
        (key_file("ed25519.crt.pem"), "expected RSA public key but found", "hint: "),
        (key_file("rsa1024.crt.pem"), "1024 bits; 2048 to 8192 bits are accepted", "hint: "),
        (key_file("k2048.pub.pem"), "does not contain any valid", "a bare public key is not enough"),
        (key_file("k2048.key.pem"), "does not contain any valid", "hint: "),
        (key_file("k2048.crt.der"), "does not contain any valid", "hint: "),
        (workspace.path("empty.pem"), "does not contain any valid", "hint: "),
        (workspace.path("cut.pem"), "malformed certificate", "hint: "),
        (workspace.path("missing.pem"), "no such file or directory", "missing.pem"),
        (workspace.path(""), "is a directory", "read "),
    ];
    for (file, message, hint) in &cases {
        workspace.run().arg("cert").arg(file).ends(1).prints_nothing().says(message).says(hint);
        for arguments in [&["a.yaml"][..], &["a.yaml", "--stdout"], &["a.yaml", "--output-dir", "out"]] {
            workspace
                .run()
                .arg("--cert")
                .arg(file)
                .args(arguments)
                .ends(1)
                .prints_nothing()
                .says(message)
                .says(hint);
        }
        let piped = workspace.run().arg("--cert").arg(file).stdin(workspace.read("a.yaml"));
        piped.ends(1).prints_nothing().says(message);
    }
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}
