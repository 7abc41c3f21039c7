//! Which stored sessions are alive, remembered for a moment: a session that was ended elsewhere is refused after that.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::Error;
use kernel::db::Pool;
use moka::sync::Cache;
use people::sessions::stored;
use uuid::Uuid;

/// How long it is remembered.
const LIFETIME: Duration = Duration::from_secs(5);

/// How many are remembered; some 50 bytes each.
const SESSIONS_MAX: u64 = 50_000;

/// The cache of sessions, and the generation that they were asked for with. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct SignedIn(Cache<Uuid, i32>);

impl Default for SignedIn {
    fn default() -> Self {
        let cache = Cache::builder().max_capacity(SESSIONS_MAX);
        Self(cache.time_to_live(LIFETIME).build())
    }
}

impl SignedIn {
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
        if self.0.get(&id) == Some(generation) {
            return Ok(());
        }
        stored::check(&mut *db.get().await?, id, generation, now).await?;
        self.0.insert(id, generation);
        Ok(())
    }

    /// Drops one that has ended.
    pub(crate) fn forget(&self, id: Uuid) {
        self.0.invalidate(&id);
    }
}
