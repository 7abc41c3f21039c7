//! "Your data is deleted." The last that we know of a person is in the arguments of this job. They
//! are kept as long as any finished job (JOBS_KEEP_HOURS), and never as those of a dead one: whom we
//! cannot tell, we let go.

use people::privacy::messages::TellDeletion;
use people::privacy::texts;
use vendors::messenger::Outgoing;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for TellDeletion {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let message = Outgoing {
            chat_id: self.chat_id,
            html: texts::deleted(self.language).to_owned(),
            reply_to: None,
        };
        match state.core.providers.messenger.send(&message).await {
            Err(why) if !why.is_retryable() || attempt.claim.is_last_attempt() => {
                tracing::info!(error = %why, "a person was not told that their data is deleted");
            }
            sent => drop(sent?),
        }
        Ok(Outcome::Done)
    }
}
