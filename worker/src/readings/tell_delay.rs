//! Says in the chat that a reading takes longer, while an AI lets the person wait: in its announcement, again
//! every minute, a few times.

use std::time::Duration;

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::{self, Ticket};
use kernel::ErrorCode;
use people::users;
use readings::announcement::announcement;
use readings::messages::TellDelay;
use readings::model::Steps;
use readings::{delivered, queries};
use tokio::time::sleep;
use vendors::messenger::Outgoing;

use super::progress;
use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for TellDelay {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let Some(steps) = queries::steps(&mut conn, self.analysis_id).await? else {
            return Ok(Outcome::Done);
        };
        let left = time_left(state, &steps);
        if !steps.status.is_final() && !left.is_zero() {
            return Ok(Outcome::Snooze(left));
        }
        let minutes = (state.core.clock.now() - steps.created_at).num_minutes();
        let next = match steps.status.is_final() || minutes >= Self::MINUTES {
            true => Outcome::Done,
            false => Outcome::Snooze(Self::EVERY),
        };
        // Another job for the same reading may have said it, or an attempt of this one that failed.
        if !delivered::mark_delay_told(&mut conn, steps.id).await? {
            return Ok(next);
        }
        let user = users::queries::by_id(&mut conn, steps.user_id).await?;
        if !user.is_reached() {
            return Ok(Outcome::Done);
        }
        let told = queries::steps(&mut conn, steps.id).await?;
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let Some(told) = told else {
            return Ok(Outcome::Done);
        };
        if told.announcement_id.is_some() {
            progress::show(state, &told, self.chat_id).await?;
        } else {
            announce(state, &told, self.chat_id).await?;
        }
        Ok(next)
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}

/// Sends an announcement for what had none: a question.
async fn announce(state: &WorkerState, steps: &Steps, chat_id: i64) -> Result<(), JobError> {
    let user = users::queries::by_id(&mut *state.db().await?, steps.user_id).await?;
    let (html, keyboard) = announcement(steps, state.core.clock.now(), user.language());
    let message = Outgoing {
        chat_id,
        html,
        reply_to: steps.message_id,
        keyboard,
    };
    let id = state.core.providers.messenger.send(&message).await?;
    delivered::set_announcement(&mut *state.db().await?, steps.id, id).await?;
    Ok(())
}

/// Does the work of a step that asks an AI. If it is not done in time, or fails at first, the person in the
/// chat is told that it takes longer.
pub(super) async fn telling_of_delay<T>(
    state: &WorkerState,
    attempt: &Attempt,
    steps: &Steps,
    work: impl Future<Output = Result<T, JobError>>,
) -> Result<T, JobError> {
    if steps.chat_id.is_none() || steps.delay_told_at.is_some() {
        return work.await;
    }
    tokio::pin!(work);
    let ended = tokio::select! {
        biased;
        ended = &mut work => ended,
        () = sleep(time_left(state, steps)) => {
            let ((), ended) = tokio::join!(enqueue(state, steps), work);
            return ended;
        }
    };
    // Later attempts find it enqueued, or are late themselves.
    if attempt.claim.attempt == 1 && matches!(ended, Err(JobError::Retry { .. })) {
        enqueue(state, steps).await;
    }
    ended
}

/// Until the person is to be told.
fn time_left(state: &WorkerState, steps: &Steps) -> Duration {
    let waited = state.core.clock.now() - steps.created_at;
    TellDelay::AFTER.saturating_sub(waited.to_std().unwrap_or_default())
}

/// A message that cannot be enqueued does not affect the work.
async fn enqueue(state: &WorkerState, steps: &Steps) {
    let Some(chat_id) = steps.chat_id else { return };
    let job = TellDelay {
        user_id: steps.user_id,
        analysis_id: steps.id,
        chat_id,
    };
    let enqueued = async {
        let mut conn = state.db().await?;
        Ok::<_, JobError>(ledger::enqueue_in(&mut conn, &job, time_left(state, steps)).await?)
    };
    match enqueued.await {
        Ok(ticket) => state.core.pusher.wake(&[ticket]).await,
        Err(why) => tracing::warn!(error = %why, "the person is not told of a delay"),
    }
}
