//! One folder a feature: `model` (rows), `rules` (pure), `queries` (SQL), `jobs` (arguments).

pub mod analyses;
pub mod audit;
pub mod idempotency;
pub mod limits;
pub mod notifications;
pub mod payments;
pub mod probes;
pub mod retention;
pub mod subscriptions;
pub mod telegram_updates;
pub mod users;
