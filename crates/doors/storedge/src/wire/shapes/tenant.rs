//! The tenant, and what it is made of (sections 8 and 9).

use app::account::{Overrides, preference};
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::attributes::MILITARY;

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Tenant<'a> {
    pub id: Uuid,
    pub account_number: i64,
    pub first_name: &'a str,
    pub last_name: &'a str,
    pub middle_initial: Option<&'a str>,
    pub email: Option<&'a str>,
    pub tax_exempt: bool,
    pub is_military: bool,
    pub is_business: bool,
    pub business_name: Option<&'a str>,
    pub last_sign_in_at: Option<String>,
    pub title: Option<&'a str>,
    pub delinquent: bool,
    pub current_ledger_ids: Vec<Uuid>,
    #[schema(value_type = std::collections::BTreeMap<String, Option<bool>>)]
    pub preferences: Preferences<'a>,
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub military_information: Option<Military>,
    pub username: Option<&'a str>,
    pub drivers_license_number: Option<&'a str>,
    pub drivers_license_state: Option<&'a str>,
    pub vehicle_license_plate_number: Option<&'a str>,
    pub vehicle_license_state: Option<&'a str>,
    pub vehicle_description: Option<&'a str>,
    pub has_tenant_portal_account: bool,
    pub created_at: String,
    pub gate_24_hour_access: bool,
    pub active: bool,
    pub tenant_account_kind_name: &'static str,
    pub blocked_payments: bool,
    #[schema(value_type = Option<String>)]
    pub date_of_birth: Option<kernel::Date>,
    pub phone_numbers: Vec<PhoneNumber<'a>>,
    pub mailing_address: Option<Address<'a>>,
    pub addresses: Vec<Address<'a>>,
    pub facility_id: Uuid,
    pub previous_ledger_ids: Vec<Uuid>,
    pub lead_ids: [Uuid; 0],
    pub closed_lead_ids: [Uuid; 0],
    pub contact_ids: &'a [Uuid],
    pub support_case_ids: [Uuid; 0],
    pub event_ids: [Uuid; 0],
    pub password_recovery_question_ids: &'a [Uuid],
}

/// A phone number.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PhoneNumber<'a> {
    pub id: Uuid,
    pub primary: bool,
    pub source: Option<&'a str>,
    pub number: &'a str,
    pub formatted_number: String,
    pub extension: Option<&'a str>,
    pub label: Option<&'a str>,
    pub unformatted_number: String,
    pub sms_opt_in: bool,
}

/// A postal address.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Address<'a> {
    pub id: Uuid,
    pub address1: &'a str,
    pub address2: Option<&'a str>,
    pub city: &'a str,
    pub state: &'a str,
    pub postal: &'a str,
    pub country: &'a str,
    pub full_address: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub time_zone_id: &'a str,
    pub time_zone_offset: String,
    pub invalid_data: bool,
    pub label: &'a str,
}

/// `preferences` of a tenant: the defaults with what is set laid over them, 15 keys.
#[derive(Debug)]
pub struct Preferences<'a> {
    /// What the tenant sets.
    pub set: &'a Overrides,
    /// When the tenant was left out of the insurance, shown.
    pub excluded_on: Option<String>,
}

impl Serialize for Preferences<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(preference::NAMES.len() + preference::NOTED.len()))?;
        for name in preference::NAMES {
            map.serialize_entry(name, &self.set.get(name).cloned().unwrap_or_else(|| preference::default(name)))?;
        }
        let [reason, by, on] = preference::NOTED;
        map.serialize_entry(reason, &self.set.get(reason))?;
        map.serialize_entry(by, &self.set.get(by))?;
        map.serialize_entry(on, &self.excluded_on)?;
        map.end()
    }
}

/// `military_information`: 26 keys, null where nothing is known.
#[derive(Debug)]
pub struct Military(pub Map<String, Value>);

impl Serialize for Military {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(MILITARY.iter().map(|(name, _)| (name, self.0.get(*name))))
    }
}

/// What `…/preferences` answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantSettings<'a> {
    /// The id of the settings, not the tenant's.
    pub id: Uuid,
    /// What the tenant sets, and nothing else.
    #[schema(value_type = std::collections::BTreeMap<String, Option<bool>>)]
    pub tenants_preferences: SetPreferences<'a>,
    /// What holds for a tenant that sets nothing.
    #[schema(value_type = serde_json::Value)]
    pub default_settings: DefaultSettings,
}

/// `tenants_preferences`, in the order of section 9.
#[derive(Debug)]
pub struct SetPreferences<'a>(pub Preferences<'a>);

impl Serialize for SetPreferences<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let Preferences { set, excluded_on } = &self.0;
        let mut map = s.serialize_map(None)?;
        for name in preference::NAMES.iter().chain(&preference::NOTED) {
            match set.get(*name) {
                Some(_) if *name == preference::NOTED[2] => map.serialize_entry(name, excluded_on)?,
                Some(value) => map.serialize_entry(name, value)?,
                None => {}
            }
        }
        map.end()
    }
}

/// `default_settings`: 12 keys. One of them is an object here, and nowhere else.
#[derive(Debug)]
pub struct DefaultSettings;

impl Serialize for DefaultSettings {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Open {
            value: Option<bool>,
            #[serde(rename = "type")]
            kind: &'static str,
        }
        let mut map = s.serialize_map(Some(preference::NAMES.len()))?;
        for name in preference::NAMES {
            match preference::default(name) {
                Value::Null => map.serialize_entry(name, &Open { value: None, kind: "Boolean" })?,
                value => map.serialize_entry(name, &value)?,
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overrides(pairs: &[(&str, Value)]) -> Overrides {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect()
    }

    #[test]
    fn section_9_two_shapes() {
        let set = overrides(&[("delinquency_exempt", true.into()), (preference::NOTED[2], 5.into())]);
        let on = || Some("2023-09-15T04:37:32.042-10:00".to_owned());
        let flat = serde_json::to_string(&Preferences { set: &set, excluded_on: on() }).unwrap();
        assert!(flat.starts_with("{\"email_invoices\":true,\"print_invoices\":false,"), "{flat}");
        assert!(flat.contains("\"receive_legal_notices_by_email\":null,\"delinquency_exempt\":true,"), "{flat}");
        assert!(flat.ends_with("_enroll_on\":\"2023-09-15T04:37:32.042-10:00\"}"), "{flat}");
        assert_eq!(flat.matches("\":").count(), 15);
        let own = serde_json::to_string(&SetPreferences(Preferences { set: &set, excluded_on: on() })).unwrap();
        assert_eq!(
            own,
            "{\"delinquency_exempt\":true,\"exclude_from_insurance_auto_enroll_on\":\"2023-09-15T04:37:32.042-10:00\"}"
        );
        let defaults = serde_json::to_value(DefaultSettings).unwrap();
        assert_eq!(defaults.as_object().unwrap().len(), 12);
        assert_eq!(defaults["receive_legal_notices_by_email"], serde_json::json!({"value": null, "type": "Boolean"}));
    }

    #[test]
    fn military_information_has_all_keys() {
        let known = serde_json::json!({"division": "1st", "foreign": 1}).as_object().unwrap().clone();
        let shown = serde_json::to_value(Military(known)).unwrap();
        assert_eq!(shown.as_object().unwrap().len(), 26);
        assert_eq!(
            (&shown["division"], &shown["squadron"], &shown["foreign"]),
            (&"1st".into(), &Value::Null, &Value::Null)
        );
    }
}
