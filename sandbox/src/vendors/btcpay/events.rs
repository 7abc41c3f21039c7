//! Calls of webhooks: one after the other, each until it is taken or refused for good. What waits is lost when the
//! server starts again. Source: the server's own `WebhookSender`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::invoice::Notice;
use super::{Btcpay, NAME, WEBHOOK};
use crate::payments::deliveries::Delivery;
use crate::world::lock;

/// Where a shop wants to be called.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Hook {
    pub id: String,
    pub url: String,
    pub secret: String,
    /// The events that it wants; none: all.
    #[serde(default)]
    pub only: Vec<String>,
}

impl Hook {
    /// As the API shows it.
    pub fn shown(&self) -> Value {
        json!({
            "id": self.id, "enabled": true, "automaticRedelivery": true, "url": self.url,
            "authorizedEvents": { "everything": self.only.is_empty(), "specificEvents": self.only },
        })
    }
}

/// The deliveries that wait, each with the start of the server that it was made in.
pub struct Queue {
    sender: UnboundedSender<(u64, Delivery)>,
    receiver: Mutex<Option<UnboundedReceiver<(u64, Delivery)>>>,
    starts: AtomicU64,
    restarted: Notify,
}

impl Default for Queue {
    fn default() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self {
            sender,
            receiver: Mutex::new(Some(receiver)),
            starts: AtomicU64::new(0),
            restarted: Notify::new(),
        }
    }
}

impl Queue {
    /// What waits is forgotten.
    pub fn restart(&self) {
        self.starts.fetch_add(1, Ordering::SeqCst);
        self.restarted.notify_waiters();
    }
}

/// Starts to deliver.
pub fn start(server: &Arc<Btcpay>) {
    let Some(mut receiver) = lock(&server.queue.receiver).take() else {
        return;
    };
    let own = server.clone();
    server.world.spawn(async move {
        while let Some((start, delivery)) = receiver.recv().await {
            let restarted = own.queue.restarted.notified();
            if start != own.queue.starts.load(Ordering::SeqCst) {
                continue;
            }
            tokio::select! {
                () = delivery.bring(&own.world) => {}
                () = restarted => {}
            }
        }
    });
}

/// Tells every webhook of these; `about` is the invoice and its metadata, if it is about one.
pub fn tell(server: &Btcpay, about: Option<(&str, &Value)>, notices: &[Notice]) {
    let hooks: Vec<Hook> = server.state().hooks.values().cloned().collect();
    for notice in notices {
        let wanted =
            |hook: &&Hook| hook.only.is_empty() || hook.only.iter().any(|only| only == notice.kind);
        for hook in hooks.iter().filter(wanted) {
            let delivery = delivery(server, hook, about, notice);
            let start = server.queue.starts.load(Ordering::SeqCst);
            // The receiver lives as long as the server.
            drop(server.queue.sender.send((start, delivery)));
        }
    }
}

fn delivery(
    server: &Btcpay,
    hook: &Hook,
    about: Option<(&str, &Value)>,
    notice: &Notice,
) -> Delivery {
    let original = fresh();
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    set("deliveryId", json!(original));
    set("webhookId", json!(hook.id));
    set("originalDeliveryId", json!(original));
    set("isRedelivery", json!(false));
    set("type", json!(notice.kind));
    set("timestamp", json!(chrono::Utc::now().timestamp()));
    set("storeId", json!(server.store));
    if let Some((invoice, metadata)) = about {
        set("invoiceId", json!(invoice));
        set("metadata", metadata.clone());
    }
    if let Value::Object(more) = &notice.more {
        fields.extend(more.clone());
    }
    let (http, url, secret) = (
        server.world.http.clone(),
        hook.url.clone(),
        hook.secret.clone(),
    );
    Delivery {
        service: &WEBHOOK,
        vendor: NAME,
        detail: json!({ "type": notice.kind }),
        call: Box::new(move |number| {
            let mut fields = fields.clone();
            if number > 1 {
                fields.insert("deliveryId".to_owned(), json!(fresh()));
                fields.insert("isRedelivery".to_owned(), json!(true));
            }
            let body = serde_json::to_vec_pretty(&fields).unwrap_or_default();
            let call = http
                .post(&url)
                .header("BTCPay-Sig", signature(&secret, &body));
            call.header("content-type", "application/json").body(body)
        }),
        // It comes again after these alone.
        is_taken: |status, _| status < 500 && !matches!(status, 408 | 429),
        taken: Box::new(|| {}),
    }
}

fn fresh() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// The header of a body.
fn signature(secret: &str, body: &[u8]) -> String {
    match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mut mac) => {
            mac.update(body);
            format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
        }
        // HMAC takes keys of any length.
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by the official Greenfield client for PHP.
    #[test]
    fn events_are_signed_as_another_client_expects() {
        let event = json!({
            "deliveryId": "D1", "webhookId": "W1", "originalDeliveryId": "D1", "isRedelivery": false,
            "type": "InvoiceSettled", "timestamp": 1_763_719_200, "storeId": "S1", "invoiceId": "I1",
            "metadata": { "orderId": "o-1" }, "manuallyMarked": false, "overPaid": false,
        });
        let body = serde_json::to_vec_pretty(&event).expect("JSON");
        assert_eq!(body.len(), 285);
        assert_eq!(
            signature("btcpay-secret", &body),
            "sha256=191239a97d7519afe7d16c92e5ad96dddc9a608044986a7ff3c49734c819e649"
        );
    }
}
