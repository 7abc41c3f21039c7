//! "Something about this reading has changed", from whoever changed it to every API process that
//! somebody waits in; and, on a channel of its own, what there is of a reading while it is being
//! written. Redis carries both; nothing is lost when it does not, for who waits also looks now and
//! then, and what is written is shown whole in the end.

use std::sync::Arc;
use std::time::Duration;

use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;
use crate::features::analyses::growing::Partial;
use crate::redis::RedisConfig;

/// The largest snapshot that is told, in bytes: far above any reading, so that a model that writes
/// without end floods nobody.
const GROWN_MAX: usize = 128 * 1024;

/// Tells of changes. Cheap to clone.
#[derive(Clone)]
pub struct Announcer {
    redis: ConnectionManager,
    channel: Arc<str>,
    growing: Arc<str>,
}

/// The channel that tells of readings; a message is the id of one.
pub fn channel(config: &RedisConfig) -> String {
    format!("{}:changed:analyses", config.prefix)
}

/// The channel that tells what is being written; a message is a [`Grown`] as JSON.
pub fn growing_channel(config: &RedisConfig) -> String {
    format!("{}:growing:analyses", config.prefix)
}

/// A reading as far as it is written: always the whole of it, so that a message that is lost is made
/// up for by the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grown {
    pub id: Uuid,
    /// Grows with each attempt: what an attempt that was given up still says is not heard.
    pub attempt: i64,
    pub partial: Partial,
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
            growing: growing_channel(config).into(),
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

    /// Shows what there is of a reading, and returns once Redis has it or has failed. In vain if
    /// Redis is away, or the reading is absurdly long.
    pub async fn analysis_grown(&self, grown: &Grown) {
        let Ok(message) = serde_json::to_string(grown) else {
            return;
        };
        if message.len() > GROWN_MAX {
            return;
        }
        let mut redis = self.redis.clone();
        let told = redis.publish::<_, _, ()>(&*self.growing, message);
        if let Err(why) = told.await {
            tracing::debug!(error = %why, "Redis did not carry what is being written");
        }
    }
}
