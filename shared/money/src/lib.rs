//! Plans, meters of what they allow, subscriptions, and payments.

pub mod codes;
mod facts;
mod feature;
pub mod meters;
pub mod metrics;
pub mod payments;
pub mod subscriptions;

pub use feature::FEATURE;

kernel::definitions! {
    "current_meters",
    "current_tier",
    "current_usage",
    "ensure_meter",
    "next_reset",
    "take_units",
    "usage_limits",
}
