//! `/v1/analytics`: what happened, for operators of all and for organizations of theirs. The definitions are in
//! `analytics::reports::catalogue`.

mod answer;
mod asked;
mod csv;
pub(crate) mod gate;
mod meta;
pub(crate) mod moments;
mod realtime;
mod reports;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        reports::user_growth => Access::Reports;
        reports::active_users => Access::Reports;
        reports::user_signups => Access::Reports;
        reports::top_users => Access::Reports;
        reports::user_retention => Access::Reports;
        reports::users_by_plan => Access::Reports;
        reports::chat_activity => Access::Reports;
        reports::chat_tokens => Access::Reports;
        reports::chat_by_provider => Access::Reports;
        reports::chat_by_model => Access::Reports;
        reports::chat_conversations => Access::Reports;
        reports::chat_response_times => Access::Reports;
        reports::revenue_total => Access::Reports;
        reports::revenue_mrr => Access::Reports;
        reports::revenue_over_time => Access::Reports;
        reports::revenue_by_plan => Access::Reports;
        reports::revenue_ltv => Access::Reports;
        reports::revenue_churn => Access::Reports;
        reports::revenue_arpu => Access::Reports;
        reports::provider_usage => Access::Reports;
        reports::provider_performance => Access::Reports;
        reports::provider_cost => Access::Reports;
        reports::popular_models => Access::Reports;
        reports::provider_errors => Access::Reports;
        reports::overview => Access::Reports;
        realtime::show => Access::Reports;
        realtime::events => Access::Reports;
    }
}
