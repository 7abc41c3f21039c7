//! The jobs of the steps of a reading, each of which stores its result in the transaction that enqueues
//! the next; and the jobs that remove photos.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::news;
use jobs::chore;
use jobs::cron::Schedule;
use jobs::{Entry, Job, Queue};
use people::{privacy, users};

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[
    Entry::of::<FetchPhoto>(),
    Entry::of::<PrepareImage>(),
    Entry::of::<ReadCup>(),
    Entry::of::<Interpret>(),
    Entry::of::<RemovePhotos>(),
    Entry::of::<SweepPhotos>(),
    Entry::of::<EndAbsence>(),
    Entry::of::<ArchiveReadings>(),
];

pub(crate) const SCHEDULES: &[Schedule] = &[
    Schedule::of::<SweepPhotos>("0 41 3 * * *"),
    Schedule::of::<EndAbsence>("0 23 9 * * *"),
    Schedule::of::<ArchiveReadings>("0 53 3 * * *"),
];

/// Work on photos, which is bound by processors.
pub const IMAGE: Queue = Queue::new("image");
/// Steps that wait for the AI.
pub const ANALYSIS: Queue = Queue::new("analysis");

/// Removes the photos of a deleted reading. Retried for a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovePhotos {
    pub analysis_id: Uuid,
}

impl Job for RemovePhotos {
    const KIND: &'static str = "analyses.remove_photos.v1";
    const QUEUE: Queue = privacy::QUEUE;
    const MAX_ATTEMPTS: u16 = 300;
    const TIMEOUT: Duration = Duration::from_secs(120);

    /// It must run when the reading's person is gone, and then its id names nothing any more.
    fn subject(&self) -> Option<Uuid> {
        None
    }

    fn topic(&self) -> Option<String> {
        Some(news::topic(self.analysis_id))
    }

    fn dedupe_key(&self) -> Option<String> {
        Some(self.analysis_id.to_string())
    }
}

/// The limit key of the steps that ask an AI. The limits of each vendor are kept by the gate
/// (`ai::gate`), because the vendor is not known when a job is enqueued.
const AI_KEY: &str = "ai";

/// Whether a step asks an AI: all such steps share one limit key.
const AI: bool = true;
const NO_AI: bool = false;

macro_rules! step {
    ($(#[$meta:meta])* $name:ident, $kind:literal, $queue:ident, $attempts:literal, $seconds:literal, $asks:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            pub analysis_id: Uuid,
            pub user_id: Uuid,
        }

        impl Job for $name {
            const KIND: &'static str = $kind;
            const QUEUE: Queue = $queue;
            const MAX_ATTEMPTS: u16 = $attempts;
            const TIMEOUT: Duration = Duration::from_secs($seconds);

            fn subject(&self) -> Option<Uuid> {
                Some(self.user_id)
            }

            fn topic(&self) -> Option<String> {
                Some(news::topic(self.analysis_id))
            }

            fn dedupe_key(&self) -> Option<String> {
                Some(self.analysis_id.to_string())
            }

            fn limit_keys(&self) -> Vec<String> {
                let mut keys = vec![users::limit_key(self.user_id)];
                keys.extend($asks.then(|| AI_KEY.to_owned()));
                keys
            }
        }
    };
}

step! {
    /// Copies a photo that was sent to the bot into the bucket.
    /// Retried for a day: Telegram or the bucket may be down.
    FetchPhoto, "analyses.fetch_photo.v1", IMAGE, 300, 120, NO_AI
}
step! {
    /// Makes the small upright JPEG that the AI sees.
    /// Retried for a day.
    PrepareImage, "analyses.prepare_image.v1", IMAGE, 300, 120, NO_AI
}
step! {
    /// Asks the AI what is in the cup. Retried for about an hour. The deadline leaves time to store an
    /// answer while Postgres is down: it is paid for.
    ReadCup, "analyses.read_cup.v1", ANALYSIS, 24, 600, AI
}
step! {
    /// Asks the AI for the reading. Retried for about an hour; the deadline as above.
    Interpret, "analyses.interpret.v1", ANALYSIS, 24, 600, AI
}

chore! {
    /// Deletes photos in the bucket that belong to no reading, and shared pictures that are not shared any more.
    /// Running twice deletes nothing more.
    SweepPhotos, "retention.sweep_photos.v1", 3_600
}

chore! {
    /// Tells people who stay away that their data will be deleted, and has it deleted a month later.
    EndAbsence, "retention.end_absence.v1", 1_800
}

chore! {
    /// Moves what old readings say to the archive, and drops its months that are old enough. Running twice moves nothing
    /// more.
    ArchiveReadings, "retention.archive_readings.v1", 1_800
}

impl SweepPhotos {
    /// The least age of a photo to delete: a younger one may belong to a reading that is being accepted.
    pub const GRACE: Duration = Duration::from_secs(24 * 3_600);
}
