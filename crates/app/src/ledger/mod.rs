//! What a tenancy costs and what was paid: ledgers, their entries and invoices. A ledger follows its tenancy and is
//! charged by a schedule.

mod arrears;
mod billing;
mod dates;
mod desk;
mod follow;
mod listed;
mod movement;
mod operations;
pub(crate) mod own;
mod payment;
mod post;
mod schedule;
mod settle;
mod steps;
pub(crate) mod store;
pub(crate) mod view;

#[cfg(test)]
mod tests;

use db::Read;
use kernel::{AccountId, Action, Actor, Caller, Date, Error, LedgerId, PropertyId, Result};
use uuid::Uuid;

use crate::{
    Filter,
    access::{Resource, require},
    handle,
};
use store::Place;

pub use arrears::{LateFee, Rules, Step, StepRule};
pub use desk::{Arrears, Booked, DeskLedger, LateLedger, LedgerRow, Overview, Owed, Query, Standing};
pub(crate) use follow::follow_all;
pub(crate) use listed::{charge_from_list, set_rent_of, take_back};
pub use movement::{Insurance, MoveIn, Who};
pub(crate) use movement::{check_move_in, move_in, set_rents};
pub use operations::Extra;
pub use own::OwnLedger;
pub use payment::{Amount, MOST, Means, Method, Payment, Receipt};
pub use post::{INSURANCE, Kind, LATE_FEE, RENT};
pub use schedule::BATCH;
pub use steps::{Taken, TheRules};
pub use store::{Entry, Invoice, Ledger, Line};
pub use view::{InvoiceView, LedgerView};

/// Which ledgers of a property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// All of them, those to come too.
    #[default]
    All,
    /// Those that run now.
    Current,
    /// Those that ran.
    Previous,
}

/// By what ledgers are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// By number.
    #[default]
    Number,
    /// By when they opened.
    OpensAt,
}

/// The order of ledgers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// Which page of a list whose pages have numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageNumber {
    /// From 1.
    pub page: i64,
    /// How many rows a page has.
    pub per_page: i64,
}

/// What was done about current ledgers of an account that are in arrears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Delinquency {
    pub gate_lockout: bool,
    pub overlock: bool,
    pub cut_lock: bool,
    pub lien: bool,
    pub auction: bool,
}

handle! {
    /// Operations on ledgers.
    Ledgers
}

#[::operations::compiled_here]
impl Ledgers<'_> {
    /// One page of the ledgers of a property, and how many there are in all.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn page(
        &self,
        caller: &Caller,
        property: PropertyId,
        state: State,
        sort: Sort,
        page: PageNumber,
        filter: Filter,
    ) -> Result<(Vec<LedgerView>, i64)> {
        self.0
            .read(caller, async move |r, actor| {
                place(r, actor, Action::ViewMoney, property).await?;
                let (ledgers, total) = store::page(r, property, state, sort, page, &filter).await?;
                Ok((view::views(r, ledgers).await?, total))
            })
            .await
    }

    /// One ledger.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, property: PropertyId, ledger: Uuid) -> Result<LedgerView> {
        self.0
            .read(caller, async move |r, actor| {
                let ledger = get(r, actor, Action::ViewMoney, property, ledger).await?;
                shown(r, ledger).await
            })
            .await
    }

    /// The ledgers of an account, or its current ones, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn of_account(&self, caller: &Caller, account: AccountId, current: bool) -> Result<Vec<LedgerView>> {
        self.0
            .read(caller, async move |r, actor| {
                account_of(r, actor, account).await?;
                view::views(r, store::of_account(r, account, current).await?).await
            })
            .await
    }

    /// All entries of a ledger, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn entries(&self, caller: &Caller, property: PropertyId, ledger: Uuid) -> Result<Vec<Entry>> {
        self.0
            .read(caller, async move |r, actor| {
                let ledger = get(r, actor, Action::ViewMoney, property, ledger).await?;
                store::entries(r, ledger.id).await
            })
            .await
    }

    /// The invoices of a ledger, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn invoices(&self, caller: &Caller, property: PropertyId, ledger: Uuid) -> Result<Vec<InvoiceView>> {
        self.0
            .read(caller, async move |r, actor| {
                let ledger = get(r, actor, Action::ViewMoney, property, ledger).await?;
                view::invoices(r, store::invoices_of(r, ledger.id).await?).await
            })
            .await
    }

    /// One invoice, with its ledger.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn invoice(
        &self,
        caller: &Caller,
        property: PropertyId,
        invoice: Uuid,
    ) -> Result<(InvoiceView, LedgerView)> {
        self.0
            .read(caller, async move |r, actor| {
                place(r, actor, Action::ViewMoney, property).await?;
                let invoice = store::invoice(r, property, invoice).await?.ok_or(Error::NotFound("invoice"))?;
                let ledger = shown(r, store::by_id(r, invoice.ledger_id).await?).await?;
                let invoice = view::invoices(r, vec![invoice]).await?.pop().ok_or(Error::NotFound("invoice"))?;
                Ok((invoice, ledger))
            })
            .await
    }

    /// What was done about the account's current ledgers that are in arrears.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delinquency(&self, caller: &Caller, account: AccountId) -> Result<Delinquency> {
        self.0
            .read(caller, async move |r, actor| {
                account_of(r, actor, account).await?;
                let ids: Vec<LedgerId> = store::of_account(r, account, true).await?.iter().map(|l| l.id).collect();
                let steps: Vec<Step> = arrears::taken(r, &ids).await?.into_values().flatten().collect();
                Ok(Delinquency {
                    gate_lockout: steps.contains(&Step::GateLockout),
                    overlock: steps.contains(&Step::Overlock),
                    cut_lock: steps.contains(&Step::CutLock),
                    lien: steps.contains(&Step::Lien),
                    auction: steps.contains(&Step::Auction),
                })
            })
            .await
    }
}

/// Whether an account of a property may move in: none of its current ledgers is overdue, and its payments are not
/// blocked.
async fn eligible(r: &Read, place: &Place, account: AccountId) -> Result<bool> {
    let (blocked, ledgers) = tokio::try_join!(store::blocks_payments(r, account), store::of_account(r, account, true))?;
    let today: Date = place.today(r);
    Ok(!blocked && ledgers.iter().all(|l| l.unpaid_since.is_none_or(|on| on >= today)))
}

/// The property, after the right to it was checked.
async fn place(r: &Read, actor: &Actor, action: Action, property: PropertyId) -> Result<Place> {
    require(actor, action, Resource::Of(Some(property)))?;
    store::place(r, property).await?.ok_or(Error::NotFound("property"))
}

/// The ledger of this uid in the property, after the right to it was checked.
async fn get(r: &Read, actor: &Actor, action: Action, property: PropertyId, ledger: Uuid) -> Result<Ledger> {
    require(actor, action, Resource::Of(Some(property)))?;
    store::by_uid(r, property, ledger).await?.ok_or(Error::NotFound("ledger"))
}

/// The property of an account, after the right to its money was checked.
async fn account_of(r: &Read, actor: &Actor, id: AccountId) -> Result<PropertyId> {
    let account = store::account(r, id).await?.ok_or(Error::NotFound("account"))?;
    require(actor, Action::ViewMoney, Resource::Of(Some(account.property_id)))?;
    Ok(account.property_id)
}

async fn shown(r: &Read, ledger: Ledger) -> Result<LedgerView> {
    view::views(r, vec![ledger]).await?.pop().ok_or(Error::NotFound("ledger"))
}
