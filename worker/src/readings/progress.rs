//! Brings the announcement of a reading up to date while the reading is made.

use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use people::users;
use readings::announcement::announcement;
use readings::messages::ShowProgress;
use readings::model::Steps;
use readings::queries;
use vendors::messenger::Outgoing;

use crate::state::WorkerState;
use delivery::job::limit_keys;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for ShowProgress {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        if let Some(steps) = queries::steps(&mut conn, self.analysis_id).await? {
            drop(conn);
            show(state, &steps, self.chat_id).await?;
        }
        Ok(Outcome::Done)
    }
}

/// Edits the announcement, if there is one, into what it says of a reading now.
pub(super) async fn show(state: &WorkerState, steps: &Steps, chat_id: i64) -> Result<(), JobError> {
    let Some(message_id) = steps.announcement_id else {
        return Ok(());
    };
    let user = users::queries::by_id(&mut *state.db().await?, steps.user_id).await?;
    let (html, keyboard) = announcement(steps, state.core.clock.now(), user.language());
    let message = Outgoing {
        chat_id,
        html,
        keyboard,
        ..Outgoing::default()
    };
    // A person who has deleted it does not miss it.
    let messenger = &state.core.providers.messenger;
    messenger.edit(message_id, &message).await?;
    Ok(())
}

/// Runs `work`, and meanwhile says in the announcement that it has begun, if the chat has a token to spare.
/// Failures do not affect the work.
pub(super) async fn showing_progress<T>(
    state: &WorkerState,
    steps: &Steps,
    work: impl Future<Output = T>,
) -> T {
    let showing = async {
        let Some(chat_id) = steps.chat_id.filter(|_| steps.announcement_id.is_some()) else {
            return;
        };
        if state.is_spare(&limit_keys(chat_id)).await.unwrap_or(false)
            && let Err(why) = show(state, steps, chat_id).await
        {
            tracing::debug!(error = %why, "the progress of a reading was not shown");
        }
    };
    tokio::pin!(work, showing);
    tokio::select! {
        biased;
        done = &mut work => return done,
        () = &mut showing => {}
    }
    work.await
}

/// Has the announcement say that the reading is over, if there is one.
pub(super) async fn end(
    conn: &mut AsyncPgConnection,
    steps: &Steps,
    chat_id: i64,
) -> Result<Option<Ticket>, JobError> {
    if steps.announcement_id.is_none() {
        return Ok(None);
    }
    let show = ShowProgress {
        user_id: steps.user_id,
        analysis_id: steps.id,
        chat_id,
    };
    Ok(Some(ledger::enqueue(conn, &show).await?))
}
