//! That a stored session has ended, told to every process that may remember it.

use kernel::publish::{Publisher, Topic};
use uuid::Uuid;

/// A session has ended; a message names it.
pub const SESSIONS: Topic = Topic::new("sessions");

/// Tells all processes to forget a session, without waiting. After the commit; without Redis they do within seconds.
pub fn announce(publisher: &Publisher, id: Uuid) {
    publisher.publish_soon(SESSIONS, id.to_string());
}

/// The same of a command that is about to end: returns once Redis has it or has failed.
pub async fn announce_now(publisher: &Publisher, ended: &[Uuid]) {
    for id in ended {
        publisher.publish(SESSIONS, id.to_string()).await;
    }
}

/// The session that a message names.
pub fn session_of(message: &[u8]) -> Option<Uuid> {
    Uuid::try_parse_ascii(message).ok()
}
