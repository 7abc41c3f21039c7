//! Settles the open calls of ended jobs, and corrects the costs of readings.

use ai::jobs::SettleCalls;
use ai::settling;
use readings::costs;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for SettleCalls {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let ended = settling::end_orphans(&mut conn).await?;
        costs::sync(&mut conn).await?;
        if ended > 0 {
            tracing::warn!(
                calls = ended,
                "settled open calls of jobs that will not run again"
            );
        }
        Ok(Outcome::Done)
    }
}
