//! Sends an operator's answer to a person's request.

use bot::pages::support;
use bot::support::{AnswerRequest, by_id, mark_sent};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use people::users;
use vendors::messenger::Outgoing;

use crate::delivery::{missed, reached};
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for AnswerRequest {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let Some(request) = by_id(&mut conn, self.request_id).await? else {
            // The person was deleted meanwhile.
            return Ok(Outcome::Done);
        };
        let Some(answer) = request.answer.filter(|_| request.answer_sent_at.is_none()) else {
            return Ok(Outcome::Done);
        };
        let user = users::queries::by_id(&mut conn, request.user_id).await?;
        if !user.is_reached() {
            // `support::unsent` brings it when they are back.
            return Ok(Outcome::Done);
        }
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let page = support::answer(request.number, &answer, user.language());
        let message = Outgoing {
            keyboard: page.keyboard,
            ..Outgoing::new(self.chat_id, page.html)
        };
        state.core.providers.messenger.send(&message).await?;
        let next = store(&state.core.db, attempt, async |conn| {
            mark_sent(conn, request.id).await?;
            Ok(reached(conn, user.id, self.chat_id).await?)
        })
        .await?;
        Ok(Outcome::Closed(next))
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}
