//! Public contacts for emergencies.

mod store;

use std::collections::{HashMap, HashSet};

use db::{Change, Read, Write};
use kernel::{Action, Caller, Draft, EmergencyContactId, EmergencyNumberId, Error, Faults, Field, Problem, Result};

use crate::{
    access::{Resource, require},
    diff::{Diff, allow_same},
    group::grouped,
    handle,
};

pub use store::{Contact, Number};

/// How many numbers a contact may have.
const MOST_NUMBERS: usize = 100;

/// A contact with its numbers.
#[derive(Clone, Debug)]
pub struct Details {
    /// The contact.
    pub contact: Contact,
    /// Its numbers, by id.
    pub numbers: Vec<Number>,
}

/// The fields of a contact that can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Unique in the organization.
    pub name: Field<String>,
    /// What it is for.
    pub description: Field<Option<String>>,
    /// Its numbers, all of them.
    pub numbers: Field<Vec<NumberInput>>,
}

/// A number as it is written: one with an id of this contact changes that number, others are new.
#[derive(Clone, Debug, Default)]
pub struct NumberInput {
    /// Which one.
    pub id: Option<EmergencyNumberId>,
    /// The number, as written.
    pub number: Field<String>,
    /// Of what kind.
    pub kind: Field<Option<String>>,
    /// Extension.
    pub extension: Field<Option<String>>,
}

handle! {
    /// Operations on emergency contacts.
    EmergencyContacts
}

#[operations::compiled_here]
impl EmergencyContacts<'_> {
    /// All contacts, by id. Open to everybody.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Details>> {
        self.0
            .read(caller, async |r, _| {
                let (contacts, numbers) = tokio::try_join!(store::all(r), store::all_numbers(r))?;
                let mut by_contact = grouped(numbers, |n| n.contact_id);
                let with =
                    |contact: Contact| Details { numbers: by_contact.remove(&contact.id).unwrap_or_default(), contact };
                Ok(contacts.into_iter().map(with).collect())
            })
            .await
    }

    /// One contact. Open to everybody.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: EmergencyContactId) -> Result<Details> {
        self.0.read(caller, async move |r, _| details(r, id).await).await
    }

    /// Makes a contact.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn create(&self, caller: &Caller, draft: Draft<Input>) -> Result<Details> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageEmergencyContacts, Resource::Organization)?;
                let (input, mut faults) = draft.open()?;
                let name = input.name.required(&mut faults, "name");
                let numbers = input.numbers.required(&mut faults, "numbers");
                check(w, None, input, &mut faults).await?;
                faults.finish()?;
                let (Some(name), Some(numbers)) = (name, numbers) else {
                    return Err(Error::internal("a field was neither given nor faulty"));
                };
                let description = input.description.given().cloned().flatten();
                let id = store::insert(w, name, description.as_deref()).await?;
                for n in numbers {
                    write_number(w, id, n).await?;
                }
                w.change(Change::new("emergency_contact.created", id));
                details(w, id).await
            })
            .await
    }

    /// Changes what is given; the numbers, when given, are the whole new list.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, id: EmergencyContactId, draft: Draft<Input>) -> Result<Details> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageEmergencyContacts, Resource::Organization)?;
                let now = details(w, id).await?;
                let (input, mut faults) = draft.open()?;
                check(w, Some(&now), input, &mut faults).await?;
                faults.finish()?;
                update(w, &now, input).await?;
                details(w, id).await
            })
            .await
    }

    /// Deletes a contact with its numbers.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: EmergencyContactId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageEmergencyContacts, Resource::Organization)?;
                details(w, id).await?;
                store::delete(w, id).await?;
                w.change(Change::new("emergency_contact.deleted", id));
                Ok(())
            })
            .await
    }
}

async fn details(r: &Read, id: EmergencyContactId) -> Result<Details> {
    let (contact, numbers) = tokio::try_join!(store::by_id(r, id), store::numbers(r, id))?;
    Ok(Details { contact: contact.ok_or(Error::NotFound("emergency_contact"))?, numbers })
}

async fn check(r: &Read, now: Option<&Details>, input: &Input, faults: &mut Faults) -> Result<()> {
    if let Some(now) = now {
        allow_same(faults, &["name"], &input.name, &now.contact.name);
        allow_same(faults, &["description"], &input.description, &now.contact.description);
    }
    if let Some(name) = input.name.given().filter(|n| now.is_none_or(|c| c.contact.name != **n))
        && store::find(r, name).await?.is_some()
    {
        faults.add("name", Problem::Taken);
    }
    let Some(numbers) = input.numbers.given() else { return Ok(()) };
    if numbers.len() > MOST_NUMBERS {
        faults.add("numbers", Problem::TooLong(MOST_NUMBERS));
        return Ok(());
    }
    if numbers.is_empty() {
        faults.add("numbers", Problem::Blank);
    }
    let stored = now.map_or(&[][..], |c| &c.numbers);
    for (i, (n, old)) in matched(numbers, stored).into_iter().enumerate() {
        let at = i.to_string();
        match old {
            Some(old) => {
                allow_same(faults, &["numbers", &at, "number"], &n.number, &old.number);
                allow_same(faults, &["numbers", &at, "kind"], &n.kind, &old.kind);
                allow_same(faults, &["numbers", &at, "extension"], &n.extension, &old.extension);
            }
            None if n.number.is_absent() => {
                faults.add_at(vec!["numbers".into(), at.into(), "number".into()], Problem::Required);
            }
            None => {}
        }
    }
    Ok(())
}

/// Each number written, with the stored one it changes; none for new ones. A stored one is changed once.
fn matched<'a>(numbers: &'a [NumberInput], stored: &'a [Number]) -> Vec<(&'a NumberInput, Option<&'a Number>)> {
    let mut free: HashMap<EmergencyNumberId, &Number> = stored.iter().map(|n| (n.id, n)).collect();
    numbers.iter().map(|n| (n, n.id.and_then(|id| free.remove(&id)))).collect()
}

async fn update(w: &Write, now: &Details, input: &Input) -> Result<()> {
    let id = now.contact.id;
    let name = input.name.or_keep(&now.contact.name);
    let description = input.description.or_keep(&now.contact.description);
    let mut diff = Diff::default();
    diff.field("name", &now.contact.name, &name);
    diff.field("description", &now.contact.description, &description);
    if !diff.is_empty() {
        store::update(w, id, &name, description.as_deref()).await?;
    }
    if let Some(numbers) = input.numbers.given() {
        let kept: HashSet<EmergencyNumberId> = numbers.iter().filter_map(|n| n.id).collect();
        for gone in now.numbers.iter().filter(|n| !kept.contains(&n.id)) {
            store::delete_number(w, gone.id).await?;
            diff.secret("numbers");
        }
        for (n, old) in matched(numbers, &now.numbers) {
            match old {
                Some(old) => {
                    let new = Number {
                        number: n.number.or_keep(&old.number),
                        kind: n.kind.or_keep(&old.kind),
                        extension: n.extension.or_keep(&old.extension),
                        ..old.clone()
                    };
                    if (&new.number, &new.kind, &new.extension) != (&old.number, &old.kind, &old.extension) {
                        store::update_number(w, &new).await?;
                        diff.secret("numbers");
                    }
                }
                None => {
                    write_number(w, id, n).await?;
                    diff.secret("numbers");
                }
            }
        }
    }
    if !diff.is_empty() {
        w.change(Change::new("emergency_contact.updated", id).data(diff.json()));
    }
    Ok(())
}

async fn write_number(w: &Write, contact: EmergencyContactId, n: &NumberInput) -> Result<()> {
    let number = n.number.given().cloned().unwrap_or_default();
    let (kind, extension) = (n.kind.given().cloned().flatten(), n.extension.given().cloned().flatten());
    store::insert_number(w, contact, &number, kind.as_deref(), extension.as_deref()).await
}
