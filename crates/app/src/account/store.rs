//! The SQL of accounts.

use db::{Read, Write, row, sql};
use kernel::{AccountId, Date, Instant, LedgerId, PersonId, PropertyId, Result};
use uuid::Uuid;

row! {
    /// An account, with the person it is of.
    #[derive(Clone, Debug)]
    pub struct Account {
        /// Its id.
        pub id: AccountId,
        /// Its uid.
        pub uid: Uuid,
        /// Where.
        pub property_id: PropertyId,
        /// Whose.
        pub person_id: PersonId,
        /// Its number, counted in the property.
        pub number: i64,
        /// The uid of its settings.
        pub settings_uid: Uuid,
        /// Given name.
        pub first_name: String,
        /// Letter between the names.
        pub middle_initial: Option<String>,
        /// Family name.
        pub last_name: String,
        /// Mr, Dr …
        pub title: Option<String>,
        /// E-mail address, as written.
        pub email: Option<String>,
        /// Date of birth.
        pub birth_date: Option<Date>,
        /// Whether it is a business.
        pub is_business: bool,
        /// Its name.
        pub business_name: Option<String>,
        /// Whether no tax is charged.
        pub tax_exempt: bool,
        /// Whether the gate opens at any hour.
        pub gate_24_hour_access: bool,
        /// Whether no payment is taken.
        pub blocked_payments: bool,
        /// Whether they would not name an alternate contact.
        pub decline_alternate_contact: bool,
        /// Whether they serve.
        pub is_military: bool,
        /// What is known about that: an object as JSON text.
        pub military: Option<String>,
        /// Driver's licence.
        pub drivers_license_number: Option<String>,
        /// The state that gave it.
        pub drivers_license_state: Option<String>,
        /// Number plate.
        pub vehicle_license_plate_number: Option<String>,
        /// The state that gave it.
        pub vehicle_license_state: Option<String>,
        /// What the vehicle looks like.
        pub vehicle_description: Option<String>,
        /// The portal's user name.
        pub portal_username: Option<String>,
        /// Whether there is a portal password.
        pub has_portal: bool,
        /// When they last signed in with it.
        pub last_sign_in_at: Option<Instant>,
        /// When it was made.
        pub created_at: Instant,
        /// The IANA name of the property's time zone.
        pub time_zone: String,
    }

    /// A ledger of an account.
    #[derive(Clone, Debug)]
    pub struct LedgerMark {
        /// Its id.
        pub id: LedgerId,
        /// Its uid.
        pub uid: Uuid,
        /// Whose.
        pub account_id: AccountId,
        /// Whether it runs.
        pub is_current: bool,
        /// Whether it has ended.
        pub is_previous: bool,
        /// The date of its oldest charge that is not settled.
        pub unpaid_since: Option<Date>,
    }

    pub struct Question {
        pub account_id: AccountId,
        pub uid: Uuid,
    }
}

pub async fn these(r: &Read, ids: &[AccountId]) -> Result<Vec<Account>> {
    r.all(sql!(
        "SELECT a.id, a.uid, a.property_id, a.person_id, a.number, a.settings_uid, p.first_name, p.middle_initial, p.last_name, p.title, \
         p.email, p.birth_date, p.is_business, p.business_name, a.tax_exempt, a.gate_24_hour_access, a.blocked_payments, \
         a.decline_alternate_contact, a.is_military, a.military, a.drivers_license_number, a.drivers_license_state, \
         a.vehicle_license_plate_number, a.vehicle_license_state, a.vehicle_description, a.portal_username, \
         a.portal_password_hash IS NOT NULL AS has_portal, a.last_sign_in_at, a.created_at, f.time_zone \
         FROM account a JOIN person p ON p.id = a.person_id JOIN property f ON f.id = a.property_id WHERE +a.org_id = $1 AND a.id = ANY($2)",
        r.caller().org,
        ids
    ))
    .await
}

pub async fn by_uid(r: &Read, property: PropertyId, uid: Uuid) -> Result<Option<AccountId>> {
    r.optional(sql!(
        "SELECT id FROM account WHERE org_id = $1 AND property_id = $2 AND uid = $3",
        r.caller().org,
        property,
        uid
    ))
    .await
}

pub async fn by_username(r: &Read, property: PropertyId, key: &str) -> Result<Option<AccountId>> {
    r.optional(sql!(
        "SELECT id FROM account WHERE org_id = $1 AND property_id = $2 AND portal_username_key = $3",
        r.caller().org,
        property,
        key
    ))
    .await
}

pub async fn by_number(r: &Read, property: PropertyId, number: i64) -> Result<Option<AccountId>> {
    r.optional(sql!(
        "SELECT id FROM account WHERE org_id = $1 AND property_id = $2 AND number = $3",
        r.caller().org,
        property,
        number
    ))
    .await
}

pub async fn of_person(r: &Read, person: PersonId, property: PropertyId) -> Result<Option<AccountId>> {
    r.optional(sql!(
        "SELECT id FROM account WHERE org_id = $1 AND person_id = $2 AND property_id = $3",
        r.caller().org,
        person,
        property
    ))
    .await
}

pub async fn with_phone(r: &Read, property: PropertyId, e164: &str) -> Result<Vec<AccountId>> {
    r.all(sql!(
        "SELECT a.id FROM account a WHERE a.org_id = $1 AND a.property_id = $2 AND a.person_id IN \
         (SELECT n.person_id FROM phone_number n WHERE n.org_id = $1 AND n.e164 = $3) ORDER BY a.number",
        r.caller().org,
        property,
        e164
    ))
    .await
}

pub async fn questions(r: &Read, ids: &[AccountId]) -> Result<Vec<Question>> {
    r.all(sql!("SELECT account_id, uid FROM recovery_question WHERE account_id = ANY($1) ORDER BY account_id, id", ids))
        .await
}

pub async fn ledgers(r: &Read, ids: &[AccountId]) -> Result<Vec<LedgerMark>> {
    r.all(sql!(
        "SELECT id, uid, account_id, opens_at <= $2 AND (closes_at IS NULL OR closes_at > $2) AS is_current, \
         coalesce(closes_at <= $2, FALSE) AS is_previous, unpaid_since \
         FROM ledger WHERE account_id = ANY($1) ORDER BY account_id, id",
        ids,
        r.now()
    ))
    .await
}

pub async fn insert(w: &Write, person: PersonId, property: PropertyId) -> Result<AccountId> {
    let org = w.caller().org;
    let id: AccountId = w
        .one(sql!(
            "INSERT INTO account (uid, org_id, property_id, person_id, number, settings_uid, tax_exempt, gate_24_hour_access, \
             blocked_payments, decline_alternate_contact, is_military, created_at, updated_at) \
             SELECT $1, $2, $3, $4, coalesce(max(number), 999999) + 1, $5, FALSE, FALSE, FALSE, FALSE, FALSE, $6, $6 \
             FROM account WHERE property_id = $3 RETURNING id",
            w.uid(),
            org,
            property,
            person,
            w.uid(),
            w.now()
        ))
        .await?;
    w.execute(sql!(
        "INSERT INTO recovery_question (uid, org_id, account_id) VALUES ($1, $3, $4), ($2, $3, $4)",
        w.uid(),
        w.uid(),
        org,
        id
    ))
    .await?;
    w.execute(sql!(
        "INSERT INTO preference (account_id, name, value) VALUES ($1, 'email_invoices', 'true'), ($1, 'delinquency_exempt', 'false')",
        id
    ))
    .await?;
    Ok(id)
}

pub async fn update(w: &Write, a: &Account) -> Result<()> {
    let org = w.caller().org;
    w.execute(sql!(
        "UPDATE account SET number = $3, tax_exempt = $4, decline_alternate_contact = $5, is_military = $6, military = $7, \
         drivers_license_number = $8, drivers_license_state = $9, vehicle_license_plate_number = $10, vehicle_license_state = $11, \
         vehicle_description = $12, portal_username = $13, portal_username_key = $14, updated_at = $15 WHERE org_id = $1 AND id = $2",
        org, a.id, a.number, a.tax_exempt, a.decline_alternate_contact, a.is_military, &a.military, &a.drivers_license_number,
        &a.drivers_license_state, &a.vehicle_license_plate_number, &a.vehicle_license_state, &a.vehicle_description,
        &a.portal_username, a.portal_username.as_ref().map(|n| n.to_lowercase()), w.now()
    ))
    .await
    .map(drop)
}

pub async fn update_person(w: &Write, a: &Account) -> Result<()> {
    w.execute(sql!(
        "UPDATE person SET first_name = $3, middle_initial = $4, last_name = $5, name_key = $6, title = $7, email = $8, email_key = $9, \
         is_business = $10, business_name = $11, changed_at = $12, updated_at = $12 WHERE org_id = $1 AND id = $2",
        w.caller().org, a.person_id, &a.first_name, &a.middle_initial, &a.last_name,
        kernel::fold(&format!("{} {}", a.last_name, a.first_name)), &a.title, &a.email,
        a.email.as_deref().map(kernel::Email::key_of), a.is_business, &a.business_name, w.now()
    ))
    .await
    .map(drop)
}

pub async fn touch(w: &Write, id: AccountId) -> Result<()> {
    w.execute(sql!("UPDATE account SET updated_at = $3 WHERE org_id = $1 AND id = $2", w.caller().org, id, w.now()))
        .await
        .map(drop)
}

pub async fn set_questions(w: &Write, id: AccountId, questions: &[super::Question]) -> Result<()> {
    let org = w.caller().org;
    w.execute(sql!("DELETE FROM recovery_question WHERE org_id = $1 AND account_id = $2", org, id)).await?;
    for q in questions {
        w.execute(sql!(
            "INSERT INTO recovery_question (uid, org_id, account_id, question, answer_hash) VALUES ($1, $2, $3, $4, $5)",
            w.uid(),
            org,
            id,
            &q.question,
            &q.answer_hash
        ))
        .await?;
    }
    Ok(())
}
