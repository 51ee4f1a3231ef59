//! What people at a terminal see, and logs do not.

use std::process::Stdio;
use std::time::{Duration, Instant};

use sealed_secrets_tests::terminal;
use sealed_secrets_tests::workspace::{Run, Workspace, key_file, secret, secret_with};

/// Runs with a terminal as stderr and returns what it showed.
fn on_a_screen(run: Run) -> String {
    use std::io::Read as _;

    let (mut near, far) = terminal::open().unwrap();
    let mut command = run.env("TERM", "xterm").command();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(far);
    let mut child = command.spawn().unwrap();
    drop(command);
    let reader = std::thread::spawn(move || {
        let mut shown = Vec::new();
        // The end of a terminal is an error, and an end all the same.
        let _ = near.read_to_end(&mut shown);
        String::from_utf8_lossy(&shown).into_owned()
    });
    child.wait().unwrap();
    let shown = reader.join().unwrap();
    assert!(!shown.contains("c4nary") && !shown.contains("YzRuYXJ5"), "a value was shown:\n{shown}");
    shown
}

/// Runs with a terminal as stdin, types nothing but the end, and returns status, stdout and stderr.
fn at_a_keyboard(run: Run) -> (Option<i32>, String, String) {
    let (near, far) = terminal::open().unwrap();
    let mut command = run.command();
    command.stdin(far).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    drop(command);
    terminal::type_lines(&near, "").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[track_caller]
fn hints(run: Run) {
    let (status, stdout, stderr) = at_a_keyboard(run);
    assert!(stderr.contains("tty detected: expecting json/yaml k8s resource in stdin"), "{stderr}");
    assert_eq!((status, stdout.as_str()), (Some(1), ""), "{stderr}");
}

#[test]
fn who_sits_before_an_empty_terminal_is_told_what_is_wanted() {
    let workspace = Workspace::new();
    hints(workspace.seal(&[]));
    hints(workspace.run_as("kubeseal").arg("--cert").arg(key_file("k2048.crt.pem")));
    let (_, _, stderr) = at_a_keyboard(workspace.seal(&["--raw", "--scope", "cluster-wide"]));
    assert!(stderr.contains("tty detected: expecting a secret to encrypt in stdin"), "{stderr}");
}

#[test]
fn who_named_stdin_is_told_what_is_wanted_too() {
    let workspace = Workspace::new();
    hints(workspace.seal(&["-", "--stdout"]));
    hints(workspace.unseal(&["-"]));
}

#[test]
fn stdin_that_is_no_terminal_is_read_without_a_word() {
    let workspace = Workspace::new();
    let ran = workspace.seal(&[]).stdin(secret("shop", "db")).ends(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn colours_are_for_terminals_and_only_if_wanted() {
    const RED: &str = "\u{1b}[31m";
    let workspace = Workspace::new();
    workspace.write("bad.yaml", secret("shop", "My_Name"));
    let run = || workspace.seal(&["bad.yaml"]);
    assert!(on_a_screen(run()).contains(RED));
    assert!(!on_a_screen(run().env("NO_COLOR", "1")).contains('\u{1b}'));
    assert!(
        on_a_screen(run().env("NO_COLOR", "")).contains(RED),
        "an empty NO_COLOR means nothing (no-color.org)"
    );
    run().ends(1).keeps_quiet_about("\u{1b}");
    let help = workspace.run().arg("--help").ends(0);
    assert!(!help.text().contains('\u{1b}'));
}

/// Enough work for a bar to be worth it, on one processor.
fn much() -> Workspace {
    let workspace = Workspace::new();
    let values: String = (0..40).map(|number| format!("  k{number}: Yg==\n")).collect();
    for number in 0..700 {
        workspace.write(
            &format!("s/{number}.yaml"),
            secret_with("shop", &format!("n{number}"), &format!("data:\n{values}")),
        );
    }
    workspace
}

fn slowly(workspace: &Workspace) -> Run {
    let certificate = key_file("k4096.crt.pem");
    workspace.run().arg("--cert").arg(certificate).args(&["s", "--output-dir", "out", "--jobs", "1"])
}

#[test]
fn a_bar_is_for_terminals() {
    const BAR: &str = "/700 files";
    let workspace = much();
    let begun = Instant::now();
    let ran =
        slowly(&workspace).ends(0).keeps_quiet_about(BAR).keeps_quiet_about("\r").keeps_quiet_about("\u{1b}");
    assert!(ran.stderr.contains("sealed 700 objects in 700 files"));
    assert!(begun.elapsed() > Duration::from_millis(700), "too little work for a bar: {:?}", begun.elapsed());
    let shown = on_a_screen(slowly(&workspace));
    assert!(shown.contains(BAR), "no bar in a run of {:?}", begun.elapsed());
    assert!(shown.contains("sealed 700 objects in 700 files"));

    let few = Workspace::with_secrets(&["a.yaml"]);
    assert!(!on_a_screen(few.seal(&["a.yaml"])).contains("/1 files"), "nobody needs a bar for a moment");
}
