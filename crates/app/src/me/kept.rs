//! The SQL of what is kept about somebody.

use db::{Read, row, sql};
use kernel::{Date, Instant, PersonId, Result, TicketId};

use crate::{login::Proof, wifi::Mac};

row! {
    pub struct Said {
        pub about: String,
        pub text: String,
        pub created_at: Instant,
    }

    pub struct Money {
        pub ledger: i64,
        pub effective_on: Date,
        pub kind: String,
        pub amount: i64,
        pub text: String,
    }

    pub struct FileRow {
        pub name: String,
        pub content_type: String,
        pub size: i64,
        pub created_at: Instant,
    }

    pub struct Whole {
        pub title: Option<String>,
        pub middle_initial: Option<String>,
        pub birth_date: Option<String>,
        pub business_name: Option<String>,
    }

    pub struct OfTicket {
        pub id: TicketId,
        pub title: Option<String>,
        pub answers: Option<String>,
        pub rating: Option<i64>,
        pub rating_comment: Option<String>,
    }

    pub struct SignIn {
        pub door: String,
        pub browser: Option<String>,
        pub proof: Option<Proof>,
        pub created_at: Instant,
        pub used_at: Option<Instant>,
        pub ended_at: Option<Instant>,
        pub expires_at: Instant,
    }

    pub struct WifiDevice {
        pub mac: Mac,
        pub unit_number: String,
        pub created_at: Instant,
        pub last_connected_at: Option<Instant>,
    }

    pub struct Invitation {
        pub to_me: bool,
        pub first_name: Option<String>,
        pub last_name: Option<String>,
        pub email: Option<String>,
        pub created_at: Instant,
        pub used_at: Option<Instant>,
    }

    pub struct Letter {
        pub kind: String,
        pub to_address: String,
        pub subject: String,
        pub created_at: Instant,
        pub sent_at: Option<Instant>,
    }
}

pub async fn said(r: &Read, me: PersonId) -> Result<Vec<Said>> {
    r.all(sql!(
        "SELECT CAST(t.number AS TEXT) AS about, c.text, c.created_at FROM comment c JOIN ticket t ON t.id = c.ticket_id \
         WHERE c.org_id = $1 AND c.author_id = $2 AND c.deleted_at IS NULL ORDER BY c.id",
        r.caller().org,
        me
    ))
    .await
}

pub async fn said_of_news(r: &Read, me: PersonId) -> Result<Vec<Said>> {
    r.all(sql!(
        "SELECT p.title AS about, c.text, c.created_at FROM post_comment c JOIN post p ON p.id = c.post_id \
         WHERE c.org_id = $1 AND c.author_id = $2 AND c.deleted_at IS NULL ORDER BY c.id",
        r.caller().org,
        me
    ))
    .await
}

pub async fn money(r: &Read, me: PersonId) -> Result<Vec<Money>> {
    r.all(sql!(
        "SELECT l.number AS ledger, e.effective_on, e.kind, e.amount, e.text FROM account a JOIN ledger l ON l.account_id = a.id \
         JOIN ledger_entry e ON e.ledger_id = l.id WHERE a.org_id = $1 AND a.person_id = $2 ORDER BY l.id, +e.id",
        r.caller().org,
        me
    ))
    .await
}

pub async fn files(r: &Read, me: PersonId) -> Result<Vec<FileRow>> {
    r.all(sql!(
        "SELECT name, content_type, size, created_at FROM file WHERE org_id = $1 AND uploaded_by = $2 AND deleted_at IS NULL ORDER BY id",
        r.caller().org,
        me
    ))
    .await
}

pub async fn whole(r: &Read, me: PersonId) -> Result<Whole> {
    r.one(sql!(
        "SELECT title, middle_initial, birth_date, business_name FROM person WHERE org_id = $1 AND id = $2",
        r.caller().org,
        me
    ))
    .await
}

pub async fn of_tickets(r: &Read, ids: &[TicketId]) -> Result<Vec<OfTicket>> {
    r.all(sql!(
        "SELECT id, title, answers, rating, rating_comment FROM ticket WHERE +org_id = $1 AND id = ANY($2)",
        r.caller().org,
        ids
    ))
    .await
}

/// All that are still kept, also those that have ended.
pub async fn sign_ins(r: &Read, me: PersonId) -> Result<Vec<SignIn>> {
    r.all(sql!(
        "SELECT s.door, w.browser, s.proof, s.created_at, w.used_at, s.ended_at, s.expires_at FROM session s \
         LEFT JOIN web_session w ON w.session_id = s.id WHERE s.org_id = $1 AND s.person_id = $2 ORDER BY s.id",
        r.caller().org,
        me
    ))
    .await
}

/// Those that join with a passphrase of their own.
pub async fn wifi_devices(r: &Read, me: PersonId) -> Result<Vec<WifiDevice>> {
    r.all(sql!(
        "SELECT d.mac, u.number AS unit_number, d.created_at, d.last_connected_at FROM wifi_identity i \
         JOIN wifi_device d ON d.org_id = i.org_id AND d.identity_id = i.id JOIN unit u ON u.id = d.unit_id \
         WHERE i.org_id = $1 AND i.person_id = $2 ORDER BY d.id",
        r.caller().org,
        me
    ))
    .await
}

/// Those that they got, and those that they sent.
pub async fn invitations(r: &Read, me: PersonId) -> Result<Vec<Invitation>> {
    r.all(sql!(
        "SELECT TRUE AS to_me, first_name, last_name, email, created_at, used_at FROM invitation \
         WHERE org_id = $1 AND person_id = $2 UNION ALL \
         SELECT FALSE AS to_me, first_name, last_name, email, created_at, used_at FROM invitation \
         WHERE org_id = $1 AND invited_by = $2 AND person_id <> $2 ORDER BY created_at",
        r.caller().org,
        me
    ))
    .await
}

pub async fn mails(r: &Read, me: PersonId) -> Result<Vec<Letter>> {
    r.all(sql!(
        "SELECT kind, to_address, subject, created_at, sent_at FROM message WHERE org_id = $1 AND person_id = $2 ORDER BY id",
        r.caller().org,
        me
    ))
    .await
}
