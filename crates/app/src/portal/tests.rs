use db::{db_tests, sql, testing::TestDb};
use kernel::{Caller, Door, Error, Field, PropertyId, Result, UnitId};

use super::{Input, Picture};
use crate::{
    App,
    sandbox::{self, Sandbox},
};

async fn open(t: &TestDb) -> (App, Sandbox, Caller) {
    let (app, made) = sandbox::tests::settled(t).await;
    let desk = app.system(made.organization.id);
    (app, made, desk)
}

fn given(s: &str) -> Field<String> {
    Field::Given(s.to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "what an operation answers")]
fn refused<T: std::fmt::Debug>(out: Result<T>) {
    assert!(matches!(out, Err(Error::Unauthenticated(_))), "{out:?}");
}

db_tests! {
    crate::sandbox::tests::db =>
    async fn signing_in_takes_the_right_secret_of_the_right_property(t: TestDb) {
        let (app, made, desk) = open(&t).await;
        let (w, door) = (&made.wifi, Door::Ruckus);
        let sign_in = async |property, secret: &str| app.portals().sign_in(door, property, secret).await;
        let good = sign_in(w.property_id, &w.hashed_secret).await.unwrap();
        assert_eq!(good.entered.property_uid, w.property_id);
        assert!(good.entered.expires_at > desk.at.plus_secs(86_000));
        assert!(!format!("{good:?}").contains(&good.token));
        refused(sign_in(w.other_property_id, &w.hashed_secret).await);
        refused(sign_in(uuid::Uuid::nil(), &w.hashed_secret).await);
        for wrong in ["", "x", &w.hashed_secret[1..], &w.other_hashed_secret] {
            refused(sign_in(w.property_id, wrong).await);
        }
        let entered = app.portals().enter(door, &good.token).await.unwrap();
        assert_eq!((entered.unit, entered.property), (good.entered.unit, good.entered.property));
        refused(app.portals().enter(door, "x").await);
        // Several sign-ins live beside each other.
        let second = sign_in(w.property_id, &w.hashed_secret).await.unwrap();
        assert!(app.portals().enter(door, &good.token).await.is_ok() && second.token != good.token);
        let hashed = sql!("SELECT count(*) FROM unit_token WHERE length(token_hash) = 32");
        assert_eq!(sandbox::tests::number(&t, hashed).await, 2);
    }

    async fn renewing_a_link_ends_all_that_came_of_it(t: TestDb) {
        let (app, made, desk) = open(&t).await;
        let w = &made.wifi;
        let old = app.portals().sign_in(Door::Ruckus, w.property_id, &w.hashed_secret).await.unwrap();
        app.portals().renew_link(&old.entered.caller, w.unit_id).await.unwrap();
        refused(app.portals().enter(Door::Ruckus, &old.token).await);
        refused(app.portals().get(&old.entered.caller, old.entered.property).await);
        refused(app.portals().sign_in(Door::Ruckus, w.property_id, &w.hashed_secret).await);
        let secret = app.portals().secret(&desk, w.unit_id).await.unwrap();
        assert_eq!(secret, app.portals().secret(&desk, w.unit_id).await.unwrap(), "the same again and again");
        assert_ne!(secret, w.hashed_secret);
        assert!(app.portals().sign_in(Door::Ruckus, w.property_id, &secret).await.is_ok());
        let link = app.portals().link(&desk, w.unit_id).await.unwrap();
        assert_eq!(link, format!("http://127.0.0.1:8080/portal/{}?auth={secret}", w.property_id));
        let none = app.portals().secret(&desk, UnitId::new(999_999)).await;
        assert!(matches!(none, Err(Error::NotFound("unit"))));
    }

    async fn a_sign_in_lasts_a_day(t: TestDb) {
        let (app, made, _) = open(&t).await;
        let w = &made.wifi;
        let entered = app.portals().sign_in(Door::Ruckus, w.property_id, &w.hashed_secret).await.unwrap();
        app.clock().advance(86_399);
        let caller = app.portals().enter(Door::Ruckus, &entered.token).await.unwrap().caller;
        assert!(app.wifi().unit(&caller, w.unit_id).await.is_ok());
        app.clock().advance(2);
        refused(app.portals().enter(Door::Ruckus, &entered.token).await);
        let late = Caller { at: app.now(), ..caller };
        refused(app.wifi().unit(&late, w.unit_id).await);
        assert_eq!(sandbox::tests::number(&t, sql!("SELECT count(*) FROM unit_token")).await, 1);
        app.jobs().clean_up(&app.system(kernel::OrgId::new(0))).await.unwrap();
        assert_eq!(sandbox::tests::number(&t, sql!("SELECT count(*) FROM unit_token")).await, 0);
    }

    async fn switches_close_the_portal_and_its_programs(t: TestDb) {
        let (app, made, desk) = open(&t).await;
        let w = &made.wifi;
        let entered = app.portals().sign_in(Door::Ruckus, w.property_id, &w.hashed_secret).await.unwrap().entered;
        let set = async |input: Input| app.portals().update(&desk, entered.property, input.into()).await.unwrap();
        set(Input { api_allowed: Field::Given(false), ..Input::default() }).await;
        assert!(matches!(app.wifi().unit(&entered.caller, w.unit_id).await, Err(Error::Forbidden)));
        set(Input { api_allowed: Field::Given(true), portal_allowed: Field::Given(false), ..Input::default() }).await;
        assert!(app.wifi().unit(&entered.caller, w.unit_id).await.is_ok());
        refused(app.portals().sign_in(Door::Ruckus, w.property_id, &w.hashed_secret).await);
        let public = app.portals().public(w.property_id).await.unwrap();
        assert!(!public.settings.portal_allowed && public.icon.is_some());
        assert!(matches!(app.portals().public(uuid::Uuid::nil()).await, Err(Error::NotFound("property"))));
        // Without guests their passphrase is nowhere.
        set(Input { guest_allowed: Field::Given(false), ..Input::default() }).await;
        assert_eq!(app.wifi().unit(&desk, w.unit_id).await.unwrap().identities.len(), 2);
        assert!(app.wifi().devices(&desk, w.unit_id, true).await.unwrap().is_empty());
        let guest = crate::wifi::UnitInput { guest_secret: given("correct horse"), ..Default::default() };
        assert!(matches!(app.wifi().update_unit(&desk, w.unit_id, guest.into()).await, Err(Error::Invalid(_))));
    }

    async fn settings_have_limits_and_defaults(t: TestDb) {
        let (app, made, desk) = open(&t).await;
        let plain = app.portals().get(&desk, PropertyId::new(2)).await.unwrap();
        let s = &plain.settings;
        assert_eq!((s.main_color.as_str(), s.text_color.as_str()), ("#101820", "#54585A"));
        assert!(s.portal_allowed && s.api_allowed && s.tenant_set_dpsk && !s.guest_allowed && s.send_email);
        let long = |n| given(&"ä".repeat(n));
        let bad = Input {
            login_text: long(53), announcements: long(5001), help_text: long(5001), main_color: given("#12345"),
            max_units: Field::Given(Some(-1)), ..Input::default()
        };
        let Err(Error::Invalid(faults)) = app.portals().update(&desk, plain.id, bad.into()).await else { panic!() };
        let told: Vec<&str> = faults.iter().map(|f| f.path[0].as_ref()).collect();
        assert_eq!(told, ["login_text", "announcements", "help_text", "main_color", "max_units"]);
        let good = Input { login_text: long(52), help_text: long(5000), main_color: given("abc"), ..Input::default() };
        let set = app.portals().update(&desk, plain.id, good.into()).await.unwrap();
        assert_eq!((set.settings.main_color.as_str(), set.settings.login_text.chars().count()), ("abc", 52));
        let link = app.portals().sign_in(Door::Ruckus, made.wifi.property_id, &made.wifi.hashed_secret).await.unwrap();
        let entered = link.entered;
        let by_link = app.portals().update(&entered.caller, entered.property, Input::default().into()).await;
        assert!(matches!(by_link, Err(Error::Forbidden)));
        let gone = app.portals().set_picture(&desk, entered.property, Picture::Logo, None).await.unwrap();
        assert!(gone.logo.is_none() && gone.icon.is_some());
        let properties = app.properties().list(&desk).await.unwrap();
        let present = properties.iter().filter(|p| p.leased.property.archived_at.is_none()).count();
        assert_eq!(app.portals().list(&desk).await.unwrap().len(), present);
        assert!(present < properties.len(), "one of the sandbox is archived");
        assert_eq!(app.portals().list(&entered.caller).await.unwrap().len(), 1);
    }
}
