//! People and services: profiles and consents, API keys, verification of the Mini App's `initData`,
//! rate limits, idempotency keys, and requests for a copy or the deletion of a person's data.

pub mod api_keys;
pub mod codes;
mod feature;
pub mod idempotency;
pub mod metrics;
pub mod privacy;
pub mod rate_limits;
pub mod users;

pub use feature::FEATURE;

kernel::definitions! {
    "current_person",
    "idempotency_finish",
    "update_updated_at_column",
}
