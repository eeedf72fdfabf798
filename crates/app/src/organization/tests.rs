//! An organization's own settings, on both databases.

use db::{db_tests, testing::TestDb};
use kernel::{Caller, Door, Draft, Error, Field, OrgId};

use super::{Input, New};
use crate::{App, sandbox::tests::app};

async fn made(t: &TestDb) -> (App, OrgId) {
    let app = app(t);
    let new = New {
        name: "Haus".to_owned(),
        slug: "haus".to_owned(),
        host: None,
        country: "DE".to_owned(),
        calling_code: "49".to_owned(),
        currency: "EUR".to_owned(),
        locale: "de".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
    };
    let org = app.organizations().create(&app.system(OrgId::new(0)), new).await.unwrap();
    (app, org)
}

fn given(text: &str) -> Field<String> {
    Field::Given(text.to_owned())
}

db_tests! {
    async fn it_begins_with_forms_in_its_language(t: TestDb) {
        let (app, org) = made(&t).await;
        let caller = app.system(org);
        for _ in 0..2 {
            app.ticket_types().make_first(&caller, "de").await.unwrap();
            let forms = app.ticket_types().kept(&caller).await.unwrap().forms;
            let names: Vec<&str> = forms.iter().map(|f| f.form.row.name.as_str()).collect();
            assert_eq!(names.len(), 2, "{names:?}");
            assert!(names.contains(&"Schaden melden") && names.contains(&"Frage an die Verwaltung"), "{names:?}");
        }
    }

    async fn what_is_given_changes_and_the_rest_stays(t: TestDb) {
        let (app, org) = made(&t).await;
        let caller = app.system(org);
        let input = Input {
            name: given(" Haus & Hof "),
            city: given("Berlin"),
            email: given("office@haus.example"),
            ..Input::default()
        };
        app.organizations().update(&caller, Draft::from(input)).await.unwrap();
        let now = app.organizations().settings(&caller).await.unwrap();
        assert_eq!((now.sender.name.as_str(), now.sender.email.as_str()), ("Haus & Hof", "office@haus.example"));
        assert_eq!((now.sender.locale.as_str(), now.sender.time_zone.as_str()), ("de", "Europe/Berlin"));
        let shown = app.me().host(org).await.unwrap();
        assert_eq!(shown.letterhead(), ["Berlin", "office@haus.example"]);
        assert_eq!((now.used, now.quota), (0, crate::file::QUOTA));
    }

    async fn all_faults_are_told_together_and_nothing_is_written(t: TestDb) {
        let (app, org) = made(&t).await;
        let caller = app.system(org);
        let input = Input {
            name: given(" "),
            street: given("a\nBcc: x"),
            postal: given(&"1".repeat(21)),
            email: given("no address"),
            locale: given("fr"),
            time_zone: given("Europe/Nowhere"),
            ..Input::default()
        };
        let Err(Error::Invalid(faults)) = app.organizations().update(&caller, Draft::from(input)).await else { panic!() };
        let paths: Vec<String> = faults.iter().map(|f| f.path.join(".")).collect();
        assert_eq!(paths, ["name", "street", "postal", "email", "locale", "time_zone"]);
        assert_eq!(app.organizations().settings(&caller).await.unwrap().sender.name, "Haus");
    }

    async fn nobody_else_reads_or_writes_it(t: TestDb) {
        let (app, org) = made(&t).await;
        let nobody = Caller::anonymous(org, Door::Pages, app.now());
        assert!(matches!(app.organizations().settings(&nobody).await, Err(Error::Forbidden)));
        let update = app.organizations().update(&nobody, Draft::from(Input::default())).await;
        assert!(matches!(update, Err(Error::Forbidden)));
    }
}
