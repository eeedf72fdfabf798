//! `portico client create`: makes a program that signs its requests, gets tokens for a key, or lets people sign in.

use app::property::Facility;
use identity::oidc::NewClient;
use kernel::Scope;

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
        println!("client_id     {}", made.client_id);
        if let Some(secret) = made.client_secret {
            println!("client_secret {secret}");
        }
        install.app.close().await;
        return Ok(());
    }
    let is_key = args.kind == "api_key";
    let scopes = match (args.scope.is_empty(), is_key) {
        (false, _) => args.scope,
        (true, true) => vec![Scope::Read],
        (true, false) => Scope::ALL.to_vec(),
    };
    let all = install.app.properties().facilities(&caller).await?;
    let chosen = chosen(&all, &args.property)?;
    let properties = (!chosen.is_empty()).then(|| chosen.iter().map(|p| p.id).collect());
    let made = match is_key {
        true => install.identity.create_api_key(&caller, &args.name, &scopes, properties).await,
        false => install.identity.create_client(&caller, &args.name, &scopes, properties).await,
    };
    let made = made.map_err(|e| match e {
        kernel::Error::Invalid(_) => Failure::new("A name has 1 to 100 characters."),
        e => e.into(),
    })?;
    println!("key    {}", made.key);
    println!("secret {}", made.secret);
    for property in if chosen.is_empty() { all.iter().collect() } else { chosen } {
        println!("facility {} {}", property.uid, property.name);
    }
    install.app.close().await;
    Ok(())
}

/// The properties of these uids; none of them when none is asked for.
fn chosen<'a>(all: &'a [Facility], uids: &[uuid::Uuid]) -> Outcome<Vec<&'a Facility>> {
    let find = |uid: &uuid::Uuid| {
        let found = all.iter().find(|p| p.uid == *uid);
        found.ok_or_else(|| Failure::new(format_args!("There is no property {uid} here.")))
    };
    uids.iter().map(find).collect()
}
