//! Says in a chat that an endpoint was switched off.

use diesel::{OptionalExtension, QueryResult};
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use money::accounts;
use people::users;
use vendors::messenger::Outgoing;
use webhooks::messages::DisabledNotice;
use webhooks::{endpoints, texts};

use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for DisabledNotice {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let user = users::queries::by_id(&mut conn, self.user_id).await;
        let user = user.optional()?.filter(|user| user.is_reached());
        let endpoint = endpoints::by_id(&mut conn, self.account_id, self.endpoint_id).await;
        let endpoint = endpoint.optional()?;
        let endpoint = endpoint.filter(|endpoint| endpoint.disabled_why.is_some());
        let (Some(user), Some(endpoint)) = (user, endpoint) else {
            return Ok(Outcome::Done);
        };
        let organization = accounts::organization(&mut conn, self.account_id).await?;
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let html = texts::disabled(&endpoint, organization.as_deref(), user.language());
        let message = Outgoing::new(self.chat_id, html);
        state.core.providers.messenger.send(&message).await?;
        Ok(Outcome::Done)
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}
