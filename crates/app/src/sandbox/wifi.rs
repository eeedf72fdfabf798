//! The WiFi of two houses, and their portals.

use std::convert::Infallible;

use futures_util::stream;
use kernel::{Caller, Draft, Field, FileId, PropertyId, Result, UnitId};
use uuid::Uuid;

use super::{Builder, text};
use crate::{
    App,
    file::{Bytes, Upload, UploadError},
    portal::{self, Picture},
    unit,
    wifi::{Kind, Mac, NewNetwork, Seen},
};

/// What somebody who tries a portal out needs to know.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Wifi {
    /// A property with WiFi, pictures and a passphrase for guests.
    pub property_id: Uuid,
    /// The unit of the tenant there.
    pub unit_id: UnitId,
    /// The secret of that unit's portal link.
    pub hashed_secret: String,
    /// Another property.
    pub other_property_id: Uuid,
    /// The secret of a unit there.
    pub other_hashed_secret: String,
}

/// A house with WiFi: which, its units with devices, and what its portal says.
struct House {
    place: usize,
    unit: &'static str,
    ssids: [&'static str; 2],
    title: &'static str,
    subtitle: &'static str,
    login: &'static str,
    announcements: &'static str,
    help: &'static str,
    management: [&'static str; 3],
    about: &'static str,
    guests: bool,
}

const HOUSES: [House; 2] = [
    House {
        place: 0,
        unit: "1A",
        ssids: ["Garden Blocks", "Garden Blocks Guests"],
        title: "Garden Blocks WiFi",
        subtitle: "Fast and included in your rent",
        login: "Welcome home. Open the link we mailed you.",
        announcements: "On Sunday between 2 and 4 a.m. we renew the access points on floors 3 and 4.",
        help: "Choose the network, type the passphrase, done. For a printer or a speaker register its address here.",
        management: ["Bridgetown Housing", "503-555-0100", "hello@bridgetown.example"],
        about: "Eight homes around a shared garden in the Northeast.",
        guests: true,
    },
    House {
        place: 3,
        unit: "EG links",
        ssids: ["Hausnetz", "Hausnetz Gäste"],
        title: "WLAN im Haus",
        subtitle: "In der Miete enthalten",
        login: "Willkommen. Bitte den Link aus der E-Mail öffnen.",
        announcements: "Am Montag wird der Router im Keller getauscht; das WLAN fällt für zehn Minuten aus.",
        help: "Netz wählen, Passwort eintippen, fertig.",
        management: ["Bridgetown Housing Berlin", "+49 30 23125 233", "berlin@bridgetown.example"],
        about: "Gründerzeithaus mit ruhigem Hof.",
        guests: false,
    },
];

/// Devices of the shown unit: whose, address, and how many minutes ago they were last seen.
const DEVICES: [(Kind, &str, Option<i64>); 6] = [
    (Kind::Unit, "3C:22:FB:10:4A:01", Some(4)),
    (Kind::Unit, "A4:83:E7:5D:20:9C", Some(95)),
    (Kind::Unit, "00:17:88:6B:31:F2", Some(2)),
    (Kind::Unit, "70:EE:50:1F:0B:C3", None),
    (Kind::Guest, "F0:18:98:44:71:0E", Some(1_600)),
    (Kind::Linked, "5C:E9:1E:8A:02:D7", Some(31)),
];

#[operations::compiled_here]
impl Builder<'_> {
    /// Sets the WiFi up, and says what is needed to try it out.
    pub async fn wifi(&self, places: &[PropertyId]) -> Result<Wifi> {
        let now = self.ago(0);
        let mut made = Vec::new();
        for house in &HOUSES {
            let property = places[house.place];
            self.furnish_portal(&now, property, house).await?;
            let number = house.unit;
            let find = async move |w: &db::Write, _: &_| unit::named(w, property, number).await;
            let unit = self.app.write(&now, find).await?;
            let uid = self.app.portals().get(&now, property).await?.uid;
            made.push((uid, unit, self.app.portals().secret(&now, unit).await?));
        }
        self.devices(&now, places[HOUSES[0].place], made[0].1).await?;
        let (other_property_id, _, other_hashed_secret) = made.remove(1);
        let (property_id, unit_id, hashed_secret) = made.remove(0);
        Ok(Wifi { property_id, unit_id, hashed_secret, other_property_id, other_hashed_secret })
    }

    async fn furnish_portal(&self, now: &Caller, property: PropertyId, house: &House) -> Result<()> {
        let app = self.app;
        for (ssid, vlan) in house.ssids.into_iter().zip([None, Some(40)]) {
            let new = NewNetwork { ssid: text(ssid), vlan: vlan.into(), ..NewNetwork::default() };
            app.wifi().add_network(now, property, new.into()).await?;
        }
        let [name, phone, email] = house.management.map(|s| Field::Given(Some(s.to_owned())));
        let input = portal::Input {
            title: text(house.title),
            subtitle: text(house.subtitle),
            login_text: text(house.login),
            announcements: text(house.announcements),
            help_text: text(house.help),
            management_name: name,
            management_phone: phone,
            management_email: email,
            description: Field::Given(Some(house.about.to_owned())),
            guest_allowed: Field::Given(house.guests),
            ..portal::Input::default()
        };
        app.portals().update(now, property, input.into()).await?;
        // Where there is no place for files there are none.
        if app.storage().is_some() && house.guests {
            for (which, name, bytes) in [
                (Picture::Logo, "logo.png", include_bytes!("logo.png").as_slice()),
                (Picture::Icon, "favicon.png", include_bytes!("icon.png").as_slice()),
            ] {
                let file = upload(app, now, name, bytes).await?;
                app.portals().set_picture(now, property, which, Some(file)).await?;
            }
        }
        Ok(())
    }

    async fn devices(&self, now: &Caller, property: PropertyId, unit: UnitId) -> Result<()> {
        let wifi = self.app.wifi();
        let shown = wifi.unit(now, unit).await?;
        for (kind, mac, seen) in DEVICES {
            let Some(identity) = shown.of_kind(kind) else { continue };
            match seen {
                Some(minutes) => {
                    let seen = Mac::parse(mac).map(|mac| Seen { property, mac, identity: Some(identity.uid) });
                    wifi.seen(now, self.ago(minutes).at, seen.into_iter().collect()).await?;
                }
                None => {
                    wifi.register_device(now, unit, identity.uid, Draft::from(mac.to_owned())).await?;
                }
            }
        }
        Ok(())
    }
}

async fn upload(app: &App, caller: &Caller, name: &str, bytes: &'static [u8]) -> Result<FileId> {
    let upload = Upload { name: name.to_owned(), content_type: "image/png".to_owned(), limit: 1 << 20 };
    let sender = stream::iter([Ok::<_, Infallible>(Bytes::from_static(bytes))]);
    match app.files().upload(caller, upload, sender).await {
        Ok(file) => Ok(file.id),
        Err(UploadError::Refused(e)) => Err(e),
        Err(UploadError::Sender(never)) => match never {},
    }
}
