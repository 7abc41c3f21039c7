//! Switches: how the deployment behaves, turned by operators while it runs (`system_settings`). All processes see a
//! change within 5 s.

pub mod queries;
pub mod rules;

use std::sync::Arc;
use std::time::Duration;

use kernel::db::Pool;
use kernel::error::Error;
use moka::sync::Cache;

use rules::Values;

/// How long what was read is remembered.
const LIFETIME: Duration = Duration::from_secs(5);

/// The switches as they stand, asked of the database at most every 5 s. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Switches {
    db: Pool,
    seen: Cache<(), Arc<Values>>,
}

impl Switches {
    pub fn new(db: &Pool) -> Self {
        let seen = Cache::builder().max_capacity(1).time_to_live(LIFETIME);
        Self {
            db: db.clone(),
            seen: seen.build(),
        }
    }

    /// How they stand.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn now(&self) -> Result<Arc<Values>, Error> {
        if let Some(seen) = self.seen.get(&()) {
            return Ok(seen);
        }
        let read = Arc::new(queries::read(&mut *self.db.get().await?).await?);
        self.seen.insert((), read.clone());
        Ok(read)
    }

    /// Forgets what was read: one was turned.
    pub fn forget(&self) {
        self.seen.invalidate(&());
    }
}
