//! Billing dates: the same day of every month, and the last one where a month is shorter.

use jiff::ToSpan as _;
use kernel::{Date, Error, Result};

/// Days that are billed together, and how much of a whole period they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    days: i32,
    of: i32,
}

impl Period {
    /// The period that begins at `from`; a short one where that is no billing date.
    pub fn from(day: i64, from: Date) -> Result<Self> {
        let (begin, next) = (on_or_before(day, from)?, after(day, from)?);
        let to = next.yesterday().map_err(Error::internal)?;
        Ok(Self { from, to, days: (next - from).get_days(), of: (next - begin).get_days() })
    }

    /// Whether it is a part of a period only.
    pub const fn is_short(&self) -> bool {
        self.days != self.of
    }

    /// Its share of what a whole period costs, rounded half up.
    pub fn share(&self, amount: i64) -> Result<i64> {
        if !self.is_short() {
            return Ok(amount);
        }
        let (days, of) = (i128::from(self.days), i128::from(self.of));
        i64::try_from((i128::from(amount) * days * 2 + of).div_euclid(of * 2)).map_err(Error::internal)
    }
}

/// The first billing date on or after a date.
pub fn on_or_after(day: i64, date: Date) -> Result<Date> {
    let this = in_month_of(date, day)?;
    if this >= date {
        return Ok(this);
    }
    in_month_of(date.first_of_month().checked_add(1.month()).map_err(Error::internal)?, day)
}

/// The first billing date after a date.
pub fn after(day: i64, date: Date) -> Result<Date> {
    on_or_after(day, date.tomorrow().map_err(Error::internal)?)
}

fn on_or_before(day: i64, date: Date) -> Result<Date> {
    let this = in_month_of(date, day)?;
    if this <= date {
        return Ok(this);
    }
    in_month_of(date.first_of_month().yesterday().map_err(Error::internal)?, day)
}

fn in_month_of(date: Date, day: i64) -> Result<Date> {
    let day = day.clamp(1, i64::from(date.days_in_month()));
    Date::new(date.year(), date.month(), i8::try_from(day).map_err(Error::internal)?).map_err(Error::internal)
}

/// Whole months from one date to another; none when it is earlier.
pub fn months(from: Date, to: Date) -> i64 {
    let months = i64::from(to.year() - from.year()) * 12 + i64::from(to.month() - from.month());
    let begun = in_month_of(to, i64::from(from.day())).is_ok_and(|d| to < d);
    (months - i64::from(begun)).max(0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn run(day: i64, first: Date, count: usize) -> Vec<String> {
        std::iter::successors(Some(first), |d| after(day, *d).ok()).take(count).map(|d| d.to_string()).collect()
    }

    #[test]
    fn the_last_days_of_a_month_come_back_in_longer_ones() {
        assert_eq!(
            run(31, date(2026, 1, 31), 5),
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
        );
        assert_eq!(run(30, date(2027, 12, 30), 4), ["2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30"]);
        assert_eq!(run(29, date(2027, 1, 29), 3), ["2027-01-29", "2027-02-28", "2027-03-29"]);
        assert_eq!(run(29, date(2028, 1, 29), 3), ["2028-01-29", "2028-02-29", "2028-03-29"]);
        assert_eq!(run(1, date(2026, 11, 1), 3), ["2026-11-01", "2026-12-01", "2027-01-01"]);
    }

    #[test]
    fn a_period_ends_on_the_day_before_the_next() {
        let p = Period::from(31, date(2028, 1, 31)).unwrap();
        assert_eq!((p.to, p.is_short(), p.share(99_999).unwrap()), (date(2028, 2, 28), false, 99_999));
        let p = Period::from(31, date(2028, 2, 29)).unwrap();
        assert_eq!((p.to, p.is_short()), (date(2028, 3, 30), false));
        let p = Period::from(1, date(2026, 2, 15)).unwrap();
        assert_eq!((p.to, p.share(28_000).unwrap(), p.share(1).unwrap()), (date(2026, 2, 28), 14_000, 1));
        let p = Period::from(1, date(2026, 1, 31)).unwrap();
        assert_eq!((p.share(3_100).unwrap(), p.share(15).unwrap(), p.share(16).unwrap()), (100, 0, 1));
    }

    #[test]
    fn months_are_whole_ones() {
        assert_eq!(months(date(2026, 1, 31), date(2026, 2, 27)), 0);
        assert_eq!(months(date(2026, 1, 31), date(2026, 2, 28)), 1);
        assert_eq!(months(date(2026, 1, 15), date(2027, 1, 14)), 11);
        assert_eq!(months(date(2026, 1, 15), date(2027, 1, 15)), 12);
        assert_eq!(months(date(2026, 1, 15), date(2025, 1, 15)), 0);
    }

    proptest! {
        /// Periods follow each other without a gap, one a month, and a period's shares add up.
        #[test]
        fn periods_have_no_gaps(day in 1i64..=31, year in 1970i16..2400, month in 1i8..=12, start in 1i8..=28) {
            let mut from = date(year, month, start);
            for _ in 0..30 {
                let p = Period::from(day, from).unwrap();
                prop_assert!(p.to >= p.from && p.days <= p.of && (28..=31).contains(&p.of));
                from = p.to.tomorrow().unwrap();
                let next = Period::from(day, from).unwrap();
                prop_assert!(!next.is_short());
                prop_assert_eq!(i64::from(from.day()), day.min(i64::from(from.days_in_month())));
            }
        }
    }
}
