//! `portico wifi`: networks of properties, and the access points that may ask.

use std::io::BufRead as _;

use app::wifi::{NewNetwork, NewRadiusClient};
use kernel::{Caller, Error, Field, PropertyId};

use crate::{
    cli::{Place, Wifi},
    config::Config,
    failure::{Failure, Outcome},
    install::Install,
};

/// Does what was asked for; what was made or is there is printed, a line each.
///
/// # Errors
/// When there is no such organization, property or thing, or a value is not allowed.
pub async fn run(config: Config, args: Wifi) -> Outcome {
    let install = Install::open(&config).await?;
    let (caller, property) = place(&install, args.at()).await?;
    let wifi = install.app.wifi();
    match args {
        Wifi::List(_) => list(&install, &caller, property).await?,
        Wifi::AddNetwork(args) => {
            let new = NewNetwork {
                ssid: Field::Given(args.ssid),
                min_length: Field::Given(args.min_length),
                vlan: args.vlan.into(),
            };
            let made = wifi.add_network(&caller, property, new.into()).await.map_err(told)?;
            say!("network {}", made.uid)?;
        }
        Wifi::AddClient(args) => {
            let secret = if args.generate { install.app.random().secret() } else { read_secret()? };
            let new = NewRadiusClient {
                name: Field::Given(args.name),
                address: Field::Given(args.address.to_string()),
                secret: Field::Given(secret.clone()),
            };
            let made = wifi.add_radius_client(&caller, property, new.into()).await.map_err(told)?;
            say!("client {}", made.uid)?;
            if args.generate {
                say!("secret {secret}")?;
            }
        }
        Wifi::RemoveNetwork(args) => wifi.remove_network(&caller, property, args.uid).await?,
        Wifi::RemoveClient(args) => wifi.remove_radius_client(&caller, property, args.uid).await?,
    }
    install.app.close().await;
    Ok(())
}

async fn place(install: &Install, at: &Place) -> Outcome<(Caller, PropertyId)> {
    let caller = install.operator(at.organization.id).await?;
    let all = install.app.properties().facilities(&caller).await?;
    let found = all.iter().find(|p| p.uid == at.property);
    let found = found.ok_or_else(|| Failure::new(format_args!("There is no property {} here.", at.property)))?;
    Ok((caller, found.id))
}

async fn list(install: &Install, caller: &Caller, property: PropertyId) -> Outcome {
    let wifi = install.app.wifi();
    let (networks, clients) = tokio::try_join!(wifi.networks(caller, property), wifi.radius_clients(caller, property))?;
    for n in networks {
        let vlan = n.vlan.map_or_else(|| "no vlan".to_owned(), |vlan| format!("vlan {vlan}"));
        say!("network\t{}\t{}\t{vlan}\tat least {} characters", n.uid, n.ssid, n.min_length)?;
    }
    for c in clients {
        say!("client\t{}\t{}\t{}", c.uid, c.address, c.name)?;
    }
    Ok(())
}

fn read_secret() -> Outcome<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|e| Failure::because("Cannot read the secret", e))?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

fn told(error: Error) -> Failure {
    let Error::Invalid(faults) = &error else { return error.into() };
    let field = faults.iter().next().and_then(|f| f.path.first()).map(AsRef::as_ref);
    Failure::new(match field {
        Some("ssid") => "A network has a name of 1 to 32 bytes that no other network of the property has.",
        Some("min_length") => "Passphrases have 8 to 63 characters.",
        Some("vlan") => "A virtual network is a number from 1 to 4094.",
        Some("name") => "A name has 1 to 100 characters.",
        Some("address") => "An access point of this install has this address already.",
        _ => "A secret has 16 to 128 letters, digits and signs, and no spaces.",
    })
}
