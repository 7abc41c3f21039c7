//! Finds the jobs that no worker was woken for: jobs that come due later, jobs whose wake-up was lost,
//! jobs of lost workers, ticks of schedules. Every worker process has one; there is no leader.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jobs::{Queue, claims, cron, limits, metrics, stats};
use kernel::Error;
use tokio::sync::watch;

use super::context::Context;
use super::handler::State;
use super::wakeup::Wakeup;

/// The most jobs rescued in one statement.
const RESCUE_BATCH: i64 = 500;

/// How often the jobs are counted, which reads every live one.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// How often jobs that a limit blocks are checked: only needed after a crash.
const RELEASE_EVERY: Duration = Duration::from_secs(2);

pub(super) type Wakeups = Vec<(Queue, Arc<Wakeup>)>;

pub(super) struct Dispatcher<S: State> {
    context: Arc<Context<S>>,
    wakeups: Wakeups,
    /// After an outage of Postgres all leases have expired, also those of healthy workers. They get the
    /// length of a lease to renew theirs before any job is rescued.
    rescue_from: Instant,
    count_from: Instant,
    release_from: Instant,
    /// When to check each schedule again.
    ticks: HashMap<&'static str, Instant>,
}

impl<S: State> Dispatcher<S> {
    pub(super) fn new(context: Arc<Context<S>>, wakeups: Wakeups) -> Self {
        let now = Instant::now();
        Self {
            rescue_from: now + context.parts.config.lease,
            count_from: now,
            release_from: now,
            context,
            wakeups,
            ticks: HashMap::new(),
        }
    }

    /// Dispatches until the process stops.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        loop {
            let pause = match self.round().await {
                Ok(next_due) => next_due.min(self.context.parts.config.dispatch_every),
                Err(why) => {
                    self.rescue_from = Instant::now() + self.context.parts.config.lease;
                    tracing::warn!(error = %why, "a dispatch round failed; trying again");
                    self.context.parts.config.dispatch_every
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    /// One round; returns the time until the next job is due.
    async fn round(&mut self) -> Result<Duration, Error> {
        let (context, now) = (self.context.clone(), Instant::now());
        let (limits, catalogue) = (&context.parts.limits, context.parts.catalogue);
        let mut conn = context.db().await?;
        if now >= self.rescue_from {
            let rescued = claims::rescue(&mut conn, RESCUE_BATCH).await?;
            if rescued > 0 {
                metrics::jobs_rescued(rescued);
                tracing::warn!(rescued, "returned jobs of lost workers to the queue");
                self.release_from = now;
            }
        }
        if now >= self.release_from {
            limits::release_all(&mut conn, limits, &catalogue.queues).await?;
            self.release_from = now + RELEASE_EVERY;
        }
        if now >= self.count_from {
            metrics::queues(&stats::queues(&mut conn, catalogue).await?);
            self.count_from = now + COUNT_EVERY;
        }
        self.ticks(&mut conn).await?;
        let mut next = Duration::MAX;
        for due in claims::next_due(&mut conn, &catalogue.queues, &context.kinds).await? {
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

    async fn ticks(&mut self, conn: &mut kernel::db::Conn) -> Result<(), Error> {
        for schedule in &self.context.parts.catalogue.schedules {
            let later = |at: &Instant| Instant::now() < *at;
            if self.ticks.get(schedule.name).is_some_and(later) {
                continue;
            }
            let check = cron::enqueue_tick(conn, schedule).await?;
            if let Some(ticket) = check.enqueued {
                tracing::info!(schedule = schedule.name, id = %ticket.id, "enqueued a scheduled job");
            }
            let again_in = check.again_in.unwrap_or(Duration::from_secs(86_400));
            self.ticks.insert(schedule.name, Instant::now() + again_in);
        }
        Ok(())
    }
}
