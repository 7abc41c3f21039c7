//! Events, each until an endpoint has answered with 2xx. Source: <https://docs.stripe.com/webhooks>.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::account::{Account, Endpoint, now, number, shown};
use super::acts::Told;
use super::{NAME, Stripe, WEBHOOK};
use crate::payments::deliveries::{self, Delivery};

/// Who has caused an event.
#[derive(Clone, Default)]
pub struct Cause {
    pub request: Option<String>,
    pub key: Option<String>,
}

/// Makes the events, with their objects as they are now.
pub fn made(account: &mut Account, told: Vec<Told>, version: &str, cause: &Cause) -> Vec<Value> {
    let mut events = Vec::new();
    for (kind, id) in told {
        let object = account.get(&id).cloned().unwrap_or_default();
        let mut data = json!({ "object": shown(&object) });
        if kind == "payment_method.detached" {
            data["previous_attributes"] = json!({ "customer": object["_before"] });
        }
        events.push(account.add(json!({
            "id": number("evt"), "object": "event", "api_version": version, "created": now(), "livemode": false,
            "pending_webhooks": account.endpoints.len(), "type": kind, "data": data,
            "request": { "id": cause.request, "idempotency_key": cause.key },
        })));
    }
    events
}

/// Brings them to all endpoints that want them.
pub fn send(stripe: &Arc<Stripe>, events: &[Value]) {
    let endpoints = stripe.account().endpoints.clone();
    let mut deliveries = Vec::new();
    for event in events {
        for endpoint in &endpoints {
            let kind = event["type"].as_str().unwrap_or_default();
            if endpoint
                .events
                .iter()
                .any(|wanted| wanted == "*" || wanted == kind)
            {
                deliveries.push(delivery(stripe, event, endpoint.clone()));
            }
        }
    }
    deliveries::bring(&stripe.world, deliveries);
}

fn delivery(stripe: &Arc<Stripe>, event: &Value, endpoint: Endpoint) -> Delivery {
    let mut event = event.clone();
    event["api_version"] = json!(endpoint.api_version);
    let body = format!("{event:#}");
    let http = stripe.world.http.clone();
    Delivery {
        service: &WEBHOOK,
        vendor: NAME,
        detail: json!({ "type": event["type"], "id": event["id"] }),
        call: Box::new(move |_| {
            let signature = signature(&endpoint.secrets, now(), &body);
            http.post(&endpoint.url)
                .header("Content-Type", "application/json; charset=utf-8")
                .header("Stripe-Signature", signature)
                .body(body.clone())
        }),
        is_taken: |status, _| (200..300).contains(&status),
        taken: Box::new(|| ()),
    }
}

/// The header: HMAC-SHA256 of the time and the body, once with each secret.
fn signature(secrets: &[String], at: i64, body: &str) -> String {
    let v1 = |secret: &String| {
        // HMAC takes keys of any length, so the error cannot occur.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
            return String::new();
        };
        let mac = mac.chain_update(format!("{at}.{body}"));
        format!(",v1={}", hex::encode(mac.finalize().into_bytes()))
    };
    let all: String = secrets.iter().map(v1).collect();
    format!("t={at}{all}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signed by the clients `stripe` 23.1 (Node) and 16.1 (Python).
    #[test]
    fn events_are_signed_as_stripes_own_clients_expect() {
        let body = r#"{"id":"evt_test_1","object":"event","type":"invoice.payment_succeeded","data":{"object":{"id":"in_1","amount_paid":1999,"currency":"eur"}}}"#;
        let secrets = ["whsec_test_secret".to_owned()];
        assert_eq!(
            signature(&secrets, 1_700_000_000, body),
            "t=1700000000,v1=1a819338c082ad285e1f63c19a2924fd51cdab08bc3a7025157941fca08efdfd"
        );
        let body = r#"{"id":"evt_ü","name":"Чашка"}"#;
        assert_eq!(
            signature(&secrets, 1_700_000_000, body),
            "t=1700000000,v1=69b4284ff1b1dfec441e1742bfae87c21a25824d7547a224946f4ab6c6a783d2"
        );
    }
}
