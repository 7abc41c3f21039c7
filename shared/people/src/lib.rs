//! People and services: profiles and consents, accounts by e-mail, organizations, API keys, verification of the Mini App's `initData`,
//! sessions, passkeys, suspensions, rate limits, idempotency keys, requests for a copy or the deletion of a person's data, and what of the use
//! outlives a deletion.

pub mod abuse_memory;
pub mod accounts;
pub mod addresses;
pub mod api_keys;
pub mod belongings;
pub mod codes;
pub mod factors;
mod facts;
mod feature;
pub mod idempotency;
pub mod metrics;
pub mod organizations;
pub mod passkeys;
pub mod passwords;
pub mod permissions;
pub mod privacy;
pub mod rate_limits;
pub mod secrets;
pub mod sessions;
mod spent_proofs;
pub mod suspensions;
pub mod users;

pub use feature::FEATURE;

/// Of this feature.
const NAME: &str = "people";

kernel::definitions! {
    "current_person",
    "idempotency_finish",
    "organization_keeps_owner",
    "person_gets_account",
    "person_keeps_telegram",
    "update_updated_at_column",
}
