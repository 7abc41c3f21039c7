//! The windows of quotas, in every time zone that Postgres knows.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Text, Timestamptz};
use diesel_async::RunQueryDsl;
use testkit::TestDatabase;

/// For each zone windows that follow each other: each begins at a random moment after the one before has ended,
/// in a zone that is drawn anew. Each row: the end of a window, of the next one, and when that one began.
const WINDOWS: &str = "
    WITH RECURSIVE zones AS (
        SELECT name, row_number() OVER (ORDER BY random()) AS number, count(*) OVER () AS count
        FROM pg_timezone_names WHERE name !~ '^(posix|right)/'
    ), windows AS (
        SELECT zones.number, 1 AS turn, zones.name AS zone, moment,
            NULL::timestamptz AS previous, next_reset($1, zones.name, NULL, moment) AS ends
        FROM zones, LATERAL (SELECT '2026-01-01Z'::timestamptz + random() * interval '1000 days'
            * (zones.number / zones.number) AS moment) AS random_moment
      UNION ALL
        SELECT w.number, turn + 1, zones.name, begins.moment, w.ends,
            next_reset($1, zones.name, w.ends, begins.moment)
        FROM windows w
        -- At once, as one who games it would, or some time later.
        CROSS JOIN LATERAL (SELECT w.ends + CASE turn % 3 WHEN 0 THEN interval '0'
            ELSE random() * interval '30 hours' END AS moment) AS begins
        JOIN zones ON zones.number = 1 + (w.number * 7919 + turn * 104729) % zones.count
        WHERE turn < 12
    )
    SELECT zone, moment, COALESCE(previous, moment - interval '1000 days') AS previous, ends FROM windows";

#[derive(Debug, QueryableByName)]
struct Window {
    #[diesel(sql_type = Text)]
    zone: String,
    #[diesel(sql_type = Timestamptz)]
    moment: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    previous: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    ends: DateTime<Utc>,
}

async fn windows(unit: &str) -> anyhow::Result<Vec<Window>> {
    let database = TestDatabase::create().await?;
    let query = diesel::sql_query(WINDOWS).bind::<Text, _>(unit);
    let found: Vec<Window> = query.load(&mut database.connect().await?).await?;
    let zones: HashSet<&str> = found.iter().map(|window| window.zone.as_str()).collect();
    assert!(zones.len() > 400, "all zones: {}", zones.len());
    Ok(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_days_of_a_quota_end_20_hours_apart_whatever_zones_a_person_chooses()
-> anyhow::Result<()> {
    for window in windows("day").await? {
        assert!(window.ends > window.moment, "{window:?}");
        assert!(
            window.ends - window.previous >= TimeDelta::hours(20),
            "{window:?}"
        );
        // Never longer than the rest of a day and a whole one.
        assert!(
            window.ends - window.moment <= TimeDelta::hours(50),
            "{window:?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_months_of_a_quota_end_20_days_apart_whatever_zones_a_person_chooses()
-> anyhow::Result<()> {
    for window in windows("month").await? {
        assert!(window.ends > window.moment, "{window:?}");
        assert!(
            window.ends - window.previous >= TimeDelta::days(20),
            "{window:?}"
        );
        assert!(
            window.ends - window.moment <= TimeDelta::days(63),
            "{window:?}"
        );
    }
    Ok(())
}
