//! `POST /v1/webhooks/telegram`: events of the bot's chat.

use actix_web::{HttpResponse, web};
use bot::jobs::Notice;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger::Ticket;
use kernel::Error;
use moderation::Assessment;
use people::abuse_memory::AbuseMemory;
use people::users;
use readings::chat_messages::{MessageRole, remember};
use vendors::messenger::telegram_payment;
use vendors::messenger::telegram_update;
use vendors::messenger::telegram_update::{ChatEvent, EventKind};

use super::{begin, consent, notices, rate_limit};
use crate::http::extract::FromTelegram;
use crate::http::problem::{ErrorBody, Problem};
use crate::money::payments;
use crate::state::ApiState;

/// Takes an update. Answered with a success only once everything that follows from it is
/// committed; otherwise Telegram brings it again, and `update_id` keeps it from counting twice.
#[utoipa::path(post, path = "/v1/webhooks/telegram", operation_id = "take_telegram_update", tag = "Webhooks", security(()),
    params(("X-Telegram-Bot-Api-Secret-Token" = String, Header,
        description = "The secret of the webhook")),
    request_body(content = Object, description = "An `Update` of the Bot API"),
    responses(
        (status = 200, description = "It is taken"),
        (status = 401, description = "It does not come from Telegram", body = ErrorBody),
        (status = 503, description = "Temporarily unavailable: send it again", body = ErrorBody)))]
pub(crate) async fn webhook(
    _: FromTelegram,
    body: web::Bytes,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    handle(&state, &body).await
}

/// Takes an update, of money or of the chat.
pub(super) async fn handle(state: &ApiState, body: &[u8]) -> Result<HttpResponse, Problem> {
    let taken = match telegram_payment::parse(body) {
        Some(update) => payments::telegram::take(state, update).await,
        None => take_update(state, body).await,
    };
    payments::telegram::answer_to_update(taken)
}

async fn take_update(state: &ApiState, body: &[u8]) -> Result<(), Error> {
    let incoming = telegram_update::parse(body);
    let incoming = incoming.map_err(|why| Error::invalid("body", why))?;
    if let Some(event) = incoming.event {
        match &event.kind {
            // Not counted: an answer that the bot has asked for must not be lost.
            EventKind::Pressed { query_id, .. } => answer_press(state, query_id),
            _ if !rate_limit::admits(state, &event).await? => return Ok(()),
            _ => {}
        }
        let bot_id = state.core.config.messenger.bot_id();
        let tickets = state
            .db()
            .await?
            .transaction(async |conn| {
                if !bot::queries::is_new(conn, bot_id, incoming.update_id).await? {
                    return Ok(Vec::new());
                }
                take(conn, &event, &state.core.memory).await
            })
            .await?;
        state.core.pusher.wake(&tickets).await;
    }
    Ok(())
}

/// Ends the sign of waiting at the button, beside the work: what fails there changes nothing.
fn answer_press(state: &ApiState, query_id: &str) {
    let (inbox, query_id) = (state.core.providers.inbox.clone(), query_id.to_owned());
    actix_web::rt::spawn(async move {
        if let Err(why) = inbox.answer_press(&query_id).await {
            tracing::info!(error = %why, "a pressed button was not answered");
        }
    });
}

async fn take(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    memory: &AbuseMemory,
) -> Result<Vec<Ticket>, Error> {
    let profile = event.from.clone().into();
    let user_id = users::queries::find_or_create(conn, &profile, memory)
        .await?
        .id;
    let words = match &event.kind {
        EventKind::Pressed { data, .. } => {
            return consent::pressed(conn, event, user_id, data).await;
        }
        EventKind::Start => return notices::send(conn, event, user_id, Notice::Greeting).await,
        EventKind::Photo { caption, .. } => caption.as_deref(),
        EventKind::Other { text } => text.as_deref().filter(|text| !text.starts_with('/')),
    };
    let words = words.map(|text| text.trim().to_owned());
    let words = words.filter(|text| !text.is_empty());
    if let Some(text) = &words {
        // Before they are remembered: what a person in danger has written is not kept.
        if moderation::assess(text) == Assessment::Crisis {
            return notices::send(conn, event, user_id, Notice::Care).await;
        }
    }
    if consent::is_given(conn, user_id).await? {
        if let Some(text) = &words {
            remember(conn, user_id, event.message_id, MessageRole::User, text).await?;
        }
    } else if consent::is_needed(conn, event, user_id, words.as_deref()).await? {
        return consent::ask(conn, event, user_id, words).await;
    }
    match (&event.kind, words) {
        (EventKind::Photo { file_id, .. }, caption) => {
            begin::reading(conn, event, user_id, file_id, caption).await
        }
        (_, Some(text)) if moderation::is_courtesy(&text) => {
            notices::send(conn, event, user_id, Notice::Welcome).await
        }
        (_, Some(text)) => begin::answer(conn, event, user_id, text).await,
        (_, None) => notices::send(conn, event, user_id, Notice::PhotoHint).await,
    }
}
