//! Delivers the reading to the person's chat.

use kernel::Error;
use people::users;
use readings::chat_messages::{MessageRole, attach, remember};
use readings::messages::DeliverAnalysis;
use readings::model::{AnalysisStatus, Reading, Steps};
use readings::render::render;
use readings::{delivered, queries, texts};
use vendors::workflow::CallbackKind;

use super::slots::reply;
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
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let reading: Reading =
            serde_json::from_value(steps.analysis.clone()).map_err(Error::internal)?;
        let messages = render(&reading);
        let language = user.language();
        let kind = CallbackKind::AnalysisComplete;
        let message_id =
            reply(state, attempt, &steps, kind, self.chat_id, &user, &messages).await?;
        let remembered = message_id.filter(|_| reading != texts::caring(language));
        close(state, attempt, &steps, &reading, remembered).await
    }
}

async fn close(
    state: &WorkerState,
    attempt: &Attempt,
    steps: &Steps,
    reading: &Reading,
    message_id: Option<i64>,
) -> Result<Outcome, JobError> {
    store(&state.core.db, attempt, async |conn| {
        delivered::mark_delivered(conn, steps.id, steps.status).await?;
        if let Some(message) = message_id {
            let (user, role) = (steps.user_id, MessageRole::Assistant);
            remember(conn, user, message, role, &reading.intro).await?;
            attach(conn, user, message, steps.id).await?;
        }
        Ok(())
    })
    .await?;
    Ok(Outcome::Closed(Vec::new()))
}
