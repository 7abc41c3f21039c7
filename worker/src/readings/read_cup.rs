//! Step 3: the AI sees what is in the cup. What is no cup, or must not be shown, ends here.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::Job;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use readings::answers;
use readings::answers::Sight;
use readings::jobs::{Interpret, ReadCup};
use readings::{queries, steps as steps_told};
use vendors::ai::Step;

use super::typing::typing_while;
use super::words::Judged;
use super::{abandon, begin, question, required, told, words};
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
        if let Judged::Ended(outcome) = words::judge(state, attempt, &steps).await? {
            return Ok(outcome);
        }
        let priority = steps.priority();
        let photo = required(steps.processed_key.clone(), "the picture's key")?;
        let jpeg = required(
            state.core.providers.storage.get(&photo).await?,
            "the picture",
        )?;
        let asked = state.prompts.current().await.vision(jpeg);
        let key = format!("{}:{id}", Self::KIND);
        let question = question(&steps, &key, asked.request);
        let asking = ask(state, attempt, question, answers::sight);
        let answered: Answered<Sight> = typing_while(state, steps.chat_id, asking).await?;
        let next = Interpret {
            analysis_id: id,
            user_id: self.user_id,
        };
        let told = told(Step::Vision, &asked.version, &answered);
        let (sight, tokens) = (&answered.read, answered.answer.tokens());
        let next = store(&state.core.db, attempt, async |conn| {
            queries::store_vision(conn, id, &sight.vision, tokens).await?;
            steps_told::record(conn, id, told).await?;
            Ok(match (sight.is_unsafe, sight.vision.is_cup) {
                // No fault of the job, which is done; nor is the next.
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
