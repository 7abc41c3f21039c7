//! Claims jobs of one queue from the ledger, for as many hands as are free, and a few more while
//! jobs are so short that a claim would take longer than they do. Looks when it is woken (by a
//! mark in Redis or by the dispatcher) and goes on looking for as long as there is more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use shared::Error;
use shared::jobs::claims::{self, Claim, Claimed as Found, Wanted};
use shared::jobs::{Priority, Queue, ledger, metrics};
use shared::retry::reconnect_delay;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::Shared;
use super::backend::{Claimed, Claims};
use super::pace::Pace;
use super::wakeup::Wakeup;

/// The most jobs that are claimed in one statement.
const BATCH_MAX: usize = 512;

/// How many jobs a look goes through after one that found many of the same key.
const WINDOW: usize = 1_024;

/// Jobs that were claimed ahead and find no free hand for so long go back: another worker may
/// have one.
const PATIENCE: Duration = Duration::from_millis(250);

pub(super) struct Feeder {
    shared: Arc<Shared>,
    queue: Queue,
    wakeup: Arc<Wakeup>,
    pace: Arc<Pace>,
    claims: Claims,
    hands: Arc<Semaphore>,
    concurrency: usize,
    /// Claimed and not begun.
    ahead: VecDeque<Claim>,
    /// The claim that is under way, and how many jobs it asked for.
    looking: Option<(JoinHandle<Found>, usize)>,
    /// Counts claims, so that each class comes first in its share of them.
    turn: u64,
    /// Whether the last look left something behind.
    more: bool,
    /// Whether it put jobs aside that have to wait for a limit: then the next look is wider.
    set_aside: bool,
}

impl Feeder {
    pub(super) fn new(
        shared: Arc<Shared>,
        queue: Queue,
        wakeup: Arc<Wakeup>,
        pace: Arc<Pace>,
        claims: Claims,
    ) -> Self {
        let concurrency = shared.config.concurrency(queue);
        Self {
            shared,
            queue,
            wakeup,
            pace,
            claims,
            hands: Arc::new(Semaphore::new(concurrency)),
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

    /// Brings one job to one free hand. Cancelled at a stop: every claim is in a field by then.
    async fn feed(&mut self) -> bool {
        let hand = self.free_hand().await;
        while self.ahead.is_empty() {
            self.look().await;
        }
        self.look_ahead();
        let Some(claim) = self.ahead.pop_front() else {
            return true;
        };
        if let Err(refused) = self.claims.send(Claimed { claim, _hand: hand }) {
            // The worker of this queue is gone, and this process is about to end.
            self.ahead.push_back(refused.0.claim);
            return false;
        }
        true
    }

    async fn free_hand(&mut self) -> OwnedSemaphorePermit {
        loop {
            let hand = self.hands.clone().acquire_owned();
            let hand = if self.ahead.is_empty() {
                hand.await
            } else {
                match tokio::time::timeout(PATIENCE, hand).await {
                    Ok(hand) => hand,
                    Err(_) => {
                        self.give_back().await;
                        continue;
                    }
                }
            };
            match hand {
                Ok(hand) => return hand,
                // Nobody closes it.
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
            self.begin_look(1 + self.hands.available_permits());
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
            let pusher = &self.shared.state.core.pusher;
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

    /// How many jobs a claim for so many free hands asks for.
    fn room(&self, hands: usize) -> usize {
        (hands + self.pace.ahead(self.concurrency)).clamp(1, BATCH_MAX)
    }

    fn begin_look(&mut self, hands: usize) {
        self.turn += 1;
        let (shared, queue, turn) = (self.shared.clone(), self.queue, self.turn);
        let room = self.room(hands);
        let window = if self.set_aside { WINDOW } else { room };
        let looking = tokio::spawn(claim(shared, queue, turn, (room, window)));
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
            let mut conn = self.shared.state.db().await?;
            Ok::<_, Error>(ledger::put_back_unbegun(&mut conn, &self.shared.name, &held).await?)
        };
        match returned.await {
            Ok(count) => {
                let pusher = &self.shared.state.core.pusher;
                pusher.wake_queue(self.queue, count).await;
            }
            Err(why) => {
                tracing::warn!(error = %why, "not returned; their leases will expire");
            }
        }
        for claim in self.ahead.drain(..) {
            self.shared.leases.remove(&claim);
        }
    }
}

/// Claims up to `room` jobs and begins to keep their leases. Asks Postgres until it answers or
/// the process is to stop.
async fn claim(
    shared: Arc<Shared>,
    queue: Queue,
    turn: u64,
    (room, window): (usize, usize),
) -> Found {
    let wanted = Wanted {
        queue,
        kinds: &shared.kinds,
        classes: Priority::order_of_claim(turn),
        room,
        window,
        worker: &shared.name,
        lease: shared.config.lease,
        limits: &shared.state.core.config.limits,
    };
    let mut failed = 0;
    loop {
        let answer = match shared.state.db().await {
            Ok(mut conn) => claims::claim(&mut conn, &wanted).await.map_err(Into::into),
            Err(why) => Err(why),
        };
        match answer {
            Ok(found) => {
                for claim in &found.claims {
                    shared.leases.add(claim);
                    metrics::job_claimed(queue.name(), &claim.kind, claim.waited);
                }
                return found;
            }
            Err(_) if shared.is_stopping() => return Found::default(),
            Err(why) => {
                failed += 1;
                tracing::warn!(queue = queue.name(), error = %why, "cannot claim; trying again");
                tokio::time::sleep(reconnect_delay(failed)).await;
            }
        }
    }
}
