//! The WiFi of a unit: `/wifi` for those who are signed in, and `/portal/{property}?auth=…`, the link that is mailed when
//! somebody moves in. Passphrases are shown when they are asked for, and never kept by a browser.

use app::wifi::{Device, DeviceKey, Identity as Known, IdentityInput, Kind, Status};
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{Caller, Door, Draft, Error, Field, PropertyId, UnitId};
use uuid::Uuid;

use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    front::sign_in::trouble,
    language::{Language, Texts},
    page::{self, MISSING, WayOn, answer},
    page_route, qr,
    session::{At, Resident, Visit, failed},
    shell::Shell,
};

pub(crate) fn routes() -> Router<Identity> {
    Router::new()
        .route("/wifi", page_route(get(show)))
        .route("/wifi/{unit}/{identity}/renew", page_route(post(renew)))
        .route("/wifi/{unit}/{identity}/remove", page_route(post(remove)))
        .route("/wifi/{unit}/{identity}/add", page_route(post(add)))
        .route("/wifi/{unit}/{identity}/{device}/block", page_route(post(block)))
        .route("/wifi/{unit}/{identity}/{device}/unblock", page_route(post(unblock)))
        .route("/portal/{property}", page_route(get(ask).post(open)))
}

/// A passphrase, with what joins with it.
struct Card {
    identity: Known,
    /// The text that names its kind.
    kind: &'static str,
    devices: Vec<Device>,
    /// Whether whoever looks sees to the devices.
    manages: bool,
    /// A picture for each network.
    codes: Vec<(String, Option<String>)>,
}

impl Card {
    fn is_active(&self) -> bool {
        self.identity.status == Status::Active
    }

    /// The name of a person, where it is a person's.
    fn name(&self) -> Option<&str> {
        self.identity.name.as_deref().filter(|_| self.identity.kind == Kind::Linked)
    }
}

/// The WiFi of one unit.
struct UnitCards {
    unit: UnitId,
    name: String,
    cards: Vec<Card>,
}

#[derive(Template)]
#[template(path = "portal/wifi.html")]
struct WifiPage {
    s: Shell,
    units: Vec<UnitCards>,
    /// Which passphrase's form is shown again.
    on: Option<Uuid>,
    form: Shown,
}

impl WifiPage {
    fn is_on(&self, card: &Card) -> bool {
        self.on == Some(card.identity.uid)
    }

    /// What is wrong with the address of a device.
    fn wrong(&self, card: &Card) -> Option<&str> {
        self.form.wrong("mac").filter(|_| self.is_on(card))
    }

    fn typed(&self, card: &Card) -> &str {
        if self.is_on(card) { self.form.value("mac") } else { "" }
    }
}

/// Who keeps a device out; for templates. What the management blocked, no resident lets in.
fn is_out(device: &Device) -> bool {
    device.status() == Status::Blocked
}

/// Shows the passphrases of the units somebody lives in.
async fn show(visit: Resident) -> Response {
    page(&visit, None, Shown::default(), StatusCode::OK).await
}

async fn page(visit: &Visit, on: Option<Uuid>, form: Shown, code: StatusCode) -> Response {
    match units(visit).await {
        Ok(units) => visit.page_with(code, &WifiPage { s: visit.shell(), units, on, form }),
        Err(error) => visit.failed(&error),
    }
}

async fn units(visit: &Visit) -> Result<Vec<UnitCards>, Error> {
    let mut all = Vec::new();
    for own in visit.app().communities().units(&visit.caller).await? {
        let unit = own.unit;
        // Whoever owns a unit that others live in has no WiFi there.
        let cards = match cards(&visit.identity, &visit.caller, unit.property_id, unit.id).await {
            Err(Error::Forbidden) => continue,
            cards => cards?,
        };
        let house = visit.me.house(unit.property_id).map(|h| h.name.clone()).unwrap_or_default();
        all.push(UnitCards { unit: unit.id, name: format!("{}, {house}", unit.number), cards });
    }
    Ok(all)
}

/// The cards of a unit; none where its property has no network.
async fn cards(identity: &Identity, caller: &Caller, property: PropertyId, unit: UnitId) -> Result<Vec<Card>, Error> {
    let app = identity.app();
    let networks = app.portals().get(caller, property).await?.ssids;
    if networks.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for known in app.wifi().own(caller, unit).await? {
        let (manages, devices) = match app.wifi().devices_of(caller, unit, known.uid).await {
            Ok(devices) => (true, devices),
            Err(Error::Forbidden) => (false, Vec::new()),
            Err(error) => return Err(error),
        };
        let code = |ssid: &String| (ssid.clone(), qr::wifi(ssid, known.passphrase.expose()));
        let codes = networks.iter().map(code).collect();
        let kind = match known.kind {
            Kind::Unit => "wifi-unit",
            Kind::Guest => "wifi-guest",
            Kind::Linked => "wifi-linked",
        };
        all.push(Card { identity: known, kind, devices, manages, codes });
    }
    // One's own first: it is what people come for.
    all.sort_by_key(|card| match card.identity.kind {
        Kind::Unit => 0,
        Kind::Linked => 1,
        Kind::Guest => 2,
    });
    Ok(all)
}

/// A unit of theirs; those of neighbours are not found.
async fn own(visit: &Visit, unit: i64) -> Result<UnitId, Error> {
    let mut all = visit.app().communities().units(&visit.caller).await?.into_iter();
    all.find(|own| own.unit.id.get() == unit).map(|own| own.unit.id).ok_or(Error::NotFound("unit"))
}

/// Goes back to the page, which says what was done.
fn done(visit: &Visit, done: Result<(), Error>, flash: Flash) -> Response {
    match done {
        Ok(()) => visit.go("/wifi", flash),
        Err(error) => visit.failed(&error),
    }
}

/// Makes a new passphrase.
async fn renew(visit: Resident, At((unit, uid)): At<(i64, Uuid)>, _: Posted) -> Response {
    let new = IdentityInput { passphrase: Field::Given(String::new()), ..IdentityInput::default() };
    let renewed = match own(&visit, unit).await {
        Ok(unit) => visit.app().wifi().change_identity(&visit.caller, unit, uid, Draft::from(new)).await,
        Err(error) => Err(error),
    };
    done(&visit, renewed, Flash::done("done-wifi-renewed"))
}

/// Takes a device away.
async fn remove(visit: Resident, At((unit, uid)): At<(i64, Uuid)>, Posted(fields): Posted) -> Response {
    let key = DeviceKey::parse(fields.get("device"));
    let removed = match own(&visit, unit).await {
        Ok(unit) => visit.app().wifi().remove_device(&visit.caller, unit, Some(uid), key).await,
        Err(error) => Err(error),
    };
    done(&visit, removed, Flash::done("done-wifi-removed"))
}

/// Lets a device join that cannot type a passphrase, by its address.
async fn add(visit: Resident, At((unit, uid)): At<(i64, Uuid)>, Posted(fields): Posted) -> Response {
    let added = match own(&visit, unit).await {
        Ok(unit) => {
            let mac = Draft::from(fields.get("mac").trim().to_owned());
            visit.app().wifi().register_device(&visit.caller, unit, uid, mac).await
        }
        Err(error) => Err(error),
    };
    let Err(error) = added else {
        return visit.go("/wifi", Flash::done("done-wifi-added"));
    };
    let words = |word: &str| (word == "too_many_devices").then_some("net-many");
    match Shown::refused(&fields, error, visit.language.texts(), words) {
        Ok(form) => page(&visit, Some(uid), form, StatusCode::UNPROCESSABLE_ENTITY).await,
        Err(error) => visit.failed(&error),
    }
}

async fn block(visit: Resident, At(device): At<(i64, Uuid, String)>, _: Posted) -> Response {
    set_status(&visit, device, Status::Blocked).await
}

async fn unblock(visit: Resident, At(device): At<(i64, Uuid, String)>, _: Posted) -> Response {
    set_status(&visit, device, Status::Active).await
}

/// Keeps a device out, or lets it in again.
async fn set_status(visit: &Visit, (unit, uid, device): (i64, Uuid, String), status: Status) -> Response {
    let at = |deed: &str| format!("/wifi/{unit}/{uid}/{device}/{deed}");
    let flash = match status {
        Status::Blocked => Flash::undoable("done-net-blocked", at("unblock")),
        Status::Active => Flash::undoable("done-net-unblocked", at("block")),
    };
    let set = match own(visit, unit).await {
        Ok(unit) => {
            let key = DeviceKey::parse(&device);
            visit.app().wifi().set_device_status(&visit.caller, unit, Some(uid), key, status).await.map(drop)
        }
        Err(error) => Err(error),
    };
    done(visit, set, flash)
}

#[derive(Template)]
#[template(path = "front/wifi_ask.html")]
struct AskPage<'a> {
    t: &'static Texts,
    property: Uuid,
    auth: &'a str,
    name: String,
    text: String,
    wrong: bool,
}

#[derive(Template)]
#[template(path = "front/wifi_open.html")]
struct OpenPage {
    t: &'static Texts,
    name: String,
    help: String,
    cards: Vec<Card>,
}

/// What a mailed link leads to: a button, so that nothing that looks at links in mails is shown a passphrase.
async fn ask(State(identity): State<Identity>, language: Language, At(property): At<Uuid>, uri: Uri) -> Response {
    let query = Fields::of_query(uri.query().unwrap_or_default());
    asked(&identity, language, property, query.get("auth"), false).await
}

async fn asked(identity: &Identity, language: Language, property: Uuid, auth: &str, wrong: bool) -> Response {
    let portal = match identity.app().portals().public(property).await {
        Ok(portal) => portal,
        Err(Error::NotFound(_)) => return page::notice(language, &MISSING, WayOn::Front),
        Err(error) => return trouble(language, &error),
    };
    let text = portal.settings.login_text;
    let status = if wrong { StatusCode::FORBIDDEN } else { StatusCode::OK };
    answer(language, status, &AskPage { t: language.texts(), property, auth, name: portal.name, text, wrong })
}

/// Shows the passphrases of the unit of a mailed link.
async fn open(
    State(identity): State<Identity>,
    language: Language,
    headers: HeaderMap,
    At(property): At<Uuid>,
    body: String,
) -> Response {
    if portico_http::is_cross_site(&headers) {
        return page::notice(language, &page::FOREIGN, WayOn::Front);
    }
    let fields = Fields::of_query(&body);
    let portals = identity.app().portals();
    let entered = match portals.sign_in(Door::Ruckus, property, fields.get("auth")).await {
        Ok(sign_in) => sign_in.entered,
        Err(Error::Unauthenticated(_)) => return asked(&identity, language, property, fields.get("auth"), true).await,
        Err(error) => return trouble(language, &error),
    };
    let shown = async {
        let portal = portals.get(&entered.caller, entered.property).await?;
        let cards = cards(&identity, &entered.caller, entered.property, entered.unit).await?;
        Ok((portal, cards))
    };
    match shown.await {
        Ok((portal, cards)) => {
            let help = portal.settings.help_text;
            answer(language, StatusCode::OK, &OpenPage { t: language.texts(), name: portal.name, help, cards })
        }
        Err(error) => failed(language, "/", &error),
    }
}
