//! Chains the digests of new lines of the audit log.

use audit::chain::queries::seal;
use audit::jobs::SealLines;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for SealLines {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        // A connection for each batch, so that other jobs get one in between.
        while seal(&mut *state.db().await?).await?.1 {}
        Ok(Outcome::Done)
    }
}
