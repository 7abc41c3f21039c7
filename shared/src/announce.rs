//! "Something about this reading has changed", from whoever changed it to every API process that
//! somebody waits in. Redis carries it; nothing is lost when it does not, for who waits also looks
//! now and then.

use std::sync::Arc;
use std::time::Duration;

use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use uuid::Uuid;

use crate::error::Error;
use crate::jobs::push::RedisConfig;

/// Tells of changes. Cheap to clone.
#[derive(Clone)]
pub struct Announcer {
    redis: ConnectionManager,
    channel: Arc<str>,
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
        Ok(Self {
            redis: config.connection(Duration::from_millis(500), 1)?,
            channel: channel(config).into(),
        })
    }

    /// Tells that a reading has changed, after the commit, on a task of its own: no work waits for a
    /// Redis that is away. Failure costs those who wait two seconds.
    pub fn analysis_changed(&self, id: Uuid) {
        let (mut redis, channel) = (self.redis.clone(), self.channel.clone());
        tokio::spawn(async move {
            let told = redis.publish::<_, _, ()>(&*channel, id.to_string());
            if let Err(why) = told.await {
                tracing::debug!(error = %why, "Redis did not carry an announcement");
            }
        });
    }
}
