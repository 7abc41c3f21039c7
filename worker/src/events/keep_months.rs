//! Makes the partitions of the next months and drops old ones.

use events::jobs::KeepMonths;
use events::months;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for KeepMonths {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let made = months::make(&mut conn).await?;
        let dropped = months::drop_old(&mut conn, state.keep_events_months).await?;
        tracing::info!(?made, ?dropped, "the partitions of events are kept");
        Ok(Outcome::Done)
    }
}
