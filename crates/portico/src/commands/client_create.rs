//! `portico client create`: makes a program that signs its requests.

use app::property::Facility;
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
    let scopes = if args.scope.is_empty() { Scope::ALL.to_vec() } else { args.scope };
    let all = install.app.properties().facilities(&caller).await?;
    let chosen = chosen(&all, &args.property)?;
    let properties = (!chosen.is_empty()).then(|| chosen.iter().map(|p| p.id).collect());
    let made = install.identity.create_client(&caller, &args.name, &scopes, properties).await.map_err(|e| match e {
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
