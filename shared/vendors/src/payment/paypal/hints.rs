//! Calls of PayPal's webhook: of which order they are. What became of it is always asked for.
//!
//! Source: <https://developer.paypal.com/api/rest/webhooks/event-names/>.

use chrono::DateTime;
use serde_json::Value;
use uuid::Uuid;

use crate::payment::{Call, Said, Sought};
use kernel::text::storable_json;

/// What a call says.
pub(super) fn read(body: &[u8]) -> Result<Call, &'static str> {
    let event: Value =
        serde_json::from_slice(&storable_json(body)).map_err(|_| "not a JSON object")?;
    let kind = event["event_type"]
        .as_str()
        .ok_or("event_type is missing")?;
    let says = sought(kind, &event["resource"]).map_or(Said::Nothing, Said::Changed);
    Ok(Call {
        event: event["id"].as_str().map(str::to_owned),
        kind: kind.to_owned(),
        says,
    })
}

/// The order of an event: by PayPal's number of it, or of its capture. `None`: it is about none of ours.
fn sought(kind: &str, resource: &Value) -> Option<Sought> {
    let (number, ours) = if kind.starts_with("CHECKOUT.ORDER.") {
        let unit = &resource["purchase_units"][0];
        (text(&resource["id"]), text(&unit["custom_id"]))
    } else if kind.starts_with("PAYMENT.CAPTURE.") || kind.starts_with("PAYMENT.REFUND.") {
        // Of these two, the resource is a refund.
        let is_refund = kind.ends_with(".REFUNDED") || kind.ends_with(".REVERSED");
        let is_capture = kind.starts_with("PAYMENT.CAPTURE.") && !is_refund;
        let own = text(&resource["id"]).filter(|_| is_capture);
        (number_of(resource).or(own), text(&resource["custom_id"]))
    } else if kind.starts_with("CUSTOMER.DISPUTE.") {
        let charge = &resource["disputed_transactions"][0];
        (
            text(&charge["seller_transaction_id"]),
            text(&charge["custom"]),
        )
    } else {
        return None;
    };
    // Other shops may sell under the same account. Without a word of ours, the order itself says whose it is.
    let id = match ours {
        Some(ours) => ours.parse().ok()?,
        None => Uuid::nil(),
    };
    Some(Sought {
        id,
        external_id: Some(number?.to_owned()),
        created_at: DateTime::UNIX_EPOCH,
    })
}

/// The number that the order of a capture or a refund can be found by: the order's own, or that of what it is made of.
/// A capture is made of an order, a refund of a capture.
fn number_of(resource: &Value) -> Option<&str> {
    let order = text(&resource["supplementary_data"]["related_ids"]["order_id"]);
    order.or_else(|| {
        let links = resource["links"].as_array()?;
        let up = links.iter().find(|link| link["rel"] == "up")?;
        let (before, number) = up["href"].as_str()?.rsplit_once('/')?;
        let is_known = before.ends_with("/captures") || before.ends_with("/orders");
        is_known.then_some(number)
    })
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}
