//! Names of the program, help, completions, man pages, exit statuses.

use sealed_secrets_tests::workspace::{Workspace, key_file, secret};

#[test]
fn the_name_it_is_called_by_decides() {
    let workspace = Workspace::with_secrets(&["ignored.yaml"]);
    let run = |name: &str| {
        workspace.run_as(name).arg("--cert").arg(key_file("k2048.crt.pem")).stdin(secret("shop", "db"))
    };
    for name in ["kubeseal", "kubeseal-0.40.0", "kubeseal.exe"] {
        let ran = run(name).arg("ignored.yaml").ends(0);
        assert!(ran.text().starts_with("{\n  \"kind\": \"SealedSecret\""), "{name}: {ran}");
        assert_eq!(ran.json()[0]["metadata"]["name"], "db", "{name}");
        assert!(
            workspace.run_as(name).arg("--version").ends(0).text().starts_with("kubeseal version: "),
            "{name}"
        );
        workspace.run_as(name).args(&["ignored.yaml", "--output-dir", "x"]).ends(2);
    }
    for name in ["seal", "kubectl-seal", "my-seal"] {
        let ran = run(name).ends(0);
        assert!(ran.text().starts_with("---\n"), "{name}: {ran}");
        assert!(
            workspace.run_as(name).arg("--version").ends(0).text().starts_with("seal version: "),
            "{name}"
        );
    }
    assert!(!workspace.has("ignored-sealedsecret.yaml"));
}

#[test]
fn exit_statuses_are_those_of_the_table() {
    let workspace = Workspace::with_secrets(&["good.yaml"]);
    workspace.write("bad.yaml", "{");
    workspace.seal(&["good.yaml"]).ends(0);
    workspace.seal(&["good.yaml", "bad.yaml"]).ends(1);
    let before = workspace.tree();
    let misused: [&[&str]; 14] = [
        &["--no-such-flag"],
        &["good.yaml", "--jobs", "0"],
        &["good.yaml", "--scope", "wide"],
        &["good.yaml", "--raw"],
        &["good.yaml", "--merge-into", "x.yaml"],
        &["good.yaml", "-f", "good.yaml"],
        &["good.yaml", "-w", "x.yaml"],
        &["good.yaml", "--stdout", "--output-dir", "out"],
        &["--raw", "--merge-into", "x.yaml"],
        &["--merge-into", "x.yaml", "-w", "y.yaml"],
        &["--output-dir", "out"],
        &["--stdout"],
        &["--report", "json"],
        &["good.yaml", "-"],
    ];
    for arguments in misused {
        let ran = workspace.seal(arguments).stdin(secret("shop", "db")).end();
        assert_eq!(ran.status, 2, "{arguments:?}\n{ran}");
        assert!(ran.prints_nothing().stderr.contains("error: "), "{arguments:?}");
    }
    workspace.run().arg("unseal").ends(2);
    workspace.run().args(&["completion", "tcsh"]).ends(2);
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
    let help = workspace.run().arg("--help").ends(0);
    assert!(
        help.text().contains("Exit status: 0 all well, 1 something failed, 2 used wrongly, 3 work remains.")
    );
}

#[test]
fn help_is_there_for_every_command() {
    let workspace = Workspace::new();
    for command in [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["unseal", "--help"],
        &["keys", "generate", "--help"],
        &["cert", "--help"],
        &["completion", "--help"],
        &["man", "--help"],
    ] {
        let ran = workspace.run().args(command).ends(0);
        assert!(ran.text().contains("Usage: seal"), "{command:?}: {ran}");
    }
}

#[test]
fn completions_know_commands_and_flags() {
    let workspace = Workspace::new();
    for (shell, sign) in
        [("bash", "complete -F _seal"), ("zsh", "#compdef seal"), ("fish", "complete -c seal")]
    {
        let script = workspace.run().args(&["completion", shell]).ends(0);
        for word in [sign, "unseal", "generate", "output-dir", "merge-into"] {
            assert!(script.text().contains(word), "{shell}: no {word}");
        }
        assert_eq!(script.stderr, "");
    }
}

#[test]
fn man_pages_are_written_for_every_command() {
    let workspace = Workspace::new();
    let before = workspace.tree();
    workspace.run().args(&["man", "pages/man1"]).ends(0);
    let pages = [
        "seal-cert",
        "seal-completion",
        "seal-conditions-clear",
        "seal-conditions",
        "seal-keys-generate",
        "seal-keys",
        "seal-man",
        "seal-render",
        "seal-unseal",
        "seal",
    ];
    let mut wanted: Vec<_> = pages.iter().map(|page| format!("+ pages/man1/{page}.1")).collect();
    wanted.extend(["+ pages".to_owned(), "+ pages/man1".to_owned()]);
    wanted.sort();
    assert_eq!(before.changes(&workspace.tree()), wanted);
    for page in pages {
        let text = workspace.text(&format!("pages/man1/{page}.1"));
        let title = text.lines().find(|line| line.starts_with(".TH ")).unwrap_or_default();
        assert!(title.to_lowercase().contains(page), "{page}: {title}");
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
    let unseal = workspace.text("pages/man1/seal-unseal.1");
    assert!(
        unseal.contains("\\fBseal unseal\\fR"),
        "the synopsis names the command as it is typed:\n{unseal}"
    );
}
