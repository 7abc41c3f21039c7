//! Plans and their quotas (`limits`), subscriptions, and payments.

pub mod codes;
mod feature;
pub mod limits;
pub mod metrics;
pub mod payments;
pub mod subscriptions;

pub use feature::FEATURE;
