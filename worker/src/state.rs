//! What a handler gets besides its job.

use std::sync::Arc;

use shared::db::Conn;
use shared::features::retention::queries::Keep;
use shared::jobs::limits;
use shared::{Core, Error};
use tokio::sync::Semaphore;

/// The core, and short ways to it. Cheap to clone.
#[derive(Clone)]
pub struct WorkerState {
    pub core: Core,
    /// As many permits as photos may be decoded at once. A decoder holds its permit until it has
    /// ended, also after its job was given up (then it ends soon), so that memory stays bound.
    pub decoders: Arc<Semaphore>,
    pub keep: Keep,
}

impl WorkerState {
    /// A connection to Postgres.
    ///
    /// # Errors
    /// `Unavailable` when none comes free in time.
    pub async fn db(&self) -> Result<Conn, Error> {
        Ok(self.core.db.get().await?)
    }

    /// Waits until the rates of these keys allow one more call.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn pace(&self, keys: &[String]) -> Result<(), Error> {
        let limits = &self.core.config.limits;
        if !limits.any_rate(keys) {
            return Ok(());
        }
        loop {
            let wait = limits::take_token(&mut *self.db().await?, keys, limits).await?;
            if wait.is_zero() {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
        }
    }
}
