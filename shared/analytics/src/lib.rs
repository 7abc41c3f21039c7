//! Sums of what has happened. The projection (`rollups`) reads the outbox and moves them; reports read them and
//! nothing else. See `docs/EVENTS.md`.

pub mod config;
mod feature;
pub mod jobs;
pub mod metrics;
pub mod reports;
pub mod rollups;

pub use feature::FEATURE;

kernel::definitions! {
    "analytics_zone",
    "model_usage_daily",
    "mrr_movements_daily",
    "revenue_daily",
    "tokens_by_plan_daily",
    "user_signups_daily",
}
