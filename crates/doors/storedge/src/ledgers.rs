//! Ledgers, their invoices and payments (rows 10 and 13, and section 13).

use std::collections::HashMap;

use app::{
    account::{Query, Tenant},
    ledger::{Amount, LedgerView, Means, Method, PageNumber, Payment, Sort, SortBy, State},
};
use kernel::{Draft, Error, Faults, Field, Problem};
use uuid::Uuid;

use crate::{
    call::{Answer, Call},
    present::Present,
    tenants::named,
    wire::{
        DoorError, Reader,
        page::{Asked, Pagination, Sort as AskedSort, filter},
        shapes::Delinquency,
    },
};

const SORTS: [(&str, SortBy); 2] = [("lease_number", SortBy::Number), ("moved_in_at", SortBy::OpensAt)];

/// `GET /ledgers`.
pub async fn list(call: Call) -> Result<Answer, DoorError> {
    page(&call, State::All).await
}

/// `GET /ledgers/current`.
pub async fn current(call: Call) -> Result<Answer, DoorError> {
    page(&call, State::Current).await
}

/// `GET /ledgers/previous`.
pub async fn previous(call: Call) -> Result<Answer, DoorError> {
    page(&call, State::Previous).await
}

async fn page(call: &Call, state: State) -> Result<Answer, DoorError> {
    let asked = call.asked()?;
    let (by, descending) = AskedSort::choose(AskedSort::read(&call.params).as_ref(), &SORTS, SortBy::Number)?;
    let number = PageNumber { page: asked.page, per_page: asked.per_page };
    let ledgers = call.app().ledgers();
    let (sort, filter) = (Sort { by, descending }, filter(&call.params, &call.zone)?);
    let (found, total) = ledgers.page(&call.caller, call.facility.id, state, sort, number, filter).await?;
    many(call, &found, asked.of(total)).await
}

/// Ledgers with their tenants, in full.
async fn many(call: &Call, ledgers: &[LedgerView], pagination: Pagination) -> Result<Answer, DoorError> {
    let (tenants, present) = (tenants_of(call, ledgers).await?, Present::of(call));
    let shown = ledgers.iter().map(|l| Ok(present.ledger(l, tenant_of(&tenants, l)?)));
    Answer::page("ledgers", &shown.collect::<Result<Vec<_>, DoorError>>()?, pagination)
}

async fn one(call: &Call, ledger: &LedgerView) -> Result<Answer, DoorError> {
    let tenants = tenants_of(call, std::slice::from_ref(ledger)).await?;
    Answer::one("ledger", &Present::of(call).ledger(ledger, tenant_of(&tenants, ledger)?))
}

async fn tenants_of(call: &Call, ledgers: &[LedgerView]) -> Result<HashMap<Uuid, Tenant>, DoorError> {
    let mut uids: Vec<Uuid> = ledgers.iter().map(|l| l.ledger.account_uid).collect();
    uids.sort_unstable();
    uids.dedup();
    let rows = i64::try_from(uids.len()).unwrap_or(i64::MAX);
    let query = Query {
        filter: app::Filter { only: Some(uids), ..app::Filter::default() },
        page: 1,
        per_page: rows.max(1),
        ..Query::default()
    };
    let part = call.app().accounts().page(&call.caller, call.facility.id, query).await?;
    Ok(part.items.into_iter().map(|t| (t.account.uid, t)).collect())
}

fn tenant_of<'t>(tenants: &'t HashMap<Uuid, Tenant>, ledger: &LedgerView) -> Result<&'t Tenant, DoorError> {
    let found = tenants.get(&ledger.ledger.account_uid);
    found.ok_or_else(|| Error::internal("a ledger without its account").into())
}

/// The ledger that the path names.
async fn this(call: &Call) -> Result<LedgerView, DoorError> {
    Ok(call.app().ledgers().get(&call.caller, call.facility.id, call.id()?).await?)
}

/// `GET /ledgers/:id`.
pub async fn get(call: Call) -> Result<Answer, DoorError> {
    one(&call, &this(&call).await?).await
}

/// `GET /ledgers/:id/invoices`, the oldest first, and in no other order.
pub async fn invoices(call: Call) -> Result<Answer, DoorError> {
    let asked = call.asked()?;
    if AskedSort::read(&call.params).is_some() {
        return Err(DoorError::unsortable());
    }
    let ledger = this(&call).await?;
    let all = call.app().ledgers().invoices(&call.caller, call.facility.id, ledger.ledger.uid).await?;
    let present = Present::of(&call);
    let (shown, pagination) = part(asked, &all);
    let shown: Vec<_> = shown.iter().map(|i| present.invoice(i, &ledger)).collect();
    Answer::page("invoices", &shown, pagination)
}

/// `GET /invoices/:id`.
pub async fn invoice(call: Call) -> Result<Answer, DoorError> {
    let (invoice, ledger) = call.app().ledgers().invoice(&call.caller, call.facility.id, call.id()?).await?;
    Answer::one("invoice", &Present::of(&call).invoice(&invoice, &ledger))
}

/// A page of a list that is there as a whole.
fn part<T>(asked: Asked, all: &[T]) -> (&[T], Pagination) {
    let pagination = asked.of(i64::try_from(all.len()).unwrap_or(i64::MAX));
    let skip = usize::try_from(asked.skip()).unwrap_or(usize::MAX).min(all.len());
    let rest = all.get(skip..).unwrap_or_default();
    let rows = usize::try_from(asked.per_page).unwrap_or(usize::MAX).min(rest.len());
    (rest.get(..rows).unwrap_or_default(), pagination)
}

/// Row 13 (T21).
pub async fn of_tenant(call: Call) -> Result<Answer, DoorError> {
    let asked = call.asked()?;
    if AskedSort::read(&call.params).is_some() {
        return Err(DoorError::unsortable());
    }
    let tenant = named(&call).await?;
    let all = call.app().ledgers().of_account(&call.caller, tenant.account.id, true).await?;
    let (shown, pagination) = part(asked, &all);
    many(&call, shown, pagination).await
}

/// Row 10.
pub async fn delinquency(call: Call) -> Result<Answer, DoorError> {
    let tenant = named(&call).await?;
    let done = call.app().ledgers().delinquency(&call.caller, tenant.account.id).await?;
    let shown = Delinquency {
        gate_lockout_complete: done.gate_lockout,
        overlock_complete: done.overlock,
        cut_lock_complete: done.cut_lock,
        lien_complete: done.lien,
        auction_complete: done.auction,
    };
    Answer::one("delinquency", &shown)
}

/// `PATCH /ledgers/:id/gate_access_code`.
pub async fn set_gate_code(call: Call) -> Result<Answer, DoorError> {
    let mut r = Reader::of(&call.params, "ledger");
    let code = r.needed_text("gate_access_code");
    let (id, draft) = (call.id()?, r.finish(Some(code)));
    let changed = call.app().ledgers().set_gate_code(&call.caller, call.facility.id, id, draft).await;
    one(&call, &changed.map_err(DoorError::under("ledger"))?).await
}

/// `PUT /ledgers/:ledger_id/update_autopay`.
pub async fn set_autopay(call: Call) -> Result<Answer, DoorError> {
    let mut r = Reader::of(&call.params, "autopay");
    let enabled = r.boolean("autopay_enabled");
    let day = if enabled.given() == Some(&false) { None } else { Some(r.needed_number("autopay_day")) };
    let day = r.whole("autopay", day)?;
    let changed = call.app().ledgers().set_autopay(&call.caller, call.facility.id, call.id()?, day).await;
    one(&call, &changed.map_err(DoorError::under("autopay"))?).await
}

/// `POST /ledgers/:ledger_id/make_payment` (P1 to P6).
pub async fn pay(call: Call) -> Result<Answer, DoorError> {
    let ledger = this(&call).await?;
    let draft = payment(&call, ledger.ledger.currency);
    call.app().ledgers().pay(&call.caller, call.facility.id, ledger.ledger.uid, draft).await?;
    one(&call, &this(&call).await?).await
}

fn payment(call: &Call, currency: kernel::Currency) -> Draft<Payment> {
    let mut r = Reader::of(&call.params, "payment");
    let kind = kind(&mut r, currency);
    let idempotency_key = r.text_or_null("idempotency_key").given().cloned().flatten();
    let mut method = Reader::of(&call.params, "payment_method");
    let means = means(&mut method);
    let mut faults = Faults::new();
    faults.nest("payment", r.faults());
    faults.nest("payment_method", method.faults());
    match (kind, means) {
        (Some(kind), Some(method)) => Draft::new(Payment { kind, method, idempotency_key }, faults),
        // Without the two there is no payment to look at.
        _ => Draft::broken(Error::Invalid(faults)),
    }
}

fn kind(r: &mut Reader<'_>, currency: kernel::Currency) -> Option<Amount> {
    match r.needed_text("kind").as_str() {
        "balance" => Some(Amount::Balance),
        "prepay" => Some(Amount::Prepay { months: r.needed_number("months") }),
        "custom" => {
            let sent = r.needed_text("amount");
            let amount = kernel::Money::parse(sent.trim(), currency).map(|m| m.minor);
            if amount.is_none() && !sent.is_empty() {
                let _: Field<()> = r.wrong("amount", Problem::Malformed);
            }
            amount.map(|amount| Amount::Custom { amount })
        }
        "" => None,
        _ => {
            let _: Field<()> = r.wrong("kind", Problem::Malformed);
            None
        }
    }
}

/// How it is paid. Of a card or an account the last four digits are kept, and nothing of its other secrets.
fn means(r: &mut Reader<'_>) -> Option<Method> {
    // Methods are not stored: there is none to name.
    if r.has("payment_method_id") {
        let _: Field<()> = r.wrong("payment_method_id", Problem::Unknown);
        return None;
    }
    let means = match r.needed_text("kind").replace(' ', "_").as_str() {
        "cash" => Means::Cash,
        "check" => Means::Check,
        "credit_card" | "card_swipe" => Means::CreditCard,
        "ach" => Means::Ach,
        "" => return None,
        _ => {
            let _: Field<()> = r.wrong("kind", Problem::Malformed);
            return None;
        }
    };
    let name = if means == Means::Ach { "account_number" } else { "card_number" };
    let number = r.text_or_null(name).given().cloned().flatten();
    Some(Method::new(means, number.as_deref()))
}
