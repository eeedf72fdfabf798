//! Instants on the wire (section 7).

use std::fmt;

use kernel::Instant;
use serde::{Serialize, Serializer};

const DAY: i64 = 86_400_000_000;
/// 0001-01-01 and 10000-01-01 in days since 1970: the calendar of both ends of the wire.
const FIRST_DAY: i64 = -719_162;
const END_DAY: i64 = 2_932_897;

/// An instant as `MM/DD/YYYY HH:MM:SS` in UTC, the `dt` form. Instants outside the years 1 to 9999 are cut to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String, example = "11/21/2026 16:28:41")]
pub struct Dt(pub Instant);

/// An instant as `YYYY-MM-DDThh:mm:ss.ffffffZ`, the `iso` form. Cut like [`Dt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String, example = "2026-11-21T16:28:49.635589Z")]
pub struct Iso(pub Instant);

/// A civil date and time of the years 1 to 9999.
#[derive(Clone, Copy)]
struct Civil {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    micros: u32,
}

/// Howard Hinnant's `civil_from_days`, on a range where all numbers are positive.
fn civil(at: Instant) -> Civil {
    let us = at.micros().clamp(FIRST_DAY * DAY, END_DAY * DAY - 1);
    let of_day = us.rem_euclid(DAY) as u64;
    let days = (us.div_euclid(DAY) + 719_468) as u32;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let seconds = (of_day / 1_000_000) as u32;
    Civil {
        year: era * 400 + year_of_era + u32::from(month <= 2),
        month,
        day: of_year - (153 * shifted + 2) / 5 + 1,
        hour: seconds / 3600,
        minute: seconds / 60 % 60,
        second: seconds % 60,
        micros: (of_day % 1_000_000) as u32,
    }
}

/// `days_from_civil`, for a date known to exist.
fn days(year: u32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted = i64::from(if month > 2 { month - 3 } else { month + 9 });
    let of_year = (153 * shifted + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

const fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The instant of a civil date and time, if there is one: no 30 February, no 24:00, no leap second, no year 0.
fn instant(c: Civil) -> Option<Instant> {
    let good = (1..=9999).contains(&c.year)
        && (1..=12).contains(&c.month)
        && (1..=days_in(c.year, c.month)).contains(&c.day)
        && c.hour < 24
        && c.minute < 60
        && c.second < 60;
    let of_day = i64::from(c.hour * 3600 + c.minute * 60 + c.second) * 1_000_000 + i64::from(c.micros);
    good.then(|| Instant::from_micros(days(c.year, c.month, c.day) * DAY + of_day))
}

/// Writes `n` with as many digits as `to` has bytes.
fn digits<const N: usize>(to: &mut [u8], at: usize, mut n: u32) {
    for slot in to[at..at + N].iter_mut().rev() {
        *slot = b'0' + (n % 10) as u8;
        n /= 10;
    }
}

impl Dt {
    fn bytes(self) -> [u8; 19] {
        let c = civil(self.0);
        let mut b = *b"MM/DD/YYYY HH:MM:SS";
        digits::<2>(&mut b, 0, c.month);
        digits::<2>(&mut b, 3, c.day);
        digits::<4>(&mut b, 6, c.year);
        digits::<2>(&mut b, 11, c.hour);
        digits::<2>(&mut b, 14, c.minute);
        digits::<2>(&mut b, 17, c.second);
        b
    }
}

impl Iso {
    fn bytes(self) -> [u8; 27] {
        let c = civil(self.0);
        let mut b = *b"YYYY-MM-DDTHH:MM:SS.FFFFFFZ";
        digits::<4>(&mut b, 0, c.year);
        digits::<2>(&mut b, 5, c.month);
        digits::<2>(&mut b, 8, c.day);
        digits::<2>(&mut b, 11, c.hour);
        digits::<2>(&mut b, 14, c.minute);
        digits::<2>(&mut b, 17, c.second);
        digits::<6>(&mut b, 20, c.micros);
        b
    }
}

macro_rules! as_text {
    ($($form:ident),*) => {$(
        impl Serialize for $form {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(std::str::from_utf8(&self.bytes()).unwrap_or_default())
            }
        }
        impl fmt::Display for $form {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(std::str::from_utf8(&self.bytes()).unwrap_or_default())
            }
        }
    )*};
}
as_text!(Dt, Iso);

/// A lease date as sent: `YYYY-MM-DDThh:mm:ss.fZ` with 1 to 6 digits of fraction, or the `dt` form. Single digits
/// where two are usual, small `t` and `z` and a space before a single-digit day are fine, as they were for the
/// original's `strptime`.
#[must_use]
pub fn lease_date(text: &str) -> Option<Instant> {
    read(text, strptime).or_else(|| dt(text))
}

/// A `lastActive` as sent: ISO 8601 (calendar or week date, extended or basic; then, if given, a time, its fraction
/// cut after 6 digits, and an offset, else UTC), or the `dt` form.
#[must_use]
pub fn last_active(text: &str) -> Option<Instant> {
    read(text, iso).or_else(|| dt(text))
}

/// The `dt` form as it was shown, so that an answer can be sent back.
fn dt(text: &str) -> Option<Instant> {
    read(text, |s| {
        let month = s.up_to_two()?;
        s.any(b"/")?;
        let day = s.up_to_two()?;
        s.any(b"/")?;
        let year = s.exactly(4)?;
        s.any(b" ")?;
        let (hour, minute, second) = clock(s)?;
        instant(Civil { year, month, day, hour, minute, second, micros: 0 })
    })
}

/// `strptime('%Y-%m-%dT%H:%M:%S.%fZ')`.
fn strptime(s: &mut Scan<'_>) -> Option<Instant> {
    let year = s.exactly(4)?;
    s.any(b"-")?;
    let month = s.up_to_two()?;
    s.any(b"-")?;
    let day = if s.any(b" ").is_some() { s.exactly(1)? } else { s.up_to_two()? };
    s.any(b"Tt")?;
    let (hour, minute, second) = clock(s)?;
    s.any(b".")?;
    let (n, micros) = s.fraction()?;
    s.any(b"Zz")?;
    (n <= 6).then(|| instant(Civil { year, month, day, hour, minute, second, micros })).flatten()
}

/// `%H:%M:%S`.
fn clock(s: &mut Scan<'_>) -> Option<(u32, u32, u32)> {
    let hour = s.up_to_two()?;
    s.any(b":")?;
    let minute = s.up_to_two()?;
    s.any(b":")?;
    Some((hour, minute, s.up_to_two()?))
}

fn iso(s: &mut Scan<'_>) -> Option<Instant> {
    let midnight = iso_date(s)?;
    if s.done() {
        return Some(midnight);
    }
    s.any(b"Tt ")?;
    let time = iso_time(s)?;
    let offset = iso_offset(s)?;
    let us = midnight.micros() + time - offset;
    (FIRST_DAY * DAY..END_DAY * DAY).contains(&us).then(|| Instant::from_micros(us))
}

fn iso_date(s: &mut Scan<'_>) -> Option<Instant> {
    let year = s.exactly(4)?;
    let extended = s.any(b"-").is_some();
    let civil = |month, day| Civil { year, month, day, hour: 0, minute: 0, second: 0, micros: 0 };
    if s.any(b"W").is_some() {
        let week = s.exactly(2)?;
        // A week without a day stands for its Monday.
        let day = if s.at_time() {
            1
        } else {
            if extended {
                s.any(b"-")?;
            }
            s.exactly(1)?
        };
        return week_date(year, week, day);
    }
    let (month, day) = if extended {
        let month = s.up_to_two()?;
        s.any(b"-")?;
        (month, s.up_to_two()?)
    } else {
        (s.exactly(2)?, s.exactly(2)?)
    };
    instant(civil(month, day))
}

/// The year's week 1 is the one with 4 January.
fn week_date(year: u32, week: u32, day: u32) -> Option<Instant> {
    if !(1..=9999).contains(&year) || !(1..=53).contains(&week) || !(1..=7).contains(&day) {
        return None;
    }
    let monday_of_first = |year| {
        let fourth = days(year, 1, 4);
        fourth - (fourth + 3).rem_euclid(7)
    };
    let at = monday_of_first(year) + i64::from(week - 1) * 7 + i64::from(day - 1);
    let exists = at < monday_of_first(year + 1) && (FIRST_DAY..END_DAY).contains(&at);
    exists.then(|| Instant::from_micros(at * DAY))
}

/// Microseconds of the day: `h`, `h:m`, `h:m:s`, `hhmm`, `hhmmss`, the last two with a fraction.
fn iso_time(s: &mut Scan<'_>) -> Option<i64> {
    let hour = s.up_to_two()?;
    let extended = s.peek() == Some(b':');
    let more = |s: &mut Scan<'_>| if extended { s.any(b":").is_some() } else { s.at_digit() };
    let part = |s: &mut Scan<'_>| if extended { s.up_to_two() } else { s.exactly(2) };
    let (mut minute, mut second, mut micros) = (0, 0, 0);
    if more(s) {
        minute = part(s)?;
        if more(s) {
            second = part(s)?;
            if s.any(b".,").is_some() {
                micros = s.fraction()?.1;
            }
        }
    }
    let good = hour < 24 && minute < 60 && second < 60;
    good.then(|| i64::from(hour * 3600 + minute * 60 + second) * 1_000_000 + i64::from(micros))
}

/// Microseconds east of UTC.
fn iso_offset(s: &mut Scan<'_>) -> Option<i64> {
    if s.done() || s.any(b"Zz").is_some() {
        return Some(0);
    }
    let sign = if s.any(b"+").is_some() { 1 } else { -s.any(b"-").map(|()| 1)? };
    let two_digits = s.0.get(1).is_some_and(u8::is_ascii_digit);
    two_digits.then(|| iso_time(s)).flatten().map(|us| sign * us)
}

fn read(text: &str, f: impl FnOnce(&mut Scan<'_>) -> Option<Instant>) -> Option<Instant> {
    let mut scan = Scan(text.as_bytes());
    f(&mut scan).filter(|_| scan.done())
}

/// What is left of a text.
struct Scan<'t>(&'t [u8]);

impl Scan<'_> {
    const fn done(&self) -> bool {
        self.0.is_empty()
    }

    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn at_digit(&self) -> bool {
        self.peek().is_some_and(|b| b.is_ascii_digit())
    }

    fn at_time(&self) -> bool {
        self.peek().is_none_or(|b| b"Tt ".contains(&b))
    }

    /// One of these bytes.
    fn any(&mut self, of: &[u8]) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        of.contains(first).then(|| self.0 = rest)
    }

    fn digit(&mut self) -> Option<u32> {
        let (first, rest) = self.0.split_first().filter(|(b, _)| b.is_ascii_digit())?;
        self.0 = rest;
        Some(u32::from(first - b'0'))
    }

    fn exactly(&mut self, n: usize) -> Option<u32> {
        (0..n).try_fold(0, |sum, _| Some(sum * 10 + self.digit()?))
    }

    fn up_to_two(&mut self) -> Option<u32> {
        let first = self.digit()?;
        Some(self.digit().map_or(first, |second| first * 10 + second))
    }

    /// How many digits of fraction there are, at least one, and the microseconds they make.
    fn fraction(&mut self) -> Option<(usize, u32)> {
        let (mut n, mut micros, mut worth) = (0, 0, 100_000);
        while let Some(digit) = self.digit() {
            micros += digit * worth;
            worth /= 10;
            n += 1;
        }
        (n > 0).then_some((n, micros))
    }
}

/// Whole minutes from `then` to `now`, cut: `minsPastUpdate`.
#[must_use]
pub fn minutes_between(then: Instant, now: Instant) -> i64 {
    now.micros().saturating_sub(then.micros()).max(0) / 60_000_000
}

/// How long ago `then` was, by UTC dates, in the words of the widgets (D60).
#[must_use]
pub fn day_words(then: Instant, now: Instant) -> String {
    let day = |at: Instant| at.micros().div_euclid(DAY);
    match day(now) - day(then) {
        ..=0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        2..=7 => "This Week".to_owned(),
        _ => {
            let c = civil(then);
            format!("{:02}/{:02}", c.month, c.day)
        }
    }
}

#[cfg(test)]
mod tests;
