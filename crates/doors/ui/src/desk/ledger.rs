//! One ledger: how it stands, what was booked, and what is booked on it; and its invoices.

use std::collections::HashMap;

use app::{
    App,
    ledger::{
        Amount, Booked, DeskLedger, Extra, INSURANCE, InvoiceView, Kind, LATE_FEE, LedgerRow, Means, Method, Payment,
        RENT, Step,
    },
};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{Currency, Date, Draft, EntryId, Error, Faults, InvoiceId, LedgerId, Result};
use uuid::Uuid;

use super::{
    money::step_key,
    office::{self, amount, day, name, number},
    said::{Sentence, sentences},
};
use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    invoice,
    language::Texts,
    page_route,
    parts::{Choice, Tone},
    session::{Staff, Visit},
    shell::Shell,
};

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route("/desk/ledgers/{id}", page_route(get(show)))
        .route("/desk/ledgers/{id}/{deed}", page_route(get(form).post(book)))
        .route("/desk/ledgers/{id}/entries/{entry}/reverse", page_route(post(reverse)))
        .route("/desk/ledgers/{id}/entries/{entry}/restore", page_route(post(restore)))
        .route("/desk/invoices/{id}", page_route(get(invoice)))
        .route("/desk/invoices/{id}/pdf", page_route(get(invoice_pdf)))
}

/// A line of the ledger, as it is read.
struct Line {
    on: Date,
    title: String,
    service: Option<(Date, Date)>,
    amount: i64,
    balance: i64,
    open: i64,
    reversed: bool,
    reverse: Option<String>,
}

/// An invoice in the list beside.
struct Bill {
    to: String,
    number: i64,
    due_on: Date,
    total: i64,
    voided: bool,
}

#[derive(Template)]
#[template(path = "desk/money/ledger.html")]
struct LedgerPage {
    s: Shell,
    title: String,
    unit: String,
    property: String,
    person: String,
    base: String,
    currency: Currency,
    balance: i64,
    tone: Tone,
    state: &'static str,
    lines: Vec<Line>,
    older: String,
    newest: bool,
    bills: Vec<Bill>,
    steps: Vec<(Step, &'static str)>,
    next: Option<(&'static str, Date)>,
    paused_until: Option<Date>,
    history: Vec<Sentence>,
    late_fee: Option<(i32, i64)>,
    l: app::ledger::LedgerView,
    may_manage: bool,
}

async fn show(visit: Staff, Path(id): Path<String>) -> Response {
    let before = visit.query.get("before").parse().ok().map(EntryId::new);
    match visit.app().ledgers().open(&visit.caller, LedgerId::new(number(&id)), before).await {
        Ok(ledger) => visit.page(&ledger_page(&visit, ledger, before)),
        Err(error) => visit.failed(&error),
    }
}

fn ledger_page(visit: &Visit, d: DeskLedger, before: Option<EntryId>) -> LedgerPage {
    let s = visit.shell();
    let base = format!("/desk/ledgers/{}", d.row.id);
    let last = d.entries.last().map(|(e, _)| e.id);
    let older = last.filter(|_| d.more).map(|id| format!("{base}?before={id}")).unwrap_or_default();
    let line = |(e, balance): &(Booked, i64)| Line {
        on: e.effective_on,
        title: title(s.t, e),
        service: e.service_from.zip(e.service_to),
        amount: e.amount,
        balance: *balance,
        open: if e.kind == Kind::Charge { e.open } else { 0 },
        reversed: e.reversed,
        reverse: (d.may_manage && !e.reversed && e.kind != Kind::Reversal)
            .then(|| format!("{base}/entries/{}/reverse", e.uid)),
    };
    let bill = |i: &app::ledger::Invoice| Bill {
        to: format!("/desk/invoices/{}", i.id),
        number: i.number,
        due_on: i.due_on,
        total: i.total,
        voided: i.voided,
    };
    let (tone, state) = match (d.view.delinquent, d.row.balance > 0, d.view.active) {
        (true, ..) => (Tone::Working, "ledger-late"),
        (_, true, _) => (Tone::Open, "ledger-owing"),
        (.., false) => (Tone::Waiting, "ledger-ended"),
        _ => (Tone::Done, "ledger-settled"),
    };
    LedgerPage {
        title: name(&d.row.first_name, &d.row.last_name, d.row.business_name.as_deref()),
        unit: d.row.unit.clone(),
        property: d.row.property.clone(),
        person: format!("/desk/people/{}", d.row.person_id),
        currency: d.row.currency,
        balance: d.row.balance,
        lines: d.entries.iter().map(line).collect(),
        bills: d.invoices.iter().take(12).map(bill).collect(),
        steps: d.view.steps.iter().map(|step| (*step, step_key(*step))).collect(),
        next: d.next.map(|(step, on)| (step_key(step), on)),
        paused_until: d.paused_until,
        history: sentences(&s, &d.history, &HashMap::new()),
        late_fee: d.rules.late_fee.map(|fee| (fee.after_days, fee.amount)),
        newest: before.is_none(),
        l: d.view,
        may_manage: d.may_manage,
        tone,
        state,
        older,
        base,
        s,
    }
}

/// What an entry is, in the reader's language where it is one of ours.
fn title(t: &Texts, e: &Booked) -> String {
    let text = match e.code.as_str() {
        RENT => t.say("entry-rent"),
        LATE_FEE => t.say("entry-late-fee"),
        INSURANCE if e.text == "Insurance" => t.say("entry-insurance"),
        _ if e.kind == Kind::Payment => {
            let (means, digits) = e.method.as_deref().unwrap_or_default().split_once(':').unwrap_or_default();
            let word = if means.is_empty() { e.method.as_deref().unwrap_or_default() } else { means };
            let means = means_key(word).map(|key| t.say(key)).unwrap_or_default();
            let means = if digits.is_empty() { means } else { format!("{means} ···{digits}") };
            t.say_of("entry-payment", "x", &means)
        }
        _ => e.text.clone(),
    };
    if e.kind == Kind::Reversal { t.say_of("entry-reversal", "x", &text) } else { text }
}

fn means_key(word: &str) -> Option<&'static str> {
    Some(match Means::ALL.into_iter().find(|m| m.as_str() == word)? {
        Means::Cash => "means-cash",
        Means::Check => "means-check",
        Means::CreditCard => "means-card",
        Means::Ach => "means-transfer",
    })
}

/// What is done to a ledger with a form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Payment,
    Charge,
    Credit,
    Terms,
}

impl Deed {
    fn of(word: &str) -> Option<Self> {
        match word {
            "payment" => Some(Self::Payment),
            "charge" => Some(Self::Charge),
            "credit" => Some(Self::Credit),
            "terms" => Some(Self::Terms),
            _ => None,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Payment => "deed-payment",
            Self::Charge => "deed-charge",
            Self::Credit => "deed-credit",
            Self::Terms => "deed-terms",
        }
    }

    const fn button(self) -> &'static str {
        match self {
            Self::Payment => "deed-payment-do",
            Self::Charge => "deed-charge-do",
            Self::Credit => "deed-credit-do",
            Self::Terms => "deed-terms-do",
        }
    }
}

#[derive(Template)]
#[template(path = "desk/money/deed.html")]
struct DeedPage {
    s: Shell,
    form: Shown,
    title: &'static str,
    button: &'static str,
    is_payment: bool,
    is_terms: bool,
    means: Vec<Choice>,
    who: String,
    back: String,
    balance: i64,
    currency: Currency,
    key: String,
}

impl DeedPage {
    fn new(visit: &Visit, deed: Deed, row: &LedgerRow, form: Shown) -> Self {
        let s = visit.shell();
        let means = Means::ALL.into_iter().rev();
        let means = means.filter_map(|m| Some(Choice::new(&m.as_str(), s.say(means_key(m.as_str())?)))).collect();
        Self {
            title: deed.title(),
            button: deed.button(),
            is_payment: deed == Deed::Payment,
            is_terms: deed == Deed::Terms,
            means,
            who: format!(
                "{} · {} · {}",
                name(&row.first_name, &row.last_name, row.business_name.as_deref()),
                row.unit,
                row.property
            ),
            back: format!("/desk/ledgers/{}", row.id),
            balance: row.balance,
            currency: row.currency,
            key: match form.value("key") {
                "" => office::fresh_key(visit),
                key => key.to_owned(),
            },
            form,
            s,
        }
    }
}

async fn form(visit: Staff, Path((id, deed)): Path<(String, String)>) -> Response {
    match begin(&visit, &id, &deed).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

async fn begin(visit: &Staff, id: &str, deed: &str) -> Result<DeedPage> {
    let deed = Deed::of(deed).ok_or(Error::NotFound("page"))?;
    let open = visit.app().ledgers().open(&visit.caller, LedgerId::new(number(id)), None).await?;
    if !open.may_manage {
        return Err(Error::Forbidden);
    }
    let german = visit.language == crate::language::Language::German;
    let today = open.view.today.to_string();
    let sum = |minor| office::typed(minor, open.row.currency, german);
    let values = match deed {
        Deed::Payment => vec![
            ("amount", if open.row.balance > 0 { sum(open.row.balance) } else { String::new() }),
            ("on", today),
            ("means", Means::Ach.as_str().to_owned()),
        ],
        Deed::Charge | Deed::Credit => vec![("on", today)],
        Deed::Terms => {
            let from = open.view.next_charge.map_or(open.view.today, |(on, _)| on);
            vec![
                ("rent", sum(open.view.ledger.rent)),
                ("from", from.to_string()),
                ("billing_day", open.view.ledger.billing_day.to_string()),
            ]
        }
    };
    Ok(DeedPage::new(visit, deed, &open.row, Shown::with(values)))
}

async fn book(visit: Staff, Path((id, deed)): Path<(String, String)>, Posted(fields): Posted) -> Response {
    match booked(&visit, &id, &deed, &fields).await {
        Ok(response) => response,
        Err(error) => visit.failed(&error),
    }
}

async fn booked(visit: &Staff, id: &str, deed: &str, fields: &Fields) -> Result<Response> {
    let deed = Deed::of(deed).ok_or(Error::NotFound("page"))?;
    let row = visit.app().ledgers().row(&visit.caller, LedgerId::new(number(id))).await?;
    let back = format!("/desk/ledgers/{}", row.id);
    let undo = |uid: Uuid| format!("{back}/entries/{uid}/reverse");
    let done = match deed {
        Deed::Payment => pay(visit, &row, fields).await.map(|uid| Flash::undoable("done-paid", undo(uid))),
        Deed::Charge => extra(visit, &row, fields, deed).await.map(|uid| Flash::undoable("done-charged", undo(uid))),
        Deed::Credit => extra(visit, &row, fields, deed).await.map(|uid| Flash::undoable("done-credited", undo(uid))),
        Deed::Terms => terms(visit, &row, fields).await.map(|()| Flash::done("done-terms")),
    };
    match done {
        Ok(flash) => Ok(visit.go(&back, flash)),
        Err(error) => {
            let form = Shown::refused(fields, error, visit.language.texts(), |word| match word {
                "payments_blocked" => Some("refused-payments-blocked"),
                "amount_too_large" => Some("refused-amount"),
                "rent_change_pending" => Some("refused-rent-pending"),
                _ => None,
            })?;
            let page = DeedPage::new(visit, deed, &row, form);
            Ok(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

fn key(fields: &Fields) -> Option<String> {
    Some(fields.get("key").to_owned()).filter(|key| !key.is_empty())
}

async fn pay(visit: &Staff, row: &LedgerRow, fields: &Fields) -> Result<Uuid> {
    let mut faults = Faults::new();
    let sum = amount(fields, "amount", row.currency, &mut faults);
    let on = day(fields, "on", &mut faults);
    let means = Means::ALL.into_iter().find(|m| m.as_str() == fields.get("means"));
    if means.is_none() {
        faults.add("means", kernel::Problem::Unknown);
    }
    let sum = sum.required(&mut faults, "amount").copied().unwrap_or(1);
    let on = on.required(&mut faults, "on").copied().unwrap_or(Date::MIN);
    let payment = Payment {
        kind: Amount::Received { amount: sum, on },
        method: Method::new(means.unwrap_or(Means::Cash), None),
        idempotency_key: key(fields),
    };
    let ledgers = visit.app().ledgers();
    let receipt = ledgers.pay(&visit.caller, row.property_id, row.uid, Draft::new(payment, faults)).await?;
    Ok(receipt.uid)
}

async fn extra(visit: &Staff, row: &LedgerRow, fields: &Fields, deed: Deed) -> Result<Uuid> {
    let mut faults = Faults::new();
    let sum = amount(fields, "amount", row.currency, &mut faults);
    let on = day(fields, "on", &mut faults);
    let text = fields.get("text").trim().to_owned();
    match text.chars().count() {
        0 => faults.add("text", kernel::Problem::Required),
        n if n > 200 => faults.add("text", kernel::Problem::TooLong(200)),
        _ => {}
    }
    let sum = sum.required(&mut faults, "amount").copied().unwrap_or_default();
    faults.finish()?;
    let extra = Extra { amount: sum, text, code: "other".to_owned(), on: on.given().copied(), key: key(fields) };
    let (ledgers, caller) = (visit.app().ledgers(), &visit.caller);
    let entry = if deed == Deed::Charge {
        ledgers.charge(caller, row.property_id, row.uid, extra).await?
    } else {
        ledgers.credit(caller, row.property_id, row.uid, extra).await?
    };
    Ok(entry.uid)
}

async fn terms(visit: &Staff, row: &LedgerRow, fields: &Fields) -> Result<()> {
    let mut faults = Faults::new();
    let rent = amount(fields, "rent", row.currency, &mut faults);
    let from = day(fields, "from", &mut faults);
    let billing = fields.number("billing_day", &mut faults);
    let rent = rent.required(&mut faults, "rent").copied();
    let from = from.required(&mut faults, "from").copied();
    let billing = billing.required(&mut faults, "billing_day").copied();
    if billing.is_some_and(|d| !(1..=31).contains(&d)) {
        faults.add("billing_day", kernel::Problem::NotAllowed);
    }
    faults.finish()?;
    let (Some(rent), Some(from), Some(billing)) = (rent, from, billing) else { return Ok(()) };
    let (app, caller): (&App, _) = (visit.app(), &visit.caller);
    app.ledgers().set_rent(caller, row.property_id, row.uid, rent, from).await?;
    app.ledgers().set_billing_day(caller, row.property_id, row.uid, billing).await.map(drop)
}

async fn reverse(visit: Staff, Path((id, entry)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let turned = async {
        let row = visit.app().ledgers().row(&visit.caller, LedgerId::new(number(&id))).await?;
        let entry: Uuid = entry.parse().map_err(|_| Error::NotFound("ledger_entry"))?;
        let text = visit.language.texts().say("entry-reversed-by-staff");
        let made = visit.app().ledgers().reverse(&visit.caller, row.property_id, row.uid, entry, text).await?;
        Ok(format!("/desk/ledgers/{}/entries/{}/restore", row.id, made.uid))
    };
    match turned.await {
        Ok(undo) => visit.go(&format!("/desk/ledgers/{}", number(&id)), Flash::undoable("done-reversed", undo)),
        Err(error) => visit.failed(&error),
    }
}

async fn restore(visit: Staff, Path((id, entry)): Path<(String, String)>, Posted(_): Posted) -> Response {
    let restored = async {
        let row = visit.app().ledgers().row(&visit.caller, LedgerId::new(number(&id))).await?;
        let entry: Uuid = entry.parse().map_err(|_| Error::NotFound("ledger_entry"))?;
        visit.app().ledgers().restore(&visit.caller, row.property_id, row.uid, entry).await
    };
    match restored.await {
        Ok(_) => visit.go(&format!("/desk/ledgers/{}", number(&id)), Flash::done("done-restored")),
        Err(error) => visit.failed(&error),
    }
}

/// What for, for which days, how much.
type InvoiceLine = (String, Option<(Date, Date)>, i64);

#[derive(Template)]
#[template(path = "desk/money/invoice.html")]
struct InvoicePage {
    s: Shell,
    view: InvoiceView,
    row: LedgerRow,
    name: String,
    back: String,
    lines: Vec<InvoiceLine>,
    due: i64,
}

async fn invoice(visit: Staff, Path(id): Path<String>) -> Response {
    match visit.app().ledgers().open_invoice(&visit.caller, InvoiceId::new(number(&id))).await {
        Ok((view, row)) => {
            let s = visit.shell();
            let line = |l| (invoice::what(&s, l), l.service_from.zip(l.service_to), invoice::sum(l));
            let lines = view.lines.iter().map(line);
            let page = InvoicePage {
                back: format!("/desk/ledgers/{}", row.id),
                lines: lines.collect(),
                name: name(&row.first_name, &row.last_name, row.business_name.as_deref()),
                due: view.invoice.total.saturating_add(view.invoice.balance_on_due_date),
                view,
                row,
                s,
            };
            visit.page(&page)
        }
        Err(error) => visit.failed(&error),
    }
}

async fn invoice_pdf(visit: Staff, Path(id): Path<String>) -> Response {
    match visit.app().ledgers().open_invoice(&visit.caller, InvoiceId::new(number(&id))).await {
        Ok((view, row)) => {
            let who = name(&row.first_name, &row.last_name, row.business_name.as_deref());
            let place = visit.shell().say_x("invoice-unit", &row.unit);
            invoice::pdf(&visit, vec![who, place, row.property], row.currency, &view)
        }
        Err(error) => visit.failed(&error),
    }
}
