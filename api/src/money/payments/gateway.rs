//! `POST /v1/webhooks/payments/{vendor}`: what a gateway's vendor says of a payment. A call is kept before it is answered
//! (`money::payments::inbox`), and worked at once; what cannot be worked now, a worker does.

use std::time::Duration;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use diesel_async::AsyncConnection;
use kernel::Error;
use money::metrics;
use money::payments::inbox::{self, Verified};
use money::payments::model::PaymentProvider;
use uuid::Uuid;
use vendors::payment::{Disbelief, Gateway, Headers, Incoming, Said, Verdict};

use crate::http::middleware::{bodies, rate_limit};
use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// The largest notification that is read, in bytes; those of the bank have less than a thousand. All values
/// are sorted and hashed before anything is believed.
const BODY_MAX: usize = 256 * 1024;

/// The longest name of an endpoint of a vendor, in bytes.
const ENDPOINT_MAX: usize = 64;

/// A vendor waits no longer than this for what follows from its call; a worker sees to the rest.
const WORK_WITHIN: Duration = Duration::from_secs(8);

/// Takes a notification of a payment
///
/// Signed as the vendor documents it, which is also what is answered: T-Bank (`tinkoff`) gets `OK`, and
/// comes again for a month after anything else. The same notification may come any number of times and
/// in any order. What was taken is kept, and what is to follow from it does follow.
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
    take(&state, (&vendor, ""), &request, body).await
}

/// Takes a notification of a payment at one of a vendor's addresses
///
/// For a vendor that has an address for each kind of notification.
#[utoipa::path(
    post,
    path = "/v1/webhooks/payments/{vendor}/{endpoint}",
    operation_id = "payment_webhook_endpoint",
    tag = "Webhooks",
    params(
        ("vendor" = String, Path, description = "The vendor of a gateway", example = "cloudpayments"),
        ("endpoint" = String, Path, description = "The kind of notification, as the vendor calls it", example = "pay"),
    ),
    request_body(content = Object, content_type = "application/json", description = "A notification in the vendor's own form"),
    responses(
        (status = 200, description = "Taken, or what is answered to a question", body = Object, example = json!({ "code": 0 })),
        (status = 400, description = "Not a notification", body = ErrorBody),
        (status = 401, description = "Not signed by the vendor, or the vendor is not configured", body = ErrorBody),
        (status = 404, description = "No such address", body = ErrorBody),
        (status = 500, description = "An internal error: send it again", body = ErrorBody),
        (status = 503, description = "Temporarily unavailable: send it again", body = ErrorBody),
    ),
    security(()),
)]
pub(crate) async fn endpoint(
    path: web::Path<(String, String)>,
    request: HttpRequest,
    body: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, actix_web::Error> {
    let (vendor, endpoint) = &*path;
    if endpoint.len() > ENDPOINT_MAX || endpoint.contains('\0') {
        return Err(Problem(Error::NotFound("address")).into());
    }
    take(&state, (vendor, endpoint), &request, body).await
}

async fn take(
    state: &ApiState,
    (vendor, endpoint): (&str, &str),
    request: &HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let gateway = state.core.providers.gateways.of_webhook(vendor);
    let gateway = gateway.map_err(Problem::from)?;
    let body = body.to_bytes_limited(BODY_MAX).await;
    let body = body.map_err(|_| Problem(bodies::too_large(BODY_MAX)))??;
    let headers = headers(request);
    let call = Incoming {
        endpoint,
        headers: &headers,
        body: &body,
    };
    let verdict = judge(state, &*gateway, request, &call).await;
    let receipt = gateway.answer(verdict.map_err(Problem::from)?);
    Ok(HttpResponse::Ok()
        .content_type(receipt.content_type)
        .body(receipt.body))
}

/// A question is answered at once; everything else is kept and worked.
async fn judge(
    state: &ApiState,
    gateway: &dyn Gateway,
    request: &HttpRequest,
    incoming: &Incoming<'_>,
) -> Result<Verdict, Error> {
    let name = gateway.terms().provider;
    let provider = PaymentProvider::parse(name)
        .ok_or_else(|| Error::internal(format!("{name} is no payment provider")))?;
    let verified = gateway.verify(incoming).await;
    verified.map_err(|why| disbelieved(name, why))?;
    let call = gateway.read(incoming.endpoint, incoming.body).ok();
    if let Some(Said::MayPay(money)) = call.as_ref().map(|call| &call.says) {
        metrics::webhook(name, "asked");
        return state.core.intake().may_pay(provider, money).await;
    }
    let verified = Verified {
        provider,
        endpoint: incoming.endpoint,
        headers: incoming.headers,
        body: incoming.body,
        kept: &gateway.without_secrets(incoming.body),
        call: call.as_ref(),
    };
    let mut conn = state.db().await?;
    if !gateway.is_proven() && !inbox::is_expected(&mut conn, &verified).await? {
        metrics::webhook(name, "strange");
        drop(conn);
        // As a wrong credential would be: the address that sends too many is refused.
        rate_limit::count_wrong(state, request).await?;
        return Ok(Verdict::Taken);
    }
    let kept = conn.transaction(async |conn| inbox::keep(conn, &verified).await);
    let kept = kept.await?;
    drop(conn);
    metrics::webhook(name, kept.map_or("again", |_| "kept"));
    if let Some(id) = kept {
        work(state, id).await;
    }
    Ok(Verdict::Taken)
}

/// Works a call that is kept. The vendor has done its part: what fails here, a worker does.
async fn work(state: &ApiState, id: Uuid) {
    let (intake, gateways) = (state.core.intake(), &state.core.providers.gateways);
    match tokio::time::timeout(WORK_WITHIN, intake.work(gateways, id)).await {
        Ok(Ok(())) => {}
        Ok(Err(why)) => {
            tracing::warn!(error = %why, webhook = %id, "a vendor's call is kept, and a worker works it: this failed here");
        }
        Err(_) => {
            tracing::warn!(webhook = %id, "a vendor's call is kept, and a worker works it: it takes long");
        }
    }
}

fn disbelieved(provider: &'static str, why: Disbelief) -> Error {
    let (end, refusal) = match why {
        Disbelief::Malformed(why) => ("malformed", Error::invalid("body", why)),
        Disbelief::Forged => (
            "forged",
            Error::Unauthenticated(kernel::codes::INVALID_TOKEN),
        ),
        Disbelief::Unproven => {
            let source = "the proof that the vendor sent it cannot be checked now".into();
            let code = vendors::codes::PAYMENT_PROVIDER_ERROR;
            ("unproven", Error::Unavailable { code, source })
        }
    };
    metrics::webhook(provider, end);
    refusal
}

fn headers(request: &HttpRequest) -> Headers {
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    request.headers().iter().filter_map(text).collect()
}
