//! Transactions about a person lock in one order, so an erasure waits for each and deadlocks with none.

use chrono::{TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use kernel::env::Env;
use money::subscriptions;
use money::subscriptions::model::SubscriptionTier;
use people::abuse_memory::{AbuseMemory, MemorySecret};
use people::privacy::erase;
use product::FEATURES;
use readings::unit;
use schema::{analysis_history, users};
use testkit::{TestDatabase, eventually};
use tokio::task::JoinHandle;
use uuid::Uuid;

const PERSON: &str = "
    INSERT INTO users (telegram_id) VALUES (7);
    INSERT INTO analysis_history (user_id, input_type, user_text, unit_daily_reset_at)
        SELECT id, 'text', 'a wish', now() FROM users;
    INSERT INTO paid_calls (id, key, provider, attempt, job_id, user_id, subject_kind, subject_id)
        SELECT gen_random_uuid(), 'a', 'offline', 1, gen_random_uuid(), user_id, 'analysis', id FROM analysis_history";

fn memory() -> AbuseMemory {
    let lookup = |_: &str| Some("a-secret-of-the-test-with-32-bytes".to_owned());
    AbuseMemory::new(MemorySecret::read(&mut Env::new(&lookup)), FEATURES)
}

/// A person with a reading and an open call to the AI.
async fn person(database: &TestDatabase) -> anyhow::Result<(Uuid, Uuid)> {
    database.sql(PERSON).await?;
    let ids = analysis_history::table.inner_join(users::table);
    let ids = ids.select((users::id, analysis_history::id));
    Ok(ids.first(&mut database.connect().await?).await?)
}

/// Begins the erasure of a person in a transaction of its own, and waits until it waits for a lock.
async fn erasure(database: &TestDatabase, id: Uuid) -> anyhow::Result<JoinHandle<QueryResult<()>>> {
    let mut conn = database.connect().await?;
    let erasing = tokio::spawn(async move {
        conn.transaction(async |conn| {
            let person = erase::lock(conn, FEATURES, id).await?.expect("a person");
            erase::erase(conn, FEATURES, &person, &memory(), Uuid::nil()).await
        })
        .await
    });
    let waits = "SELECT count(*) AS count FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually(async || Ok((database.count(waits).await? > 0).then_some(()))).await?;
    Ok(erasing)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_waits_for_a_change_of_the_plan() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (id, _) = person(&database).await?;
    let mut conn = database.connect().await?;
    conn.batch_execute("BEGIN").await?;
    let before = subscriptions::queries::lock(&mut conn, id).await?;
    let before = before.expect("a subscription");
    let erasing = erasure(&database, id).await?;
    let after = subscriptions::model::Subscription {
        tier: SubscriptionTier::Basic,
        current_period_end: Some(Utc::now() + TimeDelta::hours(1)),
        ..before.clone()
    };
    let origin = audit::model::Origin::own("test");
    let write = subscriptions::queries::write;
    write(&mut conn, &before, &after, &origin, "paid").await?;
    ended(conn, erasing, &database).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_waits_for_a_unit_that_is_given_back() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (id, reading) = person(&database).await?;
    let mut conn = database.connect().await?;
    conn.batch_execute("BEGIN; SELECT FROM analysis_history FOR UPDATE")
        .await?;
    let erasing = erasure(&database, id).await?;
    unit::give_back(&mut conn, reading).await?;
    ended(conn, erasing, &database).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_waits_for_a_call_that_is_settled() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (id, _) = person(&database).await?;
    let mut conn = database.connect().await?;
    conn.batch_execute("BEGIN; SELECT FROM paid_calls FOR UPDATE")
        .await?;
    let erasing = erasure(&database, id).await?;
    // What settling a call changes: its cost, and with that the cost of the reading.
    conn.batch_execute(
        "UPDATE paid_calls SET state = 'useless', ended_at = now(), cost_micro_usd = 9;
         UPDATE analysis_history SET cost_usd = 0.000009",
    )
    .await?;
    ended(conn, erasing, &database).await
}

/// Whichever comes first: no call, and no budget, names the person afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_paid_call_that_is_opened_during_an_erasure_names_no_person() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (id, reading) = person(&database).await?;
    let mut erasing = database.connect().await?;
    erasing.batch_execute("BEGIN").await?;
    let whom = erase::lock(&mut erasing, FEATURES, id)
        .await?
        .expect("a person");
    let mut conn = database.connect().await?;
    let opening = tokio::spawn(async move {
        let find = readings::costs::find_owner(&mut conn, reading);
        find.await
    });
    let waits = "SELECT count(*) AS count FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually(async || Ok((database.count(waits).await? > 0).then_some(()))).await?;
    erase::erase(&mut erasing, FEATURES, &whom, &memory(), Uuid::nil()).await?;
    erasing.batch_execute("COMMIT").await?;
    assert_eq!(opening.await??, None);
    Ok(())
}

/// Commits the transaction that the erasure waits for; then nothing of the person is left.
async fn ended(
    mut conn: AsyncPgConnection,
    erasing: JoinHandle<QueryResult<()>>,
    database: &TestDatabase,
) -> anyhow::Result<()> {
    conn.batch_execute("COMMIT").await?;
    erasing.await??;
    assert_eq!(
        database
            .count("SELECT count(*) AS count FROM users")
            .await?,
        0
    );
    Ok(())
}
