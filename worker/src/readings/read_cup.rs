//! Step 3: the AI sees what is in the cup. A photo without a cup, or with content that must not be shown,
//! ends the reading.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::Job;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use readings::answers;
use readings::answers::VisionAnswer;
use readings::jobs::{Interpret, ReadCup};
use readings::{queries, steps as step_records};
use vendors::ai::Step;

use super::progress::showing_progress;
use super::tell_delay::telling_of_delay;
use super::typing::typing_while;
use super::words::WordsCheck;
use super::{abandon, begin, question, required, step_record, words};
use crate::ai::{Answered, ask};
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for ReadCup {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let id = self.analysis_id;
        let Some(steps) = begin(state, attempt, id).await? else {
            return Ok(Outcome::Done);
        };
        if let WordsCheck::Ended(outcome) = words::check(state, attempt, &steps).await? {
            return Ok(outcome);
        }
        let priority = steps.priority();
        let photo = required(steps.processed_key.clone(), "the picture's key")?;
        let jpeg = required(
            state.core.providers.storage.get(&photo).await?,
            "the picture",
        )?;
        let prepared = state.prompts.current().await.vision(jpeg);
        let key = format!("{}:{id}", Self::KIND);
        let question = question(&steps, &key, prepared.request);
        let asking = ask(state, attempt, question, answers::parse_vision);
        let asking = telling_of_delay(state, attempt, &steps, asking);
        let asking = showing_progress(state, &steps, asking);
        let answered: Answered<VisionAnswer> = typing_while(state, steps.chat_id, asking).await?;
        let next = Interpret {
            analysis_id: id,
            user_id: self.user_id,
        };
        let record = step_record(Step::Vision, &prepared.version, &answered);
        let (vision, tokens) = (&answered.value, answered.answer.tokens());
        let next = store(&state.core.db, attempt, async |conn| {
            queries::store_vision(conn, id, &vision.vision, tokens).await?;
            step_records::record(conn, id, record).await?;
            Ok(match (vision.is_unsafe, vision.vision.is_cup) {
                // The reading fails, but the job is done. So in the next case.
                (true, _) => abandon(conn, id, vendors::codes::NSFW_CONTENT_DETECTED).await?,
                (false, false) => abandon(conn, id, readings::codes::NOT_A_CUP).await?,
                (false, true) => vec![ledger::enqueue_at(conn, &next, priority).await?],
            })
        })
        .await?;
        Ok(Outcome::Closed(next))
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        abandon(conn, self.analysis_id, code).await
    }
}
