//! Chores by the clock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::jobs::{Job, MAINTENANCE, Priority, Queue};

macro_rules! chore {
    ($(#[$meta:meta])* $name:ident, $kind:literal, $seconds:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {}

        impl Job for $name {
            const KIND: &'static str = $kind;
            const QUEUE: Queue = MAINTENANCE;
            const MAX_ATTEMPTS: u16 = 5;
            const TIMEOUT: Duration = Duration::from_secs($seconds);

            /// One at a time.
            fn dedupe_key(&self) -> Option<String> {
                Some(String::new())
            }

            fn priority(&self) -> Priority {
                Priority::Low
            }
        }
    };
}

chore! {
    /// Deletes ended jobs and old marks. Running twice deletes nothing more.
    Prune, "retention.prune.v1", 1_800
}
chore! {
    /// Deletes photos in the bucket that belong to no reading. Running twice deletes nothing more.
    SweepPhotos, "retention.sweep_photos.v1", 3_600
}
chore! {
    /// Deletes archives of people's data in the bucket whose time is over, and those that belong to no
    /// request. Running twice deletes nothing more.
    SweepArchives, "retention.sweep_archives.v1", 1_800
}

chore! {
    /// Settles calls that cost money and whose job nobody runs any more. Running twice settles nothing
    /// more.
    SettleCalls, "retention.settle_calls.v1", 300
}

impl SweepPhotos {
    /// Younger ones may belong to a reading that is being accepted right now.
    pub const GRACE: Duration = Duration::from_secs(24 * 3_600);
}
