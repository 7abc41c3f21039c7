//! One folder a feature: `model` (rows), `rules` (pure), `queries` (SQL), `jobs` (arguments).

pub mod ai;
pub mod analyses;
pub mod api_keys;
pub mod audit;
pub mod bot;
pub mod delivery;
pub mod erasure;
pub mod idempotency;
pub mod limits;
pub mod moderation;
pub mod payments;
pub mod privacy;
pub mod probes;
pub mod rate_limits;
pub mod subscriptions;
pub mod users;
