//! Signing in on the pages: a cookie that stands for a session.

use std::net::IpAddr;

use app::{
    login::{self, Counter, Login, Proof},
    oidc,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Caller, Door, Error, Instant, OrgId, Principal, Result, Unauthenticated};
use subtle::ConstantTimeEq as _;

use crate::{Identity, Secret, oidc::digest, sign_in::usable_here};

/// Failures in a row that cost no waiting: one fewer is answered at once (G2, G6).
const FREE: i64 = 3;
/// A sign-in on the pages ends after so many days without a visit.
const IDLE_DAYS: i64 = 14;
/// And after so many in any case.
pub(crate) const LONGEST_DAYS: i64 = 30;
/// A visit is noted once in so many seconds.
const NOTED: i64 = 3600;

#[operations::compiled_here]
impl Identity {
    /// Signs a person in on the pages, by e-mail address or phone number; answers the cookie. A sign-in that `old`, the
    /// cookie sent with it, still stands for ends: nobody goes on with a cookie that others may know. `caller` is nobody
    /// yet, of the organization and at [`Door::Pages`].
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] with `Credentials`, whatever was wrong; [`Error::RateLimited`] after too many failures for
    /// this name or from this address.
    pub async fn web_sign_in(
        &self,
        caller: &Caller,
        name: &str,
        password: Secret,
        from: IpAddr,
        old: Option<&str>,
    ) -> Result<String> {
        let cookie = self.app.random().secret();
        let (kept, old) = (digest(&cookie), old.map(digest));
        let begin = async move |w: &db::Write, login: &Login| {
            begin(w, login, Proof::Password, &kept, old.as_deref()).await.map(Some)
        };
        self.sign_in_by_name(caller, name, password, from, begin).await?;
        Ok(cookie)
    }

    /// Signs a person in by e-mail address or phone number. `begin` runs in the transaction that finds name and password
    /// still good; what it refuses with `None` counts as a failure, so that who may not sign in learns no more than who
    /// knows no password.
    ///
    /// # Errors
    /// As [`Identity::web_sign_in`], and those of `begin`.
    pub(crate) async fn sign_in_by_name<T, F>(
        &self,
        caller: &Caller,
        name: &str,
        password: Secret,
        from: IpAddr,
        begin: F,
    ) -> Result<T>
    where
        F: AsyncFn(&db::Write, &Login) -> Result<Option<T>> + Send + 'static,
        T: Send + 'static,
    {
        let name = name.trim().to_lowercase();
        if name.contains('\0') {
            // It cannot be stored, so nobody has it.
            return Err(Error::Unauthenticated(Unauthenticated::Credentials));
        }
        let _turn = self.turns.wait(format!("login:{}:{name}", caller.org)).await;
        let known = {
            let name = name.clone();
            let look = async move |r: &db::Read, _: &kernel::Actor| {
                login::check_attempts(r, &counters(r, &name, from)).await?;
                login::by_name(r, &name).await
            };
            self.app.read(caller, look).await?
        };
        let hash = known.and_then(|l| l.password_hash);
        let good = self.passwords.verify(password.0, hash.clone()).await? && hash.is_some();
        let finish = async move |w: &db::Write, _: &kernel::Actor| {
            let counters = counters(w, &name, from);
            // The password may have changed while it was checked.
            let login = login::by_name(w, &name).await?.filter(|l| good && l.password_hash == hash);
            let login = login.filter(|l| usable_here(w.caller().door)(l).is_ok());
            let begun = match &login {
                Some(login) => begin(w, login).await?,
                None => None,
            };
            match &begun {
                Some(_) => login::forget_failures(w, &counters).await?,
                None => login::count_failure(w, &counters).await?,
            }
            Ok(begun)
        };
        self.app.write(caller, finish).await?.ok_or(Error::Unauthenticated(Unauthenticated::Credentials))
    }

    /// Who a cookie of the pages stands for, at [`Door::Pages`] or another door that takes it; operations look up whether
    /// it still holds. Moves the end of the session, once an hour.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] with `Ended`.
    pub async fn web_caller(&self, cookie: &str, door: Door) -> Result<Caller> {
        self.web_session(cookie, door).await.map(|(caller, _)| caller)
    }

    /// The same with the instant at which the person proved who they are.
    pub(crate) async fn web_session(&self, cookie: &str, door: Door) -> Result<(Caller, Instant)> {
        let ended = Error::Unauthenticated(Unauthenticated::Ended);
        let at = self.app.now();
        let nobody = Caller::anonymous(OrgId::new(0), door, at);
        let hash = digest(cookie);
        let web = self.app.read(&nobody, async move |r, _| oidc::web(r, &hash).await).await?;
        let web = web.filter(|w| at < w.expires_at).ok_or(ended)?;
        let principal = Principal::Person { person: web.person_id, session: web.session_id };
        let caller = Caller { org: web.org_id, principal, door, at, only: None };
        if web.used_at.plus_secs(NOTED) <= at {
            let last = web.created_at.plus_days(LONGEST_DAYS);
            let until = at.plus_days(IDLE_DAYS).min(last);
            let session = web.session_id;
            self.app.write(&caller, async move |w, _| oidc::touch_web(w, session, until).await).await?;
        }
        Ok((caller, web.created_at))
    }

    /// What a form carries that shows a page of this server to whoever is signed in with this cookie. It looks different
    /// each time and stays good for as long as the sign-in lasts: pages are compressed, and a text that is the same in
    /// each could be guessed from their lengths.
    #[must_use]
    pub fn form_token(&self, cookie: &str) -> String {
        let mask: [u8; 32] = self.app.random().bytes();
        URL_SAFE_NO_PAD.encode([mask, masked(mask, self.form_key(cookie))].concat())
    }

    /// Whether a form carries a token of this cookie. Takes the same time whatever differs.
    #[must_use]
    pub fn is_form_token(&self, cookie: &str, token: &str) -> bool {
        let told = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        let Some((mask, rest)) = told.split_first_chunk::<32>() else { return false };
        rest.ct_eq(&masked(*mask, self.form_key(cookie))).into()
    }

    fn form_key(&self, cookie: &str) -> [u8; 32] {
        *self.forms.derive(&format!("pages {cookie}")).as_bytes()
    }

    /// Ends the sign-in of a cookie, and the tokens that were to end with it. One that stands for nothing is fine.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn web_sign_out(&self, cookie: &str) -> Result<()> {
        let hash = digest(cookie);
        let nobody = Caller::anonymous(OrgId::new(0), Door::Pages, self.app.now());
        let known = self.app.read(&nobody, async move |r, _| oidc::web(r, &hash).await).await?;
        let Some(web) = known else { return Ok(()) };
        let inside = Caller { org: web.org_id, ..nobody };
        let end = async move |w: &db::Write, _: &kernel::Actor| {
            oidc::end_of_browser(w, web.session_id).await?;
            oidc::end(w, web.session_id, web.person_id).await
        };
        self.app.write(&inside, end).await
    }
}

/// Begins the session of a cookie with this hash, and ends the one that the browser had before.
pub(crate) async fn begin(w: &db::Write, login: &Login, proof: Proof, kept: &[u8], old: Option<&[u8]>) -> Result<()> {
    if let Some(old) = old
        && let Some(before) = oidc::web(w, old).await?
        && before.org_id == w.caller().org
    {
        oidc::end(w, before.session_id, before.person_id).await?;
    }
    let session = login::begin_by(w, login, Door::Pages, IDLE_DAYS * 24 * 3600, Some(proof)).await?;
    oidc::keep_web(w, session.id, kept).await
}

/// The counters of a try by name: the name's, which all doors share, and one of the client's address at this door. A
/// program that tries a wrong password again and again keeps nobody from the pages who is behind the same address.
pub(crate) fn counters(r: &db::Read, name: &str, from: IpAddr) -> [Counter; 2] {
    let address = Counter::address(from, FREE);
    [
        Counter::login(r, name, FREE),
        Counter { name: format!("{}-{}", r.caller().door.as_str(), address.name), ..address },
    ]
}

/// Bytes that look random because the mask is.
fn masked(mask: [u8; 32], mut bytes: [u8; 32]) -> [u8; 32] {
    bytes.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    bytes
}
