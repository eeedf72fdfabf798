//! The caller as themselves: who they are to the pages, what they may change about themselves, and where they are
//! signed in.

mod data;
mod devices;
mod household;
mod kept;
mod store;

use db::{Change, Read, Write};
use kernel::{
    Actor, Caller, Door, Draft, Error, Faults, Field, Home, OrgId, PersonId, Problem, PropertyId, Result, Role,
};
use uuid::Uuid;

use crate::{
    account,
    diff::Diff,
    face, handle, notification, organization,
    person::{Address, PhoneNumber, address, phone},
    property,
};

pub use devices::Device;
pub use household::{Household, Member, Place};
pub use store::{Contact, House};

/// Who somebody is, as every page shows it.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The person.
    pub person: PersonId,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The picture they are shown with: the uid of a file with a thumbnail.
    pub avatar: Option<Uuid>,
    /// The language they chose, a BCP 47 tag.
    pub language: Option<String>,
    /// The staff role, if they have one.
    pub role: Option<Role>,
    /// The managing company.
    pub organization: organization::Organization,
    /// Where they live or own, by id; staff act for all houses and have none here.
    pub houses: Vec<House>,
    /// Their running tenancies.
    pub homes: Vec<Home>,
    /// How many notifications they have not read.
    pub unread: i64,
}

impl Standing {
    /// The house of this id, if it is one of theirs.
    #[must_use]
    pub fn house(&self, id: PropertyId) -> Option<&House> {
        self.houses.iter().find(|h| h.id == id)
    }
}

/// What somebody may change about themselves. Name and e-mail address are the management's to change: people sign in with
/// the one, and contracts hold the other.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The language of pages, a BCP 47 tag; none for the browser's.
    pub language: Field<Option<String>>,
    /// The phone number to call first; none takes it away.
    pub phone: Field<Option<String>>,
    /// Where letters go; all of it empty for none.
    pub address: address::Input,
}

/// How somebody can be reached.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The person.
    pub contact: Contact,
    /// Their phone numbers, the first to call first.
    pub phones: Vec<PhoneNumber>,
    /// Where letters to them go.
    pub address: Option<Address>,
    /// Whether a house keeps its residents from changing that.
    pub address_locked: bool,
}

/// What is noted when somebody changed something about themselves.
const THEMSELVES: &str = "person.changed_themselves";

handle! {
    /// Operations on oneself.
    Me
}

#[operations::compiled_here]
impl Me<'_> {
    /// Whose pages these are, for those who are not signed in.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn host(&self, org: OrgId) -> Result<organization::Organization> {
        let nobody = Caller::anonymous(org, Door::Pages, self.0.now());
        self.0.read(&nobody, async |r, _| organization::get(r).await).await
    }

    /// The house of this uid, for those who are not signed in: its name and look are public.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn house_of(&self, org: OrgId, property: Uuid) -> Result<Option<House>> {
        let nobody = Caller::anonymous(org, Door::Pages, self.0.now());
        self.0.read(&nobody, async move |r, _| store::house_of(r, property).await).await
    }

    /// How the caller can be reached.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn reach(&self, caller: &Caller) -> Result<Reach> {
        self.0
            .read(caller, async |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                let contact = store::contact(r, me).await?.ok_or(Error::NotFound("person"))?;
                let mut phones = phone::of_people(r, &[me]).await?;
                phones.sort_by_key(|n| (!n.is_primary, n.id));
                let address = address::mailing(r, me).await?;
                Ok(Reach { contact, phones, address, address_locked: locked(r, actor).await? })
            })
            .await
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person; [`Error::Invalid`] at `language`, `phone` and the fields of the
    /// address; [`Error::Conflict`] `address_locked` where their house keeps it.
    pub async fn update(&self, caller: &Caller, draft: Draft<Input>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                let (input, faults) = draft.open()?;
                update(w, actor, me, input, faults).await
            })
            .await
    }

    /// Has the caller shown with a picture that they uploaded, by its path.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person; [`Error::Invalid`] at `avatar`.
    pub async fn set_avatar(&self, caller: &Caller, path: Draft<Field<String>>) -> Result<()> {
        let picture = face::uploaded(self.0, caller, path).await?;
        self.0
            .write(caller, async move |w, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                face::set(w, actor, face::Of::Person(me, THEMSELVES), Some(&picture)).await
            })
            .await
    }

    /// Has the caller shown without a picture.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn remove_avatar(&self, caller: &Caller) -> Result<()> {
        self.0
            .write(caller, async |w, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                face::set(w, actor, face::Of::Person(me, THEMSELVES), None).await
            })
            .await
    }

    /// Who the caller is.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn standing(&self, caller: &Caller) -> Result<Standing> {
        self.0
            .read(caller, async |r, actor| {
                let person = actor.person().ok_or(Error::Forbidden)?;
                let mut ids: Vec<PropertyId> = actor.homes().iter().map(|h| h.property).collect();
                ids.sort_unstable();
                ids.dedup();
                let unread = notification::Filter { unread_only: true, ..notification::Filter::default() };
                let (name, organization, houses, unread) = tokio::try_join!(
                    store::name(r, person),
                    organization::get(r),
                    store::houses(r, &ids),
                    notification::store::count(r, person, &unread)
                )?;
                let name = name.ok_or(Error::NotFound("person"))?;
                Ok(Standing {
                    person,
                    first_name: name.first_name,
                    last_name: name.last_name,
                    avatar: name.avatar,
                    language: name.language,
                    role: actor.role(),
                    organization,
                    houses,
                    homes: actor.homes().to_vec(),
                    unread,
                })
            })
            .await
    }
}

/// Whether one of the houses where somebody lives keeps its residents from changing their mailing address.
async fn locked(r: &Read, actor: &Actor) -> Result<bool> {
    let mut houses: Vec<PropertyId> = actor.homes().iter().map(|h| h.property).collect();
    houses.sort_unstable();
    houses.dedup();
    property::is_set(r, &houses, account::ADDRESS_LOCKED).await
}

async fn update(w: &Write, actor: &Actor, me: PersonId, input: &Input, mut faults: Faults) -> Result<()> {
    let now = store::contact(w, me).await?.ok_or(Error::NotFound("person"))?;
    let tag = |t: &String| t.len() <= 35 && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !t.is_empty();
    if input.language.given().is_some_and(|l| l.as_ref().is_some_and(|l| !tag(l))) {
        faults.add("language", Problem::Malformed);
    }
    let numbers = phone::of_people(w, &[me]).await?;
    let first = numbers.iter().find(|n| n.is_primary).or(numbers.first());
    let change = match (input.phone.given(), first) {
        (Some(Some(raw)), _) => Some(phone::Input {
            uid: first.map(|n| n.uid),
            number: Field::Given(raw.clone()),
            primary: Field::Given(true),
            ..phone::Input::default()
        }),
        (Some(None), Some(first)) => {
            Some(phone::Input { uid: Some(first.uid), remove: true, ..phone::Input::default() })
        }
        _ => None,
    };
    let country = organization::get(w).await?.country;
    let address = address::Typed::read(w, Some(me), &input.address, &country, &mut faults).await?;
    if address.is_some() && locked(w, actor).await? {
        return Err(Error::Conflict("address_locked"));
    }
    let mut inner = Faults::new();
    let plan = phone::plan(&numbers, change.as_slice(), &country, &mut inner);
    if !inner.is_empty() {
        faults.add("phone", Problem::NotPhone);
    }
    faults.finish()?;
    let language = input.language.or_keep(&now.language);
    let mut diff = Diff::default();
    diff.field("language", &now.language, &language);
    if language != now.language {
        store::set_language(w, me, language.as_deref()).await?;
    }
    let mut touched = phone::store(w, me, &plan).await?;
    if touched {
        diff.secret("phone");
    }
    if let Some(address) = address {
        address.store(w, me).await?;
        diff.secret("mailing_address");
        touched = true;
    }
    if touched {
        store::touch(w, me).await?;
    }
    if !diff.is_empty() {
        w.change(Change::new(THEMSELVES, me).person(me).data(diff.json()));
    }
    Ok(())
}
