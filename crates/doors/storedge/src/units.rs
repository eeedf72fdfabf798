//! Units (section 13).

use app::unit::{PageNumber, Sort, SortBy, View};

use crate::{
    call::{Answer, Call},
    present::Present,
    wire::{
        DoorError,
        page::{Asked, Sort as AskedSort, filter},
    },
};

const SORTS: [(&str, SortBy); 3] = [("name", SortBy::Number), ("price", SortBy::Price), ("size", SortBy::Size)];

/// `GET /units`.
pub async fn list(call: Call) -> Result<Answer, DoorError> {
    let (asked, sort, page) = order(&call)?;
    let (units, total) =
        call.app().units().page(&call.caller, call.facility.id, sort, page, filter(&call.params, &call.zone)?).await?;
    many(&call, asked, &units, total)
}

/// `GET /units/available`.
pub async fn available(call: Call) -> Result<Answer, DoorError> {
    let (asked, sort, page) = order(&call)?;
    let (units, total) = call
        .app()
        .units()
        .available(&call.caller, call.facility.id, sort, page, filter(&call.params, &call.zone)?)
        .await?;
    many(&call, asked, &units, total)
}

/// `GET /units/:id`.
pub async fn get(call: Call) -> Result<Answer, DoorError> {
    let unit = call.app().units().get(&call.caller, call.facility.id, call.id()?).await?;
    Answer::one("unit", &Present::of(&call).unit(&unit, call.facility.currency))
}

fn order(call: &Call) -> Result<(Asked, Sort, PageNumber), DoorError> {
    let asked = call.asked()?;
    let (by, descending) = AskedSort::choose(AskedSort::read(&call.params).as_ref(), &SORTS, SortBy::Number)?;
    Ok((asked, Sort { by, descending }, PageNumber { page: asked.page, per_page: asked.per_page }))
}

fn many(call: &Call, asked: Asked, units: &[View], total: i64) -> Result<Answer, DoorError> {
    let present = Present::of(call);
    let shown: Vec<_> = units.iter().map(|u| present.unit(u, call.facility.currency)).collect();
    Answer::page("units", &shown, asked.of(total))
}
