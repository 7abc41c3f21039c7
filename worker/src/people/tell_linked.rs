//! Tells a person in the chat what has happened to the ways into their account.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use people::privacy::messages::TellLinked;
use people::privacy::texts;
use people::users::model::PersonKey;
use people::users::queries::language;
use vendors::messenger::Outgoing;

use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for TellLinked {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let known = language(&mut *state.db().await?, PersonKey::Row(self.user_id)).await?;
        let Some(language) = known else {
            return Ok(Outcome::Done);
        };
        let message = Outgoing::new(self.chat_id, texts::link_news(self.news, language));
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
