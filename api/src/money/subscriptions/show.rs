//! `GET /v1/subscriptions/me`: the person's plan.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::Error;
use money::subscriptions::model::{Subscription, SubscriptionStatus, SubscriptionTier};
use money::subscriptions::queries;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::Paying;
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// A person's plan.
#[derive(Serialize, ToSchema)]
#[schema(as = Subscription)]
pub(crate) struct SubscriptionView {
    id: Uuid,
    /// What readings go by now.
    tier: SubscriptionTier,
    status: SubscriptionStatus,
    /// Whether the trial was used; there is one a person.
    trial_used: bool,
    trial_ends_at: Option<DateTime<Utc>>,
    current_period_start: Option<DateTime<Utc>>,
    /// What is paid for ends then.
    current_period_end: Option<DateTime<Utc>>,
    /// Cancelled, and running to the end of its time.
    cancel_at_period_end: bool,
}

impl SubscriptionView {
    pub(super) fn of(subscription: &Subscription) -> Self {
        Self {
            id: subscription.id,
            tier: subscription.tier,
            status: subscription.status,
            trial_used: subscription.trial_used,
            trial_ends_at: subscription.trial_ends_at,
            current_period_start: subscription.current_period_start,
            current_period_end: subscription.current_period_end,
            cancel_at_period_end: subscription.cancel_at_period_end,
        }
    }
}

/// Shows the person's subscription
///
/// A person without one has FREE.
#[utoipa::path(
    get,
    path = "/v1/subscriptions/me",
    operation_id = "get_subscription",
    tag = "Subscriptions",
    responses((status = 200, description = "The subscription", body = SubscriptionView), Refused),
)]
pub(crate) async fn show(
    paying: Paying,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let subscription = queries::of_account(&mut conn, paying.account).await?;
    let subscription = subscription.ok_or(Error::NotFound("user"))?;
    let subscription = queries::by_now(&mut conn, &subscription, now).await?;
    Ok(HttpResponse::Ok().json(SubscriptionView::of(&subscription)))
}
