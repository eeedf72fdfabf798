//! Ledgers, units and invoices (sections 14 and 15).

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Tenant;

/// A ledger.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Ledger<'a> {
    pub id: Uuid,
    pub active: bool,
    pub autopay_enabled: bool,
    pub autopay_info: AutopayInfo,
    pub closed_on: Option<String>,
    pub current_account_balance: f64,
    pub current_insurance: Option<Insurance<'a>>,
    pub current_prepay_balance: f64,
    pub current_rate: f64,
    pub delinquent: bool,
    pub gate_access_code: Option<&'a str>,
    pub invoice_day_of_month: i64,
    pub lease_number: i64,
    pub length_of_stay_in_months: i64,
    pub moved_in_at: String,
    pub next_charge_amount: f64,
    pub next_charge_amount_by_ledger: f64,
    #[schema(value_type = Option<String>)]
    pub next_charge_date: Option<kernel::Date>,
    #[schema(value_type = Option<String>)]
    pub paid_through: Option<kernel::Date>,
    pub rate_last_changed_on: Option<String>,
    pub rate_per_square_foot: f64,
    pub recent_open_charges: Vec<OpenCharge<'a>>,
    pub recent_payments: Vec<RecentPayment>,
    pub scheduled_move_out: Option<bool>,
    pub scheduled_rate_change: Option<bool>,
    pub scheduled_transfer: Option<bool>,
    pub manage_revenue: &'static str,
    pub rate_increase_exempt: bool,
    pub storage_items: [Uuid; 0],
    pub tenant: Tenant<'a>,
    pub unit: Unit<'a>,
}

/// How a ledger is paid by itself.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct AutopayInfo {
    pub autopay_enabled: bool,
    pub day: Option<i64>,
    #[schema(value_type = Option<String>)]
    pub next_autopay_date: Option<kernel::Date>,
    pub payment_method_id: Option<Uuid>,
    pub payment_type: Option<&'static str>,
    pub account_or_card_number: Option<&'static str>,
}

/// The insurance charged with the rent.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Insurance<'a> {
    pub premium: f64,
    pub description: &'a str,
}

/// A charge of which something is still owed.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct OpenCharge<'a> {
    pub id: Uuid,
    pub description: &'a str,
    pub code: Option<&'a str>,
    pub internal_code: &'a str,
    pub resolved: bool,
    pub amount: f64,
    pub tax_amount: f64,
    pub amount_leftover: f64,
    pub effective_on: String,
    #[schema(value_type = Option<String>)]
    pub service_start_date: Option<kernel::Date>,
    #[schema(value_type = Option<String>)]
    pub service_end_date: Option<kernel::Date>,
    pub accountable_id: Uuid,
}

/// A payment that was made.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RecentPayment {
    pub id: Uuid,
    pub amount: f64,
    pub success: bool,
    pub date: String,
}

/// A unit.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Unit<'a> {
    pub id: Uuid,
    pub price: f64,
    pub name: &'a str,
    pub description: &'a str,
    pub width: f64,
    pub length: f64,
    pub height: f64,
    pub door_height: f64,
    pub door_width: f64,
    pub door_type: &'a str,
    pub access_type: &'a str,
    pub floor: Option<i64>,
    pub directions: Option<&'a str>,
    pub size: String,
    pub area: f64,
    pub standard_rate: f64,
    pub managed_rate: Option<f64>,
    pub tiered_rate: Option<f64>,
    pub available_for_move_in: bool,
    pub rentable: bool,
    pub status: &'static str,
    pub payment_status: Option<&'a str>,
    pub current_ledger_id: Option<Uuid>,
    pub current_tenant_id: Option<Uuid>,
    pub combo_lock_group: Option<&'a str>,
    pub combination_lock_number: Option<&'a str>,
    pub overlock_lock_number: Option<&'a str>,
    pub attribute_description: Option<&'a str>,
    pub deleted: bool,
    pub damaged: bool,
    pub complimentary: Option<bool>,
    pub unrentable: bool,
    pub company_owned: bool,
    pub is_prepped: Option<bool>,
    pub rank: Option<i64>,
    pub custom_fields: [Uuid; 0],
    pub allow_future_move_ins_limit: Option<i64>,
    pub channel_rate: Option<f64>,
    pub unit_amenities: [Uuid; 0],
    pub unit_type: UnitType<'a>,
    pub tier: Option<&'a str>,
    pub unit_group_id: Uuid,
}

/// A kind of unit.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct UnitType<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub deleted: bool,
    pub internal_account_code: &'a str,
    pub code_and_description: String,
    pub ii_excluded: [Uuid; 0],
}

/// A bill.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Invoice<'a> {
    pub id: Uuid,
    pub number: String,
    pub index: i64,
    pub prefix: &'static str,
    pub postfix: &'static str,
    pub postfix_index: Option<i64>,
    pub due_on: String,
    pub status: &'static str,
    pub kind: &'static str,
    pub voided: bool,
    pub created_by_id: i64,
    pub tenant_id: i64,
    pub facility_id: i64,
    pub parent_invoice_id: Option<i64>,
    pub created_at: String,
    pub updated_at: String,
    pub uuid: Uuid,
    pub sent_to_tenant: bool,
    pub deleted: bool,
    pub deleted_on: Option<String>,
    pub deleted_by_id: Option<i64>,
    pub total: f64,
    pub account_balance_on_due_date: f64,
    pub parent_invoice_number: Option<String>,
    #[schema(value_type = String)]
    pub finalized_on: kernel::Date,
    pub children_invoices: [Uuid; 0],
    pub line_items: Vec<LineItem<'a>>,
}

/// A line of a bill.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct LineItem<'a> {
    pub id: Uuid,
    pub description: &'a str,
    pub quantity: i64,
    pub prorated: bool,
    pub discount_amount: Option<f64>,
    pub single_item_price: f64,
    pub subtotal: f64,
    pub tax_total: f64,
    pub total: f64,
    pub current_product_code: &'a str,
    pub full_description: String,
    pub quantifiable: bool,
    pub children_line_items: [Uuid; 0],
}
