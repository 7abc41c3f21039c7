//! Tells those who answer for an account that an endpoint was switched off.

use diesel::OptionalExtension;
use webhooks::jobs::TellDisabled;
use webhooks::{endpoints, told};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for TellDisabled {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let (account, id) = (self.account_id, self.endpoint_id);
        let tickets = store(&state.core.db, attempt, async |conn| {
            let found = endpoints::by_id(conn, account, id).await.optional()?;
            // It may have been switched on again.
            match found.filter(|endpoint| endpoint.disabled_why.is_some()) {
                Some(endpoint) => Ok(told::write(conn, &endpoint).await?),
                None => Ok(Vec::new()),
            }
        });
        Ok(Outcome::Closed(tickets.await?))
    }
}
