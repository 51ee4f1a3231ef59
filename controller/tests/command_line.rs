//! The program as a shell sees it: what it prints where, and its exit status.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output};

fn controller(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_controller"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn the_version() {
    for (arguments, environment) in [(&["--version"][..], &[][..]), (&[], &[("SEALED_SECRETS_VERSION", "t")])]
    {
        let ran = controller(arguments, environment);
        assert_eq!(text(&ran.stdout), format!("controller version: {}\n", env!("CARGO_PKG_VERSION")));
        assert_eq!((text(&ran.stderr), ran.status.code()), ("", Some(0)));
    }
}

#[test]
fn help() {
    let ran = controller(&["-h"], &[]);
    assert_eq!((text(&ran.stderr), ran.status.code()), ("", Some(0)));
    for part in
        ["Usage: controller [FLAGS]", "Sealing keys:", "--key-size <BITS>", "[default: 4096]", "SIGUSR1"]
    {
        assert!(text(&ran.stdout).contains(part), "{part}: {}", text(&ran.stdout));
    }
}

#[test]
fn an_unknown_flag() {
    let ran = controller(&["--key-sise=1"], &[]);
    assert_eq!((text(&ran.stdout), ran.status.code()), ("", Some(2)));
    assert!(text(&ran.stderr).contains("--key-size"), "{}", text(&ran.stderr));
}

#[test]
fn wrong_values_are_told_all_at_once() {
    let ran =
        controller(&["--key-size=1024", "--rate-limit", "-1"], &[("SEALED_SECRETS_UPDATE_STATUS", "maybe")]);
    assert_eq!((text(&ran.stdout), ran.status.code()), ("", Some(2)));
    assert_eq!(
        text(&ran.stderr),
        "error: --key-size is \"1024\": keys have 2048, 3072 or 4096 bits; 4096 is the best choice where speed is no trouble\n\
         error: SEALED_SECRETS_UPDATE_STATUS is \"maybe\": true or false is wanted\n\
         error: --rate-limit is \"-1\": it cannot be negative, nor above 4 billion\n\
         \n\
         For more information, try '--help'.\n"
    );
}
