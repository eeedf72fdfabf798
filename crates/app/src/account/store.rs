//! The SQL of accounts.

use db::{Read, Write, sql};
use kernel::{AccountId, PersonId, PropertyId, Result};

pub async fn of_person(r: &Read, person: PersonId, property: PropertyId) -> Result<Option<AccountId>> {
    r.optional(sql!(
        "SELECT id FROM account WHERE org_id = $1 AND person_id = $2 AND property_id = $3",
        r.caller().org,
        person,
        property
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
