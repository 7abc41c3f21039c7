//! Which stored sessions are alive, remembered for a moment: a session that was ended in another process is refused as soon
//! as that process has told, and without Redis after that moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::Error;
use kernel::db::Pool;
use kernel::publish::Publisher;
use moka::sync::Cache;
use people::sessions::{news, stored};
use uuid::Uuid;

/// How long it is remembered.
const LIFETIME: Duration = Duration::from_secs(5);

/// How many are remembered; some 50 bytes each.
const SESSIONS_MAX: u64 = 50_000;

/// The cache of sessions, and the generation that they were asked for with. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct SignedIn {
    alive: Cache<Uuid, i32>,
    /// How often one was dropped.
    dropped: Arc<AtomicU64>,
    publisher: Publisher,
}

impl SignedIn {
    pub fn new(publisher: Publisher) -> Self {
        let cache = Cache::builder().max_capacity(SESSIONS_MAX);
        Self {
            alive: cache.time_to_live(LIFETIME).build(),
            dropped: Arc::default(),
            publisher,
        }
    }

    /// Whether the session of a good access token has not ended.
    ///
    /// # Errors
    /// E203 if it has; those of the database.
    pub(crate) async fn check(
        &self,
        db: &Pool,
        id: Uuid,
        generation: i32,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        if self.alive.get(&id) == Some(generation) {
            return Ok(());
        }
        let before = self.dropped.load(Ordering::SeqCst);
        stored::check(&mut *db.get().await?, id, generation, now).await?;
        self.alive.insert(id, generation);
        // Dropped meanwhile: it may have ended after it was read, and what was read is not kept.
        if self.dropped.load(Ordering::SeqCst) != before {
            self.alive.invalidate(&id);
        }
        Ok(())
    }

    /// Drops one that has ended, here and in all processes.
    pub(crate) fn forget(&self, id: Uuid) {
        self.drop_one(id);
        news::announce(&self.publisher, id);
    }

    /// Drops one that has ended, here.
    pub(super) fn drop_one(&self, id: Uuid) {
        self.dropped.fetch_add(1, Ordering::SeqCst);
        self.alive.invalidate(&id);
    }
}
