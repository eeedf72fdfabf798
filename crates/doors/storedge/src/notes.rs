//! Remarks about tenants (row 9, and the notes of section 13).

use app::account::note::About;
use kernel::{Draft, Field, Problem};
use uuid::Uuid;

use crate::{
    call::{Answer, Call},
    present::Present,
    wire::{DoorError, Reader, page::Sort},
};

/// Row 9: the newest first, and in no other order.
pub async fn list(call: Call) -> Result<Answer, DoorError> {
    let asked = call.asked()?;
    if Sort::read(&call.params).is_some() {
        return Err(DoorError::unsortable());
    }
    let (id, accounts) = (call.id()?, call.app().accounts());
    let part = accounts.notes(&call.caller, call.facility.id, id, asked.page, asked.per_page).await?;
    let present = Present::of(&call);
    let shown: Vec<_> = part.items.iter().map(|n| present.note(n)).collect();
    Answer::page("notes", &shown, asked.of(part.total))
}

/// A remark about the tenant that the path names.
pub async fn add_to_tenant(call: Call) -> Result<Answer, DoorError> {
    let (_, draft) = read(&call);
    write(&call, About::Account(call.id()?), draft).await
}

/// A remark about a tenant, a ledger or a unit: a ledger selects its unit and tenant.
pub async fn add(call: Call) -> Result<Answer, DoorError> {
    let (about, draft) = read(&call);
    let about = about.ok_or_else(|| DoorError::field("note[tenant_id]", "can't be blank"))?;
    write(&call, about, draft).await
}

async fn write(call: &Call, about: About, draft: Draft<Field<String>>) -> Result<Answer, DoorError> {
    let written = call.app().accounts().add_note(&call.caller, call.facility.id, about, draft).await;
    let written = written.map_err(DoorError::under("note"))?;
    Answer::one("note_event", &Present::of(call).note_event(&written))
}

fn read(call: &Call) -> (Option<About>, Draft<Field<String>>) {
    let mut r = Reader::of(&call.params, "note");
    // What is no id names nothing: the core does not find it.
    let mut id = |name: &'static str| match r.text_or_null(name) {
        Field::Given(Some(text)) => Some(Uuid::try_parse(text.trim()).unwrap_or_default()),
        Field::Given(None) | Field::Absent => None,
        Field::Faulty => Some(Uuid::nil()),
    };
    let (tenant, unit) = (id("tenant_id"), id("unit_id"));
    let ledger = id("ledger_id").map(|ledger| About::Ledger(ledger, tenant));
    let about = ledger.or_else(|| tenant.map(About::Account)).or_else(|| unit.map(About::Unit));
    let text = match r.text_up_to("note_text", usize::MAX) {
        Field::Given(None) => r.wrong("note_text", Problem::Blank),
        other => other.map(Option::unwrap_or_default),
    };
    (about, r.finish(text))
}
