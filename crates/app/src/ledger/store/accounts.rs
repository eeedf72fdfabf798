//! The SQL of accounts, as far as money depends on them.

use db::{Read, Write, row, sql};
use kernel::{AccountId, PersonId, PropertyId, Result};
use uuid::Uuid;

row! {
    /// An account.
    pub struct Account {
        pub id: AccountId,
        pub property_id: PropertyId,
        pub person_id: PersonId,
        pub blocked_payments: bool,
    }
}

pub async fn account(r: &Read, id: AccountId) -> Result<Option<Account>> {
    r.optional(sql!(
        "SELECT id, property_id, person_id, blocked_payments FROM account WHERE org_id = $1 AND id = $2",
        r.caller().org,
        id
    ))
    .await
}

pub async fn account_by_uid(r: &Read, property: PropertyId, uid: Uuid) -> Result<Option<Account>> {
    r.optional(sql!(
        "SELECT id, property_id, person_id, blocked_payments FROM account WHERE org_id = $1 AND property_id = $2 AND uid = $3",
        r.caller().org,
        property,
        uid
    ))
    .await
}

pub async fn account_of(r: &Read, property: PropertyId, person: PersonId) -> Result<Option<AccountId>> {
    r.optional(sql!(
        "SELECT id FROM account WHERE org_id = $1 AND property_id = $2 AND person_id = $3",
        r.caller().org,
        property,
        person
    ))
    .await
}

pub async fn blocks_payments(r: &Read, id: AccountId) -> Result<bool> {
    r.one(sql!("SELECT blocked_payments FROM account WHERE org_id = $1 AND id = $2", r.caller().org, id)).await
}

/// Notes that something about these accounts changed, for "updated since" filters.
pub async fn touch_accounts(w: &Write, ids: &[AccountId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    w.execute(sql!(
        "UPDATE account SET updated_at = $3 WHERE +org_id = $1 AND id = ANY($2)",
        w.caller().org,
        ids,
        w.now()
    ))
    .await
    .map(drop)
}

/// Where somebody is written to.
pub async fn email_of(r: &Read, person: PersonId) -> Result<Option<String>> {
    let email: Option<Option<String>> = r
        .optional(sql!(
            "SELECT email FROM person WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
            r.caller().org,
            person
        ))
        .await?;
    Ok(email.flatten())
}

/// The name of a property.
pub async fn name_of_place(r: &Read, property: PropertyId) -> Result<String> {
    r.one(sql!("SELECT name FROM property WHERE org_id = $1 AND id = $2", r.caller().org, property)).await
}
