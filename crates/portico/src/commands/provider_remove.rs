//! `portico provider remove`: takes a provider away.

use crate::{
    cli::ProviderRemove,
    config::Config,
    failure::{Failure, Outcome},
    install::Install,
};

/// Removes it. Those who signed in there need a password from now on.
///
/// # Errors
/// When there is no such organization or provider.
pub async fn run(config: Config, args: ProviderRemove) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    install.identity.remove_provider(&caller, &args.key).await.map_err(|e| match e {
        kernel::Error::NotFound(_) => Failure::new(format_args!("There is no provider with the key {}.", args.key)),
        e => e.into(),
    })?;
    install.app.close().await;
    Ok(())
}
