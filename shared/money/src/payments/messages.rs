//! The messages about a payment.

use uuid::Uuid;

use delivery::message;
use jobs::Entry;

/// The messages of this file.
pub(crate) const MESSAGES: &[Entry] = &[
    Entry::of::<PaymentSuccess>(),
    Entry::of::<PaymentRefused>(),
    Entry::of::<PaymentRefunded>(),
    Entry::of::<PaymentPartlyRefunded>(),
    Entry::of::<SendInvoice>(),
    Entry::of::<InvoiceFailed>(),
];

message! {
    /// "Paid, and yours until then." Not sent again once `told_at` is stored; a crash in between may
    /// send it twice, which does no harm.
    PaymentSuccess, "notifications.payment_success.v1" { user_id: Uuid, payment_id: Uuid, chat_id: i64 }
}
message! {
    /// The vendor has refused the payment. A duplicate after a crash does no harm.
    PaymentRefused, "notifications.payment_refused.v1" { user_id: Uuid, payment_id: Uuid, chat_id: i64 }
}
message! {
    /// The money went back. A duplicate after a crash does no harm.
    PaymentRefunded, "notifications.payment_refunded.v1" { user_id: Uuid, payment_id: Uuid, chat_id: i64 }
}
message! {
    /// A part of the money went back, and the plan stays. A duplicate after a crash does no harm.
    PaymentPartlyRefunded, "notifications.payment_partly_refunded.v1" {
        user_id: Uuid,
        payment_id: Uuid,
        chat_id: i64
    }
}
message! {
    /// Asks the vendor for a place to pay at, and sends a button that leads there. The second of two such places
    /// is of the same order, and money for either is granted. Tried for about a quarter of an hour: who wants to pay
    /// does not wait for longer.
    SendInvoice, "notifications.send_invoice.v1" {
        user_id: Uuid,
        payment_id: Uuid,
        chat_id: i64,
        /// The message of ours whose place it takes.
        replaces: Option<i64>
    }
    attempts 12 merged_by of_payment
}
message! {
    /// There is no place to pay at. A duplicate after a crash does no harm.
    InvoiceFailed, "notifications.invoice_failed.v1" {
        user_id: Uuid,
        payment_id: Uuid,
        chat_id: i64,
        /// As above.
        replaces: Option<i64>
    }
}

fn of_payment(invoice: &SendInvoice) -> String {
    invoice.payment_id.to_string()
}
