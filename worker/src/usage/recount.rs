//! Counts yesterday again, and repairs it.

use chrono::NaiveDate;
use usage::jobs::RecountUsage;
use usage::{metrics, recount};
use uuid::Uuid;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// The accounts of one look.
const BATCH: i64 = 2_000;

impl Handler<WorkerState> for RecountUsage {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let now = state.core.clock.now();
        let day = recount::day_to_recount(now);
        let missed = recount::missed(&mut *state.db().await?, day, now).await?;
        if missed > 0 {
            metrics::drifted("facts", missed);
            tracing::warn!(missed, %day, "events were not counted");
        }
        let mut after = Uuid::nil();
        let mut looked_at = 0;
        loop {
            let found = recount::accounts(&mut *state.db().await?, day, after, BATCH).await?;
            let Some(last) = found.last() else { break };
            after = last.account_id;
            for one in found.iter().filter(|one| one.is_used) {
                repair(state, one.account_id, day).await?;
                looked_at += 1;
            }
        }
        tracing::info!(accounts = looked_at, %day, "usage was counted again");
        Ok(Outcome::Done)
    }
}

async fn repair(state: &WorkerState, account: Uuid, day: NaiveDate) -> Result<(), JobError> {
    for drift in recount::recount(&mut *state.db().await?, account, day).await? {
        metrics::drifted(&drift.unit, drift.delta);
        tracing::warn!(%account, %day, unit = drift.unit, delta = drift.delta, "usage was repaired");
    }
    Ok(())
}
