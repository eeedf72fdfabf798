//! The first page of the timeline and of the notifications of somebody who lives at a property in which a hundred
//! thousand things have happened.

use db::sql;
use kernel::{PersonId, PropertyId, Result as Kept};

use crate::{
    Result,
    bench::Bench,
    house, http, pace,
    site::Site,
    table::{Row, percentile},
};

const CHANGES: i64 = 100_000;
/// Tickets of others, four changes each.
const TICKETS: i64 = 20_000;
/// Tickets of the resident, four changes each.
const OWN: i64 = 100;
/// Announcements, with two changes and five comments each.
const POSTS: i64 = 1_000;
/// Events, and as many documents, with two changes each.
const EVENTS: i64 = 500;
/// Requests a second.
const RATE: u32 = 100;

/// Measures it on each database.
pub fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in bench.kinds() {
        let (site, _) = Site::open(bench, "timeline", kind)?;
        let house = house::settle(&site, fill)?;
        site.settle()?;
        let server = site.serve()?;
        let at = |what: &str| format!("/api/v1/communities/{}/{what}", house.property);
        let paths = [at("timeline"), at("notifications")];
        let get = |n: u32| {
            let answer = http::send(server.at, "GET", &paths[usize::from(n % 2 == 1)], &house.cookie, None)?;
            let rows = answer.expect(200)?["rows"].as_array().map_or(0, Vec::len);
            if rows >= 20 { Ok(()) } else { Err(format!("{rows} rows on a page")) }
        };
        let seconds = u32::try_from(bench.seconds).unwrap_or(3).saturating_mul(3);
        pace::ask(RATE, 1, get)?;
        let times = pace::ask(RATE, seconds, get)?;
        for (which, what) in ["timeline", "notifications"].into_iter().enumerate() {
            let of = times.iter().filter(|(n, _)| usize::from(n % 2 == 1) == which);
            let times: Vec<f64> = of.map(|(_, took)| *took).collect();
            let (p50, p95) = (percentile(&times, 50), percentile(&times, 95));
            let row = Row::new(
                format!("{}: first page of {what}, {CHANGES} changes", kind.name()),
                format!("{RATE} requests a second, both in turn"),
                format!("median {p50:.1} ms, p95 {p95:.1} ms"),
            );
            rows.push(row.wanted("p95 < 20 ms", p95 < 20.0));
        }
    }
    Ok(rows)
}

/// What is talked about, what happened to it in no order, and what the resident was told.
async fn fill(w: &db::Write, property: PropertyId, resident: PersonId) -> Kept<()> {
    // By the admin, who is the first person, about themselves, and by the resident.
    tickets(w, property, PersonId::new(1), 1, TICKETS).await?;
    tickets(w, property, resident, TICKETS + 1, OWN).await?;
    shown(w, property, resident).await?;
    changes(w, property).await?;
    w.execute(sql!(
        "INSERT INTO notification (org_id, person_id, property_id, seq, topic, item_id, mail, created_at) \
         SELECT 1, $1, $2, seq, entity, entity_id, 'no', at FROM change WHERE org_id = 1 AND property_id = $2 \
         AND action IN ('post.published', 'event.published', 'document.published')",
        resident,
        property
    ))
    .await?;
    // Who reads what happened has read it: that is another matter.
    for read in [
        sql!("DELETE FROM notification_reader WHERE org_id = 1"),
        sql!("INSERT INTO notification_reader (org_id, seq) SELECT org_id, seq FROM feed WHERE org_id = 1"),
        sql!("DELETE FROM search_reader WHERE org_id = 1"),
        sql!(
            "INSERT INTO search_reader (org_id, seq, stage, last_id) SELECT org_id, seq, 1000, 0 FROM feed WHERE org_id = 1"
        ),
    ] {
        w.execute(read).await?;
    }
    Ok(())
}

/// So many tickets with an answer each.
async fn tickets(w: &db::Write, property: PropertyId, of: PersonId, first: i64, count: i64) -> Kept<()> {
    w.execute(sql!(
        sqlite: "WITH RECURSIVE n (i) AS (SELECT ?3 UNION ALL SELECT i + 1 FROM n WHERE i < ?3 + ?4 - 1) \
            INSERT INTO ticket (uid, org_id, number, property_id, concerns_id, author_id, description, status, shared, created_at, updated_at, active_at) \
            SELECT randomblob(16), 1, i, ?1, ?2, ?2, 'The tap drips', 'open', 1, ?5, ?5, ?5 FROM n",
        postgres: "INSERT INTO ticket (uid, org_id, number, property_id, concerns_id, author_id, description, status, shared, created_at, updated_at, active_at) \
            SELECT gen_random_uuid(), 1, i, $1, $2, $2, 'The tap drips', 'open', TRUE, $5, $5, $5 \
            FROM generate_series(CAST($3 AS BIGINT), CAST($3 AS BIGINT) + CAST($4 AS BIGINT) - 1) AS n (i)";
        property, of, first, count, w.now()
    ))
    .await?;
    w.execute(sql!(
        sqlite: "INSERT INTO comment (uid, org_id, ticket_id, author_id, text, internal, created_at, updated_at) \
            SELECT randomblob(16), 1, id, 1, 'We are coming', 0, ?2, ?2 FROM ticket WHERE org_id = 1 AND author_id = ?1",
        postgres: "INSERT INTO comment (uid, org_id, ticket_id, author_id, text, internal, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, id, 1, 'We are coming', FALSE, $2, $2 FROM ticket WHERE org_id = 1 AND author_id = $1";
        of, w.now()
    ))
    .await
    .map(drop)
}

/// Announcements with comments, events, documents.
async fn shown(w: &db::Write, property: PropertyId, resident: PersonId) -> Kept<()> {
    w.execute(sql!(
        sqlite: "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) \
            INSERT INTO post (uid, org_id, property_id, author_id, title, text, allow_comments, audience, published_at, announced, created_at, updated_at) \
            SELECT randomblob(16), 1, ?1, 1, 'News ' || i, 'The lift stands still.', 1, CASE i % 4 WHEN 0 THEN 'owners' WHEN 1 THEN 'tenants' ELSE 'everyone' END, \
            ?3, 1, ?3, ?3 FROM n",
        postgres: "INSERT INTO post (uid, org_id, property_id, author_id, title, text, allow_comments, audience, published_at, announced, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, $1, 1, 'News ' || i, 'The lift stands still.', TRUE, CASE i % 4 WHEN 0 THEN 'owners' WHEN 1 THEN 'tenants' ELSE 'everyone' END, \
            $3, TRUE, $3, $3 FROM generate_series(1, CAST($2 AS BIGINT)) AS n (i)";
        property, POSTS, w.now()
    ))
    .await?;
    w.execute(sql!(
        sqlite: "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) \
            INSERT INTO post_comment (uid, org_id, post_id, author_id, text, created_at, updated_at) \
            SELECT randomblob(16), 1, p.id, ?2, 'Thank you', ?3, ?3 FROM post p, n WHERE p.org_id = 1 AND p.property_id = ?1",
        postgres: "INSERT INTO post_comment (uid, org_id, post_id, author_id, text, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, p.id, $2, 'Thank you', $3, $3 FROM post p, generate_series(1, 5) AS n (i) WHERE p.org_id = 1 AND p.property_id = $1";
        property, resident, w.now()
    ))
    .await?;
    w.execute(sql!(
        sqlite: "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) \
            INSERT INTO event (uid, org_id, property_id, author_id, title, text, all_day, starts_at, ends_at, time_zone, audience, published_at, announced, created_at, updated_at) \
            SELECT randomblob(16), 1, ?1, 1, 'Meeting ' || i, 'In the yard.', 0, ?3, ?3, 'Europe/Vienna', 'everyone', ?3, 1, ?3, ?3 FROM n",
        postgres: "INSERT INTO event (uid, org_id, property_id, author_id, title, text, all_day, starts_at, ends_at, time_zone, audience, published_at, announced, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, $1, 1, 'Meeting ' || i, 'In the yard.', FALSE, $3, $3, 'Europe/Vienna', 'everyone', $3, TRUE, $3, $3 \
            FROM generate_series(1, CAST($2 AS BIGINT)) AS n (i)";
        property, EVENTS, w.now()
    ))
    .await?;
    w.execute(sql!(
        "INSERT INTO document_folder (uid, org_id, property_id, name, position, created_at, updated_at) VALUES ($1, 1, $2, 'House', 0, $3, $3)",
        w.uid(), property, w.now()
    ))
    .await?;
    w.execute(sql!(
        sqlite: "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) \
            INSERT INTO document (uid, org_id, property_id, folder_id, name, file_type, file_size, audience, published_at, announced, created_at, updated_at) \
            SELECT randomblob(16), 1, ?1, (SELECT id FROM document_folder WHERE property_id = ?1), 'Bill ' || i, 'application/pdf', 1, 'everyone', ?3, 1, ?3, ?3 FROM n",
        postgres: "INSERT INTO document (uid, org_id, property_id, folder_id, name, file_type, file_size, audience, published_at, announced, created_at, updated_at) \
            SELECT gen_random_uuid(), 1, $1, (SELECT id FROM document_folder WHERE property_id = $1), 'Bill ' || i, 'application/pdf', 1, 'everyone', $3, TRUE, $3, $3 \
            FROM generate_series(1, CAST($2 AS BIGINT)) AS n (i)";
        property, EVENTS, w.now()
    ))
    .await
    .map(drop)
}

/// What happened to all of that, mixed, and money for the rest.
async fn changes(w: &db::Write, property: PropertyId) -> Kept<()> {
    // 7919 is a prime, so multiples of it, taken by another prime, come in no order that matters.
    w.execute(sql!(
        "INSERT INTO change (org_id, seq, at, actor_kind, actor_id, door, action, entity, entity_id, property_id, data) \
         SELECT 1, (SELECT seq FROM feed WHERE org_id = 1) + row_number() OVER (ORDER BY n * 7919 % 100003), \
         $2, 'person', 1, 'pages', action, entity, id, $1, '' FROM (SELECT entity, action, id, row_number() OVER (ORDER BY action, id) AS n FROM (\
         SELECT 'ticket' AS entity, a.word AS action, t.id FROM ticket t, (SELECT 'ticket.created' AS word UNION ALL SELECT 'ticket.updated' \
         UNION ALL SELECT 'ticket.closed') a WHERE t.org_id = 1 AND t.property_id = $1 \
         UNION ALL SELECT 'comment', 'ticket.commented', k.id FROM comment k WHERE k.org_id = 1 \
         UNION ALL SELECT 'post', a.word, p.id FROM post p, (SELECT 'post.published' AS word UNION ALL SELECT 'post.updated') a WHERE p.org_id = 1 \
         UNION ALL SELECT 'post_comment', 'post.commented', k.id FROM post_comment k WHERE k.org_id = 1 \
         UNION ALL SELECT 'event', a.word, e.id FROM event e, (SELECT 'event.published' AS word UNION ALL SELECT 'event.updated') a WHERE e.org_id = 1 \
         UNION ALL SELECT 'document', a.word, d.id FROM document d, (SELECT 'document.published' AS word UNION ALL SELECT 'document.updated') a \
         WHERE d.org_id = 1) happened) numbered",
        property,
        w.now()
    ))
    .await?;
    w.execute(sql!(
        sqlite: "WITH RECURSIVE n (i) AS (SELECT (SELECT count(*) FROM change WHERE property_id = ?1) + 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) \
            INSERT INTO change (org_id, seq, at, actor_kind, door, action, entity, entity_id, property_id, data) \
            SELECT 1, (SELECT max(seq) FROM change WHERE org_id = 1) + row_number() OVER (), ?3, 'system', 'pages', 'ledger.charged', 'ledger', i, ?1, '' FROM n",
        postgres: "INSERT INTO change (org_id, seq, at, actor_kind, door, action, entity, entity_id, property_id, data) \
            SELECT 1, (SELECT max(seq) FROM change WHERE org_id = 1) + row_number() OVER (), $3, 'system', 'pages', 'ledger.charged', 'ledger', i, $1, '' \
            FROM generate_series((SELECT count(*) FROM change WHERE property_id = $1) + 1, CAST($2 AS BIGINT)) AS n (i)";
        property, CHANGES, w.now()
    ))
    .await?;
    // What is written in this transaction itself comes behind.
    w.execute(sql!("UPDATE feed SET seq = (SELECT max(seq) FROM change WHERE org_id = 1) WHERE org_id = 1"))
        .await
        .map(drop)
}
