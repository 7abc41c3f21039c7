//! Wakes a feeder: by a wake-up in the queue's list in Redis, or by the dispatcher, which finds due
//! jobs without Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jobs::{Queue, push};
use kernel::Error;
use kernel::redis::{Connection, RedisConfig};
use kernel::retry::reconnect_delay;
use redis::AsyncCommands;
use tokio::sync::{Notify, watch};

use super::context::Context;
use super::handler::State;

/// The timeout of a blocking pop: a stop is noticed no later than this.
const POP_WAIT: Duration = Duration::from_millis(500);

/// More than the maximum length of a list: one pop takes all wake-ups.
const ALL_WAKE_UPS: usize = 4_096;

/// Connects a listener and the dispatcher with the feeder that they wake.
pub(super) struct Wakeup {
    notify: Notify,
    taken: AtomicUsize,
    /// Whether the feeder waits. Wake-ups are only taken then: otherwise they are left to other
    /// workers, which may have a free slot.
    idle: watch::Sender<bool>,
}

impl Wakeup {
    pub(super) fn new() -> Self {
        Self {
            notify: Notify::new(),
            taken: AtomicUsize::new(0),
            idle: watch::Sender::new(false),
        }
    }

    /// Waits to be woken; returns how many wake-ups the listener took from Redis.
    pub(super) async fn wait(&self) -> usize {
        self.idle.send_replace(true);
        self.notify.notified().await;
        self.idle.send_replace(false);
        self.taken.swap(0, Ordering::Relaxed)
    }

    /// Wakes the feeder; `taken` wake-ups came from Redis.
    pub(super) fn wake(&self, taken: usize) {
        self.taken.fetch_add(taken, Ordering::Relaxed);
        self.notify.notify_one();
    }
}

/// Takes wake-ups from Redis while the feeder is idle, until the process stops.
pub(super) async fn listen<S: State>(
    context: Arc<Context<S>>,
    queue: Queue,
    wakeup: Arc<Wakeup>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut listener = Listener {
        list: push::list(&context.parts.redis, queue),
        config: context.parts.redis.clone(),
        redis: None,
    };
    let (mut idle, mut failed) = (wakeup.idle.subscribe(), 0);
    loop {
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => return,
            waiting = idle.wait_for(|idle| *idle) => if waiting.is_err() { return },
        }
        match listener.pop().await {
            Ok(0) => failed = 0,
            // The dispatcher woke the feeder first: the wake-ups go back, for other workers.
            Ok(taken) if !*idle.borrow() => context.parts.pusher.wake_queue(queue, taken).await,
            Ok(taken) => {
                wakeup.wake(taken);
                // Takes no further wake-up until the feeder has reacted to this one.
                let _ = tokio::time::timeout(POP_WAIT, idle.wait_for(|idle| !*idle)).await;
            }
            Err(why) => {
                listener.redis = None;
                failed += 1;
                tracing::warn!(queue = queue.name(), error = %why, "cannot read wake-ups from Redis; trying again");
                tokio::select! {
                    _ = stopped.wait_for(|stopped| *stopped) => return,
                    () = tokio::time::sleep(reconnect_delay(failed)) => {}
                }
            }
        }
    }
}

struct Listener {
    list: String,
    config: RedisConfig,
    redis: Option<Connection>,
}

impl Listener {
    /// Waits for a wake-up and takes all that are in the list: a claim after this finds the jobs of all
    /// of them. Returns 0 after [`POP_WAIT`].
    async fn pop(&mut self) -> Result<usize, Error> {
        let redis = match &mut self.redis {
            Some(redis) => redis,
            none => {
                // Longer than the pop itself waits, so that only a missing answer is an error.
                let answer = POP_WAIT + Duration::from_secs(3);
                none.insert(self.config.waiting(Duration::from_secs(1), answer).await?)
            }
        };
        let first: Option<(String, String)> =
            redis.brpop(&self.list, POP_WAIT.as_secs_f64()).await?;
        if first.is_none() {
            return Ok(0);
        }
        let all = std::num::NonZeroUsize::new(ALL_WAKE_UPS);
        let more: Option<Vec<String>> = redis.rpop(&self.list, all).await?;
        Ok(1 + more.map_or(0, |more| more.len()))
    }
}
