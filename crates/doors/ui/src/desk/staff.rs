//! Who works here, as what and where: inviting, changing, taking away and bringing back.

use std::sync::Arc;

use app::{
    office::Place,
    staff::{Details, Filter, Input, Member, RoleInput},
};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::{Identity, Update};
use kernel::{Action, Draft, Error, Faults, Field, Instant, PersonId, Problem, PropertyId, Result, Role};

use super::{
    lines,
    office::{name, number},
};
use crate::{
    client::ClientAddress,
    flash::Flash,
    form::{Fields, Posted, Shown},
    page_route,
    parts::{Choice, Tone},
    session::Staff,
    shell::Shell,
    words,
};

const PATH: &str = "/desk/settings/staff";

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(PATH, page_route(get(list)))
        .route("/desk/settings/staff/new", page_route(get(new).post(invite)))
        .route("/desk/settings/staff/{id}", page_route(get(show).post(save)))
        .route("/desk/settings/staff/{id}/mail", page_route(post(mail)))
        .route("/desk/settings/staff/{id}/remove", page_route(post(remove)))
        .route("/desk/settings/staff/{id}/restore", page_route(post(restore)))
}

/// A member as a row of the list.
struct Line {
    id: PersonId,
    name: String,
    initials: String,
    email: String,
    role: Option<&'static str>,
    places: String,
    tone: Tone,
    state: &'static str,
    last_active: Option<Instant>,
    is_me: bool,
}

impl Line {
    fn of(d: &Details, invited: &[PersonId], me: PersonId) -> Self {
        let m: &Member = &d.member;
        let (tone, state) = state(m, invited.contains(&m.id));
        let places: Vec<&str> = d.properties.iter().map(|p| p.property.name.as_str()).collect();
        Self {
            id: m.id,
            name: name(&m.first_name, &m.last_name, None),
            initials: words::initials(&m.first_name, &m.last_name),
            email: m.email.clone().unwrap_or_default(),
            role: m.role.map(lines::role),
            places: places.join(", "),
            tone,
            state,
            last_active: m.last_active_at,
            is_me: m.id == me,
        }
    }
}

/// How a member stands.
const fn state(m: &Member, invited: bool) -> (Tone, &'static str) {
    match (m.archived_at, m.role, invited) {
        (Some(_), ..) => (Tone::Refused, "staff-removed"),
        (None, None, _) => (Tone::Waiting, "staff-waiting"),
        (None, Some(_), true) => (Tone::Working, "staff-invited"),
        (None, Some(_), false) => (Tone::Done, "staff-active"),
    }
}

#[derive(Template)]
#[template(path = "desk/settings/staff.html")]
struct ListPage {
    s: Shell,
    here: Vec<Line>,
    waiting: Vec<Line>,
    gone: Vec<Line>,
    may_change: bool,
}

async fn list(visit: Staff) -> Response {
    match list_page(&visit).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn list_page(visit: &Staff) -> Result<ListPage> {
    let staff = visit.app().staff();
    let all = staff.list(&visit.caller, Filter::All).await?;
    let invited = staff.invited(&visit.caller).await?;
    let mut lines: Vec<Line> = all.iter().map(|d| Line::of(d, &invited, visit.me.person)).collect();
    lines.sort_by_key(|l| kernel::fold(&l.name));
    let (gone, present): (Vec<_>, Vec<_>) = lines.into_iter().partition(|l| l.state == "staff-removed");
    let (waiting, here) = present.into_iter().partition(|l| l.state == "staff-waiting");
    Ok(ListPage { here, waiting, gone, may_change: visit.me.role == Some(Role::Admin), s: visit.shell() })
}

#[derive(Template)]
#[template(path = "desk/settings/member.html")]
struct MemberPage {
    s: Shell,
    form: Shown,
    title: String,
    action: String,
    roles: Vec<Choice>,
    properties: Vec<Choice>,
    /// Who it is; nobody yet where somebody is invited.
    member: Option<Arc<Member>>,
    tone: Tone,
    state: &'static str,
    /// Whether an invitation may be mailed once more.
    invited: bool,
    is_me: bool,
}

impl MemberPage {
    /// Where its deeds are.
    fn at(&self, deed: &str) -> String {
        self.member.as_ref().map(|m| format!("{PATH}/{}/{deed}", m.id)).unwrap_or_default()
    }

    fn is_removed(&self) -> bool {
        self.member.as_ref().is_some_and(|m| m.archived_at.is_some())
    }
}

async fn member_page(visit: &Staff, member: Option<Arc<Member>>, form: Shown) -> Result<MemberPage> {
    let (app, caller) = (visit.app(), &visit.caller);
    // Whoever may not change the staff has no use for the form.
    let places: Vec<Place> = app.office().places(caller, Action::ManageStaff).await?;
    let invited = app.staff().invited(caller).await?;
    let s = visit.shell();
    let is_invited = member.as_ref().is_some_and(|m| invited.contains(&m.id));
    let (tone, state) = member.as_ref().map_or((Tone::Open, ""), |m| state(m, is_invited));
    Ok(MemberPage {
        title: member.as_ref().map_or_else(|| s.say("staff-invite"), |m| name(&m.first_name, &m.last_name, None)),
        action: member.as_ref().map_or_else(|| format!("{PATH}/new"), |m| format!("{PATH}/{}", m.id)),
        roles: Role::ALL.into_iter().map(|r| Choice::new(r.as_str(), s.say(role_text(r)))).collect(),
        properties: places.iter().map(|p| Choice::new(&p.id, p.name.clone())).collect(),
        is_me: member.as_ref().is_some_and(|m| m.id == visit.me.person),
        invited: is_invited,
        member,
        tone,
        state,
        form,
        s,
    })
}

/// What a role may do, in a line.
const fn role_text(role: Role) -> &'static str {
    match role {
        Role::Admin => "staff-role-admin",
        Role::Manager => "staff-role-manager",
        Role::Staff => "staff-role-staff",
        Role::PropertyManager => "staff-role-property-manager",
    }
}

async fn new(visit: Staff) -> Response {
    let form = Shown::with([("role", Role::Staff.as_str().to_owned())]);
    answer(&visit, StatusCode::OK, None, form).await
}

async fn answer(visit: &Staff, status: StatusCode, member: Option<Arc<Member>>, form: Shown) -> Response {
    match member_page(visit, member, form).await {
        Ok(page) => visit.page_with(status, &page),
        Err(error) => visit.failed(&error),
    }
}

async fn invite(visit: Staff, Posted(fields): Posted) -> Response {
    let mut faults = Faults::new();
    let mut input = input(&fields, &mut faults);
    // Doors may leave out the number; a form that has a field for it has none at all.
    input.phone = Field::Given(fields.get("phone").trim().to_owned());
    let role = fields.get("role");
    if role.is_empty() {
        faults.add("role", Problem::Required);
    }
    match visit.identity.invite(&visit.caller, Draft::new(input, faults)).await {
        Ok(_) => visit.go(PATH, Flash::done("done-staff-invited")),
        Err(error) => refused(&visit, None, &fields, error).await,
    }
}

/// The form once more, with what is wrong.
async fn refused(visit: &Staff, member: Option<Arc<Member>>, fields: &Fields, error: Error) -> Response {
    let t = visit.language.texts();
    let last = matches!(&error, Error::Invalid(faults) if faults.iter().any(|f| f.problem == Problem::LastAdmin));
    match Shown::refused(fields, error, t, conflict) {
        Ok(mut form) => {
            if last {
                form.set("role", t.say("staff-last-admin"));
            }
            answer(visit, StatusCode::UNPROCESSABLE_ENTITY, member, form).await
        }
        Err(error) => visit.failed(&error),
    }
}

fn conflict(word: &str) -> Option<&'static str> {
    match word {
        "self_archive" => Some("staff-own"),
        "has_password" => Some("staff-has-password"),
        "no_email" => Some("staff-no-email"),
        _ => None,
    }
}

/// What the form says. A name that is blank is none.
fn input(fields: &Fields, faults: &mut Faults) -> Input {
    let text = |name: &str| match fields.get(name).trim() {
        "" => Field::Absent,
        text => Field::Given(text.chars().take(255).collect::<String>()),
    };
    let role = match Role::ALL.into_iter().find(|r| r.as_str() == fields.get("role")) {
        Some(role) => Field::Given(RoleInput::Exactly(role)),
        None if fields.get("role").is_empty() => Field::Absent,
        None => {
            faults.add("role", Problem::Unknown);
            Field::Faulty
        }
    };
    let properties = fields.all("property").filter_map(|id| id.parse().ok().map(PropertyId::new)).collect();
    Input {
        first_name: text("first_name"),
        last_name: text("last_name"),
        email: text("email"),
        phone: text("phone"),
        role,
        property_ids: Field::Given(properties),
        ..Input::default()
    }
}

async fn show(visit: Staff, Path(id): Path<String>) -> Response {
    match visit.app().staff().get(&visit.caller, PersonId::new(number(&id))).await {
        Ok(found) => answer(&visit, StatusCode::OK, Some(found.member.clone()), begun(&found)).await,
        Err(error) => visit.failed(&error),
    }
}

fn begun(found: &Details) -> Shown {
    let m = &found.member;
    let fixed = [
        ("first_name", m.first_name.clone()),
        ("last_name", m.last_name.clone()),
        ("email", m.email.clone().unwrap_or_default()),
        ("phone", m.phone.clone().unwrap_or_default()),
        ("role", m.role.map_or("", Role::as_str).to_owned()),
    ];
    let places = found.properties.iter().map(|p| ("property", p.property.id.to_string()));
    Shown::with(fixed.into_iter().chain(places))
}

async fn save(
    visit: Staff,
    ClientAddress(from): ClientAddress,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Response {
    let id = PersonId::new(number(&id));
    let member = match visit.app().staff().get(&visit.caller, id).await {
        Ok(found) => found.member,
        Err(error) => return visit.failed(&error),
    };
    // Oneself is changed by others: nobody raises themselves, and nobody locks themselves out.
    if id == visit.me.person {
        return refused(&visit, Some(member), &fields, Error::Conflict("self_archive")).await;
    }
    let mut faults = Faults::new();
    let mut input = input(&fields, &mut faults);
    for (name, field) in [("first_name", &input.first_name), ("last_name", &input.last_name), ("email", &input.email)] {
        if field.is_absent() {
            faults.add(name, Problem::Required);
        }
    }
    input.phone = Field::Given(fields.get("phone").trim().to_owned());
    let update = Update { input, ..Update::default() };
    match visit.identity.update_staff(&visit.caller, id, Draft::new(update, faults), from).await {
        Ok(_) => visit.go(PATH, Flash::done("done-saved")),
        Err(error) => refused(&visit, Some(member), &fields, error).await,
    }
}

async fn mail(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let id = PersonId::new(number(&id));
    match visit.identity.invite_again(&visit.caller, id).await {
        Ok(()) => visit.go(PATH, Flash::done("done-staff-invited")),
        Err(error) => told(&visit, id, &fields, error).await,
    }
}

async fn remove(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let id = PersonId::new(number(&id));
    match visit.app().staff().set_away(&visit.caller, id, true).await {
        Ok(()) => visit.go(PATH, Flash::undoable("done-staff-removed", format!("{PATH}/{id}/restore"))),
        Err(error) => told(&visit, id, &fields, error).await,
    }
}

async fn restore(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let id = PersonId::new(number(&id));
    match visit.app().staff().set_away(&visit.caller, id, false).await {
        Ok(()) => visit.go(PATH, Flash::done("done-staff-restored")),
        Err(error) => told(&visit, id, &fields, error).await,
    }
}

/// What stands against a deed, above the form of whom it is about.
async fn told(visit: &Staff, id: PersonId, _: &Fields, error: Error) -> Response {
    if !matches!(error, Error::Invalid(_) | Error::Conflict(_)) {
        return visit.failed(&error);
    }
    let found = match visit.app().staff().get(&visit.caller, id).await {
        Ok(found) => found,
        Err(error) => return visit.failed(&error),
    };
    let t = visit.language.texts();
    let key = match error {
        Error::Conflict(word) => conflict(word).unwrap_or("changed-text"),
        _ => "staff-last-admin",
    };
    let mut form = begun(&found);
    form.fault = Some(t.say(key));
    answer(visit, StatusCode::CONFLICT, Some(found.member), form).await
}
