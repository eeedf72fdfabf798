//! Whole conversations with a mail server.

use app::message::{Language, Message, Outcome, templates};
use kernel::{Instant, MessageId};
use proptest::prelude::*;
use uuid::Uuid;

use crate::{
    Mailer,
    testing::{Answer, SmtpServer},
};

fn message(to: &str) -> Message {
    Message {
        id: MessageId::new(7),
        uid: Uuid::from_u128(0x0192_e4f0_0000_7000_8000_0000_0000_0007),
        kind: "message".to_owned(),
        to_address: to.to_owned(),
        subject: "The boiler".to_owned(),
        text_body: "Dear neighbours,\n\nit is warm again.\n".to_owned(),
        html_body: None,
        state: "waiting".to_owned(),
        attempts: 0,
        last_error: None,
        created_at: Instant::from_utc("2026-11-21T16:00:00".parse().unwrap()).unwrap(),
        sent_at: None,
    }
}

fn mailer(server: &SmtpServer) -> Mailer {
    Mailer::from_url(Some(server.url()), "Portico <no-reply@portico.example>").unwrap().unwrap()
}

/// Sends one mail to a server with these answers.
async fn sent(answers: &[(&'static str, Answer)]) -> (Outcome, SmtpServer) {
    let server = SmtpServer::start().await;
    for (command, answer) in answers {
        server.answer(command, *answer);
    }
    (mailer(&server).send(&message("ada@example.org")).await, server)
}

#[tokio::test]
async fn the_whole_mail() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    let (subject, text, html) =
        templates::invitation(Language::English, "https://portico.example", "a.b.c", "Häfen & Söhne", "Grace Hopper");
    let mail = Message {
        subject,
        text_body: text,
        html_body: Some(html),
        ..message("\"Ada, the First\" <ada@bücher.example>")
    };
    assert_eq!(mailer.send(&mail).await, Outcome::Sent);
    let plain = Message { subject: "Grüße aus dem Haus".to_owned(), ..message("Åsa <asa@example.org>") };
    assert_eq!(mailer.send(&plain).await, Outcome::Sent);

    let mails = server.mails();
    let shown = |i: usize| format!("{} -> {}\n\n{}", mails[i].from, mails[i].to, mails[i].data.replace("\r\n", "\n"));
    insta::assert_snapshot!("invitation", shown(0));
    insta::assert_snapshot!("plain", shown(1));
    insta::assert_snapshot!("conversation", server.commands().join("\n"));
}

#[tokio::test]
async fn a_second_try_can_be_recognised() {
    let (outcome, server) = sent(&[("BODY", Answer::HangUp)]).await;
    assert!(matches!(&outcome, Outcome::Again(_)), "{outcome:?}");
    assert_eq!(mailer(&server).send(&message("ada@example.org")).await, Outcome::Sent);
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0], mails[1]);
}

#[tokio::test]
async fn what_the_server_says() {
    let again = |why: &str| Outcome::Again(why.to_owned());
    let failed = |why: &str| Outcome::Failed(why.to_owned());
    for (command, answer, outcome) in [
        // Not about this mail: it waits until the operator, or the server's, has put it right.
        ("CONNECT", "554 no service here", again("connecting: permanent error (554): no service here")),
        ("CONNECT", "421 too many", again("connecting: transient error (421): too many")),
        ("EHLO", "550 who are you", again("connecting: permanent error (550): who are you")),
        ("MAIL", "550 not from you", again("MAIL: permanent error (550): not from you")),
        // About this mail.
        ("RCPT", "451 try later", again("RCPT: transient error (451): try later")),
        ("RCPT", "550 no such user", failed("RCPT: permanent error (550): no such user")),
        ("DATA", "451 not now", again("DATA: transient error (451): not now")),
        ("DATA", "554 no valid recipients", failed("DATA: permanent error (554): no valid recipients")),
        ("BODY", "452 disk full", again("the mail itself: transient error (452): disk full")),
        ("BODY", "554 spam", failed("the mail itself: permanent error (554): spam")),
    ] {
        let (told, server) = sent(&[(command, Answer::Say(answer))]).await;
        assert_eq!(told, outcome, "{command} {answer}");
        assert!(server.mails().is_empty(), "{command} {answer}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again_while_it_is_good() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    let count = |command: &str| server.commands().iter().filter(|c| c.starts_with(command)).count();
    for _ in 0..3 {
        assert_eq!(mailer.send(&message("ada@example.org")).await, Outcome::Sent);
    }
    assert_eq!((count("EHLO"), count("NOOP")), (1, 2));
    server.answer("NOOP", Answer::HangUp);
    assert_eq!(mailer.send(&message("ada@example.org")).await, Outcome::Sent);
    assert_eq!(count("EHLO"), 2);
    server.answer("RCPT", Answer::Say("550 no such user"));
    assert!(matches!(mailer.send(&message("bob@example.org")).await, Outcome::Failed(_)));
    assert_eq!(mailer.send(&message("ada@example.org")).await, Outcome::Sent);
    assert_eq!((count("EHLO"), server.mails().len()), (3, 5));
}

#[tokio::test]
async fn nobody_there() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mailer = Mailer::from_url(Some(&format!("smtp://{free}")), "no-reply@portico.example").unwrap().unwrap();
    let outcome = mailer.send(&message("ada@example.org")).await;
    assert!(matches!(&outcome, Outcome::Again(why) if why.starts_with("connecting: ")), "{outcome:?}");
}

#[tokio::test]
async fn a_silent_server_is_left() {
    let server = SmtpServer::start().await;
    server.answer("BODY", Answer::Hold);
    let (mailer, mail) = (mailer(&server), message("ada@example.org"));
    // From here on time is skipped as soon as everybody waits.
    let (outcome, ()) = tokio::join!(mailer.send(&mail), async {
        server.taken().await;
        tokio::time::pause();
    });
    assert_eq!(outcome, Outcome::Again("the whole attempt: took too long".to_owned()));
    tokio::time::resume();
    // That conversation is in the middle of a mail: nothing more may be said in it.
    assert_eq!(mailer.send(&mail).await, Outcome::Sent);
}

#[tokio::test]
async fn secrets_stay_secret() {
    let server = SmtpServer::start().await;
    let with = |query: &str| {
        let url = server.url().replace("smtp://", "smtp://portico:open%20sesame@");
        Mailer::from_url(Some(&format!("{url}{query}")), "no-reply@portico.example").unwrap().unwrap()
    };
    assert_eq!(with("").send(&message("ada@example.org")).await, Outcome::Sent);
    assert!(
        server.commands().iter().any(|c| c == "AUTH PLAIN AHBvcnRpY28Ab3BlbiBzZXNhbWU="),
        "{:?}",
        server.commands()
    );

    // A server that repeats what it was told.
    server.answer("AUTH", Answer::Say("535 AHBvcnRpY28Ab3BlbiBzZXNhbWU= is wrong"));
    assert_eq!(with("").send(&message("ada@example.org")).await, Outcome::Again("signing in: refused".to_owned()));

    // One that does not offer encryption is not told anything.
    let before = server.commands().len();
    let outcome = with("?tls=starttls").send(&message("ada@example.org")).await;
    assert!(matches!(&outcome, Outcome::Again(why) if why.contains("STARTTLS")), "{outcome:?}");
    assert!(server.commands()[before..].iter().all(|c| c.starts_with("EHLO") || c == "QUIT"));
    let told = format!("{:?}", with(""));
    assert!(told.contains("127.0.0.1") && !told.contains("sesame"), "{told}");
}

#[tokio::test]
async fn headers_cannot_be_added() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    for to in [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "Ada\n <ada@example.org>",
        "ada@example.org, eve@example.org",
        "ada@example.org> <eve@example.org",
        "a b@example.org",
        "ada@exa mple.org",
        "Ada <ada@example.org",
        "ada@example.org\0",
    ] {
        assert_eq!(mailer.send(&message(to)).await, Outcome::Failed("not an e-mail address".to_owned()), "{to:?}");
    }
    for subject in ["a\r\nBcc: eve@example.org", "a\nb", "a\rb", "a\0"] {
        let mail = Message { subject: subject.to_owned(), ..message("ada@example.org") };
        assert_eq!(mailer.send(&mail).await, Outcome::Failed("the subject is not one line".to_owned()), "{subject:?}");
    }
    let outcome = mailer.send(&message("Ärger@example.org")).await;
    assert_eq!(outcome, Outcome::Failed("RCPT: the mail server takes ASCII addresses only".to_owned()));
    assert!(server.mails().is_empty());
}

#[test]
fn no_url_no_mailer() {
    assert!(Mailer::from_url(None, "a@b.c").unwrap().is_none());
    assert!(Mailer::from_url(Some(""), "a@b.c").unwrap().is_none());
    assert!(Mailer::from_url(None, "nobody").is_err());
}

proptest! {
    /// Whatever is written, the mail has our headers alone, and lines that every server reads the same way.
    #[test]
    fn every_text_stays_a_text(name in ".{0,40}", subject in ".{0,200}", text in "(\r|\n|\\.|[^\0]){0,200}", html in prop::option::of("(\r|\n|\\.|[^\0]){0,200}")) {
        let from = crate::setting::sender("Portico <no-reply@portico.example>").unwrap();
        let mail = Message { subject, text_body: text, html_body: html, ..message(&format!("{name} <ada@example.org>")) };
        let Ok(mail) = crate::mail::write(&from, &mail) else { return Ok(()) };
        prop_assert_eq!(mail.to.to_string(), "ada@example.org");
        let bytes = String::from_utf8(mail.bytes).unwrap();
        prop_assert!(!bytes.replace("\r\n", "").contains(['\r', '\n']), "{bytes:?}");
        let headers = bytes.split("\r\n\r\n").next().unwrap_or("");
        let names = headers.split("\r\n").filter(|l| !l.starts_with([' ', '\t'])).map(|l| l.split(':').next().unwrap_or(""));
        let mut names: Vec<&str> = names.filter(|n| !n.starts_with("Content-")).collect();
        names.sort_unstable();
        prop_assert_eq!(names, ["Auto-Submitted", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]);
    }
}
