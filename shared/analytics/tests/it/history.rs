//! Whatever happens, in whatever order it commits, and however many count it: the sums are those of the events.

use analytics::rollups::rebuild;
use analytics::rollups::step::{Step, step};
use diesel::sql_types::{Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, result::Error::RollbackTransaction};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use kernel::Error;
use serde_json::Value;
use testkit::{TestDatabase, eventually};
use uuid::Uuid;

use crate::obvious::{expected, kept};
use crate::random::{CAME, PERSONS, Told, history, moment};

/// A database with the persons of the histories, and the months.
pub async fn database() -> anyhow::Result<TestDatabase> {
    let database = TestDatabase::create().await?;
    database
        .sql("SELECT events_make_months('2026-10-01Z', 1)")
        .await?;
    let mut conn = database.connect().await?;
    for person in PERSONS {
        diesel::sql_query(
            "INSERT INTO users (id, telegram_id, language_code, created_at)
             VALUES ($1, ('x' || right($1::text, 4))::bit(16)::int, 'en', $2)",
        )
        .bind::<SqlUuid, _>(person)
        .bind::<Timestamptz, _>(moment(CAME))
        .execute(&mut conn)
        .await?;
    }
    Ok(database)
}

/// Writes an event.
pub async fn tell(conn: &mut AsyncPgConnection, told: &Told) -> anyhow::Result<()> {
    diesel::sql_query(
        "INSERT INTO events (id, name, version, occurred_at, user_id, account_id, data)
         VALUES (gen_random_uuid(), $1, 1, $2, $3, $4, $5)",
    )
    .bind::<Text, _>(told.name)
    .bind::<Timestamptz, _>(moment(told.minute))
    .bind::<Nullable<SqlUuid>, _>(told.person)
    .bind::<Nullable<SqlUuid>, _>(told.account)
    .bind::<Jsonb, _>(&told.data)
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts so many events, in steps of `limit`. Transactions of other databases of this server hold readers back, too.
pub async fn count(
    conn: &mut AsyncPgConnection,
    zone: &str,
    events: usize,
    limit: i64,
) -> anyhow::Result<()> {
    let mut all = 0;
    while all < events {
        all += eventually(async || match step(conn, zone, limit).await? {
            Step::Read(0) | Step::Held => Ok(None),
            Step::Read(read) => Ok(Some(read)),
            Step::OtherZone => anyhow::bail!("the days are of another zone"),
        })
        .await?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    row: Value,
}

/// All rows of all tables.
pub async fn all_rows(conn: &mut AsyncPgConnection) -> anyhow::Result<Vec<Value>> {
    let mut all = Vec::new();
    for query in [
        "SELECT to_jsonb(one) AS row FROM analytics_people AS one ORDER BY user_id",
        "SELECT to_jsonb(one) AS row FROM analytics_customers AS one ORDER BY account_id, currency",
        "SELECT to_jsonb(one) AS row FROM user_signups_quarter AS one ORDER BY bucket, organization_id, plan",
        "SELECT to_jsonb(one) AS row FROM active_users_daily AS one ORDER BY day, user_id, organization_id",
        "SELECT to_jsonb(one) AS row FROM user_usage_daily AS one ORDER BY day, user_id, organization_id",
        "SELECT to_jsonb(one) AS row FROM model_users_daily AS one ORDER BY day, organization_id, provider, model, user_id",
    ] {
        let rows: Vec<Row> = diesel::sql_query(query).load(conn).await?;
        all.extend(rows.into_iter().map(|row| row.row));
    }
    Ok(all)
}

/// Half of the events are written by a transaction that began first and commits last; two count at once, and one of each
/// three steps is undone, as by the end of its process.
#[tokio::test(flavor = "multi_thread")]
async fn the_sums_are_those_of_a_slow_count_with_two_that_count_and_steps_that_are_undone()
-> anyhow::Result<()> {
    let database = database().await?;
    let events = history(19, 600, false);
    let (first, second) = events.split_at(300);
    let mut slow = database.connect().await?;
    let mut quick = database.connect().await?;
    slow.batch_execute("BEGIN").await?;
    for (early, late) in first.iter().zip(second) {
        tell(&mut slow, early).await?;
        tell(&mut quick, late).await?;
    }
    slow.batch_execute("COMMIT").await?;
    let (mut one, mut other) = (database.connect().await?, database.connect().await?);
    let undone = async |conn: &mut AsyncPgConnection| {
        let ended: Result<(), Error> = conn
            .transaction(async |conn| {
                step(conn, "UTC", 40).await?;
                Err(RollbackTransaction.into())
            })
            .await;
        assert!(ended.is_err());
    };
    undone(&mut one).await;
    let steps = async |conn: &mut AsyncPgConnection| {
        let mut read = 0;
        for turn in 0..40 {
            if turn % 3 == 2 {
                undone(conn).await;
            }
            if let Step::Read(some) = step(conn, "UTC", 17).await? {
                read += some;
            }
        }
        anyhow::Ok(read)
    };
    let (by_one, by_other) = tokio::try_join!(steps(&mut one), steps(&mut other))?;
    count(&mut one, "UTC", 600 - by_one - by_other, 50).await?;
    assert_eq!(kept(&mut one).await?, expected(&mut one, "UTC").await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_counts_the_same_again_also_with_steps_of_another_size() -> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    let events = history(4, 500, true);
    for event in &events {
        tell(&mut conn, event).await?;
    }
    count(&mut conn, "UTC", 500, 7).await?;
    let (before, rows) = (kept(&mut conn).await?, all_rows(&mut conn).await?);
    let begun = rebuild::begin(&mut conn, None).await?;
    assert_eq!((begun.zone.as_str(), begun.from), ("UTC", moment(0)));
    count(&mut conn, "UTC", 500, 5_000).await?;
    assert_eq!(kept(&mut conn).await?, before);
    assert_eq!(all_rows(&mut conn).await?, rows);
    Ok(())
}

/// What is told late of October in November stands in October, and is not counted there twice.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_month_was_dropped_a_rebuild_leaves_its_sums_as_they_are() -> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    let events = history(7, 500, true);
    for event in &events {
        tell(&mut conn, event).await?;
    }
    count(&mut conn, "UTC", 500, 100).await?;
    let (before, rows) = (kept(&mut conn).await?, all_rows(&mut conn).await?);
    database.sql("DROP TABLE events_2026_10").await?;
    let november = moment(31 * 24 * 60);
    let begun = rebuild::begin(&mut conn, None).await?;
    assert_eq!(begun.from, november);
    let left = events.iter().filter(|one| moment(one.minute) >= november);
    count(&mut conn, "UTC", left.count(), 100).await?;
    assert_eq!(kept(&mut conn).await?, before);
    assert_eq!(all_rows(&mut conn).await?, rows);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_leaves_the_sums_and_takes_the_rows_that_name_them() -> anyhow::Result<()>
{
    let database = database().await?;
    let mut conn = database.connect().await?;
    let events = history(11, 300, true);
    for event in &events {
        tell(&mut conn, event).await?;
    }
    count(&mut conn, "UTC", 300, 100).await?;
    let before = kept(&mut conn).await?;
    diesel::sql_query("DELETE FROM users WHERE id = $1")
        .bind::<SqlUuid, _>(PERSONS[0])
        .execute(&mut conn)
        .await?;
    let after = kept(&mut conn).await?;
    for table in [
        "signups",
        "activity",
        "tokens",
        "models",
        "performance",
        "revenue",
        "movements",
    ] {
        assert_eq!(after[table], before[table], "{table}");
    }
    let text = Uuid::to_string(&PERSONS[0]);
    let rows = all_rows(&mut conn).await?;
    assert!(!rows.is_empty());
    assert!(!serde_json::to_string(&rows)?.contains(&text));
    Ok(())
}
