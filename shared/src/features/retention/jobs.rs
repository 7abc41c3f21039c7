//! Chores by the clock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::jobs::{Job, Priority, Queue};

/// Deletes ended jobs and old marks. Running twice deletes nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prune {}

impl Job for Prune {
    const KIND: &'static str = "retention.prune.v1";
    const QUEUE: Queue = Queue::Maintenance;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(1_800);

    /// One at a time.
    fn dedupe_key(&self) -> Option<String> {
        Some(String::new())
    }

    fn priority(&self) -> Priority {
        Priority::Low
    }
}
