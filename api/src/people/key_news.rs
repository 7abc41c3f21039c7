//! The subscription to the changes of keys, while Redis is up.

use futures_util::StreamExt;
use kernel::Error;
use kernel::redis::RedisConfig;
use kernel::retry::reconnect_delay;
use people::api_keys::news::{KEYS, digest_of};
use product::Core;

use super::keys::Keys;

/// These keys, with a task that forgets those that have changed. On the runtime of the caller.
pub(crate) fn heard(core: &Core, keys: Keys) -> Keys {
    tokio::spawn(listen(core.config.redis.clone(), keys.clone()));
    keys
}

/// Forgets the keys that have changed, for as long as the process runs.
async fn listen(config: RedisConfig, keys: Keys) {
    let mut failed = 0;
    loop {
        if let Err(why) = subscription(&config, &keys, &mut failed).await {
            tracing::debug!(error = %why, "changes of keys do not come through");
        }
        failed += 1;
        tokio::time::sleep(reconnect_delay(failed)).await;
    }
}

async fn subscription(config: &RedisConfig, keys: &Keys, failed: &mut u32) -> Result<(), Error> {
    let mut redis = config.client()?.get_async_pubsub().await?;
    redis.subscribe(KEYS.channel(&config.prefix)).await?;
    *failed = 0;
    let mut messages = redis.on_message();
    while let Some(message) = messages.next().await {
        if let Some(digest) = digest_of(message.get_payload_bytes()) {
            keys.forget(&digest);
        }
    }
    Ok(())
}
