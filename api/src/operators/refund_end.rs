//! `PUT /v1/admin/payments/{id}/refunds/{refund}`: an operator ends a refund of which the vendor does not tell.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, Responder};
use diesel_async::AsyncConnection;
use kernel::Error;
use money::payments::queries;
use money::refunds::by_hand::{self, End};
use money::refunds::queries as refunds;
use operators::model::{Act, reason};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::gate::Operator;
use super::refunds::RefundView;
use crate::http::extract::{JsonBody, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// How a refund has ended, and where that was seen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundEnd {
    /// `arrived`: the money has gone back; `failed`: it is here.
    #[schema(example = "arrived")]
    end: String,
    #[schema(min_length = 10, max_length = 500)]
    reason: String,
}

/// Ends a refund that is underway, as the operator has found it at the vendor's. The vendor is not asked.
#[utoipa::path(put, path = "/v1/admin/payments/{id}/refunds/{refund}", operation_id = "end_refund", tag = "Operators",
    params(("id" = Uuid, Path), ("refund" = Uuid, Path)),
    request_body = RefundEnd,
    responses(
        (status = 200, description = "As it is now", body = RefundView),
        (status = 404, description = "No such refund of this payment", body = ErrorBody),
        (status = 409, description = "It is not underway", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn put(
    operator: Operator,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(wanted): JsonBody<RefundEnd>,
) -> Result<impl Responder, Problem> {
    let payment = id_in_path(&request, "id", "payment")?;
    let refund = id_in_path(&request, "refund", "refund")?;
    let end = End::parse(&wanted.end);
    let end = end.ok_or_else(|| Error::invalid("end", "must be `arrived` or `failed`"))?;
    let why = reason(&wanted.reason)?;
    let view = ended(&state, &operator, (payment, refund), (end, &why)).await?;
    Ok(Json(view))
}

async fn ended(
    state: &ApiState,
    operator: &Operator,
    (payment_id, refund_id): (Uuid, Uuid),
    (end, why): (End, &str),
) -> Result<RefundView, Error> {
    let (by, now) = (&operator.by, state.core.clock.now());
    let terms = &state.core.config.invoices;
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        // They may have been ended since their request began.
        by.role(conn, now).await?;
        let found = refunds::find(conn, refund_id).await?;
        let found = found.filter(|one| one.payment_id == payment_id);
        let found = found.ok_or(Error::NotFound("refund"))?;
        let payment = queries::find(conn, payment_id).await?;
        let settled = by_hand::end(conn, &found, (end, why), terms, now).await?;
        let act = Act {
            action: "refund_ended",
            entity: ("payment", Some(payment_id)),
            person: payment.and_then(|payment| payment.user_id),
            was: None,
            is: json!({ "refund": refund_id, "end": end.as_str(), "reason": why }),
        };
        by.note(conn, act).await?;
        let now_is = refunds::find(conn, refund_id).await?.unwrap_or(found);
        Ok::<_, Error>((now_is, settled))
    });
    let (refund, settled) = done.await?;
    drop(conn);
    if let Some((event, settled)) = settled {
        settled.report(&event);
        state.core.pusher.wake(&settled.tickets).await;
    }
    Ok(refund.into())
}
