//! Payments in Telegram Stars among the updates of the Bot API. Called by the webhooks' handlers.
//!
//! Read leniently, and not through teloxide: a payment must not be ignored because of a field that
//! its types do not know. Source: <https://core.telegram.org/bots/payments-stars>.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use crate::payment::{Happened, Notification};

/// An update about money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentUpdate {
    /// A person is about to pay; Telegram waits ten seconds for an answer.
    Checkout(Checkout),
    /// Money has come, or has gone back.
    Moved(Notification),
}

/// A question that Telegram asks before it takes the money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    pub query_id: String,
    /// The id of the payment, as we wrote it into the invoice.
    pub order_id: String,
    /// In whole Stars.
    pub amount: Decimal,
    pub currency: String,
    /// IETF tag of the person who pays.
    pub language_code: Option<String>,
}

#[derive(Deserialize)]
struct Update {
    pre_checkout_query: Option<Value>,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    successful_payment: Option<Value>,
    refunded_payment: Option<Value>,
}

/// Reads the body of a webhook call; `None` if it is not about money.
pub fn parse(body: &[u8]) -> Option<PaymentUpdate> {
    let update: Update = serde_json::from_slice(body).ok()?;
    if let Some(query) = update.pre_checkout_query {
        return Some(PaymentUpdate::Checkout(Checkout {
            query_id: text(&query["id"]),
            order_id: text(&query["invoice_payload"]),
            amount: amount(&query),
            currency: text(&query["currency"]),
            language_code: query["from"]["language_code"].as_str().map(str::to_owned),
        }));
    }
    let message = update.message?;
    let moved =
        |payment, happened, status| PaymentUpdate::Moved(notification(&payment, happened, status));
    match (message.successful_payment, message.refunded_payment) {
        (Some(paid), _) => Some(moved(paid, Happened::Paid, "successful_payment")),
        (_, Some(back)) => Some(moved(back, Happened::Returned, "refunded_payment")),
        _ => None,
    }
}

/// What cannot be read is stored as it came: it matches no order, and the alarm calls an operator.
fn notification(payment: &Value, happened: Happened, status: &str) -> Notification {
    let charge = payment["telegram_payment_charge_id"].as_str();
    Notification {
        order_id: text(&payment["invoice_payload"]),
        external_id: charge.map_or_else(|| payment.to_string(), str::to_owned),
        status: status.to_owned(),
        happened,
        amount: amount(payment),
        currency: text(&payment["currency"]),
    }
}

fn amount(payment: &Value) -> Decimal {
    Decimal::from(payment["total_amount"].as_i64().unwrap_or(0))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
