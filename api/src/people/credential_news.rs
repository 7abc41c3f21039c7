//! The subscription to what becomes of keys, of sessions and of persons, while Redis is up.

use futures_util::StreamExt;
use kernel::Error;
use kernel::redis::RedisConfig;
use kernel::retry::reconnect_delay;
use people::api_keys::news::{KEYS, digest_of};
use people::sessions::news::{SESSIONS, session_of};
use people::users::model::PersonKey;
use people::users::news::{PEOPLE, person_of};
use product::Core;

use super::keys::Keys;
use super::persons::Persons;
use super::signed_in::SignedIn;
use super::suspended::Suspended;

/// What a process remembers of who comes.
#[derive(Clone)]
pub(crate) struct Remembered {
    pub keys: Keys,
    pub signed_in: SignedIn,
    pub persons: Persons,
    pub suspended: Suspended,
}

/// These caches, with a task that forgets what has changed. On the runtime of the caller.
pub(crate) fn heard(core: &Core, remembered: Remembered) -> Remembered {
    tokio::spawn(listen(core.config.redis.clone(), remembered.clone()));
    remembered
}

impl Remembered {
    fn drop_person(&self, person: PersonKey) {
        self.persons.forget(person);
        self.suspended.forget(person);
    }
}

/// Forgets what has changed, for as long as the process runs.
async fn listen(config: RedisConfig, remembered: Remembered) {
    let mut failed = 0;
    loop {
        if let Err(why) = subscription(&config, &remembered, &mut failed).await {
            tracing::debug!(error = %why, "changes of keys, sessions and persons do not come through");
        }
        failed += 1;
        tokio::time::sleep(reconnect_delay(failed)).await;
    }
}

async fn subscription(
    config: &RedisConfig,
    remembered: &Remembered,
    failed: &mut u32,
) -> Result<(), Error> {
    let [of_keys, of_sessions, of_persons] =
        [KEYS, SESSIONS, PEOPLE].map(|topic| topic.channel(&config.prefix));
    let mut redis = config.subscriber().await?;
    redis
        .subscribe(&[&of_keys, &of_sessions, &of_persons])
        .await?;
    *failed = 0;
    let mut messages = redis.on_message();
    while let Some(message) = messages.next().await {
        let payload = message.get_payload_bytes();
        let channel = message.get_channel_name();
        if channel == of_sessions {
            session_of(payload)
                .into_iter()
                .for_each(|id| remembered.signed_in.drop_one(id));
        } else if channel == of_persons {
            person_of(payload)
                .into_iter()
                .for_each(|person| remembered.drop_person(person));
        } else if let Some(digest) = digest_of(payload) {
            remembered.keys.forget(&digest);
        }
    }
    Ok(())
}
