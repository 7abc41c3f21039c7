//! `GET /v1/subscriptions/me`: the person's plan.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::Error;
use money::payments;
use money::subscriptions::model::SubscriptionTier;
use money::subscriptions::model::{Subscription, SubscriptionStatus, is_for_sale};
use money::subscriptions::{queries, rules};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::Me;
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
    /// A subscription as it stands at a moment.
    pub(super) fn of(subscription: &Subscription, now: DateTime<Utc>) -> Self {
        Self {
            id: subscription.id,
            tier: subscription.effective_tier(now),
            status: subscription.effective_status(now),
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
pub(crate) async fn show(me: Me, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let subscription = queries::of_person(&mut conn, me.id).await?;
    let mut subscription = subscription.ok_or(Error::NotFound("user"))?;
    if is_for_sale(subscription.tier) && !subscription.is_paid(now) {
        // Over, and the chore has not come by yet: a lower plan may have been paid for.
        let bought = payments::queries::windows(&mut conn, me.id, now).await?;
        let left = rules::standing(&bought, now);
        subscription = rules::ended(&subscription, left, SubscriptionStatus::Expired, now);
    }
    Ok(HttpResponse::Ok().json(SubscriptionView::of(&subscription, now)))
}
