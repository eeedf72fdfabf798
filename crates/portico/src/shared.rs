//! Limits that several servers keep together, in Redis.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kernel::Instant;
use portico_http::{Rate, SharedBuckets, Taking};
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo as _, RedisError, Script, aio::MultiplexedConnection};
use tokio::time::{Instant as Tick, timeout};

use crate::failure::{Failure, Outcome};

/// How long Redis is waited for: longer than it ever takes where it is near, shorter than a client notices.
const PATIENCE: Duration = Duration::from_millis(200);
/// After Redis did not answer, how long it is not asked again.
const PAUSE: Duration = Duration::from_secs(1);
/// A bucket that nobody uses is full again long before this, in seconds.
const KEPT: i64 = 3600;

/// The same arithmetic as in `portico_http::Buckets`. Answers a negative number when there was a call, else the
/// microseconds until there is one. `ARGV`: capacity, calls a second, now, seconds to keep.
const TAKE: &str = r"
local found = redis.call('HMGET', KEYS[1], 'left', 'filled')
local capacity, now = tonumber(ARGV[1]), tonumber(ARGV[3])
local left, filled = tonumber(found[1]) or capacity, tonumber(found[2]) or now
local seconds = math.floor(math.max(now - filled, 0) / 1000000)
left = math.min(left + seconds * tonumber(ARGV[2]), capacity)
filled = filled + seconds * 1000000
if left == capacity then
  filled = math.max(filled, now)
end
local answer = filled + 1000000 - now
if left > 0 then
  left = left - 1
  answer = -1
end
redis.call('HSET', KEYS[1], 'left', left, 'filled', string.format('%.0f', filled))
redis.call('EXPIRE', KEYS[1], ARGV[4])
return answer
";

/// Token buckets in Redis. While it cannot be reached there are none; it is asked again each second.
pub struct Redis {
    client: Client,
    take: Script,
    connection: tokio::sync::Mutex<Option<MultiplexedConnection>>,
    /// Not before this.
    again: Mutex<Option<Tick>>,
    is_gone: AtomicBool,
}

impl Redis {
    /// Buckets in the Redis at this address, which is asked only when they are needed.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(url: &str) -> Outcome<Self> {
        // What is wrong with it is not told: it may hold a password.
        let info = url.into_connection_info().map_err(|_| Failure::new("The address of Redis is wrong."))?;
        let client = Client::open(info).map_err(|_| Failure::new("The address of Redis is wrong."))?;
        Ok(Self {
            client,
            take: Script::new(TAKE),
            connection: tokio::sync::Mutex::default(),
            again: Mutex::default(),
            is_gone: AtomicBool::new(false),
        })
    }

    async fn connected(&self) -> Result<MultiplexedConnection, RedisError> {
        let mut connection = self.connection.lock().await;
        if let Some(open) = connection.as_ref() {
            return Ok(open.clone());
        }
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        let made = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        *connection = Some(made.clone());
        Ok(made)
    }

    async fn ask(&self, key: &str, rate: Rate, now: Instant) -> Result<i64, RedisError> {
        let mut connection = self.connected().await?;
        let mut call = self.take.key(format!("portico:limit:{key}"));
        call.arg(rate.capacity).arg(rate.per_second).arg(now.micros()).arg(KEPT);
        call.invoke_async(&mut connection).await
    }

    /// Whether it is worth asking.
    fn is_awaited(&self) -> bool {
        let again = self.again.lock().unwrap_or_else(PoisonError::into_inner);
        again.is_none_or(|at| at <= Tick::now())
    }

    async fn lost(&self, why: &str) {
        *self.connection.lock().await = None;
        *self.again.lock().unwrap_or_else(PoisonError::into_inner) = Some(Tick::now() + PAUSE);
        if !self.is_gone.swap(true, Ordering::Relaxed) {
            tracing::warn!(why, "Redis does not answer: this server counts for itself until it does");
        }
    }

    fn found(&self) {
        if self.is_gone.swap(false, Ordering::Relaxed) {
            tracing::info!("Redis answers again");
        }
    }
}

impl SharedBuckets for Redis {
    fn take<'a>(&'a self, key: &'a str, rate: Rate, now: Instant) -> Taking<'a> {
        Box::pin(async move {
            if !self.is_awaited() {
                return None;
            }
            match timeout(PATIENCE, self.ask(key, rate, now)).await {
                Ok(Ok(wait)) => {
                    self.found();
                    // Negative: there was a call.
                    Some(u64::try_from(wait).map_or(Ok(()), |wait| Err(Duration::from_micros(wait))))
                }
                // Its category only: the text could name the address.
                Ok(Err(e)) => {
                    self.lost(e.category()).await;
                    None
                }
                Err(_) => {
                    self.lost("it takes too long").await;
                    None
                }
            }
        })
    }
}
