//! The buttons beneath a reading: when it is delivered, and when a rating has changed them.

use bot::mini_app::Place;
use kernel::Language;
use people::users;
use readings::buttons::beneath;
use readings::messages::ShowButtons;
use readings::model::Steps;
use readings::queries;
use vendors::messenger::Keyboard;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for ShowButtons {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let Some(steps) = queries::steps(&mut conn, self.analysis_id).await? else {
            return Ok(Outcome::Done);
        };
        let user = users::queries::by_id(&mut conn, steps.user_id).await?;
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let Some(message_id) = steps.delivery_message_ids.last() else {
            return Ok(Outcome::Done);
        };
        let keyboard = buttons(state, &steps, user.language()).await;
        let messenger = &state.core.providers.messenger;
        messenger
            .edit_keyboard(self.chat_id, *message_id, &keyboard)
            .await?;
        Ok(Outcome::Done)
    }
}

/// The buttons beneath a reading; without the name of the bot there is nothing to share.
pub(super) async fn buttons(state: &WorkerState, steps: &Steps, language: Language) -> Keyboard {
    let name = state.core.providers.messenger.name().await.ok();
    let app = state.core.config.bot.app.as_ref();
    let app = app.map(|app| app.button(Place::Reading(steps.id), language));
    beneath(steps, language, name.as_deref(), app)
}
