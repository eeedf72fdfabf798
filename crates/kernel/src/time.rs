//! Instants and the clock that gives them.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// A point in time, UTC, in microseconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// From microseconds since 1970.
    #[must_use]
    pub const fn from_micros(us: i64) -> Self {
        Self(us)
    }

    /// From whole seconds since 1970.
    #[must_use]
    pub const fn from_secs(s: i64) -> Self {
        Self(s.saturating_mul(1_000_000))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, cut downwards.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This instant moved by `s` seconds (backwards when negative).
    #[must_use]
    pub const fn plus_secs(self, s: i64) -> Self {
        Self(self.0.saturating_add(s.saturating_mul(1_000_000)))
    }

    /// This instant moved by `d` days of 24 hours.
    #[must_use]
    pub const fn plus_days(self, d: i64) -> Self {
        self.plus_secs(d * 86_400)
    }

    /// The civil date and time in UTC. Instants outside the years −9999 to 9999 are cut to that range.
    #[must_use]
    pub fn utc(self) -> jiff::civil::DateTime {
        jiff::Timestamp::from_microsecond(self.0)
            .unwrap_or(if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX })
            .to_zoned(jiff::tz::TimeZone::UTC)
            .datetime()
    }

    /// The instant of a civil date and time in UTC; `None` outside the calendar.
    #[must_use]
    pub fn from_utc(at: jiff::civil::DateTime) -> Option<Self> {
        at.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|z| Self(z.timestamp().as_microsecond()))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.utc().strftime("%Y-%m-%dT%H:%M:%S%.6f"))
    }
}
impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A time zone of the IANA database, which is part of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(jiff::tz::TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// Finds a zone by its IANA name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        jiff::tz::TimeZone::get(name).ok().map(Self)
    }

    /// The zone of this name, UTC for a name that is none.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::find(name).unwrap_or(Self::UTC)
    }

    /// The civil date and time of an instant here, and the offset from UTC in seconds.
    #[must_use]
    pub fn civil(&self, at: Instant) -> (jiff::civil::DateTime, i32) {
        let timestamp = jiff::Timestamp::from_microsecond(at.0).unwrap_or(if at.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        let offset = self.0.to_offset(timestamp);
        (offset.to_datetime(timestamp), offset.seconds())
    }

    /// The date of an instant here.
    #[must_use]
    pub fn date(&self, at: Instant) -> jiff::civil::Date {
        self.civil(at).0.date()
    }

    /// When a date begins here; the end of the calendar where it has no such instant.
    #[must_use]
    pub fn midnight(&self, date: jiff::civil::Date) -> Instant {
        date.to_zoned(self.0.clone()).map_or(Instant(i64::MAX), |z| Instant(z.timestamp().as_microsecond()))
    }
}

/// Where the time comes from. Passed explicitly; nothing else in Portico asks the system for the time of day.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that stands still until it is moved; for tests and the sandbox.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at`.
    #[must_use]
    pub fn manual(at: Instant) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.micros())))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Instant {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the clock")]
            Self::System => Instant(jiff::Timestamp::now().as_microsecond()),
            Self::Manual(us) => Instant(us.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward; a system clock stays as it is.
    pub fn advance(&self, secs: i64) {
        if let Self::Manual(us) = self {
            us.fetch_add(secs * 1_000_000, Ordering::SeqCst);
        }
    }
}
