//! The program `portico`, built.

use std::path::PathBuf;

use serde::Deserialize;

use crate::shell::{Result, Shell};

/// Builds the program and gives its path.
pub fn build(shell: &Shell, locked: bool) -> Result<PathBuf> {
    build_with(shell, if locked { &["--locked"] } else { &[] })
}

/// Builds the program as operators run it.
pub fn release(shell: &Shell) -> Result<PathBuf> {
    build_with(shell, &["--release"])
}

fn build_with(shell: &Shell, words: &[&str]) -> Result<PathBuf> {
    let mut cargo = shell.cargo(&["build", "--package", "portico", "--message-format=json-render-diagnostics"]);
    cargo.args(words);
    let messages = shell.output(&mut cargo)?;
    executable(&messages).ok_or_else(|| "cargo built no program `portico`".into())
}

/// One of the lines that cargo prints about what it built.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

fn executable(messages: &str) -> Option<PathBuf> {
    messages.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok()?.executable).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"kernel"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"portico"},"executable":"/target/debug/portico"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(executable(messages), Some(PathBuf::from("/target/debug/portico")));
        assert_eq!(executable(r#"{"reason":"build-finished","success":true}"#), None);
    }
}
