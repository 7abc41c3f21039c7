//! Stripe's events, as they come to the webhook.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::VERSION;
use super::charges::CHARGE;
use super::words::{Checkout, ORDER};
use crate::payment::{Call, Said, Sought};
use kernel::text::storable_json;

/// A Checkout Session that has changed, with all that matters of it.
const SESSIONS: [&str; 3] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.expired",
];

/// What has happened to the money of one, which stands in other objects. How it stands now is asked for: why a payment
/// was refused, the PaymentIntent says; parts that go back are a sum in the charge; a refund may fail after it has
/// succeeded; and none of them names the session.
const HINTS: [&str; 12] = [
    "checkout.session.async_payment_failed",
    "payment_intent.payment_failed",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
];

#[derive(Deserialize)]
struct Event {
    id: String,
    /// The version of the API that it is written in: that of the endpoint.
    api_version: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

/// The same of a charge without a page, which has no session. Of a session, these say nothing that it does not say itself.
const CHARGES: [&str; 3] = [
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.canceled",
];

/// Reads the body of a call.
pub(super) fn read(body: &[u8]) -> Result<Call, &'static str> {
    let event: Event =
        serde_json::from_slice(&storable_json(body)).map_err(|_| "not an event of Stripe")?;
    let kind = event.kind.as_str();
    let object = &event.data.object;
    let says = match event.api_version.as_deref() {
        // What was kept for a customer stands in other objects.
        Some(VERSION) if SESSIONS.contains(&kind) && object["customer"].is_null() => moved(object)?,
        _ if SESSIONS.contains(&kind) || HINTS.contains(&kind) => hint(object),
        _ if CHARGES.contains(&kind) && object["metadata"][CHARGE].is_string() => hint(object),
        _ => Said::Nothing,
    };
    Ok(Call {
        event: Some(event.id),
        kind: event.kind,
        says,
    })
}

fn moved(session: &Value) -> Result<Said, &'static str> {
    Ok(match Checkout::of(session)? {
        Some(checkout) => Said::Moved(Box::new(checkout.paid(0)?)),
        None => Said::Nothing,
    })
}

/// Which order something has happened to. Refunds made at Stripe's dashboard and disputes name only the PaymentIntent:
/// the order is told by the answer to the question.
fn hint(object: &Value) -> Said {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let kind = object["object"].as_str().unwrap_or_default();
    let number = match kind {
        "checkout.session" | "payment_intent" => text(&object["id"]),
        _ => text(&object["payment_intent"]),
    };
    let order = object["metadata"][ORDER].as_str();
    let order = order.and_then(|order| order.parse::<Uuid>().ok());
    let names_its_order = matches!(kind, "checkout.session" | "payment_intent" | "charge");
    match number {
        Some(number) if order.is_some() || !names_its_order => Said::Changed(Sought {
            id: order.unwrap_or_default(),
            external_id: Some(number),
            created_at: DateTime::UNIX_EPOCH,
        }),
        _ => Said::Nothing,
    }
}
