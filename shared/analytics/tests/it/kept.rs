//! The sums are compared with the events, and events survive a move to another cluster.

use analytics::rollups::check::{Compared, check_day};
use analytics::rollups::counts::count_days;
use analytics::rollups::rebuild::rebase;
use chrono::NaiveDate;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

use crate::days::signs_in;
use crate::history::{count, database, tell};
use crate::obvious::{expected, kept};
use crate::random::{PERSONS, history};

/// Sums of a day that are not what its events are.
async fn off(conn: &mut AsyncPgConnection, day: NaiveDate) -> anyhow::Result<Vec<Compared>> {
    let compared = check_day(conn, day).await?;
    let compared = compared.ok_or_else(|| anyhow::anyhow!("events of {day} are not kept"))?;
    let off = compared.into_iter().filter(|one| one.drift() > 0);
    Ok(off.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_day_is_what_its_events_are_and_a_sum_that_is_not_is_found() -> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    for event in &history(23, 600, true) {
        tell(&mut conn, event).await?;
    }
    count(&mut conn, "Europe/Berlin", 600, 100).await?;
    let first = NaiveDate::from_ymd_opt(2026, 10, 2).expect("a day");
    // What is told of the last day later than that is not told yet.
    for day in first.iter_days().take(59) {
        assert_eq!(off(&mut conn, day).await?, [], "{day}");
    }
    let day = NaiveDate::from_ymd_opt(2026, 10, 20).expect("a day");
    database
        .sql(
            "INSERT INTO chat_activity_quarter (bucket, organization_id, replies)
              VALUES ('2026-10-20T12:00:00Z', gen_random_uuid(), 1)",
        )
        .await?;
    let found = off(&mut conn, day).await?;
    let found: Vec<_> = found
        .iter()
        .map(|one| (one.name.as_str(), one.drift()))
        .collect();
    assert_eq!(found, [("replies", 1)]);
    count_days(&mut conn, "2026-12-01T12:00:00Z".parse()?).await?;
    let day = NaiveDate::from_ymd_opt(2026, 11, 29).expect("a day");
    assert_eq!(off(&mut conn, day).await?, []);
    for (table, by, name) in [
        ("active_counts_daily", "dau = dau + 1", "active persons"),
        (
            "user_usage_daily",
            "messages = messages + 1",
            "messages of persons",
        ),
        (
            "user_usage_daily",
            "tokens = tokens + 1",
            "tokens of persons",
        ),
    ] {
        // Of each row, and back.
        database
            .sql(&format!("UPDATE {table} SET {by} WHERE day = '{day}'"))
            .await?;
        let found = off(&mut conn, day).await?;
        assert!(found.iter().all(|one| one.name == name), "{found:?}");
        assert_eq!(found.len(), 1, "{name}");
        let back = by.replace('+', "-");
        database
            .sql(&format!("UPDATE {table} SET {back} WHERE day = '{day}'"))
            .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_whose_events_were_dropped_is_not_compared() -> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    let day = NaiveDate::from_ymd_opt(2026, 9, 30).expect("a day");
    assert_eq!(check_day(&mut conn, day).await?, None);
    Ok(())
}

/// A dump keeps the numbers of the transactions of the cluster that it comes from.
#[tokio::test(flavor = "multi_thread")]
async fn events_of_another_cluster_are_read_once_they_are_rebased() -> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    let events = history(29, 200, true);
    for event in &events[..100] {
        tell(&mut conn, event).await?;
    }
    count(&mut conn, "UTC", 100, 60).await?;
    for event in &events[100..] {
        tell(&mut conn, event).await?;
    }
    database.sql(SHIFT).await?;
    assert_eq!(rebase(&mut conn).await?, 200);
    assert_eq!(rebase(&mut conn).await?, 0);
    count(&mut conn, "UTC", 100, 60).await?;
    assert_eq!(kept(&mut conn).await?, expected(&mut conn, "UTC").await?);
    Ok(())
}

/// Numbers of transactions that are a long way ahead.
const SHIFT: &str = "UPDATE events SET tx = (tx::text::bigint + 1000000000000)::text::xid8;
    UPDATE event_cursors SET tx = (tx::text::bigint + 1000000000000)::text::xid8";

/// The first transaction has written 1 and 3, the second 2; 1 and 3 were read.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_not_read_again_also_where_transactions_were_interleaved()
-> anyhow::Result<()> {
    let database = database().await?;
    let mut slow = database.connect().await?;
    let mut quick = database.connect().await?;
    slow.batch_execute("BEGIN").await?;
    signs_in(&mut slow, 0, "2026-10-01T12:00:00Z").await?;
    signs_in(&mut quick, 1, "2026-10-02T12:00:00Z").await?;
    signs_in(&mut slow, 0, "2026-10-03T12:00:00Z").await?;
    slow.batch_execute("COMMIT").await?;
    count(&mut quick, "UTC", 2, 2).await?;
    database.sql(SHIFT).await?;
    assert_eq!(rebase(&mut quick).await?, 3);
    count(&mut quick, "UTC", 1, 100).await?;
    let is = kept(&mut quick).await?;
    assert_eq!(is["active"], expected(&mut quick, "UTC").await?["active"]);
    let of_first = format!(
        "SELECT count(*) AS count FROM active_users_daily WHERE user_id = '{}' AND events = 1",
        PERSONS[0]
    );
    assert_eq!(database.count(&of_first).await?, 2);
    Ok(())
}
