//! Sends the announcement of a reading, as a reply to the photo.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use people::users;
use readings::announcement::{announcement, in_line};
use readings::messages::AnnounceAnalysis;
use readings::{delivered, queries, under_way};
use vendors::messenger::Outgoing;

use super::progress;
use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for AnnounceAnalysis {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let Some(steps) = queries::steps(&mut conn, self.analysis_id).await? else {
            return Ok(Outcome::Done);
        };
        if steps.status.is_final() || steps.announcement_id.is_some() {
            return Ok(Outcome::Done);
        }
        let chat_id = self.chat_id;
        let user = users::queries::by_id(&mut conn, steps.user_id).await?;
        if !user.is_reached() || !user.notices.analysis_started {
            return Ok(Outcome::Done);
        }
        let language = user.language();
        let before = under_way::oldest(&mut conn, steps.user_id).await?;
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let (mut html, keyboard) = announcement(&steps, state.core.clock.now(), language);
        if before.is_some_and(|id| id != steps.id) {
            html = format!("{}\n\n{html}", in_line(language));
        }
        let messenger = &state.core.providers.messenger;
        let message = Outgoing {
            chat_id,
            html,
            reply_to: steps.message_id,
            keyboard,
        };
        let id = messenger.send(&message).await?;
        let waited = state.core.clock.now() - steps.created_at;
        readings::metrics::analysis_announced(waited.to_std().unwrap_or_default());
        let mut conn = state.db().await?;
        delivered::set_announcement(&mut conn, steps.id, id).await?;
        let now = queries::steps(&mut conn, steps.id).await?;
        drop(conn);
        if let Err(why) = messenger.typing(chat_id).await {
            tracing::debug!(error = %why, "the typing indicator was not shown");
        }
        // A reading that has ended meanwhile found no announcement to end.
        if let Some(now) = now.filter(|now| now.status.is_final()) {
            progress::show(state, &now, chat_id).await?;
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
