//! Arrears: what follows when a charge is not paid in time, as the property's rules say.

use std::collections::{BTreeSet, HashMap, HashSet};

use db::{Read, Write};
use kernel::{AccountId, Date, LedgerId, PropertyId, Result};
use serde::{Deserialize, Serialize};

use super::{
    post::{self, Kind, LATE_FEE, New},
    store::{self, Ledger, Place},
};

/// The name of the property's setting.
const SETTING: &str = "delinquency";

/// Something that is done about a ledger in arrears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The gate does not open any more.
    GateLockout,
    /// A second lock is put on.
    Overlock,
    /// The tenant's lock is cut.
    CutLock,
    /// What is inside is pledged.
    Lien,
    /// What is inside is sold.
    Auction,
}

impl Step {
    /// All steps, in their usual order.
    pub const ALL: [Self; 5] = [Self::GateLockout, Self::Overlock, Self::CutLock, Self::Lien, Self::Auction];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GateLockout => "gate_lockout",
            Self::Overlock => "overlock",
            Self::CutLock => "cut_lock",
            Self::Lien => "lien",
            Self::Auction => "auction",
        }
    }

    /// The step of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

/// What follows when, in days after the date of the oldest charge that is not paid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// A fee, once for each charge that becomes the oldest.
    #[serde(default)]
    pub late_fee: Option<LateFee>,
    /// Steps, each once until the ledger is settled.
    #[serde(default)]
    pub steps: Vec<StepRule>,
}

/// A fee for being late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateFee {
    /// After so many days.
    pub after_days: i32,
    /// How much, in minor units.
    pub amount: i64,
}

/// When a step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRule {
    /// Which one.
    pub step: Step,
    /// After so many days.
    pub after_days: i32,
}

impl Rules {
    /// What holds where a property has no rules of its own: self storage has its usual steps, homes have none.
    #[must_use]
    pub fn of_kind(kind: &str) -> Self {
        if kind != "storage" {
            return Self::default();
        }
        let days = [5, 10, 30, 45, 60];
        let steps = Step::ALL.into_iter().zip(days).map(|(step, after_days)| StepRule { step, after_days });
        Self { late_fee: None, steps: steps.collect() }
    }
}

/// The rules of a property.
pub async fn rules(r: &Read, place: &Place) -> Result<Rules> {
    let Some(text) = store::setting(r, place.id, SETTING).await? else { return Ok(Rules::of_kind(&place.kind)) };
    Ok(serde_json::from_str(&text).unwrap_or_else(|error| {
        tracing::warn!(property = place.id.get(), %error, "the rules for arrears cannot be read; none are followed");
        Rules::default()
    }))
}

/// Stores the rules of a property.
pub async fn set_rules(w: &Write, place: &Place, rules: &Rules) -> Result<()> {
    let text = serde_json::to_string(rules).map_err(kernel::Error::internal)?;
    store::set_setting(w, place.id, SETTING, &text).await
}

/// Does what is due about ledgers in arrears in a property, at most so many; answers how many it looked at.
pub async fn run(w: &Write, property: PropertyId, most: u32) -> Result<u64> {
    let Some(place) = store::place(w, property).await? else { return Ok(0) };
    let (rules, today) = (rules(w, &place).await?, place.today(w));
    let late = store::in_arrears(w, property, today, most).await?;
    let ids: Vec<LedgerId> = late.iter().map(|l| l.id).collect();
    let accounts: Vec<AccountId> = late.iter().map(|l| l.account_id).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    let (steps, open, fees, paused) = tokio::try_join!(
        store::steps(w, &ids),
        store::open_entries(w, &ids),
        store::late_fees(w, &ids),
        store::paused(w, &ids, today)
    )?;
    let paused: HashSet<LedgerId> = paused.into_iter().map(|p| p.ledger_id).collect();
    let mut steps: HashSet<(LedgerId, String)> = steps.into_iter().map(|s| (s.ledger_id, s.step)).collect();
    let fees: HashSet<(LedgerId, String)> = fees.into_iter().map(|f| (f.ledger_id, f.cause)).collect();
    // A fee for being late is no reason for another one.
    let mut since: HashMap<LedgerId, Date> = HashMap::new();
    for e in open.iter().filter(|e| e.open > 0 && e.code != LATE_FEE) {
        let oldest = since.entry(e.ledger_id).or_insert(e.effective_on);
        *oldest = e.effective_on.min(*oldest);
    }
    for mut ledger in late.into_iter().filter(|l| !paused.contains(&l.id)) {
        let days = ledger.unpaid_since.map_or(0, |on| (today - on).get_days());
        for rule in rules.steps.iter().filter(|rule| days >= rule.after_days) {
            if steps.insert((ledger.id, rule.step.as_str().to_owned())) {
                store::insert_step(w, ledger.id, rule.step.as_str(), today).await?;
                let data = format!(r#"{{"step":[null,"{}"]}}"#, rule.step.as_str());
                w.change(ledger.change("ledger.step_taken").data(data));
            }
        }
        let due = rules.late_fee.zip(since.get(&ledger.id).copied());
        if let Some((fee, on)) = due.filter(|(fee, on)| (today - *on).get_days() >= fee.after_days && fee.amount > 0) {
            let cause = format!("late:{on}");
            if !fees.contains(&(ledger.id, cause.clone())) {
                charge_fee(w, &mut ledger, fee.amount, today, &cause).await?;
            }
        }
    }
    store::touch_accounts(w, &accounts).await?;
    store::looked_at(w, &ids, today).await?;
    Ok(ids.len() as u64)
}

async fn charge_fee(w: &Write, ledger: &mut Ledger, amount: i64, on: Date, cause: &str) -> Result<()> {
    let new = New { code: LATE_FEE, text: "Late fee", cause: Some(cause), ..New::plain(Kind::Charge, amount, on) };
    post::post(w, ledger, &new).await?;
    w.change(ledger.change("ledger.charged"));
    Ok(())
}

/// Until when nothing follows, for those of these ledgers of which that is so today.
pub async fn paused(r: &Read, ledgers: &[LedgerId], today: Date) -> Result<HashMap<LedgerId, Date>> {
    Ok(store::paused(r, ledgers, today).await?.into_iter().map(|p| (p.ledger_id, p.until)).collect())
}

/// The steps taken about these ledgers, each of them.
pub async fn taken(r: &Read, ledgers: &[LedgerId]) -> Result<HashMap<LedgerId, BTreeSet<Step>>> {
    let mut out: HashMap<LedgerId, BTreeSet<Step>> = HashMap::new();
    for done in store::steps(r, ledgers).await? {
        out.entry(done.ledger_id).or_default().extend(Step::parse(&done.step));
    }
    Ok(out)
}
