//! Delivers the reason of a failed reading to the person's chat.

use bot::waiting_words;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use people::users;
use readings::messages::ReportFailure;
use readings::model::AnalysisStatus;
use readings::{delivered, queries, texts};
use vendors::messenger::Keyboard;
use vendors::workflow::CallbackKind;

use super::progress;
use super::slots::{Reply, reply};
use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for ReportFailure {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let steps = match queries::steps(&mut conn, self.analysis_id).await? {
            // Redriven meanwhile: a reading will be delivered instead.
            Some(steps) if steps.status != AnalysisStatus::Failed => return Ok(Outcome::Done),
            Some(steps) if steps.delivered_at.is_none() => steps,
            _ => return Ok(Outcome::Done),
        };
        let user = users::queries::by_id(&mut conn, steps.user_id).await?;
        if !user.is_reached() {
            return Ok(Outcome::Done);
        }
        let language = user.language();
        let words_wait = waiting_words::any(&mut conn, steps.user_id).await?;
        drop(conn);
        let code = steps
            .error_code
            .as_deref()
            .and_then(product::error_codes::find);
        let code = code.unwrap_or(kernel::codes::INTERNAL_SERVER_ERROR);
        let mut text = texts::failure(code, language);
        if let Some(why) = texts::unit_kept(steps.unit_returned, language) {
            text += &format!("\n{why}");
        }
        if words_wait {
            text += &format!("\n{}", texts::words_wait(language));
        }
        let answer = Reply {
            kind: CallbackKind::AnalysisFailed,
            chat_id: self.chat_id,
            messages: &[text],
            keyboard: Keyboard::new(),
        };
        let sent = reply(state, attempt, &steps, &user, answer).await?;
        let next = store(&state.core.db, attempt, async |conn| {
            delivered::mark_delivered(conn, steps.id, steps.status).await?;
            delivered::add_slots(conn, steps.id, &sent.by_n8n).await?;
            progress::end(conn, &steps, self.chat_id).await
        })
        .await?;
        Ok(Outcome::Closed(next.into_iter().collect()))
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}
