//! The SQL of notifications.

use db::{List, Read, Write, row, sql};
use kernel::{Instant, NotificationId, OrgId, PersonId, PostId, PropertyId, Result};

use super::{Filter, Frequency, Topic};

row! {
    /// What somebody was told of.
    #[derive(Clone, Debug)]
    pub struct Notification {
        /// Its id.
        pub id: NotificationId,
        /// At which property, if at one.
        pub property_id: Option<PropertyId>,
        /// What it is about.
        pub topic: Topic,
        /// The thing: a ticket, a comment, an announcement.
        pub item_id: i64,
        /// What that belongs to: the ticket or announcement of a comment.
        pub parent_id: Option<i64>,
        /// How the ticket stood, where it is one.
        pub ticket_status: Option<String>,
        /// When it was read.
        pub read_at: Option<Instant>,
        /// When it happened.
        pub created_at: Instant,
    }

    pub struct Chosen {
        pub person_id: PersonId,
        pub topic: Topic,
        pub frequency: Frequency,
    }

    pub struct Unwanted {
        pub person_id: PersonId,
        pub topic: Topic,
    }

    pub struct Address {
        pub person_id: PersonId,
        pub email: String,
    }

    pub struct Able {
        pub person_id: PersonId,
        pub is_staff: bool,
    }

    pub struct Waiting {
        pub person_id: PersonId,
        pub topic: Topic,
    }
}

pub struct New {
    pub person: PersonId,
    pub property: Option<PropertyId>,
    pub seq: i64,
    pub topic: Topic,
    pub item: i64,
    pub parent: Option<i64>,
    pub status: Option<String>,
    pub mail: &'static str,
    /// Whether they do not want to see it.
    pub hidden: bool,
    pub at: Instant,
}

fn filtered(head: &'static str, r: &Read, me: PersonId, f: &Filter) -> List {
    // The condition on what is not read stands as the index of it has it. What is hidden counts as read.
    let whose = if f.unread_only { "read_at IS NULL AND person_id = ?" } else { "NOT hidden AND person_id = ?" };
    List::new("notifications", head)
        .filter("org_id = ?", r.caller().org)
        .filter(whose, me)
        .filter_if("property_id = ?", f.property)
        .filter_if("created_at > ?", f.after)
        .filter_if("created_at < ?", f.before)
}

pub async fn list(r: &Read, me: PersonId, f: &Filter, limit: i64) -> Result<Vec<Notification>> {
    let head =
        "SELECT id, property_id, topic, item_id, parent_id, ticket_status, read_at, created_at FROM notification";
    let slice = db::Slice::of(i64::MAX, 1, limit);
    r.all(filtered(head, r, me, f).slice(&[("created_at", true), ("id", true)], false, &slice)).await
}

pub async fn one(r: &Read, me: PersonId, id: NotificationId) -> Result<Option<Notification>> {
    r.optional(sql!(
        "SELECT id, property_id, topic, item_id, parent_id, ticket_status, read_at, created_at FROM notification \
         WHERE org_id = $1 AND person_id = $2 AND id = $3",
        r.caller().org,
        me,
        id
    ))
    .await
}

pub async fn count(r: &Read, me: PersonId, f: &Filter) -> Result<i64> {
    r.one(filtered("SELECT count(*) FROM notification", r, me, f).whole()).await
}

pub async fn mark_these(w: &Write, me: PersonId, ids: &[NotificationId]) -> Result<u64> {
    w.execute(sql!(
        "UPDATE notification SET read_at = $4 WHERE org_id = $1 AND person_id = $2 AND id = ANY($3) AND read_at IS NULL",
        w.caller().org,
        me,
        ids,
        w.now()
    ))
    .await
}

pub async fn mark_all(w: &Write, me: PersonId) -> Result<u64> {
    w.execute(sql!(
        "UPDATE notification SET read_at = $3 WHERE org_id = $1 AND person_id = $2 AND created_at <= $3 AND read_at IS NULL",
        w.caller().org,
        me,
        w.now()
    ))
    .await
}

pub async fn chosen(r: &Read, people: &[PersonId]) -> Result<Vec<Chosen>> {
    r.all(sql!(
        "SELECT person_id, topic, frequency FROM subscription WHERE org_id = $1 AND person_id = ANY($2) AND channel = 'mail'",
        r.caller().org,
        people
    ))
    .await
}

/// What these people do not want to see here.
pub async fn unwanted(r: &Read, people: &[PersonId]) -> Result<Vec<Unwanted>> {
    r.all(sql!(
        "SELECT person_id, topic FROM subscription WHERE org_id = $1 AND person_id = ANY($2) AND channel = 'here' AND frequency = 'never'",
        r.caller().org,
        people
    ))
    .await
}

pub async fn show_here(w: &Write, me: PersonId, topic: Topic, shown: bool) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO subscription (org_id, person_id, topic, channel, frequency, updated_at) VALUES ($1, $2, $3, 'here', $4, $5) \
         ON CONFLICT (org_id, person_id, topic, channel) DO UPDATE SET frequency = excluded.frequency, updated_at = excluded.updated_at",
        w.caller().org,
        me,
        topic.as_str(),
        if shown { "now" } else { "never" },
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn choose(w: &Write, me: PersonId, topic: Topic, frequency: Frequency) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO subscription (org_id, person_id, topic, channel, frequency, updated_at) VALUES ($1, $2, $3, 'mail', $4, $5) \
         ON CONFLICT (org_id, person_id, topic, channel) DO UPDATE SET frequency = excluded.frequency, updated_at = excluded.updated_at",
        w.caller().org,
        me,
        topic.as_str(),
        frequency.as_str(),
        w.now()
    ))
    .await
    .map(drop)
}

/// Organizations whose reader is behind, or that have something to announce.
pub async fn behind(r: &Read) -> Result<Vec<OrgId>> {
    r.all(sql!(
        "SELECT f.org_id FROM feed f LEFT JOIN notification_reader n ON n.org_id = f.org_id WHERE f.seq > coalesce(n.seq, 0) \
         OR EXISTS (SELECT 1 FROM post x WHERE x.org_id = f.org_id AND x.published_at <= $1 AND NOT x.announced AND x.deleted_at IS NULL) \
         OR EXISTS (SELECT 1 FROM event x WHERE x.org_id = f.org_id AND x.published_at <= $1 AND NOT x.announced AND x.deleted_at IS NULL) \
         OR EXISTS (SELECT 1 FROM document x WHERE x.org_id = f.org_id AND x.published_at <= $1 AND NOT x.announced AND x.deleted_at IS NULL) \
         ORDER BY f.org_id /* scan: one row an organization */",
        r.now()
    ))
    .await
}

/// Organizations in which something waits for the day's mail.
pub async fn with_digests(r: &Read) -> Result<Vec<OrgId>> {
    r.all(sql!(
        "SELECT f.org_id FROM feed f WHERE EXISTS (SELECT 1 FROM notification n WHERE n.org_id = f.org_id AND n.mail = 'daily') \
         ORDER BY f.org_id /* scan: one row an organization */"
    ))
    .await
}

/// How far the reader has come.
pub async fn position(w: &Write) -> Result<i64> {
    w.one(sql!("SELECT coalesce((SELECT seq FROM notification_reader WHERE org_id = $1), 0)", w.caller().org)).await
}

pub async fn set_position(w: &Write, seq: i64) -> Result<()> {
    w.execute(sql!(
        "INSERT INTO notification_reader (org_id, seq) VALUES ($1, $2) ON CONFLICT (org_id) DO UPDATE SET seq = excluded.seq",
        w.caller().org,
        seq
    ))
    .await
    .map(drop)
}

/// Answers whether it is new.
pub async fn insert(w: &Write, n: &New) -> Result<bool> {
    let made = w
        .execute(sql!(
            "INSERT INTO notification (org_id, person_id, property_id, seq, topic, item_id, parent_id, ticket_status, mail, created_at, \
             hidden, read_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (org_id, seq, person_id) DO NOTHING",
            w.caller().org, n.person, n.property, n.seq, n.topic.as_str(), n.item, n.parent, &n.status, n.mail, n.at, n.hidden,
            n.hidden.then_some(n.at)
        ))
        .await?;
    Ok(made > 0)
}

/// Nobody is told any more about what is gone; about what came back again whoever wants to be. `below` is the topic of
/// what hangs on it.
pub async fn set_gone(w: &Write, topic: Topic, below: Option<Topic>, item: i64, gone: bool) -> Result<()> {
    if gone {
        w.execute(sql!(
            "UPDATE notification SET hidden = TRUE, mail = 'no', read_at = coalesce(read_at, $4) WHERE org_id = $1 AND topic = $2 AND item_id = $3",
            w.caller().org, topic.as_str(), item, w.now()
        ))
        .await?;
        if let Some(below) = below {
            w.execute(sql!(
                "UPDATE notification SET hidden = TRUE, mail = 'no', read_at = coalesce(read_at, $4) \
                 WHERE org_id = $1 AND topic = $2 AND parent_id = $3",
                w.caller().org,
                below.as_str(),
                item,
                w.now()
            ))
            .await?;
        }
        return Ok(());
    }
    w.execute(sql!(
        "UPDATE notification SET hidden = EXISTS (SELECT 1 FROM subscription s WHERE s.org_id = $1 AND s.person_id = notification.person_id \
         AND s.topic = $2 AND s.channel = 'here' AND s.frequency = 'never') WHERE org_id = $1 AND topic = $2 AND item_id = $3",
        w.caller().org, topic.as_str(), item
    ))
    .await?;
    if below.is_some() {
        // Comments that were taken back themselves stay away.
        w.execute(sql!(
            "UPDATE notification SET hidden = EXISTS (SELECT 1 FROM subscription s WHERE s.org_id = $1 AND s.person_id = notification.person_id \
             AND s.topic = 'post_comment' AND s.channel = 'here' AND s.frequency = 'never') \
             WHERE org_id = $1 AND topic = 'post_comment' AND parent_id = $2 \
             AND EXISTS (SELECT 1 FROM post_comment k WHERE k.id = notification.item_id AND k.deleted_at IS NULL)",
            w.caller().org, item
        ))
        .await?;
    }
    Ok(())
}

/// Those of these people who can sign in.
pub async fn able(r: &Read, people: &[PersonId]) -> Result<Vec<Able>> {
    r.all(sql!(
        "SELECT p.id AS person_id, EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = p.id) AS is_staff FROM person p JOIN login l ON l.person_id = p.id WHERE +p.org_id = $1 AND p.id = ANY($2) \
         AND p.deleted_at IS NULL AND p.archived_at IS NULL AND l.status <> 'blocked' AND NOT l.awaits_approval",
        r.caller().org,
        people
    ))
    .await
}

pub async fn addresses(r: &Read, people: &[PersonId]) -> Result<Vec<Address>> {
    r.all(sql!(
        "SELECT id AS person_id, email FROM person WHERE +org_id = $1 AND id = ANY($2) AND email IS NOT NULL ORDER BY +id",
        r.caller().org,
        people
    ))
    .await
}

/// Takes what waits for the day's mail, of at most 500 facts.
pub async fn take_daily(w: &Write) -> Result<Vec<Waiting>> {
    w.all(sql!(
        "UPDATE notification SET mail = 'sent' WHERE id IN (SELECT id FROM notification WHERE org_id = $1 AND mail = 'daily' \
         ORDER BY person_id, id LIMIT 500) RETURNING person_id, topic",
        w.caller().org
    ))
    .await
}

pub async fn post_of(r: &Read, comment: i64) -> Result<Option<PostId>> {
    r.optional(sql!(
        "SELECT post_id FROM post_comment WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
        r.caller().org,
        comment
    ))
    .await
}

/// Those who live at the property of a row `x` and are its audience: the same rule as `audience::Eye`, for everybody at
/// once. `$more` narrows it.
macro_rules! readers {
    ($name:ident, $table:literal) => {
        readers!($name, $table, "");
    };
    ($name:ident, $table:literal, $more:literal) => {
        pub async fn $name(r: &Read, id: i64) -> Result<Vec<PersonId>> {
            r.all(sql!(
                sqlite: concat!(readers!(@ $table, $more), " ORDER BY t.person_id"),
                postgres: concat!(readers!(@ $table, $more), " ORDER BY t.person_id");
                r.caller().org, id, r.now()
            ))
            .await
        }
    };
    (@ $table:literal, $more:literal) => {
        concat!(
            "SELECT DISTINCT t.person_id FROM ", $table, " x JOIN tenancy t ON t.org_id = x.org_id AND t.property_id = x.property_id \
             LEFT JOIN unit u ON u.id = t.unit_id \
             WHERE x.org_id = $1 AND x.id = $2 AND x.deleted_at IS NULL AND (x.expires_at IS NULL OR x.expires_at > $3) \
             AND t.deleted_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <= $3) AND (t.ends_at IS NULL OR t.ends_at > $3) \
             AND (t.moved_out_at IS NULL OR t.moved_out_at > $3) AND (x.audience = 'everyone' \
             OR (x.audience = 'owners' AND t.role = 'owner') OR (x.audience = 'tenants' AND t.role IN ('tenant', 'member')) \
             OR (x.audience = 'building' AND t.role <> 'guest' AND u.building_id = x.building_id) \
             OR (x.audience = 'unit_admins' AND t.role <> 'guest' AND coalesce(t.unit_admin, t.role IN ('owner', 'tenant'))))",
            $more
        )
    };
}
readers!(readers_of_post, "post");
readers!(readers_of_event, "event");
// Of one that was told of and is not over.
readers!(readers_of_coming_event, "event", " AND x.announced AND x.ends_at > $3");
readers!(readers_of_document, "document");

/// Whoever wrote a post, and whoever has said something about it: residents as long as it is shown to them, the staff where
/// they work.
macro_rules! talkers {
    (@ reach) => {
        " WHERE x.org_id = $1 AND x.id = $2 AND x.deleted_at IS NULL AND (g.role <> 'property_manager' OR EXISTS \
         (SELECT 1 FROM property_assignment a WHERE a.org_id = x.org_id AND a.person_id = g.person_id AND a.property_id = x.property_id))"
    };
    () => {
        concat!(
            readers!(@ "post", " AND x.published_at <= $3 AND (x.author_id = t.person_id OR EXISTS (SELECT 1 FROM post_comment c \
                WHERE c.org_id = x.org_id AND c.post_id = x.id AND c.author_id = t.person_id AND c.deleted_at IS NULL))"),
            " UNION SELECT g.person_id FROM post x JOIN role_grant g ON g.person_id = x.author_id",
            talkers!(@ reach),
            " UNION SELECT g.person_id FROM post x JOIN post_comment c ON c.org_id = x.org_id AND c.post_id = x.id AND c.deleted_at IS NULL \
             JOIN role_grant g ON g.person_id = c.author_id",
            talkers!(@ reach),
            " ORDER BY person_id"
        )
    };
}

/// Whoever is told of a comment on a post.
pub async fn talkers(r: &Read, post: PostId) -> Result<Vec<PersonId>> {
    r.all(sql!(sqlite: talkers!(), postgres: talkers!(); r.caller().org, post, r.now())).await
}
