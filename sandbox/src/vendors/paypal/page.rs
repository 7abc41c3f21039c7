//! The page to pay at.

use super::NAME;
use super::order::Order;
use super::sums;
use crate::payments::page::Page;

/// With buttons while there is something to decide.
pub fn of(order: &Order) -> String {
    let acts: &[(&str, &str)] = match order.status.as_str() {
        "PAYER_ACTION_REQUIRED" => &[
            ("approve", "Pay"),
            ("approve_pending", "Pay by eCheck"),
            ("approve_declined", "Pay by a card that is declined"),
            ("cancel", "Cancel"),
        ],
        _ if order.capture_is(&["PENDING"]) => {
            &[("clears", "The money arrives"), ("denied", "It is denied")]
        }
        _ => &[],
    };
    Page {
        vendor: "PayPal",
        what: &order.description,
        sum: &format!(
            "{} {}",
            sums::text(order.sum, &order.currency),
            order.currency
        ),
        status: order
            .capture
            .as_ref()
            .map_or(&order.status, |capture| &capture.status),
        acts,
    }
    .html()
}

/// Where its page is.
pub fn path_of(order: &Order) -> String {
    format!("/{NAME}/pay/{}", order.id)
}

/// Where PayPal sends people back to, with the order in the query.
pub fn after(order: &Order) -> String {
    let back = match order.is_open() {
        true => &order.cancel_url,
        false => &order.return_url,
    };
    match back {
        Some(url) => {
            let more = if url.contains('?') { '&' } else { '?' };
            format!("{url}{more}token={}&PayerID=QYR5Z8XDVJNXQ", order.id)
        }
        None => path_of(order),
    }
}
