//! Where somebody is signed in.

use db::{Change, row, sql};
use kernel::{Caller, Error, Instant, Principal, Result, SessionId};

use super::Me;
use crate::{login, oidc};

row! {
    /// A sign-in that has not ended.
    #[derive(Clone, Debug)]
    pub struct Device {
        /// Its id.
        pub id: SessionId,
        /// At which door it began: `pages`, or the word of a program's.
        pub door: String,
        /// The browser, in words, where one said it.
        pub browser: Option<String>,
        /// When it began.
        pub created_at: Instant,
        /// When it was last used, as far as that is noted.
        pub used_at: Option<Instant>,
    }
}

/// Sign-ins of one person that are shown.
const MOST: i64 = 100;

#[operations::compiled_here]
impl Me<'_> {
    /// Where the caller is signed in, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn devices(&self, caller: &Caller) -> Result<Vec<Device>> {
        self.0
            .read(caller, async |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                r.all(sql!(
                    "SELECT s.id, s.door, w.browser, s.created_at, w.used_at FROM session s \
                     LEFT JOIN web_session w ON w.session_id = s.id JOIN login l ON l.person_id = s.person_id AND l.epoch = s.epoch \
                     WHERE s.org_id = $1 AND s.person_id = $2 AND s.ended_at IS NULL AND s.expires_at > $3 \
                     ORDER BY s.id DESC LIMIT $4",
                    r.caller().org,
                    me,
                    r.now(),
                    MOST
                ))
                .await
            })
            .await
    }

    /// Ends one of the caller's sign-ins, with the tokens that hang on it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn end_device(&self, caller: &Caller, id: SessionId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                let mine: Option<SessionId> = w
                    .optional(sql!(
                        "SELECT id FROM session WHERE org_id = $1 AND person_id = $2 AND id = $3 AND ended_at IS NULL",
                        w.caller().org,
                        me,
                        id
                    ))
                    .await?;
                let id = mine.ok_or(Error::NotFound("session"))?;
                oidc::end_of_browser(w, id).await?;
                oidc::end(w, id, me).await
            })
            .await
    }

    /// Ends all sign-ins of the caller but the one that asks.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn end_other_devices(&self, caller: &Caller) -> Result<()> {
        self.0
            .write(caller, async |w, actor| {
                let Principal::Person { person, session } = actor.principal else { return Err(Error::Forbidden) };
                login::end_all(w, person, Some(session)).await?;
                w.change(Change::new("login.others_signed_out", person).person(person));
                Ok(())
            })
            .await
    }

    /// Notes what the browser of the sign-in that asks says about itself.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn describe_device(&self, caller: &Caller, browser: &str) -> Result<()> {
        let browser: String = browser.chars().take(100).collect();
        self.0
            .write(caller, async move |w, actor| {
                let Principal::Person { session, .. } = actor.principal else { return Err(Error::Forbidden) };
                w.execute(sql!("UPDATE web_session SET browser = $2 WHERE session_id = $1", session, &browser))
                    .await
                    .map(drop)
            })
            .await
    }
}
