//! One folder a feature, one file a step.

mod ai;
mod analyses;
mod bot;
mod jobs;
mod payments;
mod privacy;
mod probes;
mod subscriptions;
