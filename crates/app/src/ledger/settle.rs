//! Which payment settles which charge: the oldest charge first, with the oldest money first.

use kernel::{Date, EntryId};

/// What of an entry is not settled: positive of a charge, negative of a payment or credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// The entry.
    pub id: EntryId,
    /// Its date.
    pub on: Date,
    /// How much of it is open.
    pub amount: i64,
}

/// How much of which credit settles which charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// The payment or credit.
    pub credit: EntryId,
    /// The charge.
    pub charge: EntryId,
    /// How much, above 0.
    pub amount: i64,
}

/// Settles charges with credits until one side is used up. The sum of what is open stays.
pub fn settle(open: &mut [Open]) -> Vec<Share> {
    let side = |open: &[Open], sign: i64| {
        let mut found: Vec<usize> = (0..open.len()).filter(|i| open[*i].amount.signum() == sign).collect();
        found.sort_by_key(|i| (open[*i].on, open[*i].id));
        found
    };
    let (charges, credits) = (side(open, 1), side(open, -1));
    let (mut charges, mut credits) = (charges.into_iter().peekable(), credits.into_iter().peekable());
    let mut shares = Vec::new();
    while let (Some(charge), Some(credit)) = (charges.peek().copied(), credits.peek().copied()) {
        let amount = open[charge].amount.min(open[credit].amount.saturating_neg());
        shares.push(Share { credit: open[credit].id, charge: open[charge].id, amount });
        open[charge].amount -= amount;
        open[credit].amount += amount;
        if open[charge].amount == 0 {
            charges.next();
        }
        if open[credit].amount == 0 {
            credits.next();
        }
    }
    shares
}
