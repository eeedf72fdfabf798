//! A property with somebody who lives there and is signed in on the pages.

use app::{login, oidc};
use db::sql;
use kernel::{Door, Error, Field, OrgId, PersonId, PropertyId, Random};
use sha2::{Digest as _, Sha256};

use crate::{Result, site::Site};

/// Somebody's home.
#[derive(Clone, Debug)]
pub struct House {
    /// Where it is.
    pub property: PropertyId,
    /// What a browser of theirs sends: `user_session=…`.
    pub cookie: String,
}

/// Makes a property with a resident, and what `fill` writes around them.
pub fn settle<F>(site: &Site, fill: F) -> Result<House>
where
    F: AsyncFn(&db::Write, PropertyId, PersonId) -> kernel::Result<()> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let app = site.app()?;
        let caller = app.system(OrgId::new(1));
        let text = |s: &str| Field::Given(s.to_owned());
        let place = app::property::Input {
            name: text("Long House"),
            street: text("Long Road 1"),
            city: text("Graz"),
            state: text("ST"),
            postal: text("8010"),
            ..app::property::Input::default()
        };
        let made = app.properties().create(&caller, place.into()).await.map_err(|e| e.to_string())?;
        let property = made.leased.property.id;
        let secret = Random::System.secret();
        let kept = Sha256::digest(&secret).to_vec();
        let settled = app.write(&caller, async move |w, _| {
            let resident = move_in(w, property).await?;
            let login = login::of_person(w, resident).await?.ok_or(Error::NotFound("person"))?;
            let session = login::begin(w, &login, Door::Pages, 86_400).await?;
            oidc::keep_web(w, session.id, &kept).await?;
            fill(w, property, resident).await
        });
        settled.await.map_err(|e| format!("{e}: {e:?}"))?;
        app.close().await;
        Ok(House { property, cookie: format!("user_session={secret}") })
    })
}

async fn move_in(w: &db::Write, property: PropertyId) -> kernel::Result<PersonId> {
    let resident: PersonId = w
        .one(sql!(
            "INSERT INTO person (uid, org_id, first_name, last_name, name_key, is_resident, changed_at, created_at, updated_at) \
             VALUES ($1, 1, 'Renty', 'McRenter', 'mcrenter renty', TRUE, $2, $2, $2) RETURNING id",
            w.uid(),
            w.now()
        ))
        .await?;
    w.execute(sql!(
        "INSERT INTO login (org_id, person_id, status, awaits_approval, epoch, created_at, updated_at) \
         VALUES (1, $1, 'active', FALSE, 0, $2, $2)",
        resident,
        w.now()
    ))
    .await?;
    w.execute(sql!(
        "INSERT INTO tenancy (uid, org_id, person_id, property_id, role, created_at, updated_at) VALUES ($1, 1, $2, $3, 'tenant', $4, $4)",
        w.uid(), resident, property, w.now()
    ))
    .await?;
    Ok(resident)
}
