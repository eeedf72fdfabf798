//! The user name and password of an account. An integrator sets them, so they open storEDGE's sign-in and nothing else.

use db::{Read, Write, row, sql};
use kernel::{AccountId, PersonId, PropertyId, Result};

use super::Account;
use crate::invitation;

row! {
    /// What is looked at when somebody signs in to an account.
    #[derive(Clone)]
    pub struct Credential {
        /// The account.
        pub id: AccountId,
        /// The hash of its password.
        pub password_hash: Option<String>,
        /// Whether its person may not sign in anywhere.
        pub is_blocked: bool,
    }
}

/// The accounts of a property that somebody may mean who signs in with this user name or e-mail address.
///
/// # Errors
/// When a statement fails.
pub async fn candidates(r: &Read, property: PropertyId, key: &str) -> Result<Vec<Credential>> {
    r.all(sql!(
        "SELECT a.id, a.portal_password_hash AS password_hash, \
         (p.archived_at IS NOT NULL OR p.deleted_at IS NOT NULL) AS is_blocked \
         FROM account a JOIN person p ON p.id = a.person_id WHERE a.org_id = $1 AND a.id IN \
         (SELECT b.id FROM account b WHERE b.property_id = $2 AND b.portal_username_key = $3 \
          UNION ALL SELECT c.id FROM person q JOIN account c ON c.person_id = q.id AND c.property_id = $2 \
          WHERE q.org_id = $1 AND q.email_key = $3) AND a.portal_password_hash IS NOT NULL ORDER BY is_blocked, a.number LIMIT 20",
        r.caller().org,
        property,
        key
    ))
    .await
}

/// The hash of an account's password.
///
/// # Errors
/// When the statement fails.
pub async fn password_hash(r: &Read, id: AccountId) -> Result<Option<String>> {
    let found: Option<Option<String>> = r
        .optional(sql!("SELECT portal_password_hash FROM account WHERE org_id = $1 AND id = $2", r.caller().org, id))
        .await?;
    Ok(found.flatten())
}

/// Sets the password of an account. Mailed rights to set another one end.
///
/// # Errors
/// When the statement fails.
pub async fn set_password(w: &Write, id: AccountId, hash: &str) -> Result<()> {
    w.execute(sql!(
        "UPDATE account SET portal_password_hash = $3, updated_at = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        hash,
        w.now()
    ))
    .await?;
    let person: Option<PersonId> =
        w.optional(sql!("SELECT person_id FROM account WHERE org_id = $1 AND id = $2", w.caller().org, id)).await?;
    match person {
        Some(person) => invitation::end(w, person, Some(id)).await,
        None => Ok(()),
    }
}

/// Notes that somebody signed in.
///
/// # Errors
/// When the statement fails.
pub async fn signed_in(w: &Write, account: &Account) -> Result<()> {
    w.execute(sql!(
        "UPDATE account SET last_sign_in_at = $3, updated_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        account.id,
        w.now()
    ))
    .await?;
    w.change(super::change("account.signed_in", account));
    Ok(())
}
