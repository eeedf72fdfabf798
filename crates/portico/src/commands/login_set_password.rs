//! `portico login set-password`: sets the password of a login.

use std::io::BufRead as _;

use identity::Secret;

use crate::{
    cli::SetPassword,
    config::Config,
    failure::{Failure, Outcome},
    install::Install,
};

/// Sets it; a made-up one is printed.
///
/// # Errors
/// When nobody signs in with this address, or the password is too short or too long.
pub async fn run(config: Config, args: SetPassword) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    let password = if args.generate {
        install.app.random().secret()
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(|e| Failure::because("Cannot read the password", e))?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    install.identity.set_password(&caller, &args.email, Secret(password.clone())).await.map_err(|e| match e {
        kernel::Error::NotFound(_) => Failure::new(format_args!("Nobody signs in with {}.", args.email)),
        kernel::Error::Invalid(_) => Failure::new("A password has 8 to 128 characters."),
        e => e.into(),
    })?;
    if args.generate {
        say!("{password}")?;
    }
    install.app.close().await;
    Ok(())
}
