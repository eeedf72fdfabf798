//! Lists on both databases.

use db::{db_tests, sql, testing::TestDb};
use kernel::{Caller, Error, Field, ImportId, OrgId, PropertyId};

use super::{Kind, Reason, Run, State};
use crate::{
    App, organization, property,
    sandbox::tests::{app, number},
};

struct World {
    app: App,
    org: OrgId,
    t: TestDb,
}

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
        w.place("Hafen").await;
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

    async fn go(&self, id: ImportId) -> (Run, Vec<super::Fault>) {
        while self.app.imports().advance(&self.system(), id).await.unwrap() {}
        self.app.imports().get(&self.system(), id).await.unwrap()
    }

    async fn check(&self, kind: Kind, text: &str) -> ImportId {
        self.app.imports().stage(&self.system(), kind, "list.csv", text.as_bytes().to_vec()).await.unwrap()
    }

    /// Checks and takes a list; answers what came of it.
    async fn import(&self, kind: Kind, text: &str) -> (ImportId, Run, Vec<super::Fault>) {
        let id = self.check(kind, text).await;
        let (checked, _) = self.go(id).await;
        self.app.imports().take(&self.system(), id).await.unwrap();
        let (run, faults) = self.go(id).await;
        assert_eq!(counts(&checked), counts(&run), "checking tells what taking does");
        (id, run, faults)
    }

    async fn units(&self, n: usize) {
        let rows: String = (1..=n).map(|i| format!("Hafen;{i};{};500,00\n", i % 5)).collect();
        let (_, run, faults) = self.import(Kind::Units, &format!("Objekt;Einheit;Etage;Miete\n{rows}")).await;
        assert_eq!((counts(&run), faults), ((n as i64, 0, 0, 0), vec![]));
    }
}

const fn counts(run: &Run) -> (i64, i64, i64, i64) {
    (run.made, run.changed, run.same, run.bad)
}

const HEADER: &str = "Referenz;Vorname;Nachname;E-Mail;Objekt;Einheit;Rolle;Einzug;Miete\n";

fn tenants(n: usize) -> String {
    let row = |i| format!("R-{i};Vera;Nummer{i};v{i}@mail.example;Hafen;{i};Mieter;01.02.2024;510,50\n");
    format!("{HEADER}{}", (1..=n).map(row).collect::<String>())
}

db_tests! {
    async fn a_list_is_checked_taken_sent_again_and_undone(t: TestDb) {
        let w = World::new(t).await;
        w.units(60).await;
        let bad = "R-61;Vera;X;nonsense;Hafen;61;Mieter;01.02.2024;1\nR-62;V;Y;;Nirgends;1;König;32.1.2024;x\n";
        let id = w.check(Kind::Tenants, &format!("{}{bad}", tenants(60))).await;
        let (run, faults) = w.go(id).await;
        assert_eq!((run.state, counts(&run)), (State::Checked, (60, 0, 0, 2)));
        assert_eq!(number(&w.t, sql!("SELECT count(*) FROM person WHERE deleted_at IS NULL")).await, 0, "nothing was written");
        let said: Vec<_> = faults.iter().map(|f| (f.line, f.column.as_deref().unwrap_or(""), f.reason)).collect();
        assert_eq!(said, [
            (62, "email", Reason::NoEmail),
            (62, "unit", Reason::NoUnit),
            (63, "property", Reason::NoProperty),
            (63, "role", Reason::NoRole),
            (63, "starts_on", Reason::NoDate),
            (63, "rent", Reason::NoAmount),
        ]);

        w.app.imports().take(&w.system(), id).await.unwrap();
        let (run, _) = w.go(id).await;
        assert_eq!((run.state, counts(&run)), (State::Taken, (60, 0, 0, 2)));
        assert_eq!(number(&w.t, sql!("SELECT count(*) FROM ledger WHERE rent = 51050 AND closes_at IS NULL")).await, 60);

        // The corrected list does not double anybody.
        let (_, again, faults) = w.import(Kind::Tenants, &tenants(60).replace("Nummer7;", "Siebert;")).await;
        assert_eq!((counts(&again), faults), ((0, 1, 59, 0), vec![]));

        w.app.imports().undo(&w.system(), id).await.unwrap();
        let (run, _) = w.go(id).await;
        assert_eq!(run.state, State::Undone);
        assert_eq!(number(&w.t, sql!("SELECT count(*) FROM person WHERE deleted_at IS NULL")).await, 0);
        assert_eq!(number(&w.t, sql!("SELECT count(*) FROM tenancy WHERE deleted_at IS NULL")).await, 0);
        let (_, once_more, _) = w.import(Kind::Tenants, &tenants(60)).await;
        assert_eq!(counts(&once_more), (60, 0, 0, 0), "what was undone can be sent again");
    }

    async fn rows_that_contradict_others_are_told(t: TestDb) {
        let w = World::new(t).await;
        w.units(3).await;
        w.import(Kind::Tenants, &tenants(1)).await;
        let rows = "R-2;Otto;Anders;o@mail.example;Hafen;1;Mieter;01.02.2025;\n\
                    ;Otto;Ohne;;Hafen;2;Mieter;01.02.2025;\n\
                    R-3;Ines;Paar;p@mail.example;Hafen;3;Mieter;01.02.2025;\n\
                    R-3;Ines;Paar;p@mail.example;Hafen;3;Mieter;01.02.2025;\n\
                    R-4;Jan;Paar;p@mail.example;Hafen;3;Mitbewohner;01.02.2025;\n\
                    R-1;Ganz;Fremd;f@mail.example;Hafen;2;Mieter;01.02.2025;\n";
        let (_, run, faults) = w.import(Kind::Tenants, &format!("{HEADER}{rows}")).await;
        assert_eq!(counts(&run), (2, 0, 0, 4));
        let said: Vec<_> = faults.iter().map(|f| (f.line, f.reason)).collect();
        assert_eq!(said, [(2, Reason::UnitTaken), (3, Reason::NoKey), (5, Reason::Twice), (7, Reason::OtherPerson)]);
    }

    async fn charges_go_to_the_tenant_of_the_day_once(t: TestDb) {
        let w = World::new(t).await;
        w.units(2).await;
        w.import(Kind::Tenants, &tenants(1)).await;
        let list = "Objekt,Einheit,Betrag,Datum,Zweck\nHafen,1,\"12,50\",2026-11-01,Schlüssel\nHafen,2,5,2026-11-01,Leer\nHafen,1,5,2020-01-01,Früh\n";
        let (id, run, faults) = w.import(Kind::Charges, list).await;
        assert_eq!(counts(&run), (1, 0, 0, 2));
        assert!(faults.iter().all(|f| f.reason == Reason::NoLedger), "{faults:?}");
        let (_, again, _) = w.import(Kind::Charges, list).await;
        assert_eq!(counts(&again), (0, 0, 1, 2));
        w.app.imports().undo(&w.system(), id).await.unwrap();
        w.go(id).await;
        assert_eq!(number(&w.t, sql!("SELECT CAST(sum(balance) AS BIGINT) FROM ledger")).await, 0);
    }

    async fn units_have_an_area_in_square_metres(t: TestDb) {
        let w = World::new(t).await;
        let list = "Objekt;Nummer;Fläche\nHafen;1;65,5\nHafen;2;\nHafen;3;groß\nHafen;4;-1\n";
        let (_, run, faults) = w.import(Kind::Units, list).await;
        let said: Vec<_> = faults.iter().map(|f| (f.line, f.column.as_deref(), f.reason)).collect();
        assert_eq!(said, [(4, Some("area"), Reason::NoAmount), (5, Some("area"), Reason::NoAmount)]);
        assert_eq!(counts(&run), (2, 0, 0, 2));
        let (_, again, _) = w.import(Kind::Units, "property,number,area\nHafen,1,65.50\nHafen,2,48\n").await;
        assert_eq!(counts(&again), (0, 1, 1, 0), "what is the same changes nothing");
        let page = crate::unit::PageNumber { page: 1, per_page: 9 };
        let flats = w.app.units().flats(&w.system(), None, page).await.unwrap().items;
        assert_eq!(flats.iter().map(|f| f.area).collect::<Vec<_>>(), [Some(6550), Some(4800)]);
        let out = String::from_utf8(w.app.imports().export(&w.system(), Kind::Units).await.unwrap()).unwrap();
        assert!(out.lines().nth(1).unwrap().ends_with(",65.50,"), "{out}");
    }

    async fn what_is_used_is_not_undone(t: TestDb) {
        let w = World::new(t).await;
        let (units, ..) = w.import(Kind::Units, "property,number\nHafen,1\n").await;
        w.import(Kind::Tenants, &tenants(1)).await;
        let undone = w.app.imports().undo(&w.system(), units).await;
        assert!(matches!(undone, Err(Error::Conflict("import_in_use"))), "{undone:?}");
    }

    async fn what_goes_out_comes_in_again_and_changes_nothing(t: TestDb) {
        let w = World::new(t).await;
        w.units(30).await;
        w.import(Kind::Tenants, &tenants(30).replace("Nummer3;", "=Nummer3;")).await;
        for kind in [Kind::Units, Kind::Tenants] {
            let list = String::from_utf8(w.app.imports().export(&w.system(), kind).await.unwrap()).unwrap();
            assert!(!list.contains(",=Nummer"), "no formulas");
            let (_, run, faults) = w.import(kind, &list).await;
            assert_eq!((counts(&run), faults), ((0, 0, 30, 0), vec![]), "{kind:?}");
        }
    }
}
