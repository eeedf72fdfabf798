//! Mails: sent once, tried again, given up.

use app::{job::ATTEMPTS, message::SEND};
use db::{db_tests, sql};
use jobs::LEASE;
use outbound::testing::Answer;

use super::World;

db_tests! {
    async fn a_mail_is_sent_once(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let id = org.mail("Ada <ada@example.org>").await;
        w.wait(3);
        w.runner().tick().await.unwrap();

        let message = org.message(id).await;
        assert_eq!((message.state.as_str(), message.attempts, message.last_error), ("sent", 1, None));
        assert_eq!(message.sent_at, Some(w.app.now()));
        let mails = w.smtp.mails();
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, "ada@example.org"));
        assert!(mails[0].data.contains("Date: Sat, 21 Nov 2026 16:00:10 +0000\r\n"), "{}", mails[0].data);
        assert!(mails[0].data.contains(&format!("Message-ID: <portico-{}@portico.example>\r\n", message.uid)));
        assert_eq!((w.queued(SEND).await, org.changes("message.sent").await), (0, 1));

        assert_eq!(w.runner().tick().await.unwrap(), 0);
        assert_eq!(w.smtp.mails().len(), 1);
    }

    async fn what_fails_for_now_is_tried_again(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let id = org.mail("ada@example.org").await;
        w.smtp.answer("RCPT", Answer::Say("451 try later"));
        w.smtp.answer("BODY", Answer::HangUp);
        let runner = w.runner();
        runner.tick().await.unwrap();
        let message = org.message(id).await;
        assert_eq!((message.state.as_str(), message.attempts), ("waiting", 1));
        assert_eq!(message.last_error.as_deref(), Some("RCPT: transient error (451): try later"));

        w.wait(4);
        runner.tick().await.unwrap();
        assert_eq!(org.message(id).await.attempts, 1);
        w.wait(1);
        // Now the server takes it, and its answer is lost.
        runner.tick().await.unwrap();
        assert_eq!((org.message(id).await.state.as_str(), w.smtp.mails().len()), ("waiting", 1));
        w.wait(30);
        runner.tick().await.unwrap();
        let message = org.message(id).await;
        assert_eq!((message.state.as_str(), message.attempts, message.last_error), ("sent", 3, None));
        let mails = w.smtp.mails();
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0], mails[1]);
        assert_eq!((w.queued(SEND).await, org.changes("message.sent").await), (0, 1));
    }

    async fn what_fails_for_good_is_not(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let (unknown, empty) = (org.mail("nobody@example.org").await, org.mail("").await);
        w.smtp.answer("RCPT", Answer::Say("550 no such user"));
        w.runner().tick().await.unwrap();
        for (id, why) in [(unknown, "RCPT: permanent error (550): no such user"), (empty, "not an e-mail address")] {
            let message = org.message(id).await;
            assert_eq!((message.state.as_str(), message.last_error.as_deref()), ("failed", Some(why)));
            assert_eq!(message.sent_at, None);
        }
        assert_eq!((w.queued(SEND).await, org.changes("message.failed").await), (0, 2));
        assert!(w.smtp.mails().is_empty());
    }

    async fn in_the_end_it_is_given_up(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let id = org.mail("ada@example.org").await;
        let runner = w.runner_to_nobody();
        for attempt in 1..=ATTEMPTS {
            assert_eq!(org.message(id).await.state, "waiting", "before attempt {attempt}");
            runner.tick().await.unwrap();
            assert_eq!(org.message(id).await.attempts, attempt);
            w.wait(43_200);
        }
        let message = org.message(id).await;
        assert_eq!(message.state, "failed");
        assert!(message.last_error.unwrap().starts_with("connecting: "));
        assert_eq!((w.queued(SEND).await, org.changes("message.failed").await), (0, 1));
        let queue = w.app.jobs().queue(&w.install()).await.unwrap();
        let dead: i64 = queue.iter().filter(|q| q.kind == SEND).map(|q| q.dead).sum();
        assert_eq!(dead, 1);
    }

    async fn a_crashed_server_s_job_is_taken_after_its_lease(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let id = org.mail("ada@example.org").await;
        let held = w.app.jobs().claim(&w.install(), &[SEND], 9, LEASE).await.unwrap();
        assert_eq!(held.len(), 1);
        let runner = w.runner();
        runner.tick().await.unwrap();
        w.wait(LEASE - 1);
        runner.tick().await.unwrap();
        assert!(w.smtp.mails().is_empty());
        w.wait(1);
        runner.tick().await.unwrap();
        assert_eq!((org.message(id).await.state.as_str(), w.smtp.mails().len()), ("sent", 1));
    }

    async fn a_job_that_was_taken_over_is_its_new_holder_s(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let id = org.mail("ada@example.org").await;
        let claim = async || w.app.jobs().claim(&w.install(), &[SEND], 9, LEASE).await.unwrap();
        let late = claim().await.remove(0);
        w.wait(LEASE);
        let held = claim().await.remove(0);
        assert_eq!((late.attempts, held.attempts), (1, 2));

        let again = app::message::Outcome::Again("late".to_owned());
        assert_eq!(w.app.messages().tried(&org.system(), &late, again.clone()).await.unwrap(), again);
        assert!(w.app.jobs().failed(&w.install(), &late, "late").await.unwrap());
        w.wait(60);
        assert!(claim().await.is_empty(), "its holder's lease still runs");
        w.app.messages().tried(&org.system(), &held, app::message::Outcome::Sent).await.unwrap();
        // What comes too late does not undo it.
        let failed = app::message::Outcome::Failed("late".to_owned());
        w.app.messages().tried(&org.system(), &late, failed).await.unwrap();
        assert_eq!(org.message(id).await.state, "sent");
        assert_eq!((org.changes("message.sent").await, org.changes("message.failed").await), (1, 0));
    }

    async fn a_mail_that_was_sent_is_left(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let id = org.mail("ada@example.org").await;
        let sent = async move |w: &db::Write, _: &kernel::Actor| {
            w.execute(sql!("UPDATE message SET state = 'sent' WHERE id = $1", id)).await?;
            app::job::enqueue(w, SEND, "999", w.now(), None).await?;
            app::job::enqueue(w, SEND, "no number", w.now(), None).await
        };
        w.app.write(&org.system(), sent).await.unwrap();
        w.runner().tick().await.unwrap();
        assert_eq!((w.queued(SEND).await, w.smtp.mails().len()), (0, 0));
    }

    async fn one_that_ends_every_server_is_given_up(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let id = org.mail("ada@example.org").await;
        for _ in 0..ATTEMPTS {
            assert_eq!(w.app.jobs().claim(&w.install(), &[SEND], 9, LEASE).await.unwrap().len(), 1);
            w.wait(LEASE);
        }
        w.runner().tick().await.unwrap();
        assert_eq!((org.message(id).await.state.as_str(), w.queued(SEND).await), ("failed", 0));
        assert!(w.smtp.mails().is_empty());
    }

    async fn two_runners_share_the_work(t: TestDb) {
        let w = World::new(t).await;
        let orgs = [w.organization("a").await, w.organization("b").await];
        for i in 0..20 {
            for org in &orgs {
                org.mail(&format!("{}-{i}@example.org", org.id)).await;
            }
        }
        let (one, two) = (w.runner(), w.runner());
        while w.queued(SEND).await > 0 {
            let (a, b) = tokio::join!(one.tick(), two.tick());
            a.unwrap();
            b.unwrap();
        }
        let mut to: Vec<String> = w.smtp.mails().into_iter().map(|m| m.to).collect();
        to.sort();
        let mut all: Vec<String> = orgs.iter().flat_map(|o| (0..20).map(move |i| format!("{}-{i}@example.org", o.id))).collect();
        all.sort();
        assert_eq!(to, all);
        for org in &orgs {
            assert_eq!(org.changes("message.sent").await, 20);
        }
    }

    async fn without_a_mail_server_mails_wait(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let id = org.mail("ada@example.org").await;
        let runner = w.runner_without_mailer();
        for _ in 0..3 {
            runner.tick().await.unwrap();
            w.wait(86_400);
        }
        let message = org.message(id).await;
        assert_eq!((message.state.as_str(), message.attempts, w.queued(SEND).await), ("waiting", 0, 1));
        w.runner().tick().await.unwrap();
        assert_eq!((org.message(id).await.state.as_str(), w.smtp.mails().len()), ("sent", 1));
    }
}

impl World {
    /// A runner whose mail server is not there.
    fn runner_to_nobody(&self) -> jobs::Runner {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mailer = outbound::Mailer::from_url(Some(&format!("smtp://{free}")), "no-reply@portico.example").unwrap();
        jobs::Runner::new(self.app.clone(), mailer)
    }
}
