//! `POST /v1/webhooks/payments/tinkoff`: what T-Bank says of a payment.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};
use kernel::Error;
use money::payments::model::{Event, PaymentProvider};
use vendors::payment::Disbelief;

use super::settle;
use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// Takes a notification of T-Bank
///
/// Anything but `OK` makes the bank come again, for a month. The same notification may come any
/// number of times and in any order.
#[utoipa::path(
    post,
    path = "/v1/webhooks/payments/tinkoff",
    operation_id = "tinkoff_webhook",
    tag = "Webhooks",
    request_body(content = Object, content_type = "application/json", description = "A notification, signed by its Token"),
    responses(
        (status = 200, description = "Taken", body = String, content_type = "text/plain", example = "OK"),
        (status = 400, description = "Not a notification", body = ErrorBody),
        (status = 401, description = "The Token is wrong, or there is no terminal", body = ErrorBody),
        (status = 500, description = "An internal error: send it again", body = ErrorBody),
        (status = 503, description = "Temporarily unavailable: send it again", body = ErrorBody),
    ),
    security(()),
)]
pub(crate) async fn webhook(
    body: web::Bytes,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let said = state.core.providers.payment.parse_notification(&body);
    let said = said.map_err(|why| match why {
        Disbelief::Malformed(why) => Error::invalid("body", why),
        Disbelief::Forged => Error::Unauthenticated(kernel::codes::INVALID_TOKEN),
    })?;
    settle(&state, &Event::of(PaymentProvider::SbpTinkoff, said)).await?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .body("OK"))
}
