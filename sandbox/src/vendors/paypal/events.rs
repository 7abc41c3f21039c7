//! Webhook events, signed as PayPal signs them.
//! Source: <https://developer.paypal.com/api/rest/webhooks/rest/>.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::order::{Order, Told};
use super::{NAME, Paypal, WEBHOOK, number, views};
use crate::payments::deliveries::{self, Delivery};

/// A key of the sandbox's own, which opens nothing, and its certificate.
const KEY: &[u8] = include_bytes!("../../../assets/paypal.pk8");
pub const CERTIFICATE: &str = include_str!("../../../assets/paypal.pem");
/// Its number.
pub const CERTIFICATE_ID: &str = "CERT-5a4db0c5-sandbox";
pub const ALGORITHM: &str = "SHA256withRSA";

/// Something that the shop was told, in the bytes that are signed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    pub order: String,
    pub kind: String,
    pub body: String,
}

/// Tells the shop of these, and remembers them.
pub fn send(paypal: &Arc<Paypal>, order: &Order, told: &[Told]) {
    let events: Vec<Event> = told.iter().map(|told| event(paypal, order, told)).collect();
    paypal.books().events.extend(events.clone());
    bring(paypal, events);
}

/// Tells of the last event of an order once more, under another number.
pub fn again(paypal: &Arc<Paypal>, order: &Order) -> Result<(), String> {
    let last = paypal
        .books()
        .events
        .iter()
        .rfind(|one| one.order == order.id)
        .cloned();
    let mut event = last.ok_or("the shop was told nothing of it")?;
    let id = format!("WH-{}", number());
    event.body = event.body.replacen(&event.id, &id, 1);
    event.id = id;
    paypal.books().events.push(event.clone());
    bring(paypal, vec![event]);
    Ok(())
}

fn event(paypal: &Paypal, order: &Order, (kind, refund): &Told) -> Event {
    let id = format!("WH-{}-{}", number(), number());
    let back = refund
        .as_ref()
        .and_then(|id| order.refunds.iter().find(|one| one.id == *id));
    let (resource_type, resource) = match (kind, back) {
        (_, Some(back)) => ("refund", views::refund(paypal, order, back)),
        (kind, _) if kind.starts_with("CUSTOMER.DISPUTE.") => {
            ("dispute", views::dispute(order, true).unwrap_or_default())
        }
        (kind, _) if kind.starts_with("PAYMENT.CAPTURE.") => {
            ("capture", views::capture(paypal, order).unwrap_or_default())
        }
        _ => ("checkout-order", views::order(paypal, order)),
    };
    let body = json!({
        "id": id, "event_version": "1.0", "create_time": now(), "resource_type": resource_type,
        "resource_version": "2.0", "event_type": kind, "summary": "", "resource": resource, "links": [],
    });
    let (order, kind) = (order.id.clone(), (*kind).to_owned());
    Event {
        id,
        order,
        kind,
        body: body.to_string(),
    }
}

fn bring(paypal: &Arc<Paypal>, events: Vec<Event>) {
    let Some(url) = paypal.books().hook.clone() else {
        return;
    };
    let delivery = |event: Event| delivery(paypal, &url, event);
    deliveries::bring(&paypal.world, events.into_iter().map(delivery).collect());
}

fn delivery(paypal: &Paypal, url: &str, event: Event) -> Delivery {
    let (http, url) = (paypal.world.http.clone(), url.to_owned());
    let (id, time) = (uuid::Uuid::new_v4().to_string(), now());
    let signature = signature(&id, &time, &paypal.hook_id, event.body.as_bytes());
    let address = format!("{}/v1/notifications/certs/{CERTIFICATE_ID}", paypal.here());
    Delivery {
        service: &WEBHOOK,
        vendor: NAME,
        detail: json!({ "event_type": event.kind, "id": event.id }),
        call: Box::new(move |_| {
            http.post(&url)
                .header("content-type", "application/json")
                .header("PAYPAL-TRANSMISSION-ID", &id)
                .header("PAYPAL-TRANSMISSION-TIME", &time)
                .header("PAYPAL-TRANSMISSION-SIG", &signature)
                .header("PAYPAL-CERT-URL", &address)
                .header("PAYPAL-AUTH-ALGO", ALGORITHM)
                .body(event.body.clone())
        }),
        is_taken: |status, _| (200..300).contains(&status),
        taken: Box::new(|| {}),
    }
}

/// The signature of a call; empty if the key of the sandbox cannot be read.
pub fn signature(id: &str, time: &str, hook: &str, body: &[u8]) -> String {
    let text = text(id, time, hook, body);
    let signed = RsaKeyPair::from_pkcs8(KEY).ok().and_then(|key| {
        let mut signature = vec![0; key.public().modulus_len()];
        let random = SystemRandom::new();
        key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
            .ok()?;
        Some(signature)
    });
    BASE64_STANDARD.encode(signed.unwrap_or_default())
}

fn text(id: &str, time: &str, hook: &str, body: &[u8]) -> String {
    format!("{id}|{time}|{hook}|{}", crc32fast::hash(body))
}

pub fn now() -> String {
    chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What `GET /v1/notifications/webhooks-events` lists.
pub fn list(events: &[Event]) -> Value {
    let all = events.iter().rev();
    let all: Vec<Value> = all
        .filter_map(|one| serde_json::from_str(&one.body).ok())
        .collect();
    json!({ "events": all, "count": all.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PayPal's Python SDK (paypalrestsdk) makes it.
    #[test]
    fn the_text_that_is_signed_is_that_of_paypals_own_sdk() {
        let body = include_bytes!("../../../../fixtures/paypal/vector.json");
        let text = text(
            "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
            "2026-11-21T10:00:01Z",
            "1JE4291016473214C",
            body,
        );
        assert_eq!(
            text,
            "69cd13f0-d67a-11e5-baa3-778b53f4ae55|2026-11-21T10:00:01Z|1JE4291016473214C|920223029"
        );
    }
}
