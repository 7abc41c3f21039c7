//! A greeting or a hint.

use diesel::OptionalExtension;
use shared::features::bot::jobs::SendNotice;
use shared::features::bot::texts;
use shared::features::users;
use shared::providers::messenger::Outgoing;

use crate::runtime::handler::{Attempt, Handler, JobError, Outcome};
use crate::state::WorkerState;

impl Handler<WorkerState> for SendNotice {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let found = users::queries::by_id(&mut *state.db().await?, self.user_id).await;
        let Some(user) = found.optional()? else {
            // They had everything deleted meanwhile.
            return Ok(Outcome::Done);
        };
        let html = texts::notice(self.notice, user.first_name.as_deref(), user.language());
        let message = Outgoing {
            chat_id: self.chat_id,
            html,
            reply_to: None,
        };
        state.core.providers.messenger.send(&message).await?;
        Ok(Outcome::Done)
    }
}
