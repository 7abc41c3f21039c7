//! The tests' Redis. All tests share one server, each with a prefix of its own.

use anyhow::Context;
use kernel::redis::RedisConfig;
use kernel::tls::Roots;
use redis::aio::MultiplexedConnection;
use uuid::Uuid;

/// The server of `TEST_REDIS_URL`, which `make test` sets, with a prefix that no other test has.
///
/// # Errors
/// The variable is not set.
pub fn config() -> anyhow::Result<RedisConfig> {
    let url = std::env::var("TEST_REDIS_URL")
        .context("TEST_REDIS_URL is not set; run the tests with `make test`")?;
    let prefix = format!("test:{}", Uuid::now_v7());
    Ok(RedisConfig {
        url,
        prefix,
        roots: Roots::default(),
        nodes: Vec::new(),
    })
}

/// A connection to Redis.
///
/// # Errors
/// Redis that cannot be reached.
pub async fn connect(config: &RedisConfig) -> anyhow::Result<MultiplexedConnection> {
    Ok(config.client()?.get_multiplexed_async_connection().await?)
}
