//! The page to pay at, and the one to claim a refund.

use super::invoice::{Invoice, text};
use super::refunds::Pull;
use crate::payments::page::Page;

/// With buttons for the buyer and for what the network does.
pub fn of_invoice(invoice: &Invoice) -> String {
    let acts: &[(&str, &str)] = match invoice.status.as_str() {
        "New" => &[
            ("pay", "Pay"),
            ("pay_chain", "Pay, not confirmed yet"),
            ("pay_half", "Pay a half"),
            ("pay_double", "Pay twice as much"),
            ("expire", "Let it expire"),
        ],
        "Processing" => &[("confirm", "It is confirmed"), ("lose", "It is lost")],
        "Expired" => &[("pay", "Pay late")],
        _ => &[],
    };
    let item = invoice.metadata.get("itemDesc");
    let item = item.and_then(|item| item.as_str()).unwrap_or_default();
    let sum = format!(
        "{} {} = {} BTC",
        invoice.amount,
        invoice.currency,
        text(invoice.price())
    );
    Page {
        vendor: "BTCPay Server",
        what: item,
        sum: &sum,
        status: &format!("{} ({})", invoice.status, invoice.additional),
        acts,
    }
    .html()
}

/// With a button for the buyer, then for the shop's operator.
pub fn of_pull(pull: &Pull) -> String {
    let states: Vec<&str> = pull
        .payouts
        .iter()
        .map(|payout| payout.state.as_str())
        .collect();
    let acts: &[(&str, &str)] = match () {
        () if states.contains(&"AwaitingPayment") => &[
            ("pay_out", "The shop pays it out"),
            ("cancel_payout", "The shop does not"),
        ],
        () if states.contains(&"Completed") => &[],
        () => &[("claim", "Claim it")],
    };
    Page {
        vendor: "BTCPay Server",
        what: &format!("{} {}", pull.name, pull.description),
        sum: &format!("{} {}", pull.amount, pull.currency),
        status: states.last().unwrap_or(&"not claimed yet"),
        acts,
    }
    .html()
}
