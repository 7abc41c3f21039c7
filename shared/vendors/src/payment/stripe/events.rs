//! Stripe's events, as they come to the webhook.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::VERSION;
use super::charges::{CHARGE, INTENT};
use super::words::{Checkout, ORDER};
use crate::payment::sealed::Seal;
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
    #[serde(default)]
    previous_attributes: Value,
}

/// The same of a PaymentIntent of ours that has no session: a charge without a page, or an order that is paid with Stripe's
/// form. Of a session, these say nothing that it does not say itself.
const CHARGES: [&str; 3] = [
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.canceled",
];

/// What is kept for a customer has changed, or what they have chosen of it.
const KEPT: [&str; 6] = [
    "customer.deleted",
    "customer.updated",
    "payment_method.attached",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "payment_method.updated",
];

/// Reads the body of a call, as it came or as it is kept.
pub(super) fn read(body: &[u8], seal: &Seal) -> Result<Call, &'static str> {
    let event: Event =
        serde_json::from_slice(&storable_json(body)).map_err(|_| "not an event of Stripe")?;
    let kind = event.kind.as_str();
    let object = &event.data.object;
    let says = match event.api_version.as_deref() {
        // What was kept for a customer stands in other objects.
        Some(VERSION) if SESSIONS.contains(&kind) && object["customer"].is_null() => moved(object)?,
        _ if SESSIONS.contains(&kind) || HINTS.contains(&kind) => hint(object),
        _ if CHARGES.contains(&kind) && is_without_session(object) => hint(object),
        _ if KEPT.contains(&kind) => customer(&event.data)
            .and_then(|one| seal.opened(one))
            .map_or(Said::Nothing, Said::Keeps),
        _ => Said::Nothing,
    };
    Ok(Call {
        event: Some(event.id),
        kind: event.kind,
        says,
    })
}

fn is_without_session(intent: &Value) -> bool {
    [CHARGE, INTENT]
        .iter()
        .any(|name| intent["metadata"][*name].is_string())
}

/// Whose means of payment have changed. One that was removed is of no customer now.
fn customer(data: &Data) -> Option<&str> {
    let object = &data.object;
    let named = match object["object"] == "customer" {
        true => &object["id"],
        false => &object["customer"],
    };
    named
        .as_str()
        .or_else(|| data.previous_attributes["customer"].as_str())
}

/// A call about a customer as it may be kept: with their number, sealed, and nothing else of what it says of a person.
/// `None`: it is about something else.
pub(super) fn of_customer(body: &[u8], seal: &Seal) -> Option<Vec<u8>> {
    let event: Event = serde_json::from_slice(&storable_json(body)).ok()?;
    if !KEPT.contains(&event.kind.as_str()) {
        return None;
    }
    let number = customer(&event.data).map(|number| seal.sealed(number));
    let kept = json!({
        "id": event.id, "object": "event", "api_version": event.api_version, "type": event.kind,
        "data": { "object": { "object": "customer", "id": number } },
    });
    serde_json::to_vec(&kept).ok()
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
