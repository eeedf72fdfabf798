//! The SQL of passkeys.

use db::{Read, Write, row, sql};
use kernel::{Instant, PasskeyId, PersonId, Result};
use uuid::Uuid;

use super::New;

row! {
    /// A passkey as its owner sees it.
    #[derive(Clone, Debug)]
    pub struct Passkey {
        /// Its id.
        pub id: PasskeyId,
        /// How its owner calls it.
        pub name: String,
        /// The host it is for.
        pub rp_id: String,
        /// Since when.
        pub created_at: Instant,
        /// When somebody last signed in with it.
        pub used_at: Option<Instant>,
    }

    /// A passkey as a sign-in needs it.
    #[derive(Clone, Debug)]
    pub struct Known {
        /// Its id.
        pub id: PasskeyId,
        /// Whose it is.
        pub person_id: PersonId,
        /// Their uid, by which their device knows them.
        pub person_uid: Uuid,
        /// The host it is for.
        pub rp_id: String,
        /// What its signatures are checked with.
        pub public_key: Vec<u8>,
        /// What the device said of it last.
        pub state: Vec<u8>,
    }

    /// Somebody as their device shows them.
    #[derive(Clone, Debug)]
    pub struct Owner {
        /// Their uid.
        pub uid: Uuid,
        /// Given name.
        pub first_name: String,
        /// Family name.
        pub last_name: String,
        /// E-mail address.
        pub email: Option<String>,
        /// The name of the managing company.
        pub organization: String,
    }
}

/// The passkey of the caller's organization that has this name at its device.
///
/// # Errors
/// When the statement fails.
pub async fn find(r: &Read, credential: &[u8]) -> Result<Option<Known>> {
    r.optional(sql!(
        "SELECT k.id, k.person_id, p.uid AS person_uid, k.rp_id, k.public_key, k.state FROM passkey k \
         JOIN person p ON p.id = k.person_id AND p.deleted_at IS NULL WHERE k.org_id = $1 AND k.credential = $2",
        r.caller().org,
        credential
    ))
    .await
}

/// What a device shows of somebody who makes a passkey.
///
/// # Errors
/// When the statement fails.
pub async fn owner(r: &Read, person: PersonId) -> Result<Option<Owner>> {
    r.optional(sql!(
        "SELECT p.uid, p.first_name, p.last_name, p.email, o.name AS organization FROM person p JOIN organization o ON o.id = p.org_id \
         WHERE p.org_id = $1 AND p.id = $2 AND p.deleted_at IS NULL",
        r.caller().org,
        person
    ))
    .await
}

pub async fn of_person(r: &Read, person: PersonId) -> Result<Vec<Passkey>> {
    r.all(sql!(
        "SELECT id, name, rp_id, created_at, used_at FROM passkey WHERE org_id = $1 AND person_id = $2 ORDER BY id",
        r.caller().org,
        person
    ))
    .await
}

pub async fn get(r: &Read, person: PersonId, id: PasskeyId) -> Result<Option<Passkey>> {
    r.optional(sql!(
        "SELECT id, name, rp_id, created_at, used_at FROM passkey WHERE org_id = $1 AND person_id = $2 AND id = $3",
        r.caller().org,
        person,
        id
    ))
    .await
}

pub async fn credentials(r: &Read, person: PersonId, rp_id: &str) -> Result<Vec<Vec<u8>>> {
    r.all(sql!(
        "SELECT credential FROM passkey WHERE org_id = $1 AND person_id = $2 AND rp_id = $3 ORDER BY id",
        r.caller().org,
        person,
        rp_id
    ))
    .await
}

/// How many other ways than this passkey and a password somebody has to sign in.
pub async fn other_ways(r: &Read, person: PersonId, but: PasskeyId) -> Result<i64> {
    r.one(sql!(
        "SELECT (SELECT count(*) FROM passkey WHERE org_id = $1 AND person_id = $2 AND id <> $3) \
         + (SELECT count(*) FROM external_identity WHERE org_id = $1 AND person_id = $2)",
        r.caller().org,
        person,
        but
    ))
    .await
}

/// Nothing when there is one of this name already, whoever has it.
pub async fn insert(w: &Write, person: PersonId, new: &New) -> Result<Option<PasskeyId>> {
    w.optional(sql!(
        "INSERT INTO passkey (org_id, person_id, credential, rp_id, public_key, state, name, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id",
        w.caller().org,
        person,
        new.credential.as_slice(),
        &new.rp_id,
        new.public_key.as_slice(),
        new.state.as_slice(),
        new.name.trim(),
        w.now()
    ))
    .await
}

pub async fn rename(w: &Write, id: PasskeyId, name: &str) -> Result<()> {
    w.execute(sql!("UPDATE passkey SET name = $3 WHERE org_id = $1 AND id = $2", w.caller().org, id, name))
        .await
        .map(drop)
}

pub async fn used(w: &Write, id: PasskeyId, state: &[u8]) -> Result<()> {
    w.execute(sql!(
        "UPDATE passkey SET state = $3, used_at = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        state,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn remove(w: &Write, id: PasskeyId) -> Result<()> {
    w.execute(sql!("DELETE FROM passkey WHERE org_id = $1 AND id = $2", w.caller().org, id)).await.map(drop)
}

/// Removes all passkeys of somebody whose login ends.
pub async fn remove_all(w: &Write, person: PersonId) -> Result<()> {
    w.execute(sql!("DELETE FROM passkey WHERE org_id = $1 AND person_id = $2", w.caller().org, person)).await.map(drop)
}

/// Whether nobody answered this challenge before.
pub async fn insert_answer(w: &Write, hash: &[u8], until: Instant) -> Result<bool> {
    let rows = w
        .execute(sql!(
            "INSERT INTO passkey_answer (challenge_hash, org_id, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            hash,
            w.caller().org,
            until
        ))
        .await?;
    Ok(rows == 1)
}

/// Forgets answers of all organizations to challenges that are too old to be answered again.
pub async fn forget_answers(w: &Write) -> Result<u64> {
    w.execute(sql!("DELETE FROM passkey_answer WHERE expires_at < $1", w.now())).await
}
