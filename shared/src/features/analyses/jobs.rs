//! The steps of a reading. Each stores its result in the transaction that enqueues the next. And what
//! clears up after them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::jobs::chore::chore;
use crate::jobs::{Job, Queue, limits};

/// Removes the photos of a reading that was deleted. A day of tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovePhotos {
    pub analysis_id: Uuid,
}

impl Job for RemovePhotos {
    const KIND: &'static str = "analyses.remove_photos.v1";
    const QUEUE: Queue = Queue::Privacy;
    const MAX_ATTEMPTS: u16 = 300;
    const TIMEOUT: Duration = Duration::from_secs(120);

    fn dedupe_key(&self) -> Option<String> {
        Some(self.analysis_id.to_string())
    }
}

/// Whether a step asks an AI: all together have a share.
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
            const QUEUE: Queue = Queue::$queue;
            const MAX_ATTEMPTS: u16 = $attempts;
            const TIMEOUT: Duration = Duration::from_secs($seconds);

            fn dedupe_key(&self) -> Option<String> {
                Some(self.analysis_id.to_string())
            }

            fn limit_keys(&self) -> Vec<String> {
                let mut keys = vec![limits::of_user(self.user_id)];
                keys.extend($asks.then(limits::of_ai));
                keys
            }
        }
    };
}

step! {
    /// Brings a photo that was sent to the bot into our bucket.
    /// A day of tries: Telegram or the bucket may be away.
    FetchPhoto, "analyses.fetch_photo.v1", Image, 300, 120, NO_AI
}
step! {
    /// Makes the small upright JPEG that the AI sees.
    /// A day of tries.
    PrepareImage, "analyses.prepare_image.v1", Image, 300, 120, NO_AI
}
step! {
    /// Asks the AI what is in the cup. About an hour of tries. The deadline leaves time to store
    /// an answer while Postgres is away: it is paid for.
    ReadCup, "analyses.read_cup.v1", Analysis, 24, 600, AI
}
step! {
    /// Asks the AI for the reading. About an hour of tries; the deadline as above.
    Interpret, "analyses.interpret.v1", Analysis, 24, 600, AI
}

chore! {
    /// Deletes photos in the bucket that belong to no reading. Running twice deletes nothing more.
    SweepPhotos, "retention.sweep_photos.v1", 3_600
}

impl SweepPhotos {
    /// Younger ones may belong to a reading that is being accepted right now.
    pub const GRACE: Duration = Duration::from_secs(24 * 3_600);
}
