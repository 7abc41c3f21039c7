//! Days of the reporting zone.

use analytics::rollups::counts::count_days;
use analytics::rollups::rebuild;
use analytics::rollups::step::{Step, step};
use chrono::{DateTime, Utc};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use serde_json::json;
use testkit::TestDatabase;

use crate::history::{count, database, tell};
use crate::random::{PERSONS, Told, moment};

/// A person signs in at this moment.
pub async fn signs_in(conn: &mut AsyncPgConnection, who: usize, at: &str) -> anyhow::Result<()> {
    let at: DateTime<Utc> = at.parse()?;
    let told = Told {
        name: "person.signed_in",
        minute: (at - moment(0)).num_minutes(),
        person: Some(PERSONS[who]),
        account: Some(PERSONS[who]),
        data: json!({}),
    };
    tell(conn, &told).await
}

async fn events_of(database: &TestDatabase, day: &str) -> anyhow::Result<i64> {
    let sum =
        "SELECT COALESCE(sum(events), 0)::bigint AS count FROM active_users_daily WHERE day = ";
    database.count(&format!("{sum}'{day}'")).await
}

/// In Berlin the 25th of October 2026 begins at 22:00 UTC and ends 25 hours later (IANA tz database: summer time ends then).
#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_25_hours_has_what_happened_in_all_of_them() -> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    for at in [
        "2026-10-24T21:59:00Z",
        "2026-10-24T22:00:00Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
        "2026-10-25T22:59:00Z",
        "2026-10-25T23:00:00Z",
    ] {
        signs_in(&mut conn, 0, at).await?;
    }
    count(&mut conn, "Europe/Berlin", 6, 100).await?;
    for (day, expected) in [("2026-10-24", 1), ("2026-10-25", 4), ("2026-10-26", 1)] {
        assert_eq!(events_of(&database, day).await?, expected, "{day}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_zone_waits_for_a_rebuild_and_then_has_days_of_its_own() -> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    signs_in(&mut conn, 0, "2026-10-24T22:30:00Z").await?;
    count(&mut conn, "UTC", 1, 100).await?;
    assert_eq!(events_of(&database, "2026-10-24").await?, 1);
    signs_in(&mut conn, 0, "2026-10-24T22:45:00Z").await?;
    assert_eq!(
        step(&mut conn, "Europe/Berlin", 100).await?,
        Step::OtherZone
    );
    let begun = rebuild::begin(&mut conn, Some("Europe/Berlin")).await?;
    assert_eq!(begun.zone, "Europe/Berlin");
    count(&mut conn, "Europe/Berlin", 2, 100).await?;
    assert_eq!(events_of(&database, "2026-10-24").await?, 0);
    assert_eq!(events_of(&database, "2026-10-25").await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_does_not_exist_is_refused() -> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    let why = step(&mut conn, "Europe/Atlantis", 100)
        .await
        .expect_err("there is no such zone");
    assert!(why.to_string().contains("Europe/Moscow"), "{why}");
    Ok(())
}

/// One person on the 1st, another on the 8th, both on the 30th: worked out by hand.
#[tokio::test(flavor = "multi_thread")]
async fn active_persons_are_counted_once_in_a_day_a_week_and_a_month() -> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    for (who, day) in [(0, "01"), (0, "01"), (1, "08"), (0, "30"), (1, "30")] {
        signs_in(&mut conn, who, &format!("2026-10-{day}T12:00:00Z")).await?;
    }
    count(&mut conn, "UTC", 5, 100).await?;
    let now: DateTime<Utc> = "2026-11-01T00:30:00Z".parse()?;
    for _ in 0..2 {
        count_days(&mut conn, now).await?;
    }
    for (day, dau, wau, mau) in [
        ("2026-10-01", 1, 1, 1),
        ("2026-10-07", 0, 1, 1),
        ("2026-10-08", 1, 1, 2),
        ("2026-10-30", 2, 2, 2),
        ("2026-10-31", 0, 2, 2),
    ] {
        let found = format!(
            "SELECT count(*) AS count FROM active_counts_daily
             WHERE day = '{day}' AND (dau, wau, mau) = ({dau}, {wau}, {mau})"
        );
        // Those of personal accounts, and all.
        assert_eq!(database.count(&found).await?, 2, "{day}");
    }
    let later = "SELECT count(*) AS count FROM active_counts_daily WHERE day > '2026-10-31'";
    assert_eq!(database.count(later).await?, 0);
    Ok(())
}

async fn dau(database: &TestDatabase, day: &str) -> anyhow::Result<i64> {
    database
        .count(&format!(
            "SELECT COALESCE(sum(dau), -1)::bigint AS count FROM active_counts_daily
             WHERE day = '{day}' AND organization_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'"
        ))
        .await
}

/// Also where the projection is weeks behind: what is counted of half a day would stand for good.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_counted_when_it_is_read_and_again_when_an_event_is_read_late()
-> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    for (who, day) in [(0, "01"), (0, "02"), (1, "02"), (1, "20")] {
        signs_in(&mut conn, who, &format!("2026-10-{day}T12:00:00Z")).await?;
    }
    count(&mut conn, "UTC", 2, 1).await?;
    let now: DateTime<Utc> = "2026-11-01T00:30:00Z".parse()?;
    count_days(&mut conn, now).await?;
    for (day, expected) in [("2026-10-01", 1), ("2026-10-02", -1), ("2026-10-20", -1)] {
        assert_eq!(dau(&database, day).await?, expected, "{day}");
    }
    count(&mut conn, "UTC", 2, 100).await?;
    count_days(&mut conn, now).await?;
    for (day, expected) in [("2026-10-02", 2), ("2026-10-03", 0), ("2026-10-20", 1)] {
        assert_eq!(dau(&database, day).await?, expected, "{day}");
    }
    signs_in(&mut conn, 1, "2026-10-03T12:00:00Z").await?;
    count(&mut conn, "UTC", 1, 100).await?;
    count_days(&mut conn, now).await?;
    for (day, expected) in [("2026-10-02", 2), ("2026-10-03", 1), ("2026-10-20", 1)] {
        assert_eq!(dau(&database, day).await?, expected, "{day}");
    }
    Ok(())
}

/// It has not failed: there is nothing to do again.
#[tokio::test(flavor = "multi_thread")]
async fn while_another_transaction_holds_the_cursor_nothing_is_counted_and_nothing_fails()
-> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    signs_in(&mut conn, 0, "2026-10-01T12:00:00Z").await?;
    count(&mut conn, "UTC", 1, 100).await?;
    let mut other = database.connect().await?;
    other
        .batch_execute("BEGIN; SELECT FROM event_cursors FOR UPDATE")
        .await?;
    assert_eq!(step(&mut conn, "UTC", 100).await?, Step::Held);
    let now: DateTime<Utc> = "2026-11-01T00:30:00Z".parse()?;
    assert_eq!(count_days(&mut conn, now).await?, None);
    other.batch_execute("ROLLBACK").await?;
    assert_eq!(step(&mut conn, "UTC", 100).await?, Step::Read(0));
    assert!(count_days(&mut conn, now).await?.is_some());
    Ok(())
}
