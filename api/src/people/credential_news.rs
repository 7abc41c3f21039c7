//! The subscription to what becomes of keys and of sessions, while Redis is up.

use futures_util::StreamExt;
use kernel::Error;
use kernel::redis::RedisConfig;
use kernel::retry::reconnect_delay;
use people::api_keys::news::{KEYS, digest_of};
use people::sessions::news::{SESSIONS, session_of};
use product::Core;

use super::keys::Keys;
use super::signed_in::SignedIn;

/// These caches, with a task that forgets what has changed. On the runtime of the caller.
pub(crate) fn heard(core: &Core, keys: Keys, signed_in: SignedIn) -> (Keys, SignedIn) {
    let config = core.config.redis.clone();
    tokio::spawn(listen(config, keys.clone(), signed_in.clone()));
    (keys, signed_in)
}

/// Forgets what has changed, for as long as the process runs.
async fn listen(config: RedisConfig, keys: Keys, signed_in: SignedIn) {
    let mut failed = 0;
    loop {
        if let Err(why) = subscription(&config, &keys, &signed_in, &mut failed).await {
            tracing::debug!(error = %why, "changes of keys and sessions do not come through");
        }
        failed += 1;
        tokio::time::sleep(reconnect_delay(failed)).await;
    }
}

async fn subscription(
    config: &RedisConfig,
    keys: &Keys,
    signed_in: &SignedIn,
    failed: &mut u32,
) -> Result<(), Error> {
    let [of_keys, of_sessions] = [KEYS, SESSIONS].map(|topic| topic.channel(&config.prefix));
    let mut redis = config.client()?.get_async_pubsub().await?;
    redis.subscribe(&[&of_keys, &of_sessions]).await?;
    *failed = 0;
    let mut messages = redis.on_message();
    while let Some(message) = messages.next().await {
        let payload = message.get_payload_bytes();
        if message.get_channel_name() == of_sessions {
            session_of(payload)
                .into_iter()
                .for_each(|id| signed_in.drop_one(id));
        } else if let Some(digest) = digest_of(payload) {
            keys.forget(&digest);
        }
    }
    Ok(())
}
