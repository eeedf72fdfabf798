//! `/desk/units/{id}/wifi`: whose passphrases there are in a unit and what joins with them; both are seen to here.

use app::{
    desk::{WifiHolder, WifiView},
    wifi::{Auth, Device, DeviceKey, IdentityInput, Kind, Passphrase, Status, UnitInput, UnitStatus},
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
use kernel::{Draft, Error, Faults, Field, PersonId, UnitId};
use uuid::Uuid;

use super::lines::full;
use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    page_route,
    parts::Tone,
    qr,
    session::{Staff, Visit},
    shell::Shell,
};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/units/{id}/wifi", page_route(get(show)))
        .route("/desk/units/{id}/wifi/make", page_route(post(make)))
        .route("/desk/units/{id}/wifi/block", page_route(post(block_unit)))
        .route("/desk/units/{id}/wifi/unblock", page_route(post(unblock_unit)))
        .route("/desk/units/{id}/wifi/link", page_route(post(mail_link)))
        .route("/desk/units/{id}/wifi/link/renew", page_route(post(renew_link)))
        .route("/desk/units/{id}/wifi/{identity}/reveal", page_route(post(reveal)))
        .route("/desk/units/{id}/wifi/{identity}/renew", page_route(post(renew)))
        .route("/desk/units/{id}/wifi/{identity}/block", page_route(post(block)))
        .route("/desk/units/{id}/wifi/{identity}/unblock", page_route(post(unblock)))
        .route("/desk/units/{id}/wifi/{identity}/vlan", page_route(post(set_vlan)))
        .route("/desk/units/{id}/wifi/{identity}/devices", page_route(post(add_device)))
        .route("/desk/units/{id}/wifi/{identity}/{device}/block", page_route(post(block_device)))
        .route("/desk/units/{id}/wifi/{identity}/{device}/unblock", page_route(post(unblock_device)))
        .route("/desk/units/{id}/wifi/{identity}/{device}/remove", page_route(post(remove_device)))
}

/// A passphrase that somebody asked to see, with a picture for each network.
struct Secret {
    passphrase: Passphrase,
    codes: Vec<(String, Option<String>)>,
}

/// Whose a passphrase is, with what joins with it.
pub(super) struct Card {
    pub(super) kind: &'static str,
    pub(super) who: String,
    person: Option<PersonId>,
    pub(super) tone: Tone,
    pub(super) state: &'static str,
    /// Whether it can be unblocked, else it can be blocked.
    blocked: bool,
    vacant: bool,
    /// Where its forms lead.
    here: String,
    key: String,
    vlan: Option<i64>,
    pub(super) devices: Vec<Device>,
    secret: Option<Secret>,
}

impl Card {
    fn of(view: &WifiView, holder: &WifiHolder) -> Self {
        let kind = match holder.kind {
            Kind::Unit => "net-unit",
            Kind::Guest => "wifi-guest",
            Kind::Linked => "net-linked",
        };
        let (tone, state) = match holder.status() {
            Status::Active => (Tone::Done, "net-active"),
            Status::Blocked if holder.blocked_by_desk => (Tone::Refused, "net-blocked-desk"),
            Status::Blocked if holder.is_blocked => (Tone::Refused, "net-blocked-resident"),
            Status::Blocked => (Tone::Waiting, "net-vacant"),
        };
        let person = holder.person_id.filter(|_| !holder.is_vacant || holder.kind == Kind::Linked);
        let named = full(holder.first_name.as_deref(), holder.last_name.as_deref());
        let who = match person {
            Some(_) if !named.is_empty() => named,
            _ => holder.name.clone().filter(|_| holder.kind == Kind::Linked).unwrap_or_default(),
        };
        Self {
            kind,
            who,
            person,
            tone,
            state,
            blocked: holder.is_blocked || holder.blocked_by_desk,
            vacant: holder.is_vacant,
            here: format!("/desk/units/{}/wifi/{}", view.unit_id, holder.uid),
            key: holder.uid.to_string(),
            vlan: holder.vlan,
            devices: view.devices.iter().filter(|d| d.identity_id == holder.id).cloned().collect(),
            secret: None,
        }
    }
}

/// The cards of a unit.
pub(super) fn cards(view: &WifiView) -> Vec<Card> {
    view.holders.iter().map(|h| Card::of(view, h)).collect()
}

/// How a device became known; for templates.
fn auth(device: &Device) -> &'static str {
    match device.auth {
        Auth::Dpsk => "net-by-passphrase",
        Auth::Macreg => "net-registered",
    }
}

/// Who keeps a device out; for templates.
fn kept_out(device: &Device) -> &'static str {
    if device.blocked_by_desk { "net-blocked-desk" } else { "net-blocked-resident" }
}

fn is_out(device: &Device) -> bool {
    device.status() == Status::Blocked
}

#[derive(Template)]
#[template(path = "desk/unit_wifi.html")]
struct WifiPage {
    s: Shell,
    back: String,
    here: String,
    cards: Vec<Card>,
    /// Which card's form is shown again.
    on: String,
    form: Shown,
    v: WifiView,
}

impl WifiPage {
    fn new(visit: &Visit, v: WifiView) -> Self {
        let back = format!("/desk/units/{}", v.unit_id);
        let here = format!("{back}/wifi");
        Self { s: visit.shell(), back, here, cards: cards(&v), on: String::new(), form: Shown::default(), v }
    }

    /// What is wrong with a field of a card.
    fn wrong(&self, key: &str, name: &str) -> Option<&str> {
        self.form.wrong(name).filter(|_| self.on == key)
    }

    fn typed(&self, key: &str, name: &str) -> &str {
        if self.on == key { self.form.value(name) } else { "" }
    }

    /// Whether the form for a device of a card is shown again.
    fn is_adding(&self, card: &Card) -> bool {
        self.on == card.key && (!self.form.value("mac").is_empty() || self.form.wrong("mac").is_some())
    }

    fn is_off(&self) -> bool {
        self.v.status == UnitStatus::Disabled
    }

    /// What stands in the field of a card's virtual network.
    fn vlan(&self, card: &Card) -> String {
        match self.typed(&card.key, "vlan") {
            "" => card.vlan.map_or_else(String::new, |n| n.to_string()),
            typed => typed.to_owned(),
        }
    }
}

fn unit_of(n: &str) -> Result<UnitId, Error> {
    n.parse().map(UnitId::new).map_err(|_| Error::NotFound("unit"))
}

fn uid_of(text: &str) -> Result<Uuid, Error> {
    Uuid::try_parse(text).map_err(|_| Error::NotFound("wifi_identity"))
}

/// What is out of reach is not found, whatever the role may do.
async fn load(visit: &Visit, n: &str) -> Result<WifiView, Error> {
    visit.app().desk().unit_wifi(&visit.caller, unit_of(n)?).await
}

async fn show(visit: Staff, Path(n): Path<String>) -> Response {
    match load(&visit, &n).await {
        Ok(view) => visit.page(&WifiPage::new(&visit, view)),
        Err(error) => visit.failed(&error),
    }
}

/// The unit and identity of an address, when the unit is within reach.
async fn named(visit: &Visit, n: &str, identity: &str) -> Result<(UnitId, Uuid), Error> {
    let unit = load(visit, n).await?.unit_id;
    Ok((unit, uid_of(identity)?))
}

/// Goes back to the page, which says what was done.
fn done(visit: &Visit, n: &str, done: Result<(), Error>, flash: Flash) -> Response {
    match done {
        Ok(()) => visit.go(&format!("/desk/units/{n}/wifi"), flash),
        Err(error) => visit.failed(&error),
    }
}

async fn make(visit: Staff, Path(n): Path<String>, Posted(_): Posted) -> Response {
    let made = match load(&visit, &n).await {
        Ok(view) => visit.app().wifi().make(&visit.caller, view.unit_id).await,
        Err(error) => Err(error),
    };
    done(&visit, &n, made, Flash::done("done-net-made"))
}

async fn block_unit(visit: Staff, Path(n): Path<String>, Posted(_): Posted) -> Response {
    set_unit(&visit, &n, UnitStatus::Disabled).await
}

async fn unblock_unit(visit: Staff, Path(n): Path<String>, Posted(_): Posted) -> Response {
    set_unit(&visit, &n, UnitStatus::Enabled).await
}

/// What was blocked or unblocked, with the way back.
fn turned(here: &str, blocked: bool) -> Flash {
    if blocked {
        Flash::undoable("done-net-blocked", format!("{here}/unblock"))
    } else {
        Flash::undoable("done-net-unblocked", format!("{here}/block"))
    }
}

async fn set_unit(visit: &Visit, n: &str, status: UnitStatus) -> Response {
    let input = UnitInput { status: Field::Given(status), ..UnitInput::default() };
    let set = match load(visit, n).await {
        Ok(view) => visit.app().wifi().change_unit(&visit.caller, view.unit_id, Draft::from(input)).await,
        Err(error) => Err(error),
    };
    done(visit, n, set, turned(&format!("/desk/units/{n}/wifi"), status == UnitStatus::Disabled))
}

async fn mail_link(visit: Staff, Path(n): Path<String>, Posted(_): Posted) -> Response {
    let mailed = match load(&visit, &n).await {
        Ok(view) => visit.app().portals().mail_link(&visit.caller, view.unit_id).await,
        Err(error) => Err(error),
    };
    match mailed {
        Err(Error::Conflict(_)) => done(&visit, &n, Ok(()), Flash::done("done-net-nobody")),
        mailed => done(&visit, &n, mailed, Flash::done("done-net-mailed")),
    }
}

async fn renew_link(visit: Staff, Path(n): Path<String>, Posted(fields): Posted) -> Response {
    let portals = visit.app().portals();
    let unit = match load(&visit, &n).await {
        Ok(view) => view.unit_id,
        Err(error) => return visit.failed(&error),
    };
    if let Err(error) = portals.renew_link(&visit.caller, unit).await {
        return visit.failed(&error);
    }
    let mailed = fields.ticked("mail") && portals.mail_link(&visit.caller, unit).await.is_ok();
    done(&visit, &n, Ok(()), Flash::done(if mailed { "done-net-renewed-mailed" } else { "done-net-renewed" }))
}

/// Shows a passphrase: the answer to a form, so that nothing that looks at links is shown one. It is noted who looked.
async fn reveal(visit: Staff, Path((n, identity)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let shown = async {
        let (unit, uid) = named(&visit, &n, &identity).await?;
        let shown = visit.app().wifi().identity(&visit.caller, unit, uid).await?;
        Ok((load(&visit, &n).await?, shown))
    };
    match shown.await {
        Ok((view, shown)) => {
            let code = |ssid: &String| (ssid.clone(), qr::wifi(ssid, shown.passphrase.expose()));
            let codes = view.networks.iter().map(|n| code(&n.ssid)).collect();
            let mut page = WifiPage::new(&visit, view);
            let key = shown.uid.to_string();
            if let Some(card) = page.cards.iter_mut().find(|c| c.key == key) {
                card.secret = Some(Secret { passphrase: shown.passphrase, codes });
            }
            visit.page(&page)
        }
        Err(error) => visit.failed(&error),
    }
}

async fn renew(visit: Staff, Path((n, identity)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let new = IdentityInput { passphrase: Field::Given(String::new()), ..IdentityInput::default() };
    let renewed = change(&visit, &n, &identity, Draft::from(new)).await;
    done(&visit, &n, renewed, Flash::done("done-wifi-renewed"))
}

async fn change(visit: &Visit, n: &str, identity: &str, draft: Draft<IdentityInput>) -> Result<(), Error> {
    let (unit, uid) = named(visit, n, identity).await?;
    visit.app().wifi().change_identity(&visit.caller, unit, uid, draft).await
}

async fn block(visit: Staff, Path((n, identity)): Path<(String, String)>, Posted(_): Posted) -> Response {
    set_identity(&visit, &n, &identity, Status::Blocked).await
}

async fn unblock(visit: Staff, Path((n, identity)): Path<(String, String)>, Posted(_): Posted) -> Response {
    set_identity(&visit, &n, &identity, Status::Active).await
}

async fn set_identity(visit: &Visit, n: &str, identity: &str, status: Status) -> Response {
    let input = IdentityInput { status: Field::Given(status), ..IdentityInput::default() };
    let set = change(visit, n, identity, Draft::from(input)).await;
    done(visit, n, set, turned(&format!("/desk/units/{n}/wifi/{identity}"), status == Status::Blocked))
}

async fn set_vlan(visit: Staff, Path((n, identity)): Path<(String, String)>, Posted(fields): Posted) -> Response {
    let mut faults = Faults::new();
    let vlan = match fields.number("vlan", &mut faults) {
        Field::Given(vlan) => Field::Given(Some(vlan)),
        Field::Absent => Field::Given(None),
        Field::Faulty => Field::Faulty,
    };
    let input = IdentityInput { vlan, ..IdentityInput::default() };
    match change(&visit, &n, &identity, Draft::new(input, faults)).await {
        Ok(()) => done(&visit, &n, Ok(()), Flash::done("done-saved")),
        Err(error) => again(&visit, &n, &identity, &fields, error).await,
    }
}

/// The page once more, with what was typed into a form of this card.
async fn again(visit: &Visit, n: &str, identity: &str, fields: &Fields, error: Error) -> Response {
    let words = |word: &str| (word == "too_many_devices").then_some("net-many");
    let shown = match Shown::refused(fields, error, visit.language.texts(), words) {
        Ok(form) => load(visit, n).await.map(|view| (view, form)),
        Err(error) => Err(error),
    };
    match shown {
        Ok((view, form)) => {
            let page = WifiPage { on: identity.to_owned(), form, ..WifiPage::new(visit, view) };
            visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => visit.failed(&error),
    }
}

async fn add_device(visit: Staff, Path((n, identity)): Path<(String, String)>, Posted(fields): Posted) -> Response {
    let added = match named(&visit, &n, &identity).await {
        Ok((unit, uid)) => {
            let mac = Draft::from(fields.get("mac").trim().to_owned());
            visit.app().wifi().register_device(&visit.caller, unit, uid, mac).await
        }
        Err(error) => Err(error),
    };
    match added {
        Ok(_) => done(&visit, &n, Ok(()), Flash::done("done-wifi-added")),
        Err(error) => again(&visit, &n, &identity, &fields, error).await,
    }
}

type OfDevice = Path<(String, String, String)>;

async fn block_device(visit: Staff, Path((n, identity, device)): OfDevice, Posted(_): Posted) -> Response {
    set_device(&visit, &n, &identity, &device, Status::Blocked).await
}

async fn unblock_device(visit: Staff, Path((n, identity, device)): OfDevice, Posted(_): Posted) -> Response {
    set_device(&visit, &n, &identity, &device, Status::Active).await
}

async fn set_device(visit: &Visit, n: &str, identity: &str, device: &str, status: Status) -> Response {
    let set = match named(visit, n, identity).await {
        Ok((unit, uid)) => {
            let key = DeviceKey::parse(device);
            visit.app().wifi().set_device_status(&visit.caller, unit, Some(uid), key, status).await.map(drop)
        }
        Err(error) => Err(error),
    };
    done(visit, n, set, turned(&format!("/desk/units/{n}/wifi/{identity}/{device}"), status == Status::Blocked))
}

async fn remove_device(visit: Staff, Path((n, identity, device)): OfDevice, Posted(_): Posted) -> Response {
    let removed = match named(&visit, &n, &identity).await {
        Ok((unit, uid)) => {
            visit.app().wifi().remove_device(&visit.caller, unit, Some(uid), DeviceKey::parse(&device)).await
        }
        Err(error) => Err(error),
    };
    done(&visit, &n, removed, Flash::done("done-wifi-removed"))
}
