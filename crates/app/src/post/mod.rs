//! Announcements to a community, and what people say about them.

mod store;

use std::collections::HashMap;

use db::{Change, Read, Write};
use kernel::{
    Action, Actor, Caller, Draft, Error, Faults, Field, FileId, PersonId, PostCommentId, PostId, Problem, PropertyId,
    Result,
};

use crate::{
    access::{Resource, require},
    audience::{self, Eye, Showing},
    community::{self, Counted, PageNumber, PersonCard, restore::restore},
    diff::Diff,
    file::{self, File, Holder},
    handle,
};

pub use store::{Comment, Row};

/// An announcement with everything shown.
#[derive(Clone, Debug)]
pub struct Post {
    /// The announcement.
    pub row: Row,
    /// Who wrote it.
    pub author: PersonCard,
    /// What was said about it, oldest first, each with who said it.
    pub comments: Vec<(Comment, PersonCard)>,
    /// The files that came with it.
    pub files: Vec<File>,
}

/// An announcement as it can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Its title.
    pub title: Field<String>,
    /// Its text.
    pub text: Field<String>,
    /// Whether residents may comment; they may unless told.
    pub allow_comments: Field<bool>,
    /// Files that its author uploaded, to be added.
    pub files: Field<Vec<FileId>>,
    /// Files it has, to be taken away.
    pub without: Field<Vec<FileId>>,
    /// To whom it is shown, and when.
    pub showing: audience::Input,
}

handle! {
    /// Operations on announcements.
    Posts
}

#[operations::compiled_here]
impl Posts<'_> {
    /// One page of what the caller sees, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn list(&self, caller: &Caller, property: PropertyId, page: PageNumber) -> Result<Counted<Post>> {
        self.0
            .read(caller, async move |r, actor| {
                let eye = community::visit(r, actor, property).await?;
                let (rows, total) =
                    tokio::try_join!(store::page(r, &eye, property, page), store::count(r, &eye, property))?;
                Ok(Counted { rows: present(r, rows).await?, total })
            })
            .await
    }

    /// One announcement.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: PostId) -> Result<Post> {
        self.0.read(caller, async move |r, actor| one(r, seen(r, actor, id).await?).await).await
    }

    /// Writes an announcement in the caller's name; it is out at once unless told otherwise.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn create(&self, caller: &Caller, property: PropertyId, draft: Draft<Input>) -> Result<PostId> {
        self.0
            .write(caller, async move |w, actor| {
                community::write_right(w, actor, property).await?;
                let (input, faults) = draft.open()?;
                let id = create(w, property, actor.person().ok_or(Error::Forbidden)?, input, faults).await?;
                file::attach(w, actor, input.files.given().map_or(&[], |f| f), Holder::Post(id.get())).await?;
                Ok(id)
            })
            .await
    }

    /// Changes what is given; publishing is giving the instant.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, id: PostId, draft: Draft<Input>) -> Result<Post> {
        self.0
            .write(caller, async move |w, actor| {
                let now = to_write(w, actor, id).await?;
                let (input, faults) = draft.open()?;
                update(w, &now, input, faults).await?;
                file::release(w, input.without.given().map_or(&[], |f| f), Holder::Post(id.get())).await?;
                file::attach(w, actor, input.files.given().map_or(&[], |f| f), Holder::Post(id.get())).await?;
                one(w, store::by_id(w, id).await?.ok_or(Error::NotFound("post"))?).await
            })
            .await
    }

    /// Deletes an announcement with what was said about it.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: PostId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = to_write(w, actor, id).await?;
                file::delete_of(w, &[Holder::Post(id.get())]).await?;
                store::delete(w, id).await?;
                community::note(w, "post.deleted", id, now.property_id, String::new());
                Ok(())
            })
            .await
    }

    /// Takes the deletion of an announcement back, within a day: with its files, and what was said about it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `too_late`.
    pub async fn restore(&self, caller: &Caller, id: PostId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let gone = restore!(w, actor, "post", id);
                store::restore_comments(w, id, gone.deleted_at).await?;
                file::restore_of(w, Holder::Post(id.get()), gone.deleted_at).await
            })
            .await
    }

    /// Comments an announcement.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] for guests; [`Error::Conflict`] `no_comments`; [`Error::Invalid`].
    pub async fn comment(&self, caller: &Caller, id: PostId, text: Draft<Field<String>>) -> Result<Post> {
        self.0
            .write(caller, async move |w, actor| {
                let post = seen(w, actor, id).await?;
                require(actor, Action::TakePart, Resource::Of(Some(post.property_id)))?;
                let me = actor.person().ok_or(Error::Forbidden)?;
                let (text, mut faults) = text.open()?;
                let given = text.required(&mut faults, "text");
                community::check_text("text", text, 10_000, &mut faults);
                faults.finish()?;
                if !post.allow_comments {
                    return Err(Error::Conflict("no_comments"));
                }
                let said = store::insert_comment(w, id, me, given.map_or("", |t| t.trim())).await?;
                w.change(Change::new("post.commented", said).property(post.property_id));
                one(w, post).await
            })
            .await
    }

    /// Deletes a comment: whoever wrote it, and whoever writes announcements there.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn delete_comment(&self, caller: &Caller, id: PostId, comment: PostCommentId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let post = seen(w, actor, id).await?;
                let said = store::comments(w, &[id]).await?.into_iter().find(|c| c.id == comment);
                let said = said.ok_or(Error::NotFound("post_comment"))?;
                if actor.person() != Some(said.author_id) {
                    require(actor, Action::WriteCommunity, Resource::Of(Some(post.property_id)))?;
                }
                store::delete_comment(w, comment).await?;
                note_comment(w, "post.comment_deleted", comment, &post, said.author_id);
                Ok(())
            })
            .await
    }

    /// Takes the deletion of a comment back, within a day: whoever writes announcements there, and its author where they
    /// deleted it themselves.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `too_late`.
    pub async fn restore_comment(&self, caller: &Caller, id: PostId, comment: PostCommentId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let post = seen(w, actor, id).await?;
                let gone = store::deleted_comment(w, id, comment).await?.ok_or(Error::NotFound("post_comment"))?;
                // What the staff took out of sight, its author does not put back.
                if actor.person() != Some(gone.author_id) || gone.deleted_by != Some(gone.author_id) {
                    require(actor, Action::WriteCommunity, Resource::Of(Some(post.property_id)))?;
                }
                if gone.deleted_at.plus_secs(file::LAG) <= w.now() {
                    return Err(Error::Conflict("too_late"));
                }
                store::restore_comment(w, comment).await?;
                note_comment(w, "post.comment_restored", comment, &post, gone.author_id);
                Ok(())
            })
            .await
    }
}

/// Notes what happened to a comment: it concerns whoever wrote it.
fn note_comment(w: &Write, action: &'static str, comment: PostCommentId, post: &Row, author: PersonId) {
    w.change(Change::new(action, comment).property(post.property_id).person(author));
}

async fn seen(r: &Read, actor: &Actor, id: PostId) -> Result<Row> {
    let missing = || Error::NotFound("post");
    let row = store::by_id(r, id).await?.ok_or_else(missing)?;
    let eye: Eye = community::look(actor, row.property_id).map_err(|_| missing())?;
    store::seen_by(r, &eye, id).await?.map(|_| row).ok_or_else(missing)
}

/// A post the actor may change; where they do not even see it, it is not found.
async fn to_write(r: &Read, actor: &Actor, id: PostId) -> Result<Row> {
    let row = seen(r, actor, id).await?;
    require(actor, Action::WriteCommunity, Resource::Of(Some(row.property_id)))?;
    Ok(row)
}

async fn one(r: &Read, row: Row) -> Result<Post> {
    present(r, vec![row]).await?.pop().ok_or(Error::NotFound("post"))
}

async fn present(r: &Read, rows: Vec<Row>) -> Result<Vec<Post>> {
    let ids: Vec<PostId> = rows.iter().map(|p| p.id).collect();
    let comments = store::comments(r, &ids).await?;
    let named = rows.iter().map(|p| p.author_id).chain(comments.iter().map(|c| c.author_id)).collect();
    let holders: Vec<Holder> = ids.iter().map(|id| Holder::Post(id.get())).collect();
    let (people, mut files) = tokio::try_join!(community::people(r, named), file::of_entities(r, &holders))?;
    let mut said: HashMap<PostId, Vec<(Comment, PersonCard)>> = HashMap::new();
    for c in comments {
        if let Some(who) = people.get(&c.author_id) {
            said.entry(c.post_id).or_default().push((c, who.clone()));
        }
    }
    let post = |row: Row| {
        let author = people.get(&row.author_id)?.clone();
        let files = files.remove(&row.id.get()).unwrap_or_default();
        Some(Post { comments: said.remove(&row.id).unwrap_or_default(), author, files, row })
    };
    Ok(rows.into_iter().filter_map(post).collect())
}

/// Writes an announcement; all faults are told together.
pub(crate) async fn create(
    w: &Write,
    property: PropertyId,
    author: PersonId,
    input: &Input,
    mut faults: Faults,
) -> Result<PostId> {
    let title = input.title.required(&mut faults, "title");
    let text = input.text.required(&mut faults, "text");
    check(input, &mut faults);
    let showing = audience::settle(w, property, &input.showing, None, &mut faults).await?;
    faults.finish()?;
    let (Some(title), Some(text)) = (title, text) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    let out = showing.published_at.is_some_and(|at| at <= w.now());
    let comments = input.allow_comments.given() != Some(&false);
    let id = store::insert(w, property, author, title, text, comments, &showing, out).await?;
    community::note(w, if out { "post.published" } else { "post.created" }, id, property, String::new());
    Ok(id)
}

async fn update(w: &Write, now: &Row, input: &Input, mut faults: Faults) -> Result<()> {
    check(input, &mut faults);
    let old = now.showing();
    let showing = audience::settle(w, now.property_id, &input.showing, Some(old), &mut faults).await?;
    faults.finish()?;
    let mut new = now.clone();
    new.title = input.title.or_keep(&now.title);
    new.text = input.text.or_keep(&now.text);
    new.allow_comments = input.allow_comments.or_keep(&now.allow_comments);
    let mut diff = Diff::default();
    diff.field("title", &now.title, &new.title);
    diff.field("text", &now.text, &new.text);
    diff.field("allow_comments", &now.allow_comments, &new.allow_comments);
    community_diff(&mut diff, &old, &showing);
    if diff.is_empty() {
        return Ok(());
    }
    let first = !now.announced && showing.published_at.is_some_and(|at| at <= w.now());
    new.announced = now.announced || first;
    store::update(w, &new, &showing).await?;
    community::note(w, if first { "post.published" } else { "post.updated" }, now.id, now.property_id, diff.json());
    Ok(())
}

/// The fields of how something is shown.
pub(crate) fn community_diff(diff: &mut Diff, old: &Showing, new: &Showing) {
    diff.field("audience", &old.audience.as_str(), &new.audience.as_str());
    diff.field("building", &old.building_id, &new.building_id);
    diff.field("published_at", &old.published_at.map(|t| t.micros()), &new.published_at.map(|t| t.micros()));
    diff.field("expires_at", &old.expires_at.map(|t| t.micros()), &new.expires_at.map(|t| t.micros()));
}

fn check(input: &Input, faults: &mut Faults) {
    community::check_text("title", &input.title, 255, faults);
    community::check_text("text", &input.text, 50_000, faults);
    if input.showing.expires_at.given().is_some_and(|at| at.is_some_and(|at| at.micros() < 0)) {
        faults.add("expires_at", Problem::Malformed);
    }
}
