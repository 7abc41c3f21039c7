//! Pops ids of one queue from Redis and claims them in the ledger, never more than there are
//! free hands. Without Redis the dispatcher brings the ids through a channel: slower, not stopped.

use std::sync::Arc;
use std::time::Duration;

use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use shared::jobs::{Queue, claims};
use shared::retry::reconnect_delay;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use uuid::Uuid;

use super::Shared;
use super::backend::{Claimed, Claims};

/// How long one blocking pop waits: a stop is noticed no later than this.
const POP_WAIT: Duration = Duration::from_millis(500);

/// The most jobs that are claimed in one statement.
const BATCH: usize = 64;

pub(super) struct Feeder {
    shared: Arc<Shared>,
    queue: Queue,
    client: redis::Client,
    redis: Option<MultiplexedConnection>,
    /// Tries in a row to reach Redis that failed.
    failures: u32,
    /// Ids from the dispatcher, while Redis is away.
    shortcut: mpsc::Receiver<Uuid>,
    claims: Claims,
    hands: Arc<Semaphore>,
}

impl Feeder {
    pub(super) fn new(
        shared: Arc<Shared>,
        queue: Queue,
        client: redis::Client,
        shortcut: mpsc::Receiver<Uuid>,
        claims: Claims,
    ) -> Self {
        let hands = Arc::new(Semaphore::new(shared.config.concurrency(queue)));
        Self {
            shared,
            queue,
            client,
            redis: None,
            failures: 0,
            shortcut,
            claims,
            hands,
        }
    }

    /// Feeds until told to stop.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let hands = tokio::select! {
                hands = free_hands(&self.hands) => hands,
                _ = stopped.changed() => return,
            };
            let ids = self.ids(hands.len()).await;
            if !ids.is_empty() {
                self.claim(&ids, hands, &stopped).await;
            }
        }
    }

    /// Waits for up to `most` ids; comes back empty-handed after [`POP_WAIT`].
    async fn ids(&mut self, most: usize) -> Vec<Uuid> {
        if let Ok(id) = self.shortcut.try_recv() {
            let mut ids = vec![id];
            while ids.len() < most {
                let Ok(id) = self.shortcut.try_recv() else {
                    break;
                };
                ids.push(id);
            }
            return ids;
        }
        match self.pop(most).await {
            Ok(ids) => {
                self.failures = 0;
                ids
            }
            Err(why) => {
                self.redis = None;
                self.failures += 1;
                tracing::warn!(queue = self.queue.name(), error = %why, "Redis is away");
                let pause = tokio::time::sleep(reconnect_delay(self.failures));
                tokio::select! {
                    id = self.shortcut.recv() => id.into_iter().collect(),
                    () = pause => Vec::new(),
                }
            }
        }
    }

    async fn pop(&mut self, most: usize) -> redis::RedisResult<Vec<Uuid>> {
        let list = self.shared.state.core.config.redis.list(self.queue);
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
        let first: Option<(String, String)> = redis.brpop(&list, POP_WAIT.as_secs_f64()).await?;
        let Some((_, first)) = first else {
            return Ok(Vec::new());
        };
        let mut texts = vec![first];
        if let Some(more) = std::num::NonZeroUsize::new(most - 1) {
            let more: Option<Vec<String>> = redis.rpop(&list, Some(more)).await?;
            texts.extend(more.unwrap_or_default());
        }
        // Whatever is not an id was not put there by us.
        Ok(texts.iter().filter_map(|text| text.parse().ok()).collect())
    }

    /// Claims what can be claimed and hands it on. Ids that somebody else has are dropped.
    async fn claim(
        &self,
        ids: &[Uuid],
        mut hands: Vec<OwnedSemaphorePermit>,
        stopped: &watch::Receiver<bool>,
    ) {
        let Some(claimed) = self.claimed(ids, stopped).await else {
            return;
        };
        for claim in claimed {
            let Some(hand) = hands.pop() else { break };
            self.shared.leases.add(&claim);
            if let Err(refused) = self.claims.send(Claimed { claim, _hand: hand }) {
                // The worker of this queue is gone. Let the lease run out, so that another
                // process takes the job; ours is about to end (`Runtime::broken`).
                self.shared.leases.remove(&refused.0.claim);
                return;
            }
        }
    }

    /// Asks Postgres until it answers: dropping the ids would cost their jobs some seconds.
    async fn claimed(
        &self,
        ids: &[Uuid],
        stopped: &watch::Receiver<bool>,
    ) -> Option<Vec<claims::Claim>> {
        let Shared {
            state,
            config,
            name,
            kinds,
            ..
        } = self.shared.as_ref();
        let mut failed = 0;
        loop {
            let answer = match state.db().await {
                Ok(mut conn) => claims::claim(&mut conn, ids, kinds, name, config.lease)
                    .await
                    .map_err(Into::into),
                Err(why) => Err(why),
            };
            match answer {
                Ok(claimed) => return Some(claimed),
                // The ledger still has them.
                Err(_) if *stopped.borrow() => return None,
                Err(why) => {
                    failed += 1;
                    tracing::warn!(queue = self.queue.name(), error = %why, "cannot claim; trying again");
                    tokio::time::sleep(reconnect_delay(failed)).await;
                }
            }
        }
    }
}

/// At least one free hand, and as many more as are free, up to a batch.
async fn free_hands(hands: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let mut free = Vec::new();
    if let Ok(first) = hands.clone().acquire_owned().await {
        free.push(first);
    }
    while free.len() < BATCH {
        let Ok(next) = hands.clone().try_acquire_owned() else {
            break;
        };
        free.push(next);
    }
    free
}
