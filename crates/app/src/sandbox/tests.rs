use std::collections::{BTreeMap, BTreeSet};

use db::{
    Cell, Columns, Dialect, Query, Row, Value, db_tests, sql,
    testing::{Image, TestDb},
};
use futures_util::TryStreamExt as _;
use kernel::{Caller, Clock, Instant, OrgId, Random, Result, Role};
use storage::{Bytes, Kept};
use tokio::sync::OnceCell;

use super::{Sandbox, fill, texts::STORIES};
use crate::{
    App,
    ticket::{Details, Stage, Status},
};

/// An application on a test's database, at a fixed time.
pub fn app(t: &TestDb) -> App {
    seeded(t, 7)
}

fn seeded(t: &TestDb, seed: u64) -> App {
    App::new(t.db.clone(), Clock::manual(now()), Random::seeded(seed), "http://127.0.0.1:8080")
        .with_storage(crate::Storage::in_memory())
        .with_vault(crate::Vault::new(&[7; 32]))
}

/// The sandbox, made once for each database: it takes seconds.
struct Made {
    image: Image,
    sandbox: Sandbox,
    files: Vec<(String, Bytes)>,
}

async fn made(dialect: Dialect) -> &'static Made {
    static MADE: [OnceCell<Made>; 2] = [const { OnceCell::const_new() }; 2];
    let make = async || {
        let t = TestDb::new(dialect).await;
        let app = app(&t);
        let sandbox = fill(&app, now(), "hash", "portal").await.unwrap();
        let storage = app.storage().unwrap();
        let kept: Vec<Kept> = storage.kept().try_collect().await.unwrap();
        let mut files = Vec::new();
        for Kept { name, .. } in kept {
            let bytes = storage.read(&name).await.unwrap();
            files.push((name, bytes));
        }
        Made { image: t.into_image().await, sandbox, files }
    };
    MADE[usize::from(dialect == Dialect::Postgres)].get_or_init(make).await
}

/// A database with the sandbox in it.
pub async fn db(dialect: Dialect) -> TestDb {
    TestDb::copy_of(&made(dialect).await.image).await
}

/// An application on such a database, and what is in it.
pub async fn settled(t: &TestDb) -> (App, Sandbox) {
    let made = made(t.db.dialect()).await;
    let storage = crate::Storage::in_memory();
    for (name, bytes) in &made.files {
        storage.put(name, bytes.clone()).await.unwrap();
    }
    (seeded(t, 8).with_storage(storage), made.sandbox.clone())
}

pub fn now() -> Instant {
    Instant::from_utc("2026-11-21T16:20:30".parse().unwrap()).unwrap()
}

/// A row as text, whatever its columns.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Any(String);

struct Shown(String);
impl Value for Shown {
    fn read(cell: Cell<'_>) -> Option<Self> {
        Some(Self(match cell {
            Cell::Bool(b) => i64::from(b).to_string(),
            cell => format!("{cell:?}"),
        }))
    }
}
impl Row for Any {
    fn read(row: &mut Columns<'_>) -> Result<Self> {
        let mut out = String::new();
        while let Ok(Shown(s)) = row.next("") {
            out = out + &s + " | ";
        }
        Ok(Self(out))
    }
}

macro_rules! tables {
    ($($name:literal)*) => { vec![$(($name, sql!(sqlite: concat!("SELECT * FROM ", $name), postgres: concat!("SELECT * FROM ", $name))),)*] };
}

fn tables() -> Vec<(&'static str, Query)> {
    tables!["organization" "feed" "change" "counter" "property" "building" "unit" "person" "phone_number" "role_grant"
        "property_assignment" "staff_assignment" "emergency_contact" "emergency_number" "login" "login_identifier"
        "session" "attempt" "invitation" "tenancy" "ticket" "comment" "message" "job" "setting" "ticket_type" "ticket_field"
        "post" "post_comment" "event" "contact_card" "faq_group" "faq_article" "faq_word" "document_folder" "document" "notification"
        "portal_settings" "wifi_network" "wifi_identity" "wifi_device" "unit_token" "file" "attachment"]
}

/// All rows of all tables.
pub async fn dump(t: &TestDb) -> Vec<String> {
    let mut out = Vec::new();
    for (name, query) in tables() {
        let nobody = Caller::system(OrgId::new(0), now());
        let mut rows: Vec<Any> = t.db.read(&nobody, async move |r| r.all(query).await).await.unwrap();
        rows.sort();
        out.extend(rows.into_iter().map(|Any(row)| format!("{name}: {row}")));
    }
    out
}

/// One number.
pub async fn number(t: &TestDb, query: Query) -> i64 {
    t.db.read(&Caller::system(OrgId::new(0), now()), async move |r| r.one(query).await).await.unwrap()
}

/// What must hold in any database: the spine has no gaps and counters stand where they should.
pub async fn assert_sound(t: &TestDb) {
    let gaps = sql!(
        "SELECT count(*) FROM feed f WHERE f.seq <> (SELECT count(*) FROM change c WHERE c.org_id = f.org_id) \
         OR f.seq <> (SELECT COALESCE(max(c.seq), 0) FROM change c WHERE c.org_id = f.org_id)"
    );
    assert_eq!(number(t, gaps).await, 0, "gaps in the spine");
    let counters = sql!(
        "SELECT count(*) FROM counter n WHERE n.value <> (SELECT count(*) FROM ticket t WHERE t.org_id = n.org_id) \
         OR n.value <> (SELECT COALESCE(max(t.number), 0) FROM ticket t WHERE t.org_id = n.org_id)"
    );
    assert_eq!(number(t, counters).await, 0, "counters of tickets");
    let back = sql!(
        "SELECT count(*) FROM change a JOIN change b ON b.org_id = a.org_id AND b.seq = a.seq + 1 WHERE b.at < a.at"
    );
    assert_eq!(number(t, back).await, 0, "changes are in the order of time");
    let foreign = sql!(
        "SELECT (SELECT count(*) FROM tenancy t JOIN unit u ON u.id = t.unit_id WHERE u.property_id <> t.property_id OR u.org_id <> t.org_id) \
         + (SELECT count(*) FROM ticket t JOIN person p ON p.id = t.concerns_id WHERE p.org_id <> t.org_id OR NOT p.is_resident) \
         + (SELECT count(*) FROM ticket t WHERE t.concerns_id IS NULL) \
         + (SELECT count(*) FROM ticket t JOIN unit u ON u.id = t.unit_id WHERE u.property_id <> t.property_id) \
         + (SELECT count(*) FROM staff_assignment a LEFT JOIN role_grant g ON g.person_id = a.staff_id WHERE g.role IS NULL)"
    );
    assert_eq!(number(t, foreign).await, 0, "rows that belong to each other are of one place");
    let untimely = sql!(
        "SELECT (SELECT count(*) FROM comment c JOIN ticket t ON t.id = c.ticket_id WHERE c.created_at < t.created_at) \
         + (SELECT count(*) FROM ticket WHERE updated_at < created_at OR closed_at < created_at OR first_response_at < created_at \
              OR (closed_at IS NULL) = (status IN ('done', 'rejected'))) \
         + (SELECT count(*) FROM change WHERE at > $1) + (SELECT count(*) FROM comment WHERE created_at > $1) \
         + (SELECT count(*) FROM tenancy WHERE ends_at <= $1 AND ended_by IS NULL)",
        now()
    );
    assert_eq!(number(t, untimely).await, 0, "nothing happens before its time");
    let twice = sql!(
        "SELECT count(*) FROM tenancy a JOIN tenancy b ON b.unit_id = a.unit_id AND b.id > a.id \
         WHERE a.role = 'tenant' AND b.role = 'tenant' AND a.moved_out_at IS NULL AND b.moved_out_at IS NULL AND a.starts_at < COALESCE(b.ends_at, 9000000000000000) \
         AND b.starts_at < COALESCE(a.ends_at, 9000000000000000)"
    );
    assert_eq!(number(t, twice).await, 0, "no unit is let twice at a time");
}

async fn filled(t: &TestDb) -> (App, Sandbox) {
    let app = app(t);
    let sandbox = fill(&app, now(), "$hash$", "$portal$").await.unwrap();
    (app, sandbox)
}

fn tally<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    keys.fold(BTreeMap::new(), |mut map, k| {
        *map.entry(k).or_default() += 1;
        map
    })
}

db_tests! {
    async fn it_is_the_same_each_time(t: TestDb) {
        let u = TestDb::new(t.db.dialect()).await;
        let (first, second) = (filled(&t).await.1, filled(&u).await.1);
        assert_eq!(first, second);
        let (a, b) = (dump(&t).await, dump(&u).await);
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(&b) {
            assert_eq!(a, b);
        }
        assert!(fill(&app(&t), now(), "$hash$", "$portal$").await.is_err(), "an organization is there already");
    }

    async fn it_is_sound(t: TestDb) {
        filled(&t).await;
        assert_sound(&t).await;
    }

    async fn the_seed_users_are_the_first_people(t: TestDb) {
        let (app, sandbox) = filled(&t).await;
        let caller = app.system(sandbox.organization.id);
        assert_eq!((sandbox.organization.id.get(), sandbox.property_id.get()), (1, 1));
        for i in 1..=3 {
            let m = app.staff().get(&caller, i.into()).await.unwrap().member;
            let shown = (m.first_name.as_str(), m.last_name.as_str(), m.phone.as_deref(), m.role, m.archived_at);
            let first = format!("user{i}");
            assert_eq!(shown, (first.as_str(), "tester", Some("555-555-5555"), Some(Role::Admin), None));
            assert_eq!(m.email, Some(format!("user{i}@dwellingly.org")));
        }
        let roles: Vec<&str> = sandbox.users.iter().map(|u| u.role.as_str()).collect();
        assert_eq!(roles, ["admin", "admin", "admin", "staff", "property_manager", "pending"]);
        let hashes = number(&t, sql!(
            "SELECT count(*) FROM login WHERE status = 'active' AND password_hash = '$hash$'"
        )).await;
        assert_eq!(hashes, number(&t, sql!("SELECT count(*) FROM login WHERE status <> 'invited'")).await);
        for user in &sandbox.users {
            let key = user.email.clone();
            let known = app.read(&caller, async move |r, _| crate::login::by_identifier(r, "email", &key).await).await;
            let known = known.unwrap().unwrap();
            assert_eq!(known.awaits_approval, user.role == "pending", "{}", user.email);
        }
    }

    async fn it_holds_what_was_promised(t: TestDb) {
        let (app, sandbox) = filled(&t).await;
        let caller = app.system(sandbox.organization.id);
        assert_eq!(app.organizations().list(&caller).await.unwrap().len(), 2);

        let properties = app.properties().list(&caller).await.unwrap();
        let units: i64 = properties.iter().map(|p| p.leased.property.unit_count).sum();
        assert!(properties.len() >= 6 && units >= 30, "{} properties, {units} units", properties.len());
        let garden = &properties[0].leased.property;
        assert_eq!((garden.id, garden.name.as_str()), (sandbox.property_id, "Garden Blocks"));
        assert_eq!((garden.street.as_str(), garden.city.as_str()), ("1654 NE 18th Ave.", "Portland"));
        assert_eq!((garden.state.as_str(), garden.postal.as_str()), ("OR", "97218"));
        assert!(properties.iter().any(|p| p.managers.len() > 1) && properties.iter().any(|p| p.managers.is_empty()));

        let staff = app.staff().list(&caller, crate::staff::Filter::All).await.unwrap();
        let residents = app.residents().list(&caller).await.unwrap();
        assert!(staff.len() + residents.len() >= 40);
        let roles = tally(staff.iter().map(|m| m.member.role));
        assert!(Role::ALL.iter().all(|r| roles.contains_key(&Some(*r))) && roles[&None] >= 2, "{roles:?}");
        let archived = |role: Option<Role>| {
            staff.iter().any(|m| m.member.archived_at.is_some() && m.member.role == role)
        };
        assert!(archived(Some(Role::Staff)) && archived(None));
        assert!(residents.iter().filter(|p| p.person.archived_at.is_some()).count() >= 2);
        let unstaffed = app.residents().list_unstaffed(&caller).await.unwrap();
        assert!(unstaffed.len() >= 4 && unstaffed.len() < residents.len() / 2);

        let leases: Vec<_> = properties.iter().flat_map(|p| &p.leased.leases).collect();
        let now = now();
        assert!(leases.iter().filter(|l| l.is_running(now)).count() >= 20);
        assert!(leases.iter().filter(|l| l.starts_at.is_some_and(|at| at > now)).count() >= 2, "future");
        let ended: BTreeSet<_> = leases.iter().filter_map(|l| l.ended_by.as_deref()).collect();
        assert_eq!(ended, BTreeSet::from(["archive", "person", "schedule"]));
        let open = leases.iter().filter(|l| l.ends_at.is_none() && l.is_running(now));
        assert!(open.count() >= 5, "open ends");
        assert!(leases.iter().any(|l| l.unit_id.is_none()) && leases.iter().any(|l| l.occupants.is_none()));
        assert!(tally(leases.iter().map(|l| l.person_id)).values().any(|n| *n > 1), "several leases of one person");
        assert!(residents.iter().any(|p| p.lease.is_none()), "somebody without a lease");

        let renty = residents.iter().find(|p| p.person.id == sandbox.tenant_id).unwrap();
        let shown = (renty.person.first_name.as_str(), renty.person.last_name.as_str(), renty.person.phone.as_deref());
        assert_eq!(shown, ("Renty", "McRenter", Some("800-RENT-ALOT")));
        assert!(!renty.staff.is_empty() && renty.lease.as_ref().unwrap().is_running(now));

        let contacts = app.emergency_contacts().list(&caller).await.unwrap();
        assert!(contacts.len() >= 6 && contacts.iter().all(|c| !c.numbers.is_empty()));
    }

    async fn its_tickets_tell_of_everyday_life(t: TestDb) {
        let (app, sandbox) = filled(&t).await;
        let (caller, now) = (app.system(sandbox.organization.id), now());
        let tickets = app.tickets().list(&caller, None).await.unwrap();
        assert!(tickets.len() >= 60);
        let by_status = tally(tickets.iter().map(|t| t.ticket.status.as_str()));
        assert!(Status::ALL.iter().all(|s| by_status[s.as_str()] >= 3), "{by_status:?}");
        for story in STORIES {
            let t = tickets.iter().find(|t| t.ticket.description.as_deref() == Some(story.issue)).unwrap();
            assert_eq!((t.ticket.status, t.comments.len()), (story.status, story.notes.len()), "{}", story.issue);
            assert!(t.ticket.property_id.is_some(), "{}", story.issue);
        }
        let urgencies: BTreeSet<_> = tickets.iter().map(|t| t.ticket.urgency.as_deref()).collect();
        assert_eq!(urgencies, BTreeSet::from([None, Some("Low"), Some("Medium"), Some("High")]));
        let oldest = tickets.iter().map(|t| t.ticket.created_at).min().unwrap();
        assert!(oldest > now.plus_days(-90) && oldest < now.plus_days(-80), "{oldest}");
        assert!(tickets.windows(2).all(|w| w[0].ticket.created_at < w[1].ticket.created_at));
        let writers = |t: &Details| t.comments.iter().map(|c| c.author_id).collect::<BTreeSet<_>>().len();
        assert!(tickets.iter().map(writers).max() >= Some(3), "notes of different people");
        assert!(tickets.iter().flat_map(|t| &t.comments).any(|c| !c.internal));

        let shown = tickets.iter().find(|t| t.ticket.id == sandbox.ticket_id).unwrap();
        assert_eq!(shown.ticket.concerns_id, Some(sandbox.tenant_id));
        assert_eq!((shown.ticket.status.stage(), shown.comments.len()), (Stage::InProgress, 2));

        let board = app.dashboard().widgets(&caller).await.unwrap();
        assert!(board.counts.new > board.counts.new_recent && board.counts.new_recent > 0);
        assert!(board.counts.in_progress > board.counts.in_progress_recent && board.counts.in_progress_recent > 0);
        assert_eq!(board.managers.len(), 3);
    }

    async fn the_organizations_are_apart(t: TestDb) {
        let (app, sandbox) = filled(&t).await;
        let (first, second) = (app.system(sandbox.organization.id), app.system(sandbox.other.organization.id));
        assert_eq!(app.properties().list(&second).await.unwrap().len(), 1);
        assert_eq!(app.residents().list(&second).await.unwrap().len(), 2);
        assert_eq!(app.tickets().list(&second, None).await.unwrap().len(), 3);
        assert!(app.tickets().get(&first, sandbox.other.ticket_id).await.is_err());
        assert!(app.residents().get(&second, sandbox.tenant_id).await.is_err());
        assert!(app.properties().get(&second, sandbox.other.property_id).await.is_ok());
    }
}
