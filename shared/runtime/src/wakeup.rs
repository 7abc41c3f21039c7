//! Why a feeder looks: a mark in the queue's list in Redis, or the dispatcher, which finds what is
//! due without Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jobs::{Queue, push};
use kernel::retry::reconnect_delay;
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use tokio::sync::{Notify, watch};

use super::context::Context;
use super::handler::State;

/// How long one blocking pop waits: a stop is noticed no later than this.
const POP_WAIT: Duration = Duration::from_millis(500);

/// More than can lie in a list: one pop takes all marks.
const ALL_MARKS: usize = 4_096;

/// Between those who wake and the feeder that waits.
pub(super) struct Wakeup {
    notify: Notify,
    marks: AtomicUsize,
    /// Whether the feeder waits. Marks are only taken then: another worker may have a free slot.
    idle: watch::Sender<bool>,
}

impl Wakeup {
    pub(super) fn new() -> Self {
        Self {
            notify: Notify::new(),
            marks: AtomicUsize::new(0),
            idle: watch::Sender::new(false),
        }
    }

    /// Waits to be woken; returns how many marks were taken for it.
    pub(super) async fn wait(&self) -> usize {
        self.idle.send_replace(true);
        self.notify.notified().await;
        self.idle.send_replace(false);
        self.marks.swap(0, Ordering::Relaxed)
    }

    /// Wakes the feeder.
    pub(super) fn wake(&self, marks: usize) {
        self.marks.fetch_add(marks, Ordering::Relaxed);
        self.notify.notify_one();
    }
}

/// Takes marks from Redis while the feeder is idle, until told to stop.
pub(super) async fn listen<S: State>(
    context: Arc<Context<S>>,
    queue: Queue,
    client: redis::Client,
    wakeup: Arc<Wakeup>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut listener = Listener {
        list: push::list(&context.parts.redis, queue),
        client,
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
            // The dispatcher was faster, and there is no free slot any more: for another worker.
            Ok(marks) if !*idle.borrow() => context.parts.pusher.wake_queue(queue, marks).await,
            Ok(marks) => {
                wakeup.wake(marks);
                // Until the feeder has seen it, the next mark is not ours.
                let _ = tokio::time::timeout(POP_WAIT, idle.wait_for(|idle| !*idle)).await;
            }
            Err(why) => {
                listener.redis = None;
                failed += 1;
                tracing::warn!(queue = queue.name(), error = %why, "Redis is away");
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
    client: redis::Client,
    redis: Option<MultiplexedConnection>,
}

impl Listener {
    /// Waits for a mark and takes all that are there: a claim after this finds the jobs of all
    /// of them. Comes back with none after [`POP_WAIT`].
    async fn pop(&mut self) -> redis::RedisResult<usize> {
        let redis = match &mut self.redis {
            Some(redis) => redis,
            none => {
                let limits = redis::AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(Duration::from_secs(1)))
                    // Longer than the pop itself waits, so only silence is an error.
                    .set_response_timeout(Some(POP_WAIT + Duration::from_secs(3)));
                none.insert(
                    self.client
                        .get_multiplexed_async_connection_with_config(&limits)
                        .await?,
                )
            }
        };
        let first: Option<(String, String)> =
            redis.brpop(&self.list, POP_WAIT.as_secs_f64()).await?;
        if first.is_none() {
            return Ok(0);
        }
        let all = std::num::NonZeroUsize::new(ALL_MARKS);
        let more: Option<Vec<String>> = redis.rpop(&self.list, all).await?;
        Ok(1 + more.map_or(0, |more| more.len()))
    }
}
