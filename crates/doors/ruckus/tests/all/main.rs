//! The door as its clients see it: the real server on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod admin;
mod limits;
mod portal;
mod precedence;
mod secrets;
mod unit;
mod users;

use std::convert::Infallible;

use app::{
    file::{Bytes, Upload},
    portal::{Input, Picture},
    wifi::{Kind, Mac, UnitWifi},
};
use kernel::{Door, Field, OrgId, PropertyId, UnitId};
use portico_http::{Limiter, Rate};
use serde_json::{Value, json};
use uuid::Uuid;
use world::{
    Answer, Call, Kit, World,
    axum::http::{Method, header},
    db::{self, Dialect, sql},
};

/// More calls than any test makes.
fn many() -> Limiter {
    Limiter::new(Rate::per_second(1_000_000), None)
}

const KIT: Kit = Kit {
    door: Door::Ruckus,
    entrances: |identity| ruckus::entrances(identity, many(), many()),
    sign_in: "",
    tokens: |_| None,
};

/// A picture of one pixel.
pub(crate) const PNG: &[u8] = include_bytes!("pixel.png");

/// A unit with its link.
#[derive(Clone)]
pub(crate) struct Flat {
    pub(crate) org: OrgId,
    pub(crate) property: PropertyId,
    /// The property's uid.
    pub(crate) place: Uuid,
    pub(crate) unit: UnitId,
    /// The unit's uid.
    pub(crate) uid: Uuid,
    pub(crate) secret: String,
}

/// A settled world, and a unit in it in which somebody is signed in.
pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) flat: Flat,
    pub(crate) token: String,
}

impl std::ops::Deref for Site {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

pub(crate) async fn open(dialect: Dialect) -> Site {
    settled(World::new(dialect, KIT).await).await
}

pub(crate) async fn settled(world: World) -> Site {
    for place in [&world.home, &world.other] {
        world.resident(place.org, "Nell", "Neighbour", Some((place.harbour, "2"))).await;
        world.resident(place.org, "Gus", "Gardener", Some((place.garden, "1"))).await;
    }
    let flat = flat(&world, world.home.org, world.home.harbour, "1").await;
    let token = token(&world, &flat).await;
    let site = Site { world, flat, token };
    let guests = Input { guest_allowed: Field::Given(true), ..Input::default() };
    site.configure(guests).await;
    site
}

/// The unit of this number.
pub(crate) async fn flat(world: &World, org: OrgId, property: PropertyId, number: &'static str) -> Flat {
    let find = async move |w: &db::Write| {
        w.one(sql!("SELECT id FROM unit WHERE property_id = $1 AND number = $2", property, number)).await
    };
    let unit: UnitId = world.write(org, find).await;
    let system = world.system(org);
    let place = world.app.portals().get(&system, property).await.unwrap().uid;
    let uid = world.app.wifi().unit(&system, unit).await.unwrap().uid;
    let secret = world.app.portals().secret(&system, unit).await.unwrap();
    Flat { org, property, place, unit, uid, secret }
}

/// Signs in with the link of a unit.
pub(crate) async fn token(world: &World, flat: &Flat) -> String {
    let path = format!("/residents/properties/{}/units/logins", flat.place);
    let answer = world.post(path).json(&json!({"hashedSecret": flat.secret})).await.expect(200);
    answer["token"].as_str().unwrap().to_owned()
}

impl Site {
    /// A path below the property.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("/residents/properties/{}{path}", self.flat.place)
    }

    /// A call with the unit's token.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'_> {
        self.request(method, self.at(path)).header(header::AUTHORIZATION, &self.token)
    }

    /// The body of a 200.
    pub(crate) async fn fetch(&self, path: &str) -> Value {
        self.call(Method::GET, path).await.expect(200)
    }

    /// Calls with a body of JSON.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        self.call(method, path).json(&body).await
    }

    /// The unit as the management sees it.
    pub(crate) async fn shown(&self) -> UnitWifi {
        self.app.wifi().unit(&self.system(self.flat.org), self.flat.unit).await.unwrap()
    }

    /// The user of this kind.
    pub(crate) async fn user(&self, kind: Kind) -> Uuid {
        self.shown().await.of_kind(kind).unwrap().uid
    }

    /// Registers a device of a user; answers its uid.
    pub(crate) async fn device(&self, user: Uuid, mac: &str) -> Uuid {
        let system = self.system(self.flat.org);
        let made = self.app.wifi().register_device(&system, self.flat.unit, user, mac.to_owned().into()).await.unwrap();
        assert_eq!(Some(made.mac), Mac::parse(mac));
        made.uid
    }

    /// Changes settings of the property.
    pub(crate) async fn configure(&self, input: Input) {
        self.app.portals().update(&self.system(self.flat.org), self.flat.property, input.into()).await.unwrap();
    }

    /// Gives the portal a picture.
    pub(crate) async fn picture(&self, which: Picture) {
        let system = self.system(self.flat.org);
        let upload = Upload { name: "pixel.png".to_owned(), content_type: "image/png".to_owned(), limit: 10_000 };
        let sender = futures_util::stream::iter([Ok::<_, Infallible>(Bytes::from_static(PNG))]);
        let file = self.app.files().upload(&system, upload, sender).await.unwrap();
        self.app.portals().set_picture(&system, self.flat.property, which, Some(file.id)).await.unwrap();
    }

    /// Lets somebody live in the unit with others; answers their user.
    pub(crate) async fn member(&self, first: &str) -> Uuid {
        let person = self.resident(self.flat.org, first, "Member", Some((self.flat.property, "1"))).await;
        let join = async move |w: &db::Write| {
            w.execute(sql!(
                "UPDATE tenancy SET role = 'member', resided_unit_id = NULL WHERE org_id = $1 AND person_id = $2",
                w.caller().org,
                person
            ))
            .await
        };
        self.write(self.flat.org, join).await;
        self.shown().await.identities.iter().find(|i| i.person_id == Some(person)).unwrap().uid
    }
}

/// The status of an ErrorResource, after it was looked at.
pub(crate) fn error(answer: &Answer) -> u16 {
    let body = answer.json();
    let told = body["status"].as_str().unwrap_or_else(|| panic!("{} {}", answer.status, answer.text()));
    assert!(told.starts_with(&format!("{} ", answer.status)), "{told}");
    assert!(told[4..].bytes().all(|b| b.is_ascii_uppercase() || b == b'_'), "{told}");
    assert!(body["timestamp"].as_str().unwrap().ends_with('Z') && body["message"].is_string(), "{body}");
    assert!(body["validationErrors"].is_array(), "{body}");
    assert!(!answer.text().contains("null"), "a field without a value is left out: {body}");
    answer.status
}
