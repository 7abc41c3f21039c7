//! `GET /v1/limits/me`: how much of their plan a person has used.

use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use money::limits::model::Usage;
use money::limits::queries;
use money::subscriptions::model::SubscriptionTier;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::{Me, gone};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// A plan, and how much of it is used. A limit of `null` is no limit.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageLimits)]
pub(crate) struct UsageView {
    tier: SubscriptionTier,
    daily_analyses_used: i32,
    daily_analyses_limit: Option<i32>,
    /// None if there is no limit.
    daily_analyses_remaining: Option<i32>,
    monthly_analyses_used: i32,
    monthly_analyses_limit: Option<i32>,
    /// None if there is no limit.
    monthly_analyses_remaining: Option<i32>,
    /// The next midnight in the person's timezone, at least 20 hours after the last one that counted.
    daily_reset_at: DateTime<Utc>,
    /// The next first of the month in the person's timezone, at least 20 days after the last one that counted.
    monthly_reset_at: DateTime<Utc>,
    /// Of a trial alone.
    trial_ends_at: Option<DateTime<Utc>>,
    /// Readings beyond the plan, taken when it has none left.
    bonus_units: i32,
}

impl From<Usage> for UsageView {
    fn from(usage: Usage) -> Self {
        let left = |limit: Option<i32>, used: i32| limit.map(|limit| (limit - used).max(0));
        Self {
            tier: usage.tier,
            daily_analyses_used: usage.daily_analyses_used,
            daily_analyses_limit: usage.daily_analyses_limit,
            daily_analyses_remaining: left(usage.daily_analyses_limit, usage.daily_analyses_used),
            monthly_analyses_used: usage.monthly_analyses_used,
            monthly_analyses_limit: usage.monthly_analyses_limit,
            monthly_analyses_remaining: left(
                usage.monthly_analyses_limit,
                usage.monthly_analyses_used,
            ),
            daily_reset_at: usage.daily_reset_at,
            monthly_reset_at: usage.monthly_reset_at,
            trial_ends_at: usage.trial_ends_at,
            bonus_units: usage.bonus_units,
        }
    }
}

/// How much of their plan the caller has used.
#[utoipa::path(get, path = "/v1/limits/me", operation_id = "get_limits", tag = "Limits",
    responses((status = 200, description = "By now", body = UsageView), Refused))]
pub(crate) async fn show(me: Me, state: web::Data<ApiState>) -> Result<Json<UsageView>, Problem> {
    let found = queries::usage(&mut *state.db().await?, me.id).await;
    Ok(Json(found.map_err(gone)?.into()))
}
