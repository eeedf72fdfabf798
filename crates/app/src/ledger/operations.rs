//! What moves a ledger: payments, charges, credits, reversals, moving in and out, and its terms.

use db::Write;
use kernel::{Action, Caller, Date, Draft, Error, Instant, Problem, PropertyId, Result};
use uuid::Uuid;

use super::{
    LedgerView, Ledgers, get,
    movement::{self, Insurance, MoveIn},
    payment::{self, MOST, Payment, Receipt},
    place,
    post::{self, Kind, New},
    shown,
    store::{self, Entry, Ledger},
};
use crate::{
    access::{Resource, require},
    diff::Diff,
    resident,
};

/// A charge or credit beside the rent.
#[derive(Clone, Debug)]
pub struct Extra {
    /// How much, above 0.
    pub amount: i64,
    /// What it is, for people.
    pub text: String,
    /// A word that groups such entries.
    pub code: String,
    /// Its date; today when not given.
    pub on: Option<Date>,
    /// The same key again writes nothing and gets the first answer.
    pub key: Option<String>,
}

#[operations::compiled_here]
impl Ledgers<'_> {
    /// Pays. The same idempotency key again pays nothing and gets the first answer.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] on `payment.amount`, `payment.months`;
    /// [`Error::Conflict`] `payments_blocked`, `partial_payment_disabled`, `nothing_to_pay`.
    pub async fn pay(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        draft: Draft<Payment>,
    ) -> Result<Receipt> {
        self.0
            .write(caller, async move |w, actor| {
                let mut ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                let (payment, faults) = draft.open()?;
                payment::pay(w, &mut ledger, payment, faults).await
            })
            .await
    }

    /// Charges something beside the rent.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`]; [`Error::Conflict`] `amount_too_large`.
    pub async fn charge(&self, caller: &Caller, property: PropertyId, ledger: Uuid, extra: Extra) -> Result<Entry> {
        self.extra(caller, property, ledger, extra, Kind::Charge).await
    }

    /// Gives a credit.
    ///
    /// # Errors
    /// As [`Ledgers::charge`].
    pub async fn credit(&self, caller: &Caller, property: PropertyId, ledger: Uuid, extra: Extra) -> Result<Entry> {
        self.extra(caller, property, ledger, extra, Kind::Credit).await
    }

    async fn extra(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        extra: Extra,
        kind: Kind,
    ) -> Result<Entry> {
        self.0
            .write(caller, async move |w, actor| {
                let mut ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                if !(1..=MOST).contains(&extra.amount) {
                    return Err(Error::invalid("amount", Problem::NotAllowed));
                }
                let amount = if kind == Kind::Charge { extra.amount } else { -extra.amount };
                let cause = extra.key.as_ref().map(|key| format!("extra:{key}"));
                if let Some(cause) = &cause
                    && let Some(entry) = store::entry_by_cause(w, ledger.id, cause).await?
                {
                    return Ok(entry);
                }
                let on = extra.on.unwrap_or(ledger.today(w));
                let cause = cause.as_deref();
                let new = New { text: &extra.text, code: &extra.code, cause, ..New::plain(kind, amount, on) };
                let (_, uid) = post::post(w, &mut ledger, &new).await?;
                let action = if kind == Kind::Charge { "ledger.charged" } else { "ledger.credited" };
                noted(w, &ledger, action).await?;
                post::find(w, &ledger, uid).await
            })
            .await
    }

    /// Undoes an entry with another one.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] `already_reversed`, `is_a_reversal`.
    pub async fn reverse(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        entry: Uuid,
        text: String,
    ) -> Result<Entry> {
        self.0
            .write(caller, async move |w, actor| {
                let mut ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                let entry = post::find(w, &ledger, entry).await?;
                let on = ledger.today(w);
                let (_, uid) = post::reverse(w, &mut ledger, &entry, on, &text).await?;
                noted(w, &ledger, "ledger.reversed").await?;
                post::find(w, &ledger, uid).await
            })
            .await
    }

    /// Takes a reversal back: what it undid is written again, once.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] `no_reversal`.
    pub async fn restore(&self, caller: &Caller, property: PropertyId, ledger: Uuid, reversal: Uuid) -> Result<Entry> {
        self.0
            .write(caller, async move |w, actor| {
                let mut ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                let reversal = post::find(w, &ledger, reversal).await?;
                let cause = format!("again:{}", reversal.id);
                if let Some(entry) = store::entry_by_cause(w, ledger.id, &cause).await? {
                    return Ok(entry);
                }
                let undone = store::reversed_by(w, ledger.id, reversal.id).await?;
                let was = undone.ok_or(Error::Conflict("no_reversal"))?;
                let new = New {
                    service: was.service_from.zip(was.service_to),
                    code: &was.code,
                    text: &was.text,
                    cause: Some(&cause),
                    method: was.method.as_deref(),
                    ..New::plain(was.kind, was.amount, was.effective_on)
                };
                let (_, uid) = post::post(w, &mut ledger, &new).await?;
                noted(w, &ledger, "ledger.restored").await?;
                post::find(w, &ledger, uid).await
            })
            .await
    }

    /// Sets the day of the month on which later periods begin. What was billed stays; the period in between is a short
    /// one.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] on `billing_day`.
    pub async fn set_billing_day(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        day: i64,
    ) -> Result<LedgerView> {
        self.0
            .write(caller, async move |w, actor| {
                let ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                if !(1..=31).contains(&day) {
                    return Err(Error::invalid("billing_day", Problem::NotAllowed));
                }
                let mut diff = Diff::default();
                diff.field("billing_day", &ledger.billing_day, &day);
                if !diff.is_empty() {
                    store::set_billing_day(w, ledger.id, day).await?;
                    w.change(ledger.change("ledger.updated").data(diff.json()));
                }
                shown(w, store::by_id(w, ledger.id).await?).await
            })
            .await
    }

    /// Moves in: tenancy, account, ledger, first charge and invoice.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] on `unit`, `person`, `account`, `rent`,
    /// `billing_day`, `insurance`; [`Error::Conflict`] `unit_occupied`, `unit_unrentable`, `person_archived`,
    /// `not_eligible`.
    pub async fn move_in(&self, caller: &Caller, property: PropertyId, draft: Draft<MoveIn>) -> Result<LedgerView> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageTenancies, Resource::Of(Some(property)))?;
                let place = place(w, actor, Action::ManageMoney, property).await?;
                let (input, faults) = draft.open()?;
                let id = movement::move_in(w, &place, input, faults).await?;
                shown(w, store::by_id(w, id).await?).await
            })
            .await
    }

    /// Moves out at an instant: the tenancy ends, the ledger closes, its balance stays.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] on `at` before the start; [`Error::Conflict`]
    /// `moved_out_already`.
    pub async fn move_out(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        at: Instant,
    ) -> Result<LedgerView> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManageTenancies, Resource::Of(Some(property)))?;
                let ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                movement::move_out(w, &ledger, at).await?;
                shown(w, store::by_id(w, ledger.id).await?).await
            })
            .await
    }

    /// Sets the rent of the periods that begin on `from` or later, and were not charged yet.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] on `rent`.
    pub async fn set_rent(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        amount: i64,
        from: Date,
    ) -> Result<LedgerView> {
        self.0
            .write(caller, async move |w, actor| {
                let mut ledger = get(w, actor, Action::ManageMoney, property, ledger).await?;
                movement::set_rent(w, &mut ledger, amount, from).await?;
                shown(w, store::by_id(w, ledger.id).await?).await
            })
            .await
    }

    /// Sets what opens the gate.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn set_gate_code(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        code: Draft<Option<String>>,
    ) -> Result<LedgerView> {
        let code = move |ledger: &mut Ledger| {
            let (code, faults) = code.open()?;
            faults.finish()?;
            ledger.gate_access_code.clone_from(code);
            Ok(())
        };
        self.set_terms(caller, property, ledger, Action::ManageTenancies, code).await
    }

    /// Sets the day of the month on which it is paid by itself; none switches that off.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] on `autopay_day`.
    pub async fn set_autopay(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        day: Option<i64>,
    ) -> Result<LedgerView> {
        let set = move |ledger: &mut Ledger| {
            if day.is_some_and(|day| !(1..=31).contains(&day)) {
                return Err(Error::invalid("autopay_day", Problem::NotAllowed));
            }
            ledger.autopay_day = day;
            Ok(())
        };
        self.set_terms(caller, property, ledger, Action::ManageMoney, set).await
    }

    /// Sets the insurance that is charged with the rent; none ends it.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] on `insurance`.
    pub async fn set_insurance(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        insurance: Option<Insurance>,
    ) -> Result<LedgerView> {
        let set = move |ledger: &mut Ledger| {
            if insurance.as_ref().is_some_and(|i| !(0..=MOST).contains(&i.premium)) {
                return Err(Error::invalid("insurance", Problem::NotAllowed));
            }
            ledger.insurance_premium = insurance.as_ref().map(|i| i.premium);
            ledger.insurance_text = insurance.as_ref().map(|i| i.text.clone());
            Ok(())
        };
        self.set_terms(caller, property, ledger, Action::ManageMoney, set).await
    }

    async fn set_terms(
        &self,
        caller: &Caller,
        property: PropertyId,
        ledger: Uuid,
        action: Action,
        set: impl Fn(&mut Ledger) -> Result<()> + Send + 'static,
    ) -> Result<LedgerView> {
        self.0
            .write(caller, async move |w, actor| {
                let old = get(w, actor, action, property, ledger).await?;
                require(actor, Action::ViewMoney, Resource::Of(Some(property)))?;
                let mut new = old.clone();
                set(&mut new)?;
                let mut diff = Diff::default();
                if old.gate_access_code != new.gate_access_code {
                    diff.secret("gate_access_code");
                }
                diff.field("autopay_day", &old.autopay_day, &new.autopay_day);
                diff.field("insurance_premium", &old.insurance_premium, &new.insurance_premium);
                diff.field("insurance", &old.insurance_text, &new.insurance_text);
                if !diff.is_empty() {
                    store::update_terms(w, &new).await?;
                    w.change(new.change("ledger.updated").data(diff.json()));
                }
                shown(w, store::by_id(w, new.id).await?).await
            })
            .await
    }
}

/// Notes what happened to the ledger; its person counts as changed.
pub(super) async fn noted(w: &Write, ledger: &Ledger, action: &'static str) -> Result<()> {
    resident::touch(w, ledger.person_id).await?;
    w.change(ledger.change(action));
    Ok(())
}
