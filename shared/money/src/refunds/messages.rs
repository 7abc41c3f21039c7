//! The messages about a refund.

use delivery::message;
use jobs::Entry;
use uuid::Uuid;

/// The messages of this file.
pub(crate) const MESSAGES: &[Entry] = &[Entry::of::<RefundToClaim>()];

message! {
    /// The money waits at the vendor for the person to claim it. A duplicate after a crash does no harm.
    RefundToClaim, "notifications.refund_to_claim.v1" { user_id: Uuid, refund_id: Uuid, chat_id: i64 }
}
