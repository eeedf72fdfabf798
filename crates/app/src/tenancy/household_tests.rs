//! What ends with a household, what comes back, and what those who decide for a unit do, on both databases.

use db::{db_tests, sql, testing::TestDb};
use kernel::{
    Caller, Door, Draft, Error, Faults, Field, Instant, InvitationId, Living, PersonId, Principal, PropertyId, Result,
    TenancyId, UnitId,
};

use super::{HousemateInput, Input, Update};
use crate::{
    App,
    invite::{self, Made, Redeemer},
    login, moves, organization, property, resident,
    sandbox::tests::app,
    unit,
};

/// A house with the units 1 and 2. In unit 1 Ada rents; Mem lives with her, and Gus is her guest.
struct World {
    app: App,
    desk: Caller,
    property: PropertyId,
    unit: UnitId,
    ada: PersonId,
    lease: TenancyId,
    mem: PersonId,
    gus: PersonId,
}

const HOME: [u8; 4] = [127, 0, 0, 1];

impl World {
    async fn new(t: &TestDb) -> Self {
        let app = app(t);
        let new = organization::New {
            name: "Haus".to_owned(),
            slug: "haus".to_owned(),
            host: None,
            country: "DE".to_owned(),
            calling_code: "49".to_owned(),
            currency: "EUR".to_owned(),
            locale: "de".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
        };
        let org = app.organizations().create(&app.system(kernel::OrgId::new(0)), new).await.unwrap();
        let desk = app.system(org);
        let given = |s: &str| Field::Given(s.to_owned());
        let input = property::Input {
            name: given("Hafen"),
            street: given("Kai 1"),
            city: given("Berlin"),
            state: given("Berlin"),
            postal: given("10115"),
            ..property::Input::default()
        };
        let make = async move |w: &db::Write, _: &_| {
            let property = property::create(w, &input, Faults::new()).await?;
            Ok((property, unit::create(w, property, "1").await?))
        };
        let (property, unit) = app.write(&desk, make).await.unwrap();
        let nobody = PersonId::new(0);
        let mut w = Self { app, desk, property, unit, ada: nobody, lease: TenancyId::new(0), mem: nobody, gus: nobody };
        w.ada = w.person("Ada").await;
        w.lease = w.rents(w.ada, "1").await;
        w.mem = w.joins("Mem", Living::Member).await;
        w.gus = w.joins("Gus", Living::Guest).await;
        w.later(60);
        w
    }

    fn later(&self, seconds: i64) {
        self.app.clock().advance(seconds);
    }

    fn now(&self) -> Instant {
        self.app.now()
    }

    fn desk(&self) -> Caller {
        Caller { at: self.now(), ..self.desk }
    }

    async fn person(&self, first: &str) -> PersonId {
        let input = resident::Input {
            first_name: Field::Given(first.to_owned()),
            last_name: Field::Given("Muster".to_owned()),
            phone: Field::Given("+49 30 1234".to_owned()),
            ..resident::Input::default()
        };
        self.app.residents().create(&self.desk(), input.into()).await.unwrap().person.id
    }

    /// Somebody rents a unit from now on, for ten years.
    async fn rents(&self, person: PersonId, number: &str) -> TenancyId {
        let input = Input {
            person_id: Field::Given(person),
            property_id: Field::Given(self.property),
            unit_number: Field::Given(Some(number.to_owned())),
            starts_at: Field::Given(self.now()),
            ends_at: Field::Given(self.now().plus_days(3_650)),
            ..Input::default()
        };
        self.app.tenancies().create(&self.desk(), input.into()).await.unwrap()
    }

    async fn owns(&self, person: PersonId) -> TenancyId {
        let (place, now) = ((self.property, Some(self.unit)), self.now());
        let begin = async move |w: &db::Write, _: &kernel::Actor| {
            let id = crate::tenancy::begin_as(w, person, place, Living::Owner, now).await?;
            crate::tenancy::follow(w, id).await?;
            Ok(id)
        };
        self.app.write(&self.desk(), begin).await.unwrap()
    }

    fn invitation(&self, first: &str, living: Living) -> invite::Input {
        invite::Input {
            unit_id: Field::Given(self.unit),
            first_name: Field::Given(first.to_owned()),
            last_name: Field::Given("Muster".to_owned()),
            email: Field::Given(format!("{}@haus.example", first.to_lowercase())),
            living: Field::Given(living),
            ..invite::Input::default()
        }
    }

    async fn invite(&self, by: &Caller, first: &str, living: Living) -> Result<Made> {
        self.app.invites().create(by, Draft::from(self.invitation(first, living))).await
    }

    async fn redeem(&self, made: &Made) -> Result<PersonId> {
        let nobody = Caller::anonymous(self.desk.org, Door::Pages, self.now());
        let who = Redeemer { first_name: None, last_name: None, email: None, password_hash: None };
        Ok(self.app.invites().redeem(&nobody, &made.token, HOME.into(), who.into()).await?.person)
    }

    /// Somebody is invited by the management, and lives in unit 1 from now on.
    async fn joins(&self, first: &str, living: Living) -> PersonId {
        let made = self.invite(&self.desk(), first, living).await.unwrap();
        self.redeem(&made).await.unwrap()
    }

    /// Somebody who signs in.
    async fn caller(&self, person: PersonId) -> Caller {
        let begin = async move |w: &db::Write, _: &kernel::Actor| {
            let known = match login::of_person(w, person).await? {
                Some(known) => known,
                None => {
                    login::create(w, person, Some(&format!("p{person}@haus.example")), None, false, None).await?;
                    login::of_person(w, person).await?.unwrap()
                }
            };
            Ok(login::begin(w, &known, Door::Pages, 86_400).await?.id)
        };
        let session = self.app.write(&self.desk(), begin).await.unwrap();
        Caller { principal: Principal::Person { person, session }, door: Door::Pages, ..self.desk() }
    }

    async fn tenancy(&self, person: PersonId) -> TenancyId {
        let find = async move |r: &db::Read, _: &kernel::Actor| {
            r.one(sql!("SELECT max(id) FROM tenancy WHERE org_id = $1 AND person_id = $2", r.caller().org, person))
                .await
        };
        self.app.read(&self.desk(), find).await.unwrap()
    }

    /// Who of these lives somewhere now.
    async fn living<const N: usize>(&self, people: [PersonId; N]) -> [bool; N] {
        let mut out = [false; N];
        for (i, person) in people.into_iter().enumerate() {
            let homes = async move |r: &db::Read, _: &kernel::Actor| crate::access::homes(r, person).await;
            out[i] = !self.app.read(&self.desk(), homes).await.unwrap().is_empty();
        }
        out
    }

    async fn others(&self) -> [bool; 2] {
        self.living([self.mem, self.gus]).await
    }

    async fn end_due(&self) -> u64 {
        self.app.jobs().end_tenancies(&self.desk()).await.unwrap()
    }

    async fn archive(&self, person: PersonId, archived: bool) {
        let input = resident::Input { archived: Field::Given(archived), ..resident::Input::default() };
        self.app.residents().update(&self.desk(), person, input.into()).await.unwrap();
    }

    async fn update(&self, lease: TenancyId, fields: Input) {
        let update = Update { fields, in_seconds: false };
        self.app.tenancies().update(&self.desk(), lease, update.into()).await.unwrap();
    }

    async fn moves_out(&self, id: TenancyId, days: i64) {
        let on = kernel::Zone::named("Europe/Berlin").date(self.now().plus_days(days));
        self.app.moves().move_out(&self.desk(), id, on, String::new()).await.unwrap();
    }

    async fn actions(&self, action: &str) -> usize {
        let all = self.app.changes().after(&self.desk(), 0, 100_000).await.unwrap();
        all.iter().filter(|c| c.action == action).count()
    }
}

fn is_unknown<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::NotFound(_)), "{error:?}");
}

db_tests! {
    async fn whatever_ends_the_last_tenancy_ends_the_household(t: TestDb) {
        for way in 0..7 {
            let t = TestDb::new(t.db.dialect()).await;
            let w = World::new(&t).await;
            assert_eq!(w.others().await, [true, true]);
            let ended = w.actions("tenancy.ended").await;
            match way {
                0 => w.moves_out(w.lease, 0).await,
                1 => w.archive(w.ada, true).await,
                2 => w.app.tenancies().delete(&w.desk(), w.lease).await.unwrap(),
                3 => w.app.residents().delete(&w.desk(), w.ada).await.unwrap(),
                4 => w.update(w.lease, Input { ends_at: Field::Given(w.now()), ..Input::default() }).await,
                5 => w.update(w.lease, Input { unit_number: Field::Given(Some("2".to_owned())), ..Input::default() }).await,
                _ => {
                    w.update(w.lease, Input { ends_at: Field::Given(w.now().plus_secs(60)), ..Input::default() }).await;
                    assert_eq!((w.end_due().await, w.others().await), (0, [true, true]));
                    w.later(60);
                    assert_eq!(w.end_due().await, 1);
                }
            }
            assert_eq!(w.others().await, [false, false], "way {way}");
            assert!(w.actions("tenancy.ended").await >= ended + 2, "it is told, way {way}");
        }
    }

    async fn a_moving_out_that_is_noted_ahead_is_followed_when_it_comes(t: TestDb) {
        let w = World::new(&t).await;
        let known = w.app.wifi().unit(&w.desk(), w.unit).await.unwrap();
        w.moves_out(w.lease, 3).await;
        assert_eq!((w.end_due().await, w.others().await), (0, [true, true]), "nothing before");
        w.later(5 * 86_400);
        let due = w.app.jobs().organizations_with_ended_tenancies(&w.app.system(kernel::OrgId::new(0))).await.unwrap();
        assert_eq!(due, [w.desk.org]);
        assert_eq!(w.end_due().await, 1);
        assert_eq!((w.end_due().await, w.others().await), (0, [false, false]));
        let after = w.app.wifi().unit(&w.desk(), w.unit).await.unwrap();
        assert!(after.identities.iter().all(|i| i.status == crate::wifi::Status::Blocked), "also whose own it is");
        for identity in known.identities.iter().filter(|i| i.kind != crate::wifi::Kind::Linked) {
            assert!(after.identities.iter().all(|i| i.passphrase != identity.passphrase), "passphrases are others");
        }
    }

    async fn a_household_goes_on_while_somebody_resides(t: TestDb) {
        let w = World::new(&t).await;
        let second = w.person("Bo").await;
        let shared = w.rents(second, "1").await;
        w.moves_out(w.lease, 0).await;
        assert_eq!(w.others().await, [true, true], "the other tenant lives there still");
        w.moves_out(shared, 0).await;
        assert_eq!(w.others().await, [false, false]);
    }

    async fn an_owner_who_has_the_unit_back_lives_alone(t: TestDb) {
        let w = World::new(&t).await;
        w.owns(w.person("Olga").await).await;
        assert_eq!(w.others().await, [true, true]);
        w.later(60);
        w.moves_out(w.lease, 0).await;
        assert_eq!(w.others().await, [false, false]);
        let child = w.joins("Kim", Living::Member).await;
        w.later(60);
        w.rents(w.person("Bo").await, "1").await;
        assert_eq!(w.living([child]).await, [false], "an owner who lets the unit moves out with all");
    }

    async fn what_brings_the_tenancy_back_brings_the_household_back(t: TestDb) {
        let w = World::new(&t).await;
        w.archive(w.ada, true).await;
        let gone = w.mem;
        w.archive(gone, true).await;
        w.archive(w.ada, false).await;
        assert_eq!(w.others().await, [false, true], "whoever is archived stays away");
        w.moves_out(w.lease, 0).await;
        assert_eq!(w.others().await, [false, false]);
        w.app.moves().stay_on(&w.desk(), w.lease).await.unwrap();
        assert_eq!(w.others().await, [false, true], "the desk's undo");
        w.update(w.lease, Input { ends_at: Field::Given(w.now()), ..Input::default() }).await;
        assert_eq!(w.others().await, [false, false]);
        w.later(60);
        w.update(w.lease, Input { ends_at: Field::Given(w.now().plus_days(30)), ..Input::default() }).await;
        assert_eq!(w.others().await, [false, true], "a lease that is prolonged");
    }

    async fn nobody_comes_back_into_a_unit_that_others_had(t: TestDb) {
        let w = World::new(&t).await;
        w.archive(w.ada, true).await;
        w.later(60);
        let next = w.rents(w.person("Bo").await, "1").await;
        w.later(60);
        w.moves_out(next, 0).await;
        w.archive(w.ada, false).await;
        assert_eq!(w.living([w.ada]).await, [true]);
        assert_eq!(w.others().await, [false, false]);
    }

    async fn those_of_the_next_household_stay(t: TestDb) {
        let w = World::new(&t).await;
        let until = w.now().plus_days(10);
        w.update(w.lease, Input { ends_at: Field::Given(until), ..Input::default() }).await;
        let place = (w.property, Some(w.unit));
        let (bo, kim) = (w.person("Bo").await, w.person("Kim").await);
        let noted = async move |w: &db::Write, _: &kernel::Actor| {
            for (person, living) in [(bo, Living::Tenant), (kim, Living::Member)] {
                let id = crate::tenancy::begin_as(w, person, place, living, until).await?;
                crate::tenancy::follow(w, id).await?;
            }
            Ok(())
        };
        w.app.write(&w.desk(), noted).await.unwrap();
        w.later(10 * 86_400 + 30);
        w.end_due().await;
        assert_eq!(w.living([w.ada, w.mem, w.gus, bo, kim]).await, [false, false, false, true, true]);
    }

    async fn a_member_who_takes_the_lease_over_keeps_the_household(t: TestDb) {
        let w = World::new(&t).await;
        let until = w.now().plus_days(10);
        w.update(w.lease, Input { ends_at: Field::Given(until), ..Input::default() }).await;
        let (place, mem) = ((w.property, Some(w.unit)), w.mem);
        let noted = async move |w: &db::Write, _: &kernel::Actor| {
            let id = crate::tenancy::begin_as(w, mem, place, Living::Tenant, until).await?;
            crate::tenancy::follow(w, id).await
        };
        w.app.write(&w.desk(), noted).await.unwrap();
        w.later(10 * 86_400 + 30);
        w.end_due().await;
        assert_eq!(w.living([w.ada, w.mem, w.gus]).await, [false, true, true]);
    }

    async fn a_lease_that_becomes_another_persons_is_a_handover(t: TestDb) {
        let w = World::new(&t).await;
        let before = w.app.wifi().unit(&w.desk(), w.unit).await.unwrap();
        let bo = w.person("Bo").await;
        w.update(w.lease, Input { person_id: Field::Given(bo), ..Input::default() }).await;
        assert_eq!(w.living([w.ada, w.mem, w.gus, bo]).await, [false, false, false, true]);
        let after = w.app.wifi().unit(&w.desk(), w.unit).await.unwrap();
        assert_ne!(before.generation, after.generation, "the portal link ended");
        let of = |u: &crate::wifi::UnitWifi| u.of_kind(crate::wifi::Kind::Unit).unwrap().passphrase.clone();
        assert_ne!(of(&before), of(&after));
    }

    async fn invitations_end_with_whoever_stands_behind_them(t: TestDb) {
        let w = World::new(&t).await;
        let ada = w.caller(w.ada).await;
        // Of the household; of the management, into the household; and for whoever moves in next.
        let own = w.invite(&ada, "Own", Living::Member).await.unwrap();
        let theirs = w.invite(&w.desk(), "Theirs", Living::Guest).await.unwrap();
        let next = w.invite(&w.desk(), "Next", Living::Tenant).await.unwrap();
        w.later(60);
        w.moves_out(w.lease, 0).await;
        is_unknown(w.redeem(&own).await);
        is_unknown(w.redeem(&theirs).await);
        assert_eq!(w.actions("invitation.ended").await, 2);
        assert_eq!(w.living([w.redeem(&next).await.unwrap()]).await, [true]);
    }

    async fn an_invitation_is_held_against_what_is_true_when_it_is_used(t: TestDb) {
        let w = World::new(&t).await;
        let ada = w.caller(w.ada).await;
        let own = w.invite(&ada, "Own", Living::Member).await.unwrap();
        w.update(w.lease, Input { ends_at: Field::Given(w.now().plus_secs(60)), ..Input::default() }).await;
        w.later(61);
        // No schedule has run.
        is_unknown(w.redeem(&own).await);
        let nobody = Caller::anonymous(w.desk.org, Door::Pages, w.now());
        is_unknown(w.app.invites().check(&nobody, &own.token, HOME.into()).await);
    }

    async fn whoever_left_is_not_invited_any_more(t: TestDb) {
        let w = World::new(&t).await;
        for way in 0..4 {
            let person = w.person("Pia").await;
            let lease = w.rents(person, "9").await;
            let unit = {
                let find = async move |r: &db::Read, _: &kernel::Actor| {
                    r.one(sql!("SELECT unit_id FROM tenancy WHERE org_id = $1 AND id = $2", r.caller().org, lease)).await
                };
                w.app.read(&w.desk(), find).await.unwrap()
            };
            let input = invite::Input {
                person_id: Some(person),
                unit_id: Field::Given(unit),
                ..w.invitation(&format!("Pia{way}"), Living::Tenant)
            };
            let made = w.app.invites().create(&w.desk(), Draft::from(input)).await.unwrap();
            w.later(60);
            match way {
                0 => w.moves_out(lease, 0).await,
                1 => w.archive(person, true).await,
                2 => w.app.residents().delete(&w.desk(), person).await.unwrap(),
                _ => w.app.tenancies().delete(&w.desk(), lease).await.unwrap(),
            }
            is_unknown(w.redeem(&made).await);
            if way == 1 {
                w.archive(person, false).await;
                is_unknown(w.redeem(&made).await);
            }
            if way < 2 {
                w.app.residents().delete(&w.desk(), person).await.unwrap();
            }
        }
    }

    async fn nobody_who_lives_there_takes_over_what_the_management_asked(t: TestDb) {
        let w = World::new(&t).await;
        let ada = w.caller(w.ada).await;
        // A known tenant of the same unit, who has not registered yet.
        let known = w.person("Bo").await;
        w.rents(known, "1").await;
        let input = invite::Input { person_id: Some(known), ..w.invitation("Bo", Living::Tenant) };
        let asked = w.app.invites().create(&w.desk(), Draft::from(input)).await.unwrap();
        for living in [Living::Member, Living::Guest] {
            let refused = w.invite(&ada, "Bo", living).await;
            assert!(matches!(refused, Err(Error::Conflict("invited"))), "{refused:?}");
        }
        let id: InvitationId = asked.invite.id;
        is_unknown(w.app.invites().withdraw(&ada, id).await);
        is_unknown(w.app.invites().renew(&ada, id).await);
        assert!(w.app.invites().open(&ada, w.unit).await.unwrap().is_empty());
        assert!(w.app.me().household(&ada).await.unwrap().invites.is_empty());
        // Expired, it is still the management's: the address can be invited, but is somebody else.
        w.later(40 * 86_400);
        let ada = w.caller(w.ada).await;
        let other = w.invite(&ada, "Bo", Living::Member).await.unwrap();
        assert_ne!(other.invite.person_id, known);
        let renewed = w.app.invites().renew(&w.desk(), id).await.unwrap();
        assert_eq!(w.redeem(&renewed).await.unwrap(), known, "and it was not superseded");
    }

    async fn households_replace_their_own_invitations_alone(t: TestDb) {
        let w = World::new(&t).await;
        let ada = w.caller(w.ada).await;
        let first = w.invite(&ada, "Kim", Living::Guest).await.unwrap();
        let second = w.invite(&ada, "Kim", Living::Member).await.unwrap();
        assert_eq!(first.invite.person_id, second.invite.person_id, "nobody knows Kim");
        is_unknown(w.redeem(&first).await);
        assert_eq!(w.app.me().household(&ada).await.unwrap().invites.len(), 1);
        // The management gets to know Kim in the meantime.
        let kim = second.invite.person_id;
        let known = async move |w: &db::Write, _: &kernel::Actor| {
            w.execute(sql!("UPDATE person SET is_resident = TRUE WHERE org_id = $1 AND id = $2", w.caller().org, kim)).await
        };
        w.app.write(&w.desk(), known).await.unwrap();
        assert_ne!(w.invite(&ada, "Kim", Living::Member).await.unwrap().invite.person_id, kim);
        // The management may take the place of both.
        let third = w.invite(&w.desk(), "Kim", Living::Member).await.unwrap();
        assert!(w.app.me().household(&ada).await.unwrap().invites.is_empty());
        w.redeem(&third).await.unwrap();
    }

    async fn whoever_decides_changes_the_others(t: TestDb) {
        let w = World::new(&t).await;
        let (ada, mem, gus) = (w.caller(w.ada).await, w.caller(w.mem).await, w.caller(w.gus).await);
        let (of_mem, of_gus) = (w.tenancy(w.mem).await, w.tenancy(w.gus).await);
        let houses = w.app.households();
        let rights = |living: Living, admin: bool| {
            Draft::from(HousemateInput { living: Field::Given(living), unit_admin: Field::Given(admin) })
        };
        // Who decides nothing, changes nobody; nobody changes tenants, or themselves.
        is_unknown(houses.get(&mem, of_gus).await);
        is_unknown(houses.update(&gus, of_mem, rights(Living::Guest, false)).await);
        is_unknown(houses.remove(&mem, of_gus).await);
        is_unknown(houses.remove(&ada, w.lease).await);
        is_unknown(houses.update(&ada, w.lease, rights(Living::Guest, false)).await);
        let stranger = w.person("Eve").await;
        w.rents(stranger, "2").await;
        let eve = w.caller(stranger).await;
        for call in [houses.remove(&eve, of_mem).await, houses.take_back(&eve, of_mem).await] {
            is_unknown(call);
        }
        for (input, field) in [(rights(Living::Tenant, false), "living"), (rights(Living::Guest, true), "unit_admin")] {
            let Err(Error::Invalid(faults)) = houses.update(&ada, of_mem, input).await else { panic!("{field}") };
            assert_eq!(faults.iter().next().unwrap().path[0], field);
        }
        // Mem decides, too, and invites; then not any more, and the invitation ends.
        houses.update(&ada, of_mem, rights(Living::Member, true)).await.unwrap();
        assert!(houses.get(&ada, of_mem).await.unwrap().unit_admin);
        let invited = w.invite(&mem, "Kim", Living::Member).await.unwrap();
        is_unknown(houses.remove(&mem, of_mem).await);
        is_unknown(houses.remove(&mem, w.lease).await);
        houses.update(&mem, of_gus, rights(Living::Member, false)).await.unwrap();
        houses.update(&ada, of_gus, rights(Living::Guest, false)).await.unwrap();
        houses.update(&ada, of_mem, rights(Living::Member, false)).await.unwrap();
        is_unknown(w.redeem(&invited).await);
        assert!(matches!(w.invite(&mem, "Kim", Living::Member).await, Err(Error::Forbidden)));
    }

    async fn whoever_is_removed_has_left_at_once_and_can_be_taken_back(t: TestDb) {
        let w = World::new(&t).await;
        let (ada, mem) = (w.caller(w.ada).await, w.caller(w.mem).await);
        let id = w.tenancy(w.mem).await;
        let linked = async || {
            let unit = w.app.wifi().unit(&w.desk(), w.unit).await.unwrap();
            unit.identities.into_iter().find(|i| i.person_id == Some(w.mem)).unwrap().status
        };
        assert_eq!(linked().await, crate::wifi::Status::Active);
        let houses = w.app.households();
        houses.remove(&ada, id).await.unwrap();
        assert_eq!(linked().await, crate::wifi::Status::Blocked);
        assert_eq!(w.others().await, [false, true]);
        assert!(matches!(w.app.wifi().own(&mem, w.unit).await, Err(Error::Forbidden)));
        is_unknown(houses.remove(&ada, id).await);
        houses.take_back(&ada, id).await.unwrap();
        assert_eq!((linked().await, w.others().await), (crate::wifi::Status::Active, [true, true]));
        assert!(matches!(houses.take_back(&ada, id).await, Err(Error::Conflict("not_removed"))));
        // Not after a day, and nobody whom somebody else's end took away.
        houses.remove(&ada, id).await.unwrap();
        w.later(25 * 3_600);
        let ada = w.caller(w.ada).await;
        assert!(matches!(houses.take_back(&ada, id).await, Err(Error::Conflict("not_removed"))));
        w.archive(w.ada, true).await;
        w.archive(w.ada, false).await;
        assert_eq!(w.others().await, [false, true], "whoever was removed does not come back with the others");
    }

    async fn moving_out_says_who_leaves_along(t: TestDb) {
        let w = World::new(&t).await;
        let leaving = |id| { let w = &w; async move { w.app.moves().leaving(&w.desk(), id).await.unwrap() } };
        let moves::Leaving { others, ends_household, .. } = leaving(w.lease).await;
        assert_eq!((others.len(), ends_household), (2, true));
        assert!(!leaving(w.tenancy(w.mem).await).await.ends_household);
        let owner = w.owns(w.person("Olga").await).await;
        assert!(leaving(w.lease).await.ends_household && !leaving(owner).await.ends_household);
        w.rents(w.person("Bo").await, "1").await;
        assert!(!leaving(w.lease).await.ends_household);
    }
}
