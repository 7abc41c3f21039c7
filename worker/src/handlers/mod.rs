//! One folder a feature, one file a step.

mod analyses;
mod bot;
mod payments;
mod privacy;
mod probes;
mod retention;
mod subscriptions;
