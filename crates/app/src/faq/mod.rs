//! What is often asked, with answers that can be searched.
//!
//! The search is an index of folded words of its own: the same text finds the same articles on both databases, in the
//! same order, and words are found by their beginnings.

mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Change, Read, Write};
use kernel::{
    Action, Actor, Caller, Draft, Error, FaqArticleId, FaqGroupId, Faults, Field, FileId, Problem, PropertyId, Result,
    TicketTypeId, fold,
};

use crate::{
    access::{Resource, require},
    audience,
    community::{self, restore::restore},
    diff::Diff,
    file::{self, File, Holder},
    handle,
    order::{Step, renumber, stepped},
    post::community_diff,
    ticket_type,
};

pub(crate) use store::list as seen;
pub use store::{Article, Group};

/// Groups and the articles in them.
#[derive(Clone, Debug)]
pub struct Faq {
    /// The groups, in the order set.
    pub groups: Vec<Group>,
    /// The articles the caller sees, in the order set.
    pub articles: Vec<Article>,
    /// The files that came with them, by the article's id.
    pub files: HashMap<i64, Vec<File>>,
}

/// A group as it can be written.
#[derive(Clone, Debug, Default)]
pub struct GroupInput {
    /// Its title.
    pub title: Field<String>,
    /// Its place in the list.
    pub position: Field<i64>,
}

/// An article as it can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// In which group.
    pub group_id: Field<FaqGroupId>,
    /// The question.
    pub title: Field<String>,
    /// Other words for it.
    pub keywords: Field<String>,
    /// The answer.
    pub text: Field<String>,
    /// The form that helps further.
    pub ticket_type_id: Field<Option<TicketTypeId>>,
    /// Its place in the list.
    pub position: Field<i64>,
    /// Files that the caller uploaded, to be added.
    pub files: Field<Vec<FileId>>,
    /// Files it has, to be taken away.
    pub without: Field<Vec<FileId>>,
    /// To whom it is shown, and when.
    pub showing: audience::Input,
}

/// Words of a search.
const MOST_WORDS: usize = 8;

handle! {
    /// Operations on questions and answers.
    Faqs
}

#[operations::compiled_here]
impl Faqs<'_> {
    /// All groups with what the caller sees in them.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, property: PropertyId) -> Result<Faq> {
        self.0
            .read(caller, async move |r, actor| {
                let eye = community::visit(r, actor, property).await?;
                let (groups, articles) = tokio::try_join!(store::groups(r, property), store::list(r, &eye, property))?;
                let holders: Vec<Holder> = articles.iter().map(|a| Holder::Article(a.id.get())).collect();
                let files = file::of_entities(r, &holders).await?;
                Ok(Faq { groups, articles, files })
            })
            .await
    }

    /// The articles the caller sees that have all words of the text, or words that begin so; the best first.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn search(&self, caller: &Caller, property: PropertyId, text: &str) -> Result<Vec<Article>> {
        let words: Vec<String> = words(text).into_iter().take(MOST_WORDS).collect();
        self.0
            .read(caller, async move |r, actor| {
                let eye = community::visit(r, actor, property).await?;
                let mut found: Option<HashMap<FaqArticleId, i64>> = None;
                for word in &words {
                    let hits = store::hits(r, property, word).await?;
                    found = Some(match found {
                        None => hits.into_iter().map(|h| (h.article_id, h.weight)).collect(),
                        Some(before) => hits
                            .into_iter()
                            .filter_map(|h| Some((h.article_id, h.weight + before.get(&h.article_id)?)))
                            .collect(),
                    });
                }
                let found = found.unwrap_or_default();
                let mut articles = store::list(r, &eye, property).await?;
                articles.retain(|a| found.contains_key(&a.id));
                articles.sort_by_key(|a| (-found.get(&a.id).copied().unwrap_or(0), a.position, a.id));
                Ok(articles)
            })
            .await
    }

    /// Makes a group.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn create_group(
        &self,
        caller: &Caller,
        property: PropertyId,
        title: Draft<Field<String>>,
    ) -> Result<FaqGroupId> {
        self.0
            .write(caller, async move |w, actor| {
                community::write_right(w, actor, property).await?;
                let (title, mut faults) = title.open()?;
                let given = title.required(&mut faults, "title");
                community::check_text("title", title, 255, &mut faults);
                faults.finish()?;
                let id = store::insert_group(w, property, given.map_or("", |t| t.as_str())).await?;
                w.change(Change::new("faq_group.created", id).property(property));
                Ok(id)
            })
            .await
    }

    /// Changes what is given of a group; answers where it is.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update_group(&self, caller: &Caller, id: FaqGroupId, draft: Draft<GroupInput>) -> Result<PropertyId> {
        self.0
            .write(caller, async move |w, actor| {
                let now = group_to_write(w, actor, id).await?;
                let (input, mut faults) = draft.open()?;
                community::check_text("title", &input.title, 255, &mut faults);
                faults.finish()?;
                let (title, position) = (input.title.or_keep(&now.title), input.position.or_keep(&now.position));
                let mut diff = Diff::default();
                diff.field("title", &now.title, &title);
                diff.field("position", &now.position, &position);
                if !diff.is_empty() {
                    store::update_group(w, id, &title, position).await?;
                    community::note(w, "faq_group.updated", id, now.property_id, diff.json());
                }
                Ok(now.property_id)
            })
            .await
    }

    /// Moves a group one place on; at the end it stays. Answers where it is.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn step_group(&self, caller: &Caller, id: FaqGroupId, step: Step) -> Result<PropertyId> {
        self.0
            .write(caller, async move |w, actor| {
                let property = group_to_write(w, actor, id).await?.property_id;
                let order: Vec<FaqGroupId> = store::groups(w, property).await?.iter().map(|g| g.id).collect();
                if let Some(order) = stepped(&order, id, step) {
                    renumber!(w, "faq_group", order);
                    community::note(w, "faq_group.moved", id, property, String::new());
                }
                Ok(property)
            })
            .await
    }

    /// Deletes a group that is empty; answers where it was.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `not_empty`.
    pub async fn delete_group(&self, caller: &Caller, id: FaqGroupId) -> Result<PropertyId> {
        self.0
            .write(caller, async move |w, actor| {
                let property = group_to_write(w, actor, id).await?.property_id;
                if !siblings(w, actor, property, id).await?.is_empty() {
                    return Err(Error::Conflict("not_empty"));
                }
                store::delete_group(w, id).await?;
                community::note(w, "faq_group.deleted", id, property, String::new());
                Ok(property)
            })
            .await
    }

    /// Takes the deletion of a group back, within a day; answers where it is.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `too_late`.
    pub async fn restore_group(&self, caller: &Caller, id: FaqGroupId) -> Result<PropertyId> {
        self.0.write(caller, async move |w, actor| Ok(restore!(w, actor, "faq_group", id).property_id)).await
    }

    /// One article with its files, for whoever may change it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn article(&self, caller: &Caller, id: FaqArticleId) -> Result<(Article, Vec<File>)> {
        self.0
            .read(caller, async move |r, actor| {
                let article = to_write(r, actor, id).await?;
                let files = file::of_entities(r, &[Holder::Article(id.get())]).await?.remove(&id.get());
                Ok((article, files.unwrap_or_default()))
            })
            .await
    }

    /// Moves an article one place on in its group; at the end it stays.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn step(&self, caller: &Caller, id: FaqArticleId, step: Step) -> Result<PropertyId> {
        self.0
            .write(caller, async move |w, actor| {
                let now = to_write(w, actor, id).await?;
                let order = siblings(w, actor, now.property_id, now.group_id).await?;
                if let Some(order) = stepped(&order, id, step) {
                    renumber!(w, "faq_article", order);
                    community::note(w, "faq_article.moved", id, now.property_id, String::new());
                }
                Ok(now.property_id)
            })
            .await
    }

    /// Takes the deletion of an article back, with its files, within a day.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `too_late`, or `group_gone`.
    pub async fn restore(&self, caller: &Caller, id: FaqArticleId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let gone = restore!(w, actor, "faq_article", id);
                file::restore_of(w, Holder::Article(id.get()), gone.deleted_at).await?;
                let back = to_write(w, actor, id).await?;
                store::group(w, back.group_id).await?.ok_or(Error::Conflict("group_gone"))?;
                let words = weighted(&back.title, &back.keywords, &back.text);
                store::set_words(w, back.property_id, id, &words).await
            })
            .await
    }

    /// Writes an article.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn create(&self, caller: &Caller, property: PropertyId, draft: Draft<Input>) -> Result<FaqArticleId> {
        self.0
            .write(caller, async move |w, actor| {
                community::write_right(w, actor, property).await?;
                let (input, faults) = draft.open()?;
                let id = create(w, property, input, faults).await?;
                file::attach(w, actor, input.files.given().map_or(&[], |f| f), Holder::Article(id.get())).await?;
                Ok(id)
            })
            .await
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, id: FaqArticleId, draft: Draft<Input>) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = to_write(w, actor, id).await?;
                let (input, faults) = draft.open()?;
                update(w, &now, input, faults).await?;
                file::release(w, input.without.given().map_or(&[], |f| f), Holder::Article(id.get())).await?;
                file::attach(w, actor, input.files.given().map_or(&[], |f| f), Holder::Article(id.get())).await
            })
            .await
    }

    /// Deletes an article.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: FaqArticleId) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let now = to_write(w, actor, id).await?;
                file::delete_of(w, &[Holder::Article(id.get())]).await?;
                store::delete(w, id).await?;
                community::note(w, "faq_article.deleted", id, now.property_id, String::new());
                Ok(())
            })
            .await
    }
}

async fn group_to_write(r: &Read, actor: &Actor, id: FaqGroupId) -> Result<store::GroupRow> {
    let group = store::group(r, id).await?.ok_or(Error::NotFound("faq_group"))?;
    community::look(actor, group.property_id).map_err(|_| Error::NotFound("faq_group"))?;
    require(actor, Action::WriteCommunity, Resource::Of(Some(group.property_id)))?;
    Ok(group)
}

async fn to_write(r: &Read, actor: &Actor, id: FaqArticleId) -> Result<Article> {
    let article = store::by_id(r, id).await?.ok_or(Error::NotFound("faq_article"))?;
    community::look(actor, article.property_id).map_err(|_| Error::NotFound("faq_article"))?;
    require(actor, Action::WriteCommunity, Resource::Of(Some(article.property_id)))?;
    Ok(article)
}

/// The articles of a group, in their order.
async fn siblings(r: &Read, actor: &Actor, property: PropertyId, group: FaqGroupId) -> Result<Vec<FaqArticleId>> {
    let eye = community::look(actor, property)?;
    let all = store::list(r, &eye, property).await?;
    Ok(all.into_iter().filter(|a| a.group_id == group).map(|a| a.id).collect())
}

/// The folded words of a text.
fn words(text: &str) -> BTreeSet<String> {
    let folded = fold(text);
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(|w| w.chars().take(40).collect())
        .collect()
}

/// The words of an article: those of the question count most.
fn weighted(title: &str, keywords: &str, text: &str) -> BTreeMap<String, i64> {
    let mut out = BTreeMap::new();
    for (part, weight) in [(text, 1), (keywords, 4), (title, 5)] {
        for word in words(part) {
            *out.entry(word).or_insert(0) += weight;
        }
    }
    out
}

pub(crate) async fn create(w: &Write, property: PropertyId, input: &Input, mut faults: Faults) -> Result<FaqArticleId> {
    let group = input.group_id.required(&mut faults, "group_id").copied();
    let title = input.title.required(&mut faults, "title").cloned();
    let text = input.text.required(&mut faults, "text").cloned();
    check(w, property, input, &mut faults).await?;
    let showing = audience::settle(w, property, &input.showing, None, &mut faults).await?;
    faults.finish()?;
    let (Some(group_id), Some(title), Some(text)) = (group, title, text) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    let new = store::New {
        group_id,
        title,
        keywords: input.keywords.given().cloned().unwrap_or_default(),
        text,
        ticket_type_id: input.ticket_type_id.given().copied().flatten(),
        position: match input.position.given() {
            Some(position) => *position,
            None => store::next_position(w, property).await?,
        },
    };
    let id = store::insert(w, property, &new, &showing).await?;
    store::set_words(w, property, id, &weighted(&new.title, &new.keywords, &new.text)).await?;
    w.change(Change::new("faq_article.created", id).property(property));
    Ok(id)
}

async fn update(w: &Write, now: &Article, input: &Input, mut faults: Faults) -> Result<()> {
    check(w, now.property_id, input, &mut faults).await?;
    let old = now.showing();
    let showing = audience::settle(w, now.property_id, &input.showing, Some(old), &mut faults).await?;
    faults.finish()?;
    let new = store::New {
        group_id: input.group_id.or_keep(&now.group_id),
        title: input.title.or_keep(&now.title),
        keywords: input.keywords.or_keep(&now.keywords),
        text: input.text.or_keep(&now.text),
        ticket_type_id: input.ticket_type_id.or_keep(&now.ticket_type_id),
        position: input.position.or_keep(&now.position),
    };
    let mut diff = Diff::default();
    diff.field("group", &now.group_id, &new.group_id);
    diff.field("title", &now.title, &new.title);
    diff.field("keywords", &now.keywords, &new.keywords);
    diff.field("text", &now.text, &new.text);
    diff.field("ticket_type", &now.ticket_type_id, &new.ticket_type_id);
    diff.field("position", &now.position, &new.position);
    community_diff(&mut diff, &old, &showing);
    if diff.is_empty() {
        return Ok(());
    }
    store::update(w, now.id, &new, &showing).await?;
    store::set_words(w, now.property_id, now.id, &weighted(&new.title, &new.keywords, &new.text)).await?;
    community::note(w, "faq_article.updated", now.id, now.property_id, diff.json());
    Ok(())
}

async fn check(r: &Read, property: PropertyId, input: &Input, faults: &mut Faults) -> Result<()> {
    community::check_text("title", &input.title, 255, faults);
    community::check_text("text", &input.text, 50_000, faults);
    if input.keywords.given().is_some_and(|k| k.chars().count() > 1_000) {
        faults.add("keywords", Problem::TooLong(1_000));
    }
    if let Some(id) = input.group_id.given()
        && !store::groups(r, property).await?.iter().any(|g| g.id == *id)
    {
        faults.add("group_id", Problem::Unknown);
    }
    if let Some(Some(id)) = input.ticket_type_id.given()
        && ticket_type::find(r, *id).await?.is_none()
    {
        faults.add("ticket_type_id", Problem::Unknown);
    }
    Ok(())
}
