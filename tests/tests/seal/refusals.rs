//! Objects that must not be sealed as they stand, each refused with a way out; and what is worth a warning.

use sealed_secrets_tests::workspace::{CANARY, Ran, Workspace, key_file, secret, secret_with};

/// Seals a text as a file beside a good one and through stdin: refused both times, and nothing of it written.
#[track_caller]
fn refused(text: impl AsRef<[u8]>, messages: &[&str]) -> Ran {
    let workspace = Workspace::with_secrets(&["good.yaml"]);
    workspace.write("bad.yaml", &text);
    let before = workspace.tree();
    let ran =
        workspace.seal(&["bad.yaml", "good.yaml"]).ends(1).prints_nothing().says("bad.yaml, document 1");
    assert_eq!(before.changes(&workspace.tree()), ["+ good-sealedsecret.yaml"]);
    let piped = workspace.seal(&[]).stdin(text.as_ref()).ends(1).prints_nothing().says("stdin, document 1");
    messages.iter().fold(piped, |ran, message| ran.says(message));
    messages.iter().fold(ran.says("hint: "), |ran, message| ran.says(message))
}

fn homeless() -> String {
    secret("shop", "homeless").replace("  namespace: shop\n", "")
}

const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\ncurrent-context: here\ncontexts:\n- name: here\n  context: {cluster: c, namespace: from-kubeconfig}\nclusters:\n- name: c\n  cluster: {server: 'https://127.0.0.1:1'}\n";

#[test]
fn an_object_without_a_namespace_whatever_the_kubeconfig_says() {
    let ran =
        refused(homeless(), &["secret must declare a namespace", "write metadata.namespace", "--namespace"]);
    ran.says("Secret homeless");

    let workspace = Workspace::new();
    workspace.write("homeless.yaml", homeless());
    workspace.write("../home/.kube/config", KUBECONFIG);
    workspace.write("kubeconfig.yaml", KUBECONFIG);
    let given = workspace.path("kubeconfig.yaml");
    let runs = [
        workspace.seal(&["homeless.yaml"]),
        workspace.seal(&["homeless.yaml"]).env("KUBECONFIG", &given),
        workspace.seal(&["homeless.yaml", "--kubeconfig", "kubeconfig.yaml"]),
        workspace.seal(&["homeless.yaml", "--scope", "namespace-wide"]).env("KUBECONFIG", &given),
        workspace.seal(&[]).stdin(homeless()).env("KUBECONFIG", &given),
    ];
    for run in runs {
        run.ends(1)
            .says("secret must declare a namespace")
            .keeps_quiet_about("from-kubeconfig")
            .prints_nothing();
    }
    assert!(!workspace.has("homeless-sealedsecret.yaml"));

    workspace.seal(&["homeless.yaml", "--namespace", "shop"]).env("KUBECONFIG", &given).ends(0);
    assert_eq!(workspace.opened(&["homeless-sealedsecret.yaml"])[0].namespace, "shop");
    workspace.seal(&["homeless.yaml"]).env("SEALED_SECRETS_NAMESPACE", "shop").ends(0);
    workspace
        .seal(&["homeless.yaml", "--scope", "cluster-wide", "--output-dir", "wide"])
        .env("KUBECONFIG", &given)
        .ends(0);
    assert!(!workspace.text("wide/homeless-sealedsecret.yaml").contains("from-kubeconfig"));
}

#[test]
fn names_that_are_no_names() {
    let long = "a".repeat(254);
    for name in ["../../x", "My-Secret", "my_secret", "-a", "a.", "a b", "ümlaut", long.as_str()] {
        refused(secret("shop", &format!("\"{name}\"")), &["is no name", "lower-case letters"]);
    }
    refused(secret("shop", "''"), &["missing metadata.name", "--name"]);
}

#[test]
fn an_object_named_after_a_path_writes_nothing_anywhere() {
    let workspace = Workspace::new();
    workspace.write("a/b/c/evil.yaml", secret("shop", "../../x"));
    let before = workspace.tree();
    workspace.seal(&["a"]).ends(1).says("metadata.name \"../../x\" is no name");
    workspace.seal(&["a", "--output-dir", "out/a/b"]).ends(1);
    workspace.seal(&["a/b/c/evil.yaml", "--stdout"]).ends(1).prints_nothing();
    let evil = secret("shop", "x").replace("namespace: shop", "namespace: ../../shop");
    workspace.seal(&[]).stdin(evil).ends(1).says("metadata.namespace \"../../shop\" is no namespace");
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn namespaces_that_are_no_namespaces() {
    for namespace in ["a.b", "Shop", "a/b", &"a".repeat(64)] {
        refused(secret(namespace, "db"), &["is no namespace", "at most 63"]);
    }
    let workspace = Workspace::new();
    workspace.seal(&["--namespace", "Not/One"]).stdin(homeless()).ends(1).says("is no namespace");
}

#[test]
fn keys_that_a_secret_cannot_have() {
    let long = "k".repeat(254);
    for key in ["a b", "a/b", "..", "..a", ".", "", "ü", long.as_str()] {
        refused(
            secret_with("shop", "db", &format!("stringData:\n  \"{key}\": {CANARY}\n")),
            &["not a key that a Secret can have", "a key has at most 253"],
        );
    }
}

#[test]
fn terminal_codes_in_names_are_not_passed_on() {
    let ran = refused(secret("shop", "\"a\\e[31mb\""), &["is no name"]);
    ran.keeps_quiet_about("\u{1b}");
}

#[test]
fn an_object_without_a_kind() {
    refused(secret("shop", "db").replace("kind: Secret\n", ""), &["it has no kind", "kind: Secret"]);
}

#[test]
fn an_object_without_values() {
    let empty = secret_with("shop", "db", "");
    let workspace = Workspace::new();
    workspace.write("empty.yaml", &empty);
    workspace.seal(&["empty.yaml"]).ends(1).says("secret.data is empty").says("--allow-empty-data");
    workspace.seal(&["empty.yaml", "--allow-empty-data"]).ends(0);
    assert!(workspace.has("empty-sealedsecret.yaml"));
}

#[test]
fn several_objects_without_a_line_between_them() {
    let both = format!("{}{}", secret("shop", "first"), secret("shop", "second"));
    refused(both, &["is given a second time", "need a line `---` between them"]);
}

#[test]
fn a_key_that_is_given_twice() {
    let twice = format!("stringData:\n  password: {CANARY}\n  user: x\n  password: {CANARY}2\n");
    refused(
        secret_with("shop", "db", &twice),
        &["line 9: stringData.password is given a second time (first in line 7)", "take one of them out"],
    );
    let json = format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{{\"name\":\"a\",\"namespace\":\"b\"}},\n\
         \"stringData\":{{\"k\":\"{CANARY}\",\n\"k\":\"{CANARY}\"}}}}"
    );
    refused(json, &["stringData.k is given a second time"]);
}

#[test]
fn half_of_a_surrogate_pair() {
    let json = "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"a\",\"namespace\":\"b\"},\
                \"stringData\":{\"k\":\"c4nary-\\ud800\"}}";
    refused(json, &["stringData.k holds half of a surrogate pair", "base64"]);
}

#[test]
fn an_expired_certificate_seals_nothing() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let before = workspace.tree();
    let expired =
        |arguments: &[&str]| workspace.run().arg("--cert").arg(key_file("expired.crt.pem")).args(arguments);
    for run in
        [expired(&["a.yaml"]), expired(&["a.yaml", "--stdout"]), expired(&[]).stdin(secret("shop", "db"))]
    {
        run.ends(1)
            .prints_nothing()
            .says("expired certificate on June 18, 2020")
            .says("hint: fetch the current one");
    }
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
}

#[test]
fn an_unknown_field_is_a_warning_that_names_the_likely_one() {
    let workspace = Workspace::new();
    let text =
        secret("shop", "db").replace("stringData:", "  annotation:\n    a: b\nstringdata2: {}\nstringData:");
    workspace.write("db.yaml", &text);
    let ran = workspace.seal(&["db.yaml"]).ends(0);
    ran.says("warning: db.yaml, document 1 (line 1), Secret shop/db")
        .says("line 6: unknown field metadata.annotation is dropped; did you mean metadata.annotations?")
        .says("unknown field stringdata2 is dropped");
    workspace.seal(&[]).stdin(text).ends(0).says("did you mean metadata.annotations?");
}

#[test]
fn a_value_that_a_plain_apply_cannot_carry_is_a_warning() {
    let of = |bytes: usize| secret_with("shop", "db", &format!("stringData:\n  a: {}\n", "x".repeat(bytes)));
    let workspace = Workspace::new();
    workspace.write("fits.yaml", of(150_000));
    workspace.seal(&["fits.yaml"]).ends(0).keeps_quiet_about("warning");
    workspace.write("large.yaml", of(256 * 1024 + 1));
    let ran = workspace.seal(&["large.yaml"]).ends(0);
    ran.says("warning: large.yaml, document 1 (line 1), Secret shop/db").says("kubectl apply --server-side");
    assert_eq!(workspace.opened(&["large-sealedsecret.yaml"])[0].data["a"].len(), 256 * 1024 + 1);
}

#[test]
fn two_values_that_are_too_large_together_are_a_warning() {
    let half = "x".repeat(130_000);
    let workspace = Workspace::new();
    workspace
        .write("db.yaml", secret_with("shop", "db", &format!("stringData:\n  a: {half}\n  b: {half}\n")));
    workspace.seal(&["db.yaml"]).ends(0).says("kubectl apply --server-side");
}

#[test]
fn what_sops_has_encrypted_is_not_sealed_again() {
    let workspace = Workspace::new();
    let text = "stringData: {a: 'ENC[AES256_GCM,data:xx,type:str]'}\nsops: {mac: x, version: 3.9.0}\n";
    workspace.write("s.yaml", secret_with("shop", "s", text));
    workspace.seal(&["s.yaml"]).ends(1).says("encrypted with SOPS").says("sops -d");
}
