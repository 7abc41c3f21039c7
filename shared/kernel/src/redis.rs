//! Connecting to Redis.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use crate::env::Env;
use crate::error::Error;

/// The address of Redis, and the prefix of our keys.
#[derive(Clone)]
pub struct RedisConfig {
    /// `redis://user:password@host:port/database`
    pub url: String,
    /// Put before every key, so that several deployments (or tests) can share a server.
    pub prefix: String,
}

impl std::fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redis({})", self.prefix)
    }
}

impl RedisConfig {
    /// Reads these settings; faults are collected in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            url: env.required("REDIS_URL", "redis://127.0.0.1:6379"),
            prefix: env.or("REDIS_PREFIX", "symancy".to_owned()),
        }
    }

    /// A client; it connects on first use.
    ///
    /// # Errors
    /// `Internal` for an invalid address.
    pub fn client(&self) -> Result<redis::Client, Error> {
        redis::Client::open(self.url.as_str())
            .map_err(|why| Error::internal(format!("REDIS_URL: {why}")))
    }

    /// A connection that is made on first use, and again whenever it is lost. `timeout` applies
    /// to connecting, and to each answer.
    ///
    /// # Errors
    /// `Internal` for an invalid address.
    pub fn connection(
        &self,
        timeout: Duration,
        retries: usize,
    ) -> Result<ConnectionManager, Error> {
        let limits = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(timeout))
            .set_response_timeout(Some(timeout))
            .set_number_of_retries(retries);
        Ok(ConnectionManager::new_lazy_with_config(
            self.client()?,
            limits,
        )?)
    }
}
