//! Sealed files validated and re-encrypted by the controller: one, and whole trees in place.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use sealed_secrets_tests::api_server::{ApiServer, Controller, ROTATE, Reply, VERIFY};
use sealed_secrets_tests::workspace::{CANARY, Workspace, key_file, secret_with};

fn controller() -> ApiServer {
    let controller = Controller::new();
    ApiServer::start(move |request| controller.answer(request))
}

/// Sealed files of that many Secrets in `t`, with the older key, and the plain ones gone.
fn tree(count: usize) -> Workspace {
    let workspace = Workspace::new();
    for number in 0..count {
        workspace.write(
            &format!("t/{number}.yaml"),
            secret_with(
                "shop",
                &format!("s{number}"),
                &format!("stringData:\n  password: {CANARY}\n  user: u\n"),
            ),
        );
    }
    workspace.seal(&["t"]).ends(0);
    for number in 0..count {
        std::fs::remove_file(workspace.path(&format!("t/{number}.yaml"))).unwrap();
    }
    workspace
}

/// The Secrets that a key opens.
fn opened(workspace: &Workspace, key: &str, path: &str) -> Vec<sealed_secrets_tests::secrets::Secret> {
    let run = workspace.run().args(&["unseal", path, "-o", "json", "--key"]).arg(key_file(key));
    run.opening().ends(0).secrets()
}

/// Lines that are not the same in both texts.
fn changed_lines<'t>(before: &'t str, after: &'t str) -> Vec<(&'t str, &'t str)> {
    assert_eq!(before.lines().count(), after.lines().count(), "{before}\n{after}");
    before.lines().zip(after.lines()).filter(|(before, after)| before != after).collect()
}

#[test]
fn a_tree_comes_under_the_newest_key_and_nothing_else_changes() {
    let server = controller();
    let workspace = tree(20);
    // What an editor leaves in a file: comments, quotes, a template, a second document, line ends.
    let sealed = workspace.text("t/0-sealedsecret.yaml");
    let edited = sealed
        .replace("spec:\n", "spec:   # sealed by hand\n")
        .replace("  template:\n", "  template:\n    data:\n      cfg: \"p={{ .password }}\"\n")
        + "---\n# not ours\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: 'x'}\n";
    workspace.write("t/0-sealedsecret.yaml", &edited);
    let crlf = workspace.text("t/1-sealedsecret.yaml").replace('\n', "\r\n");
    workspace.write("t/1-sealedsecret.yaml", &crlf);
    workspace.write("t/deep/kustomization.yaml", "resources: []\n");
    workspace.set_mode("t/2-sealedsecret.yaml", 0o640);

    let ran =
        workspace.run().args(&["--re-encrypt", "--server", &server.url(), "t"]).ends(0).prints_nothing();
    ran.says("re-encrypted 20 objects in 20 files").says("t/deep/kustomization.yaml");
    assert_eq!(server.asked().iter().filter(|line| **line == ROTATE).count(), 20);

    let now = workspace.text("t/0-sealedsecret.yaml");
    let changes = changed_lines(&edited, &now);
    assert_eq!(changes.len(), 3, "two values and the hint: {changes:?}");
    let hint = Controller::new().fingerprint();
    assert!(
        changes.iter().any(|(_, after)| after.contains(&hint) && after.contains("sealed-with")),
        "{changes:?}"
    );
    assert!(now.contains("cfg: \"p={{ .password }}\"") && now.contains("spec:   # sealed by hand"));
    let now = workspace.text("t/1-sealedsecret.yaml");
    assert_eq!(now.matches("\r\n").count(), crlf.matches("\r\n").count());
    assert_eq!(now.matches('\n').count(), crlf.matches("\r\n").count());
    assert_eq!(workspace.mode("t/2-sealedsecret.yaml"), 0o640);

    for number in 1..20 {
        let secrets = opened(&workspace, "k2048b.key.pem", &format!("t/{number}-sealedsecret.yaml"));
        assert_eq!(secrets[0].name, format!("s{number}"));
        assert_eq!(secrets[0].data["password"], CANARY.as_bytes());
    }
    workspace.unseal(&["t/3-sealedsecret.yaml"]).ends(1);
}

#[test]
fn a_file_that_fails_is_as_it_was_and_the_others_go_on() {
    let server = controller();
    let workspace = tree(4);
    let other = workspace.text("t/0-sealedsecret.yaml").replace("name: s0\n", "name: moved\n");
    workspace.write("t/0-sealedsecret.yaml", other);
    workspace.write("t/broken.yaml", "kind: [SealedSecret\n");
    let listed = workspace.text("t/1-sealedsecret.yaml");
    let items: String =
        listed.lines().filter(|line| *line != "---").map(|line| format!("  {line}\n")).collect();
    let items = items.replacen("  ", "- ", 1);
    workspace.write("t/list.yaml", format!("apiVersion: v1\nkind: List\nitems:\n{items}"));
    let before = workspace.tree();
    let ran = workspace
        .run()
        .args(&["--re-encrypt", "--server", &server.url(), "t", "--report", "json"])
        .ends(1)
        .says("t/0-sealedsecret.yaml, document 1")
        .says("cannot re-encrypt secret: an error on the server")
        .says("t/broken.yaml")
        .says("it stands in a List")
        .says("re-encrypted 3 objects in 3 files, 3 failed (as they were)");
    let report = &ran.json()[0];
    assert_eq!(report["summary"]["re-encrypted"], 3);
    assert_eq!(report["summary"]["failed"], 3);
    assert_eq!(
        before.changes(&workspace.tree()),
        ["~ t/1-sealedsecret.yaml", "~ t/2-sealedsecret.yaml", "~ t/3-sealedsecret.yaml"]
    );
}

#[test]
fn an_answer_that_lacks_something_is_not_taken() {
    type Spoil = fn(&mut serde_json::Value);
    let answers: [(&str, Spoil); 4] = [
        ("no value for item \"user\"", |answer| {
            answer["spec"]["encryptedData"].as_object_mut().unwrap().remove("user");
        }),
        ("for another namespace, name or scope", |answer| answer["metadata"]["name"] = "other".into()),
        ("is no sealed value", |answer| answer["spec"]["encryptedData"]["user"] = "x: y\nevil: 1".into()),
        ("is no SealedSecret", |answer| *answer = "hello".into()),
    ];
    for (message, spoil) in answers {
        let controller = Controller::new();
        let spoilt = ApiServer::start(move |request| {
            let good = controller.answer(request);
            if request.line() != ROTATE {
                return good;
            }
            let mut answer: serde_json::Value = serde_json::from_slice(good.body()).unwrap();
            spoil(&mut answer);
            Reply::ok(answer.to_string())
        });
        let workspace = tree(1);
        let before = workspace.tree();
        let file = "t/0-sealedsecret.yaml";
        workspace
            .run()
            .args(&["--re-encrypt", "--server", &spoilt.url(), "t"])
            .ends(1)
            .says(message)
            .says(file);
        workspace.run().args(&["--re-encrypt", "--server", &spoilt.url(), "-f", file]).ends(1).says(message);
        assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
    }
}

#[test]
fn the_limit_of_upstreams_controller_is_waited_for() {
    // Three at once, then two a second, as upstream's default has it.
    let controller = Controller::new();
    let bucket = Mutex::new((3.0_f64, Instant::now()));
    let server = ApiServer::start(move |request| {
        if request.line() == ROTATE {
            let mut bucket = bucket.lock().unwrap();
            let now = Instant::now();
            bucket.0 = (bucket.0 + 2.0 * now.duration_since(bucket.1).as_secs_f64()).min(3.0);
            bucket.1 = now;
            if bucket.0 < 1.0 {
                return Reply::with(429, "limit exceeded\n").header("Retry-After", "1");
            }
            bucket.0 -= 1.0;
        }
        controller.answer(request)
    });
    let workspace = tree(32);
    let begun = Instant::now();
    workspace
        .run()
        .args(&["--re-encrypt", "--server", &server.url(), "t"])
        .ends(0)
        .says("32 objects in 32 files");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    let asked = server.asked().iter().filter(|line| **line == ROTATE).count();
    assert!(asked < 100, "{asked} requests for 32 objects");
}

#[test]
fn one_file_is_changed_in_place_and_a_stream_is_printed() {
    let server = controller();
    let workspace = tree(1);
    let file = "t/0-sealedsecret.yaml";
    let before = workspace.text(file);
    let url = server.url();
    let printed = workspace.run().args(&["--re-encrypt", "--server", &url]).stdin(before.as_str()).ends(0);
    assert_eq!(changed_lines(&before, printed.text()).len(), 3);
    assert_eq!(workspace.text(file), before);

    workspace.link("link.yaml", file);
    workspace.run().args(&["--re-encrypt", "--server", &url, "-f", "link.yaml"]).ends(0).prints_nothing();
    assert_eq!(changed_lines(&before, &workspace.text(file)).len(), 3);
    assert!(workspace.path("link.yaml").is_symlink());

    // As kubeseal prints it: the whole answer, anew.
    let whole = workspace
        .run()
        .args(&["--re-encrypt", "--server", &url, "-o", "json"])
        .stdin(before.as_str())
        .ends(0);
    assert_eq!(whole.json()[0]["kind"], "SealedSecret");
    workspace.run().args(&["--re-encrypt", "--server", &url, "-"]).ends(2).says("stdin (-)");
    workspace
        .run()
        .args(&["--re-encrypt", "--server", &url, "t", "--output-dir", "o"])
        .ends(2)
        .says("--output-dir");
}

#[test]
fn nothing_to_do_is_an_error_and_empties_no_file() {
    let server = controller();
    let workspace = Workspace::new();
    workspace.write("empty.yaml", "# nothing\n");
    workspace.write("broken.yaml", "foo: [\n");
    let before = workspace.tree();
    for name in ["seal", "kubeseal"] {
        for mode in ["--re-encrypt", "--validate"] {
            let run =
                |file: &str| workspace.run_as(name).args(&[mode, "--server", &server.url(), "-f", file]);
            run("empty.yaml").ends(1).prints_nothing().says("no SealedSecret found");
            run("broken.yaml").ends(1).prints_nothing().says("line 1");
        }
    }
    workspace.run().args(&["--re-encrypt", "--server", &server.url(), "empty.yaml"]).ends(1);
    let changes = before.changes(&workspace.tree());
    assert!(changes.iter().all(|change| change.starts_with("+ ../")), "{changes:?}");
    assert!(server.asked().iter().all(|line| line.starts_with("GET ")));
}

#[test]
fn a_tree_is_validated_file_by_file() {
    let server = controller();
    let workspace = tree(3);
    let url = server.url();
    let ran = workspace.run().args(&["--validate", "--server", &url, "t", "--report", "json"]).ends(0);
    ran.json()[0]["files"].as_array().unwrap().iter().for_each(|file| assert_eq!(file["result"], "valid"));
    let ran = ran.says("valid 3 objects in 3 files");
    assert!(!ran.stderr.contains("stdout"), "{ran}");

    let moved = workspace.text("t/1-sealedsecret.yaml").replace("namespace: shop\n", "namespace: other\n");
    workspace.write("t/1-sealedsecret.yaml", moved);
    let before = workspace.tree();
    workspace
        .run()
        .args(&["--validate", "--server", &url, "t"])
        .ends(1)
        .says("t/1-sealedsecret.yaml, document 1")
        .says("unable to decrypt sealed secret: s1")
        .says("valid 2 objects in 2 files, 1 failed");
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
    assert_eq!(server.asked().iter().filter(|line| **line == VERIFY).count(), 6);
}
