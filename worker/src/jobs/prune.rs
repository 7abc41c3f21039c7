//! Deletes ended jobs and old rows.

use jobs::prune;
use jobs::prune::Prune;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for Prune {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let (mut all, statements) = (0, product::prune());
        loop {
            // A connection for each batch, so that other jobs get one in between.
            let mut conn = state.db().await?;
            let now = state.core.clock.now();
            let jobs = prune::prune_jobs(&mut conn, state.keep, now).await?;
            let (rows, more_rows) = prune::prune_rows(&mut conn, &statements).await?;
            all += jobs + rows;
            if jobs < prune::BATCH && !more_rows {
                break;
            }
        }
        tracing::info!(rows = all, "deleted ended jobs and old rows");
        Ok(Outcome::Done)
    }
}
