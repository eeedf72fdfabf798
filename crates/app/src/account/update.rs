//! What may be changed about an account and its person, and by which rules.

use db::Write;
use kernel::{Email, Error, Faults, Field, Problem, Result};
use serde_json::{Map, Value};

use super::{Account, By, Tenant, change, find, store};
use crate::{
    diff::Diff,
    person::{address, contact, phone},
    property, resident,
};

/// The fields of an account and its person that can be written; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Given name.
    pub first_name: Field<String>,
    /// Letter between the names.
    pub middle_initial: Field<Option<String>>,
    /// Family name.
    pub last_name: Field<String>,
    /// Mr, Dr …
    pub title: Field<Option<String>>,
    /// E-mail address.
    pub email: Field<Option<Email>>,
    /// Whether it is a business.
    pub is_business: Field<bool>,
    /// Its name.
    pub business_name: Field<Option<String>>,
    /// The account's number.
    pub account_number: Field<i64>,
    /// Whether no tax is charged.
    pub tax_exempt: Field<bool>,
    /// Whether they would not name an alternate contact.
    pub decline_alternate_contact: Field<bool>,
    /// Whether they serve.
    pub is_military: Field<bool>,
    /// What is known about that: what is named changes, `null` forgets it.
    pub military_information: Field<Map<String, Value>>,
    /// Driver's licence.
    pub drivers_license_number: Field<Option<String>>,
    /// The state that gave it.
    pub drivers_license_state: Field<Option<String>>,
    /// Number plate.
    pub vehicle_license_plate_number: Field<Option<String>>,
    /// The state that gave it.
    pub vehicle_license_state: Field<Option<String>>,
    /// What the vehicle looks like.
    pub vehicle_description: Field<Option<String>>,
    /// The portal's user name.
    pub username: Field<Option<String>>,
    /// The hash of a new portal password.
    pub password_hash: Field<String>,
    /// Numbers to be added, changed or removed.
    pub phone_numbers: Vec<phone::Input>,
    /// The mailing address.
    pub mailing_address: Option<address::Input>,
    /// Contacts to be added or changed.
    pub contacts: Vec<contact::Input>,
    /// All recovery questions.
    pub questions: Option<Vec<Question>>,
}

/// A question only the person can answer.
#[derive(Clone)]
pub struct Question {
    /// The question.
    pub question: String,
    /// The hash of its answer.
    pub answer_hash: String,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Question")
    }
}

/// The largest account number that can be set: the next ones count on from it.
const LARGEST_NUMBER: i64 = 999_999_999_999;

/// The property's setting that keeps tenants from changing their mailing address.
pub(crate) const ADDRESS_LOCKED: &str = "tenant_portal_disable_mailing_address";

/// Changes what is given; all faults are told together, and then nothing is changed. A password is only changed, unless
/// the portal `begins` with it.
pub(crate) async fn update(w: &Write, now: &Tenant, input: &Input, mut faults: Faults, begins: bool) -> Result<()> {
    let property = property::country_and_setting(w, now.account.property_id, ADDRESS_LOCKED).await?;
    if input.mailing_address.is_some() && property.setting.as_deref() == Some("true") {
        return Err(Error::Conflict("address_locked"));
    }
    let country = now.mailing_address().map_or(property.country.as_str(), |a| a.country.as_str());
    let new = changed(w, now, input, &mut faults).await?;
    let phones = phone::plan(&now.phones, &input.phone_numbers, &property.country, &mut faults);
    if let Some(address) = &input.mailing_address {
        address::check(address, country, &mut faults);
    }
    let contacts =
        if input.contacts.is_empty() { Vec::new() } else { contact::of_person(w, now.account.person_id).await? };
    contact::check(&contacts, &input.contacts, &property.country, &mut faults);
    if input.password_hash.given().is_some() && !now.account.has_portal && !begins && faults.is_empty() {
        return Err(Error::Conflict("no_portal_account"));
    }
    faults.finish()?;

    let person = now.account.person_id;
    let mut diff = differences(&now.account, &new);
    if diff.is_empty() {
        // Only what hangs on it changes, if anything does.
    } else {
        store::update(w, &new).await?;
        store::update_person(w, &new).await?;
    }
    if phone::store(w, person, &phones).await? {
        diff.secret("phone_numbers");
    }
    if let Some(address) = &input.mailing_address
        && address::store_mailing(w, person, now.mailing_address(), address, country).await?
    {
        diff.secret("mailing_address");
    }
    if !input.contacts.is_empty() {
        contact::store(w, person, &contacts, &input.contacts, &property.country).await?;
        diff.secret("contacts");
    }
    if let Some(questions) = &input.questions {
        store::set_questions(w, now.account.id, questions).await?;
        diff.secret("recovery_questions");
    }
    if let Some(hash) = input.password_hash.given() {
        super::portal::set_password(w, now.account.id, hash).await?;
        diff.secret("portal_password");
    }
    if diff.is_empty() {
        return Ok(());
    }
    super::touch(w, &now.account).await?;
    resident::touch(w, person).await?;
    w.change(change("account.updated", &now.account).data(diff.json()));
    Ok(())
}

/// The account as it will be.
async fn changed(w: &Write, now: &Tenant, input: &Input, faults: &mut Faults) -> Result<Account> {
    let a = &now.account;
    if input.account_number.given().is_some_and(|n| *n != a.number && !(1..=LARGEST_NUMBER).contains(n)) {
        faults.add("account_number", Problem::NotAllowed);
    } else if let Some(number) = input.account_number.given().filter(|n| **n != a.number)
        && store::by_number(w, a.property_id, *number).await?.is_some()
    {
        faults.add("account_number", Problem::Taken);
    }
    // It is compared without what stands around it, so it is kept so; a portal without a name could not be entered.
    let username = input.username.clone().map(|n| n.map(|n| n.trim().to_owned()));
    match username.given() {
        Some(Some(name)) if name.is_empty() => faults.add("username", Problem::Blank),
        Some(None) if a.has_portal => faults.add("username", Problem::Blank),
        _ => {}
    }
    if let Some(Some(name)) = username.given()
        && find(w, a.property_id, &By::Username(name.clone())).await.is_ok_and(|id| id != a.id)
    {
        faults.add("username", Problem::Taken);
    }
    let is_military = input.is_military.or_keep(&a.is_military);
    Ok(Account {
        first_name: input.first_name.or_keep(&a.first_name),
        middle_initial: input.middle_initial.or_keep(&a.middle_initial),
        last_name: input.last_name.or_keep(&a.last_name),
        title: input.title.or_keep(&a.title),
        email: input.email.clone().map(|e| e.map(|e| e.as_str().to_owned())).or_keep(&a.email),
        is_business: input.is_business.or_keep(&a.is_business),
        business_name: input.business_name.or_keep(&a.business_name),
        number: input.account_number.or_keep(&a.number),
        tax_exempt: input.tax_exempt.or_keep(&a.tax_exempt),
        decline_alternate_contact: input.decline_alternate_contact.or_keep(&a.decline_alternate_contact),
        is_military,
        military: if is_military { military(a, input) } else { None },
        drivers_license_number: input.drivers_license_number.or_keep(&a.drivers_license_number),
        drivers_license_state: input.drivers_license_state.or_keep(&a.drivers_license_state),
        vehicle_license_plate_number: input.vehicle_license_plate_number.or_keep(&a.vehicle_license_plate_number),
        vehicle_license_state: input.vehicle_license_state.or_keep(&a.vehicle_license_state),
        vehicle_description: input.vehicle_description.or_keep(&a.vehicle_description),
        portal_username: username.or_keep(&a.portal_username),
        ..a.clone()
    })
}

/// What is known about the service, with what is new laid over it.
fn military(now: &Account, input: &Input) -> Option<String> {
    let Some(new) = input.military_information.given() else { return now.military.clone() };
    let mut all: Map<String, Value> =
        now.military.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    for (name, value) in new {
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    Some(Value::Object(all).to_string())
}

fn differences(old: &Account, new: &Account) -> Diff {
    let mut diff = Diff::default();
    diff.field("first_name", &old.first_name, &new.first_name);
    diff.field("middle_initial", &old.middle_initial, &new.middle_initial);
    diff.field("last_name", &old.last_name, &new.last_name);
    diff.field("title", &old.title, &new.title);
    diff.field("email", &old.email, &new.email);
    diff.field("is_business", &old.is_business, &new.is_business);
    diff.field("business_name", &old.business_name, &new.business_name);
    diff.field("number", &old.number, &new.number);
    diff.field("tax_exempt", &old.tax_exempt, &new.tax_exempt);
    diff.field("decline_alternate_contact", &old.decline_alternate_contact, &new.decline_alternate_contact);
    diff.field("is_military", &old.is_military, &new.is_military);
    diff.field("username", &old.portal_username, &new.portal_username);
    for (name, old, new) in [
        ("military", &old.military, &new.military),
        ("drivers_license_number", &old.drivers_license_number, &new.drivers_license_number),
        ("drivers_license_state", &old.drivers_license_state, &new.drivers_license_state),
        ("vehicle_license_plate_number", &old.vehicle_license_plate_number, &new.vehicle_license_plate_number),
        ("vehicle_license_state", &old.vehicle_license_state, &new.vehicle_license_state),
        ("vehicle_description", &old.vehicle_description, &new.vehicle_description),
    ] {
        if old != new {
            diff.secret(name);
        }
    }
    diff
}
