//! Proof that a call comes from Telegram: the secret of the webhook. Checked before the body is read,
//! so that no other client can make the API read one.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use kernel::Error;

use crate::http::problem::Problem;
use crate::state::ApiState;

/// The call comes from Telegram.
pub(crate) struct FromTelegram;

impl FromRequest for FromTelegram {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<ApiState>>();
        let secret = request.headers().get("x-telegram-bot-api-secret-token");
        ready(match (state, secret) {
            (Some(state), Some(secret)) if state.is_webhook_secret(secret.as_bytes()) => Ok(Self),
            _ => Err(Problem(Error::Unauthenticated(kernel::codes::INVALID_TOKEN)).into()),
        })
    }
}
