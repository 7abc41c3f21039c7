//! `POST /v1/webhooks/telegram`: events of the bot's chat.

use actix_web::{HttpResponse, web};
use backups::journal::AcceptedPhoto;
use bot::commands::canonical;
use bot::jobs::Notice;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger::Ticket;
use kernel::Error;
use money::meters;
use people::users;
use people::users::model::{PersonKey, PersonRef};
use people::users::reach::{self, Heard};
use vendors::messenger::telegram_payment;
use vendors::messenger::telegram_update;
use vendors::messenger::telegram_update::{ChatEvent, EventKind};

use super::{
    closed, commands, edits, groups, messages, notices, presses, rate_limit, ratings, returned,
};
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
            EventKind::InGroup { name, bot } => {
                return groups::take(state, &event, incoming.update_id, name, bot).await;
            }
            EventKind::Pressed { query_id, .. } => {
                answer_press(state, query_id);
                if !rate_limit::admits_press(state, &event).await {
                    return Ok(());
                }
            }
            // Not counted: it brings no work.
            EventKind::Blocked(_) | EventKind::Reacted { .. } => {}
            _ if !rate_limit::admits(state, &event).await? => return Ok(()),
            _ => {}
        }
        if locks_readings(&event.kind) {
            // In a transaction of its own: it may write the person, whose row comes after those of readings.
            let profile = event.from.clone().into();
            let mut conn = state.db().await?;
            users::queries::find_or_create(&mut conn, &profile, &state.core.memory).await?;
        }
        let bot_id = state.core.config.messenger.bot_id();
        let tickets = state
            .db()
            .await?
            .transaction(async |conn| {
                if !bot::queries::is_new(conn, bot_id, incoming.update_id).await? {
                    return Ok(Vec::new());
                }
                take(conn, state, &event, incoming.update_id).await
            })
            .await?;
        state.core.pusher.wake(&tickets).await;
        if let EventKind::Photo(photo) = &event.kind
            && !tickets.is_empty()
        {
            remember_photo(state, incoming.update_id, event.chat_id, &photo.file_id);
        }
        if matches!(&event.kind, EventKind::Pressed { data, .. } if data.starts_with("link:")) {
            // The account may be another person's now.
            state.forget_person(PersonKey::Telegram(event.from.telegram_id));
        }
    }
    Ok(())
}

/// Writes beside the database that a photo was accepted, so that its person can be asked for it again should the
/// database be restored to a moment before. Beside the work, as it is of use only if all of it is lost.
fn remember_photo(state: &ApiState, update_id: i64, chat_id: i64, file_id: &str) {
    let Some(journal) = state.core.journal.clone() else {
        return;
    };
    let photo = AcceptedPhoto {
        update_id,
        chat_id,
        file_id: file_id.to_owned(),
        at: state.core.clock.now(),
    };
    actix_web::rt::spawn(async move {
        if let Err(why) = journal.accepted(&photo).await {
            tracing::warn!(error = %why, "an accepted photo is not in the journal of the backups");
        }
    });
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

/// Whether readings that are there may be locked for it, which come before the usage of their person.
fn locks_readings(kind: &EventKind) -> bool {
    match kind {
        EventKind::Pressed { .. } | EventKind::Edited { .. } | EventKind::Reacted { .. } => true,
        EventKind::Command { name, .. } => canonical(name) == "cancel",
        _ => false,
    }
}

async fn take(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    update_id: i64,
) -> Result<Vec<Ticket>, Error> {
    if !locks_readings(&event.kind) {
        // Before the person's own row, as everywhere.
        meters::queries::lock_usage_of(conn, event.from.telegram_id).await?;
    }
    if event.kind == EventKind::Blocked(true) {
        let heard = Heard {
            at: event.sent_at,
            update_id,
        };
        reach::blocked(conn, event.from.telegram_id, heard).await?;
        return Ok(Vec::new());
    }
    let memory = &state.core.memory;
    let profile = event.from.clone().into();
    let known = users::queries::find_or_create(conn, &profile, memory).await?;
    let mut tickets = returned::take(conn, event, known.id, update_id).await?;
    tickets.extend(answer(conn, state, event, &known).await?);
    Ok(tickets)
}

async fn answer(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    known: &PersonRef,
) -> Result<Vec<Ticket>, Error> {
    let user_id = known.id;
    if let Some(refused) = closed::refuse(conn, state, event, user_id).await? {
        return Ok(refused);
    }
    match &event.kind {
        EventKind::Pressed { data, .. } => presses::take(conn, state, event, user_id, data).await,
        EventKind::Command { name, argument } => {
            let (argument, is_new) = (argument.as_deref(), known.is_new);
            commands::take(conn, state, event, user_id, name, argument, is_new).await
        }
        EventKind::Photo(photo) => messages::photo(conn, event, user_id, photo).await,
        EventKind::Words(text) => messages::words(conn, event, user_id, text).await,
        EventKind::Other(content) => {
            notices::send(conn, event, user_id, Notice::CannotRead(*content)).await
        }
        EventKind::Edited { photo, text } => {
            edits::take(conn, event, user_id, photo.as_ref(), text.as_deref()).await
        }
        EventKind::Reacted { emoji } => ratings::reacted(conn, event, user_id, emoji).await,
        EventKind::InGroup { .. } | EventKind::Blocked(_) => Ok(Vec::new()),
    }
}
