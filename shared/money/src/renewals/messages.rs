//! The message about a renewal.

use delivery::message;
use jobs::Entry;

/// The messages of this file.
pub(crate) const MESSAGES: &[Entry] = &[Entry::of::<RenewalFailed>()];

message! {
    /// The next period of a person's own plan was refused: what they can do, and until when they keep it. Not sent once it
    /// is paid. A duplicate after a crash does no harm.
    RenewalFailed, "notifications.renewal_failed.v1" { user_id: Uuid, chat_id: i64 }
}
