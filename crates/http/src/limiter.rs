//! Limits that several servers keep together, and one alone where they cannot.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use kernel::{ClientId, Error, Instant};

use crate::{Buckets, Rate};

/// What [`SharedBuckets::take`] answers in the end.
pub type Taking<'a> = Pin<Box<dyn Future<Output = Option<Result<(), Duration>>> + Send + 'a>>;

/// Token buckets that several servers share.
pub trait SharedBuckets: Send + Sync {
    /// Takes one call out of the bucket of a key, as [`Buckets::take`] does; `None` when the buckets cannot be reached.
    fn take<'a>(&'a self, key: &'a str, rate: Rate, now: Instant) -> Taking<'a>;
}

/// Limits calls: with all servers together where buckets are shared and can be reached, else each server for itself.
/// Cheap to clone; clones share the buckets.
#[derive(Clone)]
pub struct Limiter {
    rate: Rate,
    own: Buckets<String>,
    shared: Option<Arc<dyn SharedBuckets>>,
}

impl Limiter {
    /// Full buckets of this rate.
    #[must_use]
    pub fn new(rate: Rate, shared: Option<Arc<dyn SharedBuckets>>) -> Self {
        Self { rate, own: Buckets::new(rate), shared }
    }

    /// Takes one call out of the bucket of a key.
    ///
    /// # Errors
    /// When it is empty, how long it takes until there is one again.
    pub async fn take(&self, key: &str, now: Instant) -> Result<(), Duration> {
        if let Some(shared) = &self.shared {
            if let Some(taken) = shared.take(key, self.rate, now).await {
                return taken;
            }
            metrics::counter!("portico_limits_own_total").increment(1);
        }
        self.own.take(key.to_owned(), now)
    }

    /// Takes one call of a program: it has one bucket, at whichever doors it calls.
    ///
    /// # Errors
    /// [`Error::RateLimited`].
    pub async fn take_of(&self, client: ClientId, now: Instant) -> kernel::Result<()> {
        self.take(&format!("client:{client}"), now).await.map_err(Error::RateLimited)
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("rate", &self.rate).field("shared", &self.shared.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers everybody the same.
    struct Fixed(Option<Result<(), Duration>>);

    impl SharedBuckets for Fixed {
        fn take<'a>(&'a self, _: &'a str, _: Rate, _: Instant) -> Taking<'a> {
            Box::pin(std::future::ready(self.0))
        }
    }

    async fn taken(shared: Option<Fixed>) -> usize {
        let shared = shared.map(|s| Arc::new(s) as Arc<dyn SharedBuckets>);
        let limiter = Limiter::new(Rate::per_second(3), shared);
        let mut passed = 0;
        for _ in 0..10 {
            passed += usize::from(limiter.take("a", Instant::from_secs(1)).await.is_ok());
        }
        passed
    }

    #[tokio::test]
    async fn what_is_shared_decides_while_it_can_be_reached() {
        assert_eq!(taken(None).await, 3);
        assert_eq!(taken(Some(Fixed(Some(Ok(()))))).await, 10);
        assert_eq!(taken(Some(Fixed(Some(Err(Duration::from_secs(1)))))).await, 0);
        assert_eq!(taken(Some(Fixed(None))).await, 3, "each server for itself");
    }
}
