//! Moving in and out, step by step. Every step is an address of its own, so "back" goes back; what is to be written is
//! shown first, and counts once however often it is sent.

use app::{
    moves::{Leaving, MoveIn, Newcomer, Stay, Who},
    office::{Place, Someone},
    unit::{self, PageNumber},
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
use kernel::{
    Action, Date, Draft, Error, Faults, Field, Living, PersonId, Problem, PropertyId, Result, TenancyId, written_date,
};
use uuid::Uuid;

use super::office::{self, amount, day, link, name, number};
use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    language::{Language, Texts},
    page_route,
    parts::Choice,
    session::{Staff, Visit},
    shell::Shell,
};

const IN: &str = "/desk/moves/in";
const OUT: &str = "/desk/moves/out";
/// Free units on one page.
const UNITS: i64 = 60;

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(IN, page_route(get(into).post(move_in)))
        .route(OUT, page_route(get(out).post(move_out)))
        .route("/desk/moves/out/{tenancy}/undo", page_route(post(undo)))
}

/// A unit that is free.
struct Free {
    to: String,
    number: String,
    facts: String,
}

/// Somebody to choose.
struct Found {
    to: String,
    name: String,
    email: String,
}

/// How far somebody is, and what was chosen so far.
#[derive(Template)]
#[template(path = "desk/moves/in.html")]
struct InPage {
    s: Shell,
    /// 1 property, 2 unit, 3 person, 4 terms, 5 check.
    step: u8,
    form: Shown,
    /// Each with where it leads.
    places: Vec<(String, String)>,
    /// Whether who finds nothing here may make it.
    may_make: bool,
    property: Option<Place>,
    units: Vec<Free>,
    earlier: String,
    later: String,
    unit: Option<unit::View>,
    /// Where the unit is chosen again, or the property where there is none yet.
    change: String,
    text: String,
    searched: bool,
    found: Vec<Found>,
    new_person: String,
    is_new: bool,
    who: String,
    livings: Vec<Choice>,
    may_bill: bool,
    facts: Vec<(String, String)>,
    consequences: Vec<String>,
    hidden: Vec<(&'static str, String)>,
    key: String,
}

impl InPage {
    fn new(s: Shell, step: u8) -> Self {
        Self {
            step,
            form: Shown::default(),
            places: Vec::new(),
            may_make: false,
            property: None,
            units: Vec::new(),
            earlier: String::new(),
            later: String::new(),
            unit: None,
            change: String::new(),
            text: String::new(),
            searched: false,
            found: Vec::new(),
            new_person: String::new(),
            is_new: false,
            who: String::new(),
            livings: Vec::new(),
            may_bill: false,
            facts: Vec::new(),
            consequences: Vec::new(),
            hidden: Vec::new(),
            key: String::new(),
            s,
        }
    }
}

async fn into(visit: Staff) -> Response {
    match in_page(&visit, &visit.query, Shown::default()).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

/// The step that comes after what is known.
async fn in_page(visit: &Visit, q: &Fields, form: Shown) -> Result<InPage> {
    let (app, caller) = (visit.app(), &visit.caller);
    let places = app.office().places(caller, Action::ManageTenancies).await?;
    let wanted = q.get("property");
    let chosen = places.iter().find(|p| p.id.to_string() == wanted || wanted.is_empty() && places.len() == 1).cloned();
    let Some(property) = chosen else {
        if !wanted.is_empty() {
            return Err(Error::NotFound("property"));
        }
        let may_make = places.is_empty() && app.desk().may_everywhere(caller, Action::ManageProperties).await?;
        let places = places
            .into_iter()
            .map(|p| (link(IN, &[("property", &p.id.to_string()), ("person", q.get("person"))]), p.name));
        return Ok(InPage { places: places.collect(), may_make, ..InPage::new(visit.shell(), 1) });
    };
    let id = property.id.to_string();
    let Ok(unit) = q.get("unit").parse::<Uuid>() else {
        return units_page(visit, property, q).await;
    };
    let unit = app.units().get(caller, property.id, unit).await?;
    let (unit_uid, who) = (unit.uid.to_string(), q.get("person"));
    let change = link(IN, &[("property", &id), ("person", who)]);
    if who.is_empty() {
        let text = q.get("q");
        let found = app.office().people(caller, text.to_owned()).await?;
        let to = |person: &str| link(IN, &[("property", &id), ("unit", &unit_uid), ("person", person)]);
        let person = |p: Someone| Found {
            to: to(&p.id.to_string()),
            name: name(&p.first_name, &p.last_name, p.business_name.as_deref()),
            email: p.email.unwrap_or_default(),
        };
        return Ok(InPage {
            found: found.into_iter().map(person).collect(),
            new_person: to("new"),
            searched: !text.trim().is_empty(),
            text: text.to_owned(),
            hidden: vec![("property", id), ("unit", unit_uid)],
            property: Some(property),
            unit: Some(unit),
            change,
            ..InPage::new(visit.shell(), 3)
        });
    }
    let person = match who {
        "new" => None,
        who => {
            let found = app.office().person(caller, PersonId::new(number(who))).await?;
            Some(found.ok_or(Error::NotFound("person"))?)
        }
    };
    let s = visit.shell();
    let german = visit.language == Language::German;
    let form = if form.is_faulty() || !form.value("living").is_empty() {
        form
    } else {
        let rent = unit.price.map(|p| office::typed(p, property.currency, german)).unwrap_or_default();
        let today = kernel::Zone::named(&property.time_zone).date(s.clock.now).to_string();
        Shown::with([
            ("living", "tenant".to_owned()),
            ("starts_on", today),
            ("rent", rent),
            ("invite", "yes".to_owned()),
        ])
    };
    let livings = [Living::Tenant, Living::Owner, Living::Member];
    Ok(InPage {
        livings: livings.into_iter().map(|l| Choice::new(&l.as_str(), s.say(living_key(l)))).collect(),
        may_bill: matches!(visit.me.role, Some(kernel::Role::Admin | kernel::Role::Manager)),
        is_new: person.is_none(),
        who: person.as_ref().map(called).unwrap_or_default(),
        hidden: vec![("property", id), ("unit", unit_uid), ("person", who.to_owned())],
        key: kept_key(visit, q),
        property: Some(property),
        unit: Some(unit),
        change,
        form,
        ..InPage::new(s, 4)
    })
}

fn called(p: &Someone) -> String {
    name(&p.first_name, &p.last_name, p.business_name.as_deref())
}

fn kept_key(visit: &Visit, q: &Fields) -> String {
    match q.get("key") {
        "" => office::fresh_key(visit),
        key => key.to_owned(),
    }
}

pub(super) const fn living_key(living: Living) -> &'static str {
    match living {
        Living::Owner => "office-living-owner",
        Living::Tenant => "office-living-tenant",
        Living::Member => "office-living-member",
        Living::Guest => "office-living-guest",
    }
}

async fn units_page(visit: &Visit, property: Place, q: &Fields) -> Result<InPage> {
    let page = q.get("page").parse().unwrap_or(1).clamp(1, 100_000);
    let (found, total) = visit
        .app()
        .units()
        .available(
            &visit.caller,
            property.id,
            unit::Sort::default(),
            PageNumber { page, per_page: UNITS },
            app::Filter::default(),
        )
        .await?;
    let s = visit.shell();
    let id = property.id.to_string();
    let free = |u: &unit::View| Free {
        to: link(IN, &[("property", &id), ("unit", &u.uid.to_string()), ("person", q.get("person"))]),
        number: u.number.clone(),
        facts: unit_facts(&s, u, &property),
    };
    let at = |page: i64| link(IN, &[("property", &id), ("person", q.get("person")), ("page", &page.to_string())]);
    Ok(InPage {
        units: found.iter().map(free).collect(),
        may_make: found.is_empty()
            && visit.app().desk().may_everywhere(&visit.caller, Action::ManageProperties).await?,
        later: if page > 1 { at(page - 1) } else { String::new() },
        earlier: if page * UNITS < total { at(page + 1) } else { String::new() },
        change: link(IN, &[("person", q.get("person"))]),
        property: Some(property),
        ..InPage::new(s, 2)
    })
}

fn unit_facts(s: &Shell, u: &unit::View, property: &Place) -> String {
    let price = u.price.map(|p| s.money(p, property.currency));
    let floor = u.floor.as_ref().map(|f| s.say_x("unit-floor", f));
    let kind = u.unit_type.as_ref().map(|t| t.name.clone());
    [kind, floor, price].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What was filled in, as the core takes it.
fn move_in_of(fields: &Fields, property: &Place) -> Draft<MoveIn> {
    let mut faults = Faults::new();
    let living = Living::parse(fields.get("living"));
    if living.is_none() {
        faults.add("living", Problem::Unknown);
    }
    let starts = day(fields, "starts_on", &mut faults);
    let ends = day(fields, "ends_on", &mut faults);
    let is_tenant = living == Some(Living::Tenant);
    let rent = if is_tenant { amount(fields, "rent", property.currency, &mut faults) } else { Field::Absent };
    let billing = if is_tenant { fields.number("billing_day", &mut faults) } else { Field::Absent };
    let who = match fields.get("person") {
        "new" => Who::New(Newcomer {
            first_name: fields.get("first_name").to_owned(),
            last_name: fields.get("last_name").to_owned(),
            email: Some(fields.get("email").trim().to_owned()).filter(|e| !e.is_empty()),
            phone: Some(fields.get("phone").trim().to_owned()).filter(|p| !p.is_empty()),
        }),
        id => Who::Known(PersonId::new(number(id))),
    };
    let starts_on = starts.required(&mut faults, "starts_on").copied().unwrap_or(Date::MIN);
    let input = MoveIn {
        who,
        unit: fields.get("unit").parse().unwrap_or_default(),
        living: living.unwrap_or(Living::Tenant),
        starts_on,
        ends_on: ends.given().copied(),
        rent: rent.given().copied(),
        billing_day: billing.given().copied(),
        invite: fields.ticked("invite"),
        key: fields.get("key").to_owned(),
    };
    Draft::new(input, faults)
}

async fn move_in(visit: Staff, Posted(fields): Posted) -> Response {
    match moved_in(&visit, &fields).await {
        Ok(response) => response,
        Err(error) => visit.failed(&error),
    }
}

async fn moved_in(visit: &Staff, fields: &Fields) -> Result<Response> {
    let (app, caller) = (visit.app(), &visit.caller);
    let places = app.office().places(caller, Action::ManageTenancies).await?;
    let property = places.into_iter().find(|p| p.id.to_string() == fields.get("property"));
    let property = property.ok_or(Error::NotFound("property"))?;
    if fields.get("step") == "change" {
        return in_page(visit, fields, Shown::typed(fields)).await.map(|page| visit.page(&page));
    }
    let draft = move_in_of(fields, &property);
    let refused = if fields.get("step") == "done" {
        match app.moves().move_in(caller, property.id, draft).await {
            Ok(done) => {
                let to = done
                    .ledger
                    .map_or_else(|| format!("/desk/people/{}", done.person), |l| format!("/desk/ledgers/{l}"));
                return Ok(visit.go(&to, Flash::done("done-moved-in")));
            }
            Err(error) => error,
        }
    } else {
        match app.moves().check(caller, property.id, draft).await {
            Ok(()) => return check_page(visit, fields, property).await.map(|page| visit.page(&page)),
            Err(error) => error,
        }
    };
    let form = Shown::refused(fields, refused, visit.language.texts(), refused_key)?;
    let page = in_page(visit, fields, form).await?;
    Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

fn refused_key(word: &str) -> Option<&'static str> {
    match word {
        "unit_occupied" => Some("refused-unit-occupied"),
        "unit_unrentable" => Some("refused-unit-unrentable"),
        "not_eligible" => Some("refused-not-eligible"),
        "lives_there" => Some("refused-lives-there"),
        "person_archived" => Some("refused-person-archived"),
        "moved_out_already" => Some("refused-moved-out"),
        _ => None,
    }
}

/// What will be done, before it is done.
async fn check_page(visit: &Staff, fields: &Fields, property: Place) -> Result<InPage> {
    let (app, caller) = (visit.app(), &visit.caller);
    let unit = app.units().get(caller, property.id, fields.get("unit").parse().unwrap_or_default()).await?;
    let (who, email) = match fields.get("person") {
        "new" => {
            let name = format!("{} {}", fields.get("first_name").trim(), fields.get("last_name").trim());
            (name, fields.get("email").trim().to_owned())
        }
        id => match app.office().person(caller, PersonId::new(number(id))).await? {
            Some(person) => (called(&person), person.email.unwrap_or_default()),
            None => (String::new(), String::new()),
        },
    };
    let s = visit.shell();
    let living = Living::parse(fields.get("living")).unwrap_or(Living::Tenant);
    let spoken = |field: &str| written_date(fields.get(field)).map(|d| s.clock.date(d));
    let mut faults = Faults::new();
    let rent = amount(fields, "rent", property.currency, &mut faults).given().copied().or(unit.price);
    let mut facts = vec![
        (s.say("who"), who.clone()),
        (s.say("unit"), format!("{} · {}", unit.number, property.name)),
        (s.say("living"), s.say(living_key(living))),
        (s.say("starts-on"), spoken("starts_on").unwrap_or_default()),
    ];
    facts.extend(spoken("ends_on").map(|on| (s.say("ends-on"), on)));
    let mut consequences = Vec::new();
    if fields.get("person") == "new" {
        consequences.push(s.say_x("in-makes-person", &who));
    }
    if living == Living::Tenant {
        facts.extend(rent.map(|r| (s.say("rent"), s.money(r, property.currency))));
        consequences.push(s.say("in-makes-ledger"));
        if let Some(rent) = rent.filter(|r| *r > 0) {
            consequences.push(s.say_x("in-charges", &s.money(rent, property.currency)));
        }
    }
    if living == Living::Owner {
        consequences.push(s.say("in-makes-account"));
    }
    consequences.push(s.say("in-opens-community"));
    if fields.ticked("invite") && !email.is_empty() {
        consequences.push(s.say_x("in-invites", &email));
    }
    let names = [
        "property",
        "unit",
        "person",
        "first_name",
        "last_name",
        "email",
        "phone",
        "living",
        "starts_on",
        "ends_on",
        "rent",
        "billing_day",
        "invite",
    ];
    Ok(InPage {
        hidden: names.into_iter().map(|n| (n, fields.get(n).to_owned())).collect(),
        key: kept_key(visit, fields),
        property: Some(property),
        unit: Some(unit),
        who,
        facts,
        consequences,
        ..InPage::new(s, 5)
    })
}

#[derive(Template)]
#[template(path = "desk/moves/out.html")]
struct OutPage {
    s: Shell,
    form: Shown,
    text: String,
    searched: bool,
    found: Vec<(String, String, String)>,
    who: Option<Going>,
    key: String,
}

/// Somebody who is to leave.
struct Going {
    id: TenancyId,
    name: String,
    place: String,
    living: &'static str,
    ledger: Option<String>,
    balance: Option<(i64, kernel::Currency)>,
    /// Who leaves along with them.
    going: Vec<String>,
    /// Who lives there still.
    staying: Vec<String>,
    is_tenant: bool,
}

async fn out(visit: Staff) -> Response {
    match out_page(&visit, Shown::default()).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

fn place_of(stay: &Stay) -> String {
    match &stay.unit {
        Some(unit) => format!("{unit} · {}", stay.property),
        None => stay.property.clone(),
    }
}

async fn out_page(visit: &Staff, form: Shown) -> Result<OutPage> {
    let q = &visit.query;
    let chosen = if form.value("tenancy").is_empty() { q.get("tenancy") } else { form.value("tenancy") };
    if !chosen.is_empty() {
        let leaving = visit.app().moves().leaving(&visit.caller, TenancyId::new(number(chosen))).await?;
        let key = match form.value("key") {
            "" => office::fresh_key(visit),
            key => key.to_owned(),
        };
        let s = visit.shell();
        let form = if form.value("tenancy").is_empty() {
            let today = kernel::Zone::named(&leaving.stay.time_zone).date(s.clock.now);
            Shown::with([("on", today.to_string())])
        } else {
            form
        };
        return Ok(OutPage {
            who: Some(going(s.t, leaving)),
            text: String::new(),
            searched: false,
            found: Vec::new(),
            form,
            key,
            s,
        });
    }
    let text = q.get("q").to_owned();
    let found = visit.app().moves().stays(&visit.caller, None::<PropertyId>, text.clone()).await?;
    let row = |stay: Stay| {
        let to = link(OUT, &[("tenancy", &stay.id.to_string())]);
        (to, name(&stay.first_name, &stay.last_name, stay.business_name.as_deref()), place_of(&stay))
    };
    Ok(OutPage {
        searched: !text.trim().is_empty(),
        found: found.into_iter().map(row).collect(),
        form,
        who: None,
        key: String::new(),
        s: visit.shell(),
        text,
    })
}

fn going(t: &Texts, Leaving { stay, others, ends_household }: Leaving) -> Going {
    let other = |o: &app::moves::Dweller| {
        format!("{} ({})", name(&o.first_name, &o.last_name, None), t.say(living_key(o.living)))
    };
    let goes = |o: &&app::moves::Dweller| ends_household && matches!(o.living, Living::Member | Living::Guest);
    let (going, staying): (Vec<_>, Vec<_>) = others.iter().partition(goes);
    Going {
        id: stay.id,
        name: name(&stay.first_name, &stay.last_name, stay.business_name.as_deref()),
        place: place_of(&stay),
        living: living_key(stay.living),
        ledger: stay.ledger_id.map(|id| format!("/desk/ledgers/{id}")),
        balance: stay.balance.zip(stay.currency),
        going: going.into_iter().map(other).collect(),
        staying: staying.into_iter().map(other).collect(),
        is_tenant: stay.living == Living::Tenant,
    }
}

async fn move_out(visit: Staff, Posted(fields): Posted) -> Response {
    match moved_out(&visit, &fields).await {
        Ok(response) => response,
        Err(error) => visit.failed(&error),
    }
}

async fn moved_out(visit: &Staff, fields: &Fields) -> Result<Response> {
    let id = TenancyId::new(number(fields.get("tenancy")));
    let mut faults = Faults::new();
    let on = day(fields, "on", &mut faults).required(&mut faults, "on").copied();
    let done = match (on, faults.finish()) {
        (Some(on), Ok(())) => visit.app().moves().move_out(&visit.caller, id, on, fields.get("key").to_owned()).await,
        (_, Err(error)) => Err(error),
        (None, Ok(())) => Err(Error::invalid("on", Problem::Required)),
    };
    match done {
        Ok(()) => {
            let stay = visit.app().moves().leaving(&visit.caller, id).await?.stay;
            let to = stay
                .ledger_id
                .map_or_else(|| format!("/desk/people/{}", stay.person_id), |l| format!("/desk/ledgers/{l}"));
            Ok(visit.go(&to, Flash::undoable("done-moved-out", format!("/desk/moves/out/{id}/undo"))))
        }
        Err(error) => {
            let form = Shown::refused(fields, error, visit.language.texts(), refused_key)?;
            let page = out_page(visit, form).await?;
            Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

async fn undo(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    let id = TenancyId::new(number(&id));
    match visit.app().moves().stay_on(&visit.caller, id).await {
        Ok(()) => visit.go(&link(OUT, &[("tenancy", &id.to_string())]), Flash::done("done-stays")),
        Err(error) => visit.failed(&error),
    }
}
