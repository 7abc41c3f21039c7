//! Claims jobs of one queue from the ledger, for as many slots as are free, and a few more while
//! jobs are so short that a claim would take longer than they do. Looks when it is woken (by a
//! mark in Redis or by the dispatcher) and goes on looking for as long as there is more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jobs::claims;
use jobs::claims::{Claim, ClaimBatch, ClaimRequest};
use jobs::{Priority, Queue, ledger, metrics};
use kernel::Error;
use kernel::retry::reconnect_delay;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::backend::{Claimed, Claims};
use super::context::Context;
use super::handler::State;
use super::pace::Pace;
use super::wakeup::Wakeup;

/// The most jobs that are claimed in one statement.
const BATCH_MAX: usize = 512;

/// How many jobs a look goes through after one that found many of the same key.
const WINDOW: usize = 1_024;

/// Jobs that were claimed ahead and find no free slot for so long go back: another worker may
/// have one.
const PATIENCE: Duration = Duration::from_millis(250);

pub(super) struct Feeder<S: State> {
    context: Arc<Context<S>>,
    queue: Queue,
    wakeup: Arc<Wakeup>,
    pace: Arc<Pace>,
    claims: Claims,
    slots: Arc<Semaphore>,
    concurrency: usize,
    /// Claimed and not begun.
    ahead: VecDeque<Claim>,
    /// The claim that is under way, and how many jobs it asked for.
    looking: Option<(JoinHandle<ClaimBatch>, usize)>,
    /// Counts claims, so that each class comes first in its share of them.
    turn: u64,
    /// Whether the last look left something behind.
    more: bool,
    /// Whether it put jobs aside that have to wait for a limit: then the next look is wider.
    set_aside: bool,
}

impl<S: State> Feeder<S> {
    pub(super) fn new(
        context: Arc<Context<S>>,
        queue: Queue,
        wakeup: Arc<Wakeup>,
        pace: Arc<Pace>,
        claims: Claims,
    ) -> Self {
        let concurrency = context.parts.config.concurrency(queue);
        Self {
            context,
            queue,
            wakeup,
            pace,
            claims,
            slots: Arc::new(Semaphore::new(concurrency)),
            concurrency,
            ahead: VecDeque::new(),
            looking: None,
            turn: 0,
            more: true,
            set_aside: false,
        }
    }

    /// Feeds until told to stop; what was not begun goes back.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                biased;
                _ = stopped.wait_for(|stopped| *stopped) => break,
                fed = self.feed() => if !fed { break },
            }
        }
        // A claim on its way would hold its jobs for the length of a lease.
        if let Some((looking, _)) = self.looking.take()
            && let Ok(found) = looking.await
        {
            self.ahead.extend(found.claims);
        }
        self.give_back().await;
    }

    /// Brings one job to one free slot. Cancelled at a stop: every claim is in a field by then.
    async fn feed(&mut self) -> bool {
        let permit = self.permit().await;
        while self.ahead.is_empty() {
            self.look().await;
        }
        self.look_ahead();
        let Some(claim) = self.ahead.pop_front() else {
            return true;
        };
        if let Err(refused) = self.claims.send(Claimed { claim, permit }) {
            // The worker of this queue is gone, and this process is about to end.
            self.ahead.push_back(refused.0.claim);
            return false;
        }
        true
    }

    /// A permit for a slot, once one is free. Jobs that wait for it too long go back.
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

    /// Waits for the claim that is on its way, or for a reason to claim, and takes what it brings.
    async fn look(&mut self) {
        let marks = if self.looking.is_none() {
            let marks = if self.more {
                0
            } else {
                self.wakeup.wait().await
            };
            self.begin_look(1 + self.slots.available_permits());
            marks
        } else {
            0
        };
        let Some((looking, asked)) = &mut self.looking else {
            return;
        };
        let (found, asked) = (looking.await.unwrap_or_default(), *asked);
        self.looking = None;
        let count = found.claims.len();
        self.more = found.set_aside || count >= asked;
        self.set_aside = found.set_aside;
        self.ahead.extend(found.claims);
        if self.more && marks > count {
            // Others are to be woken for what we could not take.
            let pusher = &self.context.parts.pusher;
            pusher.wake_queue(self.queue, marks - count).await;
        }
    }

    /// Claims the next jobs while those ahead are worked off.
    fn look_ahead(&mut self) {
        let ahead = self.pace.ahead(self.concurrency);
        if self.more && self.looking.is_none() && ahead > 0 && self.ahead.len() <= ahead / 2 {
            self.begin_look(0);
        }
    }

    /// How many jobs a claim for so many free slots asks for.
    fn room(&self, slots: usize) -> usize {
        (slots + self.pace.ahead(self.concurrency)).clamp(1, BATCH_MAX)
    }

    fn begin_look(&mut self, slots: usize) {
        self.turn += 1;
        let (context, queue, turn) = (self.context.clone(), self.queue, self.turn);
        let room = self.room(slots);
        let window = if self.set_aside { WINDOW } else { room };
        let looking = tokio::spawn(claim(context, queue, turn, (room, window)));
        self.looking = Some((looking, room));
    }

    /// Returns what was not begun, unspent. Cut short by a stop it is done once more.
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
                tracing::warn!(error = %why, "not returned; their leases will expire");
            }
        }
        for claim in self.ahead.drain(..) {
            self.context.leases.remove(&claim);
        }
    }
}

/// Claims up to `room` jobs and begins to keep their leases. Asks Postgres until it answers or
/// the process is to stop.
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
            Ok(found) => {
                for claim in &found.claims {
                    context.leases.add(claim);
                    metrics::job_claimed(queue.name(), &claim.kind, claim.waited);
                }
                return found;
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
