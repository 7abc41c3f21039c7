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

/// A session that has not ended: the generation that it was asked for with, and the Telegram id of its person.
#[derive(Clone, Copy)]
struct Alive {
    generation: i32,
    telegram_id: Option<i64>,
}

/// The cache of sessions. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct SignedIn {
    alive: Cache<Uuid, Alive>,
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
        let known = self.alive.get(&id);
        if known.is_some_and(|known| known.generation == generation) {
            return Ok(());
        }
        let before = self.dropped.load(Ordering::SeqCst);
        let telegram_id = stored::check(&mut *db.get().await?, id, generation, now).await?;
        let alive = Alive {
            generation,
            telegram_id,
        };
        self.alive.insert(id, alive);
        // Dropped meanwhile: it may have ended after it was read, and what was read is not kept.
        if self.dropped.load(Ordering::SeqCst) != before {
            self.alive.invalidate(&id);
        }
        Ok(())
    }

    /// The Telegram id of the person of a session that was just checked, if they have one.
    pub(crate) fn telegram_id(&self, id: Uuid) -> Option<i64> {
        self.alive.get(&id)?.telegram_id
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
