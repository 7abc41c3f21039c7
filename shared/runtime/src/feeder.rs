//! Claims jobs of one queue from the ledger, for as many slots as are free, and a few more while jobs
//! are so short that a claim would take longer than they do. Claims when it is woken (by a wake-up in
//! Redis or by the dispatcher), and again as long as more jobs are due. It is the backend's own loop.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, stream};
use jobs::claims;
use jobs::claims::{Claim, ClaimBatch, ClaimRequest};
use jobs::{Priority, Queue, ledger, metrics};
use kernel::Error;
use kernel::retry::reconnect_delay;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::claimed::Claimed;
use super::context::Context;
use super::handler::State;
use super::pace::Pace;
use super::wakeup::Wakeup;

/// The most jobs that are claimed in one statement.
const BATCH_MAX: usize = 512;

/// How many jobs a claim examines after one that met many jobs of a blocked key.
const WINDOW: usize = 1_024;

/// Jobs claimed ahead that find no free slot for so long return to the queue: another worker may have
/// a free slot.
const PATIENCE: Duration = Duration::from_millis(250);

pub(super) struct Feeder<S: State> {
    context: Arc<Context<S>>,
    queue: Queue,
    wakeup: Arc<Wakeup>,
    pace: Arc<Pace>,
    slots: Arc<Semaphore>,
    concurrency: usize,
    /// Claimed, but not started.
    ahead: VecDeque<Arc<Claim>>,
    /// The claim in progress, and how many jobs it requested.
    claiming: Option<(JoinHandle<ClaimBatch>, usize)>,
    /// Counts claims, so that each priority class comes first in its share of them.
    turn: u64,
    /// Whether more jobs may be due than the last claim returned.
    more: bool,
    /// Whether the last claim met jobs that a limit blocks: then the next one examines more.
    set_aside: bool,
}

impl<S: State> Feeder<S> {
    pub(super) fn new(context: Arc<Context<S>>, queue: Queue, wakeup: Arc<Wakeup>) -> Self {
        let concurrency = context.parts.config.concurrency(queue);
        Self {
            context,
            queue,
            wakeup,
            pace: Arc::new(Pace::unknown()),
            slots: Arc::new(Semaphore::new(concurrency)),
            concurrency,
            ahead: VecDeque::new(),
            claiming: None,
            turn: 0,
            more: true,
            set_aside: false,
        }
    }

    /// Claims until the process stops; ends when the jobs that were not started are returned.
    pub(super) fn claims(self) -> impl Stream<Item = Arc<Claimed<S>>> {
        let stopped = self.context.stopped.clone();
        stream::unfold((self, stopped), async |(mut feeder, mut stopped)| {
            Some((feeder.next(&mut stopped).await?, (feeder, stopped)))
        })
    }

    async fn next(&mut self, stopped: &mut watch::Receiver<bool>) -> Option<Arc<Claimed<S>>> {
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => {}
            claimed = self.feed() => return Some(claimed),
        }
        // An abandoned claim would hold its jobs for the length of a lease.
        if let Some((claiming, _)) = self.claiming.take()
            && let Ok(batch) = claiming.await
        {
            self.ahead.extend(batch.claims);
        }
        self.give_back().await;
        None
    }

    /// One job for one free slot. Safe to cancel: at each await every claim is in a field of `self`.
    async fn feed(&mut self) -> Arc<Claimed<S>> {
        let permit = self.permit().await;
        let (claim, registration) = loop {
            let Some(claim) = self.ahead.pop_front() else {
                self.take_batch().await;
                continue;
            };
            match self.context.registration(&claim.kind) {
                Some(registration) => break (claim, registration),
                // Unreachable: only registered kinds are claimed.
                None => self.context.leases.forget(claim.id),
            }
        };
        self.claim_ahead();
        Arc::new(Claimed {
            claim,
            registration,
            context: self.context.clone(),
            queue: self.queue,
            pace: self.pace.clone(),
            _permit: permit,
        })
    }

    /// A permit for a slot, once one is free. Jobs that wait too long for one return to the queue.
    async fn permit(&mut self) -> OwnedSemaphorePermit {
        loop {
            let permit = self.slots.clone().acquire_owned();
            let permit = if self.ahead.is_empty() {
                permit.await
            } else {
                match tokio::time::timeout(PATIENCE, permit).await {
                    Ok(permit) => permit,
                    Err(_) => {
                        self.give_back().await;
                        continue;
                    }
                }
            };
            match permit {
                Ok(permit) => return permit,
                // The semaphore is never closed.
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// Takes the jobs of the claim in progress; if there is none, begins one when the feeder is woken.
    async fn take_batch(&mut self) {
        let wake_ups = if self.claiming.is_none() {
            let wake_ups = if self.more {
                0
            } else {
                self.wakeup.wait().await
            };
            self.begin_claim(1 + self.slots.available_permits());
            wake_ups
        } else {
            0
        };
        let Some((claiming, requested)) = &mut self.claiming else {
            return;
        };
        let (batch, requested) = (claiming.await.unwrap_or_default(), *requested);
        self.claiming = None;
        let count = batch.claims.len();
        self.more = batch.set_aside || count >= requested;
        self.set_aside = batch.set_aside;
        self.ahead.extend(batch.claims);
        if self.more && wake_ups > count {
            // Wakes other workers for the jobs that were not claimed here.
            let pusher = &self.context.parts.pusher;
            pusher.wake_queue(self.queue, wake_ups - count).await;
        }
    }

    /// Claims the next jobs while those claimed ahead run.
    fn claim_ahead(&mut self) {
        let ahead = self.pace.ahead(self.concurrency);
        if self.more && self.claiming.is_none() && ahead > 0 && self.ahead.len() <= ahead / 2 {
            self.begin_claim(0);
        }
    }

    /// How many jobs a claim for so many free slots requests.
    fn room(&self, slots: usize) -> usize {
        (slots + self.pace.ahead(self.concurrency)).clamp(1, BATCH_MAX)
    }

    fn begin_claim(&mut self, slots: usize) {
        self.turn += 1;
        let (context, queue, turn) = (self.context.clone(), self.queue, self.turn);
        let room = self.room(slots);
        let window = if self.set_aside { WINDOW } else { room };
        let claiming = tokio::spawn(claim(context, queue, turn, (room, window)));
        self.claiming = Some((claiming, room));
    }

    /// Returns the jobs that were not started to the queue, without spending an attempt. If a stop
    /// cancels it, `next` repeats it.
    async fn give_back(&mut self) {
        let held: Vec<(Uuid, i64)> = self.ahead.iter().map(|c| (c.id, c.fence)).collect();
        if held.is_empty() {
            return;
        }
        self.more = true;
        let returned = async {
            let mut conn = self.context.db().await?;
            Ok::<_, Error>(ledger::put_back_unbegun(&mut conn, &self.context.name, &held).await?)
        };
        match returned.await {
            Ok(count) => {
                let pusher = &self.context.parts.pusher;
                pusher.wake_queue(self.queue, count).await;
            }
            Err(why) => {
                tracing::warn!(error = %why, "cannot return claimed jobs; their leases will expire");
            }
        }
        for claim in self.ahead.drain(..) {
            self.context.leases.remove(&claim);
        }
    }
}

/// Claims up to `room` jobs and starts to renew their leases. Retries until Postgres answers or the
/// process stops.
async fn claim<S: State>(
    context: Arc<Context<S>>,
    queue: Queue,
    turn: u64,
    (room, window): (usize, usize),
) -> ClaimBatch {
    let request = ClaimRequest {
        queue,
        kinds: &context.kinds,
        classes: Priority::order_of_claim(turn),
        room,
        window,
        worker: &context.name,
        lease: context.parts.config.lease,
        limits: &context.parts.limits,
    };
    let mut failed = 0;
    loop {
        let answer = match context.db().await {
            Ok(mut conn) => claims::claim(&mut conn, &request).await.map_err(Into::into),
            Err(why) => Err(why),
        };
        match answer {
            Ok(batch) => {
                for claim in &batch.claims {
                    context.leases.add(claim.clone());
                    metrics::job_claimed(queue.name(), &claim.kind, claim.waited);
                }
                return batch;
            }
            Err(_) if context.is_stopping() => return ClaimBatch::default(),
            Err(why) => {
                failed += 1;
                tracing::warn!(queue = queue.name(), error = %why, "cannot claim; trying again");
                tokio::time::sleep(reconnect_delay(failed)).await;
            }
        }
    }
}
