//! `/money`: what I owe, what I paid, and the invoices.

use app::ledger::{InvoiceView, Kind, LedgerView, OwnLedger};
use askama::Template;
use axum::response::Response;
use kernel::Error;
use uuid::Uuid;

use crate::{
    invoice,
    session::{At, Resident, Visit},
    shell::Shell,
};

#[derive(Template)]
#[template(path = "portal/money.html")]
struct MoneyPage {
    s: Shell,
    ledgers: Vec<LedgerView>,
}

#[derive(Template)]
#[template(path = "portal/ledger.html")]
struct LedgerPage {
    s: Shell,
    own: OwnLedger,
}

#[derive(Template)]
#[template(path = "portal/invoice.html")]
struct InvoicePage {
    s: Shell,
    view: LedgerView,
    invoice: InvoiceView,
    /// What each line is for, and its sum.
    lines: Vec<(String, i64)>,
    name: String,
    back: String,
}

/// All ledgers.
pub(super) async fn list(visit: Resident) -> Response {
    match visit.app().ledgers().own(&visit.caller).await {
        Ok(ledgers) => visit.page(&MoneyPage { s: visit.shell(), ledgers }),
        Err(error) => visit.failed(&error),
    }
}

async fn find(visit: &Visit, ledger: &str) -> Result<OwnLedger, Error> {
    let uid: Uuid = ledger.parse().map_err(|_| Error::NotFound("ledger"))?;
    visit.app().ledgers().own_one(&visit.caller, uid).await
}

/// One ledger, the newest entries first.
pub(super) async fn show(visit: Resident, At(ledger): At<String>) -> Response {
    match find(&visit, &ledger).await {
        Ok(mut own) => {
            own.entries.reverse();
            own.invoices.reverse();
            visit.page(&LedgerPage { s: visit.shell(), own })
        }
        Err(error) => visit.failed(&error),
    }
}

async fn find_invoice(visit: &Visit, ledger: &str, invoice: &str) -> Result<(LedgerView, InvoiceView), Error> {
    let own = find(visit, ledger).await?;
    let wanted = invoice.parse::<Uuid>().ok();
    let invoice = own.invoices.into_iter().find(|i| Some(i.invoice.uid) == wanted);
    Ok((own.view, invoice.ok_or(Error::NotFound("invoice"))?))
}

/// One invoice.
pub(super) async fn invoice(visit: Resident, At((ledger, invoice)): At<(String, String)>) -> Response {
    let (view, invoice) = match find_invoice(&visit, &ledger, &invoice).await {
        Ok(found) => found,
        Err(error) => return visit.failed(&error),
    };
    let s = visit.shell();
    let lines = invoice.lines.iter().map(|l| (invoice::what(&s, l), invoice::sum(l))).collect();
    visit.page(&InvoicePage { lines, view, invoice, name: s.name.clone(), back: format!("/money/{ledger}"), s })
}

/// The same on paper.
pub(super) async fn pdf(visit: Resident, At((ledger, invoice)): At<(String, String)>) -> Response {
    match find_invoice(&visit, &ledger, &invoice).await {
        Ok((view, invoice)) => {
            let s = visit.shell();
            let to = vec![s.name.clone(), s.say_x("invoice-unit", &view.unit.number)];
            invoice::pdf(&visit, to, view.ledger.currency, &invoice)
        }
        Err(error) => visit.failed(&error),
    }
}

/// What an entry does, in words.
pub(super) const fn kind(k: Kind) -> &'static str {
    match k {
        Kind::Charge => "money-charge",
        Kind::Payment => "money-payment",
        Kind::Credit => "money-credit",
        Kind::Reversal => "money-reversal",
    }
}
