//! The loop: it begins at once, and stops when told.

use app::message::SEND;
use db::{Dialect, db_tests, testing::TestDb};
use metrics_exporter_prometheus::PrometheusBuilder;
use outbound::testing::Answer;
use tokio::sync::oneshot;

use super::World;

db_tests! {
    async fn what_is_held_is_finished(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let id = org.mail("ada@example.org").await;
        w.smtp.answer("BODY", Answer::Hold);
        let (stop, stopped) = oneshot::channel::<()>();
        let (runner, smtp) = (w.runner(), w.smtp.clone());
        let run = runner.run(async { drop(stopped.await) });
        tokio::join!(run, async {
            smtp.taken().await;
            stop.send(()).unwrap();
            // Queued after the stop: left to the next one.
            org.mail("bob@example.org").await;
            smtp.release();
        });
        assert_eq!((org.message(id).await.state.as_str(), w.queued(SEND).await), ("sent", 1));
    }

    async fn new_work_is_found(t: TestDb) {
        let w = World::new(t).await;
        let org = w.organization("a").await;
        let (stop, stopped) = oneshot::channel::<()>();
        let runner = w.runner();
        let run = runner.run(async { drop(stopped.await) });
        tokio::join!(run, async {
            for to in ["ada@example.org", "bob@example.org"] {
                org.mail(to).await;
                w.smtp.taken().await;
            }
            stop.send(()).unwrap();
        });
        assert_eq!((w.queued(SEND).await, org.changes("message.sent").await), (0, 2));
    }
}

/// Time is skipped as soon as everybody waits, so this one waits for the mail server until it is told to stop, and
/// then as long as it may.
#[tokio::test]
async fn stopping_takes_only_so_long() {
    let w = World::new(TestDb::new(Dialect::Sqlite).await).await;
    let org = w.organization("a").await;
    let id = org.mail("ada@example.org").await;
    w.smtp.answer("BODY", Answer::Hold);
    let smtp = w.smtp.clone();
    let begun = std::cell::Cell::new(None);
    w.runner()
        .run(async {
            smtp.taken().await;
            tokio::time::pause();
            begun.set(Some(tokio::time::Instant::now()));
        })
        .await;
    assert_eq!(begun.get().unwrap().elapsed().as_secs(), 20);
    tokio::time::resume();
    assert_eq!((org.message(id).await.state.as_str(), w.queued(SEND).await), ("waiting", 1));
}

#[tokio::test]
async fn numbers() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).unwrap();
    let w = World::new(TestDb::new(Dialect::Sqlite).await).await;
    let org = w.organization("numbers").await;
    let runner = w.runner();
    for (to, answer) in [("a@example.org", "250 ok"), ("b@example.org", "451 later"), ("c@example.org", "550 no")] {
        org.mail(to).await;
        w.smtp.answer("RCPT", Answer::Say(answer));
        runner.tick().await.unwrap();
    }
    w.wait(12);
    runner.measure().await;
    let told = handle.render();
    for line in [
        r#"portico_jobs_due{kind="mail.send"} 1"#,
        r#"portico_jobs_oldest_seconds{kind="mail.send"} 7"#,
        r#"portico_jobs_dead{kind="mail.send"} 0"#,
        r#"portico_jobs_due{kind="clean_up"} 0"#,
    ] {
        assert!(told.contains(line), "{line} in\n{told}");
    }
    // Other tests of this process count here too.
    for outcome in ["done", "failed", "dead"] {
        assert!(told.contains(&format!(r#"portico_jobs_total{{kind="mail.send",outcome="{outcome}"}}"#)), "{told}");
    }
}
