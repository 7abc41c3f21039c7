//! Publishes notifications by topic to every process that subscribes, over Redis pub/sub. A lost
//! message only costs time: subscribers also poll the database.

use std::sync::Arc;
use std::time::Duration;

use redis::AsyncCommands;

use crate::error::Error;
use crate::redis::{Connection, RedisConfig};

/// The topic of a message; a feature declares its own as a constant.
#[derive(Clone, Copy, Debug)]
pub struct Topic(&'static str);

impl Topic {
    /// A topic of this name: `growing:analyses`.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Its channel in Redis.
    pub fn channel(self, prefix: &str) -> String {
        format!("{prefix}:{}", self.0)
    }
}

/// What clients wait for has changed; a message names it: `analyses:<id>`.
pub const CHANGED: Topic = Topic::new("changed");

/// Publishes messages. Cheap to clone.
#[derive(Clone)]
pub struct Publisher {
    redis: Connection,
    prefix: Arc<str>,
}

impl Publisher {
    /// Connects on first use and again whenever the connection is lost.
    ///
    /// # Errors
    /// `Internal` for an invalid address.
    pub fn new(config: &RedisConfig) -> Result<Self, Error> {
        Ok(Self {
            redis: config.connection(Duration::from_millis(500), 1)?,
            prefix: config.prefix.as_str().into(),
        })
    }

    /// Publishes a message, and returns once Redis has it or has failed.
    pub async fn publish(&self, topic: Topic, message: String) {
        let mut redis = self.redis.clone();
        let sent = redis.publish::<_, _, ()>(topic.channel(&self.prefix), message);
        if let Err(why) = sent.await {
            tracing::debug!(topic = topic.0, error = %why, "cannot publish a message to Redis");
        }
    }

    /// Publishes a message in a task of its own, so that the caller does not wait while Redis is
    /// unreachable.
    pub fn publish_soon(&self, topic: Topic, message: String) {
        let publisher = self.clone();
        tokio::spawn(async move { publisher.publish(topic, message).await });
    }
}
