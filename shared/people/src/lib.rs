//! People and who comes in for them: profiles and consents, keys of services, proofs of the Mini App,
//! how often they may ask, requests that are sent twice, and what they want done with their data.

pub mod api_keys;
pub mod idempotency;
pub mod metrics;
pub mod privacy;
pub mod rate_limits;
pub mod users;
