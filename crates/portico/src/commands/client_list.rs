//! `portico client list`: shows the programs that call.

use kernel::Scope;

use crate::{cli::ClientList, config::Config, failure::Outcome, install::Install};

/// Prints a line a program: key, state, scopes, where, name.
///
/// # Errors
/// When there is no such organization.
pub async fn run(config: Config, args: ClientList) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    for c in install.app.clients().list(&caller).await? {
        let state = if c.revoked_at.is_some() { "revoked" } else { "active" };
        let scopes: Vec<&str> = c.scopes().into_iter().map(Scope::as_str).collect();
        let reach = if c.all_properties { "all properties" } else { "some properties" };
        say!("{}\t{state}\t{}\t{reach}\t{}", c.key, scopes.join(" "), c.name)?;
    }
    install.app.close().await;
    Ok(())
}
