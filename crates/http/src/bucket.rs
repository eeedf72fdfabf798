//! Limits of how many calls are answered: token buckets, one a key.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kernel::Instant;

/// A second, in microseconds.
const SECOND: i64 = 1_000_000;

/// Above so many keys those whose bucket is full again are forgotten.
const KEPT: usize = 10_000;

/// How much a bucket holds, and how much is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// A bucket begins with so many calls and never holds more.
    pub capacity: u32,
    /// So many are added for each full second since the last ones were.
    pub per_second: u32,
}

impl Rate {
    /// So many calls a second, all of which may come at once.
    #[must_use]
    pub const fn per_second(calls: u32) -> Self {
        Self { capacity: calls, per_second: calls }
    }
}

/// Token buckets of one rate, one for each key. Cheap to clone; clones share the buckets.
#[derive(Clone, Debug)]
pub struct Buckets<K> {
    rate: Rate,
    all: Arc<Mutex<HashMap<K, Bucket>>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: i64,
    /// When calls were last added: the beginning of the second that runs.
    filled: i64,
}

impl Bucket {
    /// Adds what the full seconds until `now` bring.
    fn fill(&mut self, rate: Rate, now: i64) {
        // A clock that goes back adds nothing.
        let seconds = (now - self.filled).max(0) / SECOND;
        let added = seconds.saturating_mul(rate.per_second.into());
        self.left = self.left.saturating_add(added).min(rate.capacity.into());
        self.filled += seconds * SECOND;
        // Nothing is added to a full one: its seconds count from the call that is taken out of it.
        if self.left == i64::from(rate.capacity) {
            self.filled = self.filled.max(now);
        }
    }
}

impl<K: Eq + Hash> Buckets<K> {
    /// Buckets of this rate; all are full.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { rate, all: Arc::default() }
    }

    /// Takes one call out of the bucket of a key.
    ///
    /// # Errors
    /// When it is empty, how long it takes until there is one again.
    pub fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let now = now.micros();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEPT && !all.contains_key(&key) {
            all.retain(|_, bucket| {
                bucket.fill(self.rate, now);
                bucket.left < self.rate.capacity.into()
            });
        }
        let bucket = all.entry(key).or_insert(Bucket { left: self.rate.capacity.into(), filled: now });
        bucket.fill(self.rate, now);
        if bucket.left > 0 {
            bucket.left -= 1;
            return Ok(());
        }
        let wait = bucket.filled.saturating_add(SECOND).saturating_sub(now);
        Err(Duration::from_micros(u64::try_from(wait).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { capacity: 100, per_second: 80 };

    fn taken(buckets: &Buckets<i64>, key: i64, now: Instant) -> usize {
        (0..1_000).take_while(|_| buckets.take(key, now).is_ok()).count()
    }

    #[test]
    fn a_full_bucket_gives_its_capacity_and_a_second_adds_its_part() {
        let (buckets, start) = (Buckets::new(RATE), Instant::from_secs(1_000));
        assert_eq!(taken(&buckets, 1, start), 100);
        let almost = Instant::from_micros(start.micros() + 999_999);
        assert_eq!((taken(&buckets, 1, almost), taken(&buckets, 2, almost)), (0, 100), "each key has its own");
        assert_eq!(buckets.take(1, almost), Err(Duration::from_micros(1)));
        assert_eq!(taken(&buckets, 1, start.plus_secs(1)), 80);
        assert_eq!(taken(&buckets, 1, start.plus_secs(2)), 80);
        assert_eq!(taken(&buckets, 1, start.plus_secs(9)), 100, "never more than it holds");
    }

    #[test]
    fn parts_of_a_second_are_not_lost() {
        let (buckets, start) = (Buckets::new(RATE), Instant::from_secs(1_000));
        assert_eq!(taken(&buckets, 1, start), 100);
        let at = |micros: i64| Instant::from_micros(start.micros() + micros);
        assert_eq!(taken(&buckets, 1, at(1_900_000)), 80);
        assert_eq!(taken(&buckets, 1, at(1_999_999)), 0);
        assert_eq!(taken(&buckets, 1, at(2_000_000)), 80, "the second second began with the first one's end");
    }

    #[test]
    fn a_bucket_that_was_left_alone_gives_no_more_than_it_holds() {
        let (buckets, start) = (Buckets::new(RATE), Instant::from_secs(1_000));
        assert_eq!(taken(&buckets, 1, start), 100);
        let at = |micros: i64| Instant::from_micros(start.micros() + micros);
        // The first call comes late in a second that began with the bucket: the next one adds nothing before it is over.
        assert!(buckets.take(1, at(7_900_000)).is_ok());
        assert_eq!(taken(&buckets, 1, at(8_100_000)), 99);
        assert_eq!(taken(&buckets, 1, at(8_899_999)), 0);
        assert_eq!(taken(&buckets, 1, at(8_900_000)), 80);
    }

    #[test]
    fn a_clock_that_goes_back_or_far_ahead_does_no_harm() {
        let (buckets, start) = (Buckets::new(RATE), Instant::from_secs(1_000));
        assert_eq!(taken(&buckets, 1, start), 100);
        assert_eq!(taken(&buckets, 1, Instant::from_secs(0)), 0);
        assert_eq!(taken(&buckets, 1, Instant::from_micros(i64::MAX)), 100);
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let (buckets, start) = (Buckets::new(RATE), Instant::from_secs(1_000));
        for key in 0..KEPT as i64 {
            assert!(buckets.take(key, start).is_ok());
        }
        assert!(buckets.take(-1, start.plus_secs(2)).is_ok());
        assert_eq!(buckets.all.lock().unwrap().len(), 1);
    }
}
