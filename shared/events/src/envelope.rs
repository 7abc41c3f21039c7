//! What others are told of an event: the same JSON for each of them.

use serde_json::{Value, json};

use crate::Event;

/// `{"id", "type", "version", "occurred_at", "account_id", "subject", "data"}`: ids are UUIDs, the time is RFC 3339 in
/// UTC, `subject` is the person. Account and subject are null where there is none, and after their data was deleted.
pub fn envelope(event: &Event) -> Value {
    json!({
        "id": event.id,
        "type": event.name,
        "version": event.version,
        "occurred_at": event.occurred_at,
        "account_id": event.account_id,
        "subject": event.user_id,
        "data": event.data,
    })
}
