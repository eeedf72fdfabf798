//! Pictures of people, of contact cards and of the organization: the thumbnail of a file that they hold. The column that
//! says so is the file's uid, and is written when the thumbnail is there: whoever has a picture has a small one, and
//! nothing more is needed for its address.

use db::{Change, Write, sql};
use kernel::{Actor, Caller, ContactCardId, Draft, Error, Field, OrgId, PersonId, Problem, PropertyId, Result};
use uuid::Uuid;

use crate::{
    App,
    diff::Diff,
    file::{self, File, Holder},
};

/// Whose picture it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    /// A person's; changed by themselves or, for the action named, by the staff.
    Person(PersonId, &'static str),
    /// A contact card's, at a property.
    Card(ContactCardId, PropertyId),
    /// The organization's.
    Organization(OrgId),
}

impl Of {
    const fn holder(self) -> Holder {
        match self {
            Self::Person(id, _) => Holder::Person(id),
            Self::Card(id, _) => Holder::ContactCard(id),
            Self::Organization(id) => Holder::Organization(id),
        }
    }
}

/// The picture that the caller uploaded under this path, with its thumbnail made. Outside of the operation that takes
/// it, for it decodes a picture.
///
/// # Errors
/// [`Error::Invalid`] at `avatar` for what is not there to be taken, and for what is no picture that can be drawn.
pub(crate) async fn uploaded(app: &App, caller: &Caller, path: Draft<Field<String>>) -> Result<File> {
    let found = app.read(caller, async move |r, actor| {
        let (path, mut faults) = path.open()?;
        let file = match path.required(&mut faults, "avatar") {
            Some(path) => file::unused(r, actor).await?.into_iter().find(|f| f.path == *path),
            None => None,
        };
        match &file {
            Some(file) if !file.can_be_small() => faults.add("avatar", Problem::WrongKind),
            None if path.given().is_some() => faults.add("avatar", Problem::Unknown),
            _ => {}
        }
        faults.finish()?;
        file.ok_or_else(|| Error::internal("a picture was neither given nor faulty"))
    });
    let file = found.await?;
    if app.files().make_small(&file).await? { Ok(file) } else { Err(Error::invalid("avatar", Problem::WrongKind)) }
}

/// Has somebody shown with a picture, or with none; the one before is deleted.
pub(crate) async fn set(w: &Write, actor: &Actor, of: Of, picture: Option<&File>) -> Result<()> {
    let old = file::of_entities(w, &[of.holder()]).await?;
    if picture.is_none() && old.is_empty() {
        return Ok(());
    }
    file::delete_of(w, &[of.holder()]).await?;
    if let Some(file) = picture {
        file::attach(w, actor, &[file.id], of.holder()).await?;
        file::store::thumbnail_is(w, file.id, file::Thumbnail::Made).await?;
    }
    store(w, of, picture.map(|f| f.uid)).await?;
    let mut diff = Diff::default();
    diff.secret("avatar");
    w.change(match of {
        Of::Person(id, action) => Change::new(action, id).person(id).data(diff.json()),
        Of::Card(id, property) => Change::new("contact_card.updated", id).property(property).data(diff.json()),
        Of::Organization(id) => Change::new("organization.updated", id).data(diff.json()),
    });
    Ok(())
}

async fn store(w: &Write, of: Of, uid: Option<Uuid>) -> Result<()> {
    let (org, now) = (w.caller().org, w.now());
    match of {
        Of::Person(id, _) => {
            w.execute(sql!(
                "UPDATE person SET avatar = $3, changed_at = $4, updated_at = $4 WHERE org_id = $1 AND id = $2",
                org,
                id,
                uid,
                now
            ))
            .await
        }
        Of::Card(id, _) => {
            w.execute(sql!(
                "UPDATE contact_card SET avatar = $3, updated_at = $4 WHERE org_id = $1 AND id = $2",
                org,
                id,
                uid,
                now
            ))
            .await
        }
        Of::Organization(id) => {
            w.execute(sql!("UPDATE organization SET image = $2, updated_at = $3 WHERE id = $1", id, uid, now)).await
        }
    }
    .map(drop)
}
