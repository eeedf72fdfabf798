//! `portico provider create`: adds a provider at which people can sign in.

use std::io::BufRead as _;

use identity::NewProvider;

use crate::{
    cli::ProviderCreate,
    config::Config,
    failure::{Failure, Outcome},
    install::Install,
};

/// Adds it and prints the address that the provider has to send people back to.
///
/// # Errors
/// When there is no such organization, or something about the provider cannot be.
pub async fn run(config: Config, args: ProviderCreate) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    let client_secret = if args.public { None } else { Some(secret()?) };
    let (key, new) = (
        args.key.clone(),
        NewProvider {
            key: args.key,
            name: args.name,
            issuer: args.issuer,
            client_id: args.client_id,
            client_secret,
            scopes: args.scope,
        },
    );
    install.identity.create_provider(&caller, new).await.map_err(|e| match e {
        kernel::Error::Invalid(faults) => {
            let field = faults.iter().next().map(|f| f.path.join(".")).unwrap_or_default();
            Failure::new(match field.as_str() {
                "key" => "A key has 1 to 40 lower-case letters, digits, hyphens and underscores.",
                "name" => "A name has 1 to 100 characters.",
                "issuer" => "An issuer is an https address, or an http address on this machine, without a query.",
                _ => "The client id is empty, or has characters that cannot be.",
            })
        }
        kernel::Error::Conflict(_) => Failure::new(format_args!("There is a provider with the key {key} already.")),
        e => e.into(),
    })?;
    say!("redirect_uri {}/app/login/provider/{key}/callback", install.app.public_url())?;
    install.app.close().await;
    Ok(())
}

/// The first line of standard input: arguments are seen by others on the machine.
fn secret() -> Outcome<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|e| Failure::because("Cannot read the secret", e))?;
    let secret = line.trim_end_matches(['\r', '\n']).to_owned();
    if secret.is_empty() {
        return Err(Failure::new(
            "The client secret is read from standard input; `--public` is for providers that gave none.",
        ));
    }
    Ok(secret)
}
