//! What a handler gets besides its job.

use shared::db::Conn;
use shared::{Core, Error};

/// The core, and short ways to it. Cheap to clone.
#[derive(Clone)]
pub struct WorkerState {
    pub core: Core,
}

impl WorkerState {
    /// A connection to Postgres.
    ///
    /// # Errors
    /// `Unavailable` when none comes free in time.
    pub async fn db(&self) -> Result<Conn, Error> {
        Ok(self.core.db.get().await?)
    }
}
