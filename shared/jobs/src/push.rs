//! Marks in Redis: a short list for each queue. A mark says "there is a job": it wakes one waiting
//! worker within milliseconds, and which job that worker then takes is decided by the ledger, in
//! the order of priorities and limits (docs/adr/0003). Nothing here is ever the only copy of
//! anything; every function may fail without a job being lost.

use std::time::Duration;

use redis::aio::ConnectionManager;
use redis::{AsyncCommands, Script};

use super::ledger::Ticket;
use super::{Queue, metrics};
use kernel::error::Error;
use kernel::redis::RedisConfig;

/// How many marks of a queue lie in Redis at most. More would wake no further worker.
const MARKS_MAX: usize = 512;

/// What a mark looks like; its value is not read.
const MARK: &str = "1";

/// The list that holds the marks of a queue.
pub fn list(config: &RedisConfig, queue: Queue) -> String {
    format!("{}:queue:{}", config.prefix, queue.name())
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
        // Short: the caller has committed already and could answer its client.
        let redis = config.connection(Duration::from_millis(500), 1)?;
        Ok(Self {
            redis,
            config: config.clone(),
        })
    }

    /// Wakes workers for jobs that were just committed. Failure costs half a second, not the job,
    /// so it is counted and not returned.
    pub async fn wake(&self, tickets: &[Ticket]) {
        for (at, Ticket { queue, .. }) in tickets.iter().enumerate() {
            let is_same = |other: &&Ticket| other.queue == *queue;
            // Each queue at the first of its tickets.
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
            tracing::warn!(queue = queue.name(), error = %why, "Redis did not take a mark; the workers will look by themselves");
        }
    }

    async fn push(&self, queue: Queue, count: usize) -> Result<(), Error> {
        let script = Script::new(PUSH);
        let mut call = script.prepare_invoke();
        call.key(list(&self.config, queue));
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
