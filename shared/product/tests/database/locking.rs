//! Transactions about a person lock in one order, so an erasure waits for each and deadlocks with none.

use chrono::{TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use kernel::env::Env;
use money::meters;
use money::meters::model::Unit;
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
    is_waiting(database).await?;
    Ok(erasing)
}

/// Waits until a transaction waits for a lock.
async fn is_waiting(database: &TestDatabase) -> anyhow::Result<()> {
    let waits = "SELECT count(*) AS count FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually(async || Ok((database.count(waits).await? > 0).then_some(()))).await
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
    write(&mut conn, &before, &after, &origin, "paid", None).await?;
    ended(conn, erasing, &database).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_waits_for_the_first_unit_of_a_meter() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (id, _) = person(&database).await?;
    let mut conn = database.connect().await?;
    conn.batch_execute("BEGIN").await?;
    let taken = meters::queries::take(&mut conn, id, Unit::Messages, 1).await?;
    assert!(taken.is_some());
    let erasing = erasure(&database, id).await?;
    // The row that it was taken for.
    let row = "INSERT INTO message_context (user_id, message_id, role, content)
               SELECT id, 1, 'user', 'a word' FROM users";
    conn.batch_execute(row).await?;
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

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_waits_for_a_change_of_a_webhook_endpoint() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (id, _) = person(&database).await?;
    let endpoint = "INSERT INTO webhook_endpoints (id, account_id, url)
                    SELECT id, id, 'https://example.com/hooks' FROM users";
    database.sql(endpoint).await?;
    let mut conn = database.connect().await?;
    conn.batch_execute("BEGIN").await?;
    // As the API does: the account, the endpoint, and a line about the person.
    people::api_keys::queries::lock_account(&mut conn, id).await?;
    let erasing = erasure(&database, id).await?;
    let was = webhooks::endpoints::lock(&mut conn, id).await?;
    let change = webhooks::endpoints::EndpointChange {
        enabled: Some(false),
        ..Default::default()
    };
    let origin = audit::model::Origin::own("test");
    let update = webhooks::endpoints::update;
    update(
        &mut conn,
        &was.expect("an endpoint"),
        change,
        (&origin, Some(id)),
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
    is_waiting(&database).await?;
    erase::erase(&mut erasing, FEATURES, &whom, &memory(), Uuid::nil()).await?;
    erasing.batch_execute("COMMIT").await?;
    assert_eq!(opening.await??, None);
    Ok(())
}

/// A question of a person about their reading, whose call to the AI has answered.
const QUESTION: &str = "
    INSERT INTO analysis_history (user_id, input_type, user_text, unit_daily_reset_at)
        SELECT user_id, 'text', 'a question', now() FROM analysis_history";

const ANSWER: &str = "
    INSERT INTO paid_calls (id, key, provider, attempt, job_id, user_id, subject_kind, subject_id, state,
            answer, ended_at, cost_micro_usd, cost_source)
        SELECT gen_random_uuid(), 'q', 'offline', 1, gen_random_uuid(), user_id, 'analysis', id, 'answered',
            '\"an answer\"', now(), 0, 'free' FROM analysis_history WHERE user_text = 'a question'";

/// A reading, and a question.
async fn reading_and_question(database: &TestDatabase) -> anyhow::Result<(Uuid, Uuid)> {
    let (_, reading) = person(database).await?;
    database.sql(QUESTION).await?;
    let others = analysis_history::table.filter(analysis_history::id.ne(reading));
    let question = others.select(analysis_history::id);
    let question = question.first(&mut database.connect().await?).await?;
    Ok((reading, question))
}

/// Begins to delete a reading in a transaction of its own, and waits until it waits for a lock.
async fn deletion(
    database: &TestDatabase,
    id: Uuid,
) -> anyhow::Result<JoinHandle<QueryResult<()>>> {
    let mut conn = database.connect().await?;
    let deleting = tokio::spawn(async move {
        conn.transaction(async |conn| readings::forget::forget(conn, id).await.map(drop))
            .await
    });
    is_waiting(database).await?;
    Ok(deleting)
}

/// Commits the transaction that a deletion waits for; then no reading and no answer is left.
async fn deleted(
    mut conn: AsyncPgConnection,
    deleting: JoinHandle<QueryResult<()>>,
    database: &TestDatabase,
) -> anyhow::Result<()> {
    conn.batch_execute("COMMIT").await?;
    deleting.await??;
    let left = "SELECT (SELECT count(*) FROM analysis_history)
        + (SELECT count(*) FROM paid_calls WHERE subject_id IS NOT NULL OR answer <> 'null') AS count";
    assert_eq!(database.count(left).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_a_question_that_begins_while_its_reading_is_deleted_is_forgotten()
-> anyhow::Result<()> {
    for is_about_it_before in [true, false] {
        let database = TestDatabase::create().await?;
        let (reading, question) = reading_and_question(&database).await?;
        let mut conn = database.connect().await?;
        if is_about_it_before {
            readings::queries::set_about(&mut conn, question, reading).await?;
        }
        conn.batch_execute("BEGIN").await?;
        if !is_about_it_before {
            readings::queries::set_about(&mut conn, question, reading).await?;
        }
        let owner = readings::costs::find_owner(&mut conn, question).await?;
        assert!(owner.is_some());
        conn.batch_execute(ANSWER).await?;
        let deleting = deletion(&database, reading).await?;
        deleted(conn, deleting, &database).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_waits_for_a_question_that_looks_for_its_answer() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (reading, question) = reading_and_question(&database).await?;
    let mut conn = database.connect().await?;
    readings::queries::set_about(&mut conn, question, reading).await?;
    database.sql(ANSWER).await?;
    conn.batch_execute("BEGIN").await?;
    ai::journal::key_calls(&mut conn, "q").await?;
    let deleting = deletion(&database, reading).await?;
    let owner = readings::costs::find_owner(&mut conn, question).await?;
    assert!(owner.is_some());
    deleted(conn, deleting, &database).await
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
