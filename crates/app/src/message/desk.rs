//! Mails as the desk reads them. What is a right in one is shown to whoever manages the staff, when they ask for it, and
//! that is noted.

use db::{Change, Read, row, sql};
use kernel::{Action, Actor, Caller, Error, Instant, MessageId, PersonId, Result, Role};

use super::{Messages, right};
use crate::{
    access::{Reach, Resource, may, require},
    desk,
};

row! {
    struct Stored {
        id: MessageId,
        kind: String,
        person_id: Option<PersonId>,
        first_name: Option<String>,
        last_name: Option<String>,
        role: Option<Role>,
        to_address: String,
        subject: String,
        text_body: String,
        state: String,
        attempts: i64,
        last_error: Option<String>,
        created_at: Instant,
        sent_at: Option<Instant>,
    }
}

/// A mail as it is read.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its id.
    pub id: MessageId,
    /// Whom it is for, with given and family name.
    pub person: Option<(PersonId, String, String)>,
    /// The address.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text; none where nothing of it may be shown.
    pub text: Option<String>,
    /// Whether a right was taken out of the text.
    pub masked: bool,
    /// `waiting`, `sent`, or `failed` for good.
    pub state: String,
    /// How often sending was tried.
    pub attempts: i64,
    /// What the mail server said last.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: Instant,
    /// When the mail server took it.
    pub sent_at: Option<Instant>,
    /// Whether the caller keeps the outbox: has what failed tried again, and may see rights.
    pub keeps: bool,
}

#[operations::compiled_here]
impl Messages<'_> {
    /// A mail, without the right that may be in it: to people within reach; those to the staff for whoever manages them,
    /// and for themselves.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is not of the staff, [`Error::NotFound`].
    pub async fn open(&self, caller: &Caller, id: MessageId) -> Result<Opened> {
        self.0
            .read(caller, async move |r, actor| {
                let mail = seen(r, actor, id).await?;
                let keeps = may(actor, Action::ManageStaff, Resource::Organization);
                let masked = right::carries(&mail.kind);
                let text = if masked { right::without(&mail.text_body) } else { Some(mail.text_body.clone()) };
                Ok(opened(mail, text, masked, keeps))
            })
            .await
    }

    /// The same with the right in it, for whoever manages the staff: without a mail server it is they who pass it on.
    /// That it was shown is noted.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn reveal(&self, caller: &Caller, id: MessageId) -> Result<Opened> {
        self.0
            .write(caller, async move |w, actor| {
                let mail = seen(w, actor, id).await?;
                require(actor, Action::ManageStaff, Resource::Organization)?;
                if right::carries(&mail.kind) {
                    w.change(Change::new("message.revealed", id).person(mail.person_id));
                }
                let text = Some(mail.text_body.clone());
                Ok(opened(mail, text, false, true))
            })
            .await
    }
}

fn opened(mail: Stored, text: Option<String>, masked: bool, keeps: bool) -> Opened {
    let name = |n: Option<String>| n.unwrap_or_default();
    Opened {
        id: mail.id,
        person: mail.person_id.map(|id| (id, name(mail.first_name), name(mail.last_name))),
        to: mail.to_address,
        subject: mail.subject,
        text,
        masked,
        state: mail.state,
        attempts: mail.attempts,
        last_error: mail.last_error,
        created_at: mail.created_at,
        sent_at: mail.sent_at,
        keeps,
    }
}

/// The mail, where the actor may know of it.
async fn seen(r: &Read, actor: &Actor, id: MessageId) -> Result<Stored> {
    let reach = Reach::of(actor)?;
    let missing = || Error::NotFound("message");
    let mail: Stored = r
        .optional(sql!(
            "SELECT m.id, m.kind, m.person_id, p.first_name, p.last_name, g.role, m.to_address, m.subject, m.text_body, m.state, \
             m.attempts, m.last_error, m.created_at, m.sent_at FROM message m LEFT JOIN person p ON p.id = m.person_id \
             LEFT JOIN role_grant g ON g.person_id = m.person_id WHERE m.org_id = $1 AND m.id = $2",
            r.caller().org,
            id
        ))
        .await?
        .ok_or_else(missing)?;
    if may(actor, Action::ManageStaff, Resource::Organization) {
        return Ok(mail);
    }
    let person = mail.person_id.ok_or_else(missing)?;
    let own = actor.person() == Some(person);
    let near = mail.role.is_none() && desk::people::reached(r, &reach, person).await?.is_some();
    if own || near { Ok(mail) } else { Err(missing()) }
}
