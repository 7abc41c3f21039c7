//! A worker process: the runtime with the state of this product, tasks that measure, and one that reads the outbox.

use std::collections::HashSet;
use std::time::Duration;

use backups::metrics::Times;
use jobs::workers;
use kernel::Error;
use kernel::clock::Clock;
use kernel::db::Pool;
use operators::analytics::{self, Active};
use product::Core;
use product::JOBS;
use tokio::time::MissedTickBehavior;
use tokio_util::task::AbortOnDropHandle;

use crate::config::WorkerConfig;
use crate::registry;
use crate::state::WorkerState;
use crate::webhooks::fan_out;
use runtime::{Parts, Runtime};

/// How long a stop may take to note that this worker is not missed.
const FORGET_WITHIN: Duration = Duration::from_secs(2);

/// How often the active persons are counted, which reads the events of 30 days.
const COUNT_EVERY: Duration = Duration::from_secs(600);

/// A running worker.
pub struct Worker {
    runtime: Runtime<WorkerState>,
    db: Pool,
    reader: AbortOnDropHandle<()>,
    beside: [AbortOnDropHandle<()>; 3],
}

impl Worker {
    /// Starts the worker.
    ///
    /// # Errors
    /// A malformed address of Redis; faults of the catalogue and the prompts.
    pub fn start(core: Core, config: WorkerConfig) -> anyhow::Result<Self> {
        let watched = core.clone();
        let runtime = Runtime::start(Parts {
            state: WorkerState::new(core.clone(), &config)?,
            redis: core.config.redis.clone(),
            limits: core.config.limits.clone(),
            db: core.db,
            pusher: core.pusher,
            catalogue: &JOBS,
            registrations: registry::ALL,
            config: config.runtime,
            publisher: core.publisher,
        })?;
        let db = watched.db.clone();
        let beside = [
            tokio::spawn(measure_persons(db.clone(), watched.clock.clone())),
            tokio::spawn(kernel::db::watch(db.clone())),
            tokio::spawn(measure_often(watched.clone(), runtime.name().to_owned())),
        ];
        let reader = tokio::spawn(fan_out::read_on(watched));
        Ok(Self {
            runtime,
            db,
            reader: AbortOnDropHandle::new(reader),
            beside: beside.map(AbortOnDropHandle::new),
        })
    }

    /// Resolves when a task of the runtime, or the one that reads the outbox, has ended unexpectedly. The process must end
    /// then.
    pub async fn broken(&mut self) {
        tokio::select! {
            () = self.runtime.broken() => {}
            _ = &mut self.reader => {}
        }
    }

    /// Claims no more jobs, lets running ones finish within the grace period, and returns the rest.
    pub async fn stop(self) {
        let name = self.runtime.name().to_owned();
        self.runtime.stop().await;
        drop((self.reader, self.beside));
        let forgotten = tokio::time::timeout(FORGET_WITHIN, forget(&self.db, &name)).await;
        if !matches!(forgotten, Ok(Ok(()))) {
            tracing::warn!("it could not be noted that this worker has stopped in good order");
        }
    }
}

async fn forget(db: &Pool, name: &str) -> Result<(), Error> {
    Ok(workers::forget(&mut *db.get().await?, name).await?)
}

/// The bucket of the backups is asked once in so many measurements.
const BACKUPS_EVERY: usize = 20;

/// For how long it is asked: a worker that does not note itself meanwhile counts as gone.
const BACKUPS_WITHIN: Duration = Duration::from_secs(20);

/// Notes periodically that this worker runs, and publishes which providers of AI have an open breaker, for how long events
/// can be written, and how old the backups are.
async fn measure_often(core: Core, name: String) {
    let mut tick = tokio::time::interval(workers::NOTED_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut backups = None;
    let mut readers = HashSet::new();
    for turn in 0_usize.. {
        tick.tick().await;
        if let Err(why) = measure(&core, &name, &mut readers).await {
            tracing::warn!(error = %why, "what is measured cannot be loaded");
        }
        if turn.is_multiple_of(BACKUPS_EVERY) {
            let looked = tokio::time::timeout(BACKUPS_WITHIN, look_at_backups(&core)).await;
            backups = looked.ok().flatten().or(backups);
        }
        if let Some(times) = backups {
            times.publish(core.clock.now());
        }
    }
}

/// `None` where there is no bucket of backups, and while it does not answer.
async fn look_at_backups(core: &Core) -> Option<Times> {
    let read = Times::read(core.journal.as_ref()?.storage()).await;
    read.inspect_err(|why| tracing::warn!(error = %why, "it is not known how old the backups are"))
        .ok()
}

async fn measure(core: &Core, name: &str, readers: &mut HashSet<String>) -> Result<(), Error> {
    let mut conn = core.db.get().await?;
    workers::note(&mut conn, name, core.config.telemetry.release()).await?;
    for (provider, open) in ai::queries::open_or_not(&mut conn).await? {
        ai::metrics::ai_provider_open(&provider, open);
    }
    events::metrics::days_left(events::months::days_left(&mut conn).await?);
    let lags = events::lags(&mut conn).await?;
    let reading: HashSet<String> = lags.iter().map(|lag| lag.reader.clone()).collect();
    // An operator has had it forgotten.
    for gone in readers.difference(&reading) {
        events::metrics::lag(gone, 0.0);
    }
    *readers = reading;
    for lag in lags {
        events::metrics::lag(&lag.reader, lag.seconds);
    }
    usage::metrics::days_left(usage::months::days_left(&mut conn).await?);
    backups::metrics::archiver(&mut conn, core.journal.is_some()).await
}

/// Publishes periodically how many persons are active.
async fn measure_persons(db: Pool, clock: Clock) {
    let mut tick = tokio::time::interval(COUNT_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match count_persons(&db, &clock).await {
            Ok(active) => operators::metrics::active_users(active),
            Err(why) => tracing::warn!(error = %why, "the active persons cannot be counted"),
        }
    }
}

async fn count_persons(db: &Pool, clock: &Clock) -> Result<Active, Error> {
    Ok(analytics::active(&mut *db.get().await?, clock.now()).await?)
}
