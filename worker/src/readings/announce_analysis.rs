//! Sends "Analysis started" as a reply to the photo.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use people::users;
use readings::messages::AnnounceAnalysis;
use readings::{queries, texts};
use vendors::messenger::Outgoing;

use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for AnnounceAnalysis {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let Some(steps) = queries::steps(&mut conn, self.analysis_id).await? else {
            return Ok(Outcome::Done);
        };
        if steps.status.is_final() {
            return Ok(Outcome::Done);
        }
        let chat_id = self.chat_id;
        let user = users::queries::by_id(&mut conn, steps.user_id).await?;
        if !user.is_reached() || !user.notices.analysis_started {
            return Ok(Outcome::Done);
        }
        let language = user.language();
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let messenger = &state.core.providers.messenger;
        let html = texts::announcement(language).to_owned();
        messenger
            .send(&Outgoing {
                chat_id,
                html,
                reply_to: steps.message_id,
                ..Outgoing::default()
            })
            .await?;
        if let Err(why) = messenger.typing(chat_id).await {
            tracing::debug!(error = %why, "the typing indicator was not shown");
        }
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
