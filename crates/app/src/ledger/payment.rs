//! Payments. What a card or a bank account says is never stored: a word, and the last four digits at most.

use db::{Read, Write};
use kernel::{Date, Error, Faults, Instant, Problem, Result};
use uuid::Uuid;

use super::{
    post::{self, Kind, New},
    store::{self, Entry, Ledger},
};
use crate::resident;

/// The most that one entry or rent may be, in minor units.
pub const MOST: i64 = 1_000_000_000_000;
/// The most periods that are paid ahead at once.
pub const MOST_MONTHS: i64 = 120;
const LONGEST_KEY: usize = 255;

/// How much is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// This much, at most what is owed.
    Custom {
        /// In minor units.
        amount: i64,
    },
    /// What is owed, and so many periods ahead.
    Prepay {
        /// How many.
        months: i64,
    },
    /// What is owed.
    Balance,
    /// What the staff received, on a day: also a part of what is owed, or more than that.
    Received {
        /// In minor units.
        amount: i64,
        /// The day on which it came in.
        on: Date,
    },
}

/// By which means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// In cash.
    Cash,
    /// By cheque.
    Check,
    /// By card.
    CreditCard,
    /// From a bank account.
    Ach,
}

impl Means {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cash, Self::Check, Self::CreditCard, Self::Ach];

    /// The word stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Check => "check",
            Self::CreditCard => "credit_card",
            Self::Ach => "ach",
        }
    }
}

/// How something is paid: the means, and at most four digits to tell one card or account from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// By which means.
    pub means: Means,
    last_four: Option<String>,
}

impl Method {
    /// A method; of a number only the last four digits are kept, from here on.
    #[must_use]
    pub fn new(means: Means, number: Option<&str>) -> Self {
        let digits: Vec<char> = number.unwrap_or("").chars().filter(char::is_ascii_digit).collect();
        let last_four: String = digits[digits.len().saturating_sub(4)..].iter().collect();
        Self { means, last_four: Some(last_four).filter(|s| !s.is_empty()) }
    }

    /// The last four digits of the card or account.
    #[must_use]
    pub fn last_four(&self) -> Option<&str> {
        self.last_four.as_deref()
    }

    fn stored(&self) -> String {
        match &self.last_four {
            Some(digits) => format!("{}:{digits}", self.means.as_str()),
            None => self.means.as_str().to_owned(),
        }
    }

    fn read(s: &str) -> Option<Self> {
        let (word, digits) = s.split_once(':').unwrap_or((s, ""));
        let means = Means::ALL.into_iter().find(|m| m.as_str() == word)?;
        Some(Self::new(means, Some(digits)))
    }
}

/// A payment to be.
#[derive(Clone, Debug)]
pub struct Payment {
    /// How much.
    pub kind: Amount,
    /// How.
    pub method: Method,
    /// The same key again pays nothing and gets the first answer.
    pub idempotency_key: Option<String>,
}

/// A payment that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its uid.
    pub uid: Uuid,
    /// How much, above 0.
    pub amount: i64,
    /// When.
    pub at: Instant,
    /// How.
    pub method: Option<Method>,
    /// Whether it stands: false once it was reversed.
    pub success: bool,
}

impl Receipt {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            uid: entry.uid,
            amount: entry.amount.saturating_neg(),
            at: entry.created_at,
            method: entry.method.as_deref().and_then(Method::read),
            success: !entry.reversed,
        }
    }
}

/// Pays.
pub async fn pay(w: &Write, ledger: &mut Ledger, payment: &Payment, mut faults: Faults) -> Result<Receipt> {
    let cause = payment.idempotency_key.as_ref().map(|key| format!("pay:{key}"));
    if cause.as_ref().is_some_and(|c| c.len() > LONGEST_KEY) {
        faults.add_at(vec!["payment".into(), "idempotency_key".into()], Problem::TooLong(LONGEST_KEY - 4));
    } else if let Some(cause) = &cause
        && let Some(entry) = store::entry_by_cause(w, ledger.id, cause).await?
    {
        return Ok(Receipt::of(&entry));
    }
    if store::blocks_payments(w, ledger.account_id).await? {
        return Err(Error::Conflict("payments_blocked"));
    }
    let owed = ledger.balance.max(0);
    let amount = match payment.kind {
        Amount::Balance => owed,
        Amount::Custom { amount } => {
            if is_set(w, ledger, "tenant_portal_disable_partial_payment").await? {
                return Err(Error::Conflict("partial_payment_disabled"));
            }
            if amount <= 0 || amount > owed {
                faults.add_at(vec!["payment".into(), "amount".into()], Problem::NotAllowed);
            }
            amount
        }
        Amount::Prepay { months } => {
            if !(1..=MOST_MONTHS).contains(&months) {
                faults.add_at(vec!["payment".into(), "months".into()], Problem::NotAllowed);
            }
            let period = ledger.rent.checked_add(ledger.insurance_premium.unwrap_or(0));
            let months = months.clamp(1, MOST_MONTHS);
            let ahead = period.and_then(|p| p.checked_mul(months)).and_then(|sum| sum.checked_add(owed));
            ahead.ok_or_else(post::too_much)?
        }
        Amount::Received { amount, on } => {
            if !(1..=MOST).contains(&amount) {
                faults.add("amount", Problem::NotAllowed);
            }
            if on > ledger.today(w) {
                faults.add("on", Problem::NotAllowed);
            }
            amount
        }
    };
    faults.finish()?;
    if amount == 0 {
        return Err(Error::Conflict("nothing_to_pay"));
    }
    let method = payment.method.stored();
    let on = match payment.kind {
        Amount::Received { on, .. } => on,
        _ => ledger.today(w),
    };
    let new = New {
        text: "Payment",
        cause: cause.as_deref(),
        method: Some(&method),
        ..New::plain(Kind::Payment, amount.checked_neg().ok_or_else(post::too_much)?, on)
    };
    let (_, uid) = post::post(w, ledger, &new).await?;
    resident::touch(w, ledger.person_id).await?;
    w.change(ledger.change("ledger.paid"));
    Ok(Receipt { uid, amount, at: w.now(), method: Some(payment.method.clone()), success: true })
}

/// Whether a switch of the property is on.
async fn is_set(r: &Read, ledger: &Ledger, name: &str) -> Result<bool> {
    Ok(store::setting(r, ledger.property_id, name).await?.as_deref() == Some("true"))
}
