//! The data of a demo: two organizations with people, places and two months of everyday life, made by the same
//! operations as in real use and the same each time.

mod community;
mod community_texts;
mod faces;
mod history;
mod people;
mod places;
mod storage;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod texts;
mod wifi;

use db::{Dialect, sql};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use kernel::{Caller, Error, Faults, Field, Instant, OrgId, PersonId, PropertyId, Result, Role, TicketId};
use uuid::Uuid;

use crate::{App, emergency_contact, organization, property, resident, staff, tenancy, unit};
pub use community::Community;
use history::History;
use people::{FOUNDERS, Member, NEWCOMERS, OTHER_ADMIN, OTHER_RESIDENTS, RENTY, RESIDENTS, Resident, Stay};
use places::{CONTACTS, Call, OTHER_PLACE, PLACES, Place};
pub use storage::{PORTAL_PASSWORD, Renter, Storage};
pub use wifi::Wifi;

/// The password of everybody in the sandbox who may sign in.
pub const PASSWORD: &str = "1234";

/// What the sandbox holds that somebody who tries it out needs to know.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Sandbox {
    /// The first organization.
    pub organization: Organization,
    /// A property of it.
    pub property_id: PropertyId,
    /// A tenant there.
    pub tenant_id: PersonId,
    /// A ticket about that tenant.
    pub ticket_id: TicketId,
    /// Who can sign in: three admins, somebody of the staff, a property manager, and somebody who waits for approval.
    pub users: Vec<User>,
    /// What its residents need.
    pub community: Community,
    /// Its self storage.
    pub storage: Storage,
    /// What its portals need.
    pub wifi: Wifi,
    /// The second organization, to see that the two know nothing of each other.
    pub other: Other,
}

/// An organization of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Organization {
    /// Its id.
    pub id: OrgId,
    /// Its uid.
    pub uid: Uuid,
    /// Its name.
    pub name: String,
}

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct User {
    /// The name to sign in with.
    pub email: String,
    /// The password.
    pub password: String,
    /// `admin`, `staff`, `property_manager` or `pending`.
    pub role: String,
}

/// The second organization.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Other {
    /// The organization.
    pub organization: Organization,
    /// Its property.
    pub property_id: PropertyId,
    /// A tenant there.
    pub tenant_id: PersonId,
    /// A ticket about that tenant.
    pub ticket_id: TicketId,
    /// Its admin.
    pub admin: User,
}

/// Fills an empty, migrated database with the sandbox as it stands at `now`. `password_hash` is the hash of
/// [`PASSWORD`], `portal_hash` that of [`PORTAL_PASSWORD`].
///
/// Everything but the uids is the same each time; they are too where the database was opened with a seeded
/// [`kernel::Random`]. Such a database must be closed, and opened again with the system's, before it is served.
///
/// # Errors
/// [`Error::Conflict`] `not_empty` when there is an organization already.
pub async fn fill(app: &App, now: Instant, password_hash: &str, portal_hash: &str) -> Result<Sandbox> {
    if !app.organizations().list(&Caller::system(OrgId::new(0), now)).await?.is_empty() {
        return Err(Error::Conflict("not_empty"));
    }
    let (first, organization) = Builder::found(app, now, password_hash, bridgetown()).await?;
    let founders = first.founders().await?;
    let places = first.places(&founders).await?;
    first.contacts().await?;
    let residents = first.residents(&RESIDENTS, &places, &founders).await?;
    let (tickets, talked) = History::new(&first, &founders, &places, &residents).play().await?;
    let storage = first.storage(portal_hash).await?;
    let community = talked.finish(&first, &places).await?;
    let wifi = first.wifi(&places).await?;
    let other = other(app, now, password_hash).await?;
    let users = [0, 1, 2, people::JANA, people::CLAIRE].map(|i| &FOUNDERS[i]);
    Ok(Sandbox {
        organization,
        property_id: places[0],
        tenant_id: residents[RENTY],
        ticket_id: tickets[history::SHOWN],
        users: users.into_iter().chain([&NEWCOMERS[people::OSKAR].member]).map(user).collect(),
        community,
        storage,
        wifi,
        other,
    })
}

fn bridgetown() -> organization::New {
    organization::New {
        name: "Bridgetown Housing".to_owned(),
        slug: "bridgetown".to_owned(),
        host: None,
        country: "US".to_owned(),
        calling_code: "1".to_owned(),
        currency: "USD".to_owned(),
        locale: "en".to_owned(),
        time_zone: "America/Los_Angeles".to_owned(),
    }
}

fn gruenfeld() -> organization::New {
    organization::New {
        name: "Hausverwaltung Grünfeld".to_owned(),
        slug: "gruenfeld".to_owned(),
        host: None,
        country: "AT".to_owned(),
        calling_code: "43".to_owned(),
        currency: "EUR".to_owned(),
        locale: "de".to_owned(),
        time_zone: "Europe/Vienna".to_owned(),
    }
}

async fn other(app: &App, now: Instant, password_hash: &str) -> Result<Other> {
    let (b, organization) = Builder::found(app, now, password_hash, gruenfeld()).await?;
    let admin = b.member(b.ago(900 * DAY), &OTHER_ADMIN, Vec::new(), true).await?;
    let place = b.place(b.ago(899 * DAY), &OTHER_PLACE, Vec::new()).await?;
    let residents = b.residents(&OTHER_RESIDENTS, &[place], &[]).await?;
    let tickets = history::other(&b, admin, &residents).await?;
    Ok(Other {
        organization,
        property_id: place,
        tenant_id: residents[0],
        ticket_id: tickets[0],
        admin: user(&OTHER_ADMIN),
    })
}

fn user(m: &Member) -> User {
    let role = m.role.map_or("pending", Role::as_str);
    User { email: m.email.to_owned(), password: PASSWORD.to_owned(), role: role.to_owned() }
}

/// Minutes.
const DAY: i64 = 24 * 60;

/// Makes what one organization holds.
struct Builder<'a> {
    app: &'a App,
    now: Instant,
    org: OrgId,
    password_hash: &'a str,
}

impl<'a> Builder<'a> {
    async fn found(
        app: &'a App,
        now: Instant,
        password_hash: &'a str,
        new: organization::New,
    ) -> Result<(Self, Organization)> {
        let began = now.plus_secs(-60 * 1_100 * DAY);
        let id = app.organizations().create(&Caller::system(OrgId::new(0), began), new).await?;
        let made = app.read(&Caller::system(id, now), async |r, _| organization::get(r).await).await?;
        Ok((Self { app, now, org: id, password_hash }, Organization { id, uid: made.uid, name: made.name }))
    }

    /// The server itself, so many minutes ago.
    fn ago(&self, minutes: i64) -> Caller {
        Caller::system(self.org, self.now.plus_secs(-60 * minutes))
    }

    /// Midnight so many days ago.
    fn day(&self, days: i64) -> Instant {
        Instant::from_secs((self.now.secs().div_euclid(86_400) - days) * 86_400)
    }

    async fn founders(&self) -> Result<Vec<PersonId>> {
        let ops = FOUNDERS.iter().zip(0..);
        let ops = ops.map(|(m, i)| self.member(self.ago(1_095 * DAY - i * 200), m, Vec::new(), true));
        in_order(self.app, ops).try_collect().await
    }

    async fn places(&self, founders: &[PersonId]) -> Result<Vec<PropertyId>> {
        let ops = PLACES.iter().zip(0..).map(|(p, i)| {
            let managers = p.managers.iter().map(|m| founders[*m]).collect();
            self.place(self.ago(1_080 * DAY - i * 300), p, managers)
        });
        let places: Vec<PropertyId> = in_order(self.app, ops).try_collect().await?;
        self.app.properties().toggle_archived(&self.ago(1_052 * DAY), places[places::SOLD]).await?;
        Ok(places)
    }

    async fn contacts(&self) -> Result<()> {
        let contacts = self.app.emergency_contacts();
        let ops = CONTACTS.iter().zip(0..).map(|((name, description, numbers), i)| {
            let caller = self.ago(1_051 * DAY - i * 7);
            async move { contacts.create(&caller, contact(name, *description, numbers).into()).await }
        });
        in_order(self.app, ops).try_for_each(async |_| Ok(())).await
    }

    /// Residents in the order in which they were noted; the answer has the order of `all`.
    async fn residents(
        &self,
        all: &'static [Resident],
        places: &[PropertyId],
        founders: &[PersonId],
    ) -> Result<Vec<PersonId>> {
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by_key(|i| -all[*i].noted());
        let ops = order.iter().map(|i| self.resident(self.ago(all[*i].noted() * DAY), &all[*i], places, founders));
        let ids: Vec<PersonId> = in_order(self.app, ops).try_collect().await?;
        let mut out = vec![PersonId::new(0); all.len()];
        for (i, id) in order.into_iter().zip(ids) {
            out[i] = id;
        }
        Ok(out)
    }

    async fn member(
        &self,
        caller: Caller,
        m: &'static Member,
        properties: Vec<PropertyId>,
        active: bool,
    ) -> Result<PersonId> {
        let input = staff::Input {
            first_name: text(m.first),
            last_name: text(m.last),
            email: text(m.email),
            phone: text(m.phone),
            role: m.role.map(staff::RoleInput::Exactly).into(),
            last_active: if active { Field::Absent } else { Field::Given(None) },
            property_ids: Field::Given(properties),
            ..staff::Input::default()
        };
        let hash = active.then(|| self.password_hash.to_owned());
        let create = async move |w: &db::Write, _: &_| staff::create(w, &input, Faults::new(), hash.as_deref()).await;
        self.app.write(&caller, create).await
    }

    async fn place(&self, caller: Caller, p: &'static Place, managers: Vec<PersonId>) -> Result<PropertyId> {
        let input = property::Input {
            name: text(p.name),
            street: text(p.street),
            city: text(p.city),
            state: text(p.state),
            postal: text(p.postal),
            reference: Field::Given(p.reference.map(str::to_owned)),
            declared_units: p.declared_units.into(),
            manager_ids: Field::Given(managers),
            ..property::Input::default()
        };
        let create = async move |w: &db::Write, _: &_| {
            let id = property::create(w, &input, Faults::new()).await?;
            let (country, time_zone) = p.country();
            w.execute(sql!(
                "UPDATE property SET country = $3, time_zone = $4 WHERE org_id = $1 AND id = $2",
                w.caller().org,
                id,
                country,
                time_zone
            ))
            .await?;
            let areas = [4_850, 6_200, 7_475, 9_130].into_iter().cycle();
            for ((number, area), n) in p.units.iter().zip(areas).zip(1..) {
                let unit = unit::create(w, id, number).await?;
                let reference = p.reference.map(|r| format!("{r}-{n:02}"));
                let about = unit::About { area: Some(area), reference: reference.as_deref(), ..unit::About::default() };
                unit::describe(w, id, unit, &about).await?;
            }
            Ok(id)
        };
        self.app.write(&caller, create).await
    }

    async fn resident(
        &self,
        caller: Caller,
        r: &'static Resident,
        places: &[PropertyId],
        founders: &[PersonId],
    ) -> Result<PersonId> {
        let lease = |stay: Option<Stay>, occupants| {
            stay.map_or_else(tenancy::Input::default, |(place, unit, from, until)| tenancy::Input {
                property_id: Field::Given(places[place]),
                unit_number: Field::Given(unit.map(str::to_owned)),
                starts_at: Field::Given(self.day(from)),
                ends_at: until.map(|d| self.day(d)).into(),
                occupants: Field::Given(occupants),
                ..tenancy::Input::default()
            })
        };
        let input = resident::Input {
            first_name: text(r.first),
            last_name: text(r.last),
            phone: text(r.phone),
            staff_ids: Field::Given(r.staff.iter().map(|i| founders[*i]).collect()),
            lease: resident::LeaseInput { fields: lease(r.stay, r.occupants), ..Default::default() },
            ..resident::Input::default()
        };
        let before = lease(r.before, None);
        let create = async move |w: &db::Write, _: &_| {
            // What the schedule would have found meanwhile.
            tenancy::end_due(w, 500).await?;
            let id = resident::create(w, &input, Faults::new()).await?;
            if let (Some(place), Some(from)) = (before.property_id.given(), before.starts_at.given()) {
                tenancy::create(w, id, *place, *from, before.ends_at.given().copied(), &before).await?;
            }
            Ok(id)
        };
        self.app.write(&caller, create).await
    }
}

fn text(s: &str) -> Field<String> {
    Field::Given(s.to_owned())
}

fn contact(name: &str, description: Option<&str>, numbers: &[Call]) -> emergency_contact::Input {
    let number = |(number, kind, extension): &Call| emergency_contact::NumberInput {
        id: None,
        number: text(number),
        kind: Field::Given(kind.map(str::to_owned)),
        extension: Field::Given(extension.map(str::to_owned)),
    };
    emergency_contact::Input {
        name: text(name),
        description: Field::Given(description.map(str::to_owned)),
        numbers: Field::Given(numbers.iter().map(number).collect()),
    }
}

/// Runs operations in this order. SQLite takes them as they were sent, so several wait at a time and share a commit;
/// PostgreSQL gives no such promise, so there they go one by one.
fn in_order<T>(app: &App, ops: impl Iterator<Item = impl Future<Output = Result<T>>>) -> impl Stream<Item = Result<T>> {
    let at_a_time = match app.dialect() {
        Dialect::Sqlite => 32,
        Dialect::Postgres => 1,
    };
    stream::iter(ops).buffered(at_a_time)
}
