//! Marks in Redis: a short list for each queue. A mark says "there is a job": it wakes one waiting
//! worker within milliseconds, and which job that worker then takes is decided by the ledger, in
//! the order of priorities and limits (docs/adr/0003). Nothing here is ever the only copy of
//! anything; every function may fail without a job being lost.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, Script};

use crate::config::Env;
use crate::error::Error;
use crate::jobs::Queue;
use crate::jobs::ledger::Ticket;
use crate::telemetry::metrics;

/// How many marks of a queue lie in Redis at most. More would wake nobody more.
const MARKS_MAX: usize = 512;

/// What a mark looks like; nobody reads it.
const MARK: &str = "1";

/// How to reach Redis.
#[derive(Clone)]
pub struct RedisConfig {
    /// `redis://user:password@host:port/database`
    pub url: String,
    /// Put before every key, so that several deployments (or tests) can share a server.
    pub prefix: String,
}

impl std::fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redis({})", self.prefix)
    }
}

impl RedisConfig {
    /// Reads this part of the environment; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            url: env.required("REDIS_URL", "redis://127.0.0.1:6379"),
            prefix: env.or("REDIS_PREFIX", "symancy".to_owned()),
        }
    }

    /// The list that holds the marks of a queue.
    pub fn list(&self, queue: Queue) -> String {
        format!("{}:queue:{}", self.prefix, queue.name())
    }

    /// A client; it connects on first use.
    ///
    /// # Errors
    /// `Internal` for an address that cannot be read.
    pub fn client(&self) -> Result<redis::Client, Error> {
        redis::Client::open(self.url.as_str())
            .map_err(|why| Error::internal(format!("REDIS_URL: {why}")))
    }
}

impl RedisConfig {
    /// A connection that is made on first use, and again whenever it is lost. `patience` is for
    /// connecting, and for each answer.
    ///
    /// # Errors
    /// `Internal` for an address that cannot be read.
    pub fn connection(
        &self,
        patience: Duration,
        retries: usize,
    ) -> Result<ConnectionManager, Error> {
        let limits = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(patience))
            .set_response_timeout(Some(patience))
            .set_number_of_retries(retries);
        Ok(ConnectionManager::new_lazy_with_config(
            self.client()?,
            limits,
        )?)
    }
}

/// Puts marks into Redis. Cheap to clone.
#[derive(Clone)]
pub struct Pusher {
    redis: ConnectionManager,
    config: RedisConfig,
}

/// Appends marks as long as the list is short.
const PUSH: &str = r"
    local room = tonumber(ARGV[1]) - redis.call('LLEN', KEYS[1])
    for i = 1, math.min(room, tonumber(ARGV[2])) do redis.call('LPUSH', KEYS[1], ARGV[3]) end";

impl Pusher {
    /// Connects on first use and again whenever the connection is lost.
    ///
    /// # Errors
    /// `Internal` for an address that cannot be read.
    pub fn new(config: &RedisConfig) -> Result<Self, Error> {
        // Short: whoever waits here has committed already and could answer.
        let redis = config.connection(Duration::from_millis(500), 1)?;
        Ok(Self {
            redis,
            config: config.clone(),
        })
    }

    /// Wakes workers for jobs that were just committed. Failure costs half a second, not the job,
    /// so it is counted and not returned.
    pub async fn wake(&self, tickets: &[Ticket]) {
        for queue in Queue::ALL {
            let count = tickets.iter().filter(|t| t.queue == queue).count();
            if count > 0 {
                self.wake_queue(queue, count).await;
            }
        }
    }

    /// Wakes up to `count` workers of a queue.
    pub async fn wake_queue(&self, queue: Queue, count: usize) {
        if let Err(why) = self.push(queue, count).await {
            metrics::push_failed(count);
            tracing::warn!(queue = queue.name(), error = %why, "Redis did not take a mark; the workers will look by themselves");
        }
    }

    async fn push(&self, queue: Queue, count: usize) -> Result<(), Error> {
        let script = Script::new(PUSH);
        let mut call = script.prepare_invoke();
        call.key(self.config.list(queue));
        call.arg(MARKS_MAX).arg(count).arg(MARK);
        Ok(call.invoke_async(&mut self.redis.clone()).await?)
    }

    /// Asks Redis for a sign of life.
    ///
    /// # Errors
    /// `Unavailable` while it is away.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.redis.clone().ping().await?)
    }
}
