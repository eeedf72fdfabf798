//! `cargo xtask test`: all tests on both databases, then the browser journeys.

use std::fs;
use std::path::{Path, PathBuf};

use crate::postgres::{self, Purpose};
use crate::shell::{Result, Shell};
use crate::steps::Steps;
use crate::{install, program, redis, s3, schemas};

/// What is to be tested.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether the browser journeys run too.
    pub browser: bool,
    /// Whether `Cargo.lock` must be as it is.
    pub locked: bool,
    /// Further words for `cargo test`.
    pub cargo_test: Vec<String>,
}

impl Options {
    /// Reads the words after `cargo xtask test`.
    pub fn parse(words: &[&str]) -> Result<Self> {
        let end = words.iter().position(|word| *word == "--").unwrap_or(words.len());
        let mut options = Self { browser: true, locked: false, cargo_test: Vec::new() };
        for word in &words[..end] {
            match *word {
                "--no-browser" => options.browser = false,
                other => return Err(format!("`test` does not know `{other}`; words for cargo test go after `--`")),
            }
        }
        options.cargo_test = words.iter().skip(end + 1).map(|word| (*word).to_owned()).collect();
        Ok(options)
    }
}

/// Runs the tests and fails if any of them did.
pub fn run(shell: &Shell, options: &Options) -> Result<()> {
    let mut steps = Steps::new(shell);
    add_steps(shell, &mut steps, options);
    steps.finish()
}

/// Runs the tests as some of a larger number of steps.
pub fn add_steps(shell: &Shell, steps: &mut Steps<'_>, options: &Options) {
    // The servers live until the end of this function.
    let bucket = steps.run("start an S3 server", || s3::bucket(shell));
    let limits = steps.run("start Redis", || redis::server(shell));
    let server = steps.run("start PostgreSQL", || postgres::server(shell, Purpose::Tests));
    steps.run("find radclient", || install::radclient(shell));
    steps.run("cargo test", || {
        let mut cargo = shell.cargo(&["test", "--no-fail-fast"]);
        // Whoever names packages means those alone.
        if !options.cargo_test.iter().any(|a| a == "-p" || a.starts_with("--package")) {
            cargo.arg("--workspace");
        }
        if options.locked {
            cargo.arg("--locked");
        }
        if let Some(server) = &server {
            cargo.env(postgres::URL_VARIABLE, &server.url);
        }
        if let Some(limits) = &limits {
            cargo.env(redis::URL_VARIABLE, &limits.url);
        }
        if let Some(bucket) = &bucket {
            cargo.env(s3::URL_VARIABLE, &bucket.url);
        }
        shell.run(cargo.args(&options.cargo_test))
    });
    // Whoever names tests means those alone.
    if options.cargo_test.is_empty() {
        steps.run("published schemas", || schemas::check(shell, options.locked));
    }
    if options.browser {
        steps.run("browser journeys", || browser_journeys(shell, options.locked));
    }
}

fn browser_journeys(shell: &Shell, locked: bool) -> Result<()> {
    let folder = shell.root.join("e2e");
    let journeys = journeys(&folder)?;
    if journeys.is_empty() {
        println!("no browser journeys yet");
        return Ok(());
    }
    install::npm_packages(shell, &folder)?;
    let (chromium, python) = (install::chromium(shell)?, install::python(shell, &folder)?);
    let program = program::build(shell, locked)?;
    let mut node = shell.command("node");
    // A browser that hangs must not hang us: twenty minutes a file.
    node.args(["--test", "--test-reporter=spec", "--test-timeout=1200000"]).args(journeys);
    shell.run(node.env("PORTICO_BIN", program).env("PORTICO_CHROMIUM", chromium).env("PORTICO_PYTHON", python))
}

/// Pictures of the pages as the sandbox shows them.
pub fn shots(shell: &Shell, pages: &[&str]) -> Result<()> {
    let program = program::build(shell, false)?;
    script(shell, "shots.mjs", pages, &program)
}

/// What pages weigh and how soon they are seen.
pub fn figures(shell: &Shell) -> Result<()> {
    let program = program::release(shell)?;
    script(shell, "figures.mjs", &[], &program)
}

/// Runs a script that is no test, with this program.
fn script(shell: &Shell, name: &str, words: &[&str], program: &Path) -> Result<()> {
    let folder = shell.root.join("e2e");
    install::npm_packages(shell, &folder)?;
    let chromium = install::chromium(shell)?;
    let mut node = shell.command("node");
    node.arg(folder.join(name)).args(words).env("PORTICO_SHOTS", shell.root.join("shots"));
    shell.run(node.env("PORTICO_BIN", program).env("PORTICO_CHROMIUM", chromium))
}

fn journeys(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut journeys: Vec<_> = files.filter(|file| file.to_string_lossy().ends_with(".test.mjs")).collect();
    journeys.sort();
    Ok(journeys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_after_the_dashes_are_for_cargo_test() {
        let options = Options::parse(&["--no-browser", "--", "-p", "db", "--", "--nocapture"]).unwrap();
        let cargo_test = ["-p", "db", "--", "--nocapture"].map(str::to_owned).to_vec();
        assert_eq!(options, Options { browser: false, locked: false, cargo_test });
        assert_eq!(Options::parse(&[]).unwrap(), Options { browser: true, locked: false, cargo_test: Vec::new() });
        assert!(Options::parse(&["-p", "db"]).is_err());
    }
}
