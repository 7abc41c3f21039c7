//! The subscription to the notifications and snapshots of the workers, while Redis is up.

use futures_util::StreamExt;
use kernel::Error;
use kernel::publish::CHANGED;
use kernel::redis::RedisConfig;
use kernel::retry::reconnect_delay;
use readings::news::{GROWING, reading_of};
use serde::Deserialize;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::hub::Hub;

/// Forwards messages about readings that are waited for here, until the hub is closed.
pub(super) async fn listen(config: RedisConfig, hub: Hub, announce: mpsc::UnboundedSender<Uuid>) {
    let mut failed = 0;
    while !hub.is_closed() && !announce.is_closed() {
        if let Err(why) = subscription(&config, &hub, &announce, &mut failed).await {
            tracing::debug!(error = %why, "announcements do not come through");
        }
        failed += 1;
        tokio::time::sleep(reconnect_delay(failed)).await;
    }
}

async fn subscription(
    config: &RedisConfig,
    hub: &Hub,
    announce: &mpsc::UnboundedSender<Uuid>,
    failed: &mut u32,
) -> Result<(), Error> {
    let mut redis = config.subscriber().await?;
    redis.subscribe(CHANGED.channel(&config.prefix)).await?;
    let growing = GROWING.channel(&config.prefix);
    redis.subscribe(&growing).await?;
    *failed = 0;
    let mut messages = redis.on_message();
    while let Some(message) = messages.next().await {
        if message.get_channel_name() == growing {
            grow(hub, message.get_payload_bytes());
            continue;
        }
        let topic = message.get_payload::<String>().ok();
        let id = topic.and_then(|topic| reading_of(&topic));
        if let Some(id) = id.filter(|id| hub.is_wanted(*id)) {
            let _ = announce.send(id);
        }
    }
    Ok(())
}

/// Most snapshots are not waited for here: of those only the id is parsed.
fn grow(hub: &Hub, message: &[u8]) {
    #[derive(Deserialize)]
    struct Whose {
        id: Uuid,
    }
    let whose = serde_json::from_slice::<Whose>(message).ok();
    if whose.is_some_and(|whose| hub.is_wanted(whose.id))
        && let Ok(grown) = serde_json::from_slice(message)
    {
        hub.grow(grown);
    }
}
