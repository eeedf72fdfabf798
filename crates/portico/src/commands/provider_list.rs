//! `portico provider list`: shows the providers at which people can sign in.

use crate::{cli::ProviderList, config::Config, failure::Outcome, install::Install};

/// Prints a line a provider: key, state, issuer, what it calls us, name.
///
/// # Errors
/// When there is no such organization.
pub async fn run(config: Config, args: ProviderList) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    for p in install.identity.all_providers(&caller).await? {
        let state = if p.enabled { "active" } else { "off" };
        say!("{}\t{state}\t{}\t{}\t{}", p.key, p.issuer, p.client_id, p.name)?;
    }
    install.app.close().await;
    Ok(())
}
