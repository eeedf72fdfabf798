//! `portico generate`: fills an organization with made-up data.

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    time::Instant,
};

use app::generate::Order;

use crate::{
    cli::Generate,
    config::Config,
    failure::{Failure, Outcome},
    install::Install,
};

/// Fills it and says what was made; on a terminal with a progress bar.
///
/// # Errors
/// When there is no such organization, or it is not empty.
pub async fn run(config: Config, args: Generate) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    let begun = Instant::now();
    let mut bar = Bar::default();
    let order = Order { units: args.units, seed: args.seed, password_hash: None };
    let made = app::generate::run(&install.app, &caller, &order, |done, total| bar.show(done, total)).await;
    bar.end();
    let made = made.map_err(|e| match e {
        kernel::Error::Conflict("has_properties") => {
            Failure::new("The organization has properties already; generated data goes into an empty one.")
        }
        e => e.into(),
    })?;
    say!(
        "Made {} units in {} properties with {} residents, {} tickets and {} notes in {:.1} s.",
        made.units,
        made.properties,
        made.residents,
        made.tickets,
        made.notes,
        begun.elapsed().as_secs_f32()
    )?;
    install.app.close().await;
    Ok(())
}

/// A progress bar on standard error, redrawn when its percentage moves.
#[derive(Default)]
struct Bar {
    shown: Option<u64>,
}

impl Bar {
    fn show(&mut self, done: u64, total: u64) {
        let percent = done * 100 / total.max(1);
        if self.shown == Some(percent) || !stderr().is_terminal() {
            return;
        }
        self.shown = Some(percent);
        let full = usize::try_from(percent * 40 / 100).unwrap_or(0);
        let _ = write!(stderr(), "\r[{}{}] {percent:3} %  {done} of {total}", "█".repeat(full), " ".repeat(40 - full));
    }

    fn end(&self) {
        if self.shown.is_some() {
            let _ = writeln!(stderr());
        }
    }
}
