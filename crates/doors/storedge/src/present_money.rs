//! Ledgers, units and invoices in this API's shapes.

use app::{
    account,
    ledger::{Entry, InvoiceView, LedgerView, Line, RENT},
    unit::View,
};
use kernel::{Currency, Date};

use crate::{
    present::Present,
    wire::{
        shapes::{AutopayInfo, Insurance, Invoice, Ledger, LineItem, OpenCharge, RecentPayment, Unit, UnitType},
        time,
    },
};

/// Millimetres in a foot.
const FOOT: f64 = 304.8;

impl Present<'_> {
    /// A ledger with its tenant.
    pub fn ledger<'l>(&'l self, l: &'l LedgerView, tenant: &'l account::Tenant) -> Ledger<'l> {
        let (ledger, money) = (&l.ledger, |minor| amount(minor, l.ledger.currency));
        let unit = self.unit(&l.unit, l.ledger.currency);
        let rent = money(ledger.rent);
        let (next_charge_date, next) = l.next_charge.map_or((None, 0.0), |(on, minor)| (Some(on), money(minor)));
        Ledger {
            id: ledger.uid,
            active: l.active,
            autopay_enabled: ledger.autopay_day.is_some(),
            autopay_info: autopay(l),
            closed_on: ledger.closes_at.filter(|_| !l.active).map(|at| self.time(at)),
            current_account_balance: money(ledger.balance.saturating_add(l.prepaid)),
            current_insurance: ledger.insurance_premium.map(|premium| Insurance {
                premium: money(premium),
                description: ledger.insurance_text.as_deref().unwrap_or_default(),
            }),
            current_prepay_balance: money(l.prepaid),
            current_rate: rent,
            delinquent: l.delinquent,
            gate_access_code: ledger.gate_access_code.as_deref(),
            invoice_day_of_month: ledger.billing_day,
            lease_number: ledger.number,
            length_of_stay_in_months: l.months,
            moved_in_at: self.time(ledger.opens_at),
            next_charge_amount: next,
            next_charge_amount_by_ledger: next,
            next_charge_date,
            paid_through: ledger.paid_through_on,
            rate_last_changed_on: ledger.rent_changed_at.map(|at| self.time(at)),
            rate_per_square_foot: if unit.area > 0.0 { rounded(rent / unit.area) } else { 0.0 },
            recent_open_charges: l.open_charges.iter().map(|e| self.charge(e, l)).collect(),
            recent_payments: l
                .payments
                .iter()
                .map(|p| RecentPayment {
                    id: p.uid,
                    amount: money(p.amount),
                    success: p.success,
                    date: self.time(p.at),
                })
                .collect(),
            scheduled_move_out: None,
            scheduled_rate_change: None,
            scheduled_transfer: None,
            manage_revenue: "automatic",
            rate_increase_exempt: false,
            storage_items: [],
            tenant: self.tenant(tenant),
            unit,
        }
    }

    fn charge<'l>(&self, e: &'l Entry, l: &LedgerView) -> OpenCharge<'l> {
        let money = |minor| amount(minor, l.ledger.currency);
        OpenCharge {
            id: e.uid,
            description: &e.text,
            code: None,
            // Rent has the number that the vendor's examples show; other kinds are told by their word.
            internal_code: if e.code == RENT { "4000" } else { &e.code },
            resolved: e.open == 0,
            amount: money(e.amount),
            tax_amount: money(e.tax),
            amount_leftover: money(e.open),
            effective_on: time::midnight(e.effective_on, self.zone()),
            service_start_date: e.service_from,
            service_end_date: e.service_to,
            accountable_id: l.ledger.uid,
        }
    }

    /// A unit. Its lengths are told in feet; what nobody has measured is 0.
    pub fn unit<'u>(&'u self, u: &'u View, currency: Currency) -> Unit<'u> {
        let money = |minor: Option<i64>| minor.map(|m| amount(m, currency));
        let feet = |mm: Option<i64>| mm.map_or(0.0, |mm| rounded(float(mm) / FOOT));
        let (width, length, height) = (feet(u.width_mm), feet(u.length_mm), feet(u.height_mm));
        let price = money(u.price).unwrap_or_default();
        let kind = self.unit_type(u);
        Unit {
            id: u.uid,
            price,
            name: &u.number,
            description: u.description.as_deref().unwrap_or_default(),
            width,
            length,
            height,
            door_height: feet(u.door_height_mm),
            door_width: feet(u.door_width_mm),
            door_type: u.door_type.as_deref().unwrap_or_default(),
            access_type: u.access_type.as_deref().unwrap_or_default(),
            floor: u.floor.as_deref().and_then(|f| f.trim().parse().ok()),
            directions: None,
            size: format!("{}x{}x{}", width.round(), length.round(), height.round()),
            area: rounded(width * length),
            standard_rate: money(u.standard_rate).unwrap_or(price),
            managed_rate: money(u.managed_rate),
            tiered_rate: None,
            available_for_move_in: u.available,
            rentable: u.rentable,
            status: if u.occupied { "occupied" } else { "vacant" },
            payment_status: None,
            current_ledger_id: u.current_ledger,
            current_tenant_id: u.current_account,
            combo_lock_group: None,
            combination_lock_number: None,
            overlock_lock_number: None,
            attribute_description: None,
            deleted: u.deleted,
            damaged: u.damaged,
            complimentary: None,
            unrentable: !u.rentable,
            company_owned: false,
            is_prepped: None,
            rank: None,
            custom_fields: [],
            allow_future_move_ins_limit: None,
            channel_rate: None,
            unit_amenities: [],
            // Units of one type are one group.
            unit_group_id: kind.id,
            unit_type: kind,
            tier: None,
        }
    }

    /// The type of a unit. Clients do not check for null (K10): a unit without one is of the facility's own.
    fn unit_type<'u>(&'u self, u: &'u View) -> UnitType<'u> {
        let (id, name, code) = match &u.unit_type {
            Some(t) => (t.uid, t.name.as_str(), t.code.as_str()),
            None => (self.facility().uid, "Unit", ""),
        };
        UnitType {
            id,
            name,
            deleted: false,
            internal_account_code: code,
            code_and_description: if code.is_empty() { name.to_owned() } else { format!("{code} - {name}") },
            ii_excluded: [],
        }
    }

    /// A bill of a ledger.
    pub fn invoice<'i>(&self, i: &'i InvoiceView, l: &LedgerView) -> Invoice<'i> {
        let (invoice, currency) = (&i.invoice, l.ledger.currency);
        Invoice {
            id: invoice.uid,
            number: format!("#{}", invoice.number),
            index: invoice.number,
            prefix: "#",
            postfix: "",
            postfix_index: None,
            due_on: time::midnight(invoice.due_on, self.zone()),
            status: "finalized",
            kind: "invoice",
            voided: invoice.voided,
            // The server itself writes bills.
            created_by_id: 0,
            tenant_id: l.ledger.account_id.get(),
            facility_id: invoice.property_id.get(),
            parent_invoice_id: None,
            created_at: self.time(invoice.created_at),
            updated_at: self.time(invoice.updated_at),
            uuid: invoice.uid,
            sent_to_tenant: invoice.sent,
            deleted: false,
            deleted_on: None,
            deleted_by_id: None,
            total: amount(invoice.total, currency),
            account_balance_on_due_date: amount(invoice.balance_on_due_date, currency),
            parent_invoice_number: None,
            finalized_on: invoice.finalized_on,
            children_invoices: [],
            line_items: i.lines.iter().map(|line| line_item(line, currency)).collect(),
        }
    }
}

fn line_item(line: &Line, currency: Currency) -> LineItem<'_> {
    let subtotal = line.price.saturating_mul(line.quantity);
    let period =
        line.service_from.zip(line.service_to).map(|(from, to)| format!(" ({} - {})", slashed(from), slashed(to)));
    LineItem {
        id: line.uid,
        description: &line.description,
        quantity: line.quantity,
        prorated: line.prorated,
        discount_amount: None,
        single_item_price: amount(line.price, currency),
        subtotal: amount(subtotal, currency),
        tax_total: amount(line.tax, currency),
        total: amount(subtotal.saturating_add(line.tax), currency),
        current_product_code: &line.code,
        full_description: format!("{}{}", line.description, period.unwrap_or_default()),
        quantifiable: false,
        children_line_items: [],
    }
}

/// `9/13/2023`.
fn slashed(date: Date) -> String {
    format!("{}/{}/{}", date.month(), date.day(), date.year())
}

fn autopay(l: &LedgerView) -> AutopayInfo {
    let day = l.ledger.autopay_day;
    AutopayInfo {
        autopay_enabled: day.is_some(),
        day,
        next_autopay_date: day.and_then(|day| next_day(l.today, day)),
        payment_method_id: None,
        payment_type: None,
        account_or_card_number: None,
    }
}

/// The next date, today included, with this day of the month; in short months the last one.
fn next_day(today: Date, day: i64) -> Option<Date> {
    let in_month = |month: Date| {
        let day = i8::try_from(day).ok()?.clamp(1, month.days_in_month());
        Date::new(month.year(), month.month(), day).ok()
    };
    let next = || in_month(today.last_of_month().tomorrow().ok()?);
    in_month(today).filter(|date| *date >= today).or_else(next)
}

/// An amount as a JSON number (K11).
fn amount(minor: i64, currency: Currency) -> f64 {
    let digits = i32::try_from(currency.digits()).unwrap_or(2);
    float(minor) / 10f64.powi(digits)
}

#[expect(clippy::cast_precision_loss, reason = "shown only; amounts are far below 2⁵³")]
const fn float(n: i64) -> f64 {
    n as f64
}

fn rounded(n: f64) -> f64 {
    (n * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_numbers() {
        assert_eq!(serde_json::to_string(&amount(6_130, Currency::USD)).unwrap(), "61.3");
        assert_eq!(serde_json::to_string(&amount(0, Currency::USD)).unwrap(), "0.0");
        assert_eq!(amount(-5, Currency::parse("JPY").unwrap()), -5.0);
    }

    #[test]
    fn autopay_days_of_short_months() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        for (today, day, next) in [
            ("2026-01-15", 15, "2026-01-15"),
            ("2026-01-15", 14, "2026-02-14"),
            ("2026-01-31", 30, "2026-02-28"),
            ("2026-02-28", 31, "2026-02-28"),
            ("2026-12-31", 1, "2027-01-01"),
        ] {
            assert_eq!(next_day(date(today), day), Some(date(next)), "{today} {day}");
        }
    }
}
