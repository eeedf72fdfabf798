//! `portico client revoke`: ends a program.

use kernel::Error;

use crate::{
    cli::ClientRevoke,
    config::Config,
    failure::{Failure, Outcome},
    install::Install,
};

/// Ends it at once.
///
/// # Errors
/// When there is no such organization or program.
pub async fn run(config: Config, args: ClientRevoke) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    let clients = install.app.clients();
    let found = clients.list(&caller).await?.into_iter().find(|c| c.key == args.key && c.revoked_at.is_none());
    let none = || Failure::new(format_args!("There is no program with the key {}.", args.key));
    match clients.revoke(&caller, found.ok_or_else(none)?.id).await {
        Err(Error::NotFound(_)) => Err(none()),
        other => Ok(other?),
    }?;
    install.app.close().await;
    Ok(())
}
