//! `POST /v1/subscriptions/purchase`: a page or an invoice to pay at.
//!
//! The intent is written before the vendor is asked, under the id that the vendor brings back with
//! the money; what the vendor answered is written after. A crash in between costs nothing:
//! a page that no client got is never paid, and money for any payment that is written here is granted.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use diesel_async::AsyncConnection;
use kernel::Error;
use kernel::telemetry::in_current_unit;
use money::payments::model::Payment;
use money::payments::{orders, queries};
use money::renewals::texts;
use people::idempotency::queries::{Lease, finish};
use serde::Serialize;
use tracing::Instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::{JsonBody, Paying};
use crate::http::idempotency::{self, Turn};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::money::begun::{begin, refused, resumed, take_up};
use crate::money::order::{Order, Purchase};
use crate::state::ApiState;

/// What keys are of, for every spelling of it.
const OPERATION: &str = "POST /v1/subscriptions/purchase";

/// Where to pay.
#[derive(Serialize, ToSchema)]
#[schema(as = Payment)]
pub(crate) struct PaymentView {
    /// Of the bank's page, or of an invoice in Telegram.
    #[schema(format = "uri")]
    payment_url: String,
    payment_id: Uuid,
}

/// Buys a month of a plan
///
/// Answers where to pay; the plan begins when the vendor says that the money is there. The same plan
/// again, or a lower one, follows what is paid for; a higher one begins at once. With `renew` it is charged each month
/// until the subscription is cancelled. A person inside Telegram pays in Stars, unless the operator allows other money (`offers_other_money` of `GET /v1/app`): else 403 E405.
#[utoipa::path(
    post,
    path = "/v1/subscriptions/purchase",
    operation_id = "purchase_subscription",
    tag = "Subscriptions",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body give the same answer. After a 503 they go on with the same order")),
    request_body = Purchase,
    responses(
        (status = 200, description = "Where to pay", body = PaymentView),
        Refused,
        (status = 409, description = "The same request is still at work, or its order was paid meanwhile; or `renew`, and the operator has set no ENCRYPTION_KEY", body = ErrorBody),
        (status = 422, description = "The Idempotency-Key was used for another request", body = ErrorBody),
        (status = 502, description = "The vendor refuses, or is not understood", body = ErrorBody),
    ),
)]
pub(crate) async fn purchase(
    paying: Paying,
    request: HttpRequest,
    JsonBody(body): JsonBody<Purchase>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let order = Order::of(body, &state.config.payment_return_hosts)?;
    Ok(buy(paying, &request, order, state).await?)
}

/// Buys a month of a plan that is renewed
///
/// As `POST /v1/subscriptions/purchase`, but `renew` is true if it is not given: what is paid with is kept by the vendor, and
/// charged each month until the subscription is cancelled.
#[utoipa::path(
    post,
    path = "/v1/subscriptions",
    operation_id = "create_subscription",
    tag = "Subscriptions",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body give the same answer. After a 503 they go on with the same order")),
    request_body = Purchase,
    responses(
        (status = 200, description = "Where to pay", body = PaymentView),
        Refused,
        (status = 409, description = "The same request is still at work, or its order was paid meanwhile; or the operator has set no ENCRYPTION_KEY", body = ErrorBody),
        (status = 422, description = "The Idempotency-Key was used for another request", body = ErrorBody),
        (status = 502, description = "The vendor refuses, or is not understood", body = ErrorBody),
    ),
)]
pub(crate) async fn subscribe(
    paying: Paying,
    request: HttpRequest,
    JsonBody(body): JsonBody<Purchase>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let order = Order::of(body.renewed(), &state.config.payment_return_hosts)?;
    Ok(buy(paying, &request, order, state).await?)
}

async fn buy(
    paying: Paying,
    request: &HttpRequest,
    order: Order,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Error> {
    let turn = take_up(&state, &paying, request.headers(), &order, OPERATION);
    let lease = match turn.await? {
        Turn::Answered(answer) => return Ok(answer),
        Turn::Work(lease) => lease,
    };
    // In a task of its own: a client that disconnects must not interrupt it.
    let sold = async move {
        let sold = sell(&state, &paying, &order, lease.as_ref()).await;
        if sold.is_err() {
            idempotency::release(&state, lease.as_ref()).await;
        }
        sold
    };
    let sold = actix_web::rt::spawn(in_current_unit(sold).in_current_span());
    let body = sold.await.map_err(Error::internal)??;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(body))
}

async fn sell(
    state: &ApiState,
    paying: &Paying,
    order: &Order,
    lease: Option<&Lease>,
) -> Result<Vec<u8>, Error> {
    let gateway = state.core.providers.gateways.get(order.provider.as_str())?;
    let resumed = resumed(state, &*gateway, lease, Payment::is_pending).await?;
    let is_resumed = resumed.is_some();
    let payment = match resumed {
        Some(begun) => begun,
        None => begin(state, paying, order, &*gateway, lease).await?,
    };
    let (payment_id, sold) = (
        payment.id,
        (payment.tier, payment.amount, payment.currency.as_str()),
    );
    let return_url = order.return_url(paying, state, payment_id);
    let mut wanted = orders::order(payment_id, sold, paying.language, return_url);
    if payment.renew {
        wanted.keep_for = Some(paying.account);
        wanted.description = texts::description(payment.tier, paying.language);
    }
    let opened = match gateway.init(&wanted).await {
        Ok(opened) => opened,
        Err(why) => {
            let is_refused = orders::is_refusal(&why);
            let why = refused(state, payment_id, lease, why).await;
            let Some(lease) = lease.filter(|_| is_refused && is_resumed) else {
                return Err(why);
            };
            // No client has the first page, and the vendor may make no second one for the same order: a new order.
            let unbound = Lease {
                bound_to: None,
                ..lease.clone()
            };
            return Box::pin(sell(state, paying, order, Some(&unbound))).await;
        }
    };
    let view = PaymentView {
        payment_url: opened.url.into(),
        payment_id,
    };
    let body = serde_json::to_vec(&view).map_err(Error::internal)?;
    let (url, number) = (&view.payment_url, opened.external_id.as_deref());
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        queries::opened(conn, payment_id, number, Some(url)).await?;
        if let Some(lease) = lease {
            finish(conn, lease, StatusCode::OK.as_u16(), &body).await?;
        }
        Ok::<_, Error>(())
    })
    .await?;
    Ok(body)
}
