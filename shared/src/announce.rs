//! "Something about this reading has changed", from whoever changed it to every API process that
//! somebody waits in. Redis carries it; nothing is lost when it does not, for who waits also looks
//! now and then.

use std::time::Duration;

use redis::AsyncCommands;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use uuid::Uuid;

use crate::error::Error;
use crate::jobs::push::RedisConfig;

/// Tells of changes. Cheap to clone.
#[derive(Clone)]
pub struct Announcer {
    redis: ConnectionManager,
    channel: String,
}

/// The channel that tells of readings; a message is the id of one.
pub fn channel(config: &RedisConfig) -> String {
    format!("{}:changed:analyses", config.prefix)
}

impl Announcer {
    /// Connects on first use and again whenever the connection is lost.
    ///
    /// # Errors
    /// `Internal` for an address that cannot be read.
    pub fn new(config: &RedisConfig) -> Result<Self, Error> {
        let limits = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_millis(500)))
            .set_response_timeout(Some(Duration::from_millis(500)))
            .set_number_of_retries(1);
        Ok(Self {
            redis: ConnectionManager::new_lazy_with_config(config.client()?, limits)?,
            channel: channel(config),
        })
    }

    /// Tells that a reading has changed. After the commit; failure costs those who wait a second.
    pub async fn analysis_changed(&self, id: Uuid) {
        let mut redis = self.redis.clone();
        let told = redis.publish::<_, _, ()>(&self.channel, id.to_string());
        if let Err(why) = told.await {
            tracing::debug!(error = %why, "Redis did not carry an announcement");
        }
    }
}
