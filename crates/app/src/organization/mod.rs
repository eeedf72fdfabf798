//! The organizations of an install: each is its own world.

mod settings;

#[cfg(test)]
mod tests;

use db::{Change, Read, Write, row, sql};
use kernel::{Caller, Door, Error, OrgId, Principal, Result};
use uuid::Uuid;

use crate::handle;

pub use settings::{Input, Sender, Settings};

row! {
    /// A managing company.
    #[derive(Clone, Debug)]
    pub struct Organization {
        /// Its id.
        pub id: OrgId,
        /// Its uid.
        pub uid: Uuid,
        /// Its name.
        pub name: String,
        /// Its short name, unique in the install.
        pub slug: String,
        /// Its own host name, if it has one.
        pub host: Option<String>,
        /// ISO 3166 alpha-2.
        pub country: String,
        /// IANA name.
        pub time_zone: String,
        /// BCP 47 tag.
        pub locale: String,
        /// Street and number; empty where it was never said, as are those below.
        pub street: String,
        /// Postal code.
        pub postal: String,
        /// City.
        pub city: String,
        /// Where people write to.
        pub email: String,
        /// Where they call.
        pub phone: String,
        /// The picture it is shown with: the uid of a file with a thumbnail.
        pub image: Option<Uuid>,
    }
}

impl Organization {
    /// What stands under its name on papers, line by line: as much as was said.
    #[must_use]
    pub fn letterhead(&self) -> Vec<String> {
        let city = format!("{} {}", self.postal, self.city);
        let lines = [self.street.as_str(), city.trim(), &self.email, &self.phone];
        lines.into_iter().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

/// What a new organization needs.
#[derive(Clone, Debug)]
pub struct New {
    /// Its name.
    pub name: String,
    /// Its short name, unique in the install.
    pub slug: String,
    /// Its own host name, if it has one.
    pub host: Option<String>,
    /// ISO 3166 alpha-2, the country of its phone numbers.
    pub country: String,
    /// That country's calling code, digits.
    pub calling_code: String,
    /// ISO 4217.
    pub currency: String,
    /// BCP 47 tag.
    pub locale: String,
    /// IANA name.
    pub time_zone: String,
}

handle! {
    /// Operations on organizations.
    Organizations
}

#[operations::compiled_here]
impl Organizations<'_> {
    /// All organizations, by id. For the server and its operator.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Organization>> {
        if caller.principal != Principal::System {
            return Err(Error::Forbidden);
        }
        self.0
            .read(caller, async |r, _| {
                r.all(sql!(
                    "SELECT id, uid, name, slug, host, country, time_zone, locale, street, postal, city, email, phone, image FROM organization ORDER BY id /* scan: all */"
                ))
                .await
            })
            .await
    }

    /// The organization of calls without a credential: the one whose host this is, else the first. None when there is
    /// no organization yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of_host(&self, host: &str) -> Result<Option<OrgId>> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let nobody = Caller::anonymous(OrgId::new(0), Door::Inside, self.0.now());
        self.0
            .read(&nobody, async move |r, _| {
                r.one(sql!(
                    "SELECT coalesce((SELECT id FROM organization WHERE host = $1), (SELECT min(id) FROM organization)) \
                     /* scan: of one row */",
                    &host
                ))
                .await
            })
            .await
    }

    /// The organization of this uid.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of_uid(&self, uid: Uuid) -> Result<Option<OrgId>> {
        let nobody = Caller::anonymous(OrgId::new(0), Door::Inside, self.0.now());
        self.0
            .read(&nobody, async move |r, _| r.optional(sql!("SELECT id FROM organization WHERE uid = $1", uid)).await)
            .await
    }

    /// Makes an organization.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Conflict`] `slug_taken`.
    pub async fn create(&self, caller: &Caller, new: New) -> Result<OrgId> {
        if caller.principal != Principal::System {
            return Err(Error::Forbidden);
        }
        let made = self.0.write(caller, async move |w, _| create(w, &new).await).await?;
        // The fact itself is told in the new organization's own feed.
        let inside = Caller { org: made, ..*caller };
        self.0
            .write(&inside, async move |w, _| {
                w.change(Change::new("organization.created", made));
                Ok(())
            })
            .await?;
        Ok(made)
    }
}

async fn create(w: &Write, new: &New) -> Result<OrgId> {
    let id: Option<OrgId> = w
        .optional(sql!(
            "INSERT INTO organization (uid, name, slug, host, country, calling_code, currency, locale, time_zone, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING RETURNING id",
            w.uid(), &new.name, &new.slug, &new.host, &new.country, &new.calling_code, &new.currency, &new.locale, &new.time_zone, w.now()
        ))
        .await?;
    let id = id.ok_or(Error::Conflict("slug_taken"))?;
    w.execute(sql!("INSERT INTO feed (org_id, seq) VALUES ($1, 0)", id)).await?;
    w.execute(sql!("INSERT INTO counter (org_id, name, value) VALUES ($1, 'ticket', 0)", id)).await?;
    Ok(id)
}

/// The organization the operation is about.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(r: &Read) -> Result<Organization> {
    r.optional(sql!(
        "SELECT id, uid, name, slug, host, country, time_zone, locale, street, postal, city, email, phone, image FROM organization WHERE id = $1",
        r.caller().org
    ))
    .await?
    .ok_or(Error::NotFound("organization"))
}

/// The digits before phone numbers of the organization's country.
pub(crate) async fn calling_code(r: &Read) -> Result<String> {
    r.one(sql!("SELECT calling_code FROM organization WHERE id = $1", r.caller().org)).await
}

/// The next number of a count of the organization.
pub(crate) async fn next_number(w: &Write, counter: &str) -> Result<i64> {
    w.one(sql!(
        "UPDATE counter SET value = value + 1 WHERE org_id = $1 AND name = $2 RETURNING value",
        w.caller().org,
        counter
    ))
    .await
}
