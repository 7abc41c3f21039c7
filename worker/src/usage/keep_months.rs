//! Makes the partitions of the next months and drops old ones.

use usage::jobs::KeepUsageMonths;
use usage::months;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for KeepUsageMonths {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let made = months::make(&mut conn).await?;
        let dropped = months::drop_old(&mut conn, state.keep_usage_months).await?;
        tracing::info!(?made, ?dropped, "the partitions of usage are kept");
        Ok(Outcome::Done)
    }
}
