//! Brings ids of due jobs to Redis, and takes jobs back from lost workers. Every worker process
//! has one; they share the work through `FOR UPDATE SKIP LOCKED`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shared::Error;
use shared::jobs::push::LIST_BOUND;
use shared::jobs::{Queue, claims, dispatch};
use shared::telemetry::metrics;
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use super::Shared;

/// A pushed id that has not been claimed after this long, while the list is empty, was lost.
const STALE_WHEN_EMPTY: Duration = Duration::from_secs(5);

/// The same while others still wait in the list: it may only be slow. Counted from the push.
const STALE_WHEN_BUSY: Duration = Duration::from_secs(60);

/// The most jobs taken back in one statement.
const RESCUE_BATCH: i64 = 500;

/// How often the waiting jobs are counted: that looks at each of them.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// Dispatches until told to stop.
pub(super) async fn run(
    shared: Arc<Shared>,
    shortcuts: Vec<(Queue, mpsc::Sender<Uuid>)>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut tick = tokio::time::interval(shared.config.dispatch_every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // After a time in which Postgres was away every lease is over, also those of healthy workers.
    // They get the length of a lease to renew theirs before anything is taken from them.
    let mut rescue_from = Instant::now() + shared.config.lease;
    let mut count_from = Instant::now();
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stopped.changed() => return,
        }
        let now = Instant::now();
        let chores = Chores {
            rescue: now >= rescue_from,
            count: now >= count_from,
        };
        match round(&shared, &shortcuts, &chores).await {
            Ok(()) if chores.count => count_from = now + COUNT_EVERY,
            Ok(()) => {}
            Err(why) => {
                rescue_from = Instant::now() + shared.config.lease;
                tracing::warn!(error = %why, "the dispatcher could not look; trying again");
            }
        }
    }
}

/// What a round does besides dispatching.
struct Chores {
    rescue: bool,
    count: bool,
}

async fn round(
    shared: &Shared,
    shortcuts: &[(Queue, mpsc::Sender<Uuid>)],
    chores: &Chores,
) -> Result<(), Error> {
    if chores.rescue {
        let rescued = claims::rescue(&mut *shared.state.db().await?, RESCUE_BATCH).await?;
        if rescued > 0 {
            metrics::jobs_rescued(rescued);
            tracing::warn!(rescued, "took jobs back from a lost worker");
        }
    }
    if chores.count {
        for (queue, count) in dispatch::waiting(&mut *shared.state.db().await?).await? {
            metrics::jobs_waiting(queue.name(), count);
        }
    }
    for queue in Queue::ALL {
        top_up(shared, queue, shortcuts).await?;
    }
    Ok(())
}

/// Fills the list of a queue up to its bound.
async fn top_up(
    shared: &Shared,
    queue: Queue,
    shortcuts: &[(Queue, mpsc::Sender<Uuid>)],
) -> Result<(), Error> {
    let pusher = &shared.state.core.pusher;
    let (depth, redis_is_there) = match pusher.depth(queue).await {
        Ok(depth) => (depth, true),
        Err(_) => (0, false),
    };
    let room = LIST_BOUND.saturating_sub(depth);
    if room == 0 {
        return Ok(());
    }
    let stale = if depth == 0 {
        STALE_WHEN_EMPTY
    } else {
        STALE_WHEN_BUSY
    };
    let ids = dispatch::take_due(
        &mut *shared.state.db().await?,
        queue,
        &shared.kinds,
        stale,
        i64::try_from(room).unwrap_or(i64::MAX),
    )
    .await?;
    if ids.is_empty() || (redis_is_there && pusher.push(queue, &ids).await.is_ok()) {
        return Ok(());
    }
    // Redis is away: straight to our own feeder. What does not fit comes again when it is stale.
    if let Some((_, shortcut)) = shortcuts.iter().find(|(of, _)| *of == queue) {
        for id in ids {
            if shortcut.try_send(id).is_err() {
                break;
            }
        }
    }
    Ok(())
}
