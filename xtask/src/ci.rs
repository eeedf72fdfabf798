//! `cargo xtask ci`: exactly what continuous integration checks.

use crate::shell::{Result, Shell};
use crate::steps::Steps;
use crate::{deps, generate, test};

/// Runs every check, even after a failure, and names those that failed.
pub fn run(shell: &Shell) -> Result<()> {
    let mut steps = Steps::new(shell);
    steps.run("format", || shell.run(&mut shell.cargo(&["fmt", "--all", "--check"])));
    steps.run("clippy", || {
        let arguments = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
        shell.run(&mut shell.cargo(&arguments))
    });
    steps.run("without passkeys", || {
        let arguments = ["clippy", "--locked", "--package", "portico", "--no-default-features", "--", "-D", "warnings"];
        shell.run(&mut shell.cargo(&arguments))
    });
    steps.run("dependencies", || deps::run(shell));
    steps.run("generated files", || generate::check(shell, true));
    steps.run("documentation", || {
        let mut cargo = shell.cargo(&["doc", "--locked", "--no-deps", "--workspace"]);
        shell.run(cargo.env("RUSTDOCFLAGS", "-D warnings"))
    });
    let options = test::Options { browser: true, locked: true, cargo_test: Vec::new() };
    test::add_steps(shell, &mut steps, &options);
    steps.finish()
}
