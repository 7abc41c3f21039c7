//! Sends "Your data is deleted". The arguments of this job are the last data about the person. They are
//! kept as long as any finished job (JOBS_KEEP_HOURS), but the job must not become a dead letter, which
//! is kept longer: if the message cannot be sent, the job is done all the same.

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
            ..Outgoing::default()
        };
        match state.core.providers.messenger.send(&message).await {
            Err(why) if !why.is_retryable() || attempt.claim.is_last_attempt() => {
                tracing::info!(error = %why, "the message about a deletion was not sent");
            }
            sent => drop(sent?),
        }
        Ok(Outcome::Done)
    }
}
