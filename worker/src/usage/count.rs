//! Counts what the outbox says of usage, ends the leases of dead processes, and tells of quotas.

use chrono::{DateTime, Utc};
use usage::jobs::CountUsage;
use usage::{alerts, leases, metrics, projection};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for CountUsage {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let now = state.core.clock.now();
        // A connection for each batch, so that other jobs get one in between.
        while projection::step(&mut *state.db().await?, now).await? {}
        let lost = leases::reap(&mut *state.db().await?, now).await?;
        if lost > 0 {
            metrics::lost(lost);
            tracing::warn!(
                units = lost,
                "a process of the API has died: what it had taken of quotas counts as used"
            );
        }
        tell(state, now).await?;
        Ok(Outcome::Done)
    }
}

async fn tell(state: &WorkerState, now: DateTime<Utc>) -> Result<(), JobError> {
    let plans = state.core.config.public_url.at("/checkout");
    loop {
        let mut conn = state.db().await?;
        let (tickets, more) = alerts::tell(&mut conn, &plans, now).await?;
        drop(conn);
        state.core.pusher.wake(&tickets).await;
        if !more {
            return Ok(());
        }
    }
}
