//! Webhooks of customers. An account has endpoints, and what happens to it (the outbox, [`events`]) is posted to them, signed
//! by Standard Webhooks, at least once and in no order. See `docs/WEBHOOKS.md`.
//!
//! A reader of the outbox makes a delivery of each event for each endpoint ([`fan_out`]); a job posts it, and comes again by
//! the schedule of [`rules`] until it is taken.

pub mod deliveries;
pub mod endpoints;
mod facts;
pub mod fan_out;
mod feature;
pub mod jobs;
pub mod limits;
pub mod messages;
pub mod metrics;
pub mod model;
pub mod results;
pub mod rules;
pub mod sealed;
pub mod secrets;
pub mod texts;
pub mod told;
pub mod trial;
pub mod types;

pub use feature::FEATURE;
