//! `POST /v1/subscriptions/cancel`.

use actix_web::{HttpResponse, web};
use diesel_async::AsyncConnection;
use money::subscriptions::change;

use super::show::SubscriptionView;
use crate::http::extract::Paying;
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// Cancels the subscription
///
/// Nothing more is charged, and what is paid for runs to the end of its time; a trial, also one that is over, and what is
/// kept although it is past due end at once. A second time changes nothing.
#[utoipa::path(
    post,
    path = "/v1/subscriptions/cancel",
    operation_id = "cancel_subscription",
    tag = "Subscriptions",
    responses((status = 200, description = "As it stands now", body = SubscriptionView), Refused),
)]
pub(crate) async fn cancel(
    paying: Paying,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let after = conn
        .transaction(async |conn| change::cancel(conn, paying.account, &paying.origin, now).await)
        .await?;
    Ok(HttpResponse::Ok().json(SubscriptionView::of(&after)))
}
