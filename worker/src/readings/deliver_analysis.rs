//! Delivers the reading to the person's chat.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::{Error, ErrorCode};
use people::users;
use readings::chat_messages::{MessageRole, attach, remember};
use readings::messages::DeliverAnalysis;
use readings::model::{AnalysisStatus, Reading, Steps};
use readings::render::render;
use readings::{delivered, queries, texts};
use vendors::workflow::CallbackKind;

use super::show_buttons::buttons;
use super::slots::{Reply, reply};
use super::{progress, waiting_words};
use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for DeliverAnalysis {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let steps = match queries::steps(&mut conn, self.analysis_id).await? {
            Some(steps)
                if steps.delivered_at.is_none() && steps.status != AnalysisStatus::Canceled =>
            {
                steps
            }
            _ => return Ok(Outcome::Done),
        };
        let user = users::queries::by_id(&mut conn, steps.user_id).await?;
        if !user.is_reached() {
            // `readings::undelivered` brings it when they are back.
            return Ok(Outcome::Done);
        }
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let reading: Reading =
            serde_json::from_value(steps.analysis.clone()).map_err(Error::internal)?;
        let messages = render(&reading);
        let language = user.language();
        let chat_id = self.chat_id;
        let answer = Reply {
            kind: CallbackKind::AnalysisComplete,
            chat_id,
            messages: &messages,
            keyboard: buttons(state, &steps, language).await,
        };
        let message_id = reply(state, attempt, &steps, &user, answer).await?;
        let remembered = message_id.filter(|_| reading != texts::caring(language));
        close(state, attempt, (&steps, chat_id), &reading, remembered).await
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}

async fn close(
    state: &WorkerState,
    attempt: &Attempt,
    (steps, chat_id): (&Steps, i64),
    reading: &Reading,
    message_id: Option<i64>,
) -> Result<Outcome, JobError> {
    let next = store(&state.core.db, attempt, async |conn| {
        delivered::mark_delivered(conn, steps.id, steps.status).await?;
        if let Some(message) = message_id {
            let (user, role) = (steps.user_id, MessageRole::Assistant);
            remember(conn, user, message, role, &reading.intro).await?;
            attach(conn, user, message, steps.id).await?;
        }
        let mut next = waiting_words::answer(conn, steps, chat_id).await?;
        next.extend(progress::end(conn, steps, chat_id).await?);
        Ok(next)
    })
    .await?;
    Ok(Outcome::Closed(next))
}
