//! `POST /v1/webhooks/telegram`: what people do in the bot's chat.

use actix_web::{HttpResponse, web};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use shared::features::analyses::jobs::FetchPhoto;
use shared::features::analyses::model::{FocusArea, InputType, NewAnalysis};
use shared::features::notifications::jobs::{AnnounceAnalysis, Notice, SendNotice};
use shared::features::notifications::queries::{MessageRole, remember};
use shared::features::{analyses, telegram_updates, users};
use shared::jobs::ledger::{self, Ticket};
use shared::providers::messenger::telegram_payment;
use shared::providers::messenger::telegram_update::{self, ChatEvent, EventKind};
use shared::telemetry::metrics;
use uuid::Uuid;

use crate::error::Problem;
use crate::extract::FromTelegram;
use crate::handlers::payments;
use crate::state::ApiState;

/// Takes an update. Answered with a success only once everything that follows from it is
/// committed; otherwise Telegram brings it again, and `update_id` keeps it from counting twice.
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

async fn take(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
) -> Result<Vec<Ticket>, diesel::result::Error> {
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
) -> Result<Vec<Ticket>, diesel::result::Error> {
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
    analyses::queries::create(conn, &new).await?;
    let announce = ledger::enqueue(
        conn,
        &AnnounceAnalysis {
            analysis_id: new.id,
            chat_id: event.chat_id,
        },
    )
    .await?;
    let fetch = ledger::enqueue(
        conn,
        &FetchPhoto {
            analysis_id: new.id,
            user_id,
        },
    )
    .await?;
    let (focus_area, tier) = analyses::queries::labels(conn, new.id).await?;
    metrics::analysis_created(focus_area.as_str(), tier.as_str());
    Ok(vec![announce, fetch])
}
