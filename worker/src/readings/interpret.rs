//! Step 4: the AI writes the reading, or the answer to a question about the last one. It completes the
//! reading; a failed delivery does not change that.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::Job;
use jobs::ledger::Ticket;
use kernel::{Error, ErrorCode, Language};
use people::users;
use readings::answers;
use readings::answers::ReadingAnswer;
use readings::jobs::Interpret;
use readings::model::{InputType, Steps, Vision};
use readings::prompts::{PreparedRequest, PromptInput, Prompts};
use readings::steps as step_records;
use readings::{earlier, queries};
use vendors::ai::Step;

use super::growing::LiveView;
use super::progress::showing_progress;
use super::tell_delay::telling_of_delay;
use super::words::{self, WordsCheck};
use super::{abandon, begin, count_complete, enqueue_delivery, question, step_record};
use crate::ai::{Answered, Question, ask};
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for Interpret {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let id = self.analysis_id;
        let Some(steps) = begin(state, attempt, id).await? else {
            return Ok(Outcome::Done);
        };
        if let WordsCheck::Ended(outcome) = words::check(state, attempt, &steps).await? {
            return Ok(outcome);
        }
        let user = users::queries::by_id(&mut *state.db().await?, steps.user_id).await?;
        let PreparedRequest { request, version } = prepare(state, &steps, user.language()).await?;
        let step = request.step;
        let key = format!("{}:{id}", Self::KIND);
        let (pieces, view) = LiveView::new(state, attempt, &steps, &request);
        let question = Question {
            pieces: Some(pieces),
            ..question(&steps, &key, request)
        };
        let asking = ask(state, attempt, question, parser_of(step));
        let asking = telling_of_delay(state, attempt, &steps, asking);
        let asking = showing_progress(state, &steps, asking);
        let answered: Answered<ReadingAnswer> = view.show_during(asking).await?;
        if !answered.value.appropriate {
            return words::refuse(state, attempt, &steps).await;
        }
        let record = step_record(step, &version, &answered);
        let answer = &answered.answer;
        let (next, labels) = store(&state.core.db, attempt, async |conn| {
            let reading = &answered.value.reading;
            queries::store_reading(conn, id, reading, &answer.model, answer.tokens()).await?;
            step_records::record(conn, id, record).await?;
            let next = enqueue_delivery(conn, &steps, &user).await?;
            Ok((next, queries::labels(conn, id).await?))
        })
        .await?;
        count_complete(state, &steps, labels);
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

fn parser_of(step: Step) -> fn(serde_json::Value) -> Result<ReadingAnswer, String> {
    match step {
        Step::Chat => answers::parse_reply,
        _ => answers::parse_reading,
    }
}

/// The request: for the reading of a cup; for the answer to words, if there is a reading that they can
/// be about; or else for a reading of the words. The memory of the person ends before the question, so
/// that another attempt makes the same request.
async fn prepare(
    state: &WorkerState,
    steps: &Steps,
    language: Language,
) -> Result<PreparedRequest, JobError> {
    let mut conn = state.db().await?;
    let mut readings = earlier::readings(&mut conn, steps.user_id, steps.created_at).await?;
    let last = match (steps.input_type, steps.about_id) {
        (InputType::Text, Some(about)) => earlier::one(&mut conn, steps.user_id, about).await?,
        (InputType::Text, None) => readings.first().cloned(),
        (InputType::Image, _) => None,
    };
    if let Some(last) = &last {
        queries::set_about(&mut conn, steps.id, last.id).await?;
        readings.retain(|one| one.id != last.id);
    }
    let context = earlier::context(
        &mut conn,
        steps.user_id,
        (steps.id, steps.created_at),
        &readings,
    )
    .await?;
    drop(conn);
    let context = context.within(state.core.config.ai.context_tokens);
    let prompts = state.prompts.current().await;
    let vision = match &last {
        Some(last) => last.vision(),
        None => stored_vision(steps)?,
    };
    let input = PromptInput {
        language,
        focus_area: steps.focus_area,
        vision: vision.as_ref(),
        words: steps.user_text.as_deref(),
        context: &context,
    };
    Ok(match last.and_then(|last| last.reading()) {
        Some(reading) => Prompts::answer(&prompts, input, &reading),
        None => Prompts::interpretation(&prompts, input),
    })
}

fn stored_vision(steps: &Steps) -> Result<Option<Vision>, Error> {
    let stored = steps.vision.clone();
    let vision = stored.map(serde_json::from_value).transpose();
    vision.map_err(Error::internal)
}
