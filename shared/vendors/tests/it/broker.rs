//! RabbitMQ, as far as a test without one goes: addresses, and a broker that is away or something else. What a real one
//! does: `deploy/engines/rabbitmq.sh`.

use kernel::env::{ConfigError, Env};
use testkit::stub::{Reply, Stub, unused_address};
use url::Url;
use uuid::Uuid;
use vendors::ProviderErrorKind as Kind;
use vendors::broker::amqp::Amqp;
use vendors::broker::{AmqpAddress, Broker, BrokerConfig, Message, build};

use crate::failure;

fn read(name: &'static str, value: &'static str) -> Result<BrokerConfig, ConfigError> {
    let lookup = |asked: &str| (asked == name).then(|| value.to_owned());
    let mut env = Env::new(&lookup);
    let config = BrokerConfig::read(&mut env);
    env.finish(config)
}

/// The first of these is the design document's.
#[test]
fn a_broker_is_on_this_machine_or_behind_tls() -> anyhow::Result<()> {
    for (name, value) in [
        ("RABBITMQ_URL", "amqp://localhost"),
        ("EVENTS_AMQP_URL", "amqp://u:p@127.0.0.1:5672/%2f"),
        ("EVENTS_AMQP_URL", "amqps://u:p@mq.example.org/club"),
    ] {
        assert!(read(name, value)?.amqp.is_some(), "{value}");
    }
    for value in [
        "amqp://u:p@mq.example.org",
        "amqp://u:p@10.0.0.7",
        "https://mq.example.org",
        "amqps:",
        "mq",
    ] {
        let refused = read("EVENTS_AMQP_URL", value).expect_err(value);
        let text = refused.to_string();
        assert!(text.contains("EVENTS_AMQP_URL"), "{text}");
        assert!(!text.contains("u:p"), "{text}");
    }
    assert!(build(&read("NOTHING", "")?, &kernel::tls::Roots::default()).is_none());
    Ok(())
}

fn broker(port: u16) -> anyhow::Result<Amqp> {
    let url: Url = format!("amqp://guest:a-password@127.0.0.1:{port}/%2f").parse()?;
    Ok(Amqp::new(
        AmqpAddress::new(url),
        kernel::tls::Roots::default(),
    ))
}

async fn publish(port: u16) -> anyhow::Result<Kind> {
    let message = Message {
        id: Uuid::nil(),
        name: "bell.rang".to_owned(),
        version: 1,
        account: None,
        at: chrono::DateTime::UNIX_EPOCH,
        body: b"{}".to_vec(),
    };
    let answer = broker(port)?.publish(&[message]).await;
    failure(answer, &["a-password"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_worth_another_try() -> anyhow::Result<()> {
    let (away, _held) = unused_address()?;
    let port = away.port().unwrap_or_default();
    assert_eq!(publish(port).await?, Kind::Transient);
    Ok(())
}

/// A server of the web closes the connection, or answers in its own tongue.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_broker_is_a_failure_and_no_panic() -> anyhow::Result<()> {
    let stub = Stub::start([Reply::new(200, "")]).await?;
    let port = stub.url.port().unwrap_or_default();
    let kind = publish(port).await?;
    assert!(
        [Kind::Transient, Kind::Protocol].contains(&kind),
        "{kind:?}"
    );
    Ok(())
}
