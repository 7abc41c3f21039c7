//! Reads the outbox for the endpoints of customers. Each worker does; the cursor lets one of them at a time.

use std::time::Duration;

use diesel_async::AsyncConnection;
use kernel::Error;
use product::Core;
use webhooks::fan_out::{self, BATCH};

/// How long a reader that has found little waits.
const EVERY: Duration = Duration::from_secs(1);

/// Reads until the process stops. While Postgres is away it tries again.
pub(crate) async fn read_on(core: Core) {
    loop {
        let read = step(&core).await;
        if let Err(why) = &read {
            tracing::warn!(error = %why, "events for webhooks are read later");
        }
        // A full batch: there may be more.
        if read.ok() != usize::try_from(BATCH).ok() {
            tokio::time::sleep(EVERY).await;
        }
    }
}

async fn step(core: &Core) -> Result<usize, Error> {
    let now = core.clock.now();
    let mut conn = core.db.get().await?;
    let step = conn.transaction(async |conn| fan_out::step(conn, now).await);
    let (read, tickets) = step.await?;
    drop(conn);
    core.pusher.wake(&tickets).await;
    Ok(read)
}
