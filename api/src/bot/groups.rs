//! Groups: `/start@bot` is answered, at once and from here, because a job would store the group.

use bot::groups::invitation;
use kernel::{Error, Language};
use people::users;
use people::users::model::PersonKey;
use vendors::ProviderError;
use vendors::messenger::telegram_update::ChatEvent;
use vendors::messenger::{Messenger, Outgoing};

use super::rate_limit;
use crate::state::ApiState;

/// Takes a command that names a bot.
pub(super) async fn take(
    state: &ApiState,
    event: &ChatEvent,
    update_id: i64,
    name: &str,
    addressee: &str,
) -> Result<(), Error> {
    let person = PersonKey::Telegram(event.from.telegram_id);
    if name != "start" || !rate_limit::admits_person(state, event.from.telegram_id).await {
        return Ok(());
    }
    let mut conn = state.db().await?;
    let bot_id = state.core.config.messenger.bot_id();
    if !bot::queries::is_new(&mut conn, bot_id, update_id).await? {
        return Ok(());
    }
    let by_telegram = Language::for_telegram(event.from.language_code.as_deref());
    let known = users::queries::language(&mut conn, person).await?;
    let message = invitation(event.chat_id, known.unwrap_or(by_telegram));
    let (messenger, addressee) = (state.core.providers.messenger.clone(), addressee.to_owned());
    actix_web::rt::spawn(async move {
        if let Err(why) = answer(&*messenger, &addressee, &message).await {
            tracing::info!(error = %why, "a group was not answered");
        }
    });
    Ok(())
}

/// Sends the message if the command was for this bot.
async fn answer(
    messenger: &dyn Messenger,
    addressee: &str,
    message: &Outgoing,
) -> Result<(), ProviderError> {
    if messenger.name().await?.eq_ignore_ascii_case(addressee) {
        messenger.send(message).await?;
    }
    Ok(())
}
