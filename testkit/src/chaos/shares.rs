//! Watches that no key ever has more running jobs than it may.

use std::time::Duration;

use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use kernel::db::Pool;
use tokio::time::Instant;

use super::Background;

/// How often to look.
const EVERY: Duration = Duration::from_millis(100);

const MOST: &str = "SELECT COALESCE(max(running), 0) AS most FROM (
    SELECT count(*) AS running FROM jobs, unnest(limit_keys) AS key
    WHERE state = 'running' AND key LIKE 'user:%' GROUP BY key) AS of_key";

#[derive(diesel::QueryableByName)]
struct Most {
    #[diesel(sql_type = BigInt)]
    most: i64,
}

/// The most that was seen running of one key.
pub struct Shares;

impl Shares {
    /// Begins to look; while Postgres is away there is nothing to see.
    pub fn watch(pool: Pool) -> Background<i64> {
        Background::start(|mut stop| async move {
            let mut most = 0;
            while stop.wait_until(Instant::now() + EVERY).await {
                let Ok(mut conn) = pool.get().await else {
                    continue;
                };
                let seen = diesel::sql_query(MOST).get_result::<Most>(&mut conn).await;
                most = seen.map_or(most, |seen| most.max(seen.most));
            }
            most
        })
    }
}
