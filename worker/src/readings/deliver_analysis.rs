//! Delivers the reading to the person's chat.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::{self, Ticket};
use kernel::{Error, ErrorCode};
use people::users;
use readings::chat_messages::{MessageRole, attach, remember};
use readings::messages::{DeliverAnalysis, ShowButtons};
use readings::model::{AnalysisStatus, Reading, Steps};
use readings::render::render;
use readings::{delivered, queries, texts};
use vendors::workflow::CallbackKind;

use super::show_buttons::buttons;
use super::slots::{Reply, reply};
use super::{progress, waiting_words};
use crate::delivery::{missed, postpone, reached};
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
            drop(conn);
            return postpone(state, attempt, user.id, async |_| Ok(())).await;
        }
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let reading: Reading =
            serde_json::from_value(steps.analysis.clone()).map_err(Error::internal)?;
        let messages = render(&reading);
        let language = user.language();
        let chat_id = self.chat_id;
        let keyboard = buttons(state, &steps, language).await;
        let has_buttons = !keyboard.is_empty();
        let answer = Reply {
            kind: CallbackKind::AnalysisComplete,
            chat_id,
            messages: &messages,
            keyboard,
        };
        let sent = reply(state, attempt, &steps, &user, answer).await?;
        let delivered = Delivered {
            steps: &steps,
            chat_id,
            reading: &reading,
            remembered: sent.first.filter(|_| reading != texts::caring(language)),
            // n8n sends none; they stand beneath the last part.
            lacks_buttons: has_buttons && sent.by_n8n.len() == messages.len(),
            by_n8n: sent.by_n8n,
        };
        close(state, attempt, &delivered).await
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}

/// A reading that stands in the chat.
struct Delivered<'a> {
    steps: &'a Steps,
    chat_id: i64,
    reading: &'a Reading,
    /// The message by which later readings remember it.
    remembered: Option<i64>,
    by_n8n: Vec<i64>,
    lacks_buttons: bool,
}

async fn close(
    state: &WorkerState,
    attempt: &Attempt,
    done: &Delivered<'_>,
) -> Result<Outcome, JobError> {
    let (steps, chat_id) = (done.steps, done.chat_id);
    let next = store(&state.core.db, attempt, async |conn| {
        delivered::mark_delivered(conn, steps.id, steps.status).await?;
        delivered::add_slots(conn, steps.id, &done.by_n8n).await?;
        if let Some(message) = done.remembered {
            let (user, role) = (steps.user_id, MessageRole::Assistant);
            remember(conn, user, message, role, &done.reading.intro).await?;
            attach(conn, user, message, steps.id).await?;
        }
        let mut next = waiting_words::answer(conn, steps, chat_id).await?;
        next.extend(progress::end(conn, steps, chat_id).await?);
        next.extend(reached(conn, steps.user_id, chat_id).await?);
        if done.lacks_buttons {
            let show = ShowButtons {
                user_id: steps.user_id,
                analysis_id: steps.id,
                chat_id,
            };
            next.push(ledger::enqueue(conn, &show).await?);
        }
        Ok(next)
    })
    .await?;
    Ok(Outcome::Closed(next))
}
