//! The message about a payment.

use uuid::Uuid;

use delivery::message;

message! {
    /// "Paid, and yours until then." Not told again once it is written down that it was; a crash
    /// in between may tell it once more, which does no harm.
    PaymentSuccess, "notifications.payment_success.v1" { payment_id: Uuid, chat_id: i64 }
}
