//! The message about a renewal.

use delivery::message;
use jobs::Entry;
use uuid::Uuid;

/// The messages of this file.
pub(crate) const MESSAGES: &[Entry] = &[Entry::of::<RenewalFailed>()];

message! {
    /// The next period was refused: what the person can do, and until when they keep the plan. Not sent once it is paid. A
    /// duplicate after a crash does no harm.
    RenewalFailed, "notifications.renewal_failed.v1" {
        user_id: Uuid,
        chat_id: i64,
        /// The organization whose plan it is; `None`: the person's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organization: Option<Uuid>
    }
}
