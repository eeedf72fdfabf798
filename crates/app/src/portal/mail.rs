//! The mail with a unit's portal link, when somebody moves in or the management sends it again. The link is made outside of the move, by a job: its key
//! is the server's, not the transaction's.

use db::{Change, Write};
use kernel::{Action, Caller, Error, PersonId, Result, UnitId};

use super::{Portals, address, store};
use crate::{
    access::{Resource, require},
    job::{self, Job},
    message::{self, Mail, templates},
};

/// The kind of job that mails a portal link; its payload is the ids of unit and person.
pub const SEND_LINK: &str = "portal.send_link";

/// Has the link of a unit mailed to a person who moved in, where that is wanted; answers whether it is.
pub(crate) async fn send_link(w: &Write, unit: UnitId, person: PersonId) -> Result<bool> {
    let wanted = store::addressee(w, unit, person).await?.is_some_and(|a| a.wanted && a.email.is_some());
    if wanted {
        job::enqueue(w, SEND_LINK, &format!("{unit} {person}"), w.now(), None).await?;
    }
    Ok(wanted)
}

#[operations::compiled_here]
impl Portals<'_> {
    /// Mails the portal link of a unit to those who live there.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Conflict`] `nobody_to_mail` where nobody who lives there has an
    /// address, or the property has no WiFi, no open portal, or wants no mails.
    pub async fn mail_link(&self, caller: &Caller, unit: UnitId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let (_, property, _) = store::link_of(w, unit).await?.ok_or(Error::NotFound("unit"))?;
                require(actor, Action::ChangeWifi, Resource::Unit(property, unit))?;
                let mut told = false;
                for person in store::residing(w, unit).await? {
                    if send_link(w, unit, person).await? {
                        told = true;
                        let change = Change::new("unit.portal_link_mailed", unit).property(property).unit(unit);
                        w.change(change.person(person));
                    }
                }
                if told { Ok(()) } else { Err(Error::Conflict("nobody_to_mail")) }
            })
            .await
    }

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
