//! Settling calls that cost money and whose end nobody will see any more.

use shared::features::retention::jobs::SettleCalls;
use shared::jobs::settling;

use crate::runtime::handler::{Attempt, Handler, JobError, Outcome};
use crate::state::WorkerState;

impl Handler<WorkerState> for SettleCalls {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let ended = settling::end_orphans(&mut conn).await?;
        settling::sync_costs(&mut conn).await?;
        if ended > 0 {
            tracing::warn!(calls = ended, "calls are settled whose end nobody saw");
        }
        Ok(Outcome::Done)
    }
}
