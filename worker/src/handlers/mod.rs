//! One folder a feature, one file a step.

mod analyses;
mod notifications;
mod privacy;
mod probes;
mod retention;
mod subscriptions;
