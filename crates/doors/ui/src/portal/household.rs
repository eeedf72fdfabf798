//! `/me/household`: where I live, with whom, and who may join. What is done about one of those is in `housemate.rs`.

use app::{
    invite,
    me::{Household, Member, Place},
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use kernel::{Draft, Error, Field, InvitationId, Living, PersonId, UnitId};

use crate::{
    flash::Flash,
    form::{Posted, Shown},
    parts::Choice,
    session::{At, Resident, Visit},
    shell::Shell,
};

#[derive(Template)]
#[template(path = "portal/household.html")]
struct HouseholdPage {
    s: Shell,
    me: PersonId,
    house: Household,
    running: Vec<Place>,
    ended: Vec<Place>,
    units: Vec<Choice>,
    livings: Vec<Choice>,
    form: Shown,
}

impl HouseholdPage {
    /// Whether the reader may change how somebody lives there.
    fn may_change(&self, m: &Member) -> bool {
        matches!(m.role, Living::Member | Living::Guest)
            && self.house.decides_for.contains(&m.unit_id)
            && m.person_id != self.me
    }
}

/// Shows it.
pub(super) async fn show(visit: Resident) -> Response {
    page(&visit, Shown::with([("living", Living::Member.as_str().to_owned())]), StatusCode::OK).await
}

async fn page(visit: &Visit, form: Shown, code: StatusCode) -> Response {
    let house = match visit.app().me().household(&visit.caller).await {
        Ok(house) => house,
        Err(error) => return visit.failed(&error),
    };
    let (running, ended): (Vec<Place>, Vec<Place>) =
        house.places.iter().cloned().partition(|p| house.running.contains(&p.id));
    let mut units: Vec<Choice> = Vec::new();
    for place in &running {
        let Some(unit) = place.unit_id.filter(|u| house.decides_for.contains(u)) else { continue };
        if units.iter().all(|c| c.value != unit.to_string()) {
            let number = place.unit_number.as_deref().unwrap_or_default();
            units.push(Choice::new(&unit, format!("{number}, {}", place.property_name)));
        }
    }
    let (s, me) = (visit.shell(), visit.me.person);
    let livings = livings(&s);
    visit.page_with(code, &HouseholdPage { s, me, house, running, ended, units, livings, form })
}

/// Invites somebody to live here too.
pub(super) async fn invite(visit: Resident, Posted(fields): Posted) -> Response {
    let input = invite::Input {
        unit_id: fields.get("unit_id").parse().map_or(Field::Absent, |id| Field::Given(UnitId::new(id))),
        first_name: fields.text("first_name"),
        last_name: fields.text("last_name"),
        email: fields.text("email"),
        living: Living::parse(fields.get("living")).map_or(Field::Absent, Field::Given),
        unit_admin: Field::Given(fields.ticked("unit_admin")),
        ..invite::Input::default()
    };
    match visit.app().invites().create(&visit.caller, Draft::from(input)).await {
        Ok(made) => {
            let undo = format!("/me/household/{}/withdraw", made.invite.id);
            visit.go("/me/household", Flash::undoable("done-invited", undo))
        }
        Err(error) => {
            let words = |word: &str| match word {
                "registered" => Some("invite-registered"),
                "invited" => Some("invite-invited"),
                _ => None,
            };
            match Shown::refused(&fields, error, visit.language.texts(), words) {
                Ok(form) => page(&visit, form, StatusCode::UNPROCESSABLE_ENTITY).await,
                Err(error) => visit.failed(&error),
            }
        }
    }
}

/// Takes an invitation back.
pub(super) async fn withdraw(visit: Resident, At(id): At<String>, _: Posted) -> Response {
    let done = match id.parse() {
        Ok(id) => visit.app().invites().withdraw(&visit.caller, InvitationId::new(id)).await,
        Err(_) => Err(Error::NotFound("invitation")),
    };
    match done {
        Ok(()) => visit.go("/me/household", Flash::undoable("done-withdrawn", format!("/me/household/{id}/restore"))),
        Err(error) => visit.failed(&error),
    }
}

/// Lets it count again.
pub(super) async fn restore(visit: Resident, At(id): At<String>, _: Posted) -> Response {
    let done = match id.parse() {
        Ok(id) => visit.app().invites().restore(&visit.caller, InvitationId::new(id)).await,
        Err(_) => Err(Error::NotFound("invitation")),
    };
    match done {
        Ok(()) => visit.go("/me/household", Flash::done("done-invitation-back")),
        Err(error) => visit.failed(&error),
    }
}

/// As what others live with those who decide for a unit.
pub(super) fn livings(s: &Shell) -> Vec<Choice> {
    [Living::Member, Living::Guest].map(|l| Choice::new(l.as_str(), s.say(living(l)))).into()
}

/// As what somebody lives somewhere, in words.
pub(super) const fn living(l: Living) -> &'static str {
    match l {
        Living::Owner => "living-owner",
        Living::Tenant => "living-tenant",
        Living::Member => "living-member",
        Living::Guest => "living-guest",
    }
}
