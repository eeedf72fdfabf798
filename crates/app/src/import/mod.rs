//! Lists of people, units and charges that come in as CSV, and go out. A list is checked first, then taken, and can be
//! taken back while nothing hangs on what it made. Both go part by part, each part in an operation of its own, so a large
//! list holds nobody up, and whoever sent it may leave.

mod apply;
mod charges;
mod columns;
pub mod export;
mod plan;
mod read;
mod store;
mod tenants;
#[cfg(test)]
mod tests;
mod undo;
mod units;

use db::{Change, Lane, Read, Write};
use kernel::{Action, Actor, Caller, Error, ImportId, Principal, Problem, Result};

use crate::{
    access::{Resource, require},
    handle,
    job::{self, Job},
};

pub use columns::Column;
pub use export::sheet;
pub use plan::{Fault, Reason};
pub use read::missing;
pub use store::Run;
pub(crate) use store::currency;

/// The kind of the job that goes on with imports.
pub const RUN: &str = "import.run";
/// How many rows a list may have.
pub const MOST_ROWS: usize = 50_000;
/// How large a file may be, in bytes.
pub const MOST_BYTES: usize = 20 << 20;
/// How many faults are told of one list.
const TOLD: u32 = 500;

/// What a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// People, and where they live or own.
    Tenants,
    /// What is let or owned.
    Units,
    /// What is to be paid beside the rent.
    Charges,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Units, Self::Tenants, Self::Charges];

    /// The word stored, and used on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenants => "tenants",
            Self::Units => "units",
            Self::Charges => "charges",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }

    /// What a list of this kind has, in the usual order.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        columns::of(self)
    }

    fn require(self, actor: &Actor) -> Result<()> {
        let needed: &[Action] = match self {
            Self::Tenants => &[Action::ManagePeople, Action::ManageTenancies],
            Self::Units => &[Action::ManageProperties],
            Self::Charges => &[Action::ManageMoney],
        };
        needed.iter().try_for_each(|action| require(actor, *action, Resource::Organization))
    }
}

impl db::Value for Kind {
    fn read(cell: db::Cell<'_>) -> Option<Self> {
        let db::Cell::Text(word) = cell else { return None };
        Self::parse(word)
    }
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its rows are looked at; nothing is written.
    Checking,
    /// All rows were looked at.
    Checked,
    /// Its good rows are taken.
    Taking,
    /// All good rows were taken.
    Taken,
    /// What it made is taken back.
    Undoing,
    /// What it made was taken back.
    Undone,
}

impl State {
    const ALL: [Self; 6] = [Self::Checking, Self::Checked, Self::Taking, Self::Taken, Self::Undoing, Self::Undone];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Taking => "taking",
            Self::Taken => "taken",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    /// Whether work is left that goes on by itself.
    #[must_use]
    pub const fn is_working(self) -> bool {
        matches!(self, Self::Checking | Self::Taking | Self::Undoing)
    }
}

impl db::Value for State {
    fn read(cell: db::Cell<'_>) -> Option<Self> {
        let db::Cell::Text(word) = cell else { return None };
        Self::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

handle! {
    /// Operations on lists that come in.
    Imports
}

#[operations::compiled_here]
impl Imports<'_> {
    /// Takes a file in and has its rows looked at; nothing of it is written yet.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] on `file`: `Blank` without rows, `TooLong` with too many, `Mismatch`
    /// where columns are missing (the fault's path goes on with their names); [`Error::TooLarge`].
    pub async fn stage(&self, caller: &Caller, kind: Kind, name: &str, bytes: Vec<u8>) -> Result<ImportId> {
        self.0.read(caller, async move |_, actor| kind.require(actor)).await?;
        if bytes.len() > MOST_BYTES {
            return Err(Error::TooLarge);
        }
        let table = tokio::task::spawn_blocking(move || read::table(kind, &bytes)).await.map_err(Error::internal)??;
        let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
        self.0
            .write(caller, async move |w, actor| {
                kind.require(actor)?;
                let id = store::insert(w, kind, &name, table.len() as i64, actor.person()).await?;
                store::insert_parts(w, id, &table).await?;
                w.change(Change::new("import.staged", id));
                go_on(w, actor, id).await?;
                Ok(id)
            })
            .await
    }

    /// The imports of the organization that the caller may make, newest first, at most 50.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Run>> {
        self.0
            .read(caller, async |r, actor| {
                let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|k| k.require(actor).is_ok()).collect();
                if kinds.is_empty() {
                    return Err(Error::Forbidden);
                }
                Ok(store::list(r).await?.into_iter().filter(|run| kinds.contains(&run.kind)).collect())
            })
            .await
    }

    /// One import, with what is wrong with its rows, at most 500.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: ImportId) -> Result<(Run, Vec<Fault>)> {
        self.0
            .read(caller, async move |r, actor| {
                let run = get(r, actor, id).await?;
                let faults = store::faults(r, id, TOLD).await?;
                Ok((run, faults))
            })
            .await
    }

    /// Takes the good rows of a list that was checked.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] `import_moved_on`.
    pub async fn take(&self, caller: &Caller, id: ImportId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let run = get(w, actor, id).await?;
                if run.state != State::Checked {
                    return Err(Error::Conflict("import_moved_on"));
                }
                store::begin(w, id, State::Taking).await?;
                store::reopen_parts(w, id).await?;
                w.change(Change::new("import.taken", id));
                go_on(w, actor, id).await
            })
            .await
    }

    /// Takes back what a list made. Nothing of it may have been used since.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] `import_moved_on`, `import_in_use`.
    pub async fn undo(&self, caller: &Caller, id: ImportId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let run = get(w, actor, id).await?;
                if run.state != State::Taken {
                    return Err(Error::Conflict("import_moved_on"));
                }
                if undo::in_use(w, id).await? {
                    return Err(Error::Conflict("import_in_use"));
                }
                store::begin(w, id, State::Undoing).await?;
                w.change(Change::new("import.undone", id));
                go_on(w, actor, id).await
            })
            .await
    }

    /// Does the next part of an import; answers whether there is more. For the server; may be run any number of times.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn advance(&self, caller: &Caller, id: ImportId) -> Result<bool> {
        self.0
            .write_in(Lane::Bulk, caller, async move |w, actor| {
                require(actor, Action::Operate, Resource::Organization)?;
                let run = store::by_id(w, id).await?.ok_or(Error::NotFound("import"))?;
                match run.state {
                    State::Checking => apply::part(w, &run, false).await,
                    State::Taking => apply::part(w, &run, true).await,
                    State::Undoing => undo::part(w, &run).await,
                    State::Checked | State::Taken | State::Undone => Ok(false),
                }
            })
            .await
    }

    /// Does an import to its end, as the job that was made for it.
    ///
    /// # Errors
    /// As [`Imports::advance`].
    pub async fn run(&self, caller: &Caller, job: &Job) -> Result<()> {
        let id = ImportId::new(job.payload.parse().map_err(Error::internal)?);
        while self.advance(caller, id).await? {}
        self.0.jobs().done(caller, job.id).await
    }
}

/// The import, if the caller may make such ones.
async fn get(r: &Read, actor: &Actor, id: ImportId) -> Result<Run> {
    let run = store::by_id(r, id).await?.ok_or(Error::NotFound("import"))?;
    run.kind.require(actor)?;
    Ok(run)
}

/// Has the queue go on with it. The operator does so on their own: two processes that both write get in each other's way.
async fn go_on(w: &Write, actor: &Actor, id: ImportId) -> Result<()> {
    if actor.principal == Principal::System {
        return Ok(());
    }
    job::enqueue(w, RUN, &id.to_string(), w.now(), None).await.map(drop)
}

/// What is wrong with a file as a whole.
fn unreadable(problem: Problem) -> Error {
    Error::invalid("file", problem)
}
