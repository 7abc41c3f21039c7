//! What a handler gets besides its job.

use std::sync::Arc;

use shared::db::Conn;
use shared::{Core, Error};
use tokio::sync::Semaphore;

/// The core, and short ways to it. Cheap to clone.
#[derive(Clone)]
pub struct WorkerState {
    pub core: Core,
    /// As many permits as photos may be decoded at once. A decoder cannot be stopped: it holds its
    /// permit to its end, also after its job was given up, so that memory stays bound.
    pub decoders: Arc<Semaphore>,
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
