//! Plans and their quotas (`limits`), subscriptions, and payments.

pub mod codes;
pub mod limits;
pub mod metrics;
pub mod payments;
pub mod subscriptions;
