//! Step 3: the AI sees what is in the cup.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use shared::ErrorCode;
use shared::features::analyses::jobs::{Interpret, ReadCup};
use shared::features::analyses::{prompts, queries, rules};
use shared::jobs::Job;
use shared::jobs::ledger::{self, Ticket};

use super::typing::typing_while;
use super::{abandon, begin, required};
use crate::ai::{Question, Told, ask};
use crate::runtime::handler::{Attempt, Handler, JobError, Outcome};
use crate::runtime::store::store;
use crate::state::WorkerState;

impl Handler for ReadCup {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let id = self.analysis_id;
        let Some(steps) = begin(state, attempt, id).await? else {
            return Ok(Outcome::Done);
        };
        let priority = steps.priority();
        let photo = required(steps.processed_key.clone(), "the picture's key")?;
        let jpeg = required(
            state.core.providers.storage.get(&photo).await?,
            "the picture",
        )?;
        let key = format!("{}:{id}", Self::KIND);
        let question = Question::of(&steps, &key, prompts::vision(jpeg));
        let asking = ask(state, attempt, question, rules::vision);
        let Told {
            read: vision,
            answer,
            ..
        } = typing_while(state, steps.chat_id, asking).await?;
        let next = Interpret {
            analysis_id: id,
            user_id: self.user_id,
        };
        let next = store!(state, attempt, |conn| {
            queries::store_vision(conn, id, &vision, answer.tokens()).await?;
            ledger::enqueue_at(conn, &next, priority).await?
        })?;
        Ok(Outcome::Closed(vec![next]))
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        abandon(conn, self.analysis_id, code).await
    }
}
