//! The test cluster itself: what the other tests take for granted.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sealed_secrets_tests::cluster::world::Test;
use sealed_secrets_tests::cluster::{ControlPlane, Options, World, stays, wait_until};
use serde_json::json;

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("is_of_the_pinned_version", is_of_the_pinned_version),
    ("has_priority_and_fairness", has_priority_and_fairness),
    ("reaches_nothing_outside", reaches_nothing_outside),
    ("collects_an_owned_secret", collects_an_owned_secret),
    ("a_namespace_goes_with_what_is_in_it", a_namespace_goes_with_what_is_in_it),
    ("refuses_what_no_role_allows", refuses_what_no_role_allows),
    ("a_short_token_works_and_expires", a_short_token_works_and_expires),
    ("proxy_reaches_a_program", proxy_reaches_a_program),
    ("audit_names_every_request", audit_names_every_request),
    ("survives_kill_and_freeze", survives_kill_and_freeze),
];

fn is_of_the_pinned_version(world: &World) -> Result<()> {
    let version = world.plain()?.api().get("/version")?;
    // KUBEBUILDER_ASSETS may bring another patch release.
    ensure!(version["gitVersion"].as_str().is_some_and(|text| text.starts_with("v1.")), "{version}");
    ensure!(version["major"] == "1" && version["minor"] != "", "{version}");
    Ok(())
}

fn has_priority_and_fairness(world: &World) -> Result<()> {
    let cluster = world.plain()?;
    cluster.api().get("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/global-default")?;
    ensure!(is_fair(cluster)?, "priority and fairness dispatched no request");
    Ok(())
}

fn is_fair(cluster: &ControlPlane) -> Result<bool> {
    let metrics = cluster.api().send("GET", "/metrics", "", b"")?.expect(200)?.text();
    Ok(metrics.contains("apiserver_flowcontrol_dispatched_requests_total"))
}

fn reaches_nothing_outside(_: &World) -> Result<()> {
    // An address of documentation (RFC 5737): without a route the refusal comes at once.
    let started = Instant::now();
    let address = ([192, 0, 2, 1], 443).into();
    let error = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(5)).err();
    ensure!(error.is_some() && started.elapsed() < Duration::from_secs(1), "there is a way out: {error:?}");
    Ok(())
}

fn collects_an_owned_secret(world: &World) -> Result<()> {
    let api = world.plain()?.api();
    let namespace = api.namespace("collect")?;
    let owner =
        api.create(&namespace.core("configmaps"), &json!({"metadata": {"name": "owner"}}))?["metadata"]
            .take();
    let owned = json!({"metadata": {"name": "owned", "ownerReferences": [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"], "controller": true},
    ]}});
    api.create(&namespace.secrets(), &owned)?;
    api.create(&namespace.secrets(), &json!({"metadata": {"name": "free"}}))?;
    api.delete(&namespace.core("configmaps/owner"))?;
    wait_until(PATIENCE, "the collector", || {
        Ok(api.find(&namespace.secret("owned"))?.is_none().then_some(()))
    })?;
    api.get(&namespace.secret("free"))?;
    Ok(())
}

fn a_namespace_goes_with_what_is_in_it(world: &World) -> Result<()> {
    let api = world.plain()?.api();
    let namespace = api.namespace("goes")?;
    api.create(&namespace.secrets(), &json!({"metadata": {"name": "a"}}))?;
    api.delete(&namespace.path())?;
    wait_until(PATIENCE, "the end of the namespace", || {
        Ok(api.find(&namespace.path())?.is_none().then_some(()))
    })?;
    ensure!(api.list(&namespace.secrets())?.is_empty(), "a Secret outlived its namespace");
    Ok(())
}

fn refuses_what_no_role_allows(world: &World) -> Result<()> {
    let cluster = world.plain()?;
    let namespace = cluster.api().namespace("rights")?;
    let user = format!("system:serviceaccount:{namespace}:nobody");
    let tenant = cluster.api().acting_as(&user, &["system:serviceaccounts"]);
    let mark = cluster.mark();
    let refused =
        tenant.list(&namespace.secrets()).err().context("a service account without a role listed Secrets")?;
    ensure!(refused.status == Some(403), "{refused}");
    let anonymous =
        cluster.anonymous()?.get(&namespace.secrets()).err().context("anonymous listed Secrets")?;
    ensure!(matches!(anonymous.status, Some(401 | 403)), "{anonymous}");
    let requests = wait_until(PATIENCE, "the audit log", || {
        let requests = cluster.requests_since(mark)?;
        Ok(requests.into_iter().find(|request| request.by(&user)))
    })?;
    ensure!(requests.refused() && requests.resource == "secrets" && !requests.writes(), "{requests:?}");
    Ok(())
}

fn a_short_token_works_and_expires(world: &World) -> Result<()> {
    let cluster = world.plain()?;
    let api = cluster.api();
    let namespace = api.namespace("token")?;
    let account = api.create(&namespace.core("serviceaccounts"), &json!({"metadata": {"name": "short"}}))?;
    let uid = account["metadata"]["uid"].as_str().context("a uid")?;
    let token = cluster.pki.token(namespace.name(), "short", uid, Duration::from_secs(3))?;
    let client = cluster.anonymous()?.with_token(&token);
    let who = || {
        client.create(
            "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            &json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}),
        )
    };
    let name = who()?["status"]["userInfo"]["username"].take();
    ensure!(name == json!(format!("system:serviceaccount:{namespace}:short")), "{name}");
    wait_until(PATIENCE, "the end of the token", || {
        Ok(who().err().filter(|error| error.status == Some(401)))
    })?;
    let long = api.token(&namespace, "short", Duration::from_secs(600))?;
    let name = cluster.anonymous()?.with_token(&long).create(
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        &json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}),
    )?;
    ensure!(
        name["status"]["userInfo"]["username"] == json!(format!("system:serviceaccount:{namespace}:short"))
    );
    Ok(())
}

fn proxy_reaches_a_program(world: &World) -> Result<()> {
    let cluster = world.plain()?;
    let api = cluster.api();
    let namespace = api.namespace("proxy")?;
    let address = world.sandbox.address();
    let server = tiny_http::Server::http((address, 8080)).map_err(|error| anyhow::anyhow!("{error}"))?;
    thread::spawn(move || {
        for request in server.incoming_requests() {
            let text = format!("{} {}", request.method(), request.url());
            let _ = request.respond(tiny_http::Response::from_string(text));
        }
    });
    cluster.publish(&namespace, "echo", address)?;
    // By an unnamed port, as upstream's plain manifests have it, and by number.
    for port in ["", "8080"] {
        let path = namespace.proxy("echo", port, "/v1/cert.pem");
        let answer = wait_until(PATIENCE, "the Service proxy", || {
            Ok(Some(api.send("GET", &path, "", b"")?.expect(200)?))
        })?;
        ensure!(answer.text() == "GET /v1/cert.pem", "{}", answer.text());
        let answer = api.send("POST", &path, "application/json", b"{}")?.expect(200)?;
        ensure!(answer.text() == "POST /v1/cert.pem", "{}", answer.text());
    }
    Ok(())
}

fn audit_names_every_request(world: &World) -> Result<()> {
    let cluster = world.plain()?;
    let api = cluster.api();
    let namespace = api.namespace("audit")?;
    let mark = cluster.mark();
    api.create(
        &namespace.secrets(),
        &json!({"metadata": {"name": "a"}, "stringData": {"k": "canary-in-audit"}}),
    )?;
    api.merge(&namespace.secret("a"), &json!({"stringData": {"k": "w"}}))?;
    api.get(&namespace.secret("a"))?;
    ensure!(api.find(&namespace.secret("b"))?.is_none());
    api.delete(&namespace.secret("a"))?;
    let expected = [
        ("create", "", 201),
        ("patch", "a", 200),
        ("get", "a", 200),
        ("get", "b", 404),
        ("delete", "a", 200),
    ];
    let seen = wait_until(PATIENCE, "the audit log", || {
        let mut seen = cluster.requests_since(mark)?;
        seen.retain(|request| {
            request.namespace == namespace.name() && request.resource == "secrets" && request.by("admin")
        });
        Ok((seen.len() >= expected.len()).then_some(seen))
    })?;
    let seen: Vec<_> =
        seen.iter().map(|request| (request.verb.as_str(), request.name.as_str(), request.status)).collect();
    // The name of a created object stands in its body, which the log may or may not have read.
    let seen: Vec<_> = seen
        .into_iter()
        .map(|(verb, name, status)| (verb, if verb == "create" { "" } else { name }, status))
        .collect();
    ensure!(seen == expected, "{seen:?}");
    let log = std::fs::read_to_string(cluster.folder().join("audit.log"))?;
    ensure!(!log.contains("canary-in-audit"), "the audit log has a value");
    Ok(())
}

fn survives_kill_and_freeze(world: &World) -> Result<()> {
    let started = Instant::now();
    let cluster = world.control_plane(&Options { priority_and_fairness: false, ..Options::default() })?;
    eprintln!("a control plane is ready after {:.1} s", started.elapsed().as_secs_f64());
    ensure!(!is_fair(&cluster)?, "priority and fairness was to be off");
    let api = cluster.api();
    let namespace = api.namespace("survive")?;
    let written = api.create(&namespace.secrets(), &json!({"metadata": {"name": "a"}}))?;

    cluster.api_server.kill()?;
    let dead = api.get(&namespace.secret("a")).err().context("a killed API server answered")?;
    ensure!(dead.status.is_none(), "{dead}");
    cluster.restart_api_server()?;
    let again = api.get(&namespace.secret("a"))?;
    ensure!(again["metadata"]["uid"] == written["metadata"]["uid"], "another object came back");

    cluster.api_server.freeze()?;
    let (frozen, cluster_thaws) = (api.clone(), Duration::from_millis(700));
    let path = namespace.secret("a");
    let reader = thread::spawn(move || {
        let asked = Instant::now();
        frozen.get(&path).map(|_| asked.elapsed())
    });
    thread::sleep(cluster_thaws);
    ensure!(!reader.is_finished(), "a frozen API server answered");
    cluster.api_server.thaw()?;
    let waited = reader.join().map_err(|_| anyhow::anyhow!("the reader panicked"))??;
    ensure!(waited >= Duration::from_millis(500), "{waited:?}");

    cluster.etcd.freeze()?;
    let asked = api.clone();
    let path = namespace.secrets();
    let writer = thread::spawn(move || asked.create(&path, &json!({"metadata": {"name": "b"}})));
    stays(Duration::from_millis(500), || {
        ensure!(!writer.is_finished(), "a write was done without etcd");
        Ok(())
    })?;
    cluster.etcd.thaw()?;
    writer.join().map_err(|_| anyhow::anyhow!("the writer panicked"))??;
    api.get(&namespace.secret("b"))?;

    let usage = cluster.api_server.usage()?;
    ensure!(usage.resident > 20_000_000 && usage.processor > Duration::ZERO, "{usage:?}");
    Ok(())
}
