//! What readers see of it, and when.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::result::Error::RollbackTransaction;
use diesel::sql_types::Timestamptz;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use events::{Event, Fact, read, record, replay};
use kernel::facts::FactKind;
use serde::Serialize;
use serde_json::json;
use testkit::{TestDatabase, eventually};
use uuid::Uuid;

#[derive(Serialize)]
struct Rang {
    bell: &'static str,
}

impl Fact for Rang {
    const KIND: FactKind = FactKind {
        name: "bell.rang",
        version: 2,
        about: "A bell is heard.",
    };
}

const CURSOR: &str = "tests";

async fn ring(conn: &mut AsyncPgConnection, bell: &'static str) -> QueryResult<()> {
    record(conn, None, &Rang { bell }).await
}

fn bells(events: &[Event]) -> Vec<&str> {
    let bells = events.iter().map(|event| event.data["bell"].as_str());
    bells.map(Option::unwrap_or_default).collect()
}

/// Reads until there is something. Transactions of other databases of this server hold readers back, too.
async fn next(conn: &mut AsyncPgConnection) -> anyhow::Result<Vec<Event>> {
    eventually(async || {
        let some = read(conn, CURSOR, 100).await?;
        Ok((!some.is_empty()).then_some(some))
    })
    .await
}

/// Reads so many, in any number of steps.
async fn next_bells(conn: &mut AsyncPgConnection, count: usize) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(bells(&next(conn).await?).into_iter().map(str::to_owned));
    }
    Ok(all)
}

async fn now(conn: &mut AsyncPgConnection) -> QueryResult<DateTime<Utc>> {
    let now = diesel::dsl::sql::<Timestamptz>("clock_timestamp()");
    diesel::select(now).get_result(conn).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_says_what_happened_to_whom() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let person = Uuid::now_v7();
    record(&mut conn, Some(person), &Rang { bell: "door" }).await?;
    let events = next(&mut conn).await?;
    let [event] = events.as_slice() else {
        anyhow::bail!("{events:?}");
    };
    assert_eq!((event.name.as_str(), event.version), ("bell.rang", 2));
    assert_eq!(
        (event.user_id, event.account_id),
        (Some(person), Some(person))
    );
    assert_eq!(event.data, json!({ "bell": "door" }));
    Ok(())
}

/// A cursor over the sequence alone reads "fast", which has the higher number, and never "slow".
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_commits_after_a_later_one_is_not_passed_over() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (mut slow, mut reader) = (database.connect().await?, database.connect().await?);
    slow.batch_execute("BEGIN").await?;
    ring(&mut slow, "slow").await?;
    ring(&mut reader, "fast").await?;
    for _ in 0..2 {
        assert_eq!(read(&mut reader, CURSOR, 100).await?, []);
    }
    slow.batch_execute("COMMIT").await?;
    assert_eq!(next_bells(&mut reader, 2).await?, ["slow", "fast"]);
    assert_eq!(read(&mut reader, CURSOR, 100).await?, []);
    Ok(())
}

/// As under the lock of an account, for which a transaction may wait long after it has begun.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_last_has_the_latest_moment_whenever_its_transaction_began()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (mut slow, mut conn) = (database.connect().await?, database.connect().await?);
    slow.batch_execute("BEGIN; SELECT pg_current_xact_id()")
        .await?;
    ring(&mut conn, "before").await?;
    ring(&mut slow, "after").await?;
    slow.batch_execute("COMMIT").await?;
    let mut events = Vec::new();
    while events.len() < 2 {
        events.extend(next(&mut conn).await?);
    }
    // In the order of the transactions it comes first all the same.
    assert_eq!(bells(&events), ["after", "before"]);
    events.sort_by_key(|event| event.occurred_at);
    assert_eq!(bells(&events), ["before", "after"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_readers_of_one_cursor_read_each_event_once_and_another_cursor_all_of_them()
-> anyhow::Result<()> {
    const MANY: usize = 200;
    let database = TestDatabase::create().await?;
    let mut writer = database.connect().await?;
    for _ in 0..MANY {
        ring(&mut writer, "one of many").await?;
    }
    let seen: Mutex<Vec<Uuid>> = Mutex::default();
    let reader = async || {
        let mut conn = database.connect().await?;
        eventually(async || {
            let step = conn.transaction(async |conn| read(conn, CURSOR, 7).await);
            let ids = step.await?.into_iter().map(|event| event.id);
            let mut seen = seen.lock().expect("no panic");
            seen.extend(ids);
            Ok((seen.len() >= MANY).then_some(()))
        })
        .await
    };
    tokio::try_join!(reader(), reader())?;
    let mut seen = seen.into_inner().expect("no panic");
    assert_eq!(seen.len(), MANY);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), MANY);
    let others = read(&mut writer, "another", MANY as i64).await?;
    assert_eq!(others.len(), MANY);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_undone_leaves_the_cursor_where_it_was() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    ring(&mut conn, "first").await?;
    assert_eq!(next_bells(&mut conn, 1).await?, ["first"]);
    ring(&mut conn, "second").await?;
    eventually(async || {
        let mut found = Vec::new();
        let undone: QueryResult<()> = conn
            .transaction(async |conn| {
                found = read(conn, CURSOR, 100).await?;
                Err(RollbackTransaction)
            })
            .await;
        assert_eq!(undone, Err(RollbackTransaction));
        Ok((bells(&found) == ["second"]).then_some(()))
    })
    .await?;
    assert_eq!(next_bells(&mut conn, 1).await?, ["second"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_since_a_moment_is_read_again() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let before = now(&mut conn).await?;
    ring(&mut conn, "first").await?;
    let between = now(&mut conn).await?;
    ring(&mut conn, "second").await?;
    assert_eq!(next_bells(&mut conn, 2).await?, ["first", "second"]);
    replay(&mut conn, CURSOR, between).await?;
    assert_eq!(next_bells(&mut conn, 1).await?, ["second"]);
    replay(&mut conn, CURSOR, before).await?;
    assert_eq!(next_bells(&mut conn, 2).await?, ["first", "second"]);
    let after = now(&mut conn).await?;
    replay(&mut conn, CURSOR, after).await?;
    ring(&mut conn, "third").await?;
    assert_eq!(next_bells(&mut conn, 1).await?, ["third"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_does_not_pass_over_a_transaction_that_is_open() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (mut slow, mut conn) = (database.connect().await?, database.connect().await?);
    let before = now(&mut conn).await?;
    slow.batch_execute("BEGIN").await?;
    ring(&mut slow, "slow").await?;
    ring(&mut conn, "fast").await?;
    replay(&mut conn, CURSOR, before).await?;
    slow.batch_execute("COMMIT").await?;
    assert_eq!(next_bells(&mut conn, 2).await?, ["slow", "fast"]);
    Ok(())
}
