//! What a reader sees that moves its cursor only when it is sure.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use events::{Ahead, Event, Fact, ahead, envelope, pass, record, replay};
use kernel::facts::FactKind;
use serde::Serialize;
use serde_json::json;
use testkit::{TestDatabase, eventually};
use uuid::Uuid;

#[derive(Serialize)]
struct Passed {
    number: usize,
}

impl Fact for Passed {
    const KIND: FactKind = FactKind {
        name: "train.passed",
        version: 1,
        about: "A train passes.",
    };
}

const CURSOR: &str = "tests";

async fn trains(conn: &mut AsyncPgConnection, count: usize) -> QueryResult<()> {
    for number in 0..count {
        record(conn, None, &Passed { number }).await?;
    }
    Ok(())
}

fn numbers(ahead: &Ahead) -> Vec<u64> {
    let numbers = ahead
        .events
        .iter()
        .map(|event| event.data["number"].as_u64());
    numbers.map(Option::unwrap_or_default).collect()
}

/// Reads until there are so many. Transactions of other databases of this server hold readers back, too.
async fn all(conn: &mut AsyncPgConnection, count: usize) -> anyhow::Result<Ahead> {
    eventually(async || {
        let some = ahead(conn, CURSOR, 100).await?;
        Ok((some.events.len() == count).then_some(some))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_ahead_is_read_again_until_it_is_passed() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    trains(&mut conn, 3).await?;
    for _ in 0..2 {
        assert_eq!(numbers(&all(&mut conn, 3).await?), [0, 1, 2]);
    }
    let found = all(&mut conn, 3).await?;
    assert!(pass(&mut conn, CURSOR, &found, 0).await?);
    assert_eq!(numbers(&all(&mut conn, 3).await?), [0, 1, 2]);
    assert!(pass(&mut conn, CURSOR, &found, 2).await?);
    assert_eq!(numbers(&all(&mut conn, 1).await?), [2]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_readers_the_second_does_not_move_the_cursor_that_the_first_has_moved()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    trains(&mut conn, 3).await?;
    let [first, second] = [all(&mut conn, 3).await?, all(&mut conn, 3).await?];
    assert!(pass(&mut conn, CURSOR, &first, 3).await?);
    assert!(!pass(&mut conn, CURSOR, &second, 1).await?);
    assert_eq!(ahead(&mut conn, CURSOR, 100).await?.events, []);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_not_undone_by_a_reader_that_was_at_work() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    trains(&mut conn, 3).await?;
    let found = all(&mut conn, 3).await?;
    assert!(pass(&mut conn, CURSOR, &found, 1).await?);
    let found = all(&mut conn, 2).await?;
    replay(&mut conn, CURSOR, DateTime::<Utc>::UNIX_EPOCH).await?;
    assert!(!pass(&mut conn, CURSOR, &found, 2).await?);
    assert_eq!(numbers(&all(&mut conn, 3).await?), [0, 1, 2]);
    Ok(())
}

/// A cursor over the sequence alone would pass over "slow", which has the lower number.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_open_is_waited_for() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (mut slow, mut conn) = (database.connect().await?, database.connect().await?);
    slow.batch_execute("BEGIN").await?;
    record(&mut slow, None, &Passed { number: 1 }).await?;
    record(&mut conn, None, &Passed { number: 2 }).await?;
    assert_eq!(ahead(&mut conn, CURSOR, 100).await?.events, []);
    slow.batch_execute("COMMIT").await?;
    assert_eq!(numbers(&all(&mut conn, 2).await?), [1, 2]);
    Ok(())
}

#[test]
fn an_envelope_says_what_happened_when_and_to_whom() {
    let [id, person, account] = [1, 2, 3].map(Uuid::from_u128);
    let event = Event {
        id,
        name: "train.passed".to_owned(),
        version: 1,
        occurred_at: "2026-12-01T12:00:00.000001Z".parse().expect("a time"),
        user_id: Some(person),
        account_id: Some(account),
        data: json!({ "number": 7 }),
    };
    let expected = r#"{"id":"00000000-0000-0000-0000-000000000001","type":"train.passed","version":1,"occurred_at":"2026-12-01T12:00:00.000001Z","account_id":"00000000-0000-0000-0000-000000000003","subject":"00000000-0000-0000-0000-000000000002","data":{"number":7}}"#;
    assert_eq!(envelope(&event).to_string(), expected);
}
