//! What lists that come in do to ledgers.

use db::{Write, sql};
use kernel::{Date, EntryId, LedgerId, Result, TenancyId};

use super::{
    movement,
    post::{self, Kind, New},
    store,
};

/// Charges something; the cause is a name that is new to the ledger, or was taken back.
pub async fn charge_from_list(
    w: &Write,
    id: LedgerId,
    amount: i64,
    on: Date,
    text: &str,
    cause: &str,
) -> Result<EntryId> {
    let mut ledger = store::by_id(w, id).await?;
    // What was taken back keeps its name.
    let again = store::entry_by_cause(w, id, cause).await?.map(|e| format!("{cause}#{}", e.id));
    let cause = Some(again.as_deref().unwrap_or(cause));
    let new = New { text, code: "other", cause, ..New::plain(Kind::Charge, amount, on) };
    post::post(w, &mut ledger, &new).await.map(|(id, _)| id)
}

/// Sets the rent of a tenancy's ledger from today on.
pub async fn set_rent_of(w: &Write, tenancy: TenancyId, rent: i64) -> Result<()> {
    let id: Option<LedgerId> = w
        .optional(sql!(
            "SELECT id FROM ledger WHERE org_id = $1 AND tenancy_id = $2 ORDER BY id DESC LIMIT 1",
            w.caller().org,
            tenancy
        ))
        .await?;
    let Some(id) = id else { return Ok(()) };
    let mut ledger = store::by_id(w, id).await?;
    let today = ledger.today(w);
    movement::set_rent(w, &mut ledger, rent, today).await
}

/// Reverses a charge that a list made, unless somebody did so already.
pub async fn take_back(w: &Write, entry: EntryId) -> Result<()> {
    let Some(entry) = store::entry_by_id(w, entry).await? else { return Ok(()) };
    if entry.reversed {
        return Ok(());
    }
    let mut ledger = store::by_id(w, entry.ledger_id).await?;
    let today = ledger.today(w);
    post::reverse(w, &mut ledger, &entry, today, &entry.text).await?;
    w.change(ledger.change("ledger.reversed"));
    Ok(())
}
