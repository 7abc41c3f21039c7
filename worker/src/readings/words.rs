//! Moderates the words of a person before the AI is asked.

use moderation::Assessment;
use people::users;
use readings::model::{InputType, Steps};
use readings::steps::{CARE, StepRecord, record};
use readings::{queries, texts, unit};

use super::{abandon, count_complete, enqueue_delivery};
use crate::state::WorkerState;
use runtime::handler::{Attempt, JobError, Outcome};
use runtime::store::store;

/// The outcome of moderation for a reading.
pub(super) enum WordsCheck {
    Continue,
    Ended(Outcome),
}

/// Moderates the words of a request. A person in danger gets a caring answer as the reading, and the
/// unit back; a refused request fails with E504.
pub(super) async fn check(
    state: &WorkerState,
    attempt: &Attempt,
    steps: &Steps,
) -> Result<WordsCheck, JobError> {
    let words = steps.user_text.as_deref().unwrap_or_default();
    let ended = match moderation::assess(words) {
        // The words of a person in danger are not stored (`rules::kept_words`).
        Assessment::Fine if words.is_empty() && steps.input_type == InputType::Text => {
            care(state, attempt, steps).await?
        }
        Assessment::Fine => return Ok(WordsCheck::Continue),
        Assessment::Refused => refuse(state, attempt, steps).await?,
        Assessment::Crisis => care(state, attempt, steps).await?,
    };
    Ok(WordsCheck::Ended(ended))
}

/// Fails a refused reading with E504. The job itself is done.
pub(super) async fn refuse(
    state: &WorkerState,
    attempt: &Attempt,
    steps: &Steps,
) -> Result<Outcome, JobError> {
    let code = vendors::codes::NSFW_CONTENT_DETECTED;
    let next = store(&state.core.db, attempt, async |conn| {
        Ok(abandon(conn, steps.id, code).await?)
    })
    .await?;
    Ok(Outcome::Closed(next))
}

async fn care(state: &WorkerState, attempt: &Attempt, steps: &Steps) -> Result<Outcome, JobError> {
    let user = users::queries::by_id(&mut *state.db().await?, steps.user_id).await?;
    let reading = texts::caring(user.language());
    let entry = StepRecord {
        step: CARE,
        prompt_version: "none",
        vendor: "none",
        model: "none",
    };
    let (next, labels) = store(&state.core.db, attempt, async |conn| {
        unit::give_back(conn, steps.id).await?;
        queries::store_reading(conn, steps.id, &reading, "none", None).await?;
        record(conn, steps.id, entry).await?;
        // A process of the previous release may have stored them.
        queries::forget_words(conn, steps.id).await?;
        let next = enqueue_delivery(conn, steps, &user).await?;
        Ok((next, queries::labels(conn, steps.id).await?))
    })
    .await?;
    count_complete(state, steps, labels);
    Ok(Outcome::Closed(next))
}
