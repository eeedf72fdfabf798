//! `/me/household/people/{tenancy}`: what somebody may in my home, and whether they live here at all.

use app::tenancy::{Housemate, HousemateInput};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use kernel::{Draft, Error, Field, Living, TenancyId};

use super::household::livings;
use crate::{
    flash::Flash,
    form::{Posted, Shown},
    parts::Choice,
    session::{At, Resident, Visit},
    shell::Shell,
};

const HOUSEHOLD: &str = "/me/household";

#[derive(Template)]
#[template(path = "portal/housemate.html")]
struct HousematePage {
    s: Shell,
    who: Housemate,
    livings: Vec<Choice>,
    form: Shown,
}

fn id(text: &str) -> Result<TenancyId, Error> {
    text.parse().map(TenancyId::new).map_err(|_| Error::NotFound("tenancy"))
}

async fn find(visit: &Visit, text: &str) -> Result<Housemate, Error> {
    visit.app().households().get(&visit.caller, id(text)?).await
}

/// Shows it.
pub(super) async fn show(visit: Resident, At(tenancy): At<String>) -> Response {
    match find(&visit, &tenancy).await {
        Ok(who) => {
            let admin = if who.unit_admin { "yes" } else { "" };
            let form = Shown::with([("living", who.role.as_str().to_owned()), ("unit_admin", admin.to_owned())]);
            page(&visit, who, form, StatusCode::OK)
        }
        Err(error) => visit.failed(&error),
    }
}

fn page(visit: &Visit, who: Housemate, form: Shown, code: StatusCode) -> Response {
    let s = visit.shell();
    visit.page_with(code, &HousematePage { livings: livings(&s), s, who, form })
}

/// Changes as what they live here, and whether they decide.
pub(super) async fn save(visit: Resident, At(tenancy): At<String>, Posted(fields): Posted) -> Response {
    let input = HousemateInput {
        living: Living::parse(fields.get("living")).map_or(Field::Absent, Field::Given),
        unit_admin: Field::Given(fields.ticked("unit_admin")),
    };
    let done = async {
        let who = find(&visit, &tenancy).await?;
        match visit.app().households().update(&visit.caller, who.id, Draft::from(input)).await {
            Ok(()) => Ok(None),
            Err(error) => {
                let mut form = Shown::refused(&fields, error, visit.language.texts(), |_| None)?;
                if form.wrong("unit_admin").is_some() {
                    form.set("unit_admin", visit.shell().say("housemate-guest-decides"));
                }
                Ok(Some((who, form)))
            }
        }
    };
    match done.await {
        Ok(None) => visit.go(HOUSEHOLD, Flash::done("done-saved")),
        Ok(Some((who, form))) => page(&visit, who, form, StatusCode::UNPROCESSABLE_ENTITY),
        Err(error) => visit.failed(&error),
    }
}

/// Ends their stay.
pub(super) async fn remove(visit: Resident, At(tenancy): At<String>, _: Posted) -> Response {
    let done = async {
        let id = id(&tenancy)?;
        visit.app().households().remove(&visit.caller, id).await?;
        Ok::<_, Error>(id)
    };
    match done.await {
        Ok(id) => visit.go(HOUSEHOLD, Flash::undoable("done-removed", format!("{HOUSEHOLD}/people/{id}/back"))),
        Err(error) => visit.failed(&error),
    }
}

/// Takes that back.
pub(super) async fn back(visit: Resident, At(tenancy): At<String>, _: Posted) -> Response {
    let done = async { visit.app().households().take_back(&visit.caller, id(&tenancy)?).await };
    match done.await {
        Ok(()) => visit.go(HOUSEHOLD, Flash::done("done-back")),
        Err(error) => visit.failed(&error),
    }
}
