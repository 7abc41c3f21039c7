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

/// Deletes photos in the bucket that belong to no reading. Running twice deletes nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepPhotos {}

impl SweepPhotos {
    /// Younger ones may belong to a reading that is being accepted right now.
    pub const GRACE: Duration = Duration::from_secs(24 * 3_600);
}

impl Job for SweepPhotos {
    const KIND: &'static str = "retention.sweep_photos.v1";
    const QUEUE: Queue = Queue::Maintenance;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(3_600);

    /// One at a time.
    fn dedupe_key(&self) -> Option<String> {
        Some(String::new())
    }

    fn priority(&self) -> Priority {
        Priority::Low
    }
}

/// Deletes archives of people's data in the bucket whose time is over, and those that belong to no
/// request. Running twice deletes nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepArchives {}

impl Job for SweepArchives {
    const KIND: &'static str = "retention.sweep_archives.v1";
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
