//! How long a publisher waits whose vendor is away.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::rules;

/// The failures of a publisher in a row, as this process has seen them.
#[derive(Debug, Default)]
pub struct Pace(AtomicU32);

impl Pace {
    /// A step was done.
    pub fn went_well(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// A step has failed. Returns how long to wait.
    pub fn failed(&self) -> Duration {
        rules::patience(self.0.fetch_add(1, Ordering::Relaxed))
    }
}
