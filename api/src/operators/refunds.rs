//! `POST /v1/admin/payments/{id}/refunds`: an operator gives money back.

use actix_web::http::StatusCode;
use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use kernel::currencies::{minor, whole};
use money::payments::queries;
use money::refunds::model::{Refund, RefundState, Wish};
use money::refunds::request;
use operators::model::{Act, reason};
use people::idempotency::queries::{Lease, finish};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::gate::Operator;
use crate::http::extract::{JsonBody, id_in_path};
use crate::http::idempotency;
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// Money that goes back.
#[derive(Serialize, ToSchema)]
#[schema(as = Refund)]
pub(crate) struct RefundView {
    id: Uuid,
    payment_id: Uuid,
    /// In the smallest unit of the currency.
    amount: i64,
    currency: String,
    /// Whether it is all that was paid: then what it bought ends.
    whole: bool,
    reason: String,
    /// `requested`, `underway`, `succeeded` or `failed`.
    #[schema(value_type = String, example = "requested")]
    state: RefundState,
    /// The vendor's number of it.
    number: Option<String>,
    /// The operator, as the audit log names them.
    asked_by: String,
    /// Why it has failed, or an attempt of it.
    error: Option<String>,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Refund> for RefundView {
    fn from(refund: Refund) -> Self {
        Self {
            id: refund.id,
            payment_id: refund.payment_id,
            amount: minor(refund.amount, &refund.currency).unwrap_or_default(),
            currency: refund.currency,
            whole: refund.whole,
            reason: refund.reason,
            state: refund.state,
            number: refund.number,
            asked_by: refund.asked_by,
            error: refund.error,
            created_at: refund.created_at,
            ended_at: refund.ended_at,
        }
    }
}

/// How much goes back, and why.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundWanted {
    /// In the smallest unit of the currency; left out: all that is left.
    #[schema(minimum = 1)]
    amount: Option<i64>,
    #[schema(min_length = 10, max_length = 500)]
    reason: String,
}

/// Gives money back. A part leaves the plan, all of it ends the plan when the vendor has sent it. The answer comes before the
/// vendor is asked: `GET /v1/admin/payments/{id}` says how it ends.
#[utoipa::path(post, path = "/v1/admin/payments/{id}/refunds", operation_id = "refund_payment", tag = "Operators",
    params(
        ("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body are the same refund"),
    ),
    request_body = RefundWanted,
    responses(
        (status = 202, description = "It is on its way", body = RefundView),
        (status = 404, description = "No such payment", body = ErrorBody),
        (status = 409, description = "That much is not left, or the payment is disputed; or the same request is still at work", body = ErrorBody),
        (status = 422, description = "The Idempotency-Key was used for another request", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn create(
    operator: Operator,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(wanted): JsonBody<RefundWanted>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&request, "id", "payment")?;
    let why = reason(&wanted.reason)?;
    let key = idempotency::key_of(request.headers())?;
    let parts = serde_json::to_vec(&wanted).map_err(Error::internal)?;
    let print = idempotency::fingerprint("refund_payment", &[id.as_bytes(), &parts]);
    let caller = operator.by.origin.actor.clone();
    let work = async move |state: &ApiState, lease: Option<&Lease>| {
        let body = refund(state, &operator, id, (wanted.amount, why), lease).await?;
        Ok((body, false))
    };
    let (body, is_old) = idempotency::once(&state, &caller, key.as_deref(), &print, work).await?;
    let mut answer = HttpResponse::Accepted();
    if is_old {
        answer.insert_header(idempotency::replayed());
    }
    Ok(answer.content_type("application/json").body(body))
}

async fn refund(
    state: &ApiState,
    operator: &Operator,
    payment_id: Uuid,
    (amount, reason): (Option<i64>, String),
    lease: Option<&Lease>,
) -> Result<Vec<u8>, Error> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        let by = &operator.by;
        // They may have been ended since their request began.
        by.role(conn, now).await?;
        let payment = queries::find(conn, payment_id).await?;
        let payment = payment.ok_or(Error::NotFound("payment"))?;
        let wish = Wish {
            payment_id,
            amount: amount.map(|amount| whole(amount, &payment.currency)),
            reason: reason.clone(),
        };
        let (refund, ticket) = request::request(conn, wish, &by.origin.actor, now).await?;
        let act = Act {
            action: "refund_requested",
            entity: ("payment", Some(payment_id)),
            person: payment.user_id,
            was: None,
            is: json!({
                "refund": refund.id, "amount": refund.amount.to_string(), "currency": refund.currency,
                "reason": reason,
            }),
        };
        by.note(conn, act).await?;
        let view = RefundView::from(refund);
        let body = serde_json::to_vec(&view).map_err(Error::internal)?;
        if let Some(lease) = lease {
            finish(conn, lease, StatusCode::ACCEPTED.as_u16(), &body).await?;
        }
        Ok::<_, Error>((body, ticket))
    });
    let (body, ticket) = done.await?;
    drop(conn);
    state.core.pusher.wake(&[ticket]).await;
    Ok(body)
}
