//! Where a shared picture leads: its own address, its person's link to the bot, and the message with both that the
//! messenger keeps.

use std::time::Duration;

use kernel::Error;
use people::users;
use readings::shares::Share;
use readings::texts;
use uuid::Uuid;
use vendors::messenger::{Action, Button, PhotoMessage, Prepared, start_link};

use crate::state::ApiState;

/// How long a person waits for the messenger to keep the message.
const PATIENCE: Duration = Duration::from_secs(5);

/// The link of a person to the bot: the bot's name, and the argument.
pub(super) struct Link {
    bot: String,
    argument: String,
}

impl Link {
    pub(super) async fn of(state: &ApiState, user_id: Uuid) -> Result<Self, Error> {
        Ok(Self {
            bot: state.core.providers.messenger.name().await?,
            argument: bot::referrals::link(&mut *state.db().await?, user_id).await?,
        })
    }

    pub(super) fn url(&self) -> String {
        start_link(&self.bot, &self.argument)
    }
}

/// Has the messenger keep a message with the picture for the person to send; `None` if it does not, in time.
pub(super) async fn prepare(
    state: &ApiState,
    user_id: Uuid,
    share: &Share,
    link: &Link,
) -> Result<Option<Prepared>, Error> {
    let person = users::queries::by_id(&mut *state.db().await?, user_id).await;
    let person = person.map_err(super::not_found)?;
    let language = person.language();
    let Some(telegram_id) = person.telegram_id else {
        return Ok(None);
    };
    let message = PhotoMessage {
        url: address(state, share.id),
        caption: texts::shared(language).to_owned(),
        button: Button {
            text: texts::read_mine(language).to_owned(),
            action: Action::Start(link.argument.clone()),
        },
    };
    let messenger = &state.core.providers.messenger;
    let preparing = messenger.prepare_photo(telegram_id, &message);
    match tokio::time::timeout(PATIENCE, preparing).await {
        Ok(Ok(prepared)) => return Ok(Some(prepared)),
        Ok(Err(why)) => {
            tracing::info!(error = %why, "the messenger does not keep a shared picture")
        }
        Err(_) => tracing::info!("the messenger does not answer for a shared picture"),
    }
    Ok(None)
}

/// The public address of a shared picture.
pub(super) fn address(state: &ApiState, id: Uuid) -> String {
    let public = &state.core.config.public_url;
    public.at(&format!("/v1/shares/{id}/card.jpg"))
}
