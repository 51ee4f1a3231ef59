//! Whom to be, and the way there: kubeconfigs as kubectl reads them. Every token here is the canary, so that a run that
//! tells it fails.

use sealed_secrets_tests::api_server::{ApiServer, Authority, Controller, Proxy, Reply, Request};
use sealed_secrets_tests::workspace::{CANARY, Workspace, secret};

/// The controller behind an API server that lets in whom `knows` knows.
fn guarded(authority: &Authority, knows: impl Fn(&Request) -> bool + Send + Sync + 'static) -> ApiServer {
    let controller = Controller::new();
    ApiServer::start_tls(authority, move |request| match knows(request) {
        true => controller.answer(request),
        false => Reply::refusal(401, "Unauthorized"),
    })
}

fn has_token(request: &Request) -> bool {
    request.header("authorization") == Some(&format!("Bearer {CANARY}"))
}

/// A kubeconfig of one context; `cluster` and `user` are flow mappings.
fn config(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\ncontexts:\n- name: here\n  context: {{cluster: c, user: u}}\n\
         clusters:\n- name: c\n  cluster: {cluster}\nusers:\n- name: u\n  user: {user}\n"
    )
}

#[test]
fn a_token_its_file_and_the_flag() {
    let authority = Authority::new();
    let server = guarded(&authority, has_token);
    let workspace = Workspace::new();
    workspace.write("conf/ca.crt", authority.pem());
    workspace.write("conf/token", format!("{CANARY}\n"));
    let cluster = format!("{{server: '{}', certificate-authority: ca.crt}}", server.url());
    for user in [format!("{{token: {CANARY}}}"), "{tokenFile: token}".to_owned()] {
        workspace.write("conf/config", config(&cluster, &user));
        workspace.run().args(&["--kubeconfig", "conf/config", "--fetch-cert"]).ends(0);
    }
    workspace.write("conf/config", config(&cluster, "{token: wrong}"));
    let run = || workspace.run().args(&["--kubeconfig", "conf/config", "--fetch-cert"]);
    run().ends(1).says("Unauthorized").says("log in again");
    run().args(&["--token", CANARY]).ends(0);
    run().env("SEALED_SECRETS_TOKEN", CANARY).ends(0);
    workspace
        .run()
        .args(&["--fetch-cert", "--token", CANARY])
        .env("KUBECONFIG", workspace.path("conf/config"))
        .ends(0);

    // A server whose certificate nobody vouches for is not spoken to.
    let asked = server.asked().len();
    workspace.write(
        "conf/config",
        config(&format!("{{server: '{}'}}", server.url()), &format!("{{token: {CANARY}}}")),
    );
    run().ends(1).says("invalid peer certificate");
    assert_eq!(server.asked().len(), asked);
    run().arg("--insecure-skip-tls-verify").ends(0);
}

#[test]
fn without_tls_nothing_secret_is_sent() {
    let controller = Controller::new();
    let server = ApiServer::start(move |request| controller.answer(request));
    let workspace = Workspace::new();
    workspace
        .run()
        .args(&[
            "--server",
            &server.url(),
            "--fetch-cert",
            "--token",
            CANARY,
            "--as",
            "me",
            "--as-group",
            "a",
        ])
        .args(&["--as-group", "b", "--as-uid", "7"])
        .ends(0);
    for request in server.requests() {
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.header("impersonate-user"), Some("me"));
        assert_eq!(request.header("impersonate-uid"), Some("7"));
        let groups = request.headers.iter().filter(|(name, _)| name == "impersonate-group").count();
        assert_eq!(groups, 2);
    }
    workspace
        .run()
        .args(&["--server", &server.url(), "--fetch-cert", "--as-group", "a"])
        .ends(2)
        .says("--as USER");
}

#[test]
fn a_client_certificate() {
    let authority = Authority::new();
    let server = guarded(&authority, |request| request.by_certificate);
    let workspace = Workspace::new();
    let client = authority.client();
    workspace.write("ca.crt", authority.pem());
    workspace.write("client.crt", &client.certificate);
    workspace.write("client.key", &client.key);
    let base64 = |text: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    let cluster =
        format!("{{server: '{}', certificate-authority-data: {}}}", server.url(), base64(&authority.pem()));
    let by_file = "{client-certificate: client.crt, client-key: client.key}".to_owned();
    let by_data = format!(
        "{{client-certificate-data: {}, client-key-data: {}}}",
        base64(&client.certificate),
        base64(&client.key)
    );
    for user in [by_file, by_data] {
        workspace.write("config", config(&cluster, &user));
        workspace.run().args(&["--kubeconfig", "config", "--fetch-cert"]).ends(0);
    }
    workspace.write("config", config(&cluster, "{}"));
    let run = || workspace.run().args(&["--kubeconfig", "config", "--fetch-cert"]);
    run().ends(1).says("Unauthorized");
    run().args(&["--client-certificate", "client.crt", "--client-key", "client.key"]).ends(0);
    run().args(&["--client-certificate", "none.crt"]).ends(1).says("none.crt: no such file or directory");
    run().args(&["--client-certificate", "client.crt"]).ends(1).says("client-key");
}

#[test]
fn an_exec_plugin_runs_once_and_reads_nothing_of_ours() {
    let authority = Authority::new();
    let server = guarded(&authority, has_token);
    let workspace = Workspace::new();
    workspace.write("conf/ca.crt", authority.pem());
    let script = |body: &str| {
        workspace.write("conf/plugin.sh", format!("#!/bin/sh\necho run >> \"$COUNT\"\n{body}\n"));
        workspace.set_mode("conf/plugin.sh", 0o755);
        let _ = std::fs::remove_file(workspace.path("count"));
    };
    let exec = format!(
        "{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh, args: [a b], \
         provideClusterInfo: true, interactiveMode: IfAvailable, env: [{{name: COUNT, value: '{}'}}]}}}}",
        workspace.path("count").display()
    );
    let cluster = format!("{{server: '{}', certificate-authority: ca.crt}}", server.url());
    workspace.write("conf/config", config(&cluster, &exec));
    let credential = format!(
        "{{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"kind\": \"ExecCredential\", \"status\": {{\"token\": \"{CANARY}\"}}}}"
    );
    let seal = || {
        let run = workspace.run().args(&["--kubeconfig", "conf/config"]);
        run.stdin(secret("shop", "db"))
    };
    // It is told of the cluster, and that nobody is there to be asked; what it takes of stdin is not the Secret.
    script(&format!(
        "cat > taken; case \"$KUBERNETES_EXEC_INFO\" in *{}*'\"interactive\":false'*) ;; *) exit 7;; esac\n[ \"$1\" = 'a b' ] || exit 8\necho '{credential}'",
        server.url()
    ));
    let sealed = seal().ends(0);
    assert!(sealed.text().contains("encryptedData"), "{sealed}");
    assert_eq!(workspace.text("count"), "run\n");
    assert_eq!(workspace.text("taken"), "");

    // What it printed before it failed may be a token; what it complained of is for the user.
    script(&format!("echo '{credential}'; echo 'log in with: cloud login' >&2; exit 3"));
    seal().ends(1).prints_nothing().says("exit status 3").says("log in with: cloud login");
    script(&format!("echo 'token: [{CANARY}'"));
    seal().ends(1).prints_nothing().says("plugin.sh");
    script("echo '{}'");
    seal().ends(1).says("neither a token nor a client certificate");
    std::fs::remove_file(workspace.path("conf/plugin.sh")).unwrap();
    seal().ends(1).says("plugin.sh: no such file or directory");
}

#[test]
fn several_files_are_one_configuration() {
    let authority = Authority::new();
    let server = guarded(&authority, has_token);
    let workspace = Workspace::new();
    workspace.write("a/ca.crt", authority.pem());
    workspace
        .write("first", "kind: Config\ncurrent-context: \"\"\nusers:\n- name: u\n  user: {token: wrong}\n");
    workspace.write(
        "a/second",
        format!(
            "current-context: here\nclusters:\n- name: c\n  cluster: {{server: '{}', certificate-authority: ca.crt}}\n\
             contexts:\n- name: here\n  context: {{cluster: c, user: u}}\n- name: other\n  context: {{cluster: c, user: v}}\n",
            server.url()
        ),
    );
    workspace.write(
        "third",
        format!("current-context: none\nusers:\n- name: u\n  user: {{token: never}}\n- name: v\n  user: {{token: {CANARY}}}\n"),
    );
    let list =
        std::env::join_paths(["first", "missing", "a/second", "third"].map(|name| workspace.path(name)))
            .unwrap();
    let run = || workspace.run().arg("--fetch-cert").env("KUBECONFIG", &list);
    run().ends(1).says("Unauthorized");
    run().args(&["--context", "other"]).ends(0);
    run().args(&["--user", "v"]).ends(0);
    run().args(&["--context", "none"]).ends(1).says("context \"none\" does not exist").says("here, other");
    run().args(&["--user", "w"]).ends(1).says("auth info \"w\" does not exist");
    run().args(&["--cluster", "d"]).ends(1).says("cluster \"d\" does not exist");
}

#[test]
fn proxies_of_flag_kubeconfig_and_environment() {
    let authority = Authority::new();
    let server = guarded(&authority, has_token);
    let proxy = Proxy::to(server.address());
    let workspace = Workspace::new();
    workspace.write("ca.crt", authority.pem());
    let cluster = |more: &str| {
        let text =
            format!("{{server: 'https://api.test.example:6443', certificate-authority: ca.crt{more}}}");
        workspace.write("config", config(&text, &format!("{{token: {CANARY}}}")));
    };
    let run =
        || workspace.run().args(&["--kubeconfig", "config", "--fetch-cert", "--request-timeout", "10s"]);
    cluster("");
    run().args(&["--proxy-url", &proxy.url()]).ends(0);
    run().env("HTTPS_PROXY", proxy.url()).ends(0);
    run().env("https_proxy", proxy.url()).env("NO_PROXY", "other.example, ,10.0.0.0/8").ends(0);
    assert_eq!(proxy.asked(), vec!["api.test.example:6443"; 3]);
    cluster(&format!(", proxy-url: '{}'", proxy.url()));
    run().env("NO_PROXY", "*").ends(0);
    cluster("");
    run().env("HTTPS_PROXY", proxy.url()).env("NO_PROXY", ".test.example").ends(1).says("api.test.example");
    assert_eq!(proxy.asked().len(), 4);

    // This machine is reached without one.
    let direct = format!("{{server: '{}', certificate-authority: ca.crt}}", server.url());
    workspace.write("config", config(&direct, &format!("{{token: {CANARY}}}")));
    run().env("HTTPS_PROXY", "http://127.0.0.1:1").ends(0);
    run().args(&["--proxy-url", &format!("ftp://u:{CANARY}@h:1")]).ends(1).says("the proxy");
    run().args(&["--proxy-url", &format!("http://u:{CANARY}@127.0.0.1:1")]).ends(1);
}

#[test]
fn what_is_wrong_with_a_kubeconfig_is_told_without_its_secrets() {
    let workspace = Workspace::new();
    let server = "{server: 'https://127.0.0.1:1'}";
    let cases = [
        (config("{server: 'https://127.0.0.1:1', certificate-authority-data: '*'}", "{}"), "no base64"),
        (config(&format!("{{server: 'https://u:{CANARY}@127.0.0.1:1'}}"), "{}"), "xxxxx@127.0.0.1:1"),
        (config(server, &format!("{{token: \"{CANARY}\\n\"}}")), "no header can have"),
        (config(server, &format!("{{token: [{CANARY}]}}")), "user cannot be read"),
        (config(server, &format!("{{token: {CANARY}, client-key-data: '{CANARY}'}}")), "client-key"),
        (config("{}", "{}"), "no server"),
        (config(server, &format!("{{token: {CANARY}")), "error loading config file"),
    ];
    for (text, message) in cases {
        workspace.write("config", text);
        workspace.run().args(&["--kubeconfig", "config", "--fetch-cert"]).ends(1).says(message);
    }
}
