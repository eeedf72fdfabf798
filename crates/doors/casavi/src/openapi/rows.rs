//! What each operation says about itself.

use utoipa::openapi::{RefOr, Schema};

use super::{Schemas, shape};
use crate::wire::shapes::{
    Activity, ContactPerson, Document, Event, Faq, InviteInfo, InviteResult, NotificationPage, Post, RegisterResult,
    Ticket, TicketType, Unit, Upload,
};

/// An operation.
pub struct Row {
    pub summary: &'static str,
    pub query: &'static [Parameter],
    pub body: Body,
    pub answer: Answer,
    pub errors: &'static [(u16, &'static str)],
}

/// A parameter of the query: its name, what it holds, whether it must be there, and what it does.
pub type Parameter = (&'static str, Kind, bool, &'static str);

/// What is sent.
pub enum Body {
    Nothing,
    Bytes,
    Json(&'static [(&'static str, Kind, bool)]),
}

/// What is answered.
pub enum Answer {
    One(fn(&mut Schemas) -> RefOr<Schema>),
    List(fn(&mut Schemas) -> RefOr<Schema>),
    Page(fn(&mut Schemas) -> RefOr<Schema>),
    File,
}

/// What a value holds.
pub enum Kind {
    Text,
    Integer,
    Boolean,
    DateTime,
    Binary,
    Object,
    Uploads,
}

/// What every operation may answer.
pub const EVERYWHERE: [(u16, &str); 2] =
    [(500, "`internal`"), (503, "`unavailable`: the server has too much to do; see `Retry-After`")];

const BAD: (u16, &str) = (400, "`invalid_request` or `validation_failed`");
const NOBODY: (u16, &str) = (401, "`unauthenticated`: no, invalid or ended session or token");
const FORBIDDEN: (u16, &str) = (403, "`forbidden`: not allowed, or sent from another website");
const MISSING: (u16, &str) = (404, "`not_found`");
const TAKEN: (u16, &str) = (409, "`conflict`: registered already, or linked to somebody else");
const FULL: (u16, &str) = (409, "`conflict`: the organization has no room for more files");
const LARGE: (u16, &str) = (413, "`too_large`");
const SLOW: (u16, &str) = (429, "`too_many_attempts`; see `Retry-After`");

const COMMUNITY: Parameter = ("community_id", Kind::Integer, false, "One community; all unless told");
const PAGE: Parameter = ("page", Kind::Integer, false, "From 0; past the end there are no rows");
const LIMIT: Parameter = ("limit", Kind::Integer, false, "How many rows; 20 unless it says otherwise, 100 at most");

const PLAIN: Row =
    Row { summary: "", query: &[], body: Body::Nothing, answer: Answer::File, errors: &[NOBODY, MISSING] };

/// The row of an operation.
pub fn row(number: u8) -> Row {
    let listed = |summary, query, answer| Row { summary, query, answer, errors: &[BAD, NOBODY, MISSING], ..PLAIN };
    match number {
        1 => Row {
            summary: "Registers an invited person who signs in elsewhere, and answers tokens",
            body: Body::Json(&[
                ("firstName", Kind::Text, true),
                ("lastName", Kind::Text, true),
                ("email", Kind::Text, true),
                ("clientId", Kind::Text, true),
                ("inviteCode", Kind::Text, true),
                ("providerKey", Kind::Text, true),
                ("sub", Kind::Text, false),
            ]),
            answer: Answer::One(shape::<RegisterResult>),
            errors: &[BAD, MISSING, TAKEN, LARGE, SLOW],
            ..PLAIN
        },
        3 => listed("The caller's tickets, the newest first", &[COMMUNITY], Answer::List(shape::<Ticket>)),
        4 => Row {
            summary: "Makes a ticket with a form",
            body: Body::Json(&[
                ("communityId", Kind::Integer, true),
                ("ticketTypeId", Kind::Integer, true),
                ("unitId", Kind::Integer, true),
                ("fields", Kind::Object, true),
            ]),
            answer: Answer::One(shape::<Ticket>),
            errors: &[BAD, NOBODY, FORBIDDEN, LARGE],
            ..PLAIN
        },
        5 => Row {
            summary: "Comments a ticket",
            body: Body::Json(&[("text", Kind::Text, false), ("attachments", Kind::Uploads, false)]),
            answer: Answer::One(shape::<Ticket>),
            errors: &[BAD, NOBODY, FORBIDDEN, MISSING, LARGE],
            ..PLAIN
        },
        6 => listed("The forms offered to the caller", &[COMMUNITY], Answer::List(shape::<TicketType>)),
        7 => listed("Events, the latest first", &[PAGE, LIMIT], Answer::Page(shape::<Event>)),
        8 => listed("Announcements, the newest first; 20 a page", &[PAGE], Answer::Page(shape::<Post>)),
        9 => Row { summary: "Who is responsible for what", answer: Answer::List(shape::<ContactPerson>), ..PLAIN },
        10 => Row { summary: "Questions and answers", answer: Answer::One(shape::<Faq>), ..PLAIN },
        11 => listed(
            "The caller's notifications, the newest first; 50 a page",
            &[
                ("after", Kind::DateTime, false, "Later than this"),
                ("before", Kind::DateTime, false, "Earlier than this"),
                ("unreadOnly", Kind::Boolean, false, "Only those not read"),
            ],
            Answer::One(shape::<NotificationPage>),
        ),
        12 => listed("What happened, the newest first", &[PAGE, LIMIT], Answer::Page(shape::<Activity>)),
        13 => Row {
            summary: "Takes a file of at most 10 MB; it is kept for a day unless a ticket or comment takes it",
            body: Body::Bytes,
            answer: Answer::One(shape::<Upload>),
            errors: &[BAD, NOBODY, FORBIDDEN, FULL, LARGE],
            ..PLAIN
        },
        14 => Row {
            summary: "Invites somebody into a unit",
            body: Body::Json(&[
                ("contactId", Kind::Integer, true),
                ("unitId", Kind::Integer, true),
                ("firstName", Kind::Text, true),
                ("lastName", Kind::Text, true),
                ("email", Kind::Text, true),
                ("isAdmin", Kind::Boolean, false),
            ]),
            answer: Answer::One(shape::<InviteResult>),
            errors: &[BAD, NOBODY, FORBIDDEN, MISSING, TAKEN, LARGE],
            ..PLAIN
        },
        15 => Row {
            summary: "What an invitation's code stands for",
            query: &[("invite_token", Kind::Text, true, "The code")],
            answer: Answer::One(shape::<InviteInfo>),
            errors: &[BAD, MISSING, SLOW],
            ..PLAIN
        },
        16 => Row { summary: "The caller's units", answer: Answer::List(shape::<Unit>), errors: &[NOBODY], ..PLAIN },
        17 => Row { summary: "The file of a document", ..PLAIN },
        18 => Row { summary: "One ticket of the caller", answer: Answer::One(shape::<Ticket>), ..PLAIN },
        _ => Row { summary: "Documents", answer: Answer::List(shape::<Document>), ..PLAIN },
    }
}
