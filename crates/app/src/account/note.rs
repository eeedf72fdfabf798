//! Remarks about an account, written by staff or by programs.

use db::{List, Read, Slice, Write, row, sql};
use kernel::{
    AccountId, Action, Caller, Draft, Error, Field, Instant, LedgerId, NoteId, Problem, PropertyId, Result, UnitId,
};
use uuid::Uuid;

use super::{Accounts, By, Part, find};
use crate::{
    access::{Resource, require},
    client,
};

row! {
    /// A remark about an account.
    #[derive(Clone, Debug)]
    pub struct Note {
        /// Its id.
        pub id: NoteId,
        /// Its uid.
        pub uid: Uuid,
        /// What it says.
        pub text: String,
        /// Who wrote it: `person`, `client` or `system`.
        pub author_kind: String,
        /// That one's name.
        pub author_name: String,
        /// The author's uid, where there is one.
        pub author_uid: Option<Uuid>,
        /// The unit it is about.
        pub unit_uid: Option<Uuid>,
        /// The account it is about.
        pub account_uid: Uuid,
        /// When it was written.
        pub created_at: Instant,
    }
}

/// What a remark is about.
#[derive(Clone, Copy, Debug)]
pub enum About {
    /// An account.
    Account(Uuid),
    /// A ledger, and with it the account and the unit; if an account is named too, it has to be that one.
    Ledger(Uuid, Option<Uuid>),
    /// A unit, and with it whoever rents it.
    Unit(Uuid),
}

/// The longest remark, in characters.
pub const LONGEST: usize = 10_000;

/// Who writes.
pub(crate) struct Author {
    kind: &'static str,
    id: Option<i64>,
    pub(crate) name: String,
}

#[operations::compiled_here]
impl Accounts<'_> {
    /// A page of an account's remarks, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn notes(
        &self,
        caller: &Caller,
        property: PropertyId,
        uid: Uuid,
        page: i64,
        per_page: i64,
    ) -> Result<Part<Note>> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ViewPeople, Resource::Of(Some(property)))?;
                let account = find(r, property, &By::Uid(uid)).await?;
                let total: i64 = r
                    .one(sql!(
                        "SELECT count(*) FROM account_note WHERE org_id = $1 AND account_id = $2",
                        r.caller().org,
                        account
                    ))
                    .await?;
                let list =
                    List::new("notes", HEAD).filter("n.org_id = ?", r.caller().org).filter("n.account_id = ?", account);
                let slice = Slice::of(total, page, per_page);
                let items = slice.turn(r.all(list.slice(&[("n.id", true)], false, &slice)).await?);
                Ok(Part { items, total })
            })
            .await
    }

    /// Writes a remark.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for what it is about; [`Error::Conflict`] for a ledger of another
    /// account than the one that is named; [`Error::Invalid`] on `note_text`.
    pub async fn add_note(
        &self,
        caller: &Caller,
        property: PropertyId,
        about: About,
        draft: Draft<Field<String>>,
    ) -> Result<Note> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManagePeople, Resource::Of(Some(property)))?;
                let place = place(w, property, about).await?.ok_or(Error::NotFound("tenant"))?;
                if matches!(about, About::Ledger(_, Some(account)) if account != place.account_uid) {
                    return Err(Error::Conflict("other_tenants_ledger"));
                }
                let (text, mut faults) = draft.open()?;
                let text = text.required(&mut faults, "note_text");
                match text.map(|t| (t.trim().is_empty(), t.chars().count() > LONGEST)) {
                    Some((true, _)) => faults.add("note_text", Problem::Blank),
                    Some((_, true)) => faults.add("note_text", Problem::TooLong(LONGEST)),
                    _ => {}
                }
                faults.finish()?;
                let Some(text) = text else { return Err(Error::internal("a field was neither given nor faulty")) };
                write(w, &place, text).await
            })
            .await
    }
}

const HEAD: &str = "SELECT n.id, n.uid, n.text, n.author_kind, n.author_name, \
     (SELECT c.uid FROM client c WHERE n.author_kind = 'client' AND c.id = n.author_id \
      UNION ALL SELECT p.uid FROM person p WHERE n.author_kind = 'person' AND p.id = n.author_id) AS author_uid, \
     (SELECT u.uid FROM unit u WHERE u.id = n.unit_id) AS unit_uid, \
     (SELECT a.uid FROM account a WHERE a.id = n.account_id) AS account_uid, n.created_at FROM account_note n";

row! {
    struct Place {
        account_id: AccountId,
        account_uid: Uuid,
        ledger_id: Option<LedgerId>,
        unit_id: Option<UnitId>,
    }
}

async fn place(r: &Read, property: PropertyId, about: About) -> Result<Option<Place>> {
    let org = r.caller().org;
    match about {
        About::Account(uid) => {
            let found = super::store::by_uid(r, property, uid).await?;
            Ok(found.map(|account_id| Place { account_id, account_uid: uid, ledger_id: None, unit_id: None }))
        }
        About::Ledger(uid, _) => {
            r.optional(sql!(
                "SELECT l.account_id, a.uid AS account_uid, l.id AS ledger_id, l.unit_id FROM ledger l JOIN account a ON a.id = l.account_id \
                 WHERE l.org_id = $1 AND l.property_id = $2 AND l.uid = $3",
                org,
                property,
                uid
            ))
            .await
        }
        About::Unit(uid) => {
            r.optional(sql!(
                "SELECT l.account_id, a.uid AS account_uid, l.id AS ledger_id, l.unit_id \
                 FROM unit u JOIN ledger l ON l.unit_id = u.id JOIN account a ON a.id = l.account_id \
                 WHERE u.org_id = $1 AND u.property_id = $2 AND u.uid = $3 AND l.opens_at <= $4 \
                 AND (l.closes_at IS NULL OR l.closes_at > $4) ORDER BY l.id LIMIT 1",
                org,
                property,
                uid,
                r.now()
            ))
            .await
        }
    }
}

async fn write(w: &Write, place: &Place, text: &str) -> Result<Note> {
    let author = author(w).await?;
    let id: NoteId = w
        .one(sql!(
            "INSERT INTO account_note (uid, org_id, account_id, ledger_id, unit_id, text, author_kind, author_id, author_name, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
            w.uid(), w.caller().org, place.account_id, place.ledger_id, place.unit_id, text, author.kind, author.id, &author.name, w.now()
        ))
        .await?;
    let account = super::store::these(w, &[place.account_id]).await?.pop().ok_or(Error::NotFound("tenant"))?;
    super::touch(w, &account).await?;
    w.change(
        db::Change::new("account.noted", id)
            .person(account.person_id)
            .property(account.property_id)
            .unit(place.unit_id),
    );
    w.one(List::new("note", HEAD).filter("n.id = ?", id).whole()).await
}

/// Who asks, with the name people know.
pub(crate) async fn author(r: &Read) -> Result<Author> {
    let caller = r.caller();
    Ok(match caller.principal {
        kernel::Principal::Client(id) => {
            Author { kind: "client", id: Some(id.get()), name: client::name(r, id).await? }
        }
        kernel::Principal::Person { person, .. } => {
            let name: Option<String> = r
                .optional(sql!(
                    "SELECT first_name || ' ' || last_name AS name FROM person WHERE org_id = $1 AND id = $2",
                    caller.org,
                    person
                ))
                .await?;
            Author { kind: "person", id: Some(person.get()), name: name.unwrap_or_default() }
        }
        kernel::Principal::Anonymous | kernel::Principal::System | kernel::Principal::Unit { .. } => {
            Author { kind: "system", id: None, name: "Portico".to_owned() }
        }
    })
}
