//! `POST /v1/webhooks/payments/{vendor}`: what a gateway's vendor says of a payment.

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use kernel::Error;
use money::payments::model::{Event, PaymentProvider};
use vendors::payment::{Disbelief, Gateway};

use super::settle;
use crate::http::middleware::bodies;
use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// The largest notification that is read, in bytes; those of the bank have less than a thousand. All values
/// are sorted and hashed before anything is believed.
const BODY_MAX: usize = 64 * 1024;

/// Takes a notification of a payment
///
/// Signed as the vendor documents it, which is also what is answered: T-Bank (`tinkoff`) gets `OK`, and
/// comes again for a month after anything else. The same notification may come any number of times and
/// in any order.
#[utoipa::path(
    post,
    path = "/v1/webhooks/payments/{vendor}",
    operation_id = "payment_webhook",
    tag = "Webhooks",
    params(("vendor" = String, Path, description = "The vendor of a gateway", example = "tinkoff")),
    request_body(content = Object, content_type = "application/json", description = "A notification in the vendor's own form"),
    responses(
        (status = 200, description = "Taken", body = String, content_type = "text/plain", example = "OK"),
        (status = 400, description = "Not a notification", body = ErrorBody),
        (status = 401, description = "Not signed by the vendor, or the vendor is not configured", body = ErrorBody),
        (status = 500, description = "An internal error: send it again", body = ErrorBody),
        (status = 503, description = "Temporarily unavailable: send it again", body = ErrorBody),
    ),
    security(()),
)]
pub(crate) async fn webhook(
    vendor: web::Path<String>,
    request: HttpRequest,
    body: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, actix_web::Error> {
    let gateway = state.core.providers.gateways.of_webhook(&vendor);
    let gateway = gateway.map_err(Problem::from)?;
    let body = body.to_bytes_limited(BODY_MAX).await;
    let body = body.map_err(|_| Problem(bodies::too_large(BODY_MAX)))??;
    Ok(take(&state, &*gateway, &request, &body).await?)
}

async fn take(
    state: &ApiState,
    gateway: &dyn Gateway,
    request: &HttpRequest,
    body: &[u8],
) -> Result<HttpResponse, Problem> {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    let notification = gateway.parse_notification(&header, body);
    let notification = notification.map_err(|why| match why {
        Disbelief::Malformed(why) => Error::invalid("body", why),
        Disbelief::Forged => Error::Unauthenticated(kernel::codes::INVALID_TOKEN),
    })?;
    let terms = gateway.terms();
    let provider = PaymentProvider::parse(terms.provider)
        .ok_or_else(|| Error::internal(format!("{} is no payment provider", terms.provider)))?;
    settle(state, &Event::of(provider, notification)).await?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .body(terms.receipt))
}
