//! The developer's commands. `cargo xtask` lists them.

mod bench;
mod ci;
mod deps;
mod generate;
mod install;
mod postgres;
mod program;
mod redis;
mod s3;
mod schemas;
mod shell;
mod spdx;
mod steps;
mod test;

use std::env;
use std::process::ExitCode;

use shell::{Result, Shell};

const HELP: &str = "\
Usage: cargo xtask COMMAND

  test [--no-browser] [-- CARGO-TEST-ARGS]
                        all tests on both databases, then the browser journeys; installs what is missing
  ci                    everything that continuous integration checks, tests included
  deps                  rules for dependencies: licences, bans, sources, who may use whom
  generate [--check]    write the generated files that are checked in, or name those that are not up to date
  postgres              a PostgreSQL server to try things on, until Ctrl-C
  shots [PAGE]…         pictures of all pages, or of some, in the folder `shots`; `readme`: those of the README
  figures               what pages weigh and how soon they are seen on a slow phone
  bench [ARGS]          the benchmarks, with a PostgreSQL server of their own

PORTICO_TEST_POSTGRES_URL  use this server instead of starting one
PORTICO_TEST_S3_URL        use this bucket instead of starting a server
PORTICO_CHROMIUM           use this Chromium instead of Debian's
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match Shell::new().and_then(|shell| dispatch(&shell, &arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(shell: &Shell, arguments: &[&str]) -> Result<()> {
    match arguments {
        ["test", options @ ..] => test::run(shell, &test::Options::parse(options)?),
        ["ci"] => ci::run(shell),
        ["deps"] => deps::run(shell),
        ["generate"] => generate::write(shell),
        ["generate", "--check"] => generate::check(shell, false),
        ["postgres"] => postgres::run(shell),
        ["shots", pages @ ..] => test::shots(shell, pages),
        ["figures"] => test::figures(shell),
        ["bench", options @ ..] => bench::run(shell, options),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("no such command: {}\n\n{HELP}", arguments.join(" "))),
    }
}
