//! `GET /v1/usage/quota`.

use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use kernel::Error;
use money::meters::model::Usage;
use money::meters::queries;
use money::subscriptions::model::SubscriptionTier;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::Acting;
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// What a plan allows of a unit in a window, and how much of it is used.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageQuota)]
pub(crate) struct QuotaView {
    #[schema(example = "api_requests")]
    unit: String,
    /// `day` or `month`.
    #[schema(example = "month")]
    window: &'static str,
    /// Of `api_requests`: with those that a process of the API has taken to count them by itself, up to a hundredth of what
    /// is left.
    used: i64,
    limit: i64,
    remaining: i64,
    resets_at: DateTime<Utc>,
}

/// The quotas of an account. What the plan does not limit is left out.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageQuotas)]
pub(crate) struct Quotas {
    tier: SubscriptionTier,
    quotas: Vec<QuotaView>,
}

impl Quotas {
    /// Of the meters of an account.
    pub(super) fn of(meters: &[Usage]) -> Result<Self, Error> {
        let first = meters.first().ok_or(Error::NotFound("account"))?;
        Ok(Self {
            tier: first.tier,
            quotas: meters.iter().flat_map(windows).collect(),
        })
    }
}

fn windows(usage: &Usage) -> impl Iterator<Item = QuotaView> + '_ {
    let both = [
        ("day", usage.day_used, usage.day_limit, usage.day_ends_at),
        (
            "month",
            usage.month_used,
            usage.month_limit,
            usage.month_ends_at,
        ),
    ];
    both.into_iter()
        .filter_map(move |(window, used, limit, resets_at)| {
            let limit = limit?;
            Some(QuotaView {
                unit: usage.unit.clone(),
                window,
                used,
                limit,
                remaining: (limit - used).max(0),
                resets_at,
            })
        })
}

/// Every quota of the account's plan
#[utoipa::path(get, path = "/v1/usage/quota", operation_id = "get_usage_quota", tag = "Usage",
    responses((status = 200, description = "As they are by now", body = Quotas), Refused))]
pub(crate) async fn quota(
    acting: Acting,
    state: web::Data<ApiState>,
) -> Result<Json<Quotas>, Problem> {
    let meters = queries::all(&mut *state.db().await?, acting.account).await?;
    Ok(Json(Quotas::of(&meters)?))
}
