//! The message about a quota.

use delivery::message;
use jobs::Entry;

use crate::model::Alert;

/// The messages of this file.
pub(crate) const MESSAGES: &[Entry] = &[Entry::of::<QuotaNotice>()];

message! {
    /// Says in a chat that 80 or 100 per cent of a quota are used. Of no use when the window is over. A duplicate after a
    /// crash does no harm.
    QuotaNotice, "notifications.quota_reached.v1" { user_id: Uuid, chat_id: i64, alert: Alert }
}
