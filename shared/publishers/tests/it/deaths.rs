//! A publisher that is killed again and again, under load.
//!
//! A hundred deaths here; `make chaos` plays a thousand (`DEATHS=1000`). The seeds are fixed: `SEED=<number>` sets others.

use std::collections::{HashMap, HashSet};

use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use kernel::db::Pool;
use publishers::relay;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use testkit::{TestDatabase, eventually};
use uuid::Uuid;

use crate::fake::{Fake, Fate};
use crate::pool;

/// Events that are written before each death.
const WRITTEN: usize = 4;

/// Persons and accounts that events are of; each person acts for each account.
const PERSONS: usize = 5;
const ACCOUNTS: usize = 3;

/// The most messages of a call that a fate tells apart.
const PLACES: usize = 6;

fn number(name: &str, otherwise: usize) -> anyhow::Result<usize> {
    match std::env::var(name) {
        Ok(text) => Ok(text.parse()?),
        Err(_) => Ok(otherwise),
    }
}

async fn write(conn: &mut AsyncPgConnection, first: usize) -> anyhow::Result<()> {
    for number in first..first + WRITTEN {
        diesel::sql_query(format!(
            "INSERT INTO events (id, name, version, user_id, account_id, data)
             VALUES (gen_random_uuid(), 'sheep.counted', 1, '{}', '{}', '{{\"number\": {number}}}')",
            Uuid::from_u128((1 + number * 7 % PERSONS) as u128),
            Uuid::from_u128((100 + number * 5 % ACCOUNTS) as u128),
        ))
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// How the next call ends, of those of a step.
fn fate(dice: &mut StdRng) -> Fate {
    let place = dice.random_range(0..=PLACES);
    match dice.random_range(0..5) {
        0 => Fate::Taken,
        1 => Fate::Refuses(place),
        2 => Fate::Returns(place),
        3 => Fate::Cut(place),
        _ => Fate::Hangs(place),
    }
}

/// A step that ends at the latest when it waits for so many answers (of Postgres, or of the broker): it is dropped there,
/// as a process that is killed drops it.
async fn dies(pool: &Pool, broker: &Fake, after: usize) {
    let mut step = Box::pin(relay(pool, broker));
    let mut polls = 0;
    std::future::poll_fn(|context| {
        polls += 1;
        match step.poll_unpin(context) {
            std::task::Poll::Pending if polls <= after => {
                // It is polled when it can go on, and at least once more: a call that hangs never can.
                context.waker().wake_by_ref();
                std::task::Poll::Pending
            }
            _ => std::task::Poll::Ready(()),
        }
    })
    .await;
}

/// All events in the order of the outbox.
#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    user_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    account_id: Option<Uuid>,
}

async fn written(conn: &mut AsyncPgConnection) -> anyhow::Result<Vec<Written>> {
    let all = "SELECT id, user_id, account_id FROM events ORDER BY tx, seq";
    Ok(diesel::sql_query(all).load(conn).await?)
}

/// The first copies of what has arrived, in the order of their arrival.
fn first_copies(broker: &Fake) -> Vec<Uuid> {
    let mut seen = HashSet::new();
    let mut all = broker.arrived();
    all.retain(|id| seen.insert(*id));
    all
}

/// By each person and each account: the ids of what happened, in this order.
fn by_subject<'a>(events: impl Iterator<Item = &'a Written>) -> HashMap<Uuid, Vec<Uuid>> {
    let mut all: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for event in events {
        for subject in [event.user_id, event.account_id].into_iter().flatten() {
            all.entry(subject).or_default().push(event.id);
        }
    }
    all
}

/// Publishes what is left, and compares: each event has arrived, and those of a subject in their order.
async fn arrived(database: &TestDatabase, broker: &Fake) -> anyhow::Result<()> {
    let (mut conn, pool) = (database.connect().await?, pool(database)?);
    let written = written(&mut conn).await?;
    broker.plan([]);
    eventually(async || {
        relay(&pool, broker).await?;
        let left = events::ahead(&mut conn, publishers::AMQP, 1).await?;
        let copies = first_copies(broker).len();
        Ok((left.events.is_empty() && copies >= written.len()).then_some(()))
    })
    .await?;
    let copies = first_copies(broker);
    assert_eq!(copies.len(), written.len());
    let by_id: HashMap<Uuid, &Written> = written.iter().map(|one| (one.id, one)).collect();
    let told = copies.iter().filter_map(|id| by_id.get(id).copied());
    assert_eq!(by_subject(told), by_subject(written.iter()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_each_death_every_event_is_published_and_those_of_a_subject_in_their_order()
-> anyhow::Result<()> {
    let (deaths, seed) = (number("DEATHS", 100)?, number("SEED", 1)?);
    let mut dice = StdRng::seed_from_u64(seed as u64);
    let database = TestDatabase::create().await?;
    let (mut conn, pool, broker) = (database.connect().await?, pool(&database)?, Fake::default());
    for death in 0..deaths {
        write(&mut conn, death * WRITTEN).await?;
        let calls = dice.random_range(0..4);
        broker.plan((0..calls).map(|_| fate(&mut dice)).collect::<Vec<_>>());
        dies(&pool, &broker, dice.random_range(0..4_000)).await;
    }
    arrived(&database, &broker).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_publishers_at_once_keep_the_order_of_each_subject() -> anyhow::Result<()> {
    const ROUNDS: usize = 20;
    let database = TestDatabase::create().await?;
    let broker = Fake::default();
    let publisher = async |seed: u64| {
        let mut dice = StdRng::seed_from_u64(seed);
        let (mut conn, pool) = (database.connect().await?, pool(&database)?);
        for round in 0..ROUNDS {
            write(&mut conn, round * WRITTEN).await?;
            if broker.is_well() {
                broker.plan([
                    Fate::Taken,
                    Fate::Cut(dice.random_range(0..=PLACES)),
                    Fate::Taken,
                ]);
            }
            relay(&pool, &broker).await?;
        }
        anyhow::Ok(())
    };
    tokio::try_join!(publisher(1), publisher(2))?;
    arrived(&database, &broker).await
}
