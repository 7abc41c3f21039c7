//! The page to pay at.

use super::payment::Payment;
use crate::payments::page::Page;

/// With buttons while there is something to decide.
pub fn of(payment: &Payment) -> String {
    let acts: &[(&str, &str)] = match payment.status.as_str() {
        "NEW" | "FORM_SHOWED" | "REJECTED" => &[
            ("pay", "Pay"),
            ("pay_sbp", "Pay by SBP"),
            ("refuse", "Refuse"),
        ],
        "ASYNC_REFUNDING" => &[
            ("refund_arrives", "The refund arrives"),
            ("refund_bounces", "The refund bounces"),
        ],
        _ => &[],
    };
    Page {
        vendor: "The bank",
        what: &payment.description,
        sum: &format!("{},{:02} ₽", payment.amount / 100, payment.amount % 100),
        status: &payment.status,
        acts,
    }
    .html()
}
