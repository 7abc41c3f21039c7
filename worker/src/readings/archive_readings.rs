//! Moves what old readings say to the archive, a batch a transaction.

use chrono::{DateTime, Months};
use readings::archive;
use readings::jobs::ArchiveReadings;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for ArchiveReadings {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let moved = match state.archive.after_months {
            Some(months) => move_all(state, Months::new(months)).await?,
            None => 0,
        };
        let dropped = match state.archive.keep_months {
            Some(kept) => archive::drop_old(&mut *state.db().await?, kept).await?,
            None => Vec::new(),
        };
        tracing::info!(moved, ?dropped, "old readings are in the archive");
        Ok(Outcome::Done)
    }
}

/// Returns how many were moved.
async fn move_all(state: &WorkerState, age: Months) -> Result<usize, JobError> {
    let Some(before) = state.core.clock.now().checked_sub_months(age) else {
        return Ok(0);
    };
    let (mut moved, mut from) = (0, DateTime::UNIX_EPOCH);
    loop {
        // A connection for each batch, so that other jobs get one in between.
        let mut conn = state.db().await?;
        let Some(oldest) = archive::oldest(&mut conn, from, before).await? else {
            return Ok(moved);
        };
        archive::make_month(&mut conn, oldest).await?;
        match archive::move_some(&mut conn, oldest, before).await? {
            // Others hold what is left of the month: the next run moves it.
            0 => from = archive::next_month(oldest),
            some => moved += some,
        }
    }
}
