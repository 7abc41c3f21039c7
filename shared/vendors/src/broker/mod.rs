//! Brokers that carry events to other programs: RabbitMQ, by AMQP 0-9-1.

pub mod amqp;
mod config;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::ErrorCode;
use kernel::tls::Roots;
use uuid::Uuid;

pub use config::{AmqpAddress, BrokerConfig, SETTINGS};

use crate::{ProviderError, ProviderErrorKind, Service};

/// The service of brokers in errors, which no person is told of.
pub const SERVICE: &Service = &Service::new("broker", code);

fn code(_: ProviderErrorKind) -> ErrorCode {
    kernel::codes::INTERNAL_SERVER_ERROR
}

/// A broker.
#[async_trait]
pub trait Broker: Send + Sync {
    /// Publishes messages, all of them at once, and waits for what the broker says of each; the answers are in their
    /// order. The broker may store them in another order than this one: a caller that needs an order publishes one
    /// message, and the next one when it is taken.
    ///
    /// # Errors
    /// The broker is not to be reached, refuses our credential, or its answer is lost. What became of the messages is
    /// not known then.
    async fn publish(&self, messages: &[Message]) -> Result<Vec<Confirm>, ProviderError>;
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The same for every copy.
    pub id: Uuid,
    /// What it tells, such as `reading.ended`: queues choose by it.
    pub name: String,
    pub version: i16,
    pub account: Option<Uuid>,
    pub at: DateTime<Utc>,
    /// JSON.
    pub body: Vec<u8>,
}

/// What a broker says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// It is stored by each queue that wants it.
    Taken,
    /// No queue wants it.
    Returned,
    /// A queue that wants it cannot store it now.
    Refused,
}

/// The broker that the configuration names. Its certificate may come from an authority of `roots`, besides Mozilla's list.
/// Opens no connection yet.
pub fn build(config: &BrokerConfig, roots: &Roots) -> Option<Arc<dyn Broker>> {
    let address = config.amqp.clone()?;
    Some(Arc::new(amqp::Amqp::new(address, roots.clone())))
}
