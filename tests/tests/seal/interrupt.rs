//! Ctrl-C and its kin leave whole files only and no leftovers.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sealed_secrets_tests::workspace::{Workspace, secret_with};

const FILES: usize = 3_000;

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    // Several values each, so that the run is long enough to be met in its middle.
    let values: String = (0..8).map(|number| format!("  k{number}: Yg==\n")).collect();
    for number in 0..FILES {
        let text = secret_with("shop", &format!("n{number}"), &format!("data:\n{values}"));
        workspace.write(&format!("s/{number}.yaml"), text);
    }
    workspace
}

/// Begins to seal the folder and waits until the first files lie there under their temporary names.
fn begun(workspace: &Workspace) -> Child {
    let mut command = workspace.seal(&["s", "--output-dir", "out"]).command();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().expect("the client starts");
    let deadline = Instant::now() + Duration::from_secs(60);
    while std::fs::read_dir(workspace.path("out")).map_or(0, Iterator::count) < 50 {
        assert!(Instant::now() < deadline, "nothing was begun in a minute");
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

fn interrupted_by(signal: Signal) {
    let workspace = workspace();
    // One target is there before: it must stay as it is, or be replaced whole.
    workspace.seal(&["s/7.yaml", "--output-dir", "out"]).ends(0);
    let before = workspace.tree();
    let child = begun(&workspace);
    kill_process(Pid::from_child(&child), signal).expect("the client is still there");
    let output = child.wait_with_output().expect("the client ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.signal(),
        Some(signal.as_raw()),
        "it was not met in its middle, or hides it: {said}"
    );
    let changes = before.changes(&workspace.tree());
    assert!(changes.is_empty(), "{} entries changed, the first of them {:?}", changes.len(), changes.first());
    // Nothing stands in the way of another try.
    workspace
        .seal(&["s", "--output-dir", "out"])
        .ends(0)
        .says(&format!("sealed {FILES} objects in {FILES} files"));
}

#[test]
fn ctrl_c() {
    interrupted_by(Signal::INT);
}

#[test]
fn the_wish_to_terminate() {
    interrupted_by(Signal::TERM);
}

#[test]
fn a_terminal_that_goes_away() {
    interrupted_by(Signal::HUP);
}

#[test]
fn at_any_moment_every_file_is_whole() {
    let workspace = workspace();
    // From the first temporary name to the last rename: somewhere in there each of these arrives.
    for pause in [50, 300, 600, 1000, 1500] {
        let mut command = workspace.seal(&["s", "--output-dir", "out", "--jobs", "2"]).command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the client starts");
        std::thread::sleep(Duration::from_millis(pause));
        // A run that has ended by then proves nothing, and does no harm.
        let _ = kill_process(Pid::from_child(&child), Signal::INT);
        child.wait().expect("the client ends");
        for name in workspace.tree().names().filter(|name| name.starts_with("out/")) {
            assert!(name.ends_with("-sealedsecret.yaml"), "{name} was left behind");
            let text = workspace.text(name);
            assert!(
                text.starts_with("---\n") && text.ends_with('\n') && text.contains("\n    k7: AQ"),
                "{name} is not whole"
            );
        }
    }
}
