//! How the sandbox's people look, are addressed and are reached, and the pictures they send.

use std::convert::Infallible;

use futures_util::stream;
use kernel::{Caller, ContactCardId, Draft, Faults, Field, PersonId, Result};

use super::{community::Scene, text};
use crate::{
    App, desk,
    file::{Bytes, File, Upload, UploadError},
    person::{address, phone},
};

pub const JANA: &[u8] = include_bytes!("face_jana.png");
pub const DEVON: &[u8] = include_bytes!("face_devon.png");
const RENTY: &[u8] = include_bytes!("face_renty.png");
pub const RADIATOR: &[u8] = include_bytes!("radiator.png");
pub const KEYS: &[u8] = include_bytes!("keys.png");

/// Uploads something, where there is a place for files.
pub async fn upload(app: &App, by: &Caller, name: &str, content_type: &str, bytes: Bytes) -> Result<Option<File>> {
    if app.storage().is_none() {
        return Ok(None);
    }
    let about = Upload { name: name.to_owned(), content_type: content_type.to_owned(), limit: 1 << 20 };
    match app.files().upload(by, about, stream::iter([Ok::<_, Infallible>(bytes)])).await {
        Ok(file) => Ok(Some(file)),
        Err(UploadError::Refused(e)) => Err(e),
        Err(UploadError::Sender(never)) => match never {},
    }
}

/// Uploads a picture.
pub async fn picture(app: &App, by: &Caller, name: &str, bytes: &'static [u8]) -> Result<Option<File>> {
    upload(app, by, name, "image/png", Bytes::from_static(bytes)).await
}

fn path(file: &File) -> Draft<Field<String>> {
    Draft::from(text(&file.path))
}

/// Has a card shown with a picture.
pub async fn card(s: &Scene<'_>, id: ContactCardId, bytes: &'static [u8]) -> Result<()> {
    match picture(s.b.app, &s.by, "portrait.png", bytes).await? {
        Some(file) => s.b.app.contact_cards().set_avatar(&s.by, id, path(&file)).await,
        None => Ok(()),
    }
}

/// Somebody is addressed, reached and seen.
pub async fn settle(s: &Scene<'_>, tenant: &Caller) -> Result<()> {
    let (app, by) = (s.b.app, &s.by);
    let named = |salutation: &str, title: Option<&str>| desk::PersonInput {
        salutation: Field::Given(Some(salutation.to_owned())),
        title: Field::Given(title.map(str::to_owned)),
        ..desk::PersonInput::default()
    };
    let me = tenant.person().ok_or(kernel::Error::NotFound("person"))?;
    app.desk().change_person(by, me, named("Mr.", Some("Dr.")).into()).await?;
    app.desk().change_person(by, s.founders[super::people::JANA], named("Frau", None).into()).await?;
    let devon = s.founders[super::people::DEVON];
    app.desk().change_person(by, devon, named("Mr.", None).into()).await?;
    reach(s, me).await?;
    if let Some(file) = picture(app, by, "devon.png", DEVON).await? {
        app.desk().set_avatar(by, devon, path(&file)).await?;
    }
    if let Some(file) = picture(app, by, "me.png", JANA).await? {
        app.me().set_avatar(by, path(&file)).await?;
    }
    if let Some(file) = picture(app, tenant, "me.png", RENTY).await? {
        app.me().set_avatar(tenant, path(&file)).await?;
    }
    if let Some(file) = picture(app, by, "house.png", include_bytes!("logo.png")).await? {
        app.organizations().set_image(by, path(&file)).await?;
    }
    Ok(())
}

/// Where letters go, and further numbers.
async fn reach(s: &Scene<'_>, person: PersonId) -> Result<()> {
    let inside = Caller::system(s.b.org, s.by.at);
    let number = |raw: &str, label: &str| phone::Input {
        number: text(raw),
        label: Field::Given(Some(label.to_owned())),
        ..phone::Input::default()
    };
    let inputs = [number("503-555-0261", "Mobile"), number("503-555-0262", "Fax")];
    let letters = address::Input {
        address1: text("1654 NE 18th Ave. 1A"),
        city: text("Portland"),
        state: text("OR"),
        postal: text("97218"),
        ..address::Input::default()
    };
    let write = async move |w: &db::Write, _: &_| {
        let mut faults = Faults::new();
        let numbers = phone::of_people(w, &[person]).await?;
        let plan = phone::plan(&numbers, &inputs, "US", &mut faults);
        address::check(&letters, "US", &mut faults);
        faults.finish()?;
        phone::store(w, person, &plan).await?;
        address::store_mailing(w, person, None, &letters, "US").await?;
        w.change(db::Change::new("resident.updated", person).person(person));
        Ok(())
    };
    s.b.app.write(&inside, write).await
}
