//! `GET /v1/app`: what the Mini App has to know before it knows its person.

use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use readings::{photo, rules};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// How long Telegram may take to say who the bot is. It is asked once by each process.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the app has to know.
#[derive(Serialize, ToSchema)]
#[schema(as = App)]
pub(crate) struct AppView {
    /// Of the API.
    version: &'static str,
    /// Without `@`; null while Telegram does not say.
    bot_username: Option<String>,
    /// Whether plans are offered for other money than Telegram Stars too.
    offers_other_money: bool,
    photo_bytes_max: usize,
    /// Of words instead of a photo, of questions, and of what is written to the operators.
    text_chars_max: usize,
    /// How many days a shared picture can be seen.
    days_of_shares: i64,
}

/// What the app has to know
///
/// The same for all callers.
#[utoipa::path(
    get,
    path = "/v1/app",
    operation_id = "get_app",
    tag = "Users",
    responses(
        (status = 200, description = "Name, limits and offers", body = AppView),
        (status = 500, description = "An internal error", body = ErrorBody),
    ),
    security(()),
)]
pub(crate) async fn show(state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let bot_username = bot_username(&state).await;
    let kept = match bot_username {
        Some(_) => "public, max-age=300",
        None => "no-store",
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, kept))
        .json(AppView {
            version: env!("CARGO_PKG_VERSION"),
            bot_username,
            offers_other_money: state.core.config.payment.offers_roubles_in_telegram(),
            photo_bytes_max: photo::MAX_BYTES,
            text_chars_max: rules::TEXT_MAX_CHARS,
            days_of_shares: rules::DAYS_OF_SHARES,
        }))
}

async fn bot_username(state: &ApiState) -> Option<String> {
    let name = state.core.providers.messenger.name();
    match tokio::time::timeout(PATIENCE, name).await {
        Ok(Ok(name)) => Some(name),
        Ok(Err(why)) => {
            tracing::warn!(error = %why, "the name of the bot is unknown");
            None
        }
        Err(_) => None,
    }
}
