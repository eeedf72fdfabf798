//! `portico client create`: makes a program that signs its requests, gets tokens, or lets people sign in.

use app::{oauth2::GrantType, property::Facility};
use identity::{Credential, oauth2, oidc::NewClient};
use kernel::{Caller, PropertyId, Scope};

use crate::{
    cli::ClientCreate,
    config::Config,
    failure::{Failure, Outcome},
    install::Install,
};

/// Makes it and prints its key, its secret, and the properties that it reaches, a line each.
///
/// # Errors
/// When there is no such organization or property, or the name is empty.
pub async fn run(config: Config, args: ClientCreate) -> Outcome {
    let install = Install::open(&config).await?;
    let caller = install.operator(args.organization.id).await?;
    if args.kind == "oidc" {
        let new = NewClient {
            name: args.name,
            redirect_uris: args.redirect,
            sign_out_uris: args.sign_out_redirect,
            public: args.public,
            community: args.community,
        };
        let made = install.identity.oidc().create_client(&caller, new).await.map_err(|e| match e {
            kernel::Error::Invalid(faults) if faults.iter().any(|f| f.path.iter().any(|p| p == "name")) => {
                Failure::new("A name has 1 to 100 characters.")
            }
            kernel::Error::Invalid(_) => Failure::new(
                "Where people go back to is an https address, http on this machine, or an address of an app (com.example.app:/…).",
            ),
            e => e.into(),
        })?;
        say!("client_id     {}", made.client_id)?;
        if let Some(secret) = made.client_secret {
            say!("client_secret {secret}")?;
        }
        install.app.close().await;
        return Ok(());
    }
    let all = install.app.properties().facilities(&caller).await?;
    let chosen = chosen(&all, &args.property)?;
    let properties = (!chosen.is_empty()).then(|| chosen.iter().map(|p| p.id).collect());
    let made = made(&install, &caller, &args, properties).await.map_err(|e| match e {
        kernel::Error::Invalid(_) => Failure::new("A name has 1 to 100 characters."),
        e => e.into(),
    })?;
    if args.kind == "oauth2" {
        say!("client_id     {}", made.key)?;
        say!("client_secret {}", made.secret)?;
        if args.grant.contains(&GrantType::ClientCredentials) {
            let settings = install.app.organizations().settings(&caller).await?;
            say!("tokens at     /oauth2/token/{}", settings.sender.uid)?;
        }
    } else {
        say!("key    {}", made.key)?;
        say!("secret {}", made.secret)?;
    }
    for property in if chosen.is_empty() { all.iter().collect() } else { chosen } {
        say!("facility {} {}", property.uid, property.name)?;
    }
    install.app.close().await;
    Ok(())
}

/// Makes a program of a kind with scopes.
async fn made(
    install: &Install,
    caller: &Caller,
    args: &ClientCreate,
    properties: Option<Vec<PropertyId>>,
) -> kernel::Result<Credential> {
    let or = |usual: &[Scope]| if args.scope.is_empty() { usual.to_vec() } else { args.scope.clone() };
    match args.kind.as_str() {
        "oauth2" => {}
        "api_key" => return install.identity.create_api_key(caller, &args.name, &or(&[Scope::Read]), properties).await,
        _ => return install.identity.create_client(caller, &args.name, &or(&Scope::ALL), properties).await,
    }
    let usual = [GrantType::Password, GrantType::RefreshToken];
    let grants = if args.grant.is_empty() { usual.to_vec() } else { args.grant.clone() };
    let scopes = or(&[Scope::Read, Scope::Write]);
    let new = oauth2::NewClient { name: args.name.clone(), grants, scopes, properties };
    install.identity.oauth2().create_client(caller, new).await
}

/// The properties of these uids; none of them when none is asked for.
fn chosen<'a>(all: &'a [Facility], uids: &[uuid::Uuid]) -> Outcome<Vec<&'a Facility>> {
    let find = |uid: &uuid::Uuid| {
        let found = all.iter().find(|p| p.uid == *uid);
        found.ok_or_else(|| Failure::new(format_args!("There is no property {uid} here.")))
    };
    uids.iter().map(find).collect()
}
