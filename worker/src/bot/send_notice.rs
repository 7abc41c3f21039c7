//! Sends a greeting or a hint.

use bot::jobs::{Notice, SendNotice};
use bot::{consent, texts};
use diesel::OptionalExtension;
use people::users;
use vendors::messenger::Outgoing;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for SendNotice {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let found = users::queries::by_id(&mut *state.db().await?, self.user_id).await;
        let Some(user) = found.optional()? else {
            // The person was deleted meanwhile.
            return Ok(Outcome::Done);
        };
        let html = texts::notice(self.notice, user.first_name.as_deref(), user.language());
        let message = Outgoing {
            chat_id: self.chat_id,
            html,
            reply_to: None,
            button: (self.notice == Notice::AskConsent).then(|| consent::button(user.language())),
        };
        state.core.providers.messenger.send(&message).await?;
        Ok(Outcome::Done)
    }
}
