//! The program as a script sees it: help, exit codes, and one line on standard error.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Output};

fn portico(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PORTICO_") {
            command.env_remove(name);
        }
    }
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const COMMANDS: [&[&str]; 33] = [
    &[],
    &["demo"],
    &["serve"],
    &["migrate"],
    &["doctor"],
    &["backup"],
    &["restore"],
    &["organization"],
    &["organization", "create"],
    &["person"],
    &["person", "create"],
    &["login"],
    &["login", "set-password"],
    &["client"],
    &["client", "create"],
    &["client", "list"],
    &["client", "rotate"],
    &["client", "revoke"],
    &["provider"],
    &["provider", "create"],
    &["provider", "list"],
    &["provider", "remove"],
    &["wifi"],
    &["wifi", "list"],
    &["wifi", "add-network"],
    &["wifi", "remove-network"],
    &["wifi", "add-client"],
    &["wifi", "remove-client"],
    &["mail"],
    &["mail", "list"],
    &["mail", "show"],
    &["openapi"],
    &["generate"],
];

#[test]
fn help() {
    let mut all = String::new();
    for command in COMMANDS {
        let output = portico(&[command, &["--help"]].concat());
        assert!(output.status.success() && output.stderr.is_empty());
        all.push_str(&format!("$ portico {}\n{}\n", [command, &["--help"]].concat().join(" "), text(&output.stdout)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn wrong_usage_is_2() {
    for args in [
        &[] as &[&str],
        &["fly"],
        &["serve", "--fast"],
        &["serve", "--listen", "8080"],
        &["backup"],
        &["generate"],
        &["generate", "--units", "0"],
        &["mail", "show", "x"],
        &["wifi", "list"],
        &["serve", "--radius", "1812"],
        &["client", "create"],
        &["client", "create", "--name", "A", "--scope", "all"],
        &["client", "create", "--name", "A", "--property", "1"],
        &["client", "rotate", "k", "--overlap", "soon"],
        &["openapi", "front"],
        &["person", "create", "--first", "A", "--last", "B", "--email", "c@d.example", "--role", "king"],
    ] {
        let output = portico(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn failure_is_1_with_one_line() {
    for (args, line) in [
        (&["serve", "--config", "missing.toml"] as &[&str], "The configuration is wrong: missing.toml: "),
        (&["doctor", "--config", env!("CARGO_MANIFEST_PATH")], "package.name"),
    ] {
        let output = portico(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let told = text(&output.stderr);
        assert!(told.contains(line) && told.lines().count() == 1, "{told}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn success_is_0() {
    assert!(text(&portico(&["--version"]).stdout).starts_with("portico 0."));
}
