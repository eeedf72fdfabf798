//! What an organization says about itself: who it is to people, in which language and by which clock.

use db::{Change, Read, Write, row, sql};
use kernel::{Action, Caller, Currency, Draft, Email, Error, Faults, Field, Problem, Result, Zone};
use uuid::Uuid;

use super::Organizations;
use crate::{
    access::{Resource, require},
    diff::Diff,
    face, file,
    message::language::Language,
};

row! {
    /// Who stands under what the organization sends. Texts that were never said are empty.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Sender {
        /// Its uid, by which other systems name it.
        pub uid: Uuid,
        /// Its name.
        pub name: String,
        /// Street and number.
        pub street: String,
        /// Postal code.
        pub postal: String,
        /// City.
        pub city: String,
        /// ISO 3166 alpha-2, the country of its phone numbers. It is said once, when the organization is made.
        pub country: String,
        /// Where people write to.
        pub email: String,
        /// Where they call.
        pub phone: String,
        /// BCP 47 tag: the language of whoever chose none.
        pub locale: String,
        /// IANA name: the clock of what belongs to no property, and of new properties.
        pub time_zone: String,
        /// The money of new ledgers. It is said once, when the organization is made.
        pub currency: Currency,
        /// Its own host name, which the operator sets.
        pub host: Option<String>,
        /// The picture it is shown with: the uid of a file with a thumbnail.
        pub image: Option<Uuid>,
    }
}

/// An organization as its administrators look after it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What can be changed, and what cannot.
    pub sender: Sender,
    /// How many bytes its files take.
    pub used: i64,
    /// How many they may take, see [`file::QUOTA`].
    pub quota: i64,
}

/// What can be changed.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in Sender")]
pub struct Input {
    pub name: Field<String>,
    pub street: Field<String>,
    pub postal: Field<String>,
    pub city: Field<String>,
    pub email: Field<String>,
    pub phone: Field<String>,
    pub locale: Field<String>,
    pub time_zone: Field<String>,
}

#[operations::compiled_here]
impl Organizations<'_> {
    /// The caller's organization.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn settings(&self, caller: &Caller) -> Result<Settings> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::ManageOrganization, Resource::Organization)?;
                let (sender, used) = tokio::try_join!(sender(r), file::store::used(r))?;
                Ok(Settings { sender, used, quota: file::QUOTA })
            })
            .await
    }

    /// Changes what is given of the caller's organization.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, draft: Draft<Input>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageOrganization, Resource::Organization)?;
                let now = sender(w).await?;
                let (input, mut faults) = draft.open()?;
                check(input, &mut faults);
                faults.finish()?;
                save(w, &now, &now.with(input)).await
            })
            .await
    }
    /// Has the caller's organization shown with a picture that the caller uploaded, by its path.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] at `avatar`.
    pub async fn set_image(&self, caller: &Caller, path: Draft<Field<String>>) -> Result<()> {
        self.settings(caller).await?;
        let picture = face::uploaded(self.0, caller, path).await?;
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageOrganization, Resource::Organization)?;
                face::set(w, actor, face::Of::Organization(w.caller().org), Some(&picture)).await
            })
            .await
    }

    /// Has the caller's organization shown without a picture.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn remove_image(&self, caller: &Caller) -> Result<()> {
        self.0
            .write(caller, async |w, actor| {
                require(actor, Action::ManageOrganization, Resource::Organization)?;
                face::set(w, actor, face::Of::Organization(w.caller().org), None).await
            })
            .await
    }
}

impl Sender {
    fn with(&self, input: &Input) -> Self {
        let trimmed = |field: &Field<String>, now: &String| field.or_keep(now).trim().to_owned();
        Self {
            name: trimmed(&input.name, &self.name),
            street: trimmed(&input.street, &self.street),
            postal: trimmed(&input.postal, &self.postal),
            city: trimmed(&input.city, &self.city),
            email: trimmed(&input.email, &self.email),
            phone: trimmed(&input.phone, &self.phone),
            locale: trimmed(&input.locale, &self.locale),
            time_zone: trimmed(&input.time_zone, &self.time_zone),
            ..self.clone()
        }
    }
}

fn check(input: &Input, faults: &mut Faults) {
    if input.name.given().is_some_and(|name| name.trim().is_empty()) {
        faults.add("name", Problem::Blank);
    }
    for (name, field, most) in [
        ("name", &input.name, 100),
        ("street", &input.street, 255),
        ("postal", &input.postal, 20),
        ("city", &input.city, 100),
        ("phone", &input.phone, 32),
        ("email", &input.email, 255),
    ] {
        match field.given().map(|text| text.trim()) {
            Some(text) if text.chars().count() > most => faults.add(name, Problem::TooLong(most)),
            // One line each: they stand in heads of mails and of papers.
            Some(text) if text.chars().any(char::is_control) => faults.add(name, Problem::Malformed),
            _ => {}
        }
    }
    if input.email.given().is_some_and(|e| !e.trim().is_empty() && Email::parse(e.trim()).is_none()) {
        faults.add("email", Problem::NotEmail);
    }
    if input.locale.given().is_some_and(|l| !Language::ALL.iter().any(|known| known.as_str() == l)) {
        faults.add("locale", Problem::Unknown);
    }
    if input.time_zone.given().is_some_and(|zone| Zone::find(zone.trim()).is_none()) {
        faults.add("time_zone", Problem::Unknown);
    }
}

async fn save(w: &Write, now: &Sender, new: &Sender) -> Result<()> {
    let mut diff = Diff::default();
    for (name, old, new) in [
        ("name", &now.name, &new.name),
        ("street", &now.street, &new.street),
        ("postal", &now.postal, &new.postal),
        ("city", &now.city, &new.city),
        ("email", &now.email, &new.email),
        ("phone", &now.phone, &new.phone),
        ("locale", &now.locale, &new.locale),
        ("time_zone", &now.time_zone, &new.time_zone),
    ] {
        diff.field(name, old, new);
    }
    if diff.is_empty() {
        return Ok(());
    }
    w.execute(sql!(
        "UPDATE organization SET name = $2, street = $3, postal = $4, city = $5, email = $6, phone = $7, locale = $8, time_zone = $9, \
         updated_at = $10 WHERE id = $1",
        w.caller().org,
        &new.name,
        &new.street,
        &new.postal,
        &new.city,
        &new.email,
        &new.phone,
        &new.locale,
        &new.time_zone,
        w.now()
    ))
    .await?;
    w.change(Change::new("organization.updated", w.caller().org).data(diff.json()));
    Ok(())
}

async fn sender(r: &Read) -> Result<Sender> {
    r.optional(sql!(
        "SELECT uid, name, street, postal, city, country, email, phone, locale, time_zone, currency, host, image FROM organization WHERE id = $1",
        r.caller().org
    ))
    .await?
    .ok_or(Error::NotFound("organization"))
}
