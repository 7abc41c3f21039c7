//! Forgetting what is over.

use shared::features::retention::jobs::Prune;
use shared::features::retention::queries;

use crate::runtime::handler::{Attempt, Handler, JobError, Outcome};
use crate::state::WorkerState;

impl Handler<WorkerState> for Prune {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut all = 0;
        loop {
            // A connection for each batch: the others get their turn in between.
            let mut conn = state.db().await?;
            let now = state.core.clock.now();
            let jobs = queries::prune_jobs(&mut conn, state.keep, now).await?;
            let (marks, more_marks) = queries::prune_marks(&mut conn).await?;
            all += jobs + marks;
            if jobs < queries::BATCH && !more_marks {
                break;
            }
        }
        tracing::info!(rows = all, "ended jobs and old marks are forgotten");
        Ok(Outcome::Done)
    }
}
