//! Invitations to many, on both databases.

use db::{db_tests, sql, testing::TestDb};
use kernel::{Caller, Error, InviteRunId, OrgId, PersonId};

use super::{Outcome, Standing, Whom};
use crate::{
    App,
    import::Kind,
    organization,
    sandbox::tests::{app, number},
};

struct World {
    app: App,
    org: OrgId,
    t: TestDb,
}

/// Three who live in two units, one of them without an address.
const PEOPLE: &str = "reference;first_name;last_name;email;property;unit;role;starts_on\n\
                      1;Ada;Eins;ada@haus.example;Hafen;1;tenant;2020-01-01\n\
                      2;Bo;Zwei;bo@haus.example;Hafen;2;tenant;2020-01-01\n\
                      3;Cy;Drei;;Hafen;2;member;2020-01-01\n";

impl World {
    async fn new(t: TestDb) -> Self {
        let app = app(&t);
        let new = organization::New {
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
        let w = Self { app, org, t };
        w.place().await;
        w.import(Kind::Units, "property;unit\nHafen;1\nHafen;2\n").await;
        w.import(Kind::Tenants, PEOPLE).await;
        w
    }

    fn system(&self) -> Caller {
        self.app.system(self.org)
    }

    async fn place(&self) {
        let given = |s: &str| kernel::Field::Given(s.to_owned());
        let input = crate::property::Input {
            name: given("Hafen"),
            street: given("Kai 1"),
            city: given("Berlin"),
            state: given("Berlin"),
            postal: given("10115"),
            ..crate::property::Input::default()
        };
        let make = async move |w: &db::Write, _: &_| crate::property::create(w, &input, kernel::Faults::new()).await;
        self.app.write(&self.system(), make).await.unwrap();
    }

    async fn import(&self, kind: Kind, text: &str) {
        let imports = self.app.imports();
        let id = imports.stage(&self.system(), kind, "list.csv", text.as_bytes().to_vec()).await.unwrap();
        while imports.advance(&self.system(), id).await.unwrap() {}
        let (run, faults) = imports.get(&self.system(), id).await.unwrap();
        assert_eq!(run.bad, 0, "{faults:?}");
        imports.take(&self.system(), id).await.unwrap();
        while imports.advance(&self.system(), id).await.unwrap() {}
    }

    async fn send(&self, whom: Whom, key: &str) -> InviteRunId {
        let id = self.app.invites().invite_many(&self.system(), whom, key.to_owned()).await.unwrap();
        while self.app.invites().advance_run(&self.system(), id).await.unwrap() {}
        id
    }

    async fn outcomes(&self, id: InviteRunId) -> Vec<(String, Outcome)> {
        let (run, rows) = self.app.invites().invite_run(&self.system(), id).await.unwrap();
        assert!(run.finished_at.is_some());
        assert_eq!(run.total, rows.len() as i64);
        rows.into_iter().map(|r| (r.first_name, r.outcome.unwrap())).collect()
    }

    async fn mails(&self) -> i64 {
        number(&self.t, sql!("SELECT count(*) FROM message WHERE kind = 'community_invite'")).await
    }

    async fn person(&self, name: &str) -> PersonId {
        let all = self.app.invites().candidates(&self.system(), Whom::default()).await.unwrap();
        all.iter().find(|c| c.first_name == name).unwrap().person
    }
}

fn told(outcomes: &[(&str, Outcome)]) -> Vec<(String, Outcome)> {
    outcomes.iter().map(|(name, outcome)| ((*name).to_owned(), *outcome)).collect()
}

db_tests! {
    async fn everybody_is_told_of_once(t: TestDb) {
        let w = World::new(t).await;
        let all = w.app.invites().candidates(&w.system(), Whom::default()).await.unwrap();
        let standings: Vec<_> = all.iter().map(|c| (c.first_name.as_str(), c.standing)).collect();
        let expected = [("Ada", Standing::Ready), ("Cy", Standing::NoEmail), ("Bo", Standing::Ready)];
        assert_eq!(standings, expected);
        let first = w.send(Whom::default(), "one").await;
        let done = told(&[("Ada", Outcome::Invited), ("Cy", Outcome::NoEmail), ("Bo", Outcome::Invited)]);
        assert_eq!(w.outcomes(first).await, done);
        assert_eq!(w.mails().await, 2);
        // The same form once more is the same run; running it again does nothing.
        assert_eq!(w.send(Whom::default(), "one").await, first);
        assert_eq!(w.mails().await, 2);
        let all = w.app.invites().candidates(&w.system(), Whom::default()).await.unwrap();
        assert_eq!(all.iter().filter(|c| c.standing == Standing::Invited).count(), 2);
        let again = w.app.invites().invite_many(&w.system(), Whom::default(), String::new()).await;
        assert!(matches!(again, Err(Error::Conflict("nobody"))), "nobody is left: {again:?}");
    }

    async fn a_second_mail_is_sent_on_purpose_alone(t: TestDb) {
        let w = World::new(t).await;
        let ada = w.person("Ada").await;
        w.send(Whom { but: vec![ada], ..Whom::default() }, "bo").await;
        assert_eq!(w.mails().await, 1);
        let second = w.send(Whom::default(), "rest").await;
        let done = told(&[("Ada", Outcome::Invited), ("Cy", Outcome::NoEmail), ("Bo", Outcome::Already)]);
        assert_eq!(w.outcomes(second).await, done);
        assert_eq!(w.mails().await, 2);
        let third = w.send(Whom { renew: true, unit: "2".to_owned(), ..Whom::default() }, "again").await;
        assert_eq!(w.outcomes(third).await, told(&[("Cy", Outcome::NoEmail), ("Bo", Outcome::Renewed)]));
        let open = number(&w.t, sql!("SELECT count(*) FROM invitation WHERE purpose = 'community' AND superseded_at IS NULL")).await;
        assert_eq!((w.mails().await, open), (3, 2), "the old one of Bo ended");
    }

    async fn what_changed_meanwhile_counts(t: TestDb) {
        let w = World::new(t).await;
        let (ada, bo) = (w.person("Ada").await, w.person("Bo").await);
        let id = w.app.invites().invite_many(&w.system(), Whom::default(), String::new()).await.unwrap();
        let org = w.org;
        let meanwhile = async move |w: &db::Write, _: &_| {
            crate::login::create(w, ada, Some("ada@haus.example"), None, false, None).await?;
            w.execute(sql!("UPDATE tenancy SET ends_at = 1 WHERE org_id = $1 AND person_id = $2", org, bo)).await
        };
        w.app.write(&w.system(), meanwhile).await.unwrap();
        while w.app.invites().advance_run(&w.system(), id).await.unwrap() {}
        let done = told(&[("Ada", Outcome::HasLogin), ("Cy", Outcome::NoEmail), ("Bo", Outcome::Gone)]);
        assert_eq!(w.outcomes(id).await, done);
        assert_eq!(w.mails().await, 0);
    }

    async fn runs_of_others_are_not_found(t: TestDb) {
        let w = World::new(t).await;
        let id = w.app.invites().invite_many(&w.system(), Whom::default(), String::new()).await.unwrap();
        let elsewhere = w.app.system(OrgId::new(w.org.get() + 1));
        assert!(matches!(w.app.invites().invite_run(&elsewhere, id).await, Err(Error::NotFound(_))));
        assert!(matches!(w.app.invites().advance_run(&elsewhere, id).await, Err(Error::NotFound(_))));
        let nobody = Caller::anonymous(w.org, kernel::Door::Pages, w.app.now());
        assert!(matches!(w.app.invites().invite_run(&nobody, id).await, Err(Error::Forbidden)));
        assert!(matches!(w.app.invites().candidates(&nobody, Whom::default()).await, Err(Error::Forbidden)));
    }
}
