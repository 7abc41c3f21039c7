//! Calls that wait for a lock while something changes.

use diesel_async::SimpleAsyncConnection;
use testkit::eventually;

use crate::app::TestApp;

/// Statements that wait for a lock.
const WAITING: &str = "SELECT count(*) AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

impl TestApp {
    /// Takes a lock, lets calls wait for it, and changes something before it lets go: they were admitted before the change,
    /// and go on after it. `calls` is how many of them wait at once.
    pub async fn meanwhile<T>(
        &self,
        (lock, change): (&str, &str),
        calls: i64,
        held: impl Future<Output = T>,
    ) -> anyhow::Result<T> {
        let mut conn = self.db().await?;
        conn.batch_execute(&format!("BEGIN; {lock}")).await?;
        let changing = async {
            eventually(async || Ok((self.count(WAITING).await? >= calls).then_some(()))).await?;
            conn.batch_execute(&format!("{change}; COMMIT")).await?;
            anyhow::Ok(())
        };
        let (ended, changed) = tokio::join!(held, changing);
        changed?;
        Ok(ended)
    }
}
