//! Notifications: one task each, again and again until the shop says `OK`, as the bank does.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Payment, token};
use crate::faults::{Fate, Service};
use crate::world::World;

/// The kind of delivery in the fault plan.
pub const KIND: &str = "tinkoff";

/// No shop is asked more often than this.
const TRIES: u32 = 60;

/// Tells the shop of these statuses, all at the same time; reordered, the last goes first and the
/// others wait for it.
pub fn send(world: &Arc<World>, payment: &Payment, statuses: &'static [&'static str]) {
    let Some(url) = payment.notification_url.clone() else {
        return;
    };
    let world = world.clone();
    let (payment, reordered) = (payment.clone(), world.faults.reorders(KIND));
    world.clone().spawn(async move {
        let tell = |status: &'static str| bring(&world, &url, &payment, status);
        if reordered {
            for status in statuses.iter().rev() {
                tell(status).await;
            }
        } else {
            futures_util::future::join_all(statuses.iter().map(|status| tell(status))).await;
        }
    });
}

async fn bring(world: &World, url: &str, payment: &Payment, status: &str) {
    let body = body(world, payment, status);
    let mut pause = world.config.webhook.first;
    for _ in 0..TRIES {
        if attempt(world, url, &body, status).await {
            if world.faults.duplicates(KIND) {
                post(world, url, &body).await;
            }
            return;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(world.config.webhook.cap);
    }
}

async fn attempt(world: &World, url: &str, body: &Value, status: &str) -> bool {
    let detail = json!({ "status": status });
    let mut watch = world.calls.watch(Service::Webhook, KIND, detail);
    let verdict = world.faults.verdict(Service::Webhook, KIND);
    watch.fault(verdict.fate.name());
    tokio::time::sleep(verdict.latency).await;
    match verdict.fate {
        Fate::Pass => match post(world, url, body).await {
            Some((status, ok)) => {
                watch.answered(status);
                ok
            }
            None => false,
        },
        Fate::LoseReply => {
            post(world, url, body).await;
            false
        }
        _ => false,
    }
}

/// The shop's status, and whether it is content.
async fn post(world: &World, url: &str, body: &Value) -> Option<(u16, bool)> {
    let call = world.http.post(url).timeout(world.config.webhook.timeout);
    let response = call.json(body).send().await.ok()?;
    let status = response.status().as_u16();
    let said = response.text().await.unwrap_or_default();
    Some((status, status == 200 && said.trim() == "OK"))
}

fn body(world: &World, payment: &Payment, status: &str) -> Value {
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("TerminalKey", json!(world.config.terminal_key));
    set("OrderId", json!(payment.order_id));
    set("Success", json!(status != "REJECTED"));
    set("Status", json!(status));
    // A number, as the bank writes it here and nowhere else.
    let number = payment.payment_id.parse::<i64>();
    set(
        "PaymentId",
        number.map_or_else(|_| json!(payment.payment_id), Value::from),
    );
    set(
        "ErrorCode",
        json!(if status == "REJECTED" { "1051" } else { "0" }),
    );
    set("Amount", json!(payment.amount));
    set("CardId", json!(322_264));
    set("Pan", json!("430000******0777"));
    set("ExpDate", json!("1122"));
    set("DATA", json!({ "Source": "sandbox" }));
    let token = token::of(&body, &world.config.terminal_password);
    body.insert("Token".to_owned(), json!(token));
    Value::Object(body)
}
