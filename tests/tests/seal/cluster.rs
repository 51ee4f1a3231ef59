//! The controller of a cluster, asked through its API server: what it is asked, and what the user is told where it
//! does not answer as hoped.

use std::time::{Duration, Instant};

use sealed_secrets_tests::api_server::{ApiServer, Controller, Reply, SERVICE, black_hole};
use sealed_secrets_tests::workspace::{Ran, Workspace, secret};

const CERTIFICATE: &str =
    "GET /api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:http/proxy/v1/cert.pem";

fn controller() -> ApiServer {
    let controller = Controller::new();
    ApiServer::start(move |request| controller.answer(request))
}

/// A cluster in which the controller's Service is not where it is looked for.
fn elsewhere(places: &'static [(&'static str, &'static str)], may_list: bool) -> ApiServer {
    ApiServer::start(move |request| {
        if request.path.starts_with("/api/v1/services?") {
            if !may_list {
                return Reply::refusal(403, "services is forbidden: User \"u\" cannot list resource");
            }
            let item = |(namespace, name): &(&str, &str)| serde_json::json!({"metadata": {"namespace": namespace, "name": name}});
            let items: Vec<_> = places.iter().map(item).collect();
            return Reply::ok(serde_json::json!({"metadata": {}, "items": items}).to_string());
        }
        let is_there = places.iter().any(|(namespace, name)| {
            request.path == format!("/api/v1/namespaces/{namespace}/services/{name}")
        });
        let name = request.path.rsplit('/').next().unwrap_or_default();
        if is_there {
            Controller::service()
        } else {
            Reply::refusal(404, &format!("services {name:?} not found"))
        }
    })
}

#[test]
fn a_folder_is_sealed_with_the_controllers_certificate_fetched_once() {
    let server = controller();
    let workspace = Workspace::with_secrets(&["s/a.yaml", "s/b.yaml", "s/c.yaml"]);
    workspace.run().args(&["--server", &server.url(), "s", "--output-dir", "out"]).ends(0);
    assert_eq!(server.asked(), [format!("GET {SERVICE}"), CERTIFICATE.to_owned()]);
    assert!(workspace.text("out/a-sealedsecret.yaml").contains("encryptedData"));

    let fetched = workspace.run().args(&["--server", &server.url(), "--fetch-cert"]).ends(0);
    workspace.write("pub.pem", &fetched.stdout);
    workspace.run().args(&["cert", "pub.pem"]).ends(0);
}

#[test]
fn a_wrong_address_is_answered_with_what_was_asked_and_what_to_type() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let sought = |server: &ApiServer| -> Ran {
        workspace
            .run()
            .args(&["--server", &server.url(), "a.yaml"])
            .ends(1)
            .prints_nothing()
            .says("cannot get sealed secret service: services \"sealed-secrets-controller\" not found.\nPlease, use")
            .says(&format!("asked: GET {}{SERVICE}: 404", server.url()))
    };
    let one: &[_] = &[
        ("default", "kubernetes"),
        ("gitops", "my-sealed-secrets"),
        ("gitops", "my-sealed-secrets-metrics"),
    ];
    sought(&elsewhere(one, true))
        .says("/api/v1/services: 200, 1 with sealed-secrets")
        .says("hint: type --controller-namespace gitops --controller-name my-sealed-secrets\n");
    let two: &[_] = &[("a", "sealed-secrets"), ("b", "sealed-secrets-controller")];
    sought(&elsewhere(two, true))
        .says("--controller-namespace a --controller-name sealed-secrets\n")
        .says("--controller-namespace b --controller-name sealed-secrets-controller\n");
    sought(&elsewhere(&[("default", "kubernetes")], true)).says("is it installed");

    // Who may not list Services may still ask for the usual ones.
    let usual: &[_] = &[("sealed-secrets", "sealed-secrets-controller")];
    sought(&elsewhere(usual, false)).says("403, services is forbidden").says(
        "hint: type --controller-namespace sealed-secrets --controller-name sealed-secrets-controller\n",
    );
    assert!(!workspace.has("a-sealedsecret.yaml"));
}

#[test]
fn the_hint_leads_to_the_controller() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let controller = Controller::new();
    let server = ApiServer::start(move |request| {
        let mut here = request.clone();
        here.path = request.path.replace("/sealed-secrets/services/", "/kube-system/services/");
        if here.path == request.path { Reply::refusal(404, "not found") } else { controller.answer(&here) }
    });
    let flags =
        ["--controller-namespace", "sealed-secrets", "--controller-name", "sealed-secrets-controller"];
    workspace.run().args(&["--server", &server.url(), "a.yaml"]).args(&flags).ends(0);
}

#[test]
fn a_server_that_is_not_there_fails_at_once_and_one_that_is_silent_in_time() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let begun = Instant::now();
    workspace
        .run()
        .args(&["--server", "http://127.0.0.1:1", "a.yaml"])
        .ends(1)
        .says(&format!("Get \"http://127.0.0.1:1{SERVICE}\": connect: connection refused"))
        .says("--cert FILE");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());

    let hole = format!("http://{}", black_hole());
    let begun = Instant::now();
    workspace
        .run()
        .args(&["--server", &hole, "--request-timeout", "500ms", "a.yaml"])
        .ends(1)
        .says("no answer within 0.5 s");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let begun = Instant::now();
    workspace.run().args(&["--server", &hole, "a.yaml"]).ends(1).says("no answer within 10 s");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    workspace
        .run()
        .args(&["--server", &hole, "--request-timeout", "soon", "a.yaml"])
        .ends(1)
        .says("Invalid timeout");
}

#[test]
fn refusals_are_told_in_the_servers_words_and_with_what_to_do() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let forbidden = "services \"sealed-secrets-controller\" is forbidden: User \"u\" cannot get resource";
    let cases = [(401, "Unauthorized", "log in again"), (403, forbidden, "sealed-secrets-service-proxier")];
    for (status, message, hint) in cases {
        let server = ApiServer::start(move |_| Reply::refusal(status, message));
        workspace
            .run()
            .args(&["--server", &server.url(), "a.yaml"])
            .ends(1)
            .says(&format!("cannot get sealed secret service: {message}"))
            .says(hint)
            .keeps_quiet_about("Status {");
    }
    // The Service may be read, but not asked through.
    let server = ApiServer::start(|request| match request.path.as_str() {
        SERVICE => Controller::service(),
        _ => Reply::refusal(403, "services \"http:sealed-secrets-controller:http\" is forbidden"),
    });
    workspace
        .run()
        .args(&["--server", &server.url(), "a.yaml"])
        .ends(1)
        .says("cannot fetch certificate: services")
        .says("services/proxy");
}

#[test]
fn a_busy_server_is_asked_again_when_it_says_and_not_for_ever() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let busy = || Reply::refusal(429, "too many requests");
    let server = ApiServer::start(move |_| busy().header("Retry-After", "0"));
    workspace.run().args(&["--server", &server.url(), "a.yaml"]).ends(1).says("too many requests");
    let asked = server.asked();
    assert_eq!(asked.iter().filter(|line| **line == format!("GET {SERVICE}")).count(), 10);

    // A controller without Pods is no reason to wait: the API server does not say until when.
    let server = ApiServer::start(|request| match request.path.as_str() {
        SERVICE => Controller::service(),
        _ => Reply::refusal(503, "no endpoints available for service"),
    });
    let begun = Instant::now();
    workspace
        .run()
        .args(&["--server", &server.url(), "a.yaml"])
        .ends(1)
        .says("cannot fetch certificate: no endpoints available")
        .says("no Pod of the controller is ready");
    assert_eq!(server.asked().len(), 2);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());

    let late = ApiServer::start(|_| Reply::refusal(503, "busy").header("Retry-After", "3600"));
    let begun = Instant::now();
    workspace.run().args(&["--server", &late.url(), "--fetch-cert"]).ends(1);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_name_cannot_lead_to_another_path() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    let server = controller();
    for (flag, value) in [("--controller-name", "../../secrets/x"), ("--controller-namespace", "a%2fb")] {
        let run = workspace.run().args(&["--server", &server.url(), flag, value, "--fetch-cert"]);
        run.ends(1).says(flag).prints_nothing();
    }
    assert!(server.asked().is_empty());
}

#[test]
fn without_a_cluster_and_a_certificate_nothing_is_begun() {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    for arguments in [&["a.yaml"][..], &["--fetch-cert"], &[]] {
        let run = workspace.run().args(arguments).stdin(secret("shop", "x"));
        run.ends(2).prints_nothing().says("--cert FILE or URL").says("--kubeconfig FILE");
    }
    assert!(!workspace.has("a-sealedsecret.yaml"));
}

#[test]
fn conditions_are_cleared_of_what_only_ours_writes() {
    let object = |name: &str, version: &str, types: &[&str]| {
        let conditions: Vec<_> =
            types.iter().map(|name| serde_json::json!({"type": name, "status": "True"})).collect();
        serde_json::json!({
            "metadata": {"namespace": "shop", "name": name, "resourceVersion": version, "labels": {"a": "b"}},
            "spec": {"encryptedData": {"x": "AgB"}}, "status": {"conditions": conditions, "observedGeneration": 3},
        })
    };
    let all = ["Synced", "Ready", "Stalled"];
    let server = ApiServer::start(move |request| {
        match request.line().as_str() {
        "GET /apis/bitnami.com/v1alpha1/sealedsecrets?limit=500" => Reply::ok(
            serde_json::json!({"metadata": {"continue": "a b"}, "items": [object("one", "1", &all), object("two", "2", &["Synced"])]}).to_string(),
        ),
        "GET /apis/bitnami.com/v1alpha1/sealedsecrets?limit=500&continue=a%20b" => Reply::ok(
            serde_json::json!({"metadata": {}, "items": [object("three", "old", &all), object("gone", "4", &all)]}).to_string(),
        ),
        "GET /apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/three" => {
            Reply::ok(object("three", "new", &["Synced", "Ready"]).to_string())
        }
        line if line.starts_with("PUT ") => match request.json()["metadata"]["resourceVersion"].as_str() {
            Some("old") => Reply::refusal(409, "the object has been modified"),
            Some("4") => Reply::refusal(404, "not found"),
            _ => Reply::ok("{}"),
        },
        _ => Reply::refusal(404, "not found"),
    }
    });
    let workspace = Workspace::new();
    workspace
        .run()
        .args(&["conditions", "clear", "--server", &server.url()])
        .ends(2)
        .says("--all-namespaces");
    let ran = workspace.run().args(&["conditions", "clear", "-A", "--server", &server.url()]).ends(0);
    assert_eq!(ran.text(), "cleared shop/one: Ready, Stalled\ncleared shop/three: Ready\n");
    ran.says("stop the controller").says("cleared 2 of 4 SealedSecrets");
    let put: Vec<_> = server.requests().into_iter().filter(|request| request.method == "PUT").collect();
    assert_eq!(put.len(), 4);
    assert_eq!(put[0].path, "/apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/one/status");
    let body = put[0].json();
    assert_eq!(body["kind"], "SealedSecret");
    assert_eq!(body["metadata"]["resourceVersion"], "1");
    assert_eq!(body["metadata"]["labels"]["a"], "b");
    assert_eq!(body["status"]["observedGeneration"], 3);
    assert_eq!(body["status"]["conditions"].as_array().map(Vec::len), Some(1));
}
