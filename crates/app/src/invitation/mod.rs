//! One-time rights that travel by mail: to register, or to set a new password. Only a hash of the token's id is kept.

use db::{Change, Read, Write, row, sql};
use kernel::{AccountId, Instant, InvitationId, PersonId, Result};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Set the first password of an invited person.
    Invite,
    /// Set a new password.
    Reset,
    /// Set a new password of an account, which opens storEDGE's sign-in alone.
    Portal(AccountId),
}

impl Purpose {
    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Reset => "reset",
            Self::Portal(_) => "portal",
        }
    }

    const fn account(self) -> Option<AccountId> {
        match self {
            Self::Invite | Self::Reset => None,
            Self::Portal(account) => Some(account),
        }
    }
}

row! {
    /// A one-time right that can still be used.
    #[derive(Clone, Debug)]
    pub struct Invitation {
        /// Its id.
        pub id: InvitationId,
        /// Whom it is for.
        pub person_id: PersonId,
        /// When it ends.
        pub expires_at: Instant,
        /// The account it is about, when it is about one.
        pub account_id: Option<AccountId>,
    }
}

/// Makes a one-time right. It ends all older ones of the same person, or of the same account.
///
/// # Errors
/// When a statement fails.
pub async fn create(
    w: &Write,
    person: PersonId,
    purpose: Purpose,
    token_hash: &[u8],
    seconds: i64,
) -> Result<InvitationId> {
    let (org, now) = (w.caller().org, w.now());
    end(w, person, purpose.account()).await?;
    let id: InvitationId = w
        .one(sql!(
            "INSERT INTO invitation (org_id, person_id, purpose, token_hash, invited_by, created_at, expires_at, account_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            org,
            person,
            purpose.as_str(),
            token_hash,
            w.caller().person(),
            now,
            now.plus_secs(seconds),
            purpose.account()
        ))
        .await?;
    let action = match purpose {
        Purpose::Invite => "invitation.created",
        Purpose::Reset | Purpose::Portal(_) => "invitation.reset_requested",
    };
    w.change(Change::new(action, id).person(person));
    Ok(id)
}

/// Ends the rights of a person to a password of their own that were not used.
///
/// # Errors
/// When the statement fails.
pub async fn end_all(w: &Write, person: PersonId) -> Result<()> {
    end(w, person, None).await
}

/// Ends the unused rights of a person, or those of one account of the person.
///
/// # Errors
/// When the statement fails.
pub async fn end(w: &Write, person: PersonId, account: Option<AccountId>) -> Result<()> {
    w.execute(sql!(
        "UPDATE invitation SET superseded_at = $3 WHERE org_id = $1 AND person_id = $2 AND coalesce(account_id, 0) = $4 \
         AND purpose <> 'community' AND used_at IS NULL AND superseded_at IS NULL",
        w.caller().org,
        person,
        w.now(),
        account.map_or(0, AccountId::get)
    ))
    .await
    .map(drop)
}

/// The right behind a token, while it was neither used nor superseded nor has run out.
///
/// # Errors
/// When the statement fails.
pub async fn usable(r: &Read, token_hash: &[u8]) -> Result<Option<Invitation>> {
    let found: Option<Invitation> = r
        .optional(sql!(
            "SELECT id, person_id, expires_at, account_id FROM invitation WHERE token_hash = $2 AND org_id = $1 AND purpose <> 'community' \
             AND used_at IS NULL AND superseded_at IS NULL",
            r.caller().org,
            token_hash
        ))
        .await?;
    Ok(found.filter(|i| i.expires_at > r.now()))
}

/// Uses a right up.
///
/// # Errors
/// When the statement fails.
pub async fn use_up(w: &Write, invitation: &Invitation) -> Result<()> {
    w.execute(sql!(
        "UPDATE invitation SET used_at = $3 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        invitation.id,
        w.now()
    ))
    .await?;
    w.change(Change::new("invitation.used", invitation.id).person(invitation.person_id));
    Ok(())
}
