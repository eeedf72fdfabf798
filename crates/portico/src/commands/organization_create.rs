//! `portico organization create`: makes an organization.

use app::organization::New;
use kernel::{Currency, OrgId};

use crate::{
    cli::OrganizationCreate,
    config::Config,
    failure::{Failure, Outcome},
    install::{Install, Schema},
};

/// Makes it, with forms that residents can report with, and prints its id.
///
/// # Errors
/// When a value is no such thing, or the name is taken.
pub async fn run(config: Config, args: OrganizationCreate) -> Outcome {
    let country = args.country.to_ascii_uppercase();
    let calling_code = kernel::Phone::calling_code(&country)
        .ok_or_else(|| Failure::new(format_args!("{country} is no country (two letters, as in AT or US).")))?;
    let currency = Currency::parse(&args.currency)
        .ok_or_else(|| Failure::new(format_args!("{} is no currency (three letters, as in EUR).", args.currency)))?;
    if jiff::tz::TimeZone::get(&args.time_zone).is_err() {
        return Err(Failure::new(format_args!("{} is no time zone (as in Europe/Vienna).", args.time_zone)));
    }
    // The first command of a new install: it makes what is missing.
    let install = Install::with(&config, Schema::MakeOrRefuse, &config.server.public_url(config.server.listen)).await?;
    let new = New {
        slug: slug(&args.name),
        name: args.name,
        host: args.host.map(|h| h.to_ascii_lowercase()),
        country,
        calling_code: calling_code.to_string(),
        currency: currency.as_str().to_owned(),
        locale: args.locale.clone(),
        time_zone: args.time_zone,
    };
    let made = install.app.organizations().create(&install.app.system(OrgId::new(0)), new).await;
    let id = made.map_err(|e| match e {
        kernel::Error::Conflict(_) => Failure::new("There is an organization of this name or host already."),
        e => e.into(),
    })?;
    install.app.ticket_types().make_first(&install.app.system(id), &args.locale).await?;
    say!("{id}")?;
    install.app.close().await;
    Ok(())
}

/// A name as part of an address.
fn slug(name: &str) -> String {
    let folded = kernel::fold(name);
    let dashed: String = folded.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let parts: Vec<&str> = dashed.split('-').filter(|p| !p.is_empty()).collect();
    if parts.is_empty() { "organization".to_owned() } else { parts.join("-") }
}
