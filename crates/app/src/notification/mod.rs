//! Who is told of what: a reader of the spine turns new facts into notifications for those concerned, once each, and
//! keeps its place. Requests only read what it wrote.

mod reader;
pub(crate) mod store;

use db::Change;
use kernel::{Action, Caller, Draft, Error, Field, Instant, NotificationId, OrgId, PropertyId, Result};

use crate::{
    access::{Resource, require},
    handle,
    message::Language,
};

pub use reader::BATCH;
pub use store::Notification;

/// How an event stood that somebody was told of again: it is called off.
pub const CANCELLED: &str = "cancelled";
/// It takes place after all.
pub const HELD: &str = "held";

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// A ticket came, or stands otherwise.
    Ticket,
    /// A ticket was answered.
    TicketComment,
    /// An announcement.
    Post,
    /// A comment on an announcement.
    PostComment,
    /// An event.
    Event,
    /// A document.
    Document,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Ticket, Self::TicketComment, Self::Post, Self::PostComment, Self::Event, Self::Document];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::TicketComment => "ticket_comment",
            Self::Post => "post",
            Self::PostComment => "post_comment",
            Self::Event => "event",
            Self::Document => "document",
        }
    }

    /// When a mail about it is sent, unless somebody chose otherwise: residents are mailed about their tickets, the staff
    /// have them before their eyes.
    #[must_use]
    pub const fn usual(self, is_staff: bool) -> Frequency {
        match self {
            Self::Ticket | Self::TicketComment if !is_staff => Frequency::Now,
            _ => Frequency::Never,
        }
    }

    const fn words(self, language: Language) -> &'static str {
        use Language::{English, German};
        match (self, language) {
            (Self::Ticket, English) => "a ticket",
            (Self::Ticket, German) => "eine Meldung",
            (Self::TicketComment, English) => "an answer to a ticket",
            (Self::TicketComment, German) => "eine Antwort auf eine Meldung",
            (Self::Post, English) => "an announcement",
            (Self::Post, German) => "ein Aushang",
            (Self::PostComment, English) => "a comment on an announcement",
            (Self::PostComment, German) => "ein Kommentar zu einem Aushang",
            (Self::Event, English) => "an event",
            (Self::Event, German) => "ein Termin",
            (Self::Document, English) => "a document",
            (Self::Document, German) => "ein Dokument",
        }
    }
}

impl db::Value for Topic {
    fn read(cell: db::Cell<'_>) -> Option<Self> {
        let db::Cell::Text(word) = cell else { return None };
        Self::ALL.into_iter().find(|t| t.as_str() == word)
    }
}

/// When mails are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// At once.
    Now,
    /// Once a day, all together.
    Daily,
    /// Not at all.
    Never,
}

impl Frequency {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Now, Self::Daily, Self::Never];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Daily => "daily",
            Self::Never => "never",
        }
    }
}

impl db::Value for Frequency {
    fn read(cell: db::Cell<'_>) -> Option<Self> {
        let db::Cell::Text(word) = cell else { return None };
        Self::ALL.into_iter().find(|f| f.as_str() == word)
    }
}

/// Which notifications.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Those of this property.
    pub property: Option<PropertyId>,
    /// Later than this.
    pub after: Option<Instant>,
    /// Earlier than this.
    pub before: Option<Instant>,
    /// Only those not read.
    pub unread_only: bool,
}

/// Some of them.
#[derive(Clone, Debug)]
pub struct Found {
    /// These, newest first.
    pub rows: Vec<Notification>,
    /// How many match in all.
    pub total: i64,
}

handle! {
    /// Operations on notifications.
    Notifications
}

#[operations::compiled_here]
impl Notifications<'_> {
    /// The caller's notifications, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person; [`Error::NotFound`] for a property that is none of theirs.
    pub async fn list(&self, caller: &Caller, filter: Filter, limit: i64) -> Result<Found> {
        self.0
            .read(caller, async move |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                if let Some(property) = filter.property {
                    crate::community::visit(r, actor, property).await?;
                }
                let (rows, total) = tokio::try_join!(store::list(r, me, &filter, limit), store::count(r, me, &filter))?;
                Ok(Found { rows, total })
            })
            .await
    }

    /// One of the caller's notifications.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person; [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: NotificationId) -> Result<Notification> {
        self.0
            .read(caller, async move |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                store::one(r, me, id).await?.ok_or(Error::NotFound("notification"))
            })
            .await
    }

    /// Marks notifications of the caller read: these, or all up to now.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn mark_read(&self, caller: &Caller, ids: Option<Vec<NotificationId>>) -> Result<u64> {
        self.0
            .write(caller, async move |w, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                match &ids {
                    Some(ids) => store::mark_these(w, me, ids).await,
                    None => store::mark_all(w, me).await,
                }
            })
            .await
    }

    /// When the caller is mailed about what.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn subscriptions(&self, caller: &Caller) -> Result<Vec<(Topic, Frequency)>> {
        self.0
            .read(caller, async |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                let chosen = store::chosen(r, &[me]).await?;
                let of = |t: Topic| {
                    chosen.iter().find(|c| c.topic == t).map_or(t.usual(actor.role().is_some()), |c| c.frequency)
                };
                Ok(Topic::ALL.into_iter().map(|t| (t, of(t))).collect())
            })
            .await
    }

    /// Sets when the caller is mailed about what.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person; [`Error::Invalid`].
    pub async fn subscribe(&self, caller: &Caller, topic: Topic, frequency: Draft<Field<Frequency>>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                let (frequency, mut faults) = frequency.open()?;
                let given = frequency.required(&mut faults, "frequency").copied();
                faults.finish()?;
                if let Some(frequency) = given {
                    store::choose(w, me, topic, frequency).await?;
                    w.change(Change::new("person.subscribed", me).person(me));
                }
                Ok(())
            })
            .await
    }

    /// What the caller does not want to see here.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn unwanted(&self, caller: &Caller) -> Result<Vec<Topic>> {
        self.0
            .read(caller, async |r, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                Ok(store::unwanted(r, &[me]).await?.into_iter().map(|u| u.topic).collect())
            })
            .await
    }

    /// Sets whether the caller sees a topic here; mails about it are chosen on their own.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever is no person.
    pub async fn show_here(&self, caller: &Caller, topic: Topic, shown: bool) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let me = actor.person().ok_or(Error::Forbidden)?;
                store::show_here(w, me, topic, shown).await?;
                w.change(Change::new("person.subscribed", me).person(me));
                Ok(())
            })
            .await
    }

    /// Organizations with facts that were not read yet, or with something that has come out meanwhile.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn places_behind(&self, caller: &Caller) -> Result<Vec<OrgId>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                store::behind(r).await
            })
            .await
    }

    /// Reads the next facts of the caller's organization, at most [`BATCH`], and tells those concerned. Answers how
    /// many facts it read; until that is 0 there may be more. May be run any number of times: what was told is not told
    /// again.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn follow(&self, caller: &Caller) -> Result<u64> {
        let base = self.0.public_url().to_owned();
        self.0
            .write_in(db::Lane::Bulk, caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                reader::announce(w).await?;
                reader::follow(w, &base).await
            })
            .await
    }

    /// Organizations in which something waits for the day's mail.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn places_with_digests(&self, caller: &Caller) -> Result<Vec<OrgId>> {
        self.0
            .read(caller, async |r, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                store::with_digests(r).await
            })
            .await
    }

    /// Mails the caller's organization what is to be told once a day, of at most 500 facts. Answers how many
    /// people it was mailed to; until that is 0 there may be more.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn digest(&self, caller: &Caller) -> Result<u64> {
        let base = self.0.public_url().to_owned();
        self.0
            .write_in(db::Lane::Bulk, caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                reader::digest(w, &base).await
            })
            .await
    }
}
