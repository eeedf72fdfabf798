use std::sync::Arc;

use db::{
    db_tests,
    testing::TestDb,
    work::{self, Work},
};
use kernel::{Caller, Draft, Email, Error, Field, Problem, PropertyId, Result};
use serde_json::json;

use super::{By, Input, Query, Sort, State, Tenant, note::About};
use crate::{
    App, Filter,
    person::{address, contact, phone},
    sandbox,
};

/// The sandbox, a property of it with accounts, and its admin as far as rights go.
async fn filled(t: &TestDb) -> (App, Caller, PropertyId) {
    let (app, made) = sandbox::tests::settled(t).await;
    (app.clone(), app.system(made.organization.id), made.property_id)
}

async fn all(app: &App, caller: &Caller, property: PropertyId) -> Vec<Tenant> {
    app.accounts().page(caller, property, Query { page: 1, per_page: 1000, ..Query::default() }).await.unwrap().items
}

fn text(s: &str) -> Field<Option<String>> {
    Field::Given(Some(s.to_owned()))
}

db_tests! {
    crate::sandbox::tests::db =>
    async fn accounts_are_numbered_and_paged_from_either_end(t: TestDb) {
        let (app, caller, property) = filled(&t).await;
        let tenants = all(&app, &caller, property).await;
        let numbers: Vec<i64> = tenants.iter().map(|t| t.account.number).collect();
        assert!(numbers.len() > 5);
        assert_eq!(numbers, (1_000_000..).take(numbers.len()).collect::<Vec<_>>());
        for rows in 1..=4 {
            for descending in [false, true] {
                let mut seen = Vec::new();
                for page in 0..20 {
                    let query = Query { page: page + 1, per_page: rows, descending, ..Query::default() };
                    let part = app.accounts().page(&caller, property, query).await.unwrap();
                    assert_eq!(part.total, numbers.len() as i64);
                    seen.extend(part.items.iter().map(|t| t.account.number));
                }
                if descending {
                    seen.reverse();
                }
                assert_eq!(seen, numbers, "{rows} {descending}");
            }
        }
    }

    async fn a_page_takes_the_same_statements_for_few_and_for_many(t: TestDb) {
        let (app, caller, property) = filled(&t).await;
        let statements = async |per_page: i64| {
            let (counters, app) = (Arc::<Work>::default(), app.clone());
            let query = Query { page: 1, per_page, ..Query::default() };
            let page = work::scope(Arc::clone(&counters), async move { app.accounts().page(&caller, property, query).await });
            (page.await.unwrap().items.len(), counters.queries())
        };
        let ((few, for_few), (many, for_many)) = (statements(2).await, statements(1000).await);
        assert!(few == 2 && many > 5 && for_few > 0, "{few} {many} {for_few}");
        assert_eq!(for_few, for_many);
    }

    async fn filters_and_orders(t: TestDb) {
        let (app, caller, property) = filled(&t).await;
        let tenants = all(&app, &caller, property).await;
        let page = async |query: Query| app.accounts().page(&caller, property, Query { page: 1, per_page: 1000, ..query }).await.unwrap();
        let current = page(Query { state: State::Current, ..Query::default() }).await;
        let previous = page(Query { state: State::Previous, ..Query::default() }).await;
        assert_eq!(current.items.len(), tenants.iter().filter(|t| t.ledgers.iter().any(|l| l.is_current)).count());
        assert!(previous.items.iter().all(|t| t.ledgers.iter().all(|l| !l.is_current) && t.ledgers.iter().any(|l| l.is_previous)));
        assert!(!current.items.is_empty() && !previous.items.is_empty());
        let two = vec![tenants[1].account.uid, tenants[3].account.uid, uuid::Uuid::nil()];
        let only = page(Query { filter: Filter { only: Some(two), ..Filter::default() }, ..Query::default() }).await;
        assert_eq!(only.items.iter().map(|t| t.account.number).collect::<Vec<_>>(), [1_000_001, 1_000_003]);
        assert_eq!(page(Query { filter: Filter { only: Some(vec![]), ..Filter::default() }, ..Query::default() }).await.total, 0);
        let edge = tenants[2].account.created_at;
        let after = page(Query { filter: Filter { created_after: Some(edge), ..Filter::default() }, ..Query::default() }).await;
        let before = page(Query { filter: Filter { created_before: Some(edge), ..Filter::default() }, ..Query::default() }).await;
        assert!(after.items.iter().all(|t| t.account.created_at > edge) && before.items.iter().all(|t| t.account.created_at < edge));
        assert!(after.total + before.total < tenants.len() as i64);
        assert_eq!(page(Query { filter: Filter { updated_since: Some(app.now().plus_secs(1)), ..Filter::default() }, ..Query::default() }).await.total, 0);
        for sort in [Sort::LastName, Sort::FirstName, Sort::CreatedAt] {
            let up = page(Query { sort, ..Query::default() }).await.items;
            let mut down = page(Query { sort, descending: true, ..Query::default() }).await.items;
            down.reverse();
            let ids = |list: &[Tenant]| list.iter().map(|t| t.account.id).collect::<Vec<_>>();
            assert_eq!(ids(&up), ids(&down), "{sort:?}");
            assert_eq!(up.len(), tenants.len());
        }
    }

    async fn an_update_changes_what_is_given_and_nothing_else(t: TestDb) {
        let (app, caller, property) = filled(&t).await;
        let now = all(&app, &caller, property).await.swap_remove(0);
        let uid = now.account.uid;
        let input = Input {
            first_name: Field::Given("Kelvin".to_owned()),
            middle_initial: text("J"),
            email: Field::Given(Email::parse("Kelvin@Example.org")),
            username: text("kelvin"),
            account_number: Field::Given(1_000_500),
            is_military: Field::Given(true),
            military_information: Field::Given(json!({"squadron": "7", "division": null}).as_object().unwrap().clone()),
            phone_numbers: vec![phone::Input { number: Field::Given("5656663476".to_owned()), label: text("Mobile"), ..Default::default() }],
            mailing_address: Some(address::Input {
                address1: Field::Given("Ikea St".to_owned()), city: Field::Given("Ikealand".to_owned()),
                state: Field::Given("KS".to_owned()), ..Default::default()
            }),
            contacts: vec![contact::Input { first_name: text("Ann"), description: text("Sister"), ..Default::default() }],
            ..Input::default()
        };
        let new = app.accounts().update(&caller, property, uid, Draft::from(input)).await.unwrap();
        assert_eq!((new.account.first_name.as_str(), new.account.last_name.as_str()), ("Kelvin", now.account.last_name.as_str()));
        assert_eq!(new.phones.len(), now.phones.len() + 1);
        assert_eq!(new.phones.last().unwrap().e164.as_deref(), Some("+15656663476"));
        assert_eq!(new.contacts.len(), 1);
        let address = new.mailing_address().unwrap();
        assert_eq!((address.state.as_str(), address.time_zone(), address.country.as_str()), ("KS", Some("America/Chicago"), "US"));
        // A part of the address keeps the rest, and the row.
        let part = Input {
            mailing_address: Some(address::Input { postal: Field::Given("67001".to_owned()), ..Default::default() }),
            is_military: Field::Given(false),
            ..Input::default()
        };
        let again = app.accounts().update(&caller, property, uid, Draft::from(part)).await.unwrap();
        let moved = again.mailing_address().unwrap();
        assert_eq!((moved.uid, moved.address1.as_str(), moved.postal.as_str()), (address.uid, "Ikea St", "67001"));
        assert_eq!(again.account.military, None);
        for by in [By::Username("KELVIN".to_owned()), By::Number(1_000_500), By::Uid(uid)] {
            assert_eq!(app.accounts().get(&caller, property, by).await.unwrap().account.id, now.account.id);
        }
        let found = app.accounts().with_phone(&caller, property, "(565) 666-3476").await.unwrap();
        assert_eq!(found.iter().map(|t| t.account.uid).collect::<Vec<_>>(), [uid]);
        assert!(app.accounts().with_phone(&caller, property, "nobody").await.unwrap().is_empty());
    }

    async fn faults_are_told_together_and_nothing_is_changed(t: TestDb) {
        let (app, caller, property) = filled(&t).await;
        let tenants = all(&app, &caller, property).await;
        let uid = tenants[0].account.uid;
        let taken = Input { username: text("Taken"), ..Input::default() };
        app.accounts().update(&caller, property, tenants[1].account.uid, Draft::from(taken)).await.unwrap();
        let input = Input {
            first_name: Field::Given("Nobody".to_owned()),
            username: text("tAKEN"),
            account_number: Field::Given(tenants[1].account.number),
            phone_numbers: vec![phone::Input { uid: Some(tenants[1].phones[0].uid), ..Default::default() }],
            mailing_address: Some(address::Input {
                state: Field::Given("Ontario".to_owned()), postal: Field::Given("1".to_owned()), ..Default::default()
            }),
            contacts: vec![contact::Input { uid: Some(uuid::Uuid::nil()), ..Default::default() }],
            ..Input::default()
        };
        let Err(Error::Invalid(faults)) = app.accounts().update(&caller, property, uid, Draft::from(input)).await else { panic!() };
        let told: Vec<_> = faults.iter().map(|f| (f.path.join("."), f.problem.clone())).collect();
        let expected = [
            ("account_number", Problem::Taken), ("username", Problem::Taken), ("phone_numbers.0.id", Problem::Unknown),
            ("mailing_address.state", Problem::Unknown), ("mailing_address.postal", Problem::Malformed), ("contacts.0.id", Problem::Unknown),
        ];
        assert_eq!(told, expected.map(|(at, problem)| (at.to_owned(), problem)));
        assert_eq!(all(&app, &caller, property).await[0].account.first_name, tenants[0].account.first_name);
    }

    async fn a_property_may_keep_addresses_as_they_are(t: TestDb) {
        let (app, caller, property) = filled(&t).await;
        let uid = all(&app, &caller, property).await[0].account.uid;
        app.properties().set(&caller, property, "tenant_portal_disable_mailing_address", Some("true".to_owned())).await.unwrap();
        let input = Input { first_name: Field::Given("X".to_owned()), mailing_address: Some(address::Input::default()), ..Input::default() };
        let refused: Result<Tenant> = app.accounts().update(&caller, property, uid, Draft::from(input)).await;
        assert!(matches!(refused, Err(Error::Conflict("address_locked"))));
        assert_ne!(all(&app, &caller, property).await[0].account.first_name, "X");
    }

    async fn preferences_and_notes(t: TestDb) {
        let (app, caller, property) = filled(&t).await;
        let uid = all(&app, &caller, property).await[0].account.uid;
        let set = async |name: &str, value| {
            app.accounts().set_preferences(&caller, property, uid, Draft::from(vec![(name.to_owned(), value)])).await
        };
        let t = set("exclude_from_insurance_auto_enroll", Some(true)).await.unwrap();
        assert_eq!(t.preferences["exclude_from_insurance_auto_enroll_created_by"], json!("Portico"));
        assert_eq!(t.preferences["email_invoices"], json!(true));
        let t = set("exclude_from_insurance_auto_enroll", None).await.unwrap();
        assert_eq!(t.preferences.keys().collect::<Vec<_>>(), ["delinquency_exempt", "email_invoices"]);
        assert!(matches!(set("colour", Some(true)).await, Err(Error::Invalid(_))));
        for n in 0..3 {
            let note = Draft::from(Field::Given(format!("note {n}")));
            app.accounts().add_note(&caller, property, About::Account(uid), note).await.unwrap();
        }
        let part = app.accounts().notes(&caller, property, uid, 1, 2).await.unwrap();
        assert_eq!((part.total, part.items.iter().map(|n| n.text.as_str()).collect::<Vec<_>>()), (3, vec!["note 2", "note 1"]));
        let blank = app.accounts().add_note(&caller, property, About::Account(uid), Draft::from(Field::Given(" ".to_owned()))).await;
        assert!(matches!(blank, Err(Error::Invalid(_))));
        let nobody = app.accounts().add_note(&caller, property, About::Ledger(uid, None), Draft::from(Field::Given("x".to_owned()))).await;
        assert!(matches!(nobody, Err(Error::NotFound(_))));
    }
}
