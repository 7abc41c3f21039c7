//! Days by the clock of the account, however often their lines are written.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use events::Event;
use testkit::TestDatabase;
use usage::lines::{self, Line};
use usage::{custom, projection, recount};
use uuid::Uuid;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(Debug, PartialEq, QueryableByName)]
struct Day {
    #[diesel(sql_type = Text)]
    day: String,
    #[diesel(sql_type = BigInt)]
    requests: i64,
    #[diesel(sql_type = BigInt)]
    errors: i64,
}

async fn person(database: &TestDatabase, timezone: &str) -> anyhow::Result<Uuid> {
    let insert = "INSERT INTO users (telegram_id, timezone) VALUES (7, $1) RETURNING id";
    let made: Id = diesel::sql_query(insert)
        .bind::<Text, _>(timezone)
        .get_result(&mut database.connect().await?)
        .await?;
    Ok(made.id)
}

async fn days(database: &TestDatabase) -> anyhow::Result<Vec<Day>> {
    let all = "SELECT day::text AS day, requests, errors FROM usage_daily_aggregates ORDER BY day";
    let mut conn = database.connect().await?;
    Ok(diesel::sql_query(all).load(&mut conn).await?)
}

fn day(day: &str, requests: i64) -> Day {
    Day {
        day: day.to_owned(),
        requests,
        errors: 0,
    }
}

fn line(account: Uuid, occurred_at: DateTime<Utc>) -> Line {
    Line {
        id: Uuid::now_v7(),
        occurred_at,
        user_id: Some(account),
        account_id: Some(account),
        key_id: None,
        method: "GET",
        endpoint: "/v1/users/me".to_owned(),
        status: 200,
        latency_ms: 12,
        is_untimed: false,
        bytes_in: 0,
        bytes_out: 100,
        error_code: None,
        request_id: "a-request".to_owned(),
        address: None,
    }
}

/// A line each hour.
fn hours(account: Uuid, from: &str, count: i64) -> anyhow::Result<Vec<Line>> {
    let from: DateTime<Utc> = from.parse()?;
    let lines = (0..count).map(|hour| line(account, from + TimeDelta::hours(hour)));
    Ok(lines.collect())
}

/// New York sets its clocks forward on 2026-03-08 and back on 2026-11-01 (tz database).
#[tokio::test(flavor = "multi_thread")]
async fn a_day_has_23_or_25_hours_where_clocks_are_set() -> anyhow::Result<()> {
    for (from, count, expected) in [
        (
            "2026-03-07T05:30:00Z",
            71,
            [
                day("2026-03-07", 24),
                day("2026-03-08", 23),
                day("2026-03-09", 24),
            ],
        ),
        (
            "2026-10-31T04:30:00Z",
            73,
            [
                day("2026-10-31", 24),
                day("2026-11-01", 25),
                day("2026-11-02", 24),
            ],
        ),
    ] {
        let database = TestDatabase::create().await?;
        let account = person(&database, "America/New_York").await?;
        let months = format!("SELECT usage_make_months('{from}', 1)");
        database.sql(&months).await?;
        let lines = hours(account, from, count)?;
        lines::write(&mut database.connect().await?, &lines).await?;
        assert_eq!(days(&database).await?, expected);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_written_twice_counts_once_and_one_that_has_more_counts_the_rest()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let account = person(&database, "UTC").await?;
    database
        .sql("SELECT usage_make_months('2026-03-01Z', 1)")
        .await?;
    let lines = hours(account, "2026-03-07T00:30:00Z", 20)?;
    let mut conn = database.connect().await?;
    for part in [&lines[..10], &lines[..10], &lines[..]] {
        lines::write(&mut conn, part).await?;
    }
    assert_eq!(days(&database).await?, [day("2026-03-07", 20)]);
    let quarters =
        "SELECT sum(requests)::bigint AS count FROM api_requests_quarter WHERE latency_bucket = 27";
    // 1.1 to the power of 26 is 11.9, and of 27 it is 13.1.
    assert_eq!(database.count(quarters).await?, 20);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_an_account_that_is_gone_are_not_written_and_others_are() -> anyhow::Result<()>
{
    let database = TestDatabase::create().await?;
    let account = person(&database, "UTC").await?;
    let now = Utc::now();
    let lines = [line(Uuid::now_v7(), now), line(account, now)];
    lines::write(&mut database.connect().await?, &lines).await?;
    let all = "SELECT count(*) AS count FROM usage_logs";
    assert_eq!(database.count(all).await?, 1);
    Ok(())
}

/// A day of 20 requests so many days ago, with the months of the log that hold it.
async fn day_ago(
    database: &TestDatabase,
    account: Uuid,
    ago: u64,
) -> anyhow::Result<(NaiveDate, Vec<Line>)> {
    let of_day = Utc::now().date_naive() - Days::new(ago);
    let before = of_day - Days::new(1);
    let months = format!("SELECT usage_make_months('{before}Z', 1)");
    database.sql(&months).await?;
    let lines = hours(account, &format!("{of_day}T00:30:00Z"), 20)?;
    Ok((of_day, lines))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_differs_from_its_lines_is_repaired_and_the_difference_told()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let account = person(&database, "UTC").await?;
    let (of_day, mut lines) = day_ago(&database, account, 40).await?;
    let mut conn = database.connect().await?;
    lines[3].status = 404;
    lines::write(&mut conn, &lines).await?;
    assert_eq!(recount::recount(&mut conn, account, of_day).await?, []);
    database
        .sql("UPDATE usage_daily_aggregates SET requests = 25, errors = 0, tokens = 7")
        .await?;
    let mut used = Vec::new();
    for day in [of_day, of_day - Days::new(1)] {
        for one in recount::accounts(&mut conn, day, Uuid::nil(), 10).await? {
            used.push((one.account_id, one.is_used));
        }
    }
    assert_eq!(used, [(account, true), (account, false)]);
    let drift = recount::recount(&mut conn, account, of_day).await?;
    let drift: Vec<_> = drift
        .iter()
        .map(|one| (one.unit.as_str(), one.delta))
        .collect();
    assert_eq!(drift, [("errors", 1), ("requests", -5), ("tokens", -7)]);
    let found = days(&database).await?;
    assert_eq!((found[0].requests, found[0].errors), (20, 1));
    let noted = "SELECT count(*) AS count FROM usage_corrections WHERE reason = 'recount'";
    assert_eq!(database.count(noted).await?, 3);
    assert_eq!(recount::recount(&mut conn, account, of_day).await?, []);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_day_was_counted_from_may_be_deleted_and_the_day_stays() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let account = person(&database, "UTC").await?;
    let (of_day, lines) = day_ago(&database, account, 150).await?;
    let mut conn = database.connect().await?;
    lines::write(&mut conn, &lines).await?;
    database.sql("SELECT usage_drop_months(1)").await?;
    database
        .sql("UPDATE usage_daily_aggregates SET tokens = 7")
        .await?;
    let drift = recount::recount(&mut conn, account, of_day).await?;
    let drift: Vec<_> = drift
        .iter()
        .map(|one| (one.unit.as_str(), one.delta))
        .collect();
    assert_eq!(drift, [("tokens", -7)]);
    let old = of_day - Days::new(260);
    let insert = format!(
        "INSERT INTO usage_daily_aggregates (account_id, day, user_id, readings)
         VALUES ('{account}', '{old}', '{account}', 3)"
    );
    database.sql(&insert).await?;
    assert_eq!(recount::recount(&mut conn, account, old).await?, []);
    assert_eq!(
        days(&database).await?,
        [day(&old.to_string(), 0), day(&of_day.to_string(), 20)]
    );
    Ok(())
}

#[test]
fn a_day_is_counted_again_when_it_is_over_in_every_zone() -> anyhow::Result<()> {
    for (now, day) in [
        ("2026-12-02T11:59:59Z", "2026-11-30"),
        ("2026-12-02T12:00:00Z", "2026-12-01"),
        ("2026-12-02T13:23:00Z", "2026-12-01"),
    ] {
        let day: NaiveDate = day.parse()?;
        assert_eq!(recount::day_to_recount(now.parse()?), day, "{now}");
    }
    Ok(())
}

/// As with the first start, and after the cursor was set back: what has happened long ago is no correction.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_for_the_first_time_is_late_for_35_days_and_counts_for_399()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let account = person(&database, "UTC").await?;
    let now = Utc::now();
    let event = |days: i64| Event {
        id: Uuid::now_v7(),
        name: "reading.ended".to_owned(),
        version: 1,
        occurred_at: now - TimeDelta::days(days),
        user_id: Some(account),
        account_id: Some(account),
        data: serde_json::json!({ "state": "completed" }),
    };
    let events = [2, 34, 36, 398, 400].map(event);
    let mut conn = database.connect().await?;
    assert_eq!(projection::count(&mut conn, &events, now).await?, 0);
    let readings = "SELECT sum(readings)::bigint AS count FROM usage_daily_aggregates";
    assert_eq!(database.count(readings).await?, 4);
    let late = "SELECT count(*) AS count FROM usage_corrections";
    assert_eq!(database.count(late).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_an_account_that_is_gone_are_not_found_and_no_conflict() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let given = [custom::Given {
        id: "a".to_owned(),
        name: "a".to_owned(),
        occurred_at: None,
        properties: serde_json::json!({}),
    }];
    let mut conn = database.connect().await?;
    let gone = custom::record(&mut conn, Uuid::now_v7(), &given, Utc::now()).await;
    assert_eq!(gone.expect_err("it is gone").status(), 404);
    Ok(())
}
