//! How many persons were active on each day that has ended, in the 7 and in the 30 days that end with it.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::Timestamptz;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// An organization, all personal accounts (the nil UUID), and all together (the greatest UUID): a person may be in several.
const COUNT: &str = "WITH bounds AS (
        SELECT (SELECT min(day) FROM active_users_daily) AS first,
            COALESCE((SELECT max(day) FROM active_counts_daily) - 2, 'epoch'::date) AS again,
            ($1::timestamptz AT TIME ZONE analytics_zone())::date - 1 AS last
    ), days AS (
        SELECT generate_series(GREATEST(first, again), last, interval '1 day')::date AS day
        FROM bounds WHERE first IS NOT NULL
    )
    INSERT INTO active_counts_daily (day, organization_id, dau, wau, mau)
    SELECT days.day, COALESCE(organization_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
        count(DISTINCT user_id) FILTER (WHERE active.day = days.day),
        count(DISTINCT user_id) FILTER (WHERE active.day > days.day - 7),
        count(DISTINCT user_id)
    FROM days JOIN active_users_daily AS active ON active.day BETWEEN days.day - 29 AND days.day
    GROUP BY GROUPING SETS ((days.day, organization_id), (days.day))
    ON CONFLICT (day, organization_id) DO UPDATE SET dau = excluded.dau, wau = excluded.wau, mau = excluded.mau";

/// Counts the days that have ended and were not counted yet, and the last two again: an event of theirs may have been read
/// late. Returns how many rows it wrote.
///
/// # Errors
/// Those of the database.
pub async fn count_days(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::sql_query(COUNT)
        .bind::<Timestamptz, _>(now)
        .execute(conn)
        .await
}
