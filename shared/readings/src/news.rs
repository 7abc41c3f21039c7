//! "This reading has changed", from the process that changed it to every API process that a client
//! waits in; and, on a topic of its own, what there is of a reading while it is being written. A
//! message that is lost costs a waiting client two seconds, and what is written is shown whole in
//! the end.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::growing::Partial;
use kernel::publish::{Publisher, Topic};

/// Readings that have changed; a message is the id of one.
pub const CHANGED: Topic = Topic::new("changed:analyses");

/// Readings that are being written; a message is a [`Grown`] as JSON.
pub const GROWING: Topic = Topic::new("growing:analyses");

/// The largest snapshot that is published, in bytes: far above any reading, so that a model that
/// writes without end does not flood Redis.
const GROWN_MAX: usize = 128 * 1024;

/// A reading as far as it is written: always the whole of it, so that the next message makes up for
/// one that was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grown {
    pub id: Uuid,
    /// Grows with each attempt: clients do not hear what an abandoned attempt still writes.
    pub attempt: i64,
    pub partial: Partial,
}

/// Says that a reading has changed. Call it after the commit; it returns at once.
pub fn changed(publisher: &Publisher, id: Uuid) {
    publisher.publish_soon(CHANGED, id.to_string());
}

/// Shows what there is of a reading, and returns once Redis has it or has failed. A snapshot that is
/// absurdly long is not shown.
pub async fn grown(publisher: &Publisher, grown: &Grown) {
    match serde_json::to_string(grown) {
        Ok(message) if message.len() <= GROWN_MAX => publisher.publish(GROWING, message).await,
        _ => {}
    }
}
