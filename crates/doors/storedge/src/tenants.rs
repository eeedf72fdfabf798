//! Tenants: reading and changing them (rows 1 to 5, 7, 8, 10, 14, 15).

use app::account::{By, Part, Query, Sort, State, Tenant};

use crate::{
    attributes,
    call::{Answer, Call},
    present::Present,
    wire::{
        Code, DoorError, Reader,
        page::{Asked, Sort as AskedSort, filter},
        reader::digits,
        shapes::Eligibility,
    },
};

const SORTS: [(&str, Sort); 4] = [
    ("account_number", Sort::Number),
    ("last_name", Sort::LastName),
    ("first_name", Sort::FirstName),
    ("created_at", Sort::CreatedAt),
];

/// Row 1.
pub async fn list(call: Call) -> Result<Answer, DoorError> {
    page(&call, State::All).await
}

/// Row 2.
pub async fn previous(call: Call) -> Result<Answer, DoorError> {
    page(&call, State::Previous).await
}

/// Row 3.
pub async fn current(call: Call) -> Result<Answer, DoorError> {
    page(&call, State::Current).await
}

async fn page(call: &Call, state: State) -> Result<Answer, DoorError> {
    let asked = call.asked()?;
    let (sort, descending) = AskedSort::choose(AskedSort::read(&call.params).as_ref(), &SORTS, Sort::Number)?;
    let query = Query {
        state,
        filter: filter(&call.params, &call.zone)?,
        sort,
        descending,
        page: asked.page,
        per_page: asked.per_page,
    };
    let part = call.app().accounts().page(&call.caller, call.facility.id, query).await?;
    many(call, asked, &part)
}

fn many(call: &Call, asked: Asked, part: &Part<Tenant>) -> Result<Answer, DoorError> {
    let present = Present::of(call);
    let shown: Vec<_> = part.items.iter().map(|t| present.tenant(t)).collect();
    Answer::page("tenants", &shown, asked.of(part.total))
}

/// One tenant.
pub fn one(call: &Call, tenant: &Tenant) -> Result<Answer, DoorError> {
    Answer::one("tenant", &Present::of(call).tenant(tenant))
}

/// The tenant that the path names.
pub async fn named(call: &Call) -> Result<Tenant, DoorError> {
    Ok(call.app().accounts().get(&call.caller, call.facility.id, By::Uid(call.id()?)).await?)
}

/// Row 4.
pub async fn get(call: Call) -> Result<Answer, DoorError> {
    one(&call, &named(&call).await?)
}

/// Row 5 (T11).
pub async fn by_username(call: Call) -> Result<Answer, DoorError> {
    let mut r = Reader::of(&call.params, "tenant");
    let name = r.needed_text("username");
    let name = r.whole("tenant", name)?;
    let found = call.identity().portal_lookup(&call.caller, call.facility.id, &name).await?;
    one(&call, &found)
}

/// Row 7 (T13).
pub async fn search(call: Call) -> Result<Answer, DoorError> {
    let asked = call.asked()?;
    if AskedSort::read(&call.params).is_some() {
        return Err(DoorError::unsortable());
    }
    let mut r = Reader::of(&call.params, "tenant");
    let phone = r.text("phone_number").given().filter(|p| !p.is_empty()).cloned();
    let number = r.text("account_number").given().filter(|n| !n.is_empty()).cloned();
    let found = match (phone, number) {
        (Some(_), Some(_)) => return Err(Code::Conflict.into()),
        (None, None) => return Err(DoorError::field("phone_number", "can't be blank")),
        (Some(phone), None) => call.app().accounts().with_phone(&call.caller, call.facility.id, &phone).await?,
        (None, Some(number)) => by_number(&call, &number).await?,
    };
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let skip = usize::try_from(asked.skip()).unwrap_or(usize::MAX);
    let rows = usize::try_from(asked.per_page).unwrap_or(usize::MAX);
    let items = found.into_iter().skip(skip).take(rows).collect();
    many(&call, asked, &Part { items, total })
}

/// The tenant with this number; nobody has one that is none.
async fn by_number(call: &Call, number: &str) -> Result<Vec<Tenant>, DoorError> {
    let Some(number) = digits(number.trim()) else { return Ok(Vec::new()) };
    match call.app().accounts().get(&call.caller, call.facility.id, By::Number(number)).await {
        Ok(tenant) => Ok(vec![tenant]),
        Err(kernel::Error::NotFound("tenant")) => Ok(Vec::new()),
        Err(e) => Err(e.into()),
    }
}

/// Row 8.
pub async fn eligibility(call: Call) -> Result<Answer, DoorError> {
    let eligible_for_move_in = named(&call).await?.may_move_in();
    Answer::one("eligibility", &Eligibility { eligible_for_move_in })
}

/// Rows 14 and 15 (T1 to T9).
pub async fn update(call: Call) -> Result<Answer, DoorError> {
    let draft = attributes::draft(&call.params, &call.facility.country);
    let changed = call.identity().update_account(&call.caller, call.facility.id, call.id()?, draft).await;
    one(&call, &changed.map_err(DoorError::under("tenant"))?)
}
