//! The runner on both databases, with a real mail server on the other side.

#![expect(clippy::unwrap_used, reason = "for tests")]

mod files;
mod mails;
mod running;
mod schedules;

use app::{
    App,
    message::{self, Mail, Message},
    organization,
};
use db::{sql, testing::TestDb};
use kernel::{Caller, Clock, Instant, MessageId, OrgId, PersonId, Random};
use outbound::{Mailer, testing::SmtpServer};

/// An application with organizations, a mail server, and a clock that stands still: 2026-11-21 16:00:10.
struct World {
    app: App,
    smtp: SmtpServer,
    _db: TestDb,
}

impl World {
    async fn new(t: TestDb) -> Self {
        let at = Instant::from_utc("2026-11-21T16:00:10".parse().unwrap()).unwrap();
        let app = App::new(t.db.clone(), Clock::manual(at), Random::seeded(7), "https://portico.example")
            .with_storage(app::Storage::in_memory());
        Self { app, smtp: SmtpServer::start().await, _db: t }
    }

    fn runner(&self) -> jobs::Runner {
        let mailer = Mailer::from_url(Some(self.smtp.url()), "Portico <no-reply@portico.example>").unwrap();
        jobs::Runner::new(self.app.clone(), mailer)
    }

    fn runner_without_mailer(&self) -> jobs::Runner {
        jobs::Runner::new(self.app.clone(), None)
    }

    fn install(&self) -> Caller {
        self.app.system(OrgId::new(0))
    }

    fn wait(&self, seconds: i64) {
        self.app.clock().advance(seconds);
    }

    async fn organization(&self, slug: &str) -> Org<'_> {
        let new = organization::New {
            name: "Harbour".to_owned(),
            slug: slug.to_owned(),
            host: None,
            country: "US".to_owned(),
            calling_code: "1".to_owned(),
            currency: "USD".to_owned(),
            locale: "en-US".to_owned(),
            time_zone: "UTC".to_owned(),
        };
        let id = self.app.organizations().create(&self.install(), new).await.unwrap();
        let insert = async move |w: &db::Write, _: &kernel::Actor| {
            w.one(sql!(
                "INSERT INTO person (uid, org_id, first_name, last_name, name_key, is_resident, changed_at, created_at, updated_at) \
                 VALUES ($1, $2, 'Ada', 'Lovelace', 'lovelace ada', TRUE, 0, 0, 0) RETURNING id",
                w.uid(), w.caller().org
            ))
            .await
        };
        let person: PersonId = self.app.write(&self.app.system(id), insert).await.unwrap();
        Org { world: self, id, person }
    }

    /// A number from the database.
    async fn number(&self, f: impl AsyncFnOnce(&db::Read) -> kernel::Result<i64> + Send + 'static) -> i64 {
        self.app.read(&self.install(), async move |r, _| f(r).await).await.unwrap()
    }

    /// How many jobs of a kind are in the queue.
    async fn queued(&self, kind: &'static str) -> i64 {
        self.number(async move |r| app::job::waiting(r, kind).await).await
    }
}

/// An organization with one person.
struct Org<'w> {
    world: &'w World,
    id: OrgId,
    person: PersonId,
}

impl Org<'_> {
    fn system(&self) -> Caller {
        self.world.app.system(self.id)
    }

    /// Queues a mail.
    async fn mail(&self, to: &str) -> MessageId {
        let mail = Mail {
            person: self.person,
            kind: "message",
            to: to.to_owned(),
            subject: "The boiler".to_owned(),
            text: "It is warm again.\n".to_owned(),
            html: None,
        };
        self.world.app.write(&self.system(), async move |w, _| message::queue(w, &mail).await).await.unwrap()
    }

    async fn message(&self, id: MessageId) -> Message {
        self.world.app.messages().get(&self.system(), id).await.unwrap()
    }

    /// How often something happened here.
    async fn changes(&self, action: &'static str) -> i64 {
        let org = self.id;
        let count = async move |r: &db::Read| {
            r.one(sql!("SELECT count(*) FROM change WHERE org_id = $1 AND action = $2", org, action)).await
        };
        self.world.number(count).await
    }
}
