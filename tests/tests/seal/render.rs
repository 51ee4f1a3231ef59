//! `seal render`: what templates give, where they fail, and what can be said of them without a key.

use sealed_secrets_tests::workspace::{Workspace, key_file};

/// A sealed file whose object has these templates.
fn with_templates(templates: &[(&str, &str)]) -> Workspace {
    let workspace = Workspace::with_secrets(&["a.yaml"]);
    workspace.seal(&["a.yaml"]).ends(0);
    let mut data = String::from("  template:\n    data:\n");
    for (key, text) in templates {
        data += &format!("      {key}: {}\n", serde_json::Value::from(*text));
    }
    let sealed = workspace.text("a-sealedsecret.yaml").replace("  template:\n", &data);
    workspace.write("a-sealedsecret.yaml", sealed);
    workspace
}

trait Render {
    fn render(&self, arguments: &[&str]) -> sealed_secrets_tests::workspace::Run;
}

impl Render for Workspace {
    fn render(&self, arguments: &[&str]) -> sealed_secrets_tests::workspace::Run {
        let run = self.run().args(&["render", "a-sealedsecret.yaml"]).args(arguments);
        run.arg("--key").arg(key_file("k2048.key.pem")).opening()
    }
}

#[test]
fn one_template_alone_is_its_bytes_and_several_have_titles() {
    let workspace = with_templates(&[("conf", "n={{ len .password }}"), ("raw", "{{ \"\\xff\" }}\n")]);
    let both = workspace.render(&[]).ends(0);
    assert!(both.stdout.starts_with(b"==> a-sealedsecret.yaml: SealedSecret "), "{both}");
    let raw = workspace.render(&["--entry", "raw"]).ends(0);
    assert_eq!((raw.stdout.as_slice(), raw.stderr.as_str()), (&b"\xff\n"[..], ""));
    let conf = workspace.render(&["--entry", "conf"]).ends(0);
    assert!(conf.text().strip_prefix("n=").unwrap().parse::<usize>().unwrap() > 0, "{conf}");
    workspace
        .render(&["--entry", "nope"])
        .ends(1)
        .prints_nothing()
        .says("no SealedSecret has a template \"nope\"");
}

#[test]
fn a_failure_comes_with_its_line_and_a_mark_and_the_others_are_shown() {
    let workspace = with_templates(&[
        ("bad", "first\nx: {{ index .password 4000 }}\n"),
        ("good", "fine\n"),
        ("worse", "{{ fail .password }}"),
    ]);
    let run = workspace.render(&[]).ends(1);
    assert!(run.text().contains("good <==\nfine\n"), "{run}");
    let run = run
        .says("bad, line 2, column 7: error calling index: index out of range: 4000")
        .says("  2 | x: {{ index .password 4000 }}\n    |       ^");
    run.says("worse, line 1, column 4: error calling fail: <withheld>");
}

#[test]
fn a_limit_is_named() {
    let workspace =
        with_templates(&[("much", "{{ range until 2000000 }}{{ range until 2000000 }}{{ end }}{{ end }}")]);
    workspace
        .render(&[])
        .ends(1)
        .prints_nothing()
        .says("much, line 1, column")
        .says("a value grows too large");
}

#[test]
fn checked_without_a_key() {
    let workspace = with_templates(&[
        ("a", "{{ .password }}{{ .pasword }}"),
        ("b", "line\n{{ uuidv4 }}"),
        ("password", "{{ .a }}"),
    ]);
    workspace
        .run()
        .args(&["render", "--check", "."])
        .ends(0)
        .prints_nothing()
        .says("a, line 1, column 19: \"pasword\" is neither in encryptedData nor in template.data (did you mean \"password\"?)")
        .says("`uuidv4` gives something else each time")
        .says("password: encryptedData has the same key")
        .says("3 templates checked");

    let workspace =
        with_templates(&[("a", "x\n{{ toJsn .password }}"), ("b", "{{ env \"HOME\" }}"), ("c", "fine")]);
    workspace
        .run()
        .args(&["render", "--check", "a-sealedsecret.yaml"])
        .ends(1)
        .prints_nothing()
        .says("a, line 2, column 4: function \"toJsn\" not defined\n  2 | {{ toJsn .password }}\n    |    ^")
        .says("did you mean `toJson`?")
        .says("`env` would tell templates about the controller");
}

#[test]
fn a_key_or_check_is_needed() {
    let workspace = with_templates(&[("a", "{{ .password }}")]);
    workspace.run().args(&["render", "a-sealedsecret.yaml"]).ends(2).says("--key");
    workspace.render(&["--check"]).ends(2).says("--check");
    workspace.run().args(&["render", "--check", "a.yaml"]).ends(1).says("no SealedSecret");
}
