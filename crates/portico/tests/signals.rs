//! Signals reach the whole process, so this is one test in a process of its own.
#![cfg(unix)]

use std::process::Command;

use portico::lifecycle::Stop;

fn send(signal: &str) {
    let me = std::process::id().to_string();
    let sent = Command::new("kill").args([signal, &me]).status().is_ok_and(|status| status.success());
    assert!(sent, "kill {signal}");
}

#[tokio::test]
async fn the_first_drains_and_the_second_cuts() {
    let stop = Stop::default();
    stop.on_signals().unwrap();
    assert!(!stop.is_draining());
    send("-TERM");
    stop.draining().await;
    send("-INT");
    stop.cutting().await;
}
