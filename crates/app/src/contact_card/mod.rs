//! Who is responsible for what at a property, and how they are reached.

mod store;

use db::{Change, Read, Write};
use kernel::{Action, Actor, Caller, ContactCardId, Draft, Error, Faults, Field, Problem, PropertyId, Result};

use crate::{
    access::{Resource, require},
    audience,
    community::{self, restore::restore},
    diff::Diff,
    face,
    file::{self, Holder},
    handle,
    order::{Step, renumber, stepped},
    post::community_diff,
};

pub use store::Row as ContactCard;

/// What somebody is to the property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Manages it.
    #[default]
    Manager,
    /// Belongs to the house, as a caretaker does.
    Internal,
    /// Comes from outside, as a craftsman does.
    External,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Manager, Self::Internal, Self::External];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Internal => "internal",
            Self::External => "external",
        }
    }
}

impl db::Value for Kind {
    fn read(cell: db::Cell<'_>) -> Option<Self> {
        let db::Cell::Text(word) = cell else { return None };
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }
}

/// A card as it can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// What they are to the property.
    pub kind: Field<Kind>,
    /// Their name.
    pub name: Field<String>,
    /// Their company.
    pub company: Field<Option<String>>,
    /// Their e-mail address.
    pub email: Field<Option<String>>,
    /// Their phone number.
    pub phone: Field<Option<String>>,
    /// What they are responsible for.
    pub responsibility: Field<Option<String>>,
    /// Their place in the list.
    pub position: Field<i64>,
    /// Whether they are shown on the first page.
    pub on_dashboard: Field<bool>,
    /// To whom it is shown, and when.
    pub showing: audience::Input,
}

handle! {
    /// Operations on cards of responsible people.
    ContactCards
}

#[operations::compiled_here]
impl ContactCards<'_> {
    /// What the caller sees, in the order set.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn list(&self, caller: &Caller, property: PropertyId) -> Result<Vec<ContactCard>> {
        self.0
            .read(caller, async move |r, actor| {
                store::list(r, &community::visit(r, actor, property).await?, property).await
            })
            .await
    }

    /// One card, for whoever may change it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn get(&self, caller: &Caller, id: ContactCardId) -> Result<ContactCard> {
        self.0.read(caller, async move |r, actor| to_write(r, actor, id).await).await
    }

    /// Moves a card one place on; at the end it stays. Answers where it is.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn step(&self, caller: &Caller, id: ContactCardId, step: Step) -> Result<PropertyId> {
        self.0
            .write(caller, async move |w, actor| {
                let property = to_write(w, actor, id).await?.property_id;
                let eye = community::look(actor, property)?;
                let order: Vec<ContactCardId> = store::list(w, &eye, property).await?.iter().map(|c| c.id).collect();
                if let Some(order) = stepped(&order, id, step) {
                    renumber!(w, "contact_card", order);
                    community::note(w, "contact_card.moved", id, property, String::new());
                }
                Ok(property)
            })
            .await
    }

    /// Takes the deletion of a card back, within a day.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `too_late`.
    pub async fn restore(&self, caller: &Caller, id: ContactCardId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let gone = restore!(w, actor, "contact_card", id);
                file::restore_of(w, Holder::ContactCard(id), gone.deleted_at).await
            })
            .await
    }

    /// Makes a card.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn create(&self, caller: &Caller, property: PropertyId, draft: Draft<Input>) -> Result<ContactCardId> {
        self.0
            .write(caller, async move |w, actor| {
                community::write_right(w, actor, property).await?;
                let (input, faults) = draft.open()?;
                create(w, property, input, faults).await
            })
            .await
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, id: ContactCardId, draft: Draft<Input>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = store::by_id(w, id).await?.ok_or(Error::NotFound("contact_card"))?;
                require(actor, Action::WriteCommunity, Resource::Of(Some(now.property_id)))?;
                let (input, faults) = draft.open()?;
                update(w, &now, input, faults).await
            })
            .await
    }

    /// Has a card shown with a picture that the caller uploaded, by its path.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Invalid`] at `avatar`.
    pub async fn set_avatar(&self, caller: &Caller, id: ContactCardId, path: Draft<Field<String>>) -> Result<()> {
        self.get(caller, id).await?;
        let picture = face::uploaded(self.0, caller, path).await?;
        self.0
            .write(caller, async move |w, actor| {
                let card = to_write(w, actor, id).await?;
                face::set(w, actor, face::Of::Card(id, card.property_id), Some(&picture)).await
            })
            .await
    }

    /// Has a card shown without a picture.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn remove_avatar(&self, caller: &Caller, id: ContactCardId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let card = to_write(w, actor, id).await?;
                face::set(w, actor, face::Of::Card(id, card.property_id), None).await
            })
            .await
    }

    /// Deletes a card.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: ContactCardId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = store::by_id(w, id).await?.ok_or(Error::NotFound("contact_card"))?;
                require(actor, Action::WriteCommunity, Resource::Of(Some(now.property_id)))?;
                file::delete_of(w, &[Holder::ContactCard(id)]).await?;
                store::delete(w, id).await?;
                community::note(w, "contact_card.deleted", id, now.property_id, String::new());
                Ok(())
            })
            .await
    }
}

async fn to_write(r: &Read, actor: &Actor, id: ContactCardId) -> Result<ContactCard> {
    let card = store::by_id(r, id).await?.ok_or(Error::NotFound("contact_card"))?;
    community::look(actor, card.property_id).map_err(|_| Error::NotFound("contact_card"))?;
    require(actor, Action::WriteCommunity, Resource::Of(Some(card.property_id)))?;
    Ok(card)
}

pub(crate) async fn create(
    w: &Write,
    property: PropertyId,
    input: &Input,
    mut faults: Faults,
) -> Result<ContactCardId> {
    let name = input.name.required(&mut faults, "name").cloned();
    check(input, &mut faults);
    let showing = audience::settle(w, property, &input.showing, None, &mut faults).await?;
    faults.finish()?;
    let optional = |f: &Field<Option<String>>| f.given().cloned().flatten();
    let new = store::New {
        kind: input.kind.given().copied().unwrap_or_default(),
        name: name.ok_or_else(|| Error::internal("the name was neither given nor faulty"))?,
        company: optional(&input.company),
        email: optional(&input.email),
        phone: optional(&input.phone),
        responsibility: optional(&input.responsibility),
        position: match input.position.given() {
            Some(position) => *position,
            None => store::next_position(w, property).await?,
        },
        on_dashboard: input.on_dashboard.given().copied().unwrap_or(false),
    };
    let id = store::insert(w, property, &new, &showing).await?;
    w.change(Change::new("contact_card.created", id).property(property));
    Ok(id)
}

async fn update(w: &Write, now: &ContactCard, input: &Input, mut faults: Faults) -> Result<()> {
    check(input, &mut faults);
    let old = now.showing();
    let showing = audience::settle(w, now.property_id, &input.showing, Some(old), &mut faults).await?;
    faults.finish()?;
    let new = store::New {
        kind: input.kind.or_keep(&now.kind),
        name: input.name.or_keep(&now.name),
        company: input.company.or_keep(&now.company),
        email: input.email.or_keep(&now.email),
        phone: input.phone.or_keep(&now.phone),
        responsibility: input.responsibility.or_keep(&now.responsibility),
        position: input.position.or_keep(&now.position),
        on_dashboard: input.on_dashboard.or_keep(&now.on_dashboard),
    };
    let mut diff = Diff::default();
    diff.field("kind", &now.kind.as_str(), &new.kind.as_str());
    diff.field("name", &now.name, &new.name);
    diff.field("company", &now.company, &new.company);
    diff.field("email", &now.email, &new.email);
    diff.field("phone", &now.phone, &new.phone);
    diff.field("responsibility", &now.responsibility, &new.responsibility);
    diff.field("position", &now.position, &new.position);
    diff.field("on_dashboard", &now.on_dashboard, &new.on_dashboard);
    community_diff(&mut diff, &old, &showing);
    if diff.is_empty() {
        return Ok(());
    }
    store::update(w, now.id, &new, &showing).await?;
    community::note(w, "contact_card.updated", now.id, now.property_id, diff.json());
    Ok(())
}

fn check(input: &Input, faults: &mut Faults) {
    community::check_text("name", &input.name, 255, faults);
    community::check_optional("company", &input.company, 255, faults);
    community::check_optional("phone", &input.phone, 100, faults);
    community::check_optional("responsibility", &input.responsibility, 255, faults);
    if let Some(Some(email)) = input.email.given()
        && kernel::Email::parse(email).is_none()
    {
        faults.add("email", Problem::NotEmail);
    }
}
