//! Finds what nobody was woken for: jobs that come due later, jobs whose mark was lost, jobs of
//! lost workers, ticks of the clock. Every worker process has one; none of them is the leader.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use shared::Error;
use shared::features::ai;
use shared::jobs::{self, Queue, claims, cron, limits, stats};
use shared::product::JOBS;
use shared::telemetry::metrics;
use tokio::sync::watch;

use super::Shared;
use super::wakeup::Wakeup;

/// The most jobs taken back in one statement.
const RESCUE_BATCH: i64 = 500;

/// How often the jobs are counted: that looks at each live one.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// How often those that wait for a key are looked at: only a crash makes that necessary.
const RELEASE_EVERY: Duration = Duration::from_secs(2);

pub(super) type Wakeups = Vec<(Queue, Arc<Wakeup>)>;

pub(super) struct Dispatcher {
    shared: Arc<Shared>,
    wakeups: Wakeups,
    /// After a time in which Postgres was away every lease is over, also those of healthy workers.
    /// They get the length of a lease to renew theirs before anything is taken from them.
    rescue_from: Instant,
    count_from: Instant,
    release_from: Instant,
    /// When to look at a schedule again.
    ticks: HashMap<&'static str, Instant>,
}

impl Dispatcher {
    pub(super) fn new(shared: Arc<Shared>, wakeups: Wakeups) -> Self {
        let now = Instant::now();
        Self {
            rescue_from: now + shared.config.lease,
            count_from: now,
            release_from: now,
            shared,
            wakeups,
            ticks: HashMap::new(),
        }
    }

    /// Dispatches until told to stop.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        loop {
            let pause = match self.round().await {
                Ok(next_due) => next_due.min(self.shared.config.dispatch_every),
                Err(why) => {
                    self.rescue_from = Instant::now() + self.shared.config.lease;
                    tracing::warn!(error = %why, "the dispatcher could not look; trying again");
                    self.shared.config.dispatch_every
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    /// Looks once, and says when something will be due.
    async fn round(&mut self) -> Result<Duration, Error> {
        let mut conn = self.shared.state.db().await?;
        let (now, limits) = (Instant::now(), &self.shared.state.core.config.limits);
        if now >= self.rescue_from {
            let rescued = claims::rescue(&mut conn, RESCUE_BATCH).await?;
            if rescued > 0 {
                jobs::metrics::jobs_rescued(rescued);
                tracing::warn!(rescued, "took jobs back from a lost worker");
                self.release_from = now;
            }
        }
        if now >= self.release_from {
            limits::release_all(&mut conn, limits, &JOBS).await?;
            self.release_from = now + RELEASE_EVERY;
        }
        if now >= self.count_from {
            jobs::metrics::queues(&stats::queues(&mut conn, &JOBS).await?);
            for (provider, open) in ai::queries::open_or_not(&mut conn).await? {
                metrics::ai_provider_open(&provider, open);
            }
            self.count_from = now + COUNT_EVERY;
        }
        self.ticks(&mut conn).await?;
        let mut next = Duration::MAX;
        for due in claims::next_due(&mut conn, JOBS.queues, &self.shared.kinds).await? {
            if due.seconds > 0.0 {
                next = next.min(Duration::try_from_secs_f64(due.seconds).unwrap_or(next));
                continue;
            }
            let mine = |(queue, _): &&(Queue, Arc<Wakeup>)| queue.name() == due.queue;
            if let Some((_, wakeup)) = self.wakeups.iter().find(mine) {
                wakeup.wake(0);
            }
        }
        Ok(next)
    }

    async fn ticks(&mut self, conn: &mut shared::db::Conn) -> Result<(), Error> {
        for schedule in JOBS.schedules {
            let later = |at: &Instant| Instant::now() < *at;
            if self.ticks.get(schedule.name).is_some_and(later) {
                continue;
            }
            let look = cron::look(conn, schedule).await?;
            if let Some(ticket) = look.enqueued {
                tracing::info!(schedule = schedule.name, id = %ticket.id, "its time has come");
            }
            let again_in = look.again_in.unwrap_or(Duration::from_secs(86_400));
            self.ticks.insert(schedule.name, Instant::now() + again_in);
        }
        Ok(())
    }
}
