//! `cargo xtask bench`: the benchmarks, with a PostgreSQL server as an operator would run it.

use crate::postgres::{self, Purpose};
use crate::shell::{Result, Shell};

/// Starts a server and runs the package `bench` with it.
pub fn run(shell: &Shell, arguments: &[&str]) -> Result<()> {
    let server = postgres::server(shell, Purpose::Measurements)?;
    let mut cargo = shell.cargo(&["run", "--release", "--package", "bench", "--"]);
    shell.run(cargo.args(arguments).env(postgres::URL_VARIABLE, &server.url))
}
