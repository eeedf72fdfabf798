//! `/desk/properties/{id}/wifi`: the networks of a property, and the access points that ask who may join.

use app::{
    desk::WifiSetup,
    wifi::{Network, NewNetwork, NewRadiusClient, RadiusClient},
};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{Draft, Error, Faults, Field, PropertyId};
use uuid::Uuid;

use super::places;
use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    page_route,
    session::{Staff, Visit},
    shell::Shell,
};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/properties/{id}/wifi", page_route(get(show)))
        .route("/desk/properties/{id}/wifi/networks", page_route(post(add_network)))
        .route("/desk/properties/{id}/wifi/networks/{network}", page_route(post(change_network)))
        .route("/desk/properties/{id}/wifi/networks/{network}/remove", page_route(post(remove_network)))
        .route("/desk/properties/{id}/wifi/clients", page_route(post(add_client)))
        .route("/desk/properties/{id}/wifi/clients/{client}", page_route(post(change_client)))
        .route("/desk/properties/{id}/wifi/clients/{client}/remove", page_route(post(remove_client)))
}

/// Which form is shown again: of a new network, of a new access point, else the uid of what it changes.
const NETWORK: &str = "network";
const CLIENT: &str = "client";

/// A form of something that is there, or of something new.
struct Entry {
    key: String,
    /// Where it is sent.
    action: String,
    title: String,
    /// What it says beside the title.
    facts: Option<String>,
    values: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "desk/property_wifi.html")]
struct SetupPage {
    s: Shell,
    back: String,
    name: String,
    networks: Vec<Entry>,
    clients: Vec<Entry>,
    new_network: Entry,
    new_client: Entry,
    on: String,
    form: Shown,
    /// A secret that was made just now: of which access point, and the secret.
    secret: Option<(String, String)>,
}

impl SetupPage {
    fn new(visit: &Visit, v: WifiSetup) -> Self {
        let s = visit.shell();
        let back = format!("/desk/properties/{}", v.property_id);
        let at = |part: &str, uid: Option<Uuid>| match uid {
            Some(uid) => format!("{back}/wifi/{part}/{uid}"),
            None => format!("{back}/wifi/{part}"),
        };
        let network = |n: Option<&Network>| Entry {
            key: n.map_or_else(|| NETWORK.to_owned(), |n| n.uid.to_string()),
            action: at("networks", n.map(|n| n.uid)),
            title: n.map(|n| n.ssid.clone()).unwrap_or_default(),
            facts: n.and_then(|n| n.vlan).map(|vlan| s.say_x("net-vlan-x", &vlan.to_string())),
            values: vec![
                ("ssid", n.map(|n| n.ssid.clone()).unwrap_or_default()),
                ("min_length", n.map_or(8, |n| n.min_length).to_string()),
                ("vlan", n.and_then(|n| n.vlan).map_or_else(String::new, |vlan| vlan.to_string())),
            ],
        };
        let client = |c: Option<&RadiusClient>| Entry {
            key: c.map_or_else(|| CLIENT.to_owned(), |c| c.uid.to_string()),
            action: at("clients", c.map(|c| c.uid)),
            title: c.map(|c| c.name.clone()).unwrap_or_default(),
            facts: c.map(|c| c.address.clone()),
            values: vec![
                ("name", c.map(|c| c.name.clone()).unwrap_or_default()),
                ("address", c.map(|c| c.address.clone()).unwrap_or_default()),
            ],
        };
        Self {
            networks: v.networks.iter().map(|n| network(Some(n))).collect(),
            clients: v.clients.iter().map(|c| client(Some(c))).collect(),
            new_network: network(None),
            new_client: client(None),
            name: v.name,
            on: String::new(),
            form: Shown::default(),
            secret: None,
            back,
            s,
        }
    }

    fn is_on(&self, entry: &Entry) -> bool {
        self.on == entry.key
    }

    /// What is wrong with a field of a form.
    fn wrong(&self, entry: &Entry, name: &str) -> Option<&str> {
        self.form.wrong(name).filter(|_| self.is_on(entry))
    }

    /// What stands in a field: what was typed, else what is so. A secret is never shown.
    fn value<'a>(&'a self, entry: &'a Entry, name: &str) -> &'a str {
        if self.is_on(entry) && name != "secret" {
            return self.form.value(name);
        }
        entry.values.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value)
    }
}

async fn load(visit: &Visit, n: &str) -> Result<WifiSetup, Error> {
    visit.app().desk().wifi_setup(&visit.caller, places::id(n)?).await
}

async fn show(visit: Staff, Path(n): Path<String>) -> Response {
    match load(&visit, &n).await {
        Ok(setup) => visit.page(&SetupPage::new(&visit, setup)),
        Err(error) => visit.failed(&error),
    }
}

/// Goes back to the page when it is done; a form that is refused is shown again.
async fn ended(
    visit: &Visit,
    n: &str,
    on: &str,
    fields: &Fields,
    done: Result<(), Error>,
    flash: &'static str,
) -> Response {
    let Err(error) = done else { return visit.go(&format!("/desk/properties/{n}/wifi"), Flash::done(flash)) };
    let shown = match Shown::refused(fields, error, visit.language.texts(), |_| None) {
        Ok(form) => load(visit, n).await.map(|setup| (setup, form)),
        Err(error) => Err(error),
    };
    match shown {
        Ok((setup, form)) => {
            let page = SetupPage { on: on.to_owned(), form, ..SetupPage::new(visit, setup) };
            visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => visit.failed(&error),
    }
}

/// The property of an address that is within reach, and the thing of it that is meant.
async fn named(visit: &Visit, n: &str, uid: &str, what: &'static str) -> Result<(PropertyId, Uuid), Error> {
    let property = load(visit, n).await?.property_id;
    Ok((property, Uuid::try_parse(uid).map_err(|_| Error::NotFound(what))?))
}

/// A name that is not empty.
fn text(fields: &Fields, name: &'static str, faults: &mut Faults) -> Field<String> {
    match fields.get(name).trim() {
        "" => {
            faults.add(name, kernel::Problem::Required);
            Field::Faulty
        }
        text => Field::Given(text.to_owned()),
    }
}

fn network(fields: &Fields) -> Draft<NewNetwork> {
    let mut faults = Faults::new();
    let new = NewNetwork {
        ssid: text(fields, "ssid", &mut faults),
        min_length: fields.number("min_length", &mut faults),
        vlan: fields.number("vlan", &mut faults),
    };
    Draft::new(new, faults)
}

fn client(fields: &Fields, secret: Field<String>) -> Draft<NewRadiusClient> {
    let mut faults = Faults::new();
    let (name, address) = (text(fields, "name", &mut faults), text(fields, "address", &mut faults));
    Draft::new(NewRadiusClient { name, address, secret }, faults)
}

async fn add_network(visit: Staff, Path(n): Path<String>, Posted(fields): Posted) -> Response {
    let done = match load(&visit, &n).await {
        Ok(setup) => visit.app().wifi().add_network(&visit.caller, setup.property_id, network(&fields)).await.map(drop),
        Err(error) => Err(error),
    };
    ended(&visit, &n, NETWORK, &fields, done, "done-net-network").await
}

async fn change_network(visit: Staff, Path((n, uid)): Path<(String, String)>, Posted(fields): Posted) -> Response {
    let done = match named(&visit, &n, &uid, "wifi_network").await {
        Ok((property, id)) => visit.app().wifi().change_network(&visit.caller, property, id, network(&fields)).await,
        Err(error) => Err(error),
    };
    ended(&visit, &n, &uid, &fields, done, "done-saved").await
}

async fn remove_network(visit: Staff, Path((n, uid)): Path<(String, String)>, Posted(fields): Posted) -> Response {
    let done = match named(&visit, &n, &uid, "wifi_network").await {
        Ok((property, id)) => visit.app().wifi().remove_network(&visit.caller, property, id).await,
        Err(error) => Err(error),
    };
    ended(&visit, &n, &uid, &fields, done, "done-net-network-removed").await
}

/// Lets an access point ask. Where no secret was typed one is made, and shown this once.
async fn add_client(visit: Staff, Path(n): Path<String>, Posted(fields): Posted) -> Response {
    let typed = fields.get("secret").trim();
    let made = typed.is_empty().then(|| visit.app().random().secret());
    let secret = made.clone().unwrap_or_else(|| typed.to_owned());
    let added = match load(&visit, &n).await {
        Ok(setup) => {
            let draft = client(&fields, Field::Given(secret));
            visit.app().wifi().add_radius_client(&visit.caller, setup.property_id, draft).await
        }
        Err(error) => Err(error),
    };
    let (added, secret) = match (added, made) {
        (Ok(added), Some(secret)) => (added, secret),
        (added, _) => return ended(&visit, &n, CLIENT, &fields, added.map(drop), "done-net-client").await,
    };
    match load(&visit, &n).await {
        Ok(setup) => {
            let page = SetupPage { secret: Some((added.name, secret)), ..SetupPage::new(&visit, setup) };
            visit.page_with(StatusCode::CREATED, &page)
        }
        Err(error) => visit.failed(&error),
    }
}

async fn change_client(visit: Staff, Path((n, uid)): Path<(String, String)>, Posted(fields): Posted) -> Response {
    let secret = match fields.get("secret").trim() {
        "" => Field::Absent,
        typed => Field::Given(typed.to_owned()),
    };
    let done = match named(&visit, &n, &uid, "radius_client").await {
        Ok((property, id)) => {
            visit.app().wifi().change_radius_client(&visit.caller, property, id, client(&fields, secret)).await
        }
        Err(error) => Err(error),
    };
    ended(&visit, &n, &uid, &fields, done, "done-saved").await
}

async fn remove_client(visit: Staff, Path((n, uid)): Path<(String, String)>, Posted(fields): Posted) -> Response {
    let done = match named(&visit, &n, &uid, "radius_client").await {
        Ok((property, id)) => visit.app().wifi().remove_radius_client(&visit.caller, property, id).await,
        Err(error) => Err(error),
    };
    ended(&visit, &n, &uid, &fields, done, "done-net-client-removed").await
}
