//! That a key has changed, told to every process that may remember it.

use kernel::publish::{Publisher, Topic};

use super::model::ApiKey;

/// A key was changed, replaced, revoked or deleted; a message names the digest of the key.
pub const KEYS: Topic = Topic::new("keys");

/// Tells all processes to forget these keys. After the commit; without Redis they do within seconds.
pub async fn announce(publisher: &Publisher, keys: &[ApiKey]) {
    for key in keys {
        publisher.publish(KEYS, hex::encode(&key.hash)).await;
    }
}

/// The digest that a message names.
pub fn digest_of(message: &[u8]) -> Option<[u8; 32]> {
    hex::decode(message).ok()?.try_into().ok()
}
