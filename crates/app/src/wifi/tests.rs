mod devices;

use db::{db_tests, sql, testing::TestDb};
use kernel::{
    Caller, Door, Draft, Error, Field, Instant, Living, PersonId, Principal, PropertyId, Result, TenancyId, UnitId,
};

use super::{
    Auth, Device, DeviceKey, Identity, IdentityInput, Kind, Mac, NewNetwork, NewRadiusClient, Query, Seen, Status,
    UnitInput, UnitSort, UnitStatus, UnitWifi,
};
use crate::{
    App,
    ledger::PageNumber,
    portal,
    sandbox::{self, Sandbox},
    tenancy,
};

struct House {
    app: App,
    made: Sandbox,
    desk: Caller,
    link: Caller,
    property: PropertyId,
    unit: UnitId,
}

async fn house(t: &TestDb) -> House {
    let (app, made) = sandbox::tests::settled(t).await;
    let desk = app.system(made.organization.id);
    let w = &made.wifi;
    let entered = app.portals().sign_in(Door::Ruckus, w.property_id, &w.hashed_secret).await.unwrap().entered;
    assert_eq!(entered.unit, w.unit_id);
    House { desk, link: entered.caller, property: entered.property, unit: entered.unit, app, made }
}

fn given(s: &str) -> Field<String> {
    Field::Given(s.to_owned())
}

fn paths<T: std::fmt::Debug>(out: Result<T>) -> Vec<String> {
    let Err(Error::Invalid(faults)) = out else { panic!("{out:?}") };
    faults.iter().map(|f| format!("{} {:?}", f.path.join("."), f.problem)).collect()
}

impl House {
    async fn shown(&self) -> UnitWifi {
        self.app.wifi().unit(&self.desk, self.unit).await.unwrap()
    }

    async fn own(&self, kind: Kind) -> Identity {
        self.shown().await.of_kind(kind).unwrap().clone()
    }

    async fn set(&self, by: &Caller, input: UnitInput) -> Result<UnitWifi> {
        self.app.wifi().update_unit(by, self.unit, input.into()).await
    }

    async fn set_user(&self, by: &Caller, who: &Identity, input: IdentityInput) -> Result<Identity> {
        self.app.wifi().update_identity(by, self.unit, who.uid, input.into()).await
    }

    /// The devices that may join in this unit, by address.
    async fn joining(&self) -> Vec<String> {
        let known = self.app.wifi().known_in(&self.desk, vec![self.unit], Vec::new()).await.unwrap();
        let mut macs: Vec<String> = known.iter().filter(|k| k.may_join).map(|k| k.mac.to_string()).collect();
        macs.sort();
        macs
    }

    /// Somebody who lives in a unit from now on, in whatever role.
    async fn lives(&self, person: PersonId, unit: UnitId, role: Living) -> TenancyId {
        let property = self.property;
        let begin = async move |w: &db::Write, _: &kernel::Actor| {
            let id = tenancy::begin(w, person, property, Some(unit), w.now(), None, None).await?;
            w.execute(sql!(
                "UPDATE tenancy SET role = $3 WHERE org_id = $1 AND id = $2",
                w.caller().org,
                id,
                role.as_str()
            ))
            .await?;
            tenancy::follow(w, id).await?;
            Ok(id)
        };
        self.app.write(&self.desk, begin).await.unwrap()
    }

    async fn leaves(&self, tenancy: TenancyId) {
        let end = async move |w: &db::Write, _: &kernel::Actor| {
            tenancy::store::move_out(w, tenancy, Some(w.now()), Some("person")).await?;
            tenancy::follow(w, tenancy).await
        };
        self.app.write(&self.desk, end).await.unwrap();
    }

    async fn tenancy_of(&self, person: PersonId) -> TenancyId {
        let unit = self.unit;
        let find = async move |r: &db::Read, _: &kernel::Actor| {
            r.one(sql!(
                "SELECT id FROM tenancy WHERE org_id = $1 AND person_id = $2 AND unit_id = $3 ORDER BY id LIMIT 1",
                r.caller().org,
                person,
                unit
            ))
            .await
        };
        self.app.read(&self.desk, find).await.unwrap()
    }

    async fn owners(&self) -> Vec<TenancyId> {
        let unit = self.unit;
        let find = async move |r: &db::Read, _: &kernel::Actor| {
            r.all(sql!(
                "SELECT id FROM tenancy WHERE org_id = $1 AND unit_id = $2 AND role = 'owner' AND deleted_at IS NULL",
                r.caller().org,
                unit
            ))
            .await
        };
        self.app.read(&self.desk, find).await.unwrap()
    }

    async fn changes(&self, since: i64) -> Vec<(String, String)> {
        let all = self.app.changes().after(&self.desk, since, 10_000).await.unwrap();
        all.into_iter().map(|c| (c.action, c.data)).collect()
    }

    async fn last(&self) -> i64 {
        self.app.changes().after(&self.desk, 0, 1_000_000).await.unwrap().last().unwrap().seq
    }
}

/// A caller that stands for a signed-in resident.
async fn resident(h: &House, email: &str) -> Caller {
    let key = kernel::Email::key_of(email);
    let begin = async move |w: &db::Write, _: &kernel::Actor| {
        let login = crate::login::by_identifier(w, "email", &key).await?.ok_or(Error::NotFound("user"))?;
        let session = crate::login::begin(w, &login, Door::Casavi, 86_400).await?;
        Ok(Principal::Person { person: login.person_id, session: session.id })
    };
    let principal = h.app.write(&h.desk, begin).await.unwrap();
    Caller { principal, door: Door::Casavi, ..h.desk }
}

db_tests! {
    crate::sandbox::tests::db =>
    async fn the_sandbox_has_a_unit_with_devices_and_guests(t: TestDb) {
        let h = house(&t).await;
        let shown = h.shown().await;
        assert_eq!((shown.number.as_str(), shown.status), ("1A", UnitStatus::Enabled));
        assert_eq!(shown.contact_name.as_deref(), Some("Renty McRenter"));
        let kinds: Vec<Kind> = { let mut k: Vec<_> = shown.identities.iter().map(|i| i.kind).collect(); k.sort(); k };
        assert_eq!(kinds, [Kind::Unit, Kind::Guest, Kind::Linked]);
        assert!(shown.identities.iter().all(|i| i.status == Status::Active && i.passphrase.expose().len() == 12));
        let own = h.app.wifi().devices(&h.link, h.unit, false).await.unwrap();
        let guests = h.app.wifi().devices(&h.link, h.unit, true).await.unwrap();
        assert_eq!((own.len(), guests.len()), (5, 1), "R15: those of linked people count as the unit's");
        assert!(own.iter().any(|d| d.last_connected_at.is_some()) && own.iter().any(|d| d.last_connected_at.is_none()));
        assert_eq!(h.joining().await.len(), 6);
        let p = h.app.portals().get(&h.link, h.property).await.unwrap();
        assert_eq!((p.logo.is_some(), p.icon.is_some(), p.ssids.len()), (true, true, 2));
        assert_eq!(p.logo.unwrap().content_type, "image/png");
    }

    async fn passphrases_are_set_reset_and_never_shared(t: TestDb) {
        let h = house(&t).await;
        let before = h.own(Kind::Unit).await;
        let set = |secret: &str| UnitInput { secret: given(secret), ..UnitInput::default() };
        let set = h.set(&h.link, set("correct horse")).await.unwrap();
        assert_eq!(set.of_kind(Kind::Unit).unwrap().passphrase.expose(), "correct horse");
        let user = h.own(Kind::Unit).await;
        assert_eq!((user.uid, user.passphrase.expose()), (before.uid, "correct horse"), "R26: one value");
        // R7: an empty one means another one.
        let input = || IdentityInput { passphrase: given(""), ..IdentityInput::default() };
        let reset = h.set_user(&h.link, &user, input()).await.unwrap();
        assert_ne!(reset.passphrase, user.passphrase);
        assert_ne!(h.set_user(&h.link, &user, input()).await.unwrap().passphrase, reset.passphrase);
        // Nobody learns whose it is.
        let guest = h.own(Kind::Guest).await;
        let taken = UnitInput { secret: given(guest.passphrase.expose()), ..UnitInput::default() };
        assert!(matches!(h.set(&h.link, taken).await, Err(Error::Conflict("passphrase_taken"))));
        let same = IdentityInput { passphrase: given(guest.passphrase.expose()), ..IdentityInput::default() };
        let at = h.last().await;
        assert_eq!(h.set_user(&h.link, &guest, same).await.unwrap().passphrase, guest.passphrase);
        assert!(h.changes(at).await.iter().all(|(action, _)| action != "wifi_identity.passphrase_changed"));
        for (text, told) in [
            ("1234567", "secret Length(8, 63)"), (&"x".repeat(64), "secret Length(8, 63)"),
            ("pässword", "secret Malformed"), ("tab\tbed!", "secret Malformed"),
        ] {
            assert_eq!(paths(h.set(&h.link, UnitInput { secret: given(text), ..UnitInput::default() }).await), [told]);
        }
        for good in ["12345678", &"x".repeat(63), "~ !\"#$%&'"] {
            h.set(&h.link, UnitInput { secret: given(good), ..UnitInput::default() }).await.unwrap();
        }
    }

    async fn all_faults_are_told_together(t: TestDb) {
        let h = house(&t).await;
        let long = |n| given(&"x".repeat(n));
        let bad = UnitInput {
            description: long(1001), contact_name: given(" "), contact_email: long(256), contact_phone: long(17),
            secret: long(3), guest_secret: long(64), ..UnitInput::default()
        };
        let at = h.last().await;
        assert_eq!(paths(h.set(&h.link, bad).await), [
            "description TooLong(1000)", "contact.name Blank", "contact.email TooLong(255)", "contact.phone TooLong(16)",
            "secret Length(8, 63)", "guest_secret Length(8, 63)",
        ]);
        assert!(h.changes(at).await.is_empty());
        let good = UnitInput { contact_email: long(255), contact_phone: long(16), ..UnitInput::default() };
        h.set(&h.link, good).await.unwrap();
        assert_eq!(paths(h.set_user(&h.link, &h.own(Kind::Unit).await, IdentityInput {
            name: long(256), email: long(256), phone: long(17), vlan: Field::Given(Some(5)), ..IdentityInput::default()
        }).await), ["name TooLong(255)", "email TooLong(255)", "phone TooLong(16)", "vlan NotAllowed"]);
        // R25: what is not given stays.
        let kept = h.set(&h.link, UnitInput::default()).await.unwrap();
        assert_eq!((kept.contact_name.as_deref(), kept.contact_phone.unwrap().len()), (Some("Renty McRenter"), 16));
    }

    async fn where_residents_do_not_choose_they_can_only_reset(t: TestDb) {
        let h = house(&t).await;
        let closed = portal::Input { tenant_set_dpsk: Field::Given(false), ..portal::Input::default() };
        h.app.portals().update(&h.desk, h.property, closed.into()).await.unwrap();
        let choose = || UnitInput { guest_secret: given("correct horse"), ..UnitInput::default() };
        assert!(matches!(h.set(&h.link, choose()).await, Err(Error::Forbidden)));
        let before = h.own(Kind::Guest).await.passphrase;
        h.set(&h.link, UnitInput { guest_secret: given(""), ..UnitInput::default() }).await.unwrap();
        assert_ne!(h.own(Kind::Guest).await.passphrase, before);
        h.set(&h.desk, choose()).await.unwrap();
    }

    async fn what_the_desk_blocks_no_resident_lifts(t: TestDb) {
        let h = house(&t).await;
        let status = |s| IdentityInput { status: Field::Given(s), ..IdentityInput::default() };
        let own = h.own(Kind::Unit).await;
        assert_eq!(h.set_user(&h.link, &own, status(Status::Blocked)).await.unwrap().status, Status::Blocked);
        assert_eq!(h.joining().await.len(), 2, "guests and linked people still join");
        assert_eq!(h.set_user(&h.link, &own, status(Status::Active)).await.unwrap().status, Status::Active);
        assert_eq!(h.set_user(&h.desk, &own, status(Status::Blocked)).await.unwrap().status, Status::Blocked);
        assert!(matches!(h.set_user(&h.link, &own, status(Status::Active)).await, Err(Error::Forbidden)));
        h.set_user(&h.link, &own, status(Status::Blocked)).await.unwrap();
        assert_eq!(h.set_user(&h.desk, &own, status(Status::Active)).await.unwrap().status, Status::Active);

        let unit = |s| UnitInput { status: Field::Given(s), ..UnitInput::default() };
        assert_eq!(h.set(&h.link, unit(UnitStatus::Disabled)).await.unwrap().status, UnitStatus::Disabled);
        assert_eq!(h.joining().await.len(), 0);
        assert_eq!(h.set(&h.link, unit(UnitStatus::Enabled)).await.unwrap().status, UnitStatus::Enabled);
        h.set(&h.desk, unit(UnitStatus::Disabled)).await.unwrap();
        assert!(matches!(h.set(&h.link, unit(UnitStatus::Enabled)).await, Err(Error::Forbidden)));
        assert_eq!(h.set(&h.desk, unit(UnitStatus::Enabled)).await.unwrap().status, UnitStatus::Enabled);
        assert_eq!(h.joining().await.len(), 6);
    }

    async fn a_link_is_good_for_its_own_unit_alone(t: TestDb) {
        let h = house(&t).await;
        let other = h.app.wifi().units(&h.desk, h.property, UnitSort::default(), PageNumber { page: 1, per_page: 50 }).await;
        let (units, total) = other.unwrap();
        assert_eq!(units.len() as i64, total);
        let neighbour = units.iter().find(|u| u.id != h.unit).unwrap();
        let wifi = h.app.wifi();
        assert!(matches!(wifi.unit(&h.link, neighbour.id).await, Err(Error::Forbidden)));
        assert!(matches!(wifi.update_unit(&h.link, neighbour.id, UnitInput::default().into()).await, Err(Error::Forbidden)));
        assert!(matches!(wifi.devices(&h.link, neighbour.id, false).await, Err(Error::Forbidden)));
        let foreign = neighbour.of_kind(Kind::Unit).unwrap().uid;
        assert!(matches!(wifi.identity(&h.link, h.unit, foreign).await, Err(Error::NotFound(_))));
        assert!(wifi.units(&h.link, h.property, UnitSort::default(), PageNumber { page: 1, per_page: 5 }).await.is_err());
        assert!(matches!(wifi.networks(&h.link, PropertyId::new(2)).await, Err(Error::Forbidden)));
        assert!(matches!(h.app.residents().list(&h.link).await, Err(Error::Forbidden)));
        let elsewhere = h.app.system(h.made.other.organization.id);
        assert!(matches!(wifi.unit(&elsewhere, h.unit).await, Err(Error::NotFound(_))));
    }

    async fn identities_come_in_pages_by_uid(t: TestDb) {
        let h = house(&t).await;
        let page = |page, per_page| PageNumber { page, per_page };
        let get = async |query| h.app.wifi().identities(&h.link, h.unit, query).await.unwrap();
        let uids = |(all, total): (Vec<Identity>, i64)| (all.iter().map(|i| i.uid).collect::<Vec<_>>(), total);
        let (up, total) = uids(get(Query { only: None, descending: false, page: page(1, 20) }).await);
        let (mut down, _) = uids(get(Query { only: None, descending: true, page: page(1, 20) }).await);
        assert_eq!((up.len(), total), (3, 3));
        assert!(up.windows(2).all(|w| w[0].to_string() < w[1].to_string()));
        down.reverse();
        assert_eq!(up, down);
        let (second, total) = uids(get(Query { only: None, descending: false, page: page(2, 2) }).await);
        assert_eq!((second, total), (vec![up[2]], 3));
        assert_eq!(uids(get(Query { only: Some(up[1]), descending: false, page: page(1, 2) }).await), (vec![up[1]], 1));
        assert_eq!(uids(get(Query { only: None, descending: false, page: page(i64::MAX, 1000) }).await), (vec![], 3));
    }

    async fn devices_are_registered_and_removed(t: TestDb) {
        let h = house(&t).await;
        let (wifi, own) = (h.app.wifi(), h.own(Kind::Unit).await.uid);
        let add = async |mac: &str| wifi.register_device(&h.link, h.unit, own, Draft::from(mac.to_owned())).await;
        let made = add("02-00-00-00-00-0a").await;
        assert_eq!(made.unwrap().mac.to_string(), "02:00:00:00:00:0A");
        assert_eq!(paths(add("0200.0000.000A").await), ["mac Taken"]);
        for bad in ["", "xyz", "FF:FF:FF:FF:FF:FF", "00:00:00:00:00:00", "02:00:00:00:00:0A:0B"] {
            assert_eq!(paths(add(bad).await), ["mac Malformed"], "{bad}");
        }
        let key = DeviceKey::parse("02000000000a");
        let guest = h.own(Kind::Guest).await.uid;
        assert!(matches!(wifi.remove_device(&h.link, h.unit, Some(guest), key).await, Err(Error::NotFound("wifi_device"))));
        wifi.remove_device(&h.link, h.unit, Some(own), key).await.unwrap();
        assert!(matches!(wifi.remove_device(&h.link, h.unit, None, key).await, Err(Error::NotFound("wifi_device"))));
        assert!(matches!(wifi.remove_device(&h.link, h.unit, None, None).await, Err(Error::NotFound(_))));
        let first = wifi.devices(&h.link, h.unit, false).await.unwrap().remove(0);
        wifi.remove_device(&h.link, h.unit, None, DeviceKey::parse(&first.uid.to_string())).await.unwrap();
    }

    async fn moving_out_and_in_ends_what_was(t: TestDb) {
        let h = house(&t).await;
        let before = h.shown().await;
        let secret = h.app.portals().secret(&h.desk, h.unit).await.unwrap();
        let renty = h.made.tenant_id;
        // While an owner is left, the unit is theirs again.
        for owner in h.owners().await {
            h.leaves(owner).await;
        }
        assert_eq!(h.own(Kind::Unit).await.passphrase, before.of_kind(Kind::Unit).unwrap().passphrase);
        let lease = h.tenancy_of(renty).await;
        h.leaves(lease).await;
        assert!(matches!(h.app.wifi().unit(&h.link, h.unit).await, Err(Error::Unauthenticated(_))), "sign-ins end");
        let sign_in = h.app.portals().sign_in(Door::Ruckus, h.made.wifi.property_id, &secret).await;
        assert!(matches!(sign_in, Err(Error::Unauthenticated(_))), "so does the link");
        let empty = h.shown().await;
        let (was, is) = (before.of_kind(Kind::Unit).unwrap(), empty.of_kind(Kind::Unit).unwrap());
        assert_eq!((is.uid, is.status), (was.uid, Status::Blocked), "the identity is the unit's");
        assert_ne!(is.passphrase, was.passphrase);
        assert!(was.name.is_some() && is.name.is_none(), "nobody reads who lived there");
        assert_eq!((&empty.contact_name, &empty.contact_email, &empty.contact_phone), (&None, &None, &None));
        assert!(h.joining().await.len() <= 1, "only somebody who lives there still may");
        let old: Vec<UnitId> = vec![h.unit];
        let erased = h.app.wifi().known_in(&h.desk, old, vec![]).await.unwrap();
        assert!(!erased.is_empty(), "devices stay until somebody else comes");

        let soo_jin = PersonId::new(renty.get() + 1);
        h.lives(soo_jin, h.unit, Living::Tenant).await;
        let next = h.shown().await;
        let new = next.of_kind(Kind::Unit).unwrap();
        assert_eq!((new.status, new.person_id), (Status::Active, Some(soo_jin)));
        assert_ne!(new.passphrase, is.passphrase);
        assert_ne!(next.contact_name, before.contact_name);
        assert_eq!(h.app.wifi().devices(&h.desk, h.unit, false).await.unwrap().iter().filter(|d| d.kind == Kind::Unit).count(), 0);
        // A further tenant changes nothing; neither does the first one leaving while another stays.
        let third = h.lives(renty, h.unit, Living::Tenant).await;
        assert_eq!(h.own(Kind::Unit).await.passphrase, new.passphrase);
        h.leaves(third).await;
        let after = h.own(Kind::Unit).await;
        assert_eq!((after.passphrase, after.status), (new.passphrase.clone(), Status::Active));
    }

    async fn members_have_an_identity_of_their_own_while_they_live_there(t: TestDb) {
        let h = house(&t).await;
        let linked = async || h.shown().await.identities.iter().filter(|i| i.kind == Kind::Linked).cloned().collect::<Vec<_>>();
        let was = linked().await.len();
        let guest = PersonId::new(h.made.tenant_id.get() + 2);
        let stay = h.lives(guest, h.unit, Living::Guest).await;
        let made = linked().await.into_iter().find(|i| i.person_id == Some(guest)).unwrap();
        assert_eq!((linked().await.len(), made.status), (was + 1, Status::Active));
        h.leaves(stay).await;
        let gone = linked().await.into_iter().find(|i| i.person_id == Some(guest)).unwrap();
        assert_eq!((gone.uid, gone.status), (made.uid, Status::Blocked));
        let lift = IdentityInput { status: Field::Given(Status::Active), ..IdentityInput::default() };
        assert!(matches!(h.set_user(&h.link, &gone, lift).await, Err(Error::Forbidden)));
        assert_eq!(h.own(Kind::Unit).await.status, Status::Active);
    }

    async fn a_future_tenant_is_followed_when_the_day_comes(t: TestDb) {
        let h = house(&t).await;
        let (empty, starts) = (h.vacant("9Z").await, h.desk.at.plus_days(3));
        assert_eq!(h.app.wifi().unit(&h.desk, empty).await.unwrap().identities[0].status, Status::Blocked);
        h.starts(empty, Living::Tenant, starts).await;
        h.arrivals(h.desk.at).await;
        assert_eq!(h.arrivals(h.desk.at).await, 0, "nothing is found twice");
        assert!(h.arrivals(starts.plus_secs(1)).await >= 1);
        assert_eq!(h.arrivals(starts.plus_secs(1)).await, 0);
        let later = Caller { at: starts.plus_secs(2), ..h.desk };
        assert_eq!(h.app.wifi().unit(&later, empty).await.unwrap().identities[0].status, Status::Active);
    }

    async fn showing_and_changing_is_noted_without_the_value(t: TestDb) {
        let h = house(&t).await;
        let at = h.last().await;
        let own = h.app.wifi().identity(&h.link, h.unit, h.own(Kind::Unit).await.uid).await.unwrap();
        let set = IdentityInput { passphrase: given("correct horse"), email: given("new@mail.example"), ..IdentityInput::default() };
        h.set_user(&h.link, &own, set).await.unwrap();
        let noted = h.changes(at).await;
        for action in ["wifi_identity.revealed", "wifi_identity.passphrase_changed", "wifi_identity.updated"] {
            assert!(noted.iter().any(|(a, _)| a == action), "{action}: {noted:?}");
        }
        let text = format!("{noted:?}");
        assert!(!text.contains("correct horse") && !text.contains("new@mail") && !text.contains(own.passphrase.expose()));
    }

    async fn a_page_of_units_is_one_look(t: TestDb) {
        let h = house(&t).await;
        let page = async || {
            let some = PageNumber { page: 1, per_page: 50 };
            h.app.wifi().units(&h.desk, h.property, UnitSort::default(), some).await.unwrap().0
        };
        // Passphrases that were not there are made the first time.
        let ids: Vec<UnitId> = page().await.iter().map(|u| u.id).collect();
        let at = h.last().await;
        page().await;
        h.app.portals().links(&h.desk, h.property, ids.clone()).await.unwrap();
        let noted = h.changes(at).await;
        let actions: Vec<&str> = noted.iter().map(|(action, _)| action.as_str()).collect();
        assert_eq!(actions, ["property.passphrases_revealed", "property.portal_links_shown"]);
        let told = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        assert!(ids.len() > 5 && noted.iter().all(|(_, data)| data.contains(&format!("[{told}]"))), "{noted:?}");
        // A page with nobody on it is no look.
        let beyond = PageNumber { page: 9, per_page: 50 };
        h.app.wifi().units(&h.desk, h.property, UnitSort::default(), beyond).await.unwrap();
        assert_eq!(h.changes(at).await.len(), 2);
    }

    async fn who_moves_within_a_property_takes_devices_along(t: TestDb) {
        let h = house(&t).await;
        let wifi = h.app.wifi();
        let page = PageNumber { page: 1, per_page: 50 };
        let units = wifi.units(&h.desk, h.property, UnitSort::default(), page).await.unwrap().0;
        let next = units.iter().find(|u| u.id != h.unit).unwrap();
        let there = next.of_kind(Kind::Unit).unwrap().uid;
        let phone = || Draft::from("02-00-00-00-00-0b".to_owned());
        wifi.register_device(&h.link, h.unit, h.own(Kind::Unit).await.uid, phone()).await.unwrap();
        let taken = wifi.register_device(&h.desk, next.id, there, phone()).await;
        assert_eq!(paths(taken), ["mac Taken"], "while somebody lives there");
        let unit = h.unit;
        let residing = async move |r: &db::Read, _: &kernel::Actor| {
            r.all(sql!("SELECT id FROM tenancy WHERE org_id = $1 AND resided_unit_id = $2", r.caller().org, unit)).await
        };
        // The owners first, or the unit would be handed over to them.
        for tenancy in h.owners().await {
            h.leaves(tenancy).await;
        }
        for tenancy in h.app.read(&h.desk, residing).await.unwrap() {
            h.leaves(tenancy).await;
        }
        let at = h.last().await;
        wifi.register_device(&h.desk, next.id, there, phone()).await.unwrap();
        let mac = Mac::parse("02000000000b");
        let of = async |unit| wifi.devices(&h.desk, unit, false).await.unwrap().iter().any(|d| Some(d.mac) == mac);
        assert!(of(next.id).await && !of(h.unit).await);
        assert!(h.changes(at).await.iter().any(|(action, _)| action == "wifi_device.removed"));
    }

    async fn a_property_that_is_deleted_leaves_nothing_on_the_air(t: TestDb) {
        let h = house(&t).await;
        let (wifi, elsewhere) = (h.app.wifi(), PropertyId::new(2));
        let asker = || NewRadiusClient { name: given("AP"), address: given("10.9.8.7"), secret: given("sixteen-letters!") };
        wifi.add_radius_client(&h.desk, h.property, asker().into()).await.unwrap();
        let taken = wifi.add_radius_client(&h.desk, elsewhere, asker().into()).await;
        assert_eq!(paths(taken), ["address Taken"]);
        assert!(!h.joining().await.is_empty());
        let at = h.last().await;
        h.app.properties().delete(&h.desk, h.property).await.unwrap();
        assert_eq!(h.joining().await, [""; 0]);
        assert!(wifi.news(&h.desk, at).await.unwrap().setup);
        let (askers, networks) = wifi.setup(&h.app.system(kernel::OrgId::new(0))).await.unwrap();
        assert!(askers.iter().all(|a| a.property_id != h.property) && networks.iter().all(|n| n.property_id != h.property));
        assert!(matches!(wifi.unit(&h.link, h.unit).await, Err(Error::Unauthenticated(_))));
        wifi.add_radius_client(&h.desk, elsewhere, asker().into()).await.unwrap();
    }

    async fn networks_and_askers_are_set_up_by_admins(t: TestDb) {
        let h = house(&t).await;
        let wifi = h.app.wifi();
        let net = |ssid: &str| NewNetwork { ssid: given(ssid), min_length: Field::Given(20), vlan: Field::Given(7) };
        let made = wifi.add_network(&h.desk, h.property, net("Third").into()).await.unwrap();
        assert_eq!(paths(wifi.add_network(&h.desk, h.property, net("Third").into()).await), ["ssid Taken"]);
        let bad = NewNetwork { ssid: given(&"x".repeat(33)), min_length: Field::Given(64), vlan: Field::Given(4095) };
        assert_eq!(paths(wifi.add_network(&h.desk, h.property, bad.into()).await),
            ["ssid Malformed", "min_length Malformed", "vlan Malformed"]);
        assert!(matches!(wifi.add_network(&h.link, h.property, net("x").into()).await, Err(Error::Forbidden)));
        // The longest of the property's networks counts.
        let short = UnitInput { secret: given("correct horse"), ..UnitInput::default() };
        assert_eq!(paths(h.set(&h.link, short).await), ["secret Length(20, 63)"]);
        wifi.remove_network(&h.desk, h.property, made.uid).await.unwrap();
        assert!(matches!(wifi.remove_network(&h.desk, h.property, made.uid).await, Err(Error::NotFound(_))));

        let ap = |address: &str| NewRadiusClient {
            name: given("AP"), address: given(address), secret: given("sixteen-letters!") };
        let made = wifi.add_radius_client(&h.desk, h.property, ap("10.0.0.7").into()).await.unwrap();
        assert!(!format!("{:?}", ap("10.0.0.7")).contains("sixteen"));
        assert_eq!(paths(wifi.add_radius_client(&h.desk, h.property, ap("::ffff:10.0.0.7").into()).await), ["address Taken"]);
        let bad = NewRadiusClient { name: given(" "), address: given("x"), secret: given("short") };
        assert_eq!(paths(wifi.add_radius_client(&h.desk, h.property, bad.into()).await),
            ["name Length(1, 100)", "address Malformed", "secret Length(16, 128)"]);
        let (askers, on_air) = wifi.setup(&h.desk).await.unwrap();
        assert_eq!((askers.len(), on_air.len()), (1, 4));
        assert_eq!(askers[0].secret(&wifi.vault().unwrap()).unwrap(), "sixteen-letters!");
        wifi.remove_radius_client(&h.desk, h.property, made.uid).await.unwrap();
        assert!(wifi.radius_clients(&h.desk, h.property).await.unwrap().is_empty());
        assert!(wifi.add_radius_client(&h.desk, h.property, ap("10.0.0.7").into()).await.is_ok(), "the address is free");
    }

    async fn devices_are_seen_and_learned(t: TestDb) {
        let h = house(&t).await;
        let own = h.own(Kind::Unit).await.uid;
        let mac = Mac::parse("02:00:00:00:00:99").unwrap();
        let seen = |identity| vec![Seen { property: h.property, mac, identity }];
        let (at, start) = (h.desk.at.plus_secs(60), h.last().await);
        h.app.wifi().seen(&h.desk, at, seen(None)).await.unwrap();
        assert!(!h.joining().await.contains(&mac.to_string()), "nobody knows whose it is");
        h.app.wifi().seen(&h.desk, at, seen(Some(own))).await.unwrap();
        assert!(h.joining().await.contains(&mac.to_string()));
        let device = |all: Vec<Device>| all.into_iter().find(|d| d.mac == mac).unwrap();
        let known = device(h.app.wifi().devices(&h.desk, h.unit, false).await.unwrap());
        assert_eq!((known.auth, known.last_connected_at), (Auth::Dpsk, Some(at)));
        h.app.wifi().seen(&h.desk, at.plus_secs(-30), seen(None)).await.unwrap();
        assert_eq!(device(h.app.wifi().devices(&h.desk, h.unit, false).await.unwrap()).last_connected_at, Some(at));
        let news = h.app.wifi().news(&h.desk, start).await.unwrap();
        assert!(news.units.contains(&h.unit) && !news.setup);
        assert!(matches!(h.app.wifi().seen(&h.link, at, seen(None)).await, Err(Error::Forbidden)));
    }

    async fn residents_reach_the_wifi_of_where_they_live(t: TestDb) {
        let h = house(&t).await;
        let c = &h.made.community;
        let tenant = resident(&h, &c.tenant.email).await;
        let (owner, member) = (resident(&h, &c.owner.email).await, resident(&h, &c.member.email).await);
        assert_eq!(c.unit_id, h.unit);
        let wifi = h.app.wifi();
        assert_eq!(wifi.unit(&tenant, h.unit).await.unwrap().identities.len(), 3);
        assert!(wifi.unit(&member, h.unit).await.is_ok());
        assert!(matches!(wifi.unit(&owner, h.unit).await, Err(Error::Forbidden)), "a tenant lives there");
        assert_eq!(wifi.own(&tenant, h.unit).await.unwrap().len(), 3);
        let reset = IdentityInput { passphrase: given(""), ..IdentityInput::default() };
        h.set_user(&member, &h.own(Kind::Unit).await, reset).await.unwrap();
        assert!(h.app.portals().link(&tenant, h.unit).await.unwrap().contains("/portal/"));
        let admin = Caller { principal: Principal::Anonymous, ..tenant };
        assert!(matches!(wifi.unit(&admin, h.unit).await, Err(Error::Forbidden)));
    }
}
