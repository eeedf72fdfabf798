//! The published descriptions of vendors' APIs against a sandbox.

use crate::shell::{Result, Shell};
use crate::{install, program};

/// Runs Schemathesis on what is published of the RUCKUS API, for about a minute.
pub fn check(shell: &Shell, locked: bool) -> Result<()> {
    let folder = shell.root.join("e2e/ruckus");
    let python = install::python(shell, &folder)?;
    let program = program::build(shell, locked)?;
    let mut check = shell.command(python);
    shell.run(check.arg(folder.join("check.py")).env("PORTICO_BIN", program))
}
