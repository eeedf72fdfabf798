//! WiFi: of residents on `/wifi`, of units and properties on the desk.

use app::wifi::{Kind, NewNetwork, Status};
use kernel::{Draft, Field, PropertyId, UnitId};
use world::db;

use crate::{House, html, location};

const PRINTER: &str = "00:17:88:6B:31:F2";

impl House {
    /// Gives the harbour a network.
    async fn on_air(&self) {
        let new = NewNetwork { ssid: Field::Given("Harbour".to_owned()), ..NewNetwork::default() };
        self.app.wifi().add_network(&self.staff().await, self.home.harbour, Draft::from(new)).await.unwrap();
    }

    /// A further unit of a property.
    async fn another(&self, property: PropertyId, number: &str) -> UnitId {
        let input = app::desk::UnitInput { number: Field::Given(number.to_owned()), ..app::desk::UnitInput::default() };
        self.app.desk().make_unit(&self.staff().await, property, Draft::from(input)).await.unwrap()
    }

    /// Where the forms of the unit's own passphrase lead, below `/wifi` and on the desk; and the passphrase.
    async fn own_identity(&self, unit: UnitId) -> (String, String, String) {
        let shown = self.app.wifi().unit(&self.staff().await, unit).await.unwrap();
        let own = shown.of_kind(Kind::Unit).unwrap();
        let (mine, desk) = (format!("/wifi/{unit}/{}", own.uid), format!("/desk/units/{unit}/wifi/{}", own.uid));
        (mine, desk, own.passphrase.expose().to_owned())
    }

    /// The only device of a unit.
    async fn device_of(&self, unit: UnitId) -> app::wifi::Device {
        self.app.wifi().devices(&self.staff().await, unit, false).await.unwrap().remove(0)
    }

    async fn noted(&self, action: &str) -> usize {
        self.changes(self.home.org).await.iter().filter(|c| c.split(' ').next() == Some(action)).count()
    }
}

world::tests! { crate::open =>
    async fn residents_see_to_their_devices(w: House) {
        w.on_air().await;
        let (mia, unit) = (w.resident("Mia", "1").await, w.unit("1").await);
        let (at, _, _) = w.own_identity(unit).await;
        for bad in ["", "00:17:88", "ff:ff:ff:ff:ff:ff"] {
            let page = w.form(&format!("{at}/add"), &mia, &[("mac", bad)]).await;
            assert_eq!(page.status, 422, "{bad}");
            assert!(html(&page).contains("-fault\"") && html(&page).contains(&format!("value=\"{bad}\"")), "{}", html(&page));
        }
        let added = w.form(&format!("{at}/add"), &mia, &[("mac", " 0017886b31f2 ")]).await;
        assert_eq!((added.status, location(&added)), (303, "/wifi"));
        assert!(html(&w.page("/wifi", &mia).await).contains(PRINTER));
        assert_eq!(w.form(&format!("{at}/add"), &mia, &[("mac", PRINTER)]).await.status, 422, "once");
        let device = w.device_of(unit).await.uid;
        let blocked = w.form(&format!("{at}/{device}/block"), &mia, &[]).await;
        assert_eq!(blocked.status, 303);
        assert!(crate::cookie_of(&blocked, "flash").unwrap().ends_with(&format!("~{at}/{device}/unblock")), "undo");
        assert_eq!(w.device_of(unit).await.status(), Status::Blocked);
        assert!(html(&w.page("/wifi", &mia).await).contains(&format!("{at}/{device}/unblock")));
        assert_eq!(w.form(&format!("{at}/{device}/unblock"), &mia, &[]).await.status, 303);
        assert_eq!(w.device_of(unit).await.status(), Status::Active);
        // What the management blocked can neither be let in nor taken away.
        let key = app::wifi::DeviceKey::parse(PRINTER);
        w.app.wifi().set_device_status(&w.staff().await, unit, None, key, Status::Blocked).await.unwrap();
        let text = html(&w.page("/wifi", &mia).await);
        assert!(text.contains("Blocked by your property management") && !text.contains(&format!("{at}/{device}")));
        assert_eq!(w.form(&format!("{at}/{device}/unblock"), &mia, &[]).await.status, 403);
        assert_eq!(w.form(&format!("{at}/remove"), &mia, &[("device", &device.to_string())]).await.status, 403);
        w.app.wifi().set_device_status(&w.staff().await, unit, None, key, Status::Active).await.unwrap();
        let removed = w.form(&format!("{at}/remove"), &mia, &[("device", &device.to_string())]).await;
        assert_eq!((removed.status, location(&removed)), (303, "/wifi"));
        assert!(!html(&w.page("/wifi", &mia).await).contains(PRINTER));
        assert_eq!(w.form(&format!("{at}/remove"), &mia, &[("device", &device.to_string())]).await.status, 404);
    }

    async fn a_new_passphrase_takes_the_place_of_the_old_one(w: House) {
        w.on_air().await;
        let (mia, unit) = (w.resident("Mia", "1").await, w.unit("1").await);
        let (at, _, old) = w.own_identity(unit).await;
        let text = html(&w.page("/wifi", &mia).await);
        assert!(text.contains(&old) && text.contains("has to be signed in again"), "it asks, and says what it will do");
        let renewed = w.form(&format!("{at}/renew"), &mia, &[]).await;
        assert_eq!((renewed.status, location(&renewed)), (303, "/wifi"));
        let (_, _, new) = w.own_identity(unit).await;
        let text = html(&w.page("/wifi", &mia).await);
        assert!(new != old && text.contains(&new) && !text.contains(&old));
    }

    async fn what_is_a_neighbours_is_not_found(w: House) {
        w.on_air().await;
        let two = w.another(w.home.harbour, "2").await;
        let (mia, ben) = (w.resident("Mia", "1").await, w.resident("Ben", "2").await);
        let (at, _, passphrase) = w.own_identity(two).await;
        let uid = at.rsplit('/').next().unwrap().to_owned();
        assert_eq!(w.form(&format!("{at}/add"), &ben, &[("mac", PRINTER)]).await.status, 303);
        let device = w.device_of(two).await.uid.to_string();
        // By their unit, and by one's own.
        for at in [at, format!("/wifi/{}/{uid}", w.unit("1").await)] {
            for deed in ["renew", "remove", "add", &format!("{device}/block"), &format!("{device}/unblock")] {
                let answer = w.form(&format!("{at}/{deed}"), &mia, &[("device", &device), ("mac", "02:00:00:00:00:01")]).await;
                assert_eq!(answer.status, 404, "{at}/{deed}");
            }
        }
        let (_, _, still) = w.own_identity(two).await;
        assert_eq!(still, passphrase);
        assert_eq!(w.app.wifi().devices(&w.staff().await, two, false).await.unwrap().len(), 1);
        assert!(!html(&w.page("/wifi", &mia).await).contains(&passphrase));
    }

    async fn the_desk_sees_to_a_unit(w: House) {
        let (admin, unit) = (w.cookie(&w.home.admin).await, w.unit("1").await);
        let (page, here) = (format!("/desk/units/{unit}"), format!("/desk/units/{unit}/wifi"));
        assert!(!html(&w.page(&page, &admin).await).contains("id=\"wifi\""), "no network, no card");
        w.on_air().await;
        assert!(html(&w.page(&page, &admin).await).contains(&format!("href=\"{here}\"")));
        let person = format!("/desk/people/{}", w.home.tenant);
        assert!(html(&w.page(&person, &admin).await).contains(&format!("href=\"{here}\"")), "a line leads there");
        // Looking at the page makes nothing.
        assert!(html(&w.page(&here, &admin).await).contains(&format!("action=\"{here}/make\"")));
        assert_eq!(w.noted("wifi_identity.created").await, 0);
        assert_eq!(w.form(&format!("{here}/make"), &admin, &[]).await.status, 303);
        assert_eq!((w.noted("wifi_identity.created").await, w.noted("wifi_identity.revealed").await), (1, 0));
        let (_, at, old) = w.own_identity(unit).await;
        let looked = w.noted("wifi_identity.revealed").await;
        let text = html(&w.page(&here, &admin).await);
        assert!(text.contains("Renty McRenter") && !text.contains(&old));
        crate::rights::is_sound(&here, &w.page(&here, &admin).await);
        let shown = w.form(&format!("{at}/reveal"), &admin, &[]).await;
        assert_eq!(shown.status, 200);
        assert!(html(&shown).contains(&old) && html(&shown).contains("<svg"));
        assert_eq!(w.noted("wifi_identity.revealed").await, looked + 1, "it is noted");
        assert_eq!(w.page(&format!("{at}/reveal"), &admin).await.status, 405, "nothing leads there by a link");

        assert_eq!(w.form(&format!("{at}/renew"), &admin, &[]).await.status, 303);
        assert_eq!(w.form(&format!("{at}/block"), &admin, &[]).await.status, 303);
        assert!(html(&w.page(&here, &admin).await).contains("Blocked by the management"));
        assert_eq!(w.form(&format!("{at}/unblock"), &admin, &[]).await.status, 303);
        assert_eq!(w.form(&format!("{here}/block"), &admin, &[]).await.status, 303);
        assert!(html(&w.page(&page, &admin).await).contains("no device of this unit joins"));
        assert_eq!(w.form(&format!("{here}/unblock"), &admin, &[]).await.status, 303);
        for (vlan, status) in [("x", 422), ("4095", 422), ("40", 303), ("", 303)] {
            let set = w.form(&format!("{at}/vlan"), &admin, &[("vlan", vlan)]).await;
            assert_eq!(set.status, status, "{vlan}");
            assert!(status == 303 || html(&set).contains(&format!("value=\"{vlan}\"")));
        }
        assert_eq!(w.noted("wifi_identity.revealed").await, looked + 1, "whoever changes is shown nothing");
        assert_ne!(w.own_identity(unit).await.2, old);

        assert_eq!(w.form(&format!("{at}/devices"), &admin, &[("mac", "printer")]).await.status, 422);
        assert_eq!(w.form(&format!("{at}/devices"), &admin, &[("mac", PRINTER)]).await.status, 303);
        let device = w.device_of(unit).await.uid;
        assert!(html(&w.page(&here, &admin).await).contains(PRINTER));
        assert_eq!(w.form(&format!("{at}/{device}/block"), &admin, &[]).await.status, 303);
        assert!(w.device_of(unit).await.blocked_by_desk);
        assert_eq!(w.form(&format!("{at}/{device}/unblock"), &admin, &[]).await.status, 303);
        assert_eq!(w.form(&format!("{at}/{device}/remove"), &admin, &[]).await.status, 303);
        assert_eq!(w.form(&format!("{at}/{device}/remove"), &admin, &[]).await.status, 404);
    }

    async fn the_portal_link_is_renewed_and_mailed(w: House) {
        w.on_air().await;
        let (staff, unit) = (w.cookie(&w.home.staff).await, w.unit("1").await);
        let here = format!("/desk/units/{unit}/wifi/link");
        let (org, tenant) = (w.home.org, w.home.tenant);
        w.write(org, async move |w| {
            let email = "renty@mail.example";
            w.execute(db::sql!("UPDATE person SET email = $3 WHERE org_id = $1 AND id = $2", org, tenant, email)).await
        })
        .await;
        let link = async || w.app.portals().link(&w.staff().await, unit).await.unwrap();
        let before = link().await;
        let flash = async |path: &str, mail: &str| {
            let answer = w.form(path, &staff, &[("mail", mail)]).await;
            assert_eq!(answer.status, 303);
            crate::cookie_of(&answer, "flash").unwrap()
        };
        assert_eq!(flash(&here, "").await, "done-net-mailed");
        assert_eq!((w.noted("unit.portal_link_mailed").await, link().await), (1, before.clone()));
        assert_eq!(flash(&format!("{here}/renew"), "").await, "done-net-renewed");
        let after = link().await;
        assert_ne!(after, before);
        assert_eq!(flash(&format!("{here}/renew"), "yes").await, "done-net-renewed-mailed");
        assert!(link().await != after && w.noted("unit.portal_link_mailed").await == 2);
        // Where nobody lives nobody is mailed to.
        let empty = w.another(w.home.harbour, "2").await;
        assert_eq!(flash(&format!("/desk/units/{empty}/wifi/link"), "").await, "done-net-nobody");
    }

    async fn networks_and_access_points_are_set_up(w: House) {
        let (admin, harbour) = (w.cookie(&w.home.admin).await, w.home.harbour);
        let here = format!("/desk/properties/{harbour}/wifi");
        assert!(html(&w.page(&format!("/desk/properties/{harbour}"), &admin).await).contains(&format!("href=\"{here}\"")));
        for (ssid, least, vlan) in [("", "8", ""), ("Harbour", "64", ""), ("Harbour", "8", "0"), ("Harbour", "many", "")] {
            let bad = w.form(&format!("{here}/networks"), &admin, &[("ssid", ssid), ("min_length", least), ("vlan", vlan)]).await;
            assert_eq!(bad.status, 422, "{ssid} {least} {vlan}");
            assert!(html(&bad).contains("-network-fault\""));
        }
        let net = |ssid| [("ssid", ssid), ("min_length", "12"), ("vlan", "40")];
        for ssid in ["Harbour", "Guests"] {
            assert_eq!(w.form(&format!("{here}/networks"), &admin, &net(ssid)).await.status, 303);
        }
        let networks = async || w.app.wifi().networks(&w.staff().await, harbour).await.unwrap();
        let first = networks().await.remove(0);
        let at = format!("{here}/networks/{}", first.uid);
        assert_eq!(w.form(&at, &admin, &net("Guests")).await.status, 422, "taken");
        assert_eq!(w.form(&at, &admin, &net("Harbour View")).await.status, 303);
        assert_eq!((networks().await[0].ssid.as_str(), networks().await[0].vlan), ("Harbour View", Some(40)));
        assert_eq!(w.form(&format!("{at}/remove"), &admin, &[]).await.status, 303);
        assert_eq!(networks().await.len(), 1);
        for deed in [at.clone(), format!("{at}/remove"), format!("{here}/networks/x")] {
            assert_eq!(w.form(&deed, &admin, &net("Again")).await.status, 404, "{deed}");
        }

        let point = |name, address, secret| [("name", name), ("address", address), ("secret", secret)];
        for bad in [point("", "10.0.0.1", ""), point("AP", "floor 1", ""), point("AP", "10.0.0.1", "short")] {
            assert_eq!(w.form(&format!("{here}/clients"), &admin, &bad).await.status, 422, "{bad:?}");
        }
        let made = w.form(&format!("{here}/clients"), &admin, &point("Floor 1", "10.0.0.1", "")).await;
        assert_eq!(made.status, 201, "{}", html(&made));
        let secret = html(&made).split("id=\"made-secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert!(secret.len() >= 16);
        let page = w.page(&here, &admin).await;
        assert!(html(&page).contains("10.0.0.1") && !html(&page).contains(&secret), "shown once");
        crate::rights::is_sound(&here, &page);
        let typed = w.form(&format!("{here}/clients"), &admin, &point("Floor 2", "10.0.0.2", "sixteen-letters!")).await;
        assert_eq!(typed.status, 303);
        let vault = w.app.wifi().vault().unwrap();
        let askers = async || w.app.wifi().setup(&w.app.system(w.home.org)).await.unwrap().0;
        assert_eq!(askers().await[0].secret(&vault).unwrap(), secret);
        let clients = w.app.wifi().radius_clients(&w.staff().await, harbour).await.unwrap();
        let at = format!("{here}/clients/{}", clients[0].uid);
        assert_eq!(w.form(&at, &admin, &point("Cellar", "10.0.0.2", "")).await.status, 422, "taken");
        assert_eq!(w.form(&at, &admin, &point("Cellar", "10.0.0.3", "")).await.status, 303);
        assert_eq!((askers().await[0].address.as_str(), askers().await[0].secret(&vault).unwrap()), ("10.0.0.3", secret));
        assert_eq!(w.form(&at, &admin, &point("Cellar", "10.0.0.3", "another-secret-16")).await.status, 303);
        assert_eq!(askers().await[0].secret(&vault).unwrap(), "another-secret-16");
        assert_eq!(w.form(&format!("{at}/remove"), &admin, &[]).await.status, 303);
        assert_eq!(w.form(&format!("{at}/remove"), &admin, &[]).await.status, 404);
        assert!(!format!("{:?}", w.changes(w.home.org).await).contains("sixteen-letters"));
    }

    async fn wifi_is_for_those_who_may(w: House) {
        w.on_air().await;
        let garden = w.another(w.home.garden, "G1").await;
        let (unit, harbour) = (w.unit("1").await, w.home.harbour);
        let setup = format!("/desk/properties/{harbour}/wifi");
        let places = [format!("/desk/units/{unit}/wifi"), format!("/desk/units/{garden}/wifi"), setup.clone()];
        for (who, statuses) in [
            (&w.home.admin, [200, 200, 200]),
            (&w.home.manager, [200, 200, 403]),
            (&w.home.staff, [200, 200, 403]),
            (&w.home.property_manager, [200, 404, 403]),
            (&w.other.admin, [404, 404, 404]),
        ] {
            let cookie = w.cookie(who).await;
            for (path, status) in places.iter().zip(statuses) {
                assert_eq!(w.page(path, &cookie).await.status, status, "{path} by {}", who.email);
            }
            let network = [("ssid", "Mine"), ("min_length", "8"), ("vlan", "")];
            let posted = w.form(&format!("{setup}/networks"), &cookie, &network).await.status;
            assert_eq!(posted, if statuses[2] == 200 { 303 } else { statuses[2] }, "{}", who.email);
            let blocked = w.form(&format!("/desk/units/{garden}/wifi/block"), &cookie, &[]).await.status;
            assert_eq!(blocked, if statuses[1] == 200 { 303 } else { 404 }, "{}", who.email);
        }
        for path in ["/desk/units/999999/wifi", "/desk/units/x/wifi", "/desk/properties/999999/wifi", "/desk/properties/x/wifi"] {
            assert_eq!(w.page(path, &w.cookie(&w.home.admin).await).await.status, 404, "{path}");
        }
    }
}
