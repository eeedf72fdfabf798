//! `cargo xtask generate`: files that the program writes and that are checked in, so that a change of them is reviewed.

use std::fs;
use std::path::Path;

use crate::program;
use crate::shell::{Result, Shell};

/// Each door and the file of its OpenAPI document.
const OPENAPI: &[(&str, &str)] = &[
    ("casavi", "docs/api/casavi.openapi.json"),
    ("dwellingly", "docs/api/dwellingly.openapi.json"),
    ("idwell", "docs/api/idwell.openapi.json"),
    ("manager", "docs/api/manager.openapi.json"),
    ("ruckus", "docs/api/ruckus.openapi.json"),
    ("storedge", "docs/api/storedge.openapi.json"),
];

/// Writes all generated files.
pub fn write(shell: &Shell) -> Result<()> {
    for (file, text) in documents(shell, false)? {
        let path = shell.root.join(file);
        let folder = path.parent().unwrap_or(&shell.root);
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        if !holds(&path, &text) {
            fs::write(&path, text).map_err(|error| format!("{file}: {error}"))?;
            println!("wrote {file}");
        }
    }
    Ok(())
}

/// Fails if a generated file is not what would be written now.
pub fn check(shell: &Shell, locked: bool) -> Result<()> {
    let documents = documents(shell, locked)?;
    let differ = documents.into_iter().filter(|(file, text)| !holds(&shell.root.join(file), text));
    let differ: Vec<&str> = differ.map(|(file, _)| file).collect();
    if differ.is_empty() {
        Ok(())
    } else {
        Err(format!("not up to date: {}; run `cargo xtask generate` and review what changed", differ.join(", ")))
    }
}

/// Every generated file and what it should hold.
fn documents(shell: &Shell, locked: bool) -> Result<Vec<(&'static str, String)>> {
    let program = program::build(shell, locked)?;
    let document = |door: &str| -> Result<String> {
        let text = shell.output(shell.command(&program).args(["openapi", door]))?;
        serde_json::from_str::<serde::de::IgnoredAny>(&text)
            .map_err(|error| format!("`portico openapi {door}` did not print JSON: {error}"))?;
        Ok(text)
    };
    OPENAPI.iter().map(|(door, file)| Ok((*file, document(door)?))).collect()
}

fn holds(file: &Path, text: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|present| present == text)
}
