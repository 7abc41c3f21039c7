//! RabbitMQ, by AMQP 0-9-1 with publisher confirms.
//!
//! Source: <https://www.rabbitmq.com/docs/confirms#publisher-confirms>. A message is confirmed when each queue that wants
//! it has stored it (a quorum queue: on most of its nodes). `mandatory` has the broker return what no queue wants, before
//! it confirms it.

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use kernel::telemetry;
use kernel::telemetry::traces::Span;
use kernel::tls::Roots;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions};
use lapin::runtime::default_runtime;
use lapin::tcp::OwnedTLSConfig;
use lapin::types::{AMQPValue, FieldTable};
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ErrorKind,
    ExchangeKind,
};
use tokio::sync::Mutex;
use tokio::time;

use super::{AmqpAddress, Broker, Confirm, Message, SERVICE};
use crate::{ProviderError, ProviderErrorKind as Kind};

/// The vendor in errors.
const NAME: &str = "rabbitmq";

/// Where events are published: a topic exchange, which outlives the broker. A queue is bound to it by names of events.
pub const EXCHANGE: &str = "events";

/// For connecting.
const CONNECT: Duration = Duration::from_secs(5);

/// For publishing and all confirms.
const PUBLISH: Duration = Duration::from_secs(10);

/// What the broker keeps on its disk.
const PERSISTENT: u8 = 2;

/// What the protocol calls the refusal of a credential.
const ACCESS_REFUSED: u16 = 403;

/// A broker.
pub struct Amqp {
    address: AmqpAddress,
    roots: Roots,
    /// A connection whose confirms have all come. It is taken out while it is used: a call that fails, or that is
    /// dropped, leaves none behind, and no confirm is taken for that of a later message.
    idle: Mutex<Option<Link>>,
}

/// An open connection with its only channel.
struct Link {
    connection: Connection,
    channel: Channel,
}

impl Amqp {
    /// The broker at an address. It is connected to on first use.
    pub fn new(address: AmqpAddress, roots: Roots) -> Self {
        Self {
            address,
            roots,
            idle: Mutex::default(),
        }
    }

    async fn link(&self) -> Result<Link, ProviderError> {
        let idle = self.idle.lock().await.take();
        let is_open =
            |link: &Link| link.connection.status().connected() && link.channel.status().connected();
        if let Some(link) = idle.filter(is_open) {
            return Ok(link);
        }
        match time::timeout(CONNECT, open(&self.address, &self.roots)).await {
            Ok(opened) => opened.map_err(|why| failed(&why, Kind::Transient)),
            Err(_) => Err(error(Kind::Transient, "no connection in time")),
        }
    }
}

async fn open(address: &AmqpAddress, roots: &Roots) -> lapin::Result<Link> {
    let terms = ConnectionProperties::default().with_connection_name("symancy".into());
    let own = roots.pem().map(String::from_utf8_lossy);
    let trusted = OwnedTLSConfig {
        identity: None,
        cert_chain: own.map(Cow::into_owned),
    };
    let runtime = default_runtime()?;
    let connection =
        Connection::connect_with_config(address.as_str(), terms, trusted, runtime).await?;
    let channel = connection.create_channel().await?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    let lasting = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    channel
        .exchange_declare(
            EXCHANGE.into(),
            ExchangeKind::Topic,
            lasting,
            FieldTable::default(),
        )
        .await?;
    Ok(Link {
        connection,
        channel,
    })
}

#[async_trait]
impl Broker for Amqp {
    async fn publish(&self, messages: &[Message]) -> Result<Vec<Confirm>, ProviderError> {
        let span = Span::of_call(NAME, "publish", self.address.host());
        let link = match self.link().await {
            Ok(link) => link,
            Err(why) => {
                span.failed();
                return Err(why);
            }
        };
        let sent = time::timeout(PUBLISH, publish(&link.channel, messages)).await;
        let sent = match sent {
            Ok(sent) => sent.map_err(|why| failed(&why, Kind::Interrupted)),
            Err(_) => Err(error(Kind::Timeout, "no confirm in time")),
        };
        telemetry::called(NAME, "publish", 0);
        match &sent {
            Ok(_) => *self.idle.lock().await = Some(link),
            Err(_) => span.failed(),
        }
        sent
    }
}

async fn publish(channel: &Channel, messages: &[Message]) -> lapin::Result<Vec<Confirm>> {
    let mut pending = Vec::with_capacity(messages.len());
    for message in messages {
        let mandatory = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let sent = channel.basic_publish(
            EXCHANGE.into(),
            message.name.as_str().into(),
            mandatory,
            &message.body,
            properties(message),
        );
        pending.push(sent.await?);
    }
    let confirms = try_join_all(pending).await?;
    Ok(confirms.into_iter().map(said).collect())
}

fn said(confirmation: Confirmation) -> Confirm {
    match confirmation {
        Confirmation::Ack(None) => Confirm::Taken,
        Confirmation::Ack(Some(_)) => Confirm::Returned,
        // Without confirms there is no promise; they were asked for.
        Confirmation::Nack(_) | Confirmation::NotRequested => Confirm::Refused,
    }
}

fn properties(message: &Message) -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert("version".into(), AMQPValue::ShortInt(message.version));
    if let Some(account) = message.account {
        let account = account.to_string();
        headers.insert("account".into(), AMQPValue::LongString(account.into()));
    }
    // Whole seconds, as the protocol has it; the body tells them finer.
    let seconds = u64::try_from(message.at.timestamp()).unwrap_or_default();
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(message.id.to_string().into())
        .with_type(message.name.as_str().into())
        .with_timestamp(seconds)
        .with_headers(headers)
        .with_app_id("symancy".into())
}

/// The texts of the client name no credential: the address is not in them.
fn failed(why: &lapin::Error, otherwise: Kind) -> ProviderError {
    let kind = match why.kind() {
        ErrorKind::ProtocolError(said) if said.get_id() == ACCESS_REFUSED => Kind::Auth,
        ErrorKind::ProtocolError(_) if otherwise == Kind::Transient => Kind::Protocol,
        _ => otherwise,
    };
    error(kind, telemetry::chain(why))
}

fn error(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}
