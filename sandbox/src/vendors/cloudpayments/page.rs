//! The page to pay at.

use super::models::text;
use super::state::Order;
use crate::payments::page::Page;

/// With buttons while there is something to decide.
pub fn of(order: &Order) -> String {
    let acts: &[(&str, &str)] = match order.status.as_str() {
        "Created" => &[
            ("pay", "Pay"),
            ("authenticate", "Go to 3-D Secure"),
            ("refuse", "Refuse"),
        ],
        "Paid" => &[("refund", "Give it back")],
        _ => &[],
    };
    Page {
        vendor: "CloudPayments",
        what: &order.description,
        sum: &format!("{} {}", text(order.amount), order.currency),
        status: &order.status,
        acts,
    }
    .html()
}
