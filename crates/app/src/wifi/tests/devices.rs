//! Single devices that stay out, and what a handover leaves of who lived there before.

use super::*;

/// A device of the sandbox's unit.
const OWN: &str = "3C:22:FB:10:4A:01";

impl House {
    async fn set_device(&self, by: &Caller, unit: UnitId, mac: &str, status: Status) -> Result<Device> {
        self.app.wifi().set_device_status(by, unit, None, DeviceKey::parse(mac), status).await
    }

    pub(super) async fn starts(&self, unit: UnitId, role: Living, starts: Instant) {
        let (person, property) = (self.made.tenant_id, self.property);
        let begin = async move |w: &db::Write, _: &kernel::Actor| {
            let id = tenancy::begin(w, person, property, Some(unit), starts, None, None).await?;
            let role = role.as_str();
            w.execute(sql!("UPDATE tenancy SET role = $3 WHERE org_id = $1 AND id = $2", w.caller().org, id, role))
                .await?;
            tenancy::follow(w, id).await
        };
        self.app.write(&self.desk, begin).await.unwrap();
    }

    /// A unit of the property in which nobody lives.
    pub(super) async fn vacant(&self, number: &'static str) -> UnitId {
        let property = self.property;
        let make = async move |w: &db::Write, _: &kernel::Actor| crate::unit::create(w, property, number).await;
        self.app.write(&self.desk, make).await.unwrap()
    }

    /// What the schedule does at this instant; how many it followed.
    pub(super) async fn arrivals(&self, at: Instant) -> u64 {
        let nobody = Caller { at, ..self.app.system(kernel::OrgId::new(0)) };
        let mut all = 0;
        for org in self.app.wifi().organizations_with_arrivals(&nobody).await.unwrap() {
            all += self.app.wifi().follow_arrivals(&Caller { org, at, ..self.desk }).await.unwrap();
        }
        all
    }
}

db_tests! {
    crate::sandbox::tests::db =>
    async fn a_blocked_device_stays_out_and_is_not_learned_again(t: TestDb) {
        let h = house(&t).await;
        let at = h.last().await;
        assert!(h.joining().await.contains(&OWN.to_owned()));
        assert_eq!(h.set_device(&h.link, h.unit, OWN, Status::Blocked).await.unwrap().status(), Status::Blocked);
        assert_eq!(h.joining().await.len(), 5, "all others join");
        let noted = h.changes(at).await;
        assert_eq!(noted, [("wifi_device.updated".to_owned(), r#"{"blocked":[false,true]}"#.to_owned())]);
        assert!(h.app.wifi().news(&h.desk, at).await.unwrap().units.contains(&h.unit), "servers learn of it");
        // Seen with the passphrase, it is still the same device.
        let seen = |identity| vec![Seen { property: h.property, mac: Mac::parse(OWN).unwrap(), identity: Some(identity) }];
        let own = h.own(Kind::Unit).await.uid;
        h.app.wifi().seen(&h.desk, h.desk.at.plus_secs(60), seen(own)).await.unwrap();
        assert!(!h.joining().await.contains(&OWN.to_owned()));
        // Again changes nothing.
        let at = h.last().await;
        h.set_device(&h.link, h.unit, OWN, Status::Blocked).await.unwrap();
        assert!(h.changes(at).await.is_empty());
        assert_eq!(h.set_device(&h.link, h.unit, OWN, Status::Active).await.unwrap().status(), Status::Active);
        assert_eq!(h.joining().await.len(), 6);
    }

    async fn a_device_the_desk_blocks_no_resident_lets_in(t: TestDb) {
        let h = house(&t).await;
        // Also where the resident had blocked it before.
        h.set_device(&h.link, h.unit, OWN, Status::Blocked).await.unwrap();
        let both = h.set_device(&h.desk, h.unit, OWN, Status::Blocked).await.unwrap();
        assert!(both.is_blocked && both.blocked_by_desk);
        let lifted = h.set_device(&h.link, h.unit, OWN, Status::Active).await;
        assert!(matches!(lifted, Err(Error::Forbidden)), "{lifted:?}");
        let removed = h.app.wifi().remove_device(&h.link, h.unit, None, DeviceKey::parse(OWN)).await;
        assert!(matches!(removed, Err(Error::Forbidden)), "registered anew it would join again: {removed:?}");
        assert!(!h.joining().await.contains(&OWN.to_owned()));
        let open = h.set_device(&h.desk, h.unit, OWN, Status::Active).await.unwrap();
        assert!(!open.is_blocked && !open.blocked_by_desk);
        // The same of identities: the desk adds its lock to the resident's.
        let status = |s| IdentityInput { status: Field::Given(s), ..IdentityInput::default() };
        let own = h.own(Kind::Unit).await;
        for by in [&h.link, &h.desk] {
            h.set_user(by, &own, status(Status::Blocked)).await.unwrap();
        }
        assert!(matches!(h.set_user(&h.link, &own, status(Status::Active)).await, Err(Error::Forbidden)));
    }

    async fn devices_of_others_are_out_of_reach(t: TestDb) {
        let h = house(&t).await;
        let page = PageNumber { page: 1, per_page: 50 };
        let units = h.app.wifi().units(&h.desk, h.property, UnitSort::default(), page).await.unwrap().0;
        let next = units.iter().find(|u| u.id != h.unit).unwrap();
        let mac = Draft::from("02:00:00:00:00:0c".to_owned());
        h.app.wifi().register_device(&h.desk, next.id, next.of_kind(Kind::Unit).unwrap().uid, mac).await.unwrap();
        let of_the_neighbour = h.set_device(&h.link, next.id, "02:00:00:00:00:0c", Status::Blocked).await;
        assert!(matches!(of_the_neighbour, Err(Error::Forbidden)));
        for (unit, mac) in [(h.unit, "02:00:00:00:00:0c"), (h.unit, "nonsense"), (UnitId::new(999_999), OWN)] {
            let missing = h.set_device(&h.desk, unit, mac, Status::Blocked).await;
            assert!(matches!(missing, Err(Error::NotFound(_))), "{unit} {mac}");
        }
        let elsewhere = h.app.system(h.made.other.organization.id);
        assert!(matches!(h.set_device(&elsewhere, h.unit, OWN, Status::Blocked).await, Err(Error::NotFound(_))));
        // Of this identity alone, where one is named.
        let guest = Some(h.own(Kind::Guest).await.uid);
        let wrong = h.app.wifi().set_device_status(&h.link, h.unit, guest, DeviceKey::parse(OWN), Status::Blocked).await;
        assert!(matches!(wrong, Err(Error::NotFound("wifi_device"))));
    }

    async fn what_the_desk_blocked_stays_blocked_where_it_moves(t: TestDb) {
        let h = house(&t).await;
        h.set_device(&h.desk, h.unit, OWN, Status::Blocked).await.unwrap();
        let next = h.vacant("9Y").await;
        h.lives(PersonId::new(h.made.tenant_id.get() + 1), next, Living::Tenant).await;
        for owner in h.owners().await {
            h.leaves(owner).await;
        }
        h.leaves(h.tenancy_of(h.made.tenant_id).await).await;
        let there = h.app.wifi().unit(&h.desk, next).await.unwrap().of_kind(Kind::Unit).unwrap().uid;
        let moved = h.app.wifi().register_device(&h.desk, next, there, Draft::from(OWN.to_owned())).await.unwrap();
        assert!(moved.blocked_by_desk);
    }

    async fn a_future_owner_of_a_vacant_unit_is_followed_when_the_day_comes(t: TestDb) {
        let h = house(&t).await;
        let (empty, starts) = (h.vacant("9Z").await, h.desk.at.plus_days(3));
        h.starts(empty, Living::Owner, starts).await;
        // Whoever buys a unit that is let does not move in.
        h.starts(h.unit, Living::Owner, starts).await;
        h.arrivals(h.desk.at).await;
        assert_eq!(h.arrivals(starts.plus_secs(-1)).await, 0);
        assert_eq!(h.arrivals(starts.plus_secs(1)).await, 1);
        assert_eq!(h.arrivals(starts.plus_secs(2)).await, 0, "nothing is found twice");
        let later = Caller { at: starts.plus_secs(3), ..h.desk };
        let unit = h.app.wifi().unit(&later, empty).await.unwrap();
        let own = unit.of_kind(Kind::Unit).unwrap();
        assert_eq!((own.status, own.person_id), (Status::Active, Some(h.made.tenant_id)));
    }

    async fn what_was_written_with_the_link_ends_with_who_had_it(t: TestDb) {
        let h = house(&t).await;
        let words = |text: &str| UnitInput { description: given(text), ..UnitInput::default() };
        h.set(&h.link, words("My wife is away until May")).await.unwrap();
        h.lives(h.made.tenant_id, h.unit, Living::Tenant).await;
        assert!(h.shown().await.description.is_some(), "a further tenancy changes nothing");
        let hand_over = async || {
            let unit = h.unit;
            let residing = async move |r: &db::Read, _: &kernel::Actor| {
                r.all(sql!("SELECT id FROM tenancy WHERE org_id = $1 AND resided_unit_id = $2", r.caller().org, unit)).await
            };
            for owner in h.owners().await {
                h.leaves(owner).await;
            }
            for tenancy in h.app.read(&h.desk, residing).await.unwrap() {
                h.leaves(tenancy).await;
            }
            h.lives(PersonId::new(h.made.tenant_id.get() + 1), h.unit, Living::Tenant).await;
        };
        hand_over().await;
        assert_eq!(h.shown().await.description, None);
        // What the management says of a unit stays.
        h.set(&h.desk, words("Ground floor, to the garden")).await.unwrap();
        hand_over().await;
        assert_eq!(h.shown().await.description.as_deref(), Some("Ground floor, to the garden"));
    }

    async fn identities_say_whose_they_are(t: TestDb) {
        let h = house(&t).await;
        let person = h.made.tenant_id;
        let set = async move |w: &db::Write, _: &kernel::Actor| {
            let phones = sql!("SELECT substr(coalesce(e164, raw), 1, 16) FROM phone_number WHERE org_id = $1 AND person_id = $2 AND is_primary", w.caller().org, person);
            w.optional::<String>(phones).await
        };
        let phone = h.app.write(&h.desk, set).await.unwrap();
        assert!(phone.is_some(), "the sandbox's tenant has a number");
        let stay = h.vacant("9X").await;
        h.lives(person, stay, Living::Tenant).await;
        let own = h.app.wifi().unit(&h.desk, stay).await.unwrap().of_kind(Kind::Unit).unwrap().clone();
        assert_eq!((own.name.as_deref(), &own.phone), (Some("Renty McRenter"), &phone));
        assert!(own.email.is_some());
        let member = h.vacant("9W").await;
        h.lives(person, member, Living::Member).await;
        let linked = h.app.wifi().unit(&h.desk, member).await.unwrap().of_kind(Kind::Linked).unwrap().clone();
        assert_eq!((linked.name.as_deref(), linked.phone, linked.email), (Some("Renty McRenter"), phone, own.email));
    }
}
