mod arrears;
mod billing;
mod entries;
mod following;
mod moving;
mod paying;
mod reading;
mod speed;

use db::{Query, sql, testing::TestDb};
use kernel::{AccountId, Caller, Date, Draft, Field, Instant, OrgId, PersonId, PropertyId, Result, TenancyId};

use super::{LedgerView, PageNumber, Sort, State};
use crate::{
    App, Filter, organization, property, resident,
    sandbox::tests::{app, number},
    tenancy, unit,
};

/// An organization with one property in Berlin. The clock stands at 2026-11-21, 16:20:30 UTC.
struct World {
    app: App,
    org: OrgId,
    property: PropertyId,
    t: TestDb,
}

const ALL: PageNumber = PageNumber { page: 1, per_page: 1000 };

fn date(s: &str) -> Date {
    s.parse().unwrap()
}

impl World {
    async fn new(t: TestDb) -> Self {
        let app = app(&t);
        let new = organization::New {
            name: "Pfand & Haus".to_owned(),
            slug: "pfand".to_owned(),
            host: None,
            country: "DE".to_owned(),
            calling_code: "49".to_owned(),
            currency: "EUR".to_owned(),
            locale: "de".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
        };
        let org = app.organizations().create(&app.system(OrgId::new(0)), new).await.unwrap();
        let mut w = Self { app, org, property: PropertyId::new(0), t };
        w.property = w.place("Hafen").await;
        w
    }

    fn system(&self) -> Caller {
        self.app.system(self.org)
    }

    async fn place(&self, name: &str) -> PropertyId {
        let given = |s: &str| Field::Given(s.to_owned());
        let input = property::Input {
            name: given(name),
            street: given("Kai 1"),
            city: given("Berlin"),
            state: given("Berlin"),
            postal: given("10115"),
            ..property::Input::default()
        };
        let make = async move |w: &db::Write, _: &_| property::create(w, &input, kernel::Faults::new()).await;
        self.app.write(&self.system(), make).await.unwrap()
    }

    async fn do_it(&self, query: fn() -> Query) {
        self.app.write(&self.system(), async move |w, _| w.execute(query()).await.map(drop)).await.unwrap();
    }

    async fn number(&self, query: Query) -> i64 {
        number(&self.t, query).await
    }

    /// A unit with a price.
    async fn unit(&self, number: &'static str, price: i64) -> uuid::Uuid {
        let property = self.property;
        let make = async move |w: &db::Write, _: &_| {
            let id = unit::create(w, property, number).await?;
            unit::store::set_price(w, id, Some(price)).await?;
            Ok(unit::these(w, &[id]).await?[&id].uid)
        };
        self.app.write(&self.system(), make).await.unwrap()
    }

    async fn person(&self, name: &'static str) -> PersonId {
        let input = resident::Input {
            first_name: Field::Given(name.to_owned()),
            last_name: Field::Given("Petersen".to_owned()),
            phone: Field::Given("+49 30 1234".to_owned()),
            ..resident::Input::default()
        };
        let make = async move |w: &db::Write, _: &_| resident::create(w, &input, kernel::Faults::new()).await;
        self.app.write(&self.system(), make).await.unwrap()
    }

    /// What Dwellingly's door calls: a lease from a day on, at midnight UTC.
    async fn lease(&self, person: PersonId, unit: Option<&str>, from: &str) -> TenancyId {
        let start = Instant::from_utc(date(from).at(0, 0, 0, 0)).unwrap();
        let input = tenancy::Input {
            person_id: Field::Given(person),
            property_id: Field::Given(self.property),
            unit_number: Field::Given(unit.map(str::to_owned)),
            starts_at: Field::Given(start),
            ends_at: Field::Given(start.plus_days(3_650)),
            ..tenancy::Input::default()
        };
        self.app.tenancies().create(&self.system(), input.into()).await.unwrap()
    }

    async fn change(&self, id: TenancyId, fields: tenancy::Input) {
        let update = tenancy::Update { fields, in_seconds: false };
        self.app.tenancies().update(&self.system(), id, update.into()).await.unwrap();
    }

    /// All ledgers of the property.
    async fn ledgers(&self) -> Vec<LedgerView> {
        self.ledgers_of(self.property, State::All).await
    }

    async fn ledgers_of(&self, property: PropertyId, state: State) -> Vec<LedgerView> {
        self.app
            .ledgers()
            .page(&self.system(), property, state, Sort::default(), ALL, Filter::default())
            .await
            .unwrap()
            .0
    }

    async fn ledger(&self) -> LedgerView {
        let mut all = self.ledgers().await;
        assert_eq!(all.len(), 1);
        all.pop().unwrap()
    }

    /// A tenancy in a unit of this price, from today on, and its ledger.
    async fn let_unit(&self, price: i64) -> LedgerView {
        self.unit("1", price).await;
        self.lease(self.person("Ada").await, Some("1"), "2026-11-21").await;
        self.ledger().await
    }

    /// Lets days pass.
    fn wait(&self, days: i64) {
        self.app.clock().advance(days * 86_400);
    }

    /// Runs the schedules of money until nothing is left.
    async fn bill(&self) -> u64 {
        let mut all = 0;
        for (org, property) in self.app.ledgers().places_to_bill(&self.app.system(OrgId::new(0))).await.unwrap() {
            loop {
                let n = self.app.ledgers().bill(&self.app.system(org), property).await.unwrap();
                all += n;
                if n == 0 {
                    break;
                }
            }
        }
        all
    }

    async fn follow_up(&self) -> u64 {
        let mut all = 0;
        for (org, property) in self.app.ledgers().places_in_arrears(&self.app.system(OrgId::new(0))).await.unwrap() {
            all += self.app.ledgers().follow_up(&self.app.system(org), property).await.unwrap();
        }
        all
    }

    async fn storage(&self) {
        self.do_it(|| sql!("UPDATE property SET kind = 'storage'")).await;
    }

    async fn account(&self, person: PersonId) -> AccountId {
        let property = self.property;
        let find = async move |r: &db::Read, _: &_| {
            let id = super::store::account_of(r, property, person).await?;
            id.ok_or(kernel::Error::NotFound("account"))
        };
        let id: Result<AccountId> = self.app.read(&self.system(), find).await;
        id.unwrap()
    }

    /// What must hold of all ledgers: the balance is the sum of the entries, and of what of them is open.
    async fn assert_sound(&self) {
        let sums = sql!(
            "SELECT count(*) FROM ledger l WHERE l.balance <> (SELECT CAST(coalesce(sum(e.amount), 0) AS BIGINT) FROM ledger_entry e WHERE e.ledger_id = l.id) \
             OR l.balance <> (SELECT CAST(coalesce(sum(e.open), 0) AS BIGINT) FROM ledger_entry e WHERE e.ledger_id = l.id)"
        );
        assert_eq!(self.number(sums).await, 0, "balances");
        let shares = sql!(
            "SELECT count(*) FROM ledger_entry e WHERE e.kind IN ('charge', 'payment', 'credit') \
             AND NOT EXISTS (SELECT 1 FROM ledger_entry x WHERE x.reverses_id = e.id) AND abs(e.amount - e.open) <> \
             (SELECT CAST(coalesce(sum(a.amount), 0) AS BIGINT) FROM allocation a WHERE a.charge_id = e.id OR a.credit_id = e.id)"
        );
        assert_eq!(self.number(shares).await, 0, "what is not open is settled");
        let since = sql!(
            "SELECT count(*) FROM ledger l WHERE coalesce(l.unpaid_since, '') <> \
             coalesce((SELECT min(e.effective_on) FROM ledger_entry e WHERE e.ledger_id = l.id AND e.open > 0), '')"
        );
        assert_eq!(self.number(since).await, 0, "since when something is unpaid");
    }
}

/// A draft without faults.
fn draft<T>(input: T) -> Draft<T> {
    input.into()
}
