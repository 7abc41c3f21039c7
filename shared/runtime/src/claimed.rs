//! A claimed job on its way through the layers of a worker.

use std::sync::Arc;

use jobs::Queue;
use jobs::claims::Claim;
use tokio::sync::OwnedSemaphorePermit;

use super::context::Context;
use super::handler::{Registration, State};
use super::pace::Pace;

/// A claim with what its layers need.
pub(super) struct Claimed<S: State> {
    pub claim: Arc<Claim>,
    pub registration: &'static Registration<S>,
    pub context: Arc<Context<S>>,
    pub queue: Queue,
    pub pace: Arc<Pace>,
    /// The permit to run; the slot is free again when the last layer has ended.
    pub _permit: OwnedSemaphorePermit,
}
