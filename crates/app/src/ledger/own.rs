//! Money as residents have it: their own ledgers, to be read.

use db::{List, Read, Slice};
use kernel::{Caller, Error, PersonId, Result};
use uuid::Uuid;

use super::{
    Ledgers,
    store::{self, Entry, Ledger},
    view::{self, InvoiceView, LedgerView},
};

/// A ledger with everything in it.
#[derive(Clone, Debug)]
pub struct OwnLedger {
    /// The ledger.
    pub view: LedgerView,
    /// Its entries, oldest first.
    pub entries: Vec<Entry>,
    /// Its invoices, oldest first.
    pub invoices: Vec<InvoiceView>,
}

#[operations::compiled_here]
impl Ledgers<'_> {
    /// The caller's own ledgers, also closed ones, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn own(&self, caller: &Caller) -> Result<Vec<LedgerView>> {
        self.0
            .read(caller, async |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                view::views(r, of_person(r, me).await?).await
            })
            .await
    }

    /// One of the caller's own ledgers.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person, [`Error::NotFound`].
    pub async fn own_one(&self, caller: &Caller, uid: Uuid) -> Result<OwnLedger> {
        self.0
            .read(caller, async move |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                let missing = || Error::NotFound("ledger");
                let ledger = of_person(r, me).await?.into_iter().find(|l| l.uid == uid).ok_or_else(missing)?;
                let id = ledger.id;
                let (entries, invoices) = tokio::try_join!(store::entries(r, id), store::invoices_of(r, id))?;
                let view = view::views(r, vec![ledger]).await?.pop().ok_or_else(missing)?;
                Ok(OwnLedger { view, entries, invoices: view::invoices(r, invoices).await? })
            })
            .await
    }
}

pub(crate) async fn of_person(r: &Read, person: PersonId) -> Result<Vec<Ledger>> {
    let mine = "l.account_id IN (SELECT x.id FROM account x WHERE x.person_id = ?)";
    let list = List::new("own ledgers", store::LEDGERS).filter("l.org_id = ?", r.caller().org).filter(mine, person);
    r.all(list.slice(&[("l.id", false)], false, &Slice::ALL)).await
}
