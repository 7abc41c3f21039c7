//! How many persons were active on each day that has ended, in the 7 and in the 30 days that end with it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Nullable, Timestamptz};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::cursor;

#[derive(QueryableByName)]
struct Bounds {
    #[diesel(sql_type = Nullable<Date>)]
    first: Option<NaiveDate>,
    #[diesel(sql_type = Date)]
    last: NaiveDate,
}

/// From the first day that is not counted, or ($2) two before it, to the last one before `$1` of which no event is unread.
const BOUNDS: &str = "SELECT GREATEST((SELECT min(day) FROM active_users_daily),
            (SELECT max(day) FROM active_counts_daily) + CASE WHEN $2 THEN -2 ELSE 1 END) AS first,
        LEAST(($1::timestamptz AT TIME ZONE analytics_zone())::date,
            (SELECT (unread.occurred_at AT TIME ZONE analytics_zone())::date
             FROM event_cursors AS place JOIN events AS unread ON (unread.tx, unread.seq) > (place.tx, place.seq)
             WHERE place.name = 'analytics' ORDER BY unread.tx, unread.seq LIMIT 1)) - 1 AS last";

/// An organization, all personal accounts (the nil UUID), and all together (the greatest UUID): a person may be in several.
const COUNT: &str = "INSERT INTO active_counts_daily (day, organization_id, dau, wau, mau)
    SELECT days.day, COALESCE(organization_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
        count(DISTINCT user_id) FILTER (WHERE active.day = days.day),
        count(DISTINCT user_id) FILTER (WHERE active.day > days.day - 7),
        count(DISTINCT user_id)
    FROM (SELECT generate_series($1::date::timestamp, $2::date::timestamp, interval '1 day')::date AS day) AS days
    JOIN active_users_daily AS active ON active.day BETWEEN days.day - 29 AND days.day
    GROUP BY GROUPING SETS ((days.day, organization_id), (days.day))
    ON CONFLICT (day, organization_id) DO UPDATE SET dau = excluded.dau, wau = excluded.wau, mau = excluded.mau";

/// A day without anyone has a row, too: the newest one says how far days are counted.
const EMPTY: &str = "INSERT INTO active_counts_daily (day, organization_id, dau, wau, mau)
    SELECT days::date, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 0, 0, 0
    FROM generate_series($1::date::timestamp, $2::date::timestamp, interval '1 day') AS days
    ON CONFLICT DO NOTHING";

/// Each day is joined with the 29 before it.
const DAYS_AT_ONCE: u64 = 7;

/// Counts the days that have ended, were read to their end and were not counted yet, and the last two again. A step of the
/// projection takes away what an event changes that it has read late. Returns how many rows were written; `None`: another
/// transaction holds the cursor.
///
/// # Errors
/// Those of the database.
pub async fn count_days(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
) -> QueryResult<Option<usize>> {
    let (mut rows, mut again) = (0, true);
    loop {
        // Meanwhile no step may read an event of a day that is being counted.
        let counted = conn.transaction(async |conn| {
            if !cursor::hold(conn).await? {
                return Ok(None);
            }
            let bounds = diesel::sql_query(BOUNDS).bind::<Timestamptz, _>(now);
            let Bounds { first, last } = bounds.bind::<Bool, _>(again).get_result(conn).await?;
            let Some(first) = first.filter(|first| *first <= last) else {
                return Ok(Some(0));
            };
            let last = last.min(first + chrono::Days::new(DAYS_AT_ONCE - 1));
            let mut rows = 0;
            for statement in [COUNT, EMPTY] {
                let count = diesel::sql_query(statement).bind::<Date, _>(first);
                rows += count.bind::<Date, _>(last).execute(conn).await?;
            }
            QueryResult::Ok(Some(rows))
        });
        match counted.await? {
            None => return Ok(None),
            Some(0) if !again => return Ok(Some(rows)),
            Some(more) => rows += more,
        }
        again = false;
    }
}
