//! Settings of the broker.

use kernel::env::{Env, Section, Setting, Spelling};
use kernel::networks::is_loopback;
use url::Url;

const URL: Setting = Setting::optional(
    "EVENTS_AMQP_URL",
    "amqps://user:password@mq.example.com:5671/%2f",
    "A RabbitMQ that everything that happens is published to, for other programs (docs/PUBLISHING.md); amqps:// is over \
     TLS, and what follows the last slash is the virtual host (%2f is the default one). Not set: nothing is published.",
)
.secret()
.also(&[Spelling::same("RABBITMQ_URL")]);

pub const SETTINGS: Section = Section {
    title: "Publishing to RabbitMQ",
    settings: &[URL],
};

/// Which broker is published to.
#[derive(Clone, Debug)]
pub struct BrokerConfig {
    pub amqp: Option<AmqpAddress>,
}

/// The address of a broker, with its credentials.
#[derive(Clone)]
pub struct AmqpAddress(Url);

impl AmqpAddress {
    /// An address `amqp://` or `amqps://`.
    pub fn new(url: Url) -> Self {
        Self(url)
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn host(&self) -> Option<&str> {
        self.0.host_str()
    }
}

impl std::fmt::Debug for AmqpAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Amqp")
    }
}

impl BrokerConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let amqp = env.parsed::<Url>(&URL).and_then(|url| checked(env, url));
        Self { amqp }
    }
}

/// Over a network it is `amqps://`: the password and ids of persons go there.
fn checked(env: &mut Env<'_>, url: Url) -> Option<AmqpAddress> {
    // The standard takes the host of a scheme that it does not know as it is written.
    let is_local = url.host_str().is_some_and(is_loopback);
    env.leads(&URL, is_local);
    match (url.scheme(), url.host_str()) {
        ("amqps", Some(_)) => Some(AmqpAddress(url)),
        ("amqp", Some(_)) if is_local => Some(AmqpAddress(url)),
        _ => {
            env.fault(&URL, "it must be amqps, or amqp on this machine");
            None
        }
    }
}
