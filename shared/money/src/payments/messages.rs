//! The message about a payment.

use uuid::Uuid;

use delivery::message;
use jobs::Entry;

/// The messages of this file.
pub(crate) const MESSAGES: &[Entry] = &[Entry::of::<PaymentSuccess>()];

message! {
    /// "Paid, and yours until then." Not sent again once `told_at` is stored; a crash in between may
    /// send it twice, which does no harm.
    PaymentSuccess, "notifications.payment_success.v1" { user_id: Uuid, payment_id: Uuid, chat_id: i64 }
}
