//! The message that an endpoint was switched off.

use ::jobs::Entry;
use delivery::message;
use uuid::Uuid;

/// The messages of this file.
pub(crate) const MESSAGES: &[Entry] = &[Entry::of::<DisabledNotice>()];

message! {
    /// Says in a chat that an endpoint was switched off. Of no use when it is on again. A duplicate after a crash does no harm.
    DisabledNotice, "notifications.webhook_disabled.v1" { user_id: Uuid, chat_id: i64, account_id: Uuid, endpoint_id: Uuid }
}
