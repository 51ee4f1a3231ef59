//! `seal keys generate`: keys that are never told, never replaced, and work.

use sealed_secrets_tests::workspace::{Workspace, secret};

/// Small, since each test makes some.
const SMALL: [&str; 4] = ["keys", "generate", "--size", "2048"];

const PRIVATE: &str = "PRIVATE KEY";

#[test]
fn pem_files_that_seal_and_open() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    workspace
        .script("umask 022; exec \"$@\"")
        .args(&SMALL)
        .arg("made/here")
        .ends(0)
        .prints_nothing()
        .says("made/here/tls.key")
        .says("fingerprint SHA256:")
        .keeps_quiet_about(PRIVATE);
    assert_eq!((workspace.mode("made/here/tls.key"), workspace.mode("made/here/tls.crt")), (0o600, 0o644));
    assert!(workspace.text("made/here/tls.key").starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    assert!(workspace.text("made/here/tls.crt").starts_with("-----BEGIN CERTIFICATE-----\n"));

    workspace.run().args(&["--cert", "made/here/tls.crt", "a.yaml"]).ends(0);
    let run =
        workspace.run().args(&["unseal", "a-sealedsecret.yaml", "-o", "json", "--key", "made/here/tls.key"]);
    assert_eq!(run.opening().ends(0).secrets()[0].name, "a");
    workspace.unseal(&["a-sealedsecret.yaml"]).ends(1);
}

#[test]
fn the_private_key_is_for_the_user_alone_whatever_the_umask() {
    let workspace = Workspace::new();
    workspace.script("umask 000; exec \"$@\"").args(&SMALL).arg("made").ends(0);
    assert_eq!((workspace.mode("made/tls.key"), workspace.mode("made/tls.crt")), (0o600, 0o666));
    workspace.script("umask 000; exec \"$@\"").args(&SMALL).args(&["--secret", "key.yaml"]).ends(0);
    assert_eq!(workspace.mode("key.yaml"), 0o600);
}

#[test]
fn nothing_is_ever_replaced() {
    for there in ["tls.key", "tls.crt"] {
        let workspace = Workspace::new();
        workspace.write(&format!("made/{there}"), "precious");
        let before = workspace.tree();
        workspace
            .run()
            .args(&SMALL)
            .arg("made")
            .ends(1)
            .says(&format!("made/{there} is there already"))
            .says("a key is never replaced");
        assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
    }
    let workspace = Workspace::new();
    workspace.write("key.yaml", "");
    workspace.link("dangling.yaml", "nowhere");
    let before = workspace.tree();
    for file in ["key.yaml", "dangling.yaml"] {
        workspace.run().args(&SMALL).args(&["--secret", file]).ends(1).says("is there already");
    }
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn the_secret_that_the_controller_takes() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let ran = workspace
        .run()
        .args(&SMALL)
        .args(&["--secret", "key.yaml", "-n", "kube-system", "--name", "my-key"])
        .ends(0);
    ran.prints_nothing().keeps_quiet_about(PRIVATE);
    let text = workspace.text("key.yaml");
    for line in [
        "kind: Secret\n",
        "type: kubernetes.io/tls\n",
        "  name: my-key\n",
        "  namespace: kube-system\n",
        "    sealedsecrets.bitnami.com/sealed-secrets-key: active\n",
    ] {
        assert!(text.contains(line), "{line:?} is missing");
    }
    // The certificate that is in it seals what the key that is in it opens.
    let json = workspace.run().args(&SMALL).args(&["--secret", "-"]).opening().ends(0);
    assert!(
        json.text().contains("  generateName: sealed-secrets-key\n")
            && json.text().contains("  namespace: sealed-secrets\n")
    );
    assert!(!json.text().contains("  name:"));
    workspace.write("printed.yaml", json.text());
    let certificate =
        json.text().lines().find_map(|line| line.trim().strip_prefix("tls.crt: ")).unwrap().to_owned();
    let certificate =
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, certificate).unwrap();
    workspace.write("tls.crt", certificate);
    workspace.run().args(&["--cert", "tls.crt", "a.yaml"]).ends(0);
    let run = workspace.run().args(&["unseal", "a-sealedsecret.yaml", "-o", "json", "--key", "printed.yaml"]);
    assert_eq!(run.opening().ends(0).secrets()[0].name, "a");
    let other = workspace.run().args(&["unseal", "a-sealedsecret.yaml", "--key", "key.yaml"]);
    other.ends(1).says("no key could decrypt secret");
}

#[test]
fn the_fingerprint_that_is_said_is_the_certificates() {
    let workspace = Workspace::new();
    let made =
        workspace.run().args(&SMALL).args(&["made", "--common-name", "Test Ümlaut", "--days", "2"]).ends(0);
    let fingerprint = made.stderr.split("fingerprint ").nth(1).unwrap().trim().to_owned();
    let shown = workspace.run().args(&["cert", "made/tls.crt"]).ends(0);
    assert!(shown.text().contains(&fingerprint), "{shown}");
    // Whole days: a second after it was made, one less.
    let in_days = |days: u32| shown.text().contains(&format!("valid for {days} more day"));
    assert!(shown.text().contains("RSA, 2048 bits") && (in_days(1) || in_days(2)), "{shown}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_made() {
    let workspace = Workspace::new();
    let run = |arguments: &[&str]| workspace.run().args(&["keys", "generate"]).args(arguments);
    run(&["made", "--size", "1024"]).ends(2).says("2048");
    run(&["made", "--days", "0"]).ends(2).says("--days");
    run(&[]).ends(2).says("DIR");
    run(&["made", "--secret", "key.yaml"]).ends(2);
    run(&["--secret", "key.yaml", "--name", "../x"]).ends(2).says("--name");
    run(&["--secret", "key.yaml", "--namespace", "A"]).ends(2).says("--namespace");
    assert_eq!(workspace.tree().names().filter(|name| !name.starts_with("../")).count(), 0);
    workspace.write("file", "");
    run(&["file/made", "--size", "2048"]).ends(1).says("file/made");
    run(&["--secret", "missing/key.yaml", "--size", "2048"]).ends(1).says("missing/key.yaml");
}

#[test]
fn a_name_for_pem_files_is_no_use_and_refused() {
    let workspace = Workspace::new();
    let ran = workspace.run().args(&SMALL).args(&["made", "--name", "x"]).ends(2);
    ran.says("--name");
    assert!(!workspace.has("made"));
}

#[test]
fn a_usual_key_has_4096_bits_and_ten_years() {
    let workspace = Workspace::new();
    workspace.write("a.yaml", secret("shop", "a"));
    workspace.run().args(&["keys", "generate", "made"]).ends(0);
    let shown = workspace.run().args(&["cert", "made/tls.crt"]).ends(0);
    assert!(shown.text().contains("RSA, 4096 bits"), "{shown}");
    let in_days = |days: u32| shown.text().contains(&format!("valid for {days} more days"));
    assert!(in_days(3649) || in_days(3650), "{shown}");
}
