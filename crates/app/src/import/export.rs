//! Lists that go out: the same columns that come in, so that what was exported can be imported again, and nothing in
//! them that a spreadsheet would take for a formula.

use db::{Read, row, sql};
use kernel::{Action, Caller, Currency, Error, Instant, Living, PersonId, Result, TenancyId, UnitId, Zone};

use super::Kind;
use crate::{
    App,
    access::{self, Reach},
};

/// What a cell must not begin with: spreadsheets would calculate.
pub(super) const RISKY: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// How many rows are read at once.
const STEP: u32 = 1000;

row! {
    struct TenantRow {
        id: TenancyId,
        reference: Option<String>,
        first_name: String,
        last_name: String,
        email: Option<String>,
        phone: Option<String>,
        property: String,
        time_zone: String,
        unit: Option<String>,
        living: Living,
        starts_at: Option<Instant>,
        ends_at: Option<Instant>,
        moved_out_at: Option<Instant>,
        rent: Option<i64>,
    }

    struct UnitRow {
        id: UnitId,
        property: String,
        number: String,
        floor: Option<String>,
        description: Option<String>,
        price: Option<i64>,
        area: Option<i64>,
        reference: Option<String>,
    }

    struct ChargeRow {
        id: i64,
        property: String,
        unit: String,
        amount: i64,
        effective_on: kernel::Date,
        text: String,
        person_id: PersonId,
    }
}

#[operations::compiled_here]
impl super::Imports<'_> {
    /// All that the caller may see of a kind, as CSV in UTF-8 with its mark, which spreadsheets read rightly.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn export(&self, caller: &Caller, kind: Kind) -> Result<Vec<u8>> {
        let mut all = vec![kind.columns().iter().map(|c| c.name.to_owned()).collect()];
        let mut after = 0;
        // In short snapshots: a long one would hold up the database's own housekeeping.
        loop {
            let (rows, last) = step(self.0, caller, kind, after).await?;
            all.extend(rows);
            match last {
                Some(id) => after = id,
                None => break,
            }
        }
        sheet(&all)
    }
}

/// Rows as CSV in UTF-8 with its mark, which spreadsheets read rightly; no cell is a formula.
///
/// # Errors
/// When the rows differ in length.
pub fn sheet(rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
    for row in rows {
        out.write_record(row.iter().map(|cell| harmless(cell))).map_err(Error::internal)?;
    }
    out.into_inner().map_err(|e| Error::internal(e.to_string()))
}

/// A cell as a spreadsheet shows it and does not calculate it. Plain numbers are what they are.
fn harmless(cell: &str) -> String {
    let is_number = cell
        .strip_prefix('-')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    if cell.starts_with(RISKY) && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

type Rows = (Vec<Vec<String>>, Option<i64>);

async fn step(app: &App, caller: &Caller, kind: Kind, after: i64) -> Result<Rows> {
    app.read(caller, async move |r, actor| {
        let action = match kind {
            Kind::Tenants => Action::ViewPeople,
            Kind::Units => Action::ViewProperties,
            Kind::Charges => Action::ViewMoney,
        };
        let reach = access::reach(actor, action)?;
        let currency = super::store::currency(r).await?;
        match kind {
            Kind::Tenants => tenants(r, &reach, after, currency).await,
            Kind::Units => units(r, &reach, after, currency).await,
            Kind::Charges => charges(r, &reach, after, currency).await,
        }
    })
    .await
}

fn sum(minor: i64, currency: Currency) -> String {
    let digits = currency.digits();
    let scale = 10_u64.pow(digits);
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, part) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
    if digits == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part:0width$}", width = digits as usize)
    }
}

/// Whether there may be more, and after which.
fn last<T>(rows: &[T], id: impl Fn(&T) -> i64) -> Option<i64> {
    rows.last().filter(|_| rows.len() == STEP as usize).map(id)
}

async fn tenants(r: &Read, reach: &Reach, after: i64, currency: Currency) -> Result<Rows> {
    let rows: Vec<TenantRow> = r
        .all(sql!(
            "SELECT t.id, f.reference, p.first_name, p.last_name, p.email, n.raw AS phone, h.name AS property, h.time_zone, u.number AS unit, \
             t.role AS living, t.starts_at, t.ends_at, t.moved_out_at, l.rent FROM tenancy t JOIN person p ON p.id = t.person_id \
             JOIN property h ON h.id = t.property_id LEFT JOIN unit u ON u.id = t.unit_id LEFT JOIN person_reference f ON f.person_id = p.id \
             LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
             LEFT JOIN ledger l ON l.id = (SELECT max(x.id) FROM ledger x WHERE x.tenancy_id = t.id) \
             WHERE t.org_id = $1 AND t.id > $4 AND t.deleted_at IS NULL AND p.deleted_at IS NULL AND t.role <> 'guest' AND ($2 OR t.property_id = ANY($3)) \
             ORDER BY t.id LIMIT $5",
            r.caller().org, reach.is_all(), reach.ids(), after, STEP
        ))
        .await?;
    let row = |t: &TenantRow| {
        let zone = Zone::named(&t.time_zone);
        // The last day: an end is the midnight after it.
        let end = [t.ends_at, t.moved_out_at].into_iter().flatten().min();
        let end = end.map(|at| zone.date(at.plus_secs(-1)).to_string());
        vec![
            t.reference.clone().unwrap_or_default(),
            t.first_name.clone(),
            t.last_name.clone(),
            t.email.clone().unwrap_or_default(),
            t.phone.clone().unwrap_or_default(),
            t.property.clone(),
            t.unit.clone().unwrap_or_default(),
            t.living.as_str().to_owned(),
            t.starts_at.map(|at| zone.date(at).to_string()).unwrap_or_default(),
            end.unwrap_or_default(),
            t.rent.map(|rent| sum(rent, currency)).unwrap_or_default(),
        ]
    };
    Ok((rows.iter().map(row).collect(), last(&rows, |t| t.id.get())))
}

async fn units(r: &Read, reach: &Reach, after: i64, currency: Currency) -> Result<Rows> {
    let rows: Vec<UnitRow> = r
        .all(sql!(
            "SELECT u.id, h.name AS property, u.number, u.floor, u.description, u.price, u.area, u.reference FROM unit u JOIN property h ON h.id = u.property_id \
             WHERE u.org_id = $1 AND u.id > $4 AND u.deleted_at IS NULL AND h.deleted_at IS NULL AND ($2 OR u.property_id = ANY($3)) \
             ORDER BY u.id LIMIT $5",
            r.caller().org, reach.is_all(), reach.ids(), after, STEP
        ))
        .await?;
    let row = |u: &UnitRow| {
        vec![
            u.property.clone(),
            u.number.clone(),
            u.floor.clone().unwrap_or_default(),
            u.description.clone().unwrap_or_default(),
            u.price.map(|p| sum(p, currency)).unwrap_or_default(),
            u.area.map(|a| sum(a, Currency::EUR)).unwrap_or_default(),
            u.reference.clone().unwrap_or_default(),
        ]
    };
    Ok((rows.iter().map(row).collect(), last(&rows, |u| u.id.get())))
}

async fn charges(r: &Read, reach: &Reach, after: i64, currency: Currency) -> Result<Rows> {
    let rows: Vec<ChargeRow> = r
        .all(sql!(
            "SELECT e.id, h.name AS property, u.number AS unit, e.amount, e.effective_on, e.text, a.person_id FROM ledger_entry e \
             JOIN ledger l ON l.id = e.ledger_id JOIN account a ON a.id = l.account_id JOIN property h ON h.id = l.property_id JOIN unit u ON u.id = l.unit_id \
             WHERE e.org_id = $1 AND e.id > $4 AND e.kind = 'charge' AND ($2 OR l.property_id = ANY($3)) \
             AND NOT EXISTS (SELECT 1 FROM ledger_entry x WHERE x.reverses_id = e.id) ORDER BY e.id LIMIT $5",
            r.caller().org, reach.is_all(), reach.ids(), after, STEP
        ))
        .await?;
    let row = |e: &ChargeRow| {
        vec![
            format!("{}-{}", e.person_id, e.id),
            e.property.clone(),
            e.unit.clone(),
            sum(e.amount, currency),
            e.effective_on.to_string(),
            e.text.clone(),
        ]
    };
    Ok((rows.iter().map(row).collect(), last(&rows, |e| e.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_formula() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+49 30 1", "'+49 30 1"),
            ("-2", "-2"),
            ("-2.50", "-2.50"),
            ("-cmd", "'-cmd"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), written);
        }
    }
}
