//! A property as programs address it: by its uid, with what is needed to speak of it.

use db::{Read, Write, row, sql};
use kernel::{Action, Caller, Currency, Error, OrgId, PropertyId, Result};
use uuid::Uuid;

use super::Properties;
use crate::access::{Resource, require};

row! {
    /// A property, as far as every answer about it needs it.
    #[derive(Clone, Debug)]
    pub struct Facility {
        /// Its id.
        pub id: PropertyId,
        /// Its uid.
        pub uid: Uuid,
        /// Its organization.
        pub org_id: OrgId,
        /// Its name.
        pub name: String,
        /// ISO 3166 alpha-2.
        pub country: String,
        /// IANA name.
        pub time_zone: String,
        /// The currency of its money.
        pub currency: Currency,
    }

    pub(crate) struct Locale {
        pub country: String,
        pub setting: Option<String>,
    }
}

#[operations::compiled_here]
impl Properties<'_> {
    /// The property of this uid.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] where it is another organization's, or outside the caller's rights.
    pub async fn facility(&self, caller: &Caller, uid: Uuid) -> Result<Facility> {
        self.0
            .read(caller, async move |r, actor| {
                let found: Option<Facility> = r
                    .optional(sql!(
                        "SELECT p.id, p.uid, p.org_id, p.name, p.country, p.time_zone, o.currency FROM property p \
                         JOIN organization o ON o.id = p.org_id WHERE p.uid = $1 AND p.deleted_at IS NULL",
                        uid
                    ))
                    .await?;
                let found = found.ok_or(Error::NotFound("facility"))?;
                if found.org_id != r.caller().org {
                    return Err(Error::Forbidden);
                }
                require(actor, Action::ViewProperties, Resource::Of(Some(found.id)))?;
                Ok(found)
            })
            .await
    }

    /// The uid of a property.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn uid(&self, caller: &Caller, id: PropertyId) -> Result<Uuid> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewProperties, Resource::Of(Some(id)))?;
                let uid: Option<Uuid> = r
                    .optional(sql!(
                        "SELECT uid FROM property WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
                        r.caller().org,
                        id
                    ))
                    .await?;
                uid.ok_or(Error::NotFound("property"))
            })
            .await
    }

    /// All properties of the organization, by id.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn facilities(&self, caller: &Caller) -> Result<Vec<Facility>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::ViewProperties, Resource::Organization)?;
                r.all(sql!(
                    "SELECT p.id, p.uid, p.org_id, p.name, p.country, p.time_zone, o.currency FROM property p \
                     JOIN organization o ON o.id = p.org_id WHERE p.org_id = $1 AND p.deleted_at IS NULL ORDER BY p.id",
                    r.caller().org
                ))
                .await
            })
            .await
    }

    /// What a property settles for itself; `None` goes back to the default. Values are JSON.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn set(&self, caller: &Caller, id: PropertyId, name: &'static str, value: Option<String>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageProperties, Resource::Of(Some(id)))?;
                super::find(w, id).await?.ok_or(Error::NotFound("property"))?;
                set(w, id, name, value.as_deref()).await
            })
            .await
    }
}

/// Says what a property is: `residential`, `storage` or `mixed`.
pub(crate) async fn set_kind(w: &Write, id: PropertyId, kind: &str) -> Result<()> {
    w.execute(sql!(
        "UPDATE property SET kind = $3, updated_at = $4 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        kind,
        w.now()
    ))
    .await
    .map(drop)
}

/// Stores or forgets a setting.
pub(crate) async fn set(w: &Write, id: PropertyId, name: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => {
            w.execute(sql!(
                "INSERT INTO property_setting (org_id, property_id, name, value) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (property_id, name) DO UPDATE SET value = excluded.value",
                w.caller().org,
                id,
                name,
                value
            ))
            .await?;
        }
        None => {
            w.execute(sql!("DELETE FROM property_setting WHERE property_id = $1 AND name = $2", id, name)).await?;
        }
    }
    let data = serde_json::json!({ "setting": name }).to_string();
    w.change(db::Change::new("property.setting_changed", id).property(id).data(data));
    Ok(())
}

/// The country of a property, and one of its settings.
pub(crate) async fn country_and_setting(r: &Read, id: PropertyId, name: &str) -> Result<Locale> {
    r.optional(sql!(
        "SELECT p.country, s.value AS setting FROM property p \
         LEFT JOIN property_setting s ON s.property_id = p.id AND s.name = $3 WHERE p.org_id = $1 AND p.id = $2",
        r.caller().org,
        id,
        name
    ))
    .await?
    .ok_or(Error::NotFound("property"))
}

/// Whether a switch is on in one of these properties.
pub(crate) async fn is_set(r: &Read, ids: &[PropertyId], name: &str) -> Result<bool> {
    let on: i64 = r
        .one(sql!(
            "SELECT count(*) FROM property_setting WHERE org_id = $1 AND property_id = ANY($2) AND name = $3 AND value = 'true'",
            r.caller().org,
            ids,
            name
        ))
        .await?;
    Ok(on > 0)
}

/// The country of a property.
pub(crate) async fn country(r: &Read, id: PropertyId) -> Result<String> {
    country_and_setting(r, id, "").await.map(|l| l.country)
}
