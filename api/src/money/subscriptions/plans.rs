//! `GET /v1/plans`: what there is, and what it costs.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use money::subscriptions::model::Plan;
use money::subscriptions::model::SubscriptionTier;
use money::subscriptions::queries;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// All plans.
#[derive(Serialize, ToSchema)]
pub(crate) struct Plans {
    /// The smallest first.
    plans: Vec<PlanView>,
}

/// What a plan gives and costs.
#[derive(Serialize, ToSchema)]
#[schema(as = Plan)]
pub(crate) struct PlanView {
    tier: SubscriptionTier,
    /// Readings in a day; null: no limit.
    daily_analyses_limit: Option<i32>,
    /// Readings in a month; null: no limit.
    monthly_analyses_limit: Option<i32>,
    /// For one month, in roubles with two decimals; null: not for sale.
    #[schema(example = "299.00")]
    price_rub: Option<String>,
    /// For one month, in Telegram Stars; null: not for sale.
    price_stars: Option<i32>,
    /// How long a trial lasts; 0: this plan is no trial.
    trial_days: i32,
}

impl From<Plan> for PlanView {
    fn from(plan: Plan) -> Self {
        Self {
            tier: plan.tier,
            daily_analyses_limit: plan.daily_analyses_limit,
            monthly_analyses_limit: plan.monthly_analyses_limit,
            price_rub: plan.price_rub.map(|price| format!("{price:.2}")),
            price_stars: plan.price_stars,
            trial_days: plan.trial_days,
        }
    }
}

/// Lists the plans
///
/// The same for all callers.
#[utoipa::path(
    get,
    path = "/v1/plans",
    operation_id = "list_plans",
    tag = "Subscriptions",
    responses(
        (status = 200, description = "All plans", body = Plans),
        (status = 500, description = "An internal error", body = ErrorBody),
        (status = 503, description = "Temporarily unavailable", body = ErrorBody),
    ),
    security(()),
)]
pub(crate) async fn list(state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let plans = queries::plans(&mut *state.db().await?).await?;
    let plans = plans.into_iter().map(PlanView::from).collect();
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .json(Plans { plans }))
}
