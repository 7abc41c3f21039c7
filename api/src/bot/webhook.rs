//! `POST /v1/webhooks/telegram`: events of the bot's chat.

use actix_web::{HttpResponse, web};
use audit::model::Origin;
use bot::jobs::Notice;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Error;
use moderation::Assessment;
use money::limits;
use people::abuse_memory::AbuseMemory;
use people::users;
use readings::accept::{Accepted, accept};
use readings::chat_messages::{MessageRole, attach, remember};
use readings::earlier;
use readings::jobs::{FetchPhoto, Interpret};
use readings::messages::AnnounceAnalysis;
use readings::model::{FocusArea, InputType, NewAnalysis};
use uuid::Uuid;
use vendors::messenger::telegram_payment;
use vendors::messenger::telegram_update;
use vendors::messenger::telegram_update::{ChatEvent, EventKind};

use super::{consent, notices, rate_limit};
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
    let taken = match telegram_payment::parse(&body) {
        Some(update) => payments::telegram::take(&state, update).await,
        None => take_update(&state, &body).await,
    };
    payments::telegram::answer_to_update(taken)
}

async fn take_update(state: &ApiState, body: &[u8]) -> Result<(), Error> {
    let incoming = telegram_update::parse(body);
    let incoming = incoming.map_err(|why| Error::invalid("body", why))?;
    if let Some(event) = incoming.event
        && rate_limit::admits(state, &event).await?
    {
        if let EventKind::Pressed { query_id, .. } = &event.kind {
            answer_press(state, query_id);
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
        EventKind::Start => return send_notice(conn, event, user_id, Notice::Greeting).await,
        EventKind::Photo { caption, .. } => caption.as_deref(),
        EventKind::Other { text } => text.as_deref().filter(|text| !text.starts_with('/')),
    };
    let words = words.map(|text| text.trim().to_owned());
    let words = words.filter(|text| !text.is_empty());
    if let Some(text) = &words {
        // Before they are remembered: what a person in danger has written is not kept.
        if moderation::assess(text) == Assessment::Crisis {
            return send_notice(conn, event, user_id, Notice::Care).await;
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
            begin(conn, event, user_id, file_id, caption).await
        }
        (_, Some(text)) if moderation::is_courtesy(&text) => {
            send_notice(conn, event, user_id, Notice::Welcome).await
        }
        (_, Some(text)) => begin_answer(conn, event, user_id, text).await,
        (_, None) => send_notice(conn, event, user_id, Notice::PhotoHint).await,
    }
}

/// Sends a text that depends on nothing but the person.
pub(super) async fn send_notice(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    notice: Notice,
) -> Result<Vec<Ticket>, Error> {
    Ok(notices::send(conn, event.chat_id, user_id, notice).await?)
}

/// Takes words as a question about the last reading, if there is one. It is announced by nothing but
/// the typing indicator: an answer to a question is a talk.
async fn begin_answer(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    text: String,
) -> Result<Vec<Ticket>, Error> {
    let Some(focus_area) = earlier::last_focus(conn, user_id).await? else {
        return send_notice(conn, event, user_id, Notice::PhotoHint).await;
    };
    let new = NewAnalysis {
        id: Uuid::now_v7(),
        user_id,
        message_id: Some(event.message_id),
        input_type: InputType::Text,
        image_url: None,
        image_size_bytes: None,
        user_text: Some(text),
        focus_area,
        chat_id: Some(event.chat_id),
        source_file_id: None,
    };
    let job = Interpret {
        analysis_id: new.id,
        user_id,
    };
    match accept(conn, &new, &job, &Origin::own("telegram"), None).await? {
        Accepted::New { ticket, tier } => {
            attach(conn, user_id, event.message_id, new.id).await?;
            readings::metrics::analysis_created(new.focus_area.as_str(), tier.as_str());
            Ok(vec![ticket])
        }
        Accepted::Limited => used_up(conn, event, user_id).await,
        // A question of a chat has a chat, and the person's row was locked before.
        Accepted::Duplicate { .. } | Accepted::NoSuchPerson | Accepted::NoConsent => {
            Err(Error::internal("a question to the bot was not accepted"))
        }
    }
}

pub(super) async fn begin(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    file_id: &str,
    caption: Option<String>,
) -> Result<Vec<Ticket>, Error> {
    let new = NewAnalysis {
        id: Uuid::now_v7(),
        user_id,
        message_id: Some(event.message_id),
        input_type: InputType::Image,
        image_url: None,
        image_size_bytes: None,
        user_text: caption,
        focus_area: FocusArea::General,
        chat_id: Some(event.chat_id),
        source_file_id: Some(file_id.to_owned()),
    };
    let job = FetchPhoto {
        analysis_id: new.id,
        user_id,
    };
    let origin = Origin::own("telegram");
    match accept(conn, &new, &job, &origin, None).await? {
        Accepted::New { ticket, tier } => {
            attach(conn, user_id, event.message_id, new.id).await?;
            readings::metrics::analysis_created(new.focus_area.as_str(), tier.as_str());
            let announce = AnnounceAnalysis {
                user_id,
                analysis_id: new.id,
                chat_id: event.chat_id,
            };
            Ok(vec![ledger::enqueue(conn, &announce).await?, ticket])
        }
        Accepted::Limited => used_up(conn, event, user_id).await,
        // A reading of a chat has a chat, and the person's row was locked before.
        Accepted::Duplicate { .. } | Accepted::NoSuchPerson | Accepted::NoConsent => {
            Err(Error::internal("a photo of the bot was not accepted"))
        }
    }
}

/// Enqueues the message that the quota of a person is used up.
async fn used_up(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
) -> Result<Vec<Ticket>, Error> {
    let usage = limits::queries::usage(conn, user_id).await?;
    let why = limits::rules::refusal(&usage, chrono::Utc::now());
    send_notice(conn, event, user_id, Notice::of_limit(why.code())).await
}
