//! Ids in Redis: a short list for each queue, so that a worker starts a job within
//! milliseconds. Nothing here is ever the only copy of anything; every function may fail
//! without a job being lost.
//!
//! Lists and not apalis-redis's own structures: see `docs/adr/0001`.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, Script};
use uuid::Uuid;

use crate::config::Env;
use crate::error::Error;
use crate::jobs::Queue;
use crate::jobs::ledger::Ticket;
use crate::telemetry::metrics;

/// How many ids of a queue lie in Redis at most; the ledger holds the rest.
pub const LIST_BOUND: usize = 512;

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
    pub(crate) fn read(env: &mut Env<'_>) -> Self {
        Self {
            url: env.required("REDIS_URL", "redis://127.0.0.1:6379"),
            prefix: env.or("REDIS_PREFIX", "symancy".to_owned()),
        }
    }

    /// The list that holds the ids of a queue.
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

/// Puts ids into Redis. Cheap to clone.
#[derive(Clone)]
pub struct Pusher {
    redis: ConnectionManager,
    config: RedisConfig,
}

/// Appends ids as long as the list is short, and says how many it took.
const PUSH: &str = r"
    local room = tonumber(ARGV[1]) - redis.call('LLEN', KEYS[1])
    local taken = math.max(0, math.min(room, #ARGV - 1))
    for i = 2, taken + 1 do redis.call('LPUSH', KEYS[1], ARGV[i]) end
    return taken";

impl Pusher {
    /// Connects on first use and again whenever the connection is lost.
    ///
    /// # Errors
    /// `Internal` for an address that cannot be read.
    pub fn new(config: &RedisConfig) -> Result<Self, Error> {
        // Short: whoever waits here has committed already and could answer.
        let limits = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_millis(500)))
            .set_response_timeout(Some(Duration::from_millis(500)))
            .set_number_of_retries(1);
        let redis = ConnectionManager::new_lazy_with_config(config.client()?, limits)?;
        Ok(Self {
            redis,
            config: config.clone(),
        })
    }

    /// Wakes workers for jobs that were just committed. Failure costs seconds, not the job, so
    /// it is counted and not returned.
    pub async fn wake(&self, tickets: &[Ticket]) {
        for queue in Queue::ALL {
            let ids: Vec<Uuid> = tickets
                .iter()
                .filter(|t| t.queue == queue)
                .map(|t| t.id)
                .collect();
            if ids.is_empty() {
                continue;
            }
            if let Err(why) = self.push(queue, &ids).await {
                metrics::push_failed(ids.len());
                tracing::warn!(queue = queue.name(), error = %why, "Redis did not take an id; the dispatcher will");
            }
        }
    }

    /// Appends ids to a queue's list, up to its bound. Returns how many it took.
    ///
    /// # Errors
    /// `Unavailable` while Redis is away.
    pub async fn push(&self, queue: Queue, ids: &[Uuid]) -> Result<usize, Error> {
        let script = Script::new(PUSH);
        let mut call = script.prepare_invoke();
        call.key(self.config.list(queue)).arg(LIST_BOUND);
        for id in ids {
            call.arg(id.to_string());
        }
        Ok(call.invoke_async(&mut self.redis.clone()).await?)
    }

    /// How many ids lie in a queue's list.
    ///
    /// # Errors
    /// `Unavailable` while Redis is away.
    pub async fn depth(&self, queue: Queue) -> Result<usize, Error> {
        Ok(self.redis.clone().llen(self.config.list(queue)).await?)
    }

    /// Asks Redis for a sign of life.
    ///
    /// # Errors
    /// `Unavailable` while it is away.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.redis.clone().ping().await?)
    }
}
