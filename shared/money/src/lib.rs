//! Plans and their quotas (`limits`), subscriptions, and payments.

pub mod codes;
mod facts;
mod feature;
pub mod limits;
pub mod metrics;
pub mod payments;
pub mod subscriptions;

pub use feature::FEATURE;

kernel::definitions! {
    "current_tier",
    "current_usage",
    "ensure_usage_limits",
    "next_reset",
    "take_unit",
}
