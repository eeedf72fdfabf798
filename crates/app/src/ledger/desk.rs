//! Money as the desk sees it: over all properties, by age, and one ledger with everything about it.

use std::collections::{BTreeSet, HashMap};

use db::{List, Read, row, sql};
use jiff::ToSpan as _;
use kernel::{
    Action, Actor, Caller, Currency, Date, EntryId, Error, Instant, InvoiceId, Key, LedgerId, Page, PageRequest,
    PersonId, PropertyId, Result, UnitId, Zone, fold,
};
use uuid::Uuid;

use super::{
    InvoiceView, LedgerView, Ledgers, Rules, Step, arrears,
    post::Kind,
    shown,
    store::{self, Invoice},
    view,
};
use crate::{
    access::{self, Reach, Resource, may, require},
    desk::{Happening, happenings_of_ledger},
    search,
};

row! {
    /// How a property stands.
    #[derive(Clone, Debug)]
    pub struct Standing {
        /// The property.
        pub property_id: PropertyId,
        /// Its name.
        pub name: String,
        /// How many ledgers run.
        pub running: i64,
        /// What is owed, all together.
        pub owed: i64,
        /// What was paid ahead, all together.
        pub credit: i64,
        /// How many ledgers are overdue.
        pub late: i64,
    }

    struct Paid {
        property_id: PropertyId,
        paid: i64,
    }

    /// A ledger in a list.
    #[derive(Clone, Debug)]
    pub struct LedgerRow {
        /// Its id.
        pub id: LedgerId,
        /// Its uid.
        pub uid: Uuid,
        /// Its number in the property.
        pub number: i64,
        /// Where.
        pub property_id: PropertyId,
        /// That property's name.
        pub property: String,
        /// Whose.
        pub person_id: PersonId,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// The name of a business.
        pub business_name: Option<String>,
        /// For which unit.
        pub unit_id: UnitId,
        /// Its number.
        pub unit: String,
        /// The currency of all its amounts.
        pub currency: Currency,
        /// What is owed; negative when more was paid.
        pub balance: i64,
        /// The rent of a period.
        pub rent: i64,
        /// The date of the oldest charge that is not settled.
        pub unpaid_since: Option<Date>,
        /// From when.
        pub opens_at: Instant,
        /// Until when.
        pub closes_at: Option<Instant>,
    }

    /// What is owed, by age.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Owed {
        /// For up to 30 days.
        pub days_30: i64,
        /// For 31 to 60 days.
        pub days_60: i64,
        /// For 61 to 90 days.
        pub days_90: i64,
        /// For longer.
        pub longer: i64,
    }

    struct Setting {
        property_id: PropertyId,
        kind: String,
        value: Option<String>,
    }

    /// An entry with what it undid, and what was owed after it.
    #[derive(Clone, Debug)]
    pub struct Booked {
        /// Its id.
        pub id: EntryId,
        /// Its uid.
        pub uid: Uuid,
        /// What it is.
        pub kind: Kind,
        /// With its sign: positive is owed.
        pub amount: i64,
        /// What of it is not settled.
        pub open: i64,
        /// Its date.
        pub effective_on: Date,
        /// The first day it is for.
        pub service_from: Option<Date>,
        /// The last day it is for.
        pub service_to: Option<Date>,
        /// A word that groups such entries.
        pub code: String,
        /// What it is, for people.
        pub text: String,
        /// How it was paid.
        pub method: Option<String>,
        /// Whether another entry has undone it.
        pub reversed: bool,
        /// When it was written.
        pub created_at: Instant,
    }
}

/// How all properties stand.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The currency of all amounts.
    pub currency: Currency,
    /// The properties by name, each with what was paid this month.
    pub properties: Vec<(Standing, i64)>,
    /// Whether the caller may write to ledgers.
    pub may_manage: bool,
}

/// Which ledgers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Of this property alone.
    pub property: Option<PropertyId>,
    /// How they run.
    pub state: super::State,
    /// Only where something is owed.
    pub owing: bool,
    /// How words of the name or the address begin, or the number of a unit.
    pub text: String,
}

/// A ledger that is overdue.
#[derive(Clone, Debug)]
pub struct LateLedger {
    /// The ledger.
    pub row: LedgerRow,
    /// For how many days.
    pub days: i32,
    /// What was done about it.
    pub steps: BTreeSet<Step>,
    /// What follows, and when.
    pub next: Option<(Step, Date)>,
    /// Until when nothing does.
    pub paused_until: Option<Date>,
}

/// What is overdue.
#[derive(Clone, Debug)]
pub struct Arrears {
    /// The currency of all amounts.
    pub currency: Currency,
    /// By age.
    pub owed: Owed,
    /// The oldest first.
    pub page: Page<LateLedger>,
    /// Whether the caller sets the rules somewhere.
    pub may_set_rules: bool,
}

/// One ledger with everything about it.
#[derive(Clone, Debug)]
pub struct DeskLedger {
    /// As it stands in lists.
    pub row: LedgerRow,
    /// What doors show of it.
    pub view: LedgerView,
    /// Its entries, newest first, each with the balance after it.
    pub entries: Vec<(Booked, i64)>,
    /// Whether there are older ones.
    pub more: bool,
    /// Its invoices, newest first.
    pub invoices: Vec<Invoice>,
    /// What follows when it is not paid.
    pub rules: Rules,
    /// What follows next, and when.
    pub next: Option<(Step, Date)>,
    /// Until when nothing does.
    pub paused_until: Option<Date>,
    /// What was done about its arrears, newest first.
    pub history: Vec<Happening>,
    /// Whether the caller may write to it.
    pub may_manage: bool,
}

/// How many entries are shown at once.
const ENTRIES: u32 = 50;

#[operations::compiled_here]
impl Ledgers<'_> {
    /// How all properties stand that the caller reaches.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn overview(&self, caller: &Caller) -> Result<Overview> {
        self.0
            .read(caller, async |r, actor| {
                let reach = access::reach(actor, Action::ViewMoney)?;
                let (currency, zone) = books(r).await?;
                let today = zone.date(r.now());
                let (standings, paid) =
                    tokio::try_join!(standings(r, &reach, today), paid(r, &reach, today.first_of_month()))?;
                let paid: HashMap<PropertyId, i64> = paid.into_iter().map(|p| (p.property_id, p.paid)).collect();
                let with = |s: Standing| (paid.get(&s.property_id).copied().unwrap_or(0), s);
                let properties = standings.into_iter().map(with).map(|(paid, s)| (s, paid)).collect();
                let may_manage = access::reach(actor, Action::ManageMoney).is_ok_and(|r| r.is_all());
                Ok(Overview { currency, properties, may_manage })
            })
            .await
    }

    /// One page of the ledgers that the caller reaches: by name where a name is looked for, else by age.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] on a foreign cursor.
    pub async fn search(&self, caller: &Caller, query: Query, page: PageRequest) -> Result<Page<LedgerRow>> {
        if !is_number(&query.text) {
            self.0.search().up_to_date(caller.org, &query.text).await?;
        }
        self.0
            .read(caller, async move |r, actor| {
                let reach = access::reach(actor, Action::ViewMoney)?;
                found(r, &reach, &query, &page).await
            })
            .await
    }

    /// What is overdue, the oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] on a foreign cursor.
    pub async fn arrears(&self, caller: &Caller, property: Option<PropertyId>, page: PageRequest) -> Result<Arrears> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = access::reach(actor, Action::ViewMoney)?;
                let (currency, zone) = books(r).await?;
                let today = zone.date(r.now());
                let (owed, page) =
                    tokio::try_join!(owed(r, &reach, property, today), late(r, &reach, property, today, &page))?;
                let ids: Vec<LedgerId> = page.items.iter().map(|l| l.id).collect();
                let places: Vec<PropertyId> = page.items.iter().map(|l| l.property_id).collect();
                let (mut steps, rules, paused) =
                    tokio::try_join!(arrears::taken(r, &ids), rules(r, &places), arrears::paused(r, &ids, today))?;
                let late = |row: LedgerRow| {
                    let since = row.unpaid_since.unwrap_or(today);
                    let steps = steps.remove(&row.id).unwrap_or_default();
                    let next = rules.get(&row.property_id).and_then(|rules| next_step(rules, &steps, since));
                    let paused_until = paused.get(&row.id).copied();
                    LateLedger { days: (today - since).get_days(), steps, next, paused_until, row }
                };
                let items = page.items.into_iter().map(late).collect();
                let may_set_rules = access::reach(actor, Action::ManageProperties).is_ok_and(|r| r.is_all());
                Ok(Arrears { currency, owed, page: Page { items, next: page.next }, may_set_rules })
            })
            .await
    }

    /// One ledger with everything about it; of its entries those older than `before`.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn open(&self, caller: &Caller, id: LedgerId, before: Option<EntryId>) -> Result<DeskLedger> {
        self.0
            .read(caller, async move |r, actor| {
                let row = seen(r, actor, id).await?;
                let may_manage = may(actor, Action::ManageMoney, Resource::Of(Some(row.property_id)));
                let ledger = store::by_id(r, id).await?;
                let place = [row.property_id];
                let (mut entries, mut invoices, start, rules, history) = tokio::try_join!(
                    entries(r, id, before),
                    store::invoices_of(r, id),
                    balance_before(r, id, before),
                    rules(r, &place),
                    happenings_of_ledger(r, id)
                )?;
                let more = entries.len() > ENTRIES as usize;
                entries.truncate(ENTRIES as usize);
                let mut balance = start;
                let with_balance = entries.into_iter().map(|e| {
                    let after = balance;
                    balance = balance.saturating_sub(e.amount);
                    (e, after)
                });
                let entries = with_balance.collect();
                invoices.reverse();
                let rules = rules.get(&row.property_id).cloned().unwrap_or_default();
                let view = shown(r, ledger).await?;
                let paused_until = arrears::paused(r, &[id], view.today).await?.remove(&id);
                let next = view.overdue_since.and_then(|since| next_step(&rules, &view.steps, since));
                Ok(DeskLedger { row, view, entries, more, invoices, rules, next, paused_until, history, may_manage })
            })
            .await
    }

    /// Where a ledger is, for operations that name both.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn row(&self, caller: &Caller, id: LedgerId) -> Result<LedgerRow> {
        self.0.read(caller, async move |r, actor| seen(r, actor, id).await).await
    }

    /// One invoice, with its ledger.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn open_invoice(&self, caller: &Caller, id: InvoiceId) -> Result<(InvoiceView, LedgerRow)> {
        self.0
            .read(caller, async move |r, actor| {
                let invoice = invoice(r, id).await?.ok_or(Error::NotFound("invoice"))?;
                let row = seen(r, actor, invoice.ledger_id).await.map_err(|e| match e {
                    Error::NotFound(_) => Error::NotFound("invoice"),
                    other => other,
                })?;
                let view = view::invoices(r, vec![invoice]).await?.pop().ok_or(Error::NotFound("invoice"))?;
                Ok((view, row))
            })
            .await
    }
}

/// What follows next in a ledger that is unpaid since then.
fn next_step(rules: &Rules, taken: &BTreeSet<Step>, since: Date) -> Option<(Step, Date)> {
    let left = rules.steps.iter().filter(|rule| !taken.contains(&rule.step));
    let next = left.min_by_key(|rule| rule.after_days)?;
    Some((next.step, since.checked_add(next.after_days.days()).ok()?))
}

/// The ledger, if the caller may see its money; one in a property out of reach is not found.
async fn seen(r: &Read, actor: &Actor, id: LedgerId) -> Result<LedgerRow> {
    let list = List::new("ledger", HEAD).filter("l.org_id = ?", r.caller().org).filter("l.id = ?", id);
    let row: LedgerRow = r.optional(list.whole()).await?.ok_or(Error::NotFound("ledger"))?;
    match require(actor, Action::ViewMoney, Resource::Of(Some(row.property_id))) {
        Err(_) if actor.role().is_some() => Err(Error::NotFound("ledger")),
        other => other.map(|()| row),
    }
}

/// The currency and the time zone of the organization.
async fn books(r: &Read) -> Result<(Currency, Zone)> {
    row! {
        struct Books {
            currency: Currency,
            time_zone: String,
        }
    }
    let books: Books =
        r.one(sql!("SELECT currency, time_zone FROM organization WHERE id = $1", r.caller().org)).await?;
    Ok((books.currency, Zone::named(&books.time_zone)))
}

async fn standings(r: &Read, reach: &Reach, today: Date) -> Result<Vec<Standing>> {
    r.all(sql!(
        "SELECT p.id AS property_id, p.name, count(CASE WHEN l.opens_at <= $4 AND (l.closes_at IS NULL OR l.closes_at > $4) THEN 1 END) AS running, \
         CAST(coalesce(sum(CASE WHEN l.balance > 0 THEN l.balance END), 0) AS BIGINT) AS owed, \
         CAST(coalesce(sum(CASE WHEN l.balance < 0 THEN -l.balance END), 0) AS BIGINT) AS credit, \
         count(CASE WHEN l.balance > 0 AND l.unpaid_since < $5 THEN 1 END) AS late \
         FROM property p LEFT JOIN ledger l ON l.org_id = p.org_id AND l.property_id = p.id \
         WHERE p.org_id = $1 AND p.deleted_at IS NULL AND ($2 OR p.id = ANY($3)) \
         GROUP BY p.id, p.name, p.name_key ORDER BY p.name_key, p.id",
        r.caller().org, reach.is_all(), reach.ids(), r.now(), today
    ))
    .await
}

/// What was paid since then, by property; payments that were reversed do not count.
async fn paid(r: &Read, reach: &Reach, since: Date) -> Result<Vec<Paid>> {
    r.all(sql!(
        "SELECT l.property_id, CAST(-sum(e.amount) AS BIGINT) AS paid FROM ledger_entry e JOIN ledger l ON l.id = e.ledger_id \
         WHERE e.org_id = $1 AND e.kind = 'payment' AND e.effective_on >= $4 AND ($2 OR l.property_id = ANY($3)) \
         AND NOT EXISTS (SELECT 1 FROM ledger_entry x WHERE x.reverses_id = e.id) GROUP BY l.property_id",
        r.caller().org, reach.is_all(), reach.ids(), since
    ))
    .await
}

const HEAD: &str = "SELECT l.id, l.uid, l.number, l.property_id, p.name AS property, a.person_id, o.first_name, o.last_name, o.business_name, \
    l.unit_id, u.number AS unit, l.currency, l.balance, l.rent, l.unpaid_since, l.opens_at, l.closes_at \
    FROM ledger l JOIN account a ON a.id = l.account_id JOIN person o ON o.id = a.person_id \
    JOIN property p ON p.id = l.property_id JOIN unit u ON u.id = l.unit_id";

fn within(list: List, reach: &Reach) -> List {
    reach.narrow(list, "l.property_id = ANY(?)")
}

async fn found(r: &Read, reach: &Reach, query: &Query, page: &PageRequest) -> Result<Page<LedgerRow>> {
    let list = List::new("desk ledgers", HEAD).filter("l.org_id = ?", r.caller().org);
    let list = within(list, reach).filter_if("l.property_id = ?", query.property);
    let list = match query.state {
        super::State::All => list,
        super::State::Current => list.filter("l.opens_at <= ? AND (l.closes_at IS NULL OR l.closes_at > ?)", r.now()),
        super::State::Previous => list.filter("l.closes_at <= ?", r.now()),
    };
    let list = if query.owing { list.filter("l.balance > 0 AND l.balance > ?", 0i64) } else { list };
    let by_unit = is_number(&query.text);
    if !query.text.trim().is_empty() && !by_unit {
        let org = r.caller().org;
        let mut list = list.filter("o.org_id = ?", org);
        let terms = search::terms(&query.text);
        if terms.is_empty() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        for term in terms {
            let end = format!("{term}\u{10FFFF}");
            // The words of who is deleted are gone, and words may be behind: the family name is always there.
            list = list.filter_by(
                concat!("((o.name_key >= ? AND o.name_key < ?) OR ", search::has_term!("o.id", "person"), ")"),
                [term.as_str().into(), end.into(), org.into(), term.as_str().into(), term.as_str().into()],
            );
        }
        let scope = list.scope();
        let rows = r.all(list.page(["o.name_key", "+l.id"], page)?).await?;
        let at = |l: &LedgerRow| vec![Key::from(name_key(l)), Key::from(l.id.get())];
        return Ok(Page::cut(rows, page.rows(), &scope, at));
    }
    let list = list.filter_if("u.number = ?", by_unit.then(|| query.text.trim()));
    let scope = list.scope();
    let rows = r.all(list.page(["l.id"], page)?).await?;
    Ok(Page::cut(rows, page.rows(), &scope, |l: &LedgerRow| vec![Key::from(l.id.get())]))
}

/// Whether a text looks for a unit by its number, and not for somebody.
fn is_number(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// As `person.name_key` is made.
fn name_key(l: &LedgerRow) -> String {
    fold(&format!("{} {}", l.last_name, l.first_name))
}

async fn late(
    r: &Read,
    reach: &Reach,
    property: Option<PropertyId>,
    today: Date,
    page: &PageRequest,
) -> Result<Page<LedgerRow>> {
    let list = List::new("arrears", HEAD)
        .filter("l.org_id = ?", r.caller().org)
        .filter("l.balance > 0 AND l.unpaid_since < ?", today)
        .filter_if("l.property_id = ?", property);
    let list = within(list, reach);
    let scope = list.scope();
    let rows = r.all(list.page(["l.unpaid_since", "l.id"], page)?).await?;
    let at =
        |l: &LedgerRow| vec![Key::from(l.unpaid_since.map(|d| d.to_string()).unwrap_or_default()), l.id.get().into()];
    Ok(Page::cut(rows, page.rows(), &scope, at))
}

async fn owed(r: &Read, reach: &Reach, property: Option<PropertyId>, today: Date) -> Result<Owed> {
    let before = |days: i64| today.checked_sub(days.days()).map_err(Error::internal);
    r.one(sql!(
        "SELECT CAST(coalesce(sum(CASE WHEN unpaid_since >= $5 THEN balance END), 0) AS BIGINT) AS days_30, \
         CAST(coalesce(sum(CASE WHEN unpaid_since < $5 AND unpaid_since >= $6 THEN balance END), 0) AS BIGINT) AS days_60, \
         CAST(coalesce(sum(CASE WHEN unpaid_since < $6 AND unpaid_since >= $7 THEN balance END), 0) AS BIGINT) AS days_90, \
         CAST(coalesce(sum(CASE WHEN unpaid_since < $7 THEN balance END), 0) AS BIGINT) AS longer \
         FROM ledger WHERE org_id = $1 AND ($2 OR property_id = ANY($3)) AND unpaid_since < $4 AND balance > 0 \
         AND property_id = coalesce($8, property_id)",
        r.caller().org, reach.is_all(), reach.ids(), today, before(30)?, before(60)?, before(90)?, property
    ))
    .await
}

/// The rules of these properties.
async fn rules(r: &Read, properties: &[PropertyId]) -> Result<HashMap<PropertyId, Rules>> {
    let rows: Vec<Setting> = r
        .all(sql!(
            "SELECT p.id AS property_id, p.kind, s.value FROM property p \
             LEFT JOIN property_setting s ON s.property_id = p.id AND s.name = 'delinquency' \
             WHERE +p.org_id = $1 AND p.id = ANY($2)",
            r.caller().org,
            properties
        ))
        .await?;
    let rules = |s: Setting| {
        let own = s.value.and_then(|text| serde_json::from_str(&text).ok());
        (s.property_id, own.unwrap_or_else(|| Rules::of_kind(&s.kind)))
    };
    Ok(rows.into_iter().map(rules).collect())
}

async fn entries(r: &Read, ledger: LedgerId, before: Option<EntryId>) -> Result<Vec<Booked>> {
    r.all(sql!(
        "SELECT e.id, e.uid, e.kind, e.amount, e.open, e.effective_on, e.service_from, e.service_to, e.code, e.text, e.method, \
         EXISTS (SELECT 1 FROM ledger_entry x WHERE x.reverses_id = e.id) AS reversed, e.created_at \
         FROM ledger_entry e WHERE e.org_id = $1 AND e.ledger_id = $2 AND e.id < $3 ORDER BY e.id DESC LIMIT $4",
        r.caller().org, ledger, before.map_or(i64::MAX, EntryId::get), ENTRIES + 1
    ))
    .await
}

/// What was owed before an entry was written.
async fn balance_before(r: &Read, ledger: LedgerId, before: Option<EntryId>) -> Result<i64> {
    r.one(sql!(
        "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM ledger_entry WHERE org_id = $1 AND ledger_id = $2 AND id < $3",
        r.caller().org,
        ledger,
        before.map_or(i64::MAX, EntryId::get)
    ))
    .await
}

async fn invoice(r: &Read, id: InvoiceId) -> Result<Option<Invoice>> {
    r.optional(sql!(
        "SELECT id, uid, property_id, ledger_id, number, due_on, finalized_on, voided, sent, total, balance_on_due_date, created_at, updated_at \
         FROM invoice WHERE org_id = $1 AND id = $2",
        r.caller().org, id
    ))
    .await
}
