//! What reaches a broker, and how far the cursor moves.

use diesel_async::AsyncPgConnection;
use events::{Fact, record_of};
use kernel::db::Pool;
use kernel::facts::FactKind;
use publishers::{AMQP, Step, relay};
use serde::Serialize;
use serde_json::Value;
use testkit::{TestDatabase, eventually};
use uuid::Uuid;
use vendors::ProviderErrorKind;
use vendors::broker::Message;

use crate::fake::{Fake, Fate};
use crate::pool;

#[derive(Serialize)]
struct Counted {
    number: usize,
}

impl Fact for Counted {
    const KIND: FactKind = FactKind {
        name: "sheep.counted",
        version: 3,
        about: "A sheep is counted.",
    };
}

/// A database with one event for each person of the list, in its order.
struct Stage {
    database: TestDatabase,
    pool: Pool,
    broker: Fake,
}

impl Stage {
    async fn with(persons: &[u128]) -> anyhow::Result<Self> {
        let database = TestDatabase::create().await?;
        let mut conn = database.connect().await?;
        for (number, person) in persons.iter().enumerate() {
            count(&mut conn, *person, number).await?;
        }
        Ok(Self {
            pool: pool(&database)?,
            database,
            broker: Fake::default(),
        })
    }

    /// A step that has something to do. Transactions of other databases of this server hold readers back: then there is
    /// nothing yet, and the broker is not called.
    async fn step(&self) -> anyhow::Result<Step> {
        eventually(async || {
            let before = self.broker.calls();
            let step = relay(&self.pool, &self.broker).await?;
            Ok((self.broker.calls() > before).then_some(step))
        })
        .await
    }

    /// The numbers of what has arrived.
    fn numbers(&self) -> anyhow::Result<Vec<u64>> {
        self.broker.messages().iter().map(number).collect()
    }

    /// All events can be read now.
    async fn settled(&self, count: usize) -> anyhow::Result<()> {
        let mut conn = self.database.connect().await?;
        eventually(async || {
            let found = events::ahead(&mut conn, AMQP, 1_000).await?;
            Ok((found.events.len() == count).then_some(()))
        })
        .await
    }
}

async fn count(conn: &mut AsyncPgConnection, person: u128, number: usize) -> anyhow::Result<()> {
    let person = Some(Uuid::from_u128(person));
    Ok(record_of(conn, (person, person), &Counted { number }).await?)
}

fn number(message: &Message) -> anyhow::Result<u64> {
    let body: Value = serde_json::from_slice(&message.body)?;
    Ok(body["data"]["number"].as_u64().unwrap_or(u64::MAX))
}

fn kind(step: &Step) -> Option<ProviderErrorKind> {
    step.failure.as_ref().map(|why| why.kind)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_a_message_with_its_id_its_name_and_the_body_that_all_are_told()
-> anyhow::Result<()> {
    let stage = Stage::with(&[7]).await?;
    let step = stage.step().await?;
    assert_eq!((step.passed, step.more, kind(&step)), (1, false, None));
    let messages = stage.broker.messages();
    let [message] = messages.as_slice() else {
        anyhow::bail!("{messages:?}");
    };
    let body: Value = serde_json::from_slice(&message.body)?;
    assert_eq!(body["id"], message.id.to_string());
    assert_eq!(body["type"], "sheep.counted");
    assert_eq!(
        (message.name.as_str(), message.version),
        ("sheep.counted", 3)
    );
    assert_eq!(message.account, Some(Uuid::from_u128(7)));
    assert_eq!(body["subject"], Uuid::from_u128(7).to_string());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_published_is_not_published_again() -> anyhow::Result<()> {
    let stage = Stage::with(&[1, 2, 3]).await?;
    stage.settled(3).await?;
    assert_eq!(stage.step().await?.passed, 3);
    let again = relay(&stage.pool, &stage.broker).await?;
    assert_eq!((again.passed, again.more), (0, false));
    assert_eq!(stage.numbers()?, [0, 1, 2]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_away_the_cursor_stays() -> anyhow::Result<()> {
    let stage = Stage::with(&[1, 2]).await?;
    stage.settled(2).await?;
    stage.broker.plan([Fate::Cut(0), Fate::Cut(0)]);
    for _ in 0..2 {
        let step = stage.step().await?;
        assert_eq!(kind(&step), Some(ProviderErrorKind::Interrupted));
        assert_eq!((step.passed, step.more), (0, false));
    }
    assert_eq!(stage.step().await?.passed, 2);
    assert_eq!(stage.numbers()?, [0, 1]);
    Ok(())
}

/// What was stored before the answer was lost is stored twice, under the same id.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_arrived_is_published_again() -> anyhow::Result<()> {
    let stage = Stage::with(&[1, 2, 3]).await?;
    stage.settled(3).await?;
    stage.broker.plan([Fate::Cut(2)]);
    assert_eq!(stage.step().await?.passed, 0);
    assert_eq!(stage.step().await?.passed, 3);
    assert_eq!(stage.numbers()?, [0, 1, 0, 1, 2]);
    let arrived = stage.broker.arrived();
    assert_eq!(arrived[..2], arrived[2..4]);
    Ok(())
}

/// Events 0, 2 and 3 are of person 1: 2 waits for 0, and 3 for 2.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_person_is_published_before_what_came_before_it_is_confirmed()
-> anyhow::Result<()> {
    let stage = Stage::with(&[1, 2, 1, 1]).await?;
    stage.settled(4).await?;
    // Of the first wave, 0 is refused and 1 is taken.
    stage.broker.plan([Fate::Refuses(0)]);
    let step = stage.step().await?;
    assert_eq!(kind(&step), Some(ProviderErrorKind::Transient));
    assert_eq!(step.passed, 0);
    assert_eq!(stage.numbers()?, [1]);
    // Of the second try, the second wave is cut.
    stage.broker.plan([Fate::Taken, Fate::Cut(0)]);
    assert_eq!(stage.step().await?.passed, 2);
    assert_eq!(stage.numbers()?, [1, 0, 1]);
    assert_eq!(stage.step().await?.passed, 2);
    assert_eq!(stage.numbers()?, [1, 0, 1, 2, 3]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cursor_stops_before_the_first_event_that_is_not_confirmed() -> anyhow::Result<()> {
    let stage = Stage::with(&[1, 2, 3, 4]).await?;
    stage.settled(4).await?;
    stage.broker.plan([Fate::Refuses(2)]);
    assert_eq!(stage.step().await?.passed, 2);
    assert_eq!(stage.step().await?.passed, 2);
    assert_eq!(stage.numbers()?, [0, 1, 3, 2, 3]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_queue_wants_holds_nothing_up() -> anyhow::Result<()> {
    let stage = Stage::with(&[1, 2]).await?;
    stage.settled(2).await?;
    stage.broker.plan([Fate::Returns(0)]);
    let step = stage.step().await?;
    assert_eq!((step.passed, kind(&step)), (2, None));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_batch_is_published_in_several_steps() -> anyhow::Result<()> {
    let stage = Stage::with(&[]).await?;
    let write = "INSERT INTO events (id, name, version, user_id, account_id, data)
        SELECT gen_random_uuid(), 'sheep.counted', 3, person, person, jsonb_build_object('number', number)
        FROM generate_series(0, 449) AS number, LATERAL (SELECT gen_random_uuid() AS person WHERE number >= 0) AS one";
    stage.database.sql(write).await?;
    stage.settled(450).await?;
    let mut passed = Vec::new();
    loop {
        let step = stage.step().await?;
        passed.push(step.passed);
        if !step.more {
            break;
        }
    }
    assert_eq!(passed, [200, 200, 50]);
    assert_eq!(stage.numbers()?, (0..450).collect::<Vec<_>>());
    Ok(())
}
