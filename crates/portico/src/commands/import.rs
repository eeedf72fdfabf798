//! `portico import`: takes a list in.

use app::import::{Fault, MOST_ROWS, Run};
use kernel::{Error, Problem};

use crate::{
    cli::Import,
    config::Config,
    failure::{Failure, Outcome},
    install::Install,
};

/// Checks the list, tells what is wrong with which line, and takes the good rows unless it is only to be checked.
///
/// # Errors
/// When the file is no such list, or rows of it cannot be taken.
pub async fn run(config: Config, args: Import) -> Outcome {
    let name = args.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = std::fs::read(&args.file).map_err(|e| Failure::new(format_args!("{}: {e}", args.file.display())))?;
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    let imports = install.app.imports();
    let id = imports.stage(&caller, args.kind, &name, bytes).await.map_err(|e| unreadable(&e))?;
    while imports.advance(&caller, id).await? {}
    if !args.dry_run {
        imports.take(&caller, id).await?;
        while imports.advance(&caller, id).await? {}
    }
    let (run, faults) = imports.get(&caller, id).await?;
    told(&run, &faults, args.dry_run)?;
    install.app.close().await;
    if run.bad > 0 {
        let verb = if args.dry_run { "cannot be" } else { "were not" };
        return Err(Failure::new(format_args!("{} of {} rows {verb} taken.", run.bad, run.total)));
    }
    Ok(())
}

fn told(run: &Run, faults: &[Fault], dry: bool) -> Outcome {
    for fault in faults {
        let column = fault.column.as_deref().unwrap_or("the row");
        let value = if fault.value.is_empty() { String::new() } else { format!(" {:?}", fault.value) };
        eprintln!("line {}: {column}{value} {}", fault.line, fault.reason.in_words());
    }
    let verb = if dry { "would be" } else { "are" };
    say!("{} {verb} new, {} {verb} changed, {} are so already.", run.made, run.changed, run.same)
}

fn unreadable(error: &Error) -> Failure {
    let missing = app::import::missing(error);
    if !missing.is_empty() {
        return Failure::new(format_args!("The file has no column for: {}.", missing.join(", ")));
    }
    let Error::Invalid(faults) = error else { return Failure::new(error) };
    Failure::new(match faults.iter().next().map(|f| &f.problem) {
        Some(Problem::Blank) => "The file has no rows.".to_owned(),
        Some(Problem::TooLong(_)) => format!("The file has more than {MOST_ROWS} rows."),
        _ => "The file cannot be read as CSV.".to_owned(),
    })
}
