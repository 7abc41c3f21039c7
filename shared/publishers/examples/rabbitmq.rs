//! A real RabbitMQ that is killed, and a publisher that is killed, under load: what happened is counted, and what has
//! arrived. `deploy/engines/rabbitmq.sh` starts what this needs and runs it.
//!
//! `AMQP_URL` names the broker, `TEST_DATABASE_URL` a server for a database of its own, and `RESTART` a program that kills
//! the broker and starts it again.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use anyhow::{Context, ensure};
use events::{Fact, ahead, record_of};
use kernel::db::{DbConfig, Pool, connect};
use kernel::facts::FactKind;
use kernel::tls::Roots;
use lapin::options::{
    BasicAckOptions, BasicGetOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use publishers::{AMQP, relay};
use serde::Serialize;
use serde_json::Value;
use testkit::TestDatabase;
use tokio::process::Command;
use uuid::Uuid;
use vendors::broker::AmqpAddress;
use vendors::broker::amqp::{Amqp, EXCHANGE};

const EVENTS: usize = 1_000;
const SUBJECTS: usize = 10;
const QUEUE: &str = "proof";

/// The broker is killed when so many events have been published.
const RESTARTS: [usize; 2] = [300, 700];

#[derive(Serialize)]
struct Counted {
    number: usize,
}

impl Fact for Counted {
    const KIND: FactKind = FactKind {
        name: "sheep.counted",
        version: 1,
        about: "A sheep is counted.",
    };
}

fn subject(number: usize) -> Uuid {
    Uuid::from_u128((1 + number % SUBJECTS) as u128)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::var("AMQP_URL").context("AMQP_URL")?;
    let restart = std::env::var("RESTART").context("RESTART")?;
    let database = TestDatabase::create().await?;
    queue(&channel(&url).await?).await?;
    let writing = write(&database);
    let publishing = publish(&database, &url, &restart);
    let ((), deaths) = tokio::try_join!(writing, publishing)?;
    let arrived = drain(&channel(&url).await?).await?;
    let copies = arrived.len();
    let first = first_copies(arrived);
    ensure!(
        first.len() == EVENTS,
        "{} of {EVENTS} have arrived",
        first.len()
    );
    for (subject, numbers) in by_subject(&first) {
        ensure!(numbers.is_sorted(), "the order of {subject}: {numbers:?}");
    }
    println!(
        "{EVENTS} happened, {EVENTS} arrived, each subject's in its order; {} came twice or more often; the publisher was \
         killed {deaths} times, the broker {} times",
        copies - EVENTS,
        RESTARTS.len()
    );
    Ok(())
}

/// A broker that has just been started takes no connection for a moment.
async fn channel(url: &str) -> anyhow::Result<Channel> {
    for _ in 0..300 {
        if let Ok(connection) = Connection::connect(url, ConnectionProperties::default()).await
            && let Ok(channel) = connection.create_channel().await
        {
            // It holds the connection open.
            return Ok(channel);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!("the broker does not answer")
}

/// A queue whose messages survive the broker, for all events.
async fn queue(channel: &Channel) -> anyhow::Result<()> {
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    let none = FieldTable::default;
    channel
        .exchange_declare(EXCHANGE.into(), ExchangeKind::Topic, durable, none())
        .await?;
    let mut quorum = FieldTable::default();
    quorum.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("quorum".into()),
    );
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel.queue_declare(QUEUE.into(), durable, quorum).await?;
    let all = QueueBindOptions::default();
    channel
        .queue_bind(QUEUE.into(), EXCHANGE.into(), "#".into(), all, none())
        .await?;
    Ok(())
}

async fn write(database: &TestDatabase) -> anyhow::Result<()> {
    let mut conn = database.connect().await?;
    for number in 0..EVENTS {
        let person = Some(subject(number));
        record_of(&mut conn, (person, person), &Counted { number }).await?;
        if number % 50 == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

/// Publishes all events; is killed in every fifth step, each time a little later. Returns how often.
async fn publish(database: &TestDatabase, url: &str, restart: &str) -> anyhow::Result<usize> {
    let pool = pool(database)?;
    let (mut passed, mut deaths, mut restarts) = (0, 0, RESTARTS.into_iter().peekable());
    let mut broker = new_broker(url)?;
    for step in 0.. {
        if restarts.next_if(|at| passed >= *at).is_some() {
            ensure!(
                Command::new(restart)
                    .arg("restart")
                    .status()
                    .await?
                    .success(),
                "restart"
            );
        }
        let lives = if step % 5 == 4 {
            Duration::from_millis(step % 97)
        } else {
            Duration::MAX
        };
        match tokio::time::timeout(lives, relay(&pool, &broker)).await {
            Ok(done) if done.as_ref().is_ok_and(|done| done.failure.is_none()) => {}
            Ok(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(_) => {
                // With its connection, in the middle of whatever it was doing.
                broker = new_broker(url)?;
                deaths += 1;
            }
        }
        passed = EVENTS - left(&pool).await?;
        if passed == EVENTS {
            break;
        }
    }
    Ok(deaths)
}

/// How many of all the events are not published yet, also of those that are not written yet.
async fn left(pool: &Pool) -> anyhow::Result<usize> {
    let conn = &mut *pool.get().await?;
    let cursor = "SELECT count(*) AS count FROM events
        WHERE (tx, seq) <= (SELECT tx, seq FROM event_cursors WHERE name = 'amqp')";
    let passed = testkit::database::count(conn, cursor).await?;
    let some = ahead(conn, AMQP, 1).await?;
    let passed = usize::try_from(passed)?;
    ensure!(
        passed < EVENTS || some.events.is_empty(),
        "there are more than were written"
    );
    Ok(EVENTS - passed)
}

fn new_broker(url: &str) -> anyhow::Result<Amqp> {
    Ok(Amqp::new(AmqpAddress::new(url.parse()?), Roots::default()))
}

fn pool(database: &TestDatabase) -> anyhow::Result<Pool> {
    let config = DbConfig {
        address: database.address()?,
        pool_size: 2,
        wait: Duration::from_secs(30),
        migrate: false,
        even_restored: false,
        replica: None,
    };
    Ok(connect(&config)?)
}

/// The bodies of all that has arrived, in the queue's order.
async fn drain(channel: &Channel) -> anyhow::Result<Vec<Value>> {
    let mut all = Vec::new();
    let options = BasicGetOptions::default();
    while let Some(message) = channel.basic_get(QUEUE.into(), options).await? {
        let body: Value = serde_json::from_slice(&message.data)?;
        let id = message
            .properties
            .message_id()
            .as_ref()
            .map(|id| id.as_str());
        ensure!(body["id"].as_str() == id, "the id of {body}");
        message.ack(BasicAckOptions::default()).await?;
        all.push(body);
    }
    Ok(all)
}

fn first_copies(arrived: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    let is_new = |body: &Value| seen.insert(body["id"].to_string());
    arrived.into_iter().filter(is_new).collect()
}

fn by_subject(events: &[Value]) -> HashMap<String, Vec<u64>> {
    let mut all: HashMap<String, Vec<u64>> = HashMap::new();
    for event in events {
        let number = event["data"]["number"].as_u64().unwrap_or(u64::MAX);
        all.entry(event["subject"].to_string())
            .or_default()
            .push(number);
    }
    all
}
