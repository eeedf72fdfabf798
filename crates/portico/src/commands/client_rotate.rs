//! `portico client rotate`: gives a program a new secret.

use crate::{
    cli::ClientRotate,
    config::Config,
    failure::{Failure, Outcome},
    install::Install,
};

/// Prints the new secret.
///
/// # Errors
/// When there is no such organization or program.
pub async fn run(config: Config, args: ClientRotate) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    let made = install.identity.rotate_client(&caller, &args.key, args.overlap).await.map_err(|e| match e {
        kernel::Error::NotFound(_) => Failure::new(format_args!("There is no program with the key {}.", args.key)),
        e => e.into(),
    })?;
    say!("{}", made.secret)?;
    install.app.close().await;
    Ok(())
}
