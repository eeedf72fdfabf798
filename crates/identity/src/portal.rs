//! Signing in to an account at a property: storEDGE's portal. An integrator sets these passwords, so they open nothing
//! else: no session, no token.

use app::{
    account::{self, By, Input, Question, Tenant, portal},
    invitation::{self, Purpose},
    login::{self, Counter},
    message::{self, Mail, templates},
};
use kernel::{AccountId, Caller, Draft, Error, Faults, Field, Problem, PropertyId, Result, Unauthenticated};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Identity, Secret};

/// How long a token that sets a new portal password lives, in seconds.
pub const PORTAL_RESET_LIFETIME: i64 = 24 * 3600;

/// Failures in a row that cost no waiting.
const FREE: i64 = 5;

/// So many mails go to one account without a pause.
const MAILS: i64 = 5;

/// So many unknown names or account numbers in a row cost no waiting.
const GUESSES: i64 = 30;

/// How many recovery questions an account may have.
const QUESTIONS: usize = 10;

/// How short and how long a portal password may be, in characters.
const LENGTHS: (usize, usize) = (8, 128);

/// A change of an account, with what has to be hashed before it is stored.
#[derive(Clone, Debug, Default)]
pub struct AccountInput {
    /// Everything else.
    pub input: Input,
    /// A new portal password.
    pub password: Field<Secret>,
    /// All recovery questions with their answers.
    pub questions: Option<Vec<(String, Secret)>>,
}

#[operations::compiled_here]
impl Identity {
    /// Signs a tenant in by user name or e-mail address and password.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] with `Credentials`, whatever was wrong; [`Error::RateLimited`] after too many failures.
    pub async fn portal_sign_in(
        &self,
        caller: &Caller,
        property: PropertyId,
        name: &str,
        password: Secret,
    ) -> Result<Tenant> {
        let key = name.trim().to_lowercase();
        let _turn = self.turns.wait(counter(property, &key).name).await;
        let known = {
            let key = key.clone();
            let look = async move |r: &db::Read, actor: &kernel::Actor| {
                account::require_portal(actor, property)?;
                login::check_attempts(r, &[counter(property, &key)]).await?;
                portal::candidates(r, property, &key).await
            };
            self.app.read(caller, look).await?
        };
        let mut fitting = None;
        for candidate in &known {
            let hash = candidate.password_hash.clone();
            if self.passwords.verify(password.0.clone(), hash.clone()).await? && !candidate.is_blocked {
                fitting = Some((candidate.id, hash));
                break;
            }
        }
        if known.is_empty() {
            // Nobody learns from the time it takes whether there is such an account.
            self.passwords.verify(password.0, None).await?;
        }
        let begin = async move |w: &db::Write, _: &kernel::Actor| {
            let counters = [counter(property, &key)];
            // The password may have changed while it was checked.
            let still = match &fitting {
                Some((id, hash)) if portal::password_hash(w, *id).await? == *hash => Some(*id),
                _ => None,
            };
            let Some(id) = still else {
                login::count_failure(w, &counters).await?;
                return Ok(None);
            };
            login::forget_failures(w, &counters).await?;
            portal::signed_in(w, &account::one(w, id).await?.account).await?;
            account::one(w, id).await.map(Some)
        };
        self.app.write(caller, begin).await?.ok_or(Error::Unauthenticated(Unauthenticated::Credentials))
    }

    /// Changes an account, its portal password and its recovery questions.
    ///
    /// # Errors
    /// As [`app::account::Accounts::update`].
    pub async fn update_account(
        &self,
        caller: &Caller,
        property: PropertyId,
        uid: Uuid,
        draft: Draft<AccountInput>,
    ) -> Result<Tenant> {
        let draft = self.hashed(caller, property, uid, &draft).await?;
        self.app.accounts().update(caller, property, uid, draft).await
    }

    /// Begins the portal of an account: sets its user name and password, and whatever else is given.
    ///
    /// # Errors
    /// As [`app::account::Accounts::sign_up`].
    pub async fn portal_sign_up(
        &self,
        caller: &Caller,
        property: PropertyId,
        uid: Uuid,
        draft: Draft<AccountInput>,
    ) -> Result<Tenant> {
        let draft = self.hashed(caller, property, uid, &draft).await?;
        self.app.accounts().sign_up(caller, property, uid, draft).await
    }

    /// Changes a portal password.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] on `new_password`; [`Error::Unauthenticated`] with `Credentials` when the
    /// current one is wrong or there is none; [`Error::RateLimited`] after too many of those.
    pub async fn portal_change_password(
        &self,
        caller: &Caller,
        property: PropertyId,
        uid: Uuid,
        current: Field<Secret>,
        new: Field<Secret>,
    ) -> Result<Tenant> {
        let counters = [counter(property, &uid.to_string())];
        let _turn = self.turns.wait(counters[0].name.clone()).await;
        let known = counters.clone();
        let look = async move |r: &db::Read, actor: &kernel::Actor| {
            account::require_portal(actor, property)?;
            let id = account::find(r, property, &By::Uid(uid)).await?;
            login::check_attempts(r, &known).await?;
            Ok((id, portal::password_hash(r, id).await?))
        };
        let (id, hash) = self.app.read(caller, look).await?;
        let mut faults = Faults::new();
        let current = current.required(&mut faults, "current_password").cloned().unwrap_or_default();
        new.required(&mut faults, "new_password");
        let new = checked(&new, "new_password", &mut faults);
        faults.finish()?;
        let good = self.passwords.verify(current.0, hash.clone()).await? && hash.is_some();
        let new_hash = if good { Some(self.passwords.hash(new.0).await?) } else { None };
        let set = async move |w: &db::Write, _: &kernel::Actor| {
            let Some(new_hash) = new_hash.as_ref().filter(|_| good) else {
                login::count_failure(w, &counters).await?;
                return Ok(false);
            };
            if portal::password_hash(w, id).await? != hash {
                return Ok(false);
            }
            login::forget_failures(w, &counters).await?;
            set_password(w, id, new_hash).await?;
            Ok(true)
        };
        if !self.app.write(caller, set).await? {
            return Err(Error::Unauthenticated(Unauthenticated::Credentials));
        }
        self.app.accounts().get(caller, property, By::Uid(uid)).await
    }

    /// Mails a token that sets a new portal password to whoever has this user name or e-mail address here. Nothing tells
    /// whether there is anybody.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::RateLimited`].
    pub async fn portal_request_reset(&self, caller: &Caller, property: PropertyId, name: &str) -> Result<()> {
        let key = name.trim().to_lowercase();
        let request = async move |w: &db::Write, actor: &kernel::Actor| {
            account::require_portal(actor, property)?;
            let counters = [mails(property, &key)];
            login::check_attempts(w, &counters).await?;
            login::count_failure(w, &counters).await?;
            for candidate in portal::candidates(w, property, &key).await?.into_iter().filter(|c| !c.is_blocked) {
                let tenant = account::one(w, candidate.id).await?;
                let Some(to) = tenant.account.email.clone() else { continue };
                let token = w.random().secret();
                let (person, lifetime) = (tenant.account.person_id, PORTAL_RESET_LIFETIME);
                invitation::create(w, person, Purpose::Portal(candidate.id), &digest(&token), lifetime).await?;
                let place = account::property_name(w, property).await?;
                let language = message::language::of(w, person).await?;
                let (subject, text, html) = templates::portal_reset(language, &place, &token);
                let mail = Mail { person, kind: "portal_reset", to, subject, text, html: Some(html) };
                message::queue(w, &mail).await?;
            }
            Ok(())
        };
        self.app.write(caller, request).await
    }

    /// Sets a new portal password with a mailed token and uses that up.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `password`; [`Error::Conflict`] `link_ended` for a token that is unknown, used, too old or
    /// of another property.
    pub async fn portal_reset(
        &self,
        caller: &Caller,
        property: PropertyId,
        token: Field<String>,
        password: Field<Secret>,
    ) -> Result<Tenant> {
        let mut faults = Faults::new();
        let token = token.required(&mut faults, "reset_token").cloned().unwrap_or_default();
        password.required(&mut faults, "password");
        let password = checked(&password, "password", &mut faults);
        faults.finish()?;
        let key = digest(&token);
        let known = key.clone();
        let holder = async move |r: &db::Read, actor: &kernel::Actor| {
            account::require_portal(actor, property)?;
            right(r, property, &known).await
        };
        self.app.read(caller, holder).await?;
        let hash = self.passwords.hash(password.0).await?;
        let set = async move |w: &db::Write, _: &kernel::Actor| {
            let (invitation, id) = right(w, property, &key).await?;
            invitation::use_up(w, &invitation).await?;
            set_password(w, id, &hash).await?;
            account::one(w, id).await
        };
        self.app.write(caller, set).await
    }

    /// The account with this user name. Whoever guesses has to wait.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::RateLimited`] after too many unknown names in a row.
    pub async fn portal_lookup(&self, caller: &Caller, property: PropertyId, name: &str) -> Result<Tenant> {
        self.guarded(caller, property).await?;
        let found = self.app.accounts().get(caller, property, By::Username(name.to_owned())).await;
        self.guessed(caller, property, found).await
    }

    /// Mails the user name of an account to its person.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::RateLimited`] after too many mails to one account, or too many
    /// unknown numbers in a row.
    pub async fn portal_mail_username(&self, caller: &Caller, property: PropertyId, number: i64) -> Result<()> {
        self.guarded(caller, property).await?;
        let sent = self.mail_username(caller, property, number).await;
        self.guessed(caller, property, sent).await
    }

    async fn guarded(&self, caller: &Caller, property: PropertyId) -> Result<()> {
        let counters = [guesses(caller, property)];
        self.app.read(caller, async move |r, _| login::check_attempts(r, &counters).await).await
    }

    /// Counts what was not found, and forgets that when something is.
    async fn guessed<T: Send + 'static>(&self, caller: &Caller, property: PropertyId, found: Result<T>) -> Result<T> {
        let counters = [guesses(caller, property)];
        if matches!(found, Err(Error::NotFound(_))) {
            self.app.write(caller, async move |w, _| login::count_failure(w, &counters).await).await?;
        } else if found.is_ok() {
            let known = counters.clone();
            let open = async move |r: &db::Read, _: &kernel::Actor| login::has_failed(r, &known[0]).await;
            if self.app.read(caller, open).await? {
                self.app.write(caller, async move |w, _| login::forget_failures(w, &counters).await).await?;
            }
        }
        found
    }

    async fn mail_username(&self, caller: &Caller, property: PropertyId, number: i64) -> Result<()> {
        let send = async move |w: &db::Write, actor: &kernel::Actor| {
            account::require_portal(actor, property)?;
            let id = account::find(w, property, &By::Number(number)).await?;
            let counters = [mails(property, &number.to_string())];
            login::check_attempts(w, &counters).await?;
            login::count_failure(w, &counters).await?;
            let account = account::one(w, id).await?.account;
            let (Some(to), Some(name)) = (account.email, account.portal_username) else { return Ok(()) };
            let place = account::property_name(w, property).await?;
            let language = message::language::of(w, account.person_id).await?;
            let (subject, text, html) = templates::user_name(language, &place, &name);
            let mail = Mail { person: account.person_id, kind: "user_name", to, subject, text, html: Some(html) };
            message::queue(w, &mail).await.map(drop)
        };
        self.app.write(caller, send).await
    }

    /// The same draft with hashes in place of what is secret. Only for those who may change the account: hashing is work.
    async fn hashed(
        &self,
        caller: &Caller,
        property: PropertyId,
        uid: Uuid,
        draft: &Draft<AccountInput>,
    ) -> Result<Draft<Input>> {
        let may = async move |r: &db::Read, actor: &kernel::Actor| {
            account::require_portal(actor, property)?;
            account::find(r, property, &By::Uid(uid)).await.map(drop)
        };
        self.app.read(caller, may).await?;
        let (given, mut faults) = match draft.open() {
            Ok(read) => read,
            Err(e) => return Ok(Draft::broken(e)),
        };
        let mut input = given.input.clone();
        let password = checked(&given.password, "password", &mut faults);
        if given.questions.as_ref().is_some_and(|all| all.len() > QUESTIONS) {
            faults.add("questions", Problem::TooLong(QUESTIONS));
        }
        // What will be refused is not worth the work.
        if faults.is_empty() {
            if given.password.given().is_some() {
                input.password_hash = Field::Given(self.passwords.hash(password.0).await?);
            }
            if let Some(questions) = &given.questions {
                let mut hashed = Vec::with_capacity(questions.len());
                for (question, answer) in questions {
                    // People do not remember capitals and spaces.
                    let answer = kernel::fold(answer.0.trim());
                    hashed
                        .push(Question { question: question.clone(), answer_hash: self.passwords.hash(answer).await? });
                }
                input.questions = Some(hashed);
            }
        } else if given.password.given().is_some() {
            input.password_hash = Field::Faulty;
        }
        Ok(Draft::new(input, faults))
    }
}

async fn set_password(w: &db::Write, id: AccountId, hash: &str) -> Result<()> {
    let account = account::one(w, id).await?.account;
    portal::set_password(w, id, hash).await?;
    let names = [account.portal_username.as_deref(), account.email.as_deref()];
    let names = names.into_iter().flatten().map(str::to_lowercase).chain([account.uid.to_string()]);
    let counters: Vec<Counter> = names.map(|name| counter(account.property_id, &name)).collect();
    login::forget_failures(w, &counters).await?;
    w.change(account::change("account.portal_password_set", &account));
    Ok(())
}

async fn right(r: &db::Read, property: PropertyId, key: &[u8]) -> Result<(invitation::Invitation, AccountId)> {
    let ended = Error::Conflict("link_ended");
    let invitation = invitation::usable(r, key).await?.ok_or_else(|| ended.clone())?;
    let id = invitation.account_id.ok_or_else(|| ended.clone())?;
    let account = account::one(r, id).await?.account;
    if account.property_id == property { Ok((invitation, id)) } else { Err(ended) }
}

/// A password, when it meets the policy.
fn checked(password: &Field<Secret>, field: &'static str, faults: &mut Faults) -> Secret {
    let Some(given) = password.given() else { return Secret::default() };
    if !(LENGTHS.0..=LENGTHS.1).contains(&given.0.chars().count()) {
        faults.add(field, Problem::Length(LENGTHS.0, LENGTHS.1));
    }
    given.clone()
}

/// The counter of sign-ins to one account. A program signs many people in from one address, so addresses are not counted.
fn counter(property: PropertyId, key: &str) -> Counter {
    let short: String = key.chars().take(100).collect();
    Counter { name: format!("portal:{property}:{short}"), free: FREE }
}

fn mails(property: PropertyId, key: &str) -> Counter {
    let short: String = key.chars().take(100).collect();
    Counter { name: format!("portal-mail:{property}:{short}"), free: MAILS }
}

/// The counter of names and numbers at a property that a program did not know.
fn guesses(caller: &Caller, property: PropertyId) -> Counter {
    let program = match caller.principal {
        kernel::Principal::Client(id) => id.get(),
        _ => 0,
    };
    Counter { name: format!("portal-guess:{property}:{program}"), free: GUESSES }
}

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
