//! What accounts use: a line for each request, sums by day, quotas of requests, and events of the accounts' own.
//! See `docs/USAGE.md`.

pub mod alerts;
pub mod codes;
pub mod custom;
pub mod day;
mod facts;
mod feature;
pub mod jobs;
pub mod leases;
pub mod lines;
pub mod messages;
pub mod metrics;
pub mod model;
pub mod months;
mod network;
pub mod projection;
pub mod queries;
pub mod recount;
pub mod rules;
pub mod texts;

pub use feature::FEATURE;

kernel::definitions! {
    "active_users_summary",
    "feature_usage",
    "rate_limits",
    "update_daily_usage_aggregate",
    "usage_drop_months",
    "usage_make_months",
}
