//! The jobs of privacy requests.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use jobs::chore;
use jobs::cron::Schedule;
use jobs::{Entry, Job, Queue};

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[
    Entry::of::<ExportData>(),
    Entry::of::<DeleteData>(),
    Entry::of::<SweepArchives>(),
];

pub(crate) const SCHEDULES: &[Schedule] = &[Schedule::of::<SweepArchives>("0 29 * * * *")];

/// Builds the archive of a person's data and puts it into the bucket, under a key made of the
/// request: a second run replaces the archive of the first. Retried for a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportData {
    pub request_id: Uuid,
    pub user_id: Uuid,
}

impl Job for ExportData {
    const KIND: &'static str = "privacy.export_data.v1";
    const QUEUE: Queue = super::EXPORTS;
    const MAX_ATTEMPTS: u16 = 300;
    const TIMEOUT: Duration = Duration::from_secs(3_600);

    fn subject(&self) -> Option<Uuid> {
        Some(self.user_id)
    }

    fn dedupe_key(&self) -> Option<String> {
        Some(self.request_id.to_string())
    }
}

/// Deletes everything that is kept about a person, except for what the law requires, which is made
/// anonymous. Can be repeated from any point. Retried for a day: 72 hours are promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteData {
    pub request_id: Uuid,
    pub user_id: Uuid,
}

impl Job for DeleteData {
    const KIND: &'static str = "privacy.delete_data.v1";
    const QUEUE: Queue = super::QUEUE;
    const MAX_ATTEMPTS: u16 = 300;
    const TIMEOUT: Duration = Duration::from_secs(3_600);

    fn subject(&self) -> Option<Uuid> {
        Some(self.user_id)
    }

    fn dedupe_key(&self) -> Option<String> {
        Some(self.request_id.to_string())
    }
}

chore! {
    /// Deletes expired archives of people's data from the bucket, and those that belong to no request.
    /// Running twice deletes nothing more.
    SweepArchives, "retention.sweep_archives.v1", 1_800
}
