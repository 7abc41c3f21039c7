//! `POST /v1/webhooks/telegram`: what people do in the bot's chat.

use actix_web::{HttpResponse, web};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use shared::Error;
use shared::features::analyses::accept::{Accepted, accept};
use shared::features::analyses::jobs::FetchPhoto;
use shared::features::analyses::model::{FocusArea, InputType, NewAnalysis};
use shared::features::audit::model::Origin;
use shared::features::notifications::jobs::{AnnounceAnalysis, Notice, SendNotice};
use shared::features::notifications::queries::{MessageRole, remember};
use shared::features::{limits, telegram_updates, users};
use shared::jobs::ledger::{self, Ticket};
use shared::providers::messenger::telegram_payment;
use shared::providers::messenger::telegram_update::{self, ChatEvent, EventKind};
use shared::telemetry::metrics;
use uuid::Uuid;

use crate::error::Problem;
use crate::extract::FromTelegram;
use crate::handlers::payments;
use crate::openapi::ErrorBody;
use crate::state::ApiState;

/// Takes an update. Answered with a success only once everything that follows from it is
/// committed; otherwise Telegram brings it again, and `update_id` keeps it from counting twice.
#[utoipa::path(post, path = "/v1/webhooks/telegram", operation_id = "take_telegram_update", tag = "Webhooks", security(()),
    params(("X-Telegram-Bot-Api-Secret-Token" = String, Header,
        description = "The secret that we gave to Telegram")),
    request_body(content = Object, description = "An `Update` of the Bot API"),
    responses(
        (status = 200, description = "It is taken"),
        (status = 401, description = "It does not come from Telegram", body = ErrorBody),
        (status = 503, description = "Bring it again", body = ErrorBody)))]
pub(crate) async fn webhook(
    _: FromTelegram,
    body: web::Bytes,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    if let Some(update) = telegram_payment::parse(&body) {
        return payments::telegram::take(&state, update).await;
    }
    let incoming = match telegram_update::parse(&body) {
        Ok(incoming) => incoming,
        Err(why) => {
            // Refusing it would make Telegram bring it again and again, ahead of all others.
            tracing::warn!(error = why, "an update that we cannot read is passed over");
            return Ok(HttpResponse::Ok().finish());
        }
    };
    if let Some(event) = incoming.event {
        let bot_id = state.core.config.messenger.bot_id();
        let tickets = state
            .db()
            .await?
            .transaction(async |conn| {
                if !telegram_updates::queries::is_new(conn, bot_id, incoming.update_id).await? {
                    return Ok(Vec::new());
                }
                take(conn, &event).await
            })
            .await?;
        state.core.pusher.wake(&tickets).await;
    }
    Ok(HttpResponse::Ok().finish())
}

async fn take(conn: &mut AsyncPgConnection, event: &ChatEvent) -> Result<Vec<Ticket>, Error> {
    let user_id = users::queries::find_or_create(conn, &event.from).await?.id;
    let notice = match &event.kind {
        EventKind::Photo { file_id, caption } => {
            return begin(conn, event, user_id, file_id, caption.clone()).await;
        }
        EventKind::Start => Notice::Greeting,
        EventKind::Other { text } => {
            if let Some(text) = text {
                remember(conn, user_id, event.message_id, MessageRole::User, text).await?;
            }
            Notice::PhotoHint
        }
    };
    let job = SendNotice {
        user_id,
        chat_id: event.chat_id,
        notice,
    };
    Ok(vec![ledger::enqueue(conn, &job).await?])
}

async fn begin(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    file_id: &str,
    caption: Option<String>,
) -> Result<Vec<Ticket>, Error> {
    if let Some(caption) = &caption {
        remember(conn, user_id, event.message_id, MessageRole::User, caption).await?;
    }
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
            metrics::analysis_created(new.focus_area.as_str(), tier.as_str());
            let announce = AnnounceAnalysis {
                analysis_id: new.id,
                chat_id: event.chat_id,
            };
            Ok(vec![ledger::enqueue(conn, &announce).await?, ticket])
        }
        Accepted::Limited => Ok(vec![used_up(conn, event, user_id).await?]),
        // A reading of a chat has a chat, and the person's row was locked before.
        Accepted::Known { .. } | Accepted::Nobody => {
            Err(Error::internal("a photo of the bot was not accepted"))
        }
    }
}

/// Tells a person that there is no unit of their plan left.
async fn used_up(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
) -> Result<Ticket, Error> {
    let usage = limits::queries::usage(conn, user_id).await?;
    let why = limits::rules::refusal(&usage, chrono::Utc::now());
    let job = SendNotice {
        user_id,
        chat_id: event.chat_id,
        notice: Notice::of_limit(why.code()),
    };
    Ok(ledger::enqueue(conn, &job).await?)
}
