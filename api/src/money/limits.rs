//! `GET /v1/limits/me`: how much of their plan a person has used.

use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use kernel::Error;
use money::meters::model::{Unit, Usage};
use money::meters::queries;
use money::subscriptions::model::SubscriptionTier;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::Paying;
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// A plan, and how much of it is used. A limit of `null` is no limit.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageLimits)]
pub(crate) struct UsageView {
    tier: SubscriptionTier,
    daily_analyses_used: i64,
    daily_analyses_limit: Option<i64>,
    /// None if there is no limit.
    daily_analyses_remaining: Option<i64>,
    monthly_analyses_used: i64,
    monthly_analyses_limit: Option<i64>,
    /// None if there is no limit.
    monthly_analyses_remaining: Option<i64>,
    /// The next midnight in the person's timezone, at least 20 hours after the last one that counted.
    daily_reset_at: DateTime<Utc>,
    /// The next first of the month in the person's timezone, at least 20 days after the last one that counted.
    monthly_reset_at: DateTime<Utc>,
    /// Of a trial alone.
    trial_ends_at: Option<DateTime<Utc>>,
    /// Readings beyond the plan, taken when it has none left.
    bonus_units: i32,
    /// Every unit that is counted, by its name; `analyses` says the same as the fields above.
    meters: Vec<MeterView>,
}

/// How much of a unit is used.
#[derive(Serialize, ToSchema)]
#[schema(as = Meter)]
pub(crate) struct MeterView {
    #[schema(example = "messages")]
    unit: String,
    day: WindowView,
    month: WindowView,
}

/// How much of a unit is used in the window that runs.
#[derive(Serialize, ToSchema)]
#[schema(as = MeterWindow)]
pub(crate) struct WindowView {
    used: i64,
    /// Null: no limit. 0: the plan does not have this unit.
    limit: Option<i64>,
    resets_at: DateTime<Utc>,
}

impl From<&Usage> for MeterView {
    fn from(usage: &Usage) -> Self {
        Self {
            unit: usage.unit.clone(),
            day: WindowView {
                used: usage.day_used,
                limit: usage.day_limit,
                resets_at: usage.day_ends_at,
            },
            month: WindowView {
                used: usage.month_used,
                limit: usage.month_limit,
                resets_at: usage.month_ends_at,
            },
        }
    }
}

impl UsageView {
    fn of(readings: &Usage, all: &[Usage]) -> Self {
        let left = |limit: Option<i64>, used: i64| limit.map(|limit| (limit - used).max(0));
        Self {
            tier: readings.tier,
            daily_analyses_used: readings.day_used,
            daily_analyses_limit: readings.day_limit,
            daily_analyses_remaining: left(readings.day_limit, readings.day_used),
            monthly_analyses_used: readings.month_used,
            monthly_analyses_limit: readings.month_limit,
            monthly_analyses_remaining: left(readings.month_limit, readings.month_used),
            daily_reset_at: readings.day_ends_at,
            monthly_reset_at: readings.month_ends_at,
            trial_ends_at: readings.trial_ends_at,
            bonus_units: readings.bonus_units,
            meters: all.iter().map(MeterView::from).collect(),
        }
    }
}

/// How much of their plan the caller has used.
#[utoipa::path(get, path = "/v1/limits/me", operation_id = "get_limits", tag = "Limits",
    responses((status = 200, description = "By now", body = UsageView), Refused))]
pub(crate) async fn show(
    paying: Paying,
    state: web::Data<ApiState>,
) -> Result<Json<UsageView>, Problem> {
    let all = queries::all(&mut *state.db().await?, paying.account).await?;
    let readings = all.iter().find(|one| one.unit == Unit::Analyses.as_str());
    let readings = readings.ok_or(Error::NotFound("user"))?;
    Ok(Json(UsageView::of(readings, &all)))
}
