//! How people sign in: logins and their identifiers, sessions, and the counters that slow down guessing.
//!
//! Passwords are hashed and tokens made by `identity`; here is what is stored about them.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use db::{Cell, Change, Read, Value, Write, row, sql};
use kernel::{Door, Email, Instant, LoginId, PersonId, Phone, Result, SessionId};

use crate::{invitation, job, passkey};

row! {
    /// A login as sign-in needs it.
    #[derive(Clone, Debug)]
    pub struct Login {
        /// Its id.
        pub id: LoginId,
        /// Whose it is.
        pub person_id: PersonId,
        /// `invited`, `active` or `blocked`.
        pub status: String,
        /// Registered, not approved yet.
        pub awaits_approval: bool,
        /// The password's Argon2id hash; none until one is set.
        pub password_hash: Option<String>,
        /// Raising it ends all sessions.
        pub epoch: i64,
        /// Given name of the person.
        pub first_name: String,
        /// Family name of the person.
        pub last_name: String,
        /// E-mail address of the person.
        pub email: Option<String>,
        /// First phone number of the person.
        pub phone: Option<String>,
        /// Since when the person is archived.
        pub archived_at: Option<Instant>,
        /// Whether the person has a staff role.
        pub is_staff: bool,
    }

    /// A sign-in.
    #[derive(Clone, Debug)]
    pub struct Session {
        /// Its id.
        pub id: SessionId,
        /// Who.
        pub person_id: PersonId,
        /// When its last token ends.
        pub expires_at: Instant,
    }

    struct Attempt {
        failures: i64,
        closed_until: Instant,
        last_at: Instant,
    }
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By the password of their login.
    Password,
    /// At an outside provider they are linked to.
    Provider,
    /// With the code of an invitation, which is good once.
    Invitation,
    /// With a key in their device, which asked for a finger, a face or a code.
    Passkey,
}

impl Proof {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Password, Self::Provider, Self::Invitation, Self::Passkey];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Provider => "provider",
            Self::Invitation => "invitation",
            Self::Passkey => "passkey",
        }
    }
}

impl Value for Proof {
    fn read(cell: Cell<'_>) -> Option<Self> {
        let Cell::Text(word) = cell else { return None };
        Self::ALL.into_iter().find(|p| p.as_str() == word)
    }
}

/// The login that has this identifier.
///
/// # Errors
/// When the statement fails.
pub async fn by_identifier(r: &Read, kind: &str, value: &str) -> Result<Option<Login>> {
    r.optional(sql!(
        "SELECT l.id, l.person_id, l.status, l.awaits_approval, l.password_hash, l.epoch, p.first_name, p.last_name, p.email, \
         n.raw AS phone, p.archived_at, EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = p.id) AS is_staff \
         FROM login_identifier i JOIN login l ON l.id = i.login_id JOIN person p ON p.id = l.person_id AND p.deleted_at IS NULL \
         LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         WHERE i.org_id = $1 AND i.kind = $2 AND i.value = $3",
        r.caller().org,
        kind,
        value
    ))
    .await
}

/// The login of what a person typed as their name: an e-mail address, or a phone number as people of the organization
/// write it. A number is first of whoever signs in with it, because there is no e-mail address (ID2, ID4): others may
/// list it as well. A number that several people have alike is nobody's.
///
/// # Errors
/// When a statement fails.
pub async fn by_name(r: &Read, name: &str) -> Result<Option<Login>> {
    let name = name.trim();
    if name.contains('@') {
        return by_identifier(r, "email", &Email::key_of(name)).await;
    }
    let org = r.caller().org;
    let country: Option<String> = r.optional(sql!("SELECT country FROM organization WHERE id = $1", org)).await?;
    let number = Phone::read(name, &country.unwrap_or_default());
    let Some(e164) = number.e164() else { return Ok(None) };
    r.optional(sql!(
        "SELECT l.id, l.person_id, l.status, l.awaits_approval, l.password_hash, l.epoch, p.first_name, p.last_name, p.email, \
         n.raw AS phone, p.archived_at, EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = p.id) AS is_staff \
         FROM person p JOIN login l ON l.person_id = p.id LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         WHERE p.org_id = $1 AND p.deleted_at IS NULL AND p.id = coalesce((SELECT min(q.person_id) FROM phone_number q \
         JOIN login x ON x.person_id = q.person_id WHERE q.org_id = $1 AND q.e164 = $2 AND NOT EXISTS (SELECT 1 FROM login_identifier i \
         WHERE i.login_id = x.id AND i.kind = 'email') HAVING count(DISTINCT q.person_id) = 1), (SELECT min(q.person_id) FROM phone_number q \
         JOIN login x ON x.person_id = q.person_id WHERE q.org_id = $1 AND q.e164 = $2 HAVING count(DISTINCT q.person_id) = 1))",
        org,
        e164
    ))
    .await
}

/// The login of a person.
///
/// # Errors
/// When the statement fails.
pub async fn of_person(r: &Read, id: PersonId) -> Result<Option<Login>> {
    r.optional(sql!(
        "SELECT l.id, l.person_id, l.status, l.awaits_approval, l.password_hash, l.epoch, p.first_name, p.last_name, p.email, \
         n.raw AS phone, p.archived_at, EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = p.id) AS is_staff \
         FROM person p JOIN login l ON l.person_id = p.id LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         WHERE p.org_id = $1 AND p.id = $2 AND p.deleted_at IS NULL",
        r.caller().org,
        id
    ))
    .await
}

/// Whose this identifier is.
pub(crate) async fn owner(r: &Read, kind: &str, value: &str) -> Result<Option<PersonId>> {
    r.optional(sql!(
        "SELECT l.person_id FROM login_identifier i JOIN login l ON l.id = i.login_id WHERE i.org_id = $1 AND i.kind = $2 AND i.value = $3",
        r.caller().org,
        kind,
        value
    ))
    .await
}

pub(crate) async fn create(
    w: &Write,
    person: PersonId,
    email: Option<&str>,
    password_hash: Option<&str>,
    awaits_approval: bool,
    last_active: Option<Instant>,
) -> Result<()> {
    let (org, now) = (w.caller().org, w.now());
    let status = if password_hash.is_some() { "active" } else { "invited" };
    let id: LoginId = w
        .one(sql!(
            "INSERT INTO login (org_id, person_id, status, awaits_approval, password_hash, last_active_at, epoch, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7) RETURNING id",
            org, person, status, awaits_approval, password_hash, last_active, now
        ))
        .await?;
    if password_hash.is_some() {
        w.execute(sql!("UPDATE person SET changed_at = $3 WHERE org_id = $1 AND id = $2", org, person, now)).await?;
    }
    match email {
        Some(email) => identify(w, id, email).await,
        None => Ok(()),
    }
}

/// Forgets the password and the passkeys and ends all sessions: the person is to set a new password.
pub(crate) async fn invite_again(w: &Write, person: PersonId) -> Result<()> {
    w.execute(sql!(
        "UPDATE login SET status = 'invited', password_hash = NULL, epoch = epoch + 1, updated_at = $3 WHERE org_id = $1 AND person_id = $2",
        w.caller().org,
        person,
        w.now()
    ))
    .await?;
    passkey::remove_all(w, person).await?;
    invitation::end_all(w, person).await
}

async fn identify(w: &Write, id: LoginId, email: &str) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO login_identifier (org_id, kind, value, login_id) VALUES ($1, 'email', $2, $3)",
        w.caller().org,
        Email::key_of(email),
        id
    ))
    .await
    .map(drop)
}

/// Changes the e-mail address a person signs in with.
pub(crate) async fn rename(w: &Write, person: PersonId, email: Option<&str>) -> Result<()> {
    let Some(login) = of_person(w, person).await? else { return Ok(()) };
    w.execute(sql!("DELETE FROM login_identifier WHERE login_id = $1 AND kind = 'email'", login.id)).await?;
    match email {
        Some(email) => identify(w, login.id, email).await,
        None => Ok(()),
    }
}

pub(crate) async fn approve(w: &Write, person: PersonId) -> Result<()> {
    w.execute(sql!(
        "UPDATE login SET awaits_approval = FALSE, updated_at = $3 WHERE org_id = $1 AND person_id = $2",
        w.caller().org,
        person,
        w.now()
    ))
    .await
    .map(drop)
}

pub(crate) async fn set_last_active(w: &Write, person: PersonId, at: Option<Instant>) -> Result<()> {
    w.execute(sql!(
        "UPDATE login SET last_active_at = $3 WHERE org_id = $1 AND person_id = $2",
        w.caller().org,
        person,
        at
    ))
    .await
    .map(drop)
}

/// Removes a person's login with its identifiers and sessions.
pub(crate) async fn remove(w: &Write, person: PersonId) -> Result<()> {
    let org = w.caller().org;
    let sessions: Vec<SessionId> =
        w.all(sql!("SELECT id FROM session WHERE org_id = $1 AND person_id = $2", org, person)).await?;
    forget(w, &sessions).await?;
    passkey::remove_all(w, person).await?;
    w.execute(sql!(
        "DELETE FROM login_identifier WHERE login_id = (SELECT id FROM login WHERE org_id = $1 AND person_id = $2)",
        org,
        person
    ))
    .await?;
    w.execute(sql!("DELETE FROM login WHERE org_id = $1 AND person_id = $2", org, person)).await.map(drop)
}

/// Blocks a person's login, and ends all sessions; or opens it again.
pub(crate) async fn set_blocked(w: &Write, person: PersonId, blocked: bool) -> Result<()> {
    let (org, now) = (w.caller().org, w.now());
    if blocked {
        return w
            .execute(sql!(
                "UPDATE login SET status = 'blocked', epoch = epoch + 1, updated_at = $3 WHERE org_id = $1 AND person_id = $2",
                org, person, now
            ))
            .await
            .map(drop);
    }
    w.execute(sql!(
        "UPDATE login SET status = CASE WHEN password_hash IS NULL THEN 'invited' ELSE 'active' END, updated_at = $3 \
         WHERE org_id = $1 AND person_id = $2 AND status = 'blocked'",
        org,
        person,
        now
    ))
    .await
    .map(drop)
}

/// Sets a password's hash. An invited login becomes active; a blocked one stays blocked. Links that would set another
/// one end.
///
/// # Errors
/// When a statement fails.
pub async fn set_password(w: &Write, person: PersonId, hash: &str) -> Result<()> {
    w.execute(sql!(
        "UPDATE login SET password_hash = $3, status = CASE WHEN status = 'invited' THEN 'active' ELSE status END, updated_at = $4 \
         WHERE org_id = $1 AND person_id = $2",
        w.caller().org, person, hash, w.now()
    ))
    .await?;
    w.execute(sql!(
        "UPDATE person SET updated_at = $3, changed_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        person,
        w.now()
    ))
    .await?;
    invitation::end_all(w, person).await?;
    w.change(Change::new("login.password_set", person).person(person));
    Ok(())
}

/// Begins a session of somebody who gave their password: notes the sign-in and when the person was last active.
///
/// # Errors
/// When a statement fails.
pub async fn begin(w: &Write, login: &Login, door: Door, seconds: i64) -> Result<Session> {
    begin_by(w, login, door, seconds, Some(Proof::Password)).await
}

/// The same of somebody who proved otherwise who they are; nothing where nobody knows how.
///
/// # Errors
/// When a statement fails.
pub async fn begin_by(w: &Write, login: &Login, door: Door, seconds: i64, proof: Option<Proof>) -> Result<Session> {
    let (org, now) = (w.caller().org, w.now());
    w.execute(sql!("UPDATE login SET last_active_at = $2 WHERE id = $1", login.id, now)).await?;
    // Not `changed_at`: who signs in is still the same (whoever asks what changed would be told of everybody).
    w.execute(sql!("UPDATE person SET updated_at = $3 WHERE org_id = $1 AND id = $2", org, login.person_id, now))
        .await?;
    let session: Session = w
        .one(sql!(
            "INSERT INTO session (org_id, person_id, door, epoch, proof, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             RETURNING id, person_id, expires_at",
            org,
            login.person_id,
            door.as_str(),
            login.epoch,
            proof.map(Proof::as_str),
            now,
            now.plus_secs(seconds)
        ))
        .await?;
    w.change(Change::new("login.signed_in", session.id).person(login.person_id));
    Ok(session)
}

/// When a session of the caller's organization began: then its person proved who they are.
///
/// # Errors
/// When the statement fails.
pub async fn began(r: &Read, id: SessionId) -> Result<Option<Instant>> {
    r.optional(sql!("SELECT created_at FROM session WHERE org_id = $1 AND id = $2", r.caller().org, id)).await
}

/// Moves a session's end, because new tokens were made for it.
///
/// # Errors
/// When the statement fails.
pub async fn extend(w: &Write, id: SessionId, seconds: i64) -> Result<()> {
    w.execute(sql!(
        "UPDATE session SET expires_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        w.now().plus_secs(seconds)
    ))
    .await
    .map(drop)
}

/// Ends a session and all its tokens.
///
/// # Errors
/// When the statement fails.
pub async fn end(w: &Write, id: SessionId) -> Result<()> {
    w.execute(sql!(
        "UPDATE session SET ended_at = $3 WHERE org_id = $1 AND id = $2 AND ended_at IS NULL",
        w.caller().org,
        id,
        w.now()
    ))
    .await?;
    w.change(Change::new("login.signed_out", id).person(w.caller().person()));
    Ok(())
}

/// Ends all sessions of a person, but for one that may stay.
///
/// # Errors
/// When the statement fails.
pub async fn end_all(w: &Write, person: PersonId, but: Option<SessionId>) -> Result<()> {
    w.execute(sql!(
        "UPDATE session SET ended_at = $3 WHERE org_id = $1 AND person_id = $2 AND ended_at IS NULL AND id <> $4",
        w.caller().org,
        person,
        w.now(),
        but.map_or(0, SessionId::get)
    ))
    .await
    .map(drop)
}

/// Forgets sessions a day after they have run out, so that a late token is still told it expired; some at a time.
pub(crate) async fn forget_expired(w: &Write) -> Result<u64> {
    let old: Vec<SessionId> = w
        .all(sql!(
            "SELECT id FROM session WHERE expires_at < $1 ORDER BY expires_at LIMIT $2",
            w.now().plus_days(-1),
            job::BATCH
        ))
        .await?;
    forget(w, &old).await
}

/// Removes sessions with all that hangs on them.
async fn forget(w: &Write, ids: &[SessionId]) -> Result<u64> {
    if ids.is_empty() {
        return Ok(0);
    }
    w.execute(sql!("DELETE FROM access_token WHERE session_id = ANY($1)", ids)).await?;
    w.execute(sql!("DELETE FROM refresh_token WHERE session_id = ANY($1)", ids)).await?;
    w.execute(sql!("DELETE FROM token_family WHERE session_id = ANY($1)", ids)).await?;
    w.execute(sql!("DELETE FROM web_session WHERE session_id = ANY($1)", ids)).await?;
    w.execute(sql!("DELETE FROM session WHERE id = ANY($1)", ids)).await
}

/// A counter of failures in a row, and how many are free.
#[derive(Clone, Debug)]
pub struct Counter {
    /// What is counted: a login (`login:<organization>:<identifier>`), mails to one (`mail:…`), an address
    /// (`address:<ip>`), or what happens at the portal of a property (`portal…:<property>:…`).
    pub name: String,
    /// The failure at which waiting begins.
    pub free: i64,
}

const LONGEST_WAIT: i64 = 900;

impl Counter {
    /// The counter of a sign-in name in the caller's organization.
    #[must_use]
    pub fn login(r: &Read, identifier: &str, free: i64) -> Self {
        // Names of any length may be sent; what is kept stays short.
        let short: String = identifier.chars().take(100).collect();
        Self { name: format!("login:{}:{short}", r.caller().org), free }
    }

    /// The counter of mails that somebody asked for in the name of this address.
    #[must_use]
    pub fn mails(r: &Read, identifier: &str, free: i64) -> Self {
        let login = Self::login(r, identifier, free);
        Self { name: login.name.replacen("login:", "mail:", 1), ..login }
    }

    /// The counter of a client address. Whoever has one of version 6 has the whole network around it.
    #[must_use]
    pub fn address(address: IpAddr, free: i64) -> Self {
        let address = match address {
            IpAddr::V6(a) => IpAddr::V6(Ipv6Addr::from_bits(a.to_bits() & !u128::from(u64::MAX))),
            v4 => v4,
        };
        Self { name: format!("address:{address}"), free }
    }
}

/// Refuses while a counter is closed. Counters do not move then.
///
/// # Errors
/// [`kernel::Error::RateLimited`] with the longest wait.
pub async fn check_attempts(r: &Read, counters: &[Counter]) -> Result<()> {
    let mut wait = 0;
    for c in counters {
        if let Some(a) = attempt(r, &c.name).await? {
            wait = wait.max(a.closed_until.micros() - r.now().micros());
        }
    }
    match u64::try_from(wait) {
        Ok(us) if us > 0 => Err(kernel::Error::RateLimited(Duration::from_micros(us))),
        _ => Ok(()),
    }
}

async fn attempt(r: &Read, name: &str) -> Result<Option<Attempt>> {
    let seen: Option<Attempt> =
        r.optional(sql!("SELECT failures, closed_until, last_at FROM attempt WHERE name = $1", name)).await?;
    // A counter untouched for a day is as good as new.
    Ok(seen.filter(|a| a.last_at.plus_days(1) > r.now()))
}

/// Counts a failure: from the one at which waiting begins each closes the counter for twice as long, a second at first,
/// 15 minutes at most.
///
/// # Errors
/// When a statement fails.
pub async fn count_failure(w: &Write, counters: &[Counter]) -> Result<()> {
    for c in counters {
        // Counted in one statement: addresses are counted for all organizations, which do not wait for each other.
        let failures: i64 = w
            .one(sql!(
                "INSERT INTO attempt (name, failures, closed_until, last_at) VALUES ($1, 1, 0, $2) \
                 ON CONFLICT (name) DO UPDATE SET failures = CASE WHEN attempt.last_at > $3 THEN attempt.failures + 1 ELSE 1 END, \
                 last_at = excluded.last_at RETURNING failures",
                &c.name,
                w.now(),
                w.now().plus_days(-1)
            ))
            .await?;
        let over = u32::try_from(failures - c.free).ok();
        let wait = over.map_or(0, |n| 2i64.checked_pow(n).map_or(LONGEST_WAIT, |s| s.min(LONGEST_WAIT)));
        if wait > 0 {
            w.execute(sql!("UPDATE attempt SET closed_until = $2 WHERE name = $1", &c.name, w.now().plus_secs(wait)))
                .await?;
        }
    }
    Ok(())
}

/// Whether any failure is counted.
///
/// # Errors
/// When the statement fails.
pub async fn has_failed(r: &Read, counter: &Counter) -> Result<bool> {
    attempt(r, &counter.name).await.map(|a| a.is_some())
}

/// Forgets the failures after a success.
///
/// # Errors
/// When a statement fails.
pub async fn forget_failures(w: &Write, counters: &[Counter]) -> Result<()> {
    for c in counters {
        w.execute(sql!("DELETE FROM attempt WHERE name = $1", &c.name)).await?;
    }
    Ok(())
}

/// Drops counters untouched for a day.
pub(crate) async fn forget_old_failures(w: &Write) -> Result<u64> {
    w.execute(sql!("DELETE FROM attempt WHERE last_at < $1", w.now().plus_days(-1))).await
}
