//! Everything an organization keeps about the caller, for themselves: a few statements, one JSON object.

use db::{Read, row, sql};
use kernel::{Caller, Date, Error, Instant, PersonId, Result};
use serde_json::{Value, json};

use super::{Me, household, store};
use crate::{ledger, notification, person::phone, ticket};

row! {
    struct Said {
        about: String,
        text: String,
        created_at: Instant,
    }

    struct Money {
        ledger: i64,
        effective_on: Date,
        kind: String,
        amount: i64,
        text: String,
    }

    struct FileRow {
        name: String,
        content_type: String,
        size: i64,
        created_at: Instant,
    }
}

impl Me<'_> {
    /// Everything kept about the caller, as far as it is about them: no words of others, nothing internal.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn data(&self, caller: &Caller) -> Result<Value> {
        self.0
            .read(caller, async |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                data(r, me).await
            })
            .await
    }
}

async fn data(r: &Read, me: PersonId) -> Result<Value> {
    let contact = store::contact(r, me).await?.ok_or(Error::NotFound("person"))?;
    let numbers = phone::of_people(r, &[me]).await?;
    let places = household::places(r, me).await?;
    let tickets = ticket::mine(r, me).await?;
    let mut said = said(r, me).await?;
    said.extend(said_of_news(r, me).await?);
    let money = money(r, me).await?;
    let files = files(r, me).await?;
    let chosen = notification::store::chosen(r, &[me]).await?;
    let at = |at: Instant| Value::from(at.to_string());
    let maybe = |i: Option<Instant>| i.map_or(Value::Null, at);
    Ok(json!({
        "made_at": at(r.now()),
        "person": {
            "first_name": contact.first_name, "last_name": contact.last_name, "title": contact.title,
            "salutation": contact.salutation, "email": contact.email,
            "language": contact.language, "since": at(contact.created_at),
            "phone_numbers": numbers.iter().map(|n| json!({"number": n.raw, "label": n.label})).collect::<Vec<_>>(),
        },
        "homes": places.iter().map(|p| json!({
            "property": p.property_name, "unit": p.unit_number, "as": p.role.as_str(), "from": maybe(p.starts_at),
            "until": maybe(p.ends_at), "moved_out": maybe(p.moved_out_at),
        })).collect::<Vec<_>>(),
        "tickets": tickets.iter().map(|t| json!({
            "number": t.number, "text": t.description, "status": t.status.as_str(), "at": at(t.created_at),
            "closed_at": maybe(t.closed_at),
        })).collect::<Vec<_>>(),
        "comments": said.iter().map(|c| json!({
            "about": c.about, "text": c.text, "at": at(c.created_at),
        })).collect::<Vec<_>>(),
        "money": money.iter().map(|e| json!({
            "ledger": e.ledger, "on": e.effective_on.to_string(), "what": e.kind, "minor_units": e.amount, "text": e.text,
        })).collect::<Vec<_>>(),
        "files": files.iter().map(|f| json!({
            "name": f.name, "type": f.content_type, "bytes": f.size, "at": at(f.created_at),
        })).collect::<Vec<_>>(),
        "mails": chosen.iter().map(|c| json!({"about": c.topic.as_str(), "when": c.frequency.as_str()})).collect::<Vec<_>>(),
        "currency_of_ledgers": ledger::own::of_person(r, me).await?.iter()
            .map(|l| json!({"ledger": l.number, "currency": l.currency.as_str(), "balance": l.balance})).collect::<Vec<_>>(),
    }))
}

async fn said(r: &Read, me: PersonId) -> Result<Vec<Said>> {
    r.all(sql!(
        "SELECT CAST(t.number AS TEXT) AS about, c.text, c.created_at FROM comment c JOIN ticket t ON t.id = c.ticket_id \
         WHERE c.org_id = $1 AND c.author_id = $2 AND c.deleted_at IS NULL ORDER BY c.id",
        r.caller().org,
        me
    ))
    .await
}

async fn said_of_news(r: &Read, me: PersonId) -> Result<Vec<Said>> {
    r.all(sql!(
        "SELECT p.title AS about, c.text, c.created_at FROM post_comment c JOIN post p ON p.id = c.post_id \
         WHERE c.org_id = $1 AND c.author_id = $2 AND c.deleted_at IS NULL ORDER BY c.id",
        r.caller().org,
        me
    ))
    .await
}

async fn money(r: &Read, me: PersonId) -> Result<Vec<Money>> {
    r.all(sql!(
        "SELECT l.number AS ledger, e.effective_on, e.kind, e.amount, e.text FROM account a JOIN ledger l ON l.account_id = a.id \
         JOIN ledger_entry e ON e.ledger_id = l.id WHERE a.org_id = $1 AND a.person_id = $2 ORDER BY l.id, +e.id",
        r.caller().org,
        me
    ))
    .await
}

async fn files(r: &Read, me: PersonId) -> Result<Vec<FileRow>> {
    r.all(sql!(
        "SELECT name, content_type, size, created_at FROM file WHERE org_id = $1 AND uploaded_by = $2 AND deleted_at IS NULL ORDER BY id",
        r.caller().org,
        me
    ))
    .await
}
