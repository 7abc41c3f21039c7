//! Wake-ups in Redis: a short list for each queue. A wake-up says "there is a job": it wakes one
//! waiting worker within milliseconds. Which job that worker claims is decided by the ledger, by
//! priorities and limits (docs/adr/0001). Redis never holds the only copy of anything: every
//! function may fail without losing a job.

use std::time::Duration;

use redis::{AsyncCommands, Script};

use super::ledger::Ticket;
use super::{Queue, metrics};
use kernel::error::Error;
use kernel::redis::{Connection, RedisConfig};

/// The most wake-ups of a queue in Redis. There are never more waiting workers.
const WAKE_UPS_MAX: usize = 512;

/// The entry of a wake-up; its value has no meaning.
const WAKE_UP: &str = "1";

/// The Redis list with the wake-ups of a queue.
pub fn list(config: &RedisConfig, queue: Queue) -> String {
    format!("{}:queue:{}", config.prefix, queue.name())
}

/// Puts wake-ups into Redis. Cheap to clone.
#[derive(Clone)]
pub struct Pusher {
    redis: Connection,
    config: RedisConfig,
}

/// Appends wake-ups up to the maximum length of the list.
const PUSH: &str = r"
    local room = tonumber(ARGV[1]) - redis.call('LLEN', KEYS[1])
    for i = 1, math.min(room, tonumber(ARGV[2])) do redis.call('LPUSH', KEYS[1], ARGV[3]) end";

impl Pusher {
    /// Connects on first use and again whenever the connection is lost.
    ///
    /// # Errors
    /// `Internal` for an invalid address.
    pub fn new(config: &RedisConfig) -> Result<Self, Error> {
        // Short: the caller has committed already, and its client waits for the response.
        let redis = config.connection(Duration::from_millis(500), 1)?;
        Ok(Self {
            redis,
            config: config.clone(),
        })
    }

    /// Wakes workers for jobs that were just committed. A failure delays a job by half
    /// a second and does not lose it, so it is counted and not returned.
    pub async fn wake(&self, tickets: &[Ticket]) {
        for (at, Ticket { queue, .. }) in tickets.iter().enumerate() {
            let is_same = |other: &&Ticket| other.queue == *queue;
            // Once for each queue, at the first of its tickets.
            if !tickets[..at].iter().any(|other| is_same(&other)) {
                let count = tickets.iter().filter(is_same).count();
                self.wake_queue(*queue, count).await;
            }
        }
    }

    /// Wakes up to `count` workers of a queue.
    pub async fn wake_queue(&self, queue: Queue, count: usize) {
        if let Err(why) = self.push(queue, count).await {
            metrics::push_failed(count);
            tracing::warn!(queue = queue.name(), error = %why, "cannot push a wake-up to Redis; the dispatcher will find the job");
        }
    }

    async fn push(&self, queue: Queue, count: usize) -> Result<(), Error> {
        let script = Script::new(PUSH);
        let mut call = script.prepare_invoke();
        call.key(list(&self.config, queue));
        call.arg(WAKE_UPS_MAX).arg(count).arg(WAKE_UP);
        Ok(call.invoke_async(&mut self.redis.clone()).await?)
    }

    /// Checks that Redis answers.
    ///
    /// # Errors
    /// `Unavailable` while it is unreachable.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.redis.clone().ping().await?)
    }
}
