//! The program `portico`, built.

use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use crate::shell::{Result, Shell};

/// Builds the program as the tests use it, and gives its path. A build of the package alone would choose other features
/// of what it stands on, and compile all of that a second time.
pub fn build(shell: &Shell, locked: bool) -> Result<PathBuf> {
    let mut cargo = shell.cargo(&["test", "--no-run", "--workspace", "--test", "cli"]);
    if locked {
        cargo.arg("--locked");
    }
    built(shell, &mut cargo)
}

/// Builds the program as operators run it.
pub fn release(shell: &Shell) -> Result<PathBuf> {
    built(shell, &mut shell.cargo(&["build", "--release", "--package", "portico"]))
}

fn built(shell: &Shell, cargo: &mut Command) -> Result<PathBuf> {
    let messages = shell.output(cargo.arg("--message-format=json-render-diagnostics"))?;
    executable(&messages).ok_or_else(|| "cargo built no program `portico`".into())
}

/// One of the lines that cargo prints about what it built.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

fn executable(messages: &str) -> Option<PathBuf> {
    let all = messages.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    let programs = all.filter(|m| m.target.as_ref().is_some_and(|t| t.name == "portico" && t.kind == ["bin"]));
    programs.filter_map(|m| m.executable).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"kernel"},"executable":null}
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"portico"},"executable":"/target/debug/portico"}
{"reason":"compiler-artifact","target":{"kind":["test"],"name":"cli"},"executable":"/target/debug/deps/cli-1"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(executable(messages), Some(PathBuf::from("/target/debug/portico")));
        assert_eq!(executable(r#"{"reason":"build-finished","success":true}"#), None);
    }
}
