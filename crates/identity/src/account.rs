//! Members of the staff and their passwords: registering, inviting, changing.

use std::net::IpAddr;

use app::{
    login::{self, Login},
    message::{self, Mail, templates},
    organization,
    staff::{self, Details, Input},
};
use kernel::{
    Action, Caller, Draft, Email, Error, Faults, Field, PersonId, Principal, Problem, Result, Role, SessionId,
};

use crate::{
    Identity, Purpose,
    sign_in::{LONGEST, Pair, counters},
};

/// A new password as it arrived, typed twice.
#[derive(Clone, Debug, Default)]
pub struct Password {
    /// The password.
    pub password: Field<Secret>,
    /// The same once more.
    pub confirm: Field<Secret>,
    /// What was wrong with their form.
    pub faults: Faults,
}

/// A password in clear; never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Password {
    /// The password, when both are equal and it meets the policy.
    pub(crate) fn checked(&self) -> Result<String> {
        let mut faults = self.faults.clone();
        if let (Some(a), b) = (self.password.given(), self.confirm.given())
            && b != Some(a)
        {
            return Err(Error::Conflict("unconfirmed_password"));
        }
        let password = self.password.required(&mut faults, "password").cloned();
        check_policy(&self.password, "password", &mut faults);
        faults.finish()?;
        password.map(|s| s.0).ok_or_else(|| Error::internal("the password was neither given nor faulty"))
    }
}

/// The policy for every password that is set: 8 to 128 characters.
pub(crate) fn check_policy(password: &Field<Secret>, field: &'static str, faults: &mut Faults) {
    match password.given().map(|s| s.0.chars().count()) {
        Some(n) if n < 8 => faults.add(field, Problem::TooShort(8)),
        Some(n) if n > 128 => faults.add(field, Problem::TooLong(128)),
        _ => {}
    }
}

/// A member's fields with a password.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// The fields.
    pub input: Input,
    /// The password.
    pub password: Field<Secret>,
}

/// A change of a member.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// The fields.
    pub input: Input,
    /// A password set without confirmation; on oneself it needs the current one.
    pub password: Field<Secret>,
    /// The password so far.
    pub current_password: Field<Secret>,
    /// The new password.
    pub new_password: Field<Secret>,
    /// The new password once more.
    pub confirm_password: Field<Secret>,
}

impl Update {
    /// The password to set and the field it came in.
    fn wanted(&self) -> Option<(&Field<Secret>, &'static str)> {
        if !self.new_password.is_absent() {
            Some((&self.new_password, "new_password"))
        } else if !self.password.is_absent() {
            Some((&self.password, "password"))
        } else {
            None
        }
    }
}

/// So many people register from one address without a pause.
const REGISTRATIONS: i64 = 20;

fn registrations(from: IpAddr) -> login::Counter {
    login::Counter {
        name: login::Counter::address(from, 0).name.replacen("address:", "register:", 1),
        free: REGISTRATIONS,
    }
}

/// What the first look at a change found.
struct Look {
    login: Login,
    /// Field faults, told after the current password was checked.
    faults: Faults,
    /// Whether the current password must be checked.
    verify: bool,
}

#[operations::compiled_here]
impl Identity {
    /// Registers a member who then waits for approval.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::RateLimited`] after too many tries with taken addresses, or too many people from one
    /// client address.
    pub async fn register(&self, caller: &Caller, draft: Draft<Registration>, from: IpAddr) -> Result<PersonId> {
        let (free, first) = (self.free_tries, draft.clone());
        let check = async move |w: &db::Write, _: &kernel::Actor| {
            let (r, mut faults) = first.open()?;
            let key = r.input.email.given().map(|e| Email::key_of(e)).unwrap_or_default();
            let counters = counters(w, &key, from, free);
            login::check_attempts(w, &counters).await?;
            login::check_attempts(w, &[registrations(from)]).await?;
            r.password.required(&mut faults, "password");
            check_policy(&r.password, "password", &mut faults);
            match staff::check_new(w, &r.input, faults).await {
                Err(Error::Invalid(faults)) => {
                    if faults.iter().any(|f| f.problem == Problem::Taken) {
                        login::count_failure(w, &counters).await?;
                    }
                    Ok(Some(faults))
                }
                other => other.map(|()| None),
            }
        };
        if let Some(faults) = self.app.write(caller, check).await? {
            return Err(Error::Invalid(faults));
        }
        let (registration, _) = draft.open()?;
        let password = registration.password.given().cloned().unwrap_or_default();
        let hash = self.passwords.hash(password.0).await?;
        let input = registration.input.clone();
        let create = async move |w: &db::Write, _: &kernel::Actor| {
            login::count_failure(w, &[registrations(from)]).await?;
            staff::create(w, &input, Faults::new(), Some(&hash)).await
        };
        self.app.write(caller, create).await
    }

    /// Makes a member and mails a link to set the first password. Without a role the member waits for approval.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn invite(&self, caller: &Caller, draft: Draft<Input>) -> Result<PersonId> {
        let (this, base) = (self.clone(), self.app.public_url().to_owned());
        let invite = async move |w: &db::Write, actor: &kernel::Actor| {
            app::access::require(actor, Action::ManageStaff, app::access::Resource::Organization)?;
            let (input, faults) = draft.open()?;
            let id = staff::create(w, input, faults, None).await?;
            let to = input.email.given().cloned().unwrap_or_default();
            this.mail_invitation(w, actor, &base, id, to).await?;
            Ok(id)
        };
        self.app.write(caller, invite).await
    }

    /// Mails a new link to a member who was invited and has not set a password yet; the old link ends.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] `has_password`, or `no_email`.
    pub async fn invite_again(&self, caller: &Caller, id: PersonId) -> Result<()> {
        let (this, base) = (self.clone(), self.app.public_url().to_owned());
        let invite = async move |w: &db::Write, actor: &kernel::Actor| {
            app::access::require(actor, Action::ManageStaff, app::access::Resource::Organization)?;
            let now = staff::get(w, id).await?;
            if login::of_person(w, id).await?.is_none_or(|l| l.password_hash.is_some()) {
                return Err(Error::Conflict("has_password"));
            }
            let to = now.email.filter(|e| !e.is_empty()).ok_or(Error::Conflict("no_email"))?;
            this.mail_invitation(w, actor, &base, id, to).await
        };
        self.app.write(caller, invite).await
    }

    /// Mails a link to set the first password.
    async fn mail_invitation(
        &self,
        w: &db::Write,
        actor: &kernel::Actor,
        base: &str,
        id: PersonId,
        to: String,
    ) -> Result<()> {
        let token = self.link(w, Purpose::Invite, id).await?;
        let organization = organization::get(w).await?.name;
        let inviter = match actor.person() {
            Some(person) => login::of_person(w, person).await?.map(|l| format!("{} {}", l.first_name, l.last_name)),
            None => None,
        };
        let inviter = inviter.unwrap_or_else(|| organization.clone());
        let language = message::language::of(w, id).await?;
        let (subject, text, html) = templates::invitation(language, base, &token, &organization, &inviter);
        message::queue(w, &Mail { person: id, kind: "invite", to, subject, text, html: Some(html) }).await.map(drop)
    }

    /// Makes a member at once, with a password or without; for the operator.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn create_staff(&self, caller: &Caller, draft: Draft<Registration>) -> Result<PersonId> {
        let (registration, mut faults) = draft.open()?;
        check_policy(&registration.password, "password", &mut faults);
        let hash = match registration.password.given() {
            Some(secret) if faults.is_empty() => Some(self.passwords.hash(secret.0.clone()).await?),
            _ => None,
        };
        let input = registration.input.clone();
        let create = async move |w: &db::Write, actor: &kernel::Actor| {
            app::access::require(actor, Action::ManageStaff, app::access::Resource::Organization)?;
            staff::create(w, &input, faults.clone(), hash.as_deref()).await
        };
        self.app.write(caller, create).await
    }

    /// Sets a password without asking for the old one and ends all sign-ins; for the operator.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] when nobody signs in with this address; [`Error::Invalid`].
    pub async fn set_password(&self, caller: &Caller, email: &str, password: Secret) -> Result<()> {
        let (key, field, mut faults) = (Email::key_of(email), Field::Given(password.clone()), Faults::new());
        check_policy(&field, "password", &mut faults);
        faults.finish()?;
        let hash = self.passwords.hash(password.0).await?;
        let set = async move |w: &db::Write, actor: &kernel::Actor| {
            app::access::require(actor, Action::Operate, app::access::Resource::Organization)?;
            let login = login::by_identifier(w, "email", &key).await?.ok_or(Error::NotFound("login"))?;
            login::set_password(w, login.person_id, &hash).await?;
            login::end_all(w, login.person_id, None).await
        };
        self.app.write(caller, set).await
    }

    /// Changes a member: an admin anybody, others themselves (but not their role). About oneself a new pair of tokens
    /// of the same sign-in comes back. A new password ends all other sign-ins.
    ///
    /// # Errors
    /// [`Error::NotFound`], then [`Error::Forbidden`]; [`Error::Conflict`] `unconfirmed_password`, then
    /// `password_mismatch`, `self_archive`; [`Error::Invalid`]; [`Error::RateLimited`] after too many wrong passwords.
    pub async fn update_staff(
        &self,
        caller: &Caller,
        id: PersonId,
        draft: Draft<Update>,
        from: IpAddr,
    ) -> Result<(Details, Option<Pair>)> {
        let look = {
            let draft = draft.clone();
            self.app.read(caller, async move |r, actor| look(r, actor, id, &draft).await).await?
        };
        let (update, _) = draft.open()?;
        if look.verify {
            let current = update.current_password.given().cloned().unwrap_or_default();
            self.check_current(caller, &look.login, current, from).await?;
        }
        look.faults.finish()?;
        let new_hash = match update.wanted().and_then(|(field, _)| field.given()) {
            Some(secret) => Some(self.passwords.hash(secret.0.clone()).await?),
            None => None,
        };
        let (checked, verified) = (look.login.password_hash.clone(), look.verify);
        let write = async move |w: &db::Write, actor: &kernel::Actor| {
            let look = self::look(w, actor, id, &draft).await?;
            look.faults.finish()?;
            if verified && look.login.password_hash != checked {
                return Err(Error::Conflict("password_mismatch"));
            }
            let (update, _) = draft.open()?;
            let input = input_of(actor, update, &mut Faults::new());
            let now = staff::get(w, id).await?;
            staff::update(w, &now, &input).await?;
            let own = own_session(actor, id);
            if let Some(hash) = &new_hash {
                login::set_password(w, id, hash).await?;
                login::end_all(w, id, own).await?;
            }
            if let Some(session) = own {
                login::extend(w, session, LONGEST).await?;
            }
            let login = login::of_person(w, id).await?;
            Ok((staff::details(w, id).await?, own.zip(login)))
        };
        let (details, own) = self.app.write(caller, write).await?;
        let pair = own.map(|(session, login)| self.pair(caller, &login, session)).transpose()?;
        Ok((details, pair))
    }

    /// Holds the current password against the one stored; wrong ones are counted.
    pub(crate) async fn check_current(
        &self,
        caller: &Caller,
        login: &Login,
        current: Secret,
        from: IpAddr,
    ) -> Result<()> {
        let (key, free) = (Email::key_of(login.email.as_deref().unwrap_or_default()), self.free_tries);
        let again = key.clone();
        let _turn = self.turns.wait(format!("login:{}:{key}", caller.org)).await;
        let open = async move |r: &db::Read, _: &kernel::Actor| {
            login::check_attempts(r, &counters(r, &again, from, free)).await
        };
        self.app.read(caller, open).await?;
        let good = self.passwords.verify(current.0, login.password_hash.clone()).await?;
        let count = async move |w: &db::Write, _: &kernel::Actor| {
            if good {
                return login::forget_failures(w, &[login::Counter::login(w, &key, free.login)]).await;
            }
            login::count_failure(w, &counters(w, &key, from, free)).await
        };
        self.app.write(caller, count).await?;
        if good { Ok(()) } else { Err(Error::Conflict("password_mismatch")) }
    }
}

/// What of a change counts: only admins say what somebody manages.
fn input_of(actor: &kernel::Actor, update: &Update, faults: &mut Faults) -> Input {
    let mut input = update.input.clone();
    if actor.role() != Some(Role::Admin) {
        input.property_ids = Field::Absent;
        staff::forget_properties(faults);
    }
    input
}

fn own_session(actor: &kernel::Actor, id: PersonId) -> Option<SessionId> {
    match actor.principal {
        Principal::Person { person, session } if person == id => Some(session),
        _ => None,
    }
}

/// Rights and rules of a change, without the current password.
async fn look(r: &db::Read, actor: &kernel::Actor, id: PersonId, draft: &Draft<Update>) -> Result<Look> {
    let now = staff::get(r, id).await?;
    let admin = app::access::may(actor, Action::ManageStaff, app::access::Resource::Organization);
    let own = actor.person() == Some(id);
    if !admin && !own {
        return Err(Error::Forbidden);
    }
    let (update, mut faults) = draft.open()?;
    let input = input_of(actor, update, &mut faults);
    if !admin && !update.input.role.is_absent() {
        return Err(Error::Forbidden);
    }
    if own && now.archived_at.is_none() && update.input.archived.given() == Some(&true) {
        return Err(Error::Conflict("self_archive"));
    }
    let mut verify = false;
    if let Some((password, field)) = update.wanted() {
        let confirmed = update.confirm_password.given() == password.given();
        if field == "new_password" && password.given().is_some() && !confirmed {
            return Err(Error::Conflict("unconfirmed_password"));
        }
        if own || field == "new_password" {
            update.current_password.required(&mut faults, "current_password");
            verify = update.current_password.given().is_some();
        }
        check_policy(password, field, &mut faults);
    }
    let faults = match staff::check_update(r, &now, &input, faults).await {
        Ok(()) => Faults::new(),
        Err(Error::Invalid(faults)) => faults,
        Err(e) => return Err(e),
    };
    let login = login::of_person(r, id).await?.ok_or(Error::NotFound("user"))?;
    Ok(Look { login, faults, verify })
}
