//! Watches how many jobs of one key run at once.

use std::time::Duration;

use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use kernel::db::Pool;
use tokio::time::Instant;

use super::Background;

/// The interval of the queries.
const EVERY: Duration = Duration::from_millis(100);

const MOST: &str = "SELECT COALESCE(max(running), 0) AS most FROM (
    SELECT count(*) AS running FROM jobs, unnest(limit_keys) AS key
    WHERE state = 'running' AND key LIKE 'user:%' GROUP BY key) AS of_key";

#[derive(diesel::QueryableByName)]
struct Most {
    #[diesel(sql_type = BigInt)]
    most: i64,
}

/// The most jobs of one key that were observed running at once.
pub struct Shares;

impl Shares {
    /// Starts to watch. It skips the queries that fail while Postgres is away.
    pub fn watch(pool: Pool) -> Background<i64> {
        Background::start(|mut stop| async move {
            let mut most = 0;
            while stop.wait_until(Instant::now() + EVERY).await {
                let Ok(mut conn) = pool.get().await else {
                    continue;
                };
                let row = diesel::sql_query(MOST).get_result::<Most>(&mut conn).await;
                most = row.map_or(most, |row| most.max(row.most));
            }
            most
        })
    }
}
