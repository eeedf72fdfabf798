//! Everything an organization keeps about the caller, for themselves: a few statements, one JSON object.

use db::Read;
use kernel::{Caller, Error, Instant, PersonId, Result};
use serde_json::{Value, json};

use super::{Me, household, kept, store};
use crate::{
    ledger, login, notification, passkey,
    person::{address, contact, phone},
    ticket,
};

#[operations::compiled_here]
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
    let ids: Vec<_> = tickets.iter().map(|t| t.id).collect();
    let more = kept::of_tickets(r, &ids).await?;
    let mut said = kept::said(r, me).await?;
    said.extend(kept::said_of_news(r, me).await?);
    let money = kept::money(r, me).await?;
    let files = kept::files(r, me).await?;
    let chosen = notification::store::chosen(r, &[me]).await?;
    let whole = kept::whole(r, me).await?;
    let addresses = address::of_people(r, &[me]).await?;
    let contacts = contact::of_person(r, me).await?;
    let (sign_ins, devices) = tokio::try_join!(kept::sign_ins(r, me), kept::wifi_devices(r, me))?;
    let (invitations, letters) = tokio::try_join!(kept::invitations(r, me), kept::mails(r, me))?;
    let passkeys = passkey::of_person(r, me).await?;
    let at = |at: Instant| Value::from(at.to_string());
    let maybe = |i: Option<Instant>| i.map_or(Value::Null, at);
    Ok(json!({
        "made_at": at(r.now()),
        "person": {
            "salutation": contact.salutation, "title": whole.title, "first_name": contact.first_name, "middle_initial": whole.middle_initial,
            "last_name": contact.last_name, "birth_date": whole.birth_date, "business_name": whole.business_name,
            "email": contact.email, "language": contact.language, "since": at(contact.created_at),
            "addresses": addresses.iter().map(|a| json!({
                "label": a.label, "street": a.address1, "more": a.address2, "city": a.city, "state": a.state,
                "postal": a.postal, "country": a.country, "for_letters": a.is_mailing,
            })).collect::<Vec<_>>(),
            "people_to_ask": contacts.iter().map(|c| json!({
                "first_name": c.first_name, "last_name": c.last_name, "email": c.email, "description": c.description,
            })).collect::<Vec<_>>(),
            "phone_numbers": numbers.iter().map(|n| json!({"number": n.raw, "label": n.label})).collect::<Vec<_>>(),
        },
        "homes": places.iter().map(|p| json!({
            "property": p.property_name, "unit": p.unit_number, "as": p.role.as_str(), "from": maybe(p.starts_at),
            "until": maybe(p.ends_at), "moved_out": maybe(p.moved_out_at),
        })).collect::<Vec<_>>(),
        "tickets": tickets.iter().map(|t| {
            let more = more.iter().find(|m| m.id == t.id);
            json!({
                "number": t.number, "title": more.map(|m| &m.title), "text": t.description, "status": t.status.as_str(),
                "answers": more.and_then(|m| m.answers.as_deref()).and_then(|a| serde_json::from_str::<Value>(a).ok()),
                "rating": more.map(|m| m.rating), "rating_comment": more.map(|m| &m.rating_comment),
                "at": at(t.created_at), "closed_at": maybe(t.closed_at),
            })
        }).collect::<Vec<_>>(),
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
        "mails_sent": letters.iter().map(|m| json!({
            "about": m.kind, "to": m.to_address, "subject": m.subject, "at": at(m.created_at), "sent_at": maybe(m.sent_at),
        })).collect::<Vec<_>>(),
        "sign_ins": sign_ins.iter().map(|s| json!({
            "door": s.door, "browser": s.browser, "with": s.proof.map(login::Proof::as_str), "from": at(s.created_at),
            "last_used": maybe(s.used_at), "until": at(s.ended_at.unwrap_or(s.expires_at)),
        })).collect::<Vec<_>>(),
        "passkeys": passkeys.iter().map(|k| json!({
            "name": k.name, "host": k.rp_id, "since": at(k.created_at), "last_used": maybe(k.used_at),
        })).collect::<Vec<_>>(),
        "wifi_devices": devices.iter().map(|d| json!({
            "address": d.mac.to_string(), "unit": d.unit_number, "since": at(d.created_at),
            "last_connected": maybe(d.last_connected_at),
        })).collect::<Vec<_>>(),
        "invitations": invitations.iter().map(|i| json!({
            "to_me": i.to_me, "first_name": i.first_name, "last_name": i.last_name, "email": i.email, "at": at(i.created_at),
            "used_at": maybe(i.used_at),
        })).collect::<Vec<_>>(),
        "currency_of_ledgers": ledger::own::of_person(r, me).await?.iter()
            .map(|l| json!({"ledger": l.number, "currency": l.currency.as_str(), "balance": l.balance})).collect::<Vec<_>>(),
    }))
}
