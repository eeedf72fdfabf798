//! `portico mail list`: shows the outbox.

use crate::{cli::MailList, config::Config, failure::Outcome, install::Install};

/// Prints a line a mail, the newest first: id, when, state, to, subject.
///
/// # Errors
/// When there is no such organization.
pub async fn run(config: Config, args: MailList) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    for m in install.app.messages().list(&caller, args.limit).await? {
        say!("{}\t{}\t{}\t{}\t{}", m.id, m.created_at, m.state, m.to_address, m.subject)?;
    }
    install.app.close().await;
    Ok(())
}
