//! `GET /v1/analytics/...`: the reports over a range of days.

use actix_web::{HttpRequest, HttpResponse, web};
use analytics::reports::chat::{
    self, ChatActivity, ConversationBucket, ModelReplies, RepliesByProvider, ResponseTimes,
    TokenBucket,
};
use analytics::reports::customers::{self, ChurnBucket, CurrencyWorth, Mrr};
use analytics::reports::overview::{self as headlines, Headline};
use analytics::reports::providers::{
    self, CallErrors, PopularModel, ProviderCost, ProviderPerformance, ProviderUsage,
};
use analytics::reports::revenue::{self, ArpuBucket, PlanRevenue, RevenueBucket, RevenueTotal};
use analytics::reports::users::{
    self, ActiveUsers, PlanUsers, RetentionCohort, TopUser, UserGrowth, UserSignups,
};

use super::answer::{Answer, respond};
use super::asked::Asked;
use super::gate::Sees;
use crate::http::extract::QueryFields;
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// A handler: its title, name, path, operation, answer and report.
macro_rules! report {
    ($title:literal, $name:ident, $path:tt, $operation:tt, [$($answer:tt)+], $report:expr) => {
        #[doc = $title]
        #[utoipa::path(get, path = $path, operation_id = $operation, tag = "Analytics", params(Asked),
            responses(
                (status = 200, description = "The figures, and what they are", body = Answer<$($answer)+>),
                (status = 304, description = "Nothing has been counted since"),
                Refused))]
        pub(crate) async fn $name(
            request: HttpRequest,
            sees: Sees,
            state: web::Data<ApiState>,
            QueryFields(asked): QueryFields<Asked>,
        ) -> Result<HttpResponse, Problem> {
            respond(&state, &request, (asked, sees), $path, async |store, question| {
                $report(store, question).await
            })
            .await
        }
    };
}

report!(
    "How many persons there are",
    user_growth,
    "/v1/analytics/users/growth",
    "get_user_growth",
    [UserGrowth],
    users::growth_of
);

report!(
    "Different active persons",
    active_users,
    "/v1/analytics/users/active",
    "get_active_users",
    [Vec<ActiveUsers>],
    users::active
);

report!(
    "Who signed up",
    user_signups,
    "/v1/analytics/users/signups",
    "get_user_signups",
    [UserSignups],
    users::signups
);

report!(
    "Who has used most",
    top_users,
    "/v1/analytics/users/top",
    "get_top_users",
    [Vec<TopUser>],
    users::top
);

report!(
    "Who comes again",
    user_retention,
    "/v1/analytics/users/retention",
    "get_user_retention",
    [Vec<RetentionCohort>],
    users::retention
);

report!(
    "Persons by plan",
    users_by_plan,
    "/v1/analytics/users/by-plan",
    "get_users_by_plan",
    [Vec<PlanUsers>],
    users::by_plan
);

report!(
    "What is asked and answered",
    chat_activity,
    "/v1/analytics/chat/activity",
    "get_chat_activity",
    [ChatActivity],
    chat::activity
);

report!(
    "Tokens of replies, by plan",
    chat_tokens,
    "/v1/analytics/chat/tokens",
    "get_chat_tokens",
    [Vec<TokenBucket>],
    chat::tokens
);

report!(
    "Replies by provider",
    chat_by_provider,
    "/v1/analytics/chat/by-provider",
    "get_chat_by_provider",
    [RepliesByProvider],
    chat::by_provider
);

report!(
    "Replies by model",
    chat_by_model,
    "/v1/analytics/chat/by-model",
    "get_chat_by_model",
    [Vec<ModelReplies>],
    chat::by_model
);

report!(
    "Conversations that began",
    chat_conversations,
    "/v1/analytics/chat/conversations",
    "get_chat_conversations",
    [Vec<ConversationBucket>],
    chat::conversations
);

report!(
    "How long answers take",
    chat_response_times,
    "/v1/analytics/chat/response-times",
    "get_chat_response_times",
    [Vec<ResponseTimes>],
    chat::response_times
);

report!(
    "What came in, by currency",
    revenue_total,
    "/v1/analytics/revenue/total",
    "get_revenue_total",
    [Vec<RevenueTotal>],
    revenue::total
);

report!(
    "What recurs each month",
    revenue_mrr,
    "/v1/analytics/revenue/mrr",
    "get_revenue_mrr",
    [Mrr],
    customers::mrr
);

report!(
    "What came in, in time",
    revenue_over_time,
    "/v1/analytics/revenue/over-time",
    "get_revenue_over_time",
    [Vec<RevenueBucket>],
    revenue::over_time
);

report!(
    "What each plan brings in",
    revenue_by_plan,
    "/v1/analytics/revenue/by-plan",
    "get_revenue_by_plan",
    [Vec<PlanRevenue>],
    revenue::by_plan
);

report!(
    "What a customer is worth",
    revenue_ltv,
    "/v1/analytics/revenue/ltv",
    "get_revenue_ltv",
    [Vec<CurrencyWorth>],
    revenue::ltv
);

report!(
    "Who leaves, and what with them",
    revenue_churn,
    "/v1/analytics/revenue/churn",
    "get_revenue_churn",
    [Vec<ChurnBucket>],
    customers::churn
);

report!(
    "What a person brings in",
    revenue_arpu,
    "/v1/analytics/revenue/arpu",
    "get_revenue_arpu",
    [Vec<ArpuBucket>],
    revenue::arpu
);

report!(
    "How much providers are asked",
    provider_usage,
    "/v1/analytics/providers/usage",
    "get_provider_usage",
    [Vec<ProviderUsage>],
    providers::usage
);

report!(
    "How well models answer",
    provider_performance,
    "/v1/analytics/providers/performance",
    "get_provider_performance",
    [Vec<ProviderPerformance>],
    providers::performance
);

report!(
    "What AI costs",
    provider_cost,
    "/v1/analytics/providers/cost",
    "get_provider_cost",
    [ProviderCost],
    providers::cost
);

report!(
    "Which models answer most",
    popular_models,
    "/v1/analytics/providers/popular-models",
    "get_popular_models",
    [Vec<PopularModel>],
    providers::popular
);

report!(
    "How calls fail",
    provider_errors,
    "/v1/analytics/providers/errors",
    "get_provider_errors",
    [CallErrors],
    providers::errors
);

report!(
    "All headline figures",
    overview,
    "/v1/analytics/overview",
    "get_analytics_overview",
    [Vec<Headline>],
    headlines::overview
);
