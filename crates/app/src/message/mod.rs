//! Outgoing mail: written in the transaction that needs it, sent by a job behind it. Without a mail server it stays
//! here and can be read.

mod desk;
pub mod language;
mod right;
pub mod templates;

use db::{Change, Read, Write, row, sql};
use kernel::{Action, Caller, Error, Instant, JobId, MessageId, PersonId, Result};
use uuid::Uuid;

use crate::{
    access::{Resource, require},
    handle,
    job::{self, Job},
    staff,
};

pub use desk::Opened;
pub use language::Language;

row! {
    /// A mail.
    #[derive(Clone, Debug)]
    pub struct Message {
        /// Its id.
        pub id: MessageId,
        /// Its uid: the same in every attempt, and in no other install.
        pub uid: Uuid,
        /// What it is about: `invite`, `reset`, `message`.
        pub kind: String,
        /// To whom, `Name <address>` or an address.
        pub to_address: String,
        /// Its subject.
        pub subject: String,
        /// Its text.
        pub text_body: String,
        /// The same as HTML, if there is one.
        pub html_body: Option<String>,
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
    }
}

/// A mail to be sent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Whom it is for.
    pub person: PersonId,
    /// What it is about, one word.
    pub kind: &'static str,
    /// The address.
    pub to: String,
    /// The subject, one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
}

handle! {
    /// Operations on outgoing mail.
    Messages
}

#[operations::compiled_here]
impl Messages<'_> {
    /// Mails a text to a member of the staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`].
    pub async fn send_to_staff(&self, caller: &Caller, draft: kernel::Draft<ToStaff>) -> Result<MessageId> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::WriteToPeople, Resource::Organization)?;
                let (input, mut faults) = draft.open()?;
                let person = input.person.required(&mut faults, "person_id");
                let subject = input.subject.required(&mut faults, "subject");
                let body = input.body.required(&mut faults, "body");
                faults.finish()?;
                let (Some(person), Some(subject), Some(body)) = (person, subject, body) else {
                    return Err(Error::internal("a field was neither given nor faulty"));
                };
                let member = staff::get(w, *person).await?;
                let mail = Mail {
                    person: member.id,
                    kind: "message",
                    to: member.email.unwrap_or_default(),
                    subject: subject.clone(),
                    text: body.clone(),
                    html: None,
                };
                queue(w, &mail).await
            })
            .await
    }

    /// The newest mails of the organization, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, caller: &Caller, limit: u32) -> Result<Vec<Message>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                r.all(sql!(
                    "SELECT id, uid, kind, to_address, subject, text_body, html_body, state, attempts, last_error, created_at, sent_at \
                     FROM message WHERE org_id = $1 ORDER BY id DESC LIMIT $2",
                    r.caller().org,
                    limit
                ))
                .await
            })
            .await
    }

    /// One mail.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: MessageId) -> Result<Message> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                by_id(r, id).await?.ok_or(Error::NotFound("message"))
            })
            .await
    }

    /// The newest mails, for whoever manages the staff: without what stands in them, which [`Messages::open`] shows.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn outbox(&self, caller: &Caller, failed: bool) -> Result<Vec<Message>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ManageStaff, Resource::Organization)?;
                r.all(sql!(
                    "SELECT id, uid, kind, to_address, subject, '' AS text_body, NULL AS html_body, state, attempts, last_error, created_at, sent_at \
                     FROM message WHERE org_id = $1 AND (NOT $2 OR state = 'failed') ORDER BY id DESC LIMIT 100",
                    r.caller().org,
                    failed
                ))
                .await
            })
            .await
    }

    /// Has a mail that was given up tried once more.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] `not_failed`.
    pub async fn retry(&self, caller: &Caller, id: MessageId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageStaff, Resource::Organization)?;
                by_id(w, id).await?.ok_or(Error::NotFound("message"))?;
                let reset = w
                    .execute(sql!(
                        "UPDATE message SET state = 'waiting' WHERE org_id = $1 AND id = $2 AND state = 'failed'",
                        w.caller().org,
                        id
                    ))
                    .await?;
                if reset == 0 {
                    return Err(Error::Conflict("not_failed"));
                }
                job::enqueue(w, SEND, &id.to_string(), w.now(), None).await?;
                w.change(Change::new("message.retried", id));
                Ok(())
            })
            .await
    }

    /// The mail that a job is to send; none when there is nothing to do any more: it was sent, given up, or is gone.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn to_send(&self, caller: &Caller, job: &Job) -> Result<Option<Message>> {
        let id = of_job(job);
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let message = match id {
                    Some(id) => by_id(r, id).await?,
                    None => None,
                };
                Ok(message.filter(|m| m.state == "waiting"))
            })
            .await
    }

    /// Notes what became of an attempt and, in the same transaction, ends the job or puts it off. Answers the outcome
    /// that holds: what would be tried again has failed after the last attempt.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn tried(&self, caller: &Caller, job: &Job, outcome: Outcome) -> Result<Outcome> {
        let job = job.clone();
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let outcome = match &outcome {
                    Outcome::Again(why) if !job::put_off(w, &job, why).await? => Outcome::Failed(why.clone()),
                    Outcome::Again(_) => outcome.clone(),
                    Outcome::Sent | Outcome::Failed(_) => {
                        job::finish(w, job.id).await?;
                        outcome.clone()
                    }
                };
                if let Some(id) = of_job(&job) {
                    note(w, id, &outcome).await?;
                }
                Ok(outcome)
            })
            .await
    }
}

/// A text to a member of the staff.
#[derive(Clone, Debug, Default)]
pub struct ToStaff {
    /// To whom.
    pub person: kernel::Field<PersonId>,
    /// The subject.
    pub subject: kernel::Field<String>,
    /// The text.
    pub body: kernel::Field<String>,
}

/// What became of an attempt to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server took it.
    Sent,
    /// It will be tried again.
    Again(String),
    /// It never will be taken.
    Failed(String),
}

async fn by_id(r: &Read, id: MessageId) -> Result<Option<Message>> {
    r.optional(sql!(
        "SELECT id, uid, kind, to_address, subject, text_body, html_body, state, attempts, last_error, created_at, sent_at \
         FROM message WHERE org_id = $1 AND id = $2",
        r.caller().org,
        id
    ))
    .await
}

/// Writes an outcome beside a mail that still waits.
async fn note(w: &Write, id: MessageId, outcome: &Outcome) -> Result<()> {
    let (state, error, at) = match outcome {
        Outcome::Sent => ("sent", None, Some(w.now())),
        Outcome::Again(why) => ("waiting", Some(why.as_str()), None),
        Outcome::Failed(why) => ("failed", Some(why.as_str()), None),
    };
    let waited = w
        .execute(sql!(
            "UPDATE message SET state = $3, attempts = attempts + 1, last_error = $4, sent_at = $5 \
             WHERE org_id = $1 AND id = $2 AND state = 'waiting'",
            w.caller().org,
            id,
            state,
            error,
            at
        ))
        .await?;
    if waited > 0 && state != "waiting" {
        w.change(Change::new(if at.is_some() { "message.sent" } else { "message.failed" }, id));
    }
    Ok(())
}

/// The kind of the job that sends a mail; its payload is the mail's id.
pub const SEND: &str = "mail.send";

fn of_job(job: &Job) -> Option<MessageId> {
    job.payload.parse().ok().map(MessageId::new)
}

/// Writes a mail and the job that sends it.
///
/// # Errors
/// When a statement fails.
pub async fn queue(w: &Write, mail: &Mail) -> Result<MessageId> {
    let id: MessageId = w
        .one(sql!(
            "INSERT INTO message (uid, org_id, person_id, kind, to_address, subject, text_body, html_body, state, attempts, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 0, $9) RETURNING id",
            w.uid(), w.caller().org, mail.person, mail.kind, &mail.to, &mail.subject, &mail.text, &mail.html, w.now()
        ))
        .await?;
    let _: Option<JobId> = job::enqueue(w, SEND, &id.to_string(), w.now(), None).await?;
    w.change(Change::new("message.queued", id).person(mail.person));
    Ok(id)
}
