//! `portico export`: writes a list.

use std::io::Write as _;

use crate::{cli::Export, config::Config, failure::Outcome, install::Install};

/// Writes the list to standard output.
///
/// # Errors
/// When there is no such organization, or nobody reads what is written.
pub async fn run(config: Config, args: Export) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    let list = install.app.imports().export(&caller, args.kind).await?;
    install.app.close().await;
    std::io::stdout().write_all(&list).map_err(crate::failure::Failure::new)
}
