//! `GET /v1/plans`: what there is, and what it costs.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use kernel::Error;
use kernel::currencies::exponent;
use money::meters::model::PlanLimit;
use money::meters::{queries as meters, rules};
use money::payments::model::PaymentProvider;
use money::subscriptions::model::Plan;
use money::subscriptions::model::SubscriptionTier;
use money::subscriptions::prices::{self, Price};
use money::subscriptions::queries;
use serde::Serialize;
use utoipa::ToSchema;
use vendors::payment::Terms;

use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// All plans.
#[derive(Serialize, ToSchema)]
pub(crate) struct Plans {
    /// The smallest first.
    plans: Vec<PlanView>,
    /// The ways to pay here.
    providers: Vec<ProviderView>,
}

/// A way to pay.
#[derive(Serialize, ToSchema)]
#[schema(as = Provider)]
pub(crate) struct ProviderView {
    #[schema(value_type = PaymentProvider)]
    provider: &'static str,
    /// What it takes: ISO 4217, or `XTR` for Telegram Stars.
    #[schema(example = json!(["EUR", "USD"]))]
    currencies: &'static [&'static str],
}

/// What a plan gives and costs.
#[derive(Serialize, ToSchema)]
#[schema(as = Plan)]
pub(crate) struct PlanView {
    tier: SubscriptionTier,
    /// Readings in a day; null: no limit.
    daily_analyses_limit: Option<i64>,
    /// Readings in a month; null: no limit.
    monthly_analyses_limit: Option<i64>,
    /// For one month, in roubles with two decimals; null: not for sale.
    #[schema(example = "299.00")]
    price_rub: Option<String>,
    /// For one month, in Telegram Stars; null: not for sale.
    price_stars: Option<i32>,
    /// For one month, in other money.
    prices: Vec<PriceView>,
    /// How long a trial lasts; 0: this plan is no trial.
    trial_days: i32,
    /// The most tokens of one request to a model; null: no bound.
    max_tokens: Option<i32>,
    /// Requests a minute, with all keys of the account; null: as for all.
    requests_per_minute: Option<i32>,
    /// What the plan allows of each unit; `analyses` says the same as the fields above.
    limits: Vec<PlanLimitView>,
}

impl ProviderView {
    fn of(terms: Terms) -> Self {
        Self {
            provider: terms.provider,
            currencies: terms.currencies,
        }
    }
}

/// What a month of a plan costs.
#[derive(Serialize, ToSchema)]
#[schema(as = Price)]
pub(crate) struct PriceView {
    #[schema(example = "EUR")]
    currency: String,
    /// In whole units, with all decimals of the currency.
    #[schema(example = "2.99")]
    amount: String,
}

impl PriceView {
    fn of(price: &Price) -> Self {
        let mut amount = price.amount;
        amount.rescale(exponent(&price.currency).unwrap_or_default());
        Self {
            currency: price.currency.clone(),
            amount: amount.to_string(),
        }
    }
}

/// What a plan allows of a unit.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanLimit)]
pub(crate) struct PlanLimitView {
    #[schema(example = "messages")]
    unit: String,
    /// In a day; null: no limit.
    day: Option<i64>,
    /// In a month; null: no limit.
    month: Option<i64>,
}

impl Plans {
    /// As they are now.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn read(state: &ApiState) -> Result<Self, Error> {
        let conn = &mut *state.db().await?;
        let plans = queries::plans(conn).await?;
        let prices = prices::prices(conn).await?;
        let limits = meters::plan_limits(conn).await?;
        let plans = plans
            .iter()
            .map(|plan| PlanView::of(plan, &prices, &limits));
        Ok(Self {
            plans: plans.collect(),
            providers: state
                .core
                .providers
                .gateways
                .terms()
                .map(ProviderView::of)
                .collect(),
        })
    }
}

impl PlanView {
    fn of(plan: &Plan, prices: &[Price], limits: &[PlanLimit]) -> Self {
        let [daily_analyses_limit, monthly_analyses_limit] = rules::readings_of(limits, plan.tier);
        let own = limits.iter().filter(|limit| limit.tier == plan.tier);
        Self {
            tier: plan.tier,
            daily_analyses_limit,
            monthly_analyses_limit,
            price_rub: plan.price_rub.map(|price| format!("{price:.2}")),
            price_stars: plan.price_stars,
            prices: (prices.iter().filter(|price| price.tier == plan.tier))
                .map(PriceView::of)
                .collect(),
            trial_days: plan.trial_days,
            max_tokens: plan.max_tokens,
            requests_per_minute: plan.requests_per_minute,
            limits: own
                .map(|limit| PlanLimitView {
                    unit: limit.unit.clone(),
                    day: limit.day_limit,
                    month: limit.month_limit,
                })
                .collect(),
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
    let plans = Plans::read(&state).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .json(plans))
}
