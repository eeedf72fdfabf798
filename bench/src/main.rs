//! The benchmarks. `cargo xtask bench` runs them with a PostgreSQL server; `docs/develop/bench.md` says what is measured
//! and how.

mod bench;
mod floors;
mod house;
mod http;
mod pace;
mod portfolio;
mod server;
mod site;
mod table;
mod topics;
mod wrk;

use std::{env, process::ExitCode};

use bench::Bench;

/// As in the program: the floors are to differ from it in what they do and in nothing else.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A result whose error is a sentence for the developer.
type Result<T> = std::result::Result<T, String>;

const HELP: &str = "\
Usage: bench [all | TOPIC…] [--seconds N]

  read      one resident by GET, beside the floors
  list      1 000 tickets in one answer
  write     durable notes from 1 and from 32 connections
  sign-in   how a storm of sign-ins is felt by readers
  memory    what the server holds after all of that
  generate  10 000 units
  start     until the server is ready, with those 10 000 units
  billing   a month of rent for those 10 000 units
  tenants   pages of 100 000 tenants, by signed requests
  sync      10 000 users made by another system, and gone through again
  pages     web pages over those 10 000 units
  radius    who may join the WiFi, of 100 000 devices
  fuzz      1 000 000 RADIUS datagrams as nobody should send them
  bucket    how exactly the calls to a property are limited
  upload    what the server holds while files of 10 MB come in
  timeline  timeline and notifications at a property with 100 000 changes
  growth    1 000 units against 100 000
  crash     100 rounds of kill -9

  --seconds N  how long one measurement takes (3)

PORTICO_TEST_POSTGRES_URL  a PostgreSQL server; without it only SQLite is measured
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["help" | "--help" | "-h", ..] => {
            print!("{HELP}");
            Ok(())
        }
        ["floor-bytes", answer] => floors::bytes(answer),
        ["floor-sqlite", answer, file] => floors::sqlite(answer, file),
        ["floor-postgres", answer, url] => floors::postgres(answer, url),
        [topics @ .., "--seconds", seconds] => {
            let seconds = seconds.parse().ok().filter(|n| *n > 0).ok_or("--seconds takes a number")?;
            run(topics, seconds)
        }
        topics => run(topics, 3),
    }
}

fn run(wanted: &[&str], seconds: u64) -> Result<()> {
    let all = wanted.is_empty() || wanted == ["all"];
    if let Some(unknown) = wanted.iter().find(|w| !all && !topics::ALL.iter().any(|(name, _)| name == *w)) {
        return Err(format!("no such topic: {unknown}\n\n{HELP}"));
    }
    let bench = Bench::new(seconds)?;
    println!("{}", bench.machine());
    let mut rows = Vec::new();
    for (name, topic) in topics::ALL.iter().filter(|(name, _)| all || wanted.contains(name)) {
        println!("\n## {name}\n\nload of the machine before: {}\n", bench::load());
        match topic(&bench) {
            Ok(found) => {
                print!("{}", table::text(&found));
                rows.extend(found);
            }
            Err(error) => {
                println!("{error}");
                rows.push(table::Row::failed(name, &error));
            }
        }
    }
    println!("\n## Summary\n\n{}", table::summary(&rows));
    Ok(())
}
