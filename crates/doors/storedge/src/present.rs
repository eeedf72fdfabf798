//! The core's things in this API's shapes.

use app::{
    account::{self, Overrides, note, preference},
    person::{self, PhoneNumber},
    property::Facility,
};
use kernel::{Instant, Phone, Zone};

use crate::{
    call::Call,
    wire::{
        shapes::{
            Address, CreatedBy, DefaultSettings, Military, Note, NoteEvent, PhoneNumber as ShownPhone, Preferences,
            SetPreferences, Tenant, TenantSettings,
        },
        time,
    },
};

/// What is shown depends on the facility and its time.
#[derive(Clone, Copy)]
pub struct Present<'a> {
    facility: &'a Facility,
    zone: &'a Zone,
    at: Instant,
}

impl<'a> Present<'a> {
    /// For the answer to a call.
    pub const fn of(call: &'a Call) -> Self {
        Self { facility: &call.facility, zone: &call.zone, at: call.caller.at }
    }

    /// Where.
    pub const fn facility(&self) -> &'a Facility {
        self.facility
    }

    /// The facility's time zone.
    pub const fn zone(&self) -> &'a Zone {
        self.zone
    }

    /// A date-time.
    pub fn time(&self, at: Instant) -> String {
        time::shown(at, self.zone)
    }

    /// A tenant.
    pub fn tenant<'t>(&self, t: &'t account::Tenant) -> Tenant<'t>
    where
        'a: 't,
    {
        let a = &t.account;
        let ledgers = |which: fn(&account::LedgerMark) -> bool| -> Vec<_> {
            t.ledgers.iter().filter(|l| which(l)).map(|l| l.uid).collect()
        };
        let current_ledger_ids = ledgers(|l| l.is_current);
        Tenant {
            id: a.uid,
            account_number: a.number,
            first_name: &a.first_name,
            last_name: &a.last_name,
            middle_initial: a.middle_initial.as_deref(),
            email: a.email.as_deref(),
            tax_exempt: a.tax_exempt,
            is_military: a.is_military,
            is_business: a.is_business,
            business_name: a.business_name.as_deref(),
            last_sign_in_at: a.last_sign_in_at.map(|at| self.time(at)),
            title: a.title.as_deref(),
            delinquent: t.delinquent,
            active: !current_ledger_ids.is_empty(),
            current_ledger_ids,
            preferences: self.preferences(&t.preferences),
            military_information: a.is_military.then(|| military(a.military.as_deref())),
            username: a.portal_username.as_deref(),
            drivers_license_number: a.drivers_license_number.as_deref(),
            drivers_license_state: a.drivers_license_state.as_deref(),
            vehicle_license_plate_number: a.vehicle_license_plate_number.as_deref(),
            vehicle_license_state: a.vehicle_license_state.as_deref(),
            vehicle_description: a.vehicle_description.as_deref(),
            has_tenant_portal_account: a.has_portal,
            created_at: self.time(a.created_at),
            gate_24_hour_access: a.gate_24_hour_access,
            tenant_account_kind_name: "Standard",
            blocked_payments: a.blocked_payments,
            date_of_birth: a.birth_date,
            phone_numbers: t.phones.iter().map(|p| self.phone(p)).collect(),
            mailing_address: t.mailing_address().map(|a| self.address(a)),
            addresses: t.addresses.iter().map(|a| self.address(a)).collect(),
            facility_id: self.facility.uid,
            previous_ledger_ids: ledgers(|l| l.is_previous),
            lead_ids: [],
            closed_lead_ids: [],
            contact_ids: &t.contacts,
            support_case_ids: [],
            event_ids: [],
            password_recovery_question_ids: &t.questions,
        }
    }

    /// Both shapes of section 9 say when somebody was left out of the insurance as a date-time.
    fn preferences<'t>(&self, set: &'t Overrides) -> Preferences<'t> {
        let on = set.get(preference::NOTED[2]).and_then(serde_json::Value::as_i64);
        Preferences { set, excluded_on: on.map(|us| self.time(Instant::from_micros(us))) }
    }

    /// The settings of a tenant.
    pub fn settings<'t>(&self, t: &'t account::Tenant) -> TenantSettings<'t> {
        TenantSettings {
            id: t.account.settings_uid,
            tenants_preferences: SetPreferences(self.preferences(&t.preferences)),
            default_settings: DefaultSettings,
        }
    }

    /// A phone number. One that is none is shown as it was written.
    fn phone<'t>(&self, p: &'t PhoneNumber) -> ShownPhone<'t> {
        let number = p.e164.as_deref();
        let raw = || p.raw.clone();
        let mut formatted_number = number.and_then(|n| Phone::formatted(n, &self.facility.country)).unwrap_or_else(raw);
        if let Some(extension) = &p.extension {
            formatted_number.push_str(" x ");
            formatted_number.push_str(extension);
        }
        ShownPhone {
            id: p.uid,
            primary: p.is_primary,
            source: None,
            number: number.unwrap_or(&p.raw),
            formatted_number,
            extension: p.extension.as_deref(),
            label: p.label.as_deref(),
            unformatted_number: number.and_then(Phone::national).unwrap_or_else(raw),
            sms_opt_in: p.sms_opt_in,
        }
    }

    fn address<'t>(&self, a: &'t person::Address) -> Address<'t>
    where
        'a: 't,
    {
        let zone = a.time_zone().unwrap_or(&self.facility.time_zone);
        Address {
            id: a.uid,
            address1: &a.address1,
            address2: a.address2.as_deref(),
            city: &a.city,
            state: &a.state,
            postal: &a.postal,
            country: &a.country,
            full_address: format!("{}, {}, {} {}", a.address1, a.city, a.state, a.postal),
            latitude: a.latitude,
            longitude: a.longitude,
            time_zone_id: zone,
            time_zone_offset: time::offset(Zone::named(zone).civil(self.at).1),
            invalid_data: a.invalid_data,
            label: &a.label,
        }
    }

    /// A remark.
    pub fn note<'n>(&self, n: &'n note::Note) -> Note<'n> {
        Note { id: n.uid, note: &n.text, created_at: self.time(n.created_at) }
    }

    /// A remark that was written just now.
    pub fn note_event<'n>(&self, n: &'n note::Note) -> NoteEvent<'n> {
        let kind = if n.author_kind == "client" { "ClientApplication" } else { "User" };
        NoteEvent {
            id: n.uid,
            notes: vec![self.note(n)],
            created_by: CreatedBy { id: n.author_uid, name: &n.author_name, kind },
            unit_id: n.unit_uid,
            tenant_id: n.account_uid,
        }
    }
}

fn military(stored: Option<&str>) -> Military {
    Military(stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default())
}
