//! Notifications from the process that changes a reading to the API processes in which clients wait for
//! it; and, on a topic of its own, snapshots of a reading while it is being written. A lost
//! notification delays a waiting client by two seconds; after a lost snapshot the finished reading
//! still comes.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::growing::Partial;
use kernel::publish::{CHANGED, Publisher, Topic};

/// Readings that are being written; a message is a [`Snapshot`] as JSON.
pub const GROWING: Topic = Topic::new("growing:analyses");

/// The largest snapshot that is published, in bytes: far above any reading, so that a model that
/// writes without end does not flood Redis.
const SNAPSHOT_MAX: usize = 128 * 1024;

/// A reading as far as it is written: always all of it, so that the next message makes up for a lost
/// one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub id: Uuid,
    /// Grows with each attempt: the API drops what an abandoned attempt still writes.
    pub attempt: i64,
    pub partial: Partial,
}

/// Notifies the API that a reading has changed. Call it after the commit; it returns at once.
pub fn changed(publisher: &Publisher, id: Uuid) {
    publisher.publish_soon(CHANGED, topic(id));
}

/// What clients that wait for a reading wait for.
pub fn topic(id: Uuid) -> String {
    format!("{ANALYSES}{id}")
}

/// The reading of a topic; `None` for a topic of another feature.
pub fn reading_of(topic: &str) -> Option<Uuid> {
    topic.strip_prefix(ANALYSES)?.parse().ok()
}

const ANALYSES: &str = "analyses:";

/// Publishes a snapshot, and returns once Redis has it or has failed. One that is too long is dropped.
pub async fn publish_snapshot(publisher: &Publisher, snapshot: &Snapshot) {
    match serde_json::to_string(snapshot) {
        Ok(message) if message.len() <= SNAPSHOT_MAX => publisher.publish(GROWING, message).await,
        _ => {}
    }
}
