//! Invoices as PDF: the same paper for who pays it and for the staff.

use app::ledger::{InvoiceView, LATE_FEE, Line, RENT};
use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use kernel::Currency;
use paper::Invoice;

use crate::{session::Visit, shell::Shell};

/// What a line is for, in the reader's words where it is the rent or a fee.
pub(crate) fn what(s: &Shell, line: &Line) -> String {
    match line.code.as_str() {
        RENT => s.say("entry-rent"),
        LATE_FEE => s.say("entry-late-fee"),
        _ => line.description.clone(),
    }
}

/// The sum of a line with its tax, in minor units.
pub(crate) fn sum(line: &Line) -> i64 {
    line.price.saturating_mul(line.quantity).saturating_add(line.tax)
}

/// The answer with the PDF. `to` is who pays and where they live, line by line.
pub(crate) fn pdf(visit: &Visit, to: Vec<String>, currency: Currency, view: &InvoiceView) -> Response {
    let s = visit.shell();
    let invoice = &view.invoice;
    match paper::invoice(&text(&s, to, currency, view)) {
        Ok(bytes) => {
            let name = format!("inline; filename=\"invoice-{}.pdf\"", invoice.number);
            let headers = [
                (header::CONTENT_TYPE, "application/pdf".to_owned()),
                (header::CONTENT_DISPOSITION, name),
                (header::CACHE_CONTROL, "private, no-store".to_owned()),
            ];
            (headers, bytes).into_response()
        }
        Err(error) => visit.failed(&kernel::Error::internal(error)),
    }
}

fn text(s: &Shell, to: Vec<String>, currency: Currency, view: &InvoiceView) -> Invoice {
    let invoice = &view.invoice;
    let line = |l: &Line| {
        let what = match l.service_from.zip(l.service_to) {
            Some((from, to)) => format!("{} ({} – {})", what(s, l), s.clock.full(from), s.clock.full(to)),
            None => what(s, l),
        };
        [what, l.quantity.to_string(), s.money(l.tax, currency), s.money(sum(l), currency)]
    };
    let mut facts = vec![
        (s.say("invoice-written"), s.clock.full(invoice.finalized_on)),
        (s.say("invoice-due"), s.clock.full(invoice.due_on)),
    ];
    if invoice.voided {
        facts.push((s.say("money-state"), s.say("money-voided")));
    }
    let mut from = vec![s.organization.clone()];
    from.extend(s.letterhead.iter().cloned());
    if s.house != s.organization {
        from.push(s.house.clone());
    }
    Invoice {
        language: s.lang().to_owned(),
        title: s.say_x("money-invoice", &invoice.number.to_string()),
        from,
        to,
        facts,
        head: ["money-what", "money-quantity", "money-tax", "money-amount"].map(|key| s.say(key)),
        rows: view.lines.iter().map(line).collect(),
        total: (s.say("money-total"), s.money(invoice.total, currency)),
    }
}
