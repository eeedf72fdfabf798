//! The mail with a unit's portal link, when somebody moves in. The link is made outside of the move, by a job: its key
//! is the server's, not the transaction's.

use db::Write;
use kernel::{Action, Caller, Error, PersonId, Result, UnitId};

use super::{Portals, address, store};
use crate::{
    access::{Resource, require},
    job::{self, Job},
    message::{self, Mail, templates},
};

/// The kind of job that mails a portal link; its payload is the ids of unit and person.
pub const SEND_LINK: &str = "portal.send_link";

/// Has the link of a unit mailed to a person who moved in, where that is wanted.
pub(crate) async fn send_link(w: &Write, unit: UnitId, person: PersonId) -> Result<()> {
    if store::addressee(w, unit, person).await?.is_some_and(|a| a.wanted && a.email.is_some()) {
        job::enqueue(w, SEND_LINK, &format!("{unit} {person}"), w.now(), None).await?;
    }
    Ok(())
}

impl Portals<'_> {
    /// Writes the mail that a job asks for, and ends the job, in one transaction: a second run finds no job. Nothing is
    /// written where there is no WiFi, no open portal, no address, or no wish for mails.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the job is to be tried again.
    pub async fn write_link_mail(&self, caller: &Caller, job: &Job) -> Result<()> {
        let (unit, person) = job.payload.split_once(' ').ok_or_else(|| Error::internal("a job without ids"))?;
        let unit = UnitId::new(unit.parse().map_err(Error::internal)?);
        let person = PersonId::new(person.parse().map_err(Error::internal)?);
        let (vault, base, job) = (self.0.vault()?, self.0.public_url().to_owned(), job.id);
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let found = store::addressee(w, unit, person).await?.filter(|a| a.wanted);
                if let Some((a, to)) = found.and_then(|a| a.email.clone().map(|to| (a, to))) {
                    let link = address(&base, a.property_uid, &vault.link(unit, a.uid, a.generation));
                    let language = message::language::of(w, person).await?;
                    let (subject, text, html) = templates::portal_link(language, &a.property_name, &link);
                    let mail = Mail { person, kind: "portal_link", to, subject, text, html: Some(html) };
                    message::queue(w, &mail).await?;
                }
                job::finish(w, job).await
            })
            .await
    }
}
