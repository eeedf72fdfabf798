//! Views of lists that somebody keeps: filters under a name.

use db::{Read, row, sql};
use kernel::{Caller, Draft, Error, Problem, Result};

use super::{Desk, Reach};

row! {
    /// Filters under a name.
    #[derive(Clone, Debug)]
    pub struct SavedView {
        /// Its id.
        pub id: i64,
        /// Its name.
        pub name: String,
        /// The query of the list's address.
        pub query: String,
    }
}

/// A list of which views are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Listed {
    Tickets,
    People,
    Ledgers,
}

impl Listed {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tickets, Self::People, Self::Ledgers];

    /// The word stored, and the one in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::People => "people",
            Self::Ledgers => "ledgers",
        }
    }

    /// The list of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.as_str() == word)
    }
}

/// A view to be kept.
#[derive(Clone, Debug)]
pub struct NewView {
    /// Of which list.
    pub list: Listed,
    /// Its name.
    pub name: String,
    /// The query of the list's address.
    pub query: String,
}

/// Characters of a name.
const LONGEST: usize = 40;
/// Characters of a query.
const LONGEST_QUERY: usize = 1_000;
/// Views of one person, all lists together.
const MOST: i64 = 20;

#[operations::compiled_here]
impl Desk<'_> {
    /// The caller's views of a list, by name.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn views(&self, caller: &Caller, list: Listed) -> Result<Vec<SavedView>> {
        self.0
            .read(caller, async move |r, actor| {
                Reach::of(actor)?;
                r.all(sql!(
                    "SELECT id, name, query FROM saved_view WHERE org_id = $1 AND person_id = $2 AND list = $3 AND forgotten_at IS NULL \
                     ORDER BY name",
                    r.caller().org,
                    r.caller().person(),
                    list.as_str()
                ))
                .await
            })
            .await
    }

    /// Keeps filters under a name; one of the same name is replaced.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] at `name`.
    pub async fn keep_view(&self, caller: &Caller, draft: Draft<NewView>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                Reach::of(actor)?;
                let me = actor.person().ok_or(Error::Forbidden)?;
                let (view, mut faults) = draft.open()?;
                let name = view.name.trim();
                if name.is_empty() {
                    faults.add("name", Problem::Required);
                } else if name.chars().count() > LONGEST {
                    faults.add("name", Problem::TooLong(LONGEST));
                } else if kept(w).await? >= MOST || view.query.len() > LONGEST_QUERY {
                    faults.add("name", Problem::NotAllowed);
                }
                faults.finish()?;
                w.execute(sql!(
                    "INSERT INTO saved_view (org_id, person_id, name, query, list, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
                     ON CONFLICT (org_id, person_id, name) DO UPDATE SET query = excluded.query, list = excluded.list, forgotten_at = NULL",
                    w.caller().org,
                    me,
                    name,
                    &view.query,
                    view.list.as_str(),
                    w.now()
                ))
                .await
                .map(drop)
            })
            .await
    }

    /// Forgets one of the caller's views. The ones forgotten before are gone then.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn forget_view(&self, caller: &Caller, id: i64) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                Reach::of(actor)?;
                let (org, me) = (w.caller().org, w.caller().person());
                w.execute(sql!(
                    "DELETE FROM saved_view WHERE org_id = $1 AND person_id = $2 AND forgotten_at IS NOT NULL",
                    org,
                    me
                ))
                .await?;
                let gone = w
                    .execute(sql!(
                        "UPDATE saved_view SET forgotten_at = $4 WHERE org_id = $1 AND person_id = $2 AND id = $3",
                        org,
                        me,
                        id,
                        w.now()
                    ))
                    .await?;
                if gone == 0 { Err(Error::NotFound("view")) } else { Ok(()) }
            })
            .await
    }

    /// Takes that back, of the view forgotten last.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `too_many`.
    pub async fn restore_view(&self, caller: &Caller, id: i64) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                Reach::of(actor)?;
                if kept(w).await? >= MOST {
                    return Err(Error::Conflict("too_many"));
                }
                let back = w
                    .execute(sql!(
                        "UPDATE saved_view SET forgotten_at = NULL WHERE org_id = $1 AND person_id = $2 AND id = $3 \
                         AND forgotten_at IS NOT NULL",
                        w.caller().org,
                        w.caller().person(),
                        id
                    ))
                    .await?;
                if back == 0 { Err(Error::NotFound("view")) } else { Ok(()) }
            })
            .await
    }
}

/// How many views the caller keeps.
async fn kept(r: &Read) -> Result<i64> {
    r.one(sql!(
        "SELECT count(*) FROM saved_view WHERE org_id = $1 AND person_id = $2 AND forgotten_at IS NULL",
        r.caller().org,
        r.caller().person()
    ))
    .await
}
