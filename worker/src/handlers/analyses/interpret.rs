//! Step 4: the AI writes the reading. After it the reading is complete; delivery is another
//! matter, and its failure never takes the reading back.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use shared::features::analyses::jobs::Interpret;
use shared::features::analyses::model::{Steps, Vision};
use shared::features::analyses::{prompts, queries, rules};
use shared::features::notifications::jobs::DeliverAnalysis;
use shared::features::users;
use shared::jobs::Job;
use shared::jobs::ledger::{self, Ticket};
use shared::providers::ai::Request;
use shared::telemetry::metrics;
use shared::{Error, ErrorCode, Language};

use super::growing::Stage;
use super::{abandon, begin};
use crate::ai::{Question, Told, ask};
use crate::runtime::handler::{Attempt, Handler, JobError, Outcome};
use crate::runtime::store::store;
use crate::state::WorkerState;

impl Handler for Interpret {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let id = self.analysis_id;
        let Some(steps) = begin(state, attempt, id).await? else {
            return Ok(Outcome::Done);
        };
        let user = users::queries::by_id(&mut *state.db().await?, steps.user_id).await?;
        let key = format!("{}:{id}", Self::KIND);
        let request = request(&steps, user.language())?;
        let (pieces, stage) = Stage::new(state, attempt, &steps, &request);
        let question = Question {
            pieces: Some(pieces),
            ..Question::of(&steps, &key, request)
        };
        let asking = ask(state, attempt, question, rules::reading);
        let Told {
            read: reading,
            answer,
            ..
        } = stage.shows_while(asking).await?;
        let deliver = DeliverAnalysis {
            analysis_id: id,
            // Whoever asked through the API gets the reading there, and in the chat besides.
            chat_id: steps.chat_id.unwrap_or(user.telegram_id),
        };
        let (next, (focus_area, tier)) = store!(state, attempt, |conn| {
            queries::store_reading(conn, id, &reading, &answer.model, answer.tokens()).await?;
            let next = ledger::enqueue(conn, &deliver).await?;
            (next, queries::labels(conn, id).await?)
        })?;
        metrics::analysis_completed(focus_area.as_str(), tier.as_str(), "success");
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

/// What to ask: the shapes in the cup, or the person's words, or both.
fn request(steps: &Steps, language: Language) -> Result<Request, JobError> {
    let vision: Option<Vision> = match &steps.vision {
        None => None,
        Some(stored) => Some(serde_json::from_value(stored.clone()).map_err(Error::internal)?),
    };
    let words = steps.user_text.as_deref();
    Ok(prompts::interpretation(
        vision.as_ref(),
        words,
        steps.focus_area,
        language,
    ))
}
