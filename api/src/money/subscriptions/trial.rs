//! `POST /v1/subscriptions/trial`: some days for nothing, once a person.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use diesel_async::AsyncConnection;
use kernel::Error;
use money::subscriptions::change;
use people::idempotency::queries::{Lease, finish};

use super::show::SubscriptionView;
use crate::http::extract::Paying;
use crate::http::idempotency::{self, Turn};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// Begins the trial
///
/// Once a person, and not beside a paid plan. Its days are those of the plan TRIAL.
#[utoipa::path(
    post,
    path = "/v1/subscriptions/trial",
    operation_id = "start_trial",
    tag = "Subscriptions",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key gives the same answer")),
    responses(
        (status = 200, description = "The trial has begun", body = SubscriptionView),
        Refused,
        (status = 409, description = "The trial was used, or a paid plan is running", body = ErrorBody),
        (status = 422, description = "The Idempotency-Key was used for another request", body = ErrorBody),
    ),
)]
pub(crate) async fn trial(
    paying: Paying,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let key = idempotency::key_of(request.headers())?;
    let whose = paying.key.to_string();
    let fingerprint = idempotency::fingerprint("subscriptions.trial", &[whose.as_bytes()]);
    let caller = paying.caller.namespace();
    let lease = match idempotency::begin(&state, &caller, key.as_deref(), &fingerprint).await? {
        Turn::Answered(answer) => return Ok(answer),
        Turn::Work(lease) => lease,
    };
    match begin(&state, &paying, lease.as_ref()).await {
        Ok(body) => Ok(HttpResponse::Ok()
            .content_type("application/json")
            .body(body)),
        Err(why) => {
            idempotency::release(&state, lease.as_ref()).await;
            Err(why.into())
        }
    }
}

async fn begin(state: &ApiState, paying: &Paying, lease: Option<&Lease>) -> Result<Vec<u8>, Error> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        let after = change::begin_trial(conn, paying.account, &paying.origin, now).await?;
        let body = serde_json::to_vec(&SubscriptionView::of(&after)).map_err(Error::internal)?;
        if let Some(lease) = lease {
            finish(conn, lease, StatusCode::OK.as_u16(), &body).await?;
        }
        Ok(body)
    })
    .await
}
