//! The sandbox's self storage: units with prices, tenants with ledgers, two of them in arrears, and somebody with a
//! portal account. The organization took it over today, with the books of the year.

use kernel::{Date, Draft, Error, Faults, Field, PropertyId, Result, Zone};
use uuid::Uuid;

use super::{Builder, text};
use crate::{
    account::{self, By},
    ledger::{Amount, Insurance, Means, Method, MoveIn, Payment, Who},
    person::{address, contact, phone},
    property, resident, unit,
};

/// What somebody who tries storEDGE's door out needs to know.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Storage {
    /// The property's uid.
    pub facility_id: Uuid,
    /// Its id.
    #[serde(skip)]
    pub property_id: PropertyId,
    /// A tenant with a portal account.
    pub tenant: Renter,
    /// One without.
    pub without_portal: Renter,
    /// The user name of the portal account.
    pub username: String,
}

/// A tenant of the storage.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Renter {
    /// The account's uid.
    pub id: Uuid,
    /// Its number.
    pub account_number: i64,
}

/// The portal password of the one who has an account there.
pub const PORTAL_PASSWORD: &str = "storage-1234";

const USERNAME: &str = "miriam_okafor";

/// Width, length, height in feet; price in cents; how many; their type and code.
const UNITS: [(i64, i64, i64, i64, usize, &str, &str); 4] = [
    (5, 5, 8, 4_900, 4, "Locker", "LOC"),
    (10, 6, 8, 9_900, 5, "Indoor, climate controlled", "ICC"),
    (10, 10, 8, 14_500, 4, "Indoor, climate controlled", "ICC"),
    (10, 20, 9, 21_000, 3, "Drive-up", "DRV"),
];

/// Somebody who rents.
struct Tenant {
    first: &'static str,
    last: &'static str,
    phone: &'static str,
    email: &'static str,
    street: &'static str,
    postal: &'static str,
    /// Which of the units.
    unit: usize,
    /// How many months ago they moved in, and on which day of the month.
    since: (i32, i8),
    /// How many of the latest months are not paid.
    unpaid: i64,
    /// How many days ago they moved out.
    left: Option<i64>,
}

const fn tenant(
    (first, last): (&'static str, &'static str),
    (phone, email): (&'static str, &'static str),
    (street, postal): (&'static str, &'static str),
    unit: usize,
    since: (i32, i8),
    (unpaid, left): (i64, Option<i64>),
) -> Tenant {
    Tenant { first, last, phone, email, street, postal, unit, since, unpaid, left }
}

const TENANTS: [Tenant; 9] = [
    tenant(
        ("Miriam", "Okafor"),
        ("503-555-0161", "miriam.okafor@example.org"),
        ("88 SE Oak St.", "97214"),
        4,
        (10, 1),
        (0, None),
    ),
    tenant(
        ("Tom", "Lindqvist"),
        ("503-555-0162", "tom.lindqvist@example.org"),
        ("1901 NW Flanders St.", "97209"),
        0,
        (8, 15),
        (0, None),
    ),
    tenant(
        ("Dolores", "Vega"),
        ("503-555-0163", "dolores.vega@example.org"),
        ("4020 N Williams Ave.", "97227"),
        5,
        (7, 31),
        (3, None),
    ),
    tenant(
        ("Rajiv", "Menon"),
        ("503-555-0164", "rajiv.menon@example.org"),
        ("725 SW Park Ave.", "97205"),
        9,
        (6, 5),
        (0, None),
    ),
    tenant(
        ("Hanna", "Brandt"),
        ("503-555-0165", "hanna.brandt@example.org"),
        ("12 NE Fremont St.", "97212"),
        13,
        (5, 10),
        (1, None),
    ),
    tenant(
        ("Lee", "Castellanos"),
        ("503-555-0166", "lee.c@example.org"),
        ("3300 SE Division St.", "97202"),
        1,
        (4, 20),
        (0, None),
    ),
    tenant(
        ("Annika", "Sorensen"),
        ("503-555-0167", "annika.s@example.org"),
        ("60 SW Morrison St.", "97204"),
        10,
        (3, 1),
        (0, None),
    ),
    tenant(
        ("George", "Whitfield"),
        ("503-555-0168", "g.whitfield@example.org"),
        ("9215 N Lombard St.", "97203"),
        6,
        (9, 12),
        (0, Some(40)),
    ),
    tenant(
        ("Priya", "Nair"),
        ("503-555-0169", "priya.nair@example.org"),
        ("415 NW 10th Ave.", "97209"),
        14,
        (2, 28),
        (0, None),
    ),
];

/// Millimetres of so many feet, to the nearest.
const fn feet(n: i64) -> i64 {
    (n * 3_048 + 5) / 10
}

impl Builder<'_> {
    /// Makes the storage. `portal_hash` is the hash of [`PORTAL_PASSWORD`].
    pub(super) async fn storage(&self, portal_hash: &str) -> Result<Storage> {
        let now = self.ago(0);
        let input = property::Input {
            name: text("Swan Island Self Storage"),
            street: text("5400 N Basin Ave."),
            city: text("Portland"),
            state: text("OR"),
            postal: text("97217"),
            ..property::Input::default()
        };
        let make = async move |w: &db::Write, _: &_| {
            let id = property::create(w, &input, Faults::new()).await?;
            property::set_kind(w, id, "storage").await?;
            let mut number = 100;
            let mut units = Vec::new();
            for (width, length, height, price, count, name, code) in UNITS {
                for _ in 0..count {
                    number += 1;
                    let about = unit::About {
                        kind: Some((name, code)),
                        width_mm: Some(feet(width)),
                        length_mm: Some(feet(length)),
                        height_mm: Some(feet(height)),
                        door_type: Some("roll_up"),
                        access_type: Some(if code == "DRV" { "outdoor" } else { "indoor" }),
                        floor: Some("1"),
                        price: Some(price),
                        area: None,
                        ..unit::About::default()
                    };
                    let unit = unit::create(w, id, &format!("U{number}")).await?;
                    units.push(unit::describe(w, id, unit, &about).await?);
                }
            }
            Ok((id, units))
        };
        let (property, units) = self.app.write(&now, make).await?;
        self.rent(property, &units).await?;
        let accounts = self.app.accounts();
        let uid =
            async |number| -> Result<Uuid> { Ok(accounts.get(&now, property, By::Number(number)).await?.account.uid) };
        let (first, second) = (uid(1_000_000).await?, uid(1_000_001).await?);
        let sign_up = account::Input {
            username: Field::Given(Some(USERNAME.to_owned())),
            password_hash: Field::Given(portal_hash.to_owned()),
            ..account::Input::default()
        };
        accounts.sign_up(&now, property, first, Draft::from(sign_up)).await?;
        Ok(Storage {
            facility_id: self.app.properties().uid(&now, property).await?,
            property_id: property,
            tenant: Renter { id: first, account_number: 1_000_000 },
            without_portal: Renter { id: second, account_number: 1_000_001 },
            username: USERNAME.to_owned(),
        })
    }

    /// Moves everybody in, charges what is due since then, and takes what was paid.
    async fn rent(&self, property: PropertyId, units: &[Uuid]) -> Result<()> {
        let now = self.ago(0);
        let today = Zone::named("America/Los_Angeles").date(self.now);
        let mut ledgers = Vec::new();
        for t in &TENANTS {
            let input = resident::Input {
                first_name: text(t.first),
                last_name: text(t.last),
                phone: text(t.phone),
                ..resident::Input::default()
            };
            let make = async move |w: &db::Write, _: &_| resident::create(w, &input, Faults::new()).await;
            let person = self.app.write(&now, make).await?;
            let terms = MoveIn {
                who: Who::Person(person),
                unit: *units.get(t.unit).ok_or_else(|| Error::internal("no such unit"))?,
                starts_on: months_before(today, t.since)?,
                rent: None,
                billing_day: None,
                gate_access_code: Some(format!("{}", 40_000 + t.unit * 37)),
                insurance: (t.unit > 3)
                    .then(|| Insurance { premium: 1_200, text: "Contents up to 2 000 dollars".to_owned() }),
            };
            let ledger = self.app.ledgers().move_in(&now, property, Draft::from(terms)).await?;
            if let Some(days) = t.left {
                self.app.ledgers().move_out(&now, property, ledger.ledger.uid, self.day(days)).await?;
            }
            ledgers.push((t, ledger));
        }
        // One at a time: PostgreSQL is otherwise sent several, and what comes first is not always the same.
        while self.app.ledgers().bill_some(&now, property, 1).await? > 0 {}
        let mut numbers = 1_000_000..;
        for (t, ledger) in &ledgers {
            let uid = ledger.ledger.uid;
            let account = numbers.next().unwrap_or_default();
            let owed = self.app.ledgers().get(&now, property, uid).await?.ledger.balance;
            let kept = t.unpaid * (ledger.ledger.rent + ledger.ledger.insurance_premium.unwrap_or(0));
            let kind = if kept == 0 { Amount::Balance } else { Amount::Custom { amount: owed - kept } };
            let payment = Payment { kind, method: Method::new(Means::CreditCard, Some("4242")), idempotency_key: None };
            self.app.ledgers().pay(&now, property, uid, Draft::from(payment)).await?;
            self.about(property, account, t).await?;
        }
        while self.app.ledgers().follow_up(&now, property).await? > 0 {}
        Ok(())
    }

    /// What is known about a tenant besides the name.
    async fn about(&self, property: PropertyId, number: i64, t: &Tenant) -> Result<()> {
        let now = self.ago(0);
        let uid = self.app.accounts().get(&now, property, By::Number(number)).await?.account.uid;
        let some = |s: &str| Field::Given(Some(s.to_owned()));
        let input = account::Input {
            email: Field::Given(kernel::Email::parse(t.email)),
            username: some(t.email),
            mailing_address: Some(address::Input {
                address1: text(t.street),
                city: text("Portland"),
                state: text("OR"),
                postal: text(t.postal),
                ..address::Input::default()
            }),
            phone_numbers: vec![phone::Input {
                number: text(&format!("{}9", &t.phone[..11])),
                label: some("Mobile"),
                ..Default::default()
            }],
            contacts: vec![contact::Input {
                last_name: some(t.last),
                description: some("Family"),
                ..Default::default()
            }],
            ..account::Input::default()
        };
        self.app.accounts().update(&now, property, uid, Draft::from(input)).await?;
        let note = Draft::from(Field::Given("Taken over with the books of the previous owner.".to_owned()));
        self.app.accounts().add_note(&now, property, account::note::About::Account(uid), note).await.map(drop)
    }
}

/// The date so many months before, on this day of the month or its last.
fn months_before(today: Date, (months, day): (i32, i8)) -> Result<Date> {
    let then = today.first_of_month().checked_sub(jiff::Span::new().months(months)).map_err(Error::internal)?;
    let day = day.min(then.days_in_month());
    Date::new(then.year(), then.month(), day).map_err(Error::internal)
}
