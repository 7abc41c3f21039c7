//! Works a call of a vendor's webhook that the API has kept and not worked: it could not, or it died.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use money::payments::inbox::{self, WorkWebhook};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for WorkWebhook {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let gateways = &state.core.providers.gateways;
        let intake = state.core.intake();
        intake.work(gateways, self.inbox_id).await?;
        Ok(Outcome::Done)
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        if let Some(provider) = inbox::give_up(conn, self.inbox_id, code).await? {
            money::metrics::webhook(provider.as_str(), "failed");
        }
        Ok(Vec::new())
    }
}
