//! Forms for tickets. Free text needs none: a ticket without a type is what Dwellingly's `issue` is.

mod first;
mod store;

use std::collections::HashMap;

use db::{Change, Read, Write};
use kernel::{
    Action, Actor, Caller, Draft, Error, Faults, Field, Problem, PropertyId, Result, TicketFieldId, TicketTypeId,
};

use crate::{
    access::{self, Resource, may, require},
    diff::Diff,
    group::grouped,
    handle, property,
};

use store::FieldRow;
pub use store::Row;

/// What kind of answer a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// A number.
    Number,
    /// Yes or no.
    Checkbox,
    /// One of several.
    DropDown,
    /// A day.
    Date,
    /// Files.
    File,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Text, Self::LongText, Self::Number, Self::Checkbox, Self::DropDown, Self::Date, Self::File];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "long_text",
            Self::Number => "number",
            Self::Checkbox => "checkbox",
            Self::DropDown => "drop_down",
            Self::Date => "date",
            Self::File => "file",
        }
    }

    /// Reads the word stored.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }
}

impl db::Value for Kind {
    fn read(cell: db::Cell<'_>) -> Option<Self> {
        let db::Cell::Text(word) = cell else { return None };
        Self::parse(word)
    }
}

/// A question of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its id.
    pub id: TicketFieldId,
    /// Its place, from 0.
    pub position: i64,
    /// What is asked.
    pub name: String,
    /// What kind of answer it takes.
    pub kind: Kind,
    /// Whether it must be answered.
    pub required: bool,
    /// What can be chosen.
    pub options: Vec<String>,
    /// Words that help to answer it.
    pub help: String,
}

/// A form with its questions.
#[derive(Clone, Debug)]
pub struct TicketType {
    /// Its own row.
    pub row: Row,
    /// The questions of its newest version, in their order.
    pub fields: Vec<Question>,
}

/// A form as it can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The name of its group; a new name makes the group.
    pub group: Field<String>,
    /// Where it is offered; nothing for everywhere.
    pub property_id: Field<Option<PropertyId>>,
    /// Its name.
    pub name: Field<String>,
    /// What it is for.
    pub description: Field<String>,
    /// The name of a symbol.
    pub icon: Field<String>,
    /// All its questions. Other ones than now make a new version.
    pub fields: Field<Vec<QuestionInput>>,
    /// Whether it is offered no more.
    pub archived: Field<bool>,
}

/// A question as it can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionInput {
    /// What is asked.
    pub name: String,
    /// What kind of answer it takes.
    pub kind: Kind,
    /// Whether it must be answered.
    pub required: bool,
    /// What can be chosen, where something is.
    pub options: Vec<String>,
    /// Words that help to answer it; may be empty.
    pub help: String,
}

/// A form as its keepers see it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The form.
    pub form: TicketType,
    /// Whether the caller may change it.
    pub may_change: bool,
}

/// All forms that somebody keeps, or uses.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The forms by group and name, those that are offered no more at the end.
    pub forms: Vec<Kept>,
    /// Whether the caller may make forms for all properties.
    pub everywhere: bool,
}

/// The questions of a version of a form.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number, from 1.
    pub version: i64,
    /// Its questions, in their order.
    pub fields: Vec<Question>,
    /// How many tickets were written with it.
    pub tickets: i64,
}

handle! {
    /// Operations on forms.
    TicketTypes
}

#[operations::compiled_here]
impl TicketTypes<'_> {
    /// The forms offered to the caller, of all their properties or of one, by id. Where the caller has no business
    /// there are none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, caller: &Caller, property: Option<PropertyId>) -> Result<Vec<TicketType>> {
        self.0
            .read(caller, async move |r, actor| {
                let offered = store::offered(r).await?;
                let mine = offered.into_iter().filter(|t| is_offered(actor, t, property)).collect();
                with_fields(r, mine).await
            })
            .await
    }

    /// The forms of the places where the caller keeps forms, and those offered everywhere; archived ones too.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn kept(&self, caller: &Caller) -> Result<Shelf> {
        self.0
            .read(caller, async move |r, actor| {
                let reach = access::reach(actor, Action::ManageTicketTypes)?;
                let mut rows = store::all(r).await?;
                rows.retain(|t| t.property_id.is_none_or(|p| reach.has(Some(p))));
                let may_change = |t: &Row| may(actor, Action::ManageTicketTypes, place(t.property_id));
                let forms = with_fields(r, rows).await?;
                let kept = |form: TicketType| Kept { may_change: may_change(&form.row), form };
                Ok(Shelf { forms: forms.into_iter().map(kept).collect(), everywhere: reach.is_all() })
            })
            .await
    }

    /// One form with all its versions, newest first, for whoever may change it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn versions(&self, caller: &Caller, id: TicketTypeId) -> Result<(TicketType, Vec<Version>)> {
        self.0
            .read(caller, async move |r, actor| {
                let missing = || Error::NotFound("ticket_type");
                let form = find(r, id).await?.ok_or_else(missing)?;
                if form.row.property_id.is_some_and(|p| !may(actor, Action::ReportTickets, Resource::Of(Some(p)))) {
                    return Err(missing());
                }
                require(actor, Action::ManageTicketTypes, place(form.row.property_id))?;
                let (fields, counts) = tokio::try_join!(store::all_fields(r, id), store::counts(r, id))?;
                let mut fields = grouped(fields, |f| f.version);
                let of = |version: i64| Version {
                    version,
                    fields: fields.remove(&version).unwrap_or_default().into_iter().map(FieldRow::question).collect(),
                    tickets: counts.iter().find(|c| c.version == version).map_or(0, |c| c.tickets),
                };
                let versions = (1..=form.row.version).rev().map(of).collect();
                Ok((form, versions))
            })
            .await
    }

    /// One form.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, caller: &Caller, id: TicketTypeId) -> Result<TicketType> {
        self.0
            .read(caller, async move |r, actor| {
                let found = find(r, id).await?.filter(|t| is_offered(actor, &t.row, None));
                found.ok_or(Error::NotFound("ticket_type"))
            })
            .await
    }

    /// Makes a form.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`].
    pub async fn create(&self, caller: &Caller, draft: Draft<Input>) -> Result<TicketTypeId> {
        self.0
            .write(caller, async move |w, actor| {
                let (input, faults) = draft.open()?;
                require(actor, Action::ManageTicketTypes, place(input.property_id.given().copied().flatten()))?;
                create(w, input, faults).await
            })
            .await
    }

    /// Changes what is given. Other questions make a new version; tickets keep the one they were written with.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, id: TicketTypeId, draft: Draft<Input>) -> Result<TicketType> {
        self.0
            .write(caller, async move |w, actor| {
                let now = find(w, id).await?.ok_or(Error::NotFound("ticket_type"))?;
                require(actor, Action::ManageTicketTypes, place(now.row.property_id))?;
                let (input, faults) = draft.open()?;
                if let Some(property) = input.property_id.given() {
                    require(actor, Action::ManageTicketTypes, place(*property))?;
                }
                update(w, &now, input, faults).await?;
                find(w, id).await?.ok_or(Error::NotFound("ticket_type"))
            })
            .await
    }
}

const fn place(property: Option<PropertyId>) -> Resource {
    match property {
        Some(_) => Resource::Of(property),
        None => Resource::Organization,
    }
}

/// Whether a form is offered to the actor there.
pub(crate) fn is_offered(actor: &Actor, t: &Row, property: Option<PropertyId>) -> bool {
    if let (Some(of), Some(asked)) = (t.property_id, property)
        && of != asked
    {
        return false;
    }
    let reports = |p: PropertyId| may(actor, Action::ReportTickets, Resource::Of(Some(p)));
    match t.property_id.or(property) {
        Some(there) => reports(there),
        None => actor.role().is_some() || actor.homes().iter().any(|h| reports(h.property)),
    }
}

/// A form with the questions of its newest version.
pub(crate) async fn find(r: &Read, id: TicketTypeId) -> Result<Option<TicketType>> {
    let row = store::by_id(r, id).await?;
    Ok(with_fields(r, row.into_iter().collect()).await?.pop())
}

async fn with_fields(r: &Read, rows: Vec<Row>) -> Result<Vec<TicketType>> {
    let ids: Vec<TicketTypeId> = rows.iter().map(|t| t.id).collect();
    let mut of: HashMap<TicketTypeId, Vec<Question>> = HashMap::new();
    for f in store::fields(r, &ids).await? {
        of.entry(f.type_id).or_default().push(f.question());
    }
    Ok(rows.into_iter().map(|row| TicketType { fields: of.remove(&row.id).unwrap_or_default(), row }).collect())
}

/// Makes a form; all faults are told together.
pub(crate) async fn create(w: &Write, input: &Input, mut faults: Faults) -> Result<TicketTypeId> {
    let group = input.group.required(&mut faults, "group");
    let name = input.name.required(&mut faults, "name");
    let fields = input.fields.required(&mut faults, "fields");
    check(w, input, &mut faults).await?;
    faults.finish()?;
    let (Some(group), Some(name), Some(fields)) = (group, name, fields) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    let property = input.property_id.given().copied().flatten();
    let text = |f: &Field<String>| f.given().cloned().unwrap_or_default();
    let group = store::group(w, group).await?;
    let id = store::insert(w, group, property, name, &text(&input.description), &text(&input.icon)).await?;
    store::insert_fields(w, id, 1, fields).await?;
    w.change(Change::new("ticket_type.created", id).property(property));
    Ok(id)
}

async fn update(w: &Write, now: &TicketType, input: &Input, mut faults: Faults) -> Result<()> {
    check(w, input, &mut faults).await?;
    faults.finish()?;
    let (old, mut new) = (&now.row, now.row.clone());
    new.property_id = input.property_id.or_keep(&old.property_id);
    new.name = input.name.or_keep(&old.name);
    new.description = input.description.or_keep(&old.description);
    new.icon = input.icon.or_keep(&old.icon);
    new.group_name = input.group.or_keep(&old.group_name);
    if let Some(archived) = input.archived.given() {
        new.archived_at = if *archived { old.archived_at.or(Some(w.now())) } else { None };
    }
    let asked: Vec<QuestionInput> = now.fields.iter().map(Question::input).collect();
    let fresh = input.fields.given().filter(|f| **f != asked);
    if fresh.is_some() {
        new.version += 1;
    }
    let mut diff = Diff::default();
    diff.field("property", &old.property_id, &new.property_id);
    diff.field("name", &old.name, &new.name);
    diff.field("description", &old.description, &new.description);
    diff.field("icon", &old.icon, &new.icon);
    diff.field("group", &old.group_name, &new.group_name);
    diff.field("archived", &old.archived_at.is_some(), &new.archived_at.is_some());
    diff.field("version", &old.version, &new.version);
    if diff.is_empty() {
        return Ok(());
    }
    if new.group_name != old.group_name {
        new.group_id = store::group(w, &new.group_name).await?;
    }
    store::update(w, &new).await?;
    if let Some(fields) = fresh {
        store::insert_fields(w, new.id, new.version, fields).await?;
    }
    w.change(Change::new("ticket_type.updated", new.id).property(new.property_id).data(diff.json()));
    Ok(())
}

/// Questions of one form.
const MOST_FIELDS: usize = 100;
/// Characters of the words that help with one.
const MOST_HELP: usize = 500;

async fn check(r: &Read, input: &Input, faults: &mut Faults) -> Result<()> {
    for (path, field, most) in [("group", &input.group, 100), ("name", &input.name, 100), ("icon", &input.icon, 100)] {
        crate::community::check_text(path, field, most, faults);
    }
    if input.description.given().is_some_and(|t| t.chars().count() > 2_000) {
        faults.add("description", Problem::TooLong(2_000));
    }
    if let Some(Some(id)) = input.property_id.given()
        && property::find(r, *id).await?.is_none()
    {
        faults.add("property_id", Problem::Unknown);
    }
    let Some(fields) = input.fields.given() else { return Ok(()) };
    if fields.len() > MOST_FIELDS {
        faults.add("fields", Problem::TooLong(MOST_FIELDS));
    }
    for (f, i) in fields.iter().zip(0..) {
        let mut at = |field: &'static str, problem| {
            faults.add_at(vec!["fields".into(), i.to_string().into(), field.into()], problem);
        };
        if f.name.trim().is_empty() {
            at("name", Problem::Blank);
        } else if f.name.chars().count() > 255 {
            at("name", Problem::TooLong(255));
        }
        if f.help.chars().count() > MOST_HELP {
            at("help", Problem::TooLong(MOST_HELP));
        }
        let fits = (f.kind == Kind::DropDown) != f.options.is_empty();
        if !fits || f.options.iter().any(|o| o.trim().is_empty()) {
            at("options", if fits { Problem::Blank } else { Problem::Mismatch });
        }
    }
    Ok(())
}

impl Question {
    /// The question as it would be written.
    #[must_use]
    pub fn input(&self) -> QuestionInput {
        let (name, options, help) = (self.name.clone(), self.options.clone(), self.help.clone());
        QuestionInput { name, kind: self.kind, required: self.required, options, help }
    }
}
