//! Views of lists that somebody keeps: filters under a name.

use db::{row, sql};
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

/// Characters of a name.
const LONGEST: usize = 40;
/// Characters of a query.
const LONGEST_QUERY: usize = 1_000;
/// Views of one person.
const MOST: usize = 20;

impl Desk<'_> {
    /// The caller's views, by name.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn views(&self, caller: &Caller) -> Result<Vec<SavedView>> {
        self.0
            .read(caller, async |r, actor| {
                Reach::of(actor)?;
                r.all(sql!(
                    "SELECT id, name, query FROM saved_view WHERE org_id = $1 AND person_id = $2 ORDER BY name",
                    r.caller().org,
                    r.caller().person()
                ))
                .await
            })
            .await
    }

    /// Keeps filters under a name; one of the same name is replaced. The draft is the name and the query.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] at `name`.
    pub async fn keep_view(&self, caller: &Caller, draft: Draft<(String, String)>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                Reach::of(actor)?;
                let me = actor.person().ok_or(Error::Forbidden)?;
                let ((name, query), mut faults) = draft.open()?;
                let name = name.trim();
                let kept: i64 = w
                    .one(sql!(
                        "SELECT count(*) FROM saved_view WHERE org_id = $1 AND person_id = $2",
                        w.caller().org,
                        me
                    ))
                    .await?;
                if name.is_empty() {
                    faults.add("name", Problem::Required);
                } else if name.chars().count() > LONGEST {
                    faults.add("name", Problem::TooLong(LONGEST));
                } else if kept >= MOST as i64 || query.len() > LONGEST_QUERY {
                    faults.add("name", Problem::NotAllowed);
                }
                faults.finish()?;
                w.execute(sql!(
                    "INSERT INTO saved_view (org_id, person_id, name, query, created_at) VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (org_id, person_id, name) DO UPDATE SET query = excluded.query",
                    w.caller().org,
                    me,
                    name,
                    query,
                    w.now()
                ))
                .await
                .map(drop)
            })
            .await
    }

    /// Forgets one of the caller's views.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn forget_view(&self, caller: &Caller, id: i64) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                Reach::of(actor)?;
                let gone = w
                    .execute(sql!(
                        "DELETE FROM saved_view WHERE org_id = $1 AND person_id = $2 AND id = $3",
                        w.caller().org,
                        w.caller().person(),
                        id
                    ))
                    .await?;
                if gone == 0 { Err(Error::NotFound("view")) } else { Ok(()) }
            })
            .await
    }
}
