//! What the desk does about arrears by hand: takes a step, takes it back, pauses, reminds; and the rules of a property.

use db::Change;
use jiff::ToSpan as _;
use kernel::{Action, Caller, Currency, Date, Draft, Error, Faults, Field, MessageId, Problem, PropertyId, Result};
use serde_json::json;
use uuid::Uuid;

use super::{
    Ledgers,
    arrears::{self, Rules, Step},
    get,
    operations::noted,
    payment::MOST,
    place, shown, store,
};
use crate::{
    diff::Diff,
    message::{self, Mail, templates},
    organization, resident,
};

/// Characters of a note.
const LONGEST: usize = 500;
/// A pause is at most so long, in days.
const LONGEST_PAUSE: i64 = 366;
/// No rule counts more days than these.
const MOST_DAYS: i32 = 3_660;

/// A step that was taken by hand.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// Which one.
    pub step: Field<Step>,
    /// On which day; today when not given.
    pub on: Field<Date>,
    /// What there is to say about it.
    pub note: Field<Option<String>>,
}

/// What follows in a property when a charge is not paid in time.
#[derive(Clone, Debug)]
pub struct TheRules {
    /// The property's name.
    pub property: String,
    /// The rules.
    pub rules: Rules,
    /// The currency of its sums.
    pub currency: Currency,
}

#[operations::compiled_here]
impl Ledgers<'_> {
    /// Notes a step that was taken about a ledger in arrears.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] at `step`, `on`, `note`; [`Error::Conflict`]
    /// `not_overdue`.
    pub async fn take_step(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        draft: Draft<Taken>,
    ) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                let (input, mut faults) = draft.open()?;
                let (today, step) = (ledger.today(w), input.step.required(&mut faults, "step"));
                let taken = store::steps(w, &[ledger.id]).await?;
                if step.is_some_and(|step| taken.iter().any(|t| t.step == step.as_str())) {
                    faults.add("step", Problem::Taken);
                }
                let on = input.on.given().copied().unwrap_or(today);
                if on > today || ledger.unpaid_since.is_some_and(|since| on < since) {
                    faults.add("on", Problem::NotAllowed);
                }
                let note = note(&input.note, &mut faults);
                faults.finish()?;
                if ledger.unpaid_since.is_none_or(|since| since >= today) {
                    return Err(Error::Conflict("not_overdue"));
                }
                let step = step.ok_or_else(|| Error::internal("a field was neither given nor faulty"))?.as_str();
                store::insert_step(w, ledger.id, step, on).await?;
                let mut data = json!({"step": [null, step], "on": [null, on.to_string()]});
                if let (Some(note), Some(data)) = (note, data.as_object_mut()) {
                    data.insert("note".to_owned(), json!([null, note]));
                }
                w.change(ledger.change("ledger.step_taken").data(data.to_string()));
                resident::touch(w, ledger.person_id).await
            })
            .await
    }

    /// Takes a step back.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn undo_step(&self, caller: &Caller, property: PropertyId, ledger: Uuid, step: Step) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                if store::delete_step(w, ledger.id, step.as_str()).await? == 0 {
                    return Err(Error::NotFound("step"));
                }
                let data = json!({"step": [step.as_str(), null]}).to_string();
                w.change(ledger.change("ledger.step_undone").data(data));
                resident::touch(w, ledger.person_id).await
            })
            .await
    }

    /// Pauses what follows by itself until a day, with that day: no steps, and no fee. What was charged and taken stays.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] at `until`, `note`.
    pub async fn pause_steps(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        draft: Draft<(Field<Date>, Field<Option<String>>)>,
    ) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                let ((until, text), mut faults) = draft.open()?;
                let (today, until) = (ledger.today(w), until.required(&mut faults, "until").copied());
                let latest = today.checked_add(LONGEST_PAUSE.days()).map_err(Error::internal)?;
                if until.is_some_and(|until| until < today || until > latest) {
                    faults.add("until", Problem::NotAllowed);
                }
                let note = note(text, &mut faults);
                faults.finish()?;
                let until = until.ok_or_else(|| Error::internal("a field was neither given nor faulty"))?;
                store::set_paused(w, ledger.id, Some(until)).await?;
                let mut data = json!({"until": [null, until.to_string()]});
                if let (Some(note), Some(data)) = (note, data.as_object_mut()) {
                    data.insert("note".to_owned(), json!([null, note]));
                }
                w.change(ledger.change("ledger.steps_paused").data(data.to_string()));
                Ok(())
            })
            .await
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn resume_steps(&self, caller: &Caller, property: PropertyId, ledger: Uuid) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                if !store::paused(w, &[ledger.id], ledger.today(w)).await?.is_empty() {
                    store::set_paused(w, ledger.id, None).await?;
                    w.change(ledger.change("ledger.steps_resumed"));
                }
                Ok(())
            })
            .await
    }

    /// Mails a reminder of what is overdue, in the language of whom it is for; once a day at most.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] `not_overdue`, `no_email`, `reminded_today`.
    pub async fn remind(&self, caller: &Caller, property: PropertyId, ledger: Uuid) -> Result<MessageId> {
        let base = self.0.public_url().to_owned();
        self.0
            .write(caller, async move |w, actor| {
                let ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                let (person, zone, today) = (ledger.person_id, ledger.zone(), ledger.today(w));
                if store::reminded_at(w, ledger.id).await?.is_some_and(|at| zone.date(at) == today) {
                    return Err(Error::Conflict("reminded_today"));
                }
                let view = shown(w, ledger.clone()).await?;
                let since = view.overdue_since.ok_or(Error::Conflict("not_overdue"))?;
                let (to, language, organization, at) = tokio::try_join!(
                    store::email_of(w, person),
                    message::language::of(w, person),
                    organization::get(w),
                    store::name_of_place(w, property)
                )?;
                let to = to.filter(|to| !to.trim().is_empty()).ok_or(Error::Conflict("no_email"))?;
                let sum = language.money(view.overdue, ledger.currency);
                let place = format!("{at}, {}", view.unit.number);
                let (subject, text, html) =
                    templates::reminder(language, &base, &organization.name, &place, &sum, since);
                let mail = Mail { person, kind: "reminder", to, subject, text, html: Some(html) };
                let id = message::queue(w, &mail).await?;
                noted(w, &ledger, "ledger.reminded").await?;
                Ok(id)
            })
            .await
    }

    /// What follows in a property when a charge is not paid in time, for whoever sets it.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn rules(&self, caller: &Caller, property: PropertyId) -> Result<TheRules> {
        self.0
            .read(caller, async move |r, actor| {
                let place = place(r, actor, Action::ManageProperties, property).await?;
                let (rules, name) = tokio::try_join!(arrears::rules(r, &place), store::name_of_place(r, property))?;
                Ok(TheRules { property: name, rules, currency: place.currency })
            })
            .await
    }

    /// Sets what follows in a property when a charge is not paid in time.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] at `late_fee`, `steps`.
    pub async fn set_rules(&self, caller: &Caller, property: PropertyId, rules: Rules) -> Result<()> {
        self.0
            .write(caller, async move |w, actor| {
                let place = place(w, actor, Action::ManageProperties, property).await?;
                let mut faults = Faults::new();
                let days = |days: i32| (1..=MOST_DAYS).contains(&days);
                if rules.late_fee.is_some_and(|fee| !days(fee.after_days) || !(0..=MOST).contains(&fee.amount)) {
                    faults.add("late_fee", Problem::NotAllowed);
                }
                if rules.steps.iter().any(|rule| !days(rule.after_days)) {
                    faults.add("steps", Problem::NotAllowed);
                }
                faults.finish()?;
                let data = differences(&arrears::rules(w, &place).await?, &rules);
                arrears::set_rules(w, &place, &rules).await?;
                w.change(Change::new("property.delinquency_rules_set", property).property(property).data(data));
                Ok(())
            })
            .await
    }
}

fn note(field: &Field<Option<String>>, faults: &mut Faults) -> Option<String> {
    let text = field.given().cloned().flatten().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())?;
    if text.chars().count() > LONGEST {
        faults.add("note", Problem::TooLong(LONGEST));
    }
    Some(text)
}

fn differences(old: &Rules, new: &Rules) -> String {
    let mut diff = Diff::default();
    diff.field("late_fee", &old.late_fee.map(|f| f.amount), &new.late_fee.map(|f| f.amount));
    diff.field("late_fee_after", &old.late_fee.map(|f| f.after_days), &new.late_fee.map(|f| f.after_days));
    for step in Step::ALL {
        let after = |rules: &Rules| rules.steps.iter().find(|rule| rule.step == step).map(|rule| rule.after_days);
        diff.field(step.as_str(), &after(old), &after(new));
    }
    diff.json()
}
