//! `portico wifi …`

use std::net::IpAddr;

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{InOrganization, Install};

/// `portico wifi …`
#[derive(Clone, Debug, Subcommand)]
pub enum Wifi {
    /// List the networks of a property, and the access points that may ask for it
    List(Place),
    /// Put a network on the air
    AddNetwork(AddNetwork),
    /// Take a network off the air
    RemoveNetwork(Remove),
    /// Let an access point, or a controller of some, ask who may join; its shared secret is read from the first line of
    /// standard input
    AddClient(AddClient),
    /// Let an access point ask no more
    RemoveClient(Remove),
}

impl Wifi {
    /// Where it is done.
    #[must_use]
    pub const fn at(&self) -> &Place {
        match self {
            Self::List(place) => place,
            Self::AddNetwork(args) => &args.place,
            Self::AddClient(args) => &args.place,
            Self::RemoveNetwork(args) | Self::RemoveClient(args) => &args.place,
        }
    }
}

/// A property of an install.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// The install.
    #[command(flatten)]
    pub install: Install,
    /// The organization.
    #[command(flatten)]
    pub organization: InOrganization,
    /// The property's uid
    #[arg(long, value_name = "UID")]
    pub property: Uuid,
}

/// `portico wifi add-network`
#[derive(Clone, Debug, Args)]
pub struct AddNetwork {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Its name on the air (SSID)
    pub ssid: String,
    /// The virtual network of devices whose identity names none
    #[arg(long, value_name = "1..4094")]
    pub vlan: Option<i64>,
    /// How many characters chosen passphrases have at least
    #[arg(long, value_name = "8..63", default_value_t = 8)]
    pub min_length: i64,
}

/// `portico wifi add-client`
#[derive(Clone, Debug, Args)]
pub struct AddClient {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// What people call it
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// The address it asks from
    #[arg(long, value_name = "IP")]
    pub address: IpAddr,
    /// Make a secret up and print it instead of reading one
    #[arg(long)]
    pub generate: bool,
}

/// `portico wifi remove-network` and `remove-client`
#[derive(Clone, Debug, Args)]
pub struct Remove {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// The uid that `portico wifi list` shows
    pub uid: Uuid,
}
