//! Notifications: one task each, again and again until the shop says `OK`, as the bank does.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::payment::{Notice, Payment};
use super::{NAME as KIND, Tinkoff, WEBHOOK, token};
use crate::faults::Fate;

/// No shop is asked more often than this.
const TRIES: u32 = 60;

/// Tells the shop of these, all at the same time; reordered, the last goes first and the others wait for it.
pub fn send(bank: &Arc<Tinkoff>, payment: &Payment, notices: Vec<Notice>) {
    let Some(url) = payment.notification_url.clone() else {
        return;
    };
    if let Some(payment) = bank.payments().get_mut(&payment.payment_id) {
        payment.untaken.extend(notices.iter().cloned());
    }
    bring_all(bank, payment, url, notices);
}

/// The same for what the shop was told before and has not taken.
pub fn again(bank: &Arc<Tinkoff>, payment: &Payment) {
    if let Some(url) = payment.notification_url.clone() {
        bring_all(bank, payment, url, payment.untaken.clone());
    }
}

fn bring_all(bank: &Arc<Tinkoff>, payment: &Payment, url: String, notices: Vec<Notice>) {
    if notices.is_empty() {
        return;
    }
    let bank = bank.clone();
    let reordered = bank.world.faults.reorders(&WEBHOOK, KIND);
    let payment = payment.clone();
    bank.world.clone().spawn(async move {
        if reordered {
            for notice in notices.iter().rev() {
                bring(&bank, &url, &payment, notice).await;
            }
            return;
        }
        let all = notices.iter();
        let all = all.map(|notice| bring(&bank, &url, &payment, notice));
        futures_util::future::join_all(all).await;
    });
}

async fn bring(bank: &Tinkoff, url: &str, payment: &Payment, notice: &Notice) {
    let body = body(bank, payment, notice);
    let mut pause = bank.world.config.webhook.first;
    for _ in 0..TRIES {
        if attempt(bank, url, &body, notice).await {
            if bank.world.faults.duplicates(&WEBHOOK, KIND) {
                post(bank, url, &body).await;
            }
            taken(bank, payment, notice);
            return;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(bank.world.config.webhook.cap);
    }
}

/// Forgets that the shop has still to take it.
fn taken(bank: &Tinkoff, payment: &Payment, notice: &Notice) {
    if let Some(payment) = bank.payments().get_mut(&payment.payment_id) {
        if let Some(at) = payment.untaken.iter().position(|one| one == notice) {
            payment.untaken.remove(at);
        }
    }
    bank.world.touched();
}

async fn attempt(bank: &Tinkoff, url: &str, body: &Value, notice: &Notice) -> bool {
    let detail = json!({ "status": notice.status });
    let mut watch = bank.world.calls.watch(&WEBHOOK, KIND, detail);
    let injection = bank.world.faults.injection(&WEBHOOK, KIND);
    watch.fault(injection.fate.name());
    tokio::time::sleep(injection.latency).await;
    match injection.fate {
        Fate::Pass => match post(bank, url, body).await {
            Some((status, ok)) => {
                watch.answered(status);
                ok
            }
            None => false,
        },
        Fate::LoseReply => {
            post(bank, url, body).await;
            false
        }
        _ => false,
    }
}

/// The shop's status, and whether it is content.
async fn post(bank: &Tinkoff, url: &str, body: &Value) -> Option<(u16, bool)> {
    let call = bank
        .world
        .http
        .post(url)
        .timeout(bank.world.config.webhook.timeout);
    let response = call.json(body).send().await.ok()?;
    let status = response.status().as_u16();
    let body = response.text().await.unwrap_or_default();
    Some((status, status == 200 && body.trim() == "OK"))
}

fn body(bank: &Tinkoff, payment: &Payment, notice: &Notice) -> Value {
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("TerminalKey", json!(bank.terminal_key));
    set("OrderId", json!(payment.order_id));
    set("Success", json!(notice.error_code.is_none()));
    set("Status", json!(notice.status));
    // A number, as the bank writes it here and nowhere else.
    let number = payment.payment_id.parse::<i64>();
    set(
        "PaymentId",
        number.map_or_else(|_| json!(payment.payment_id), Value::from),
    );
    set(
        "ErrorCode",
        json!(notice.error_code.as_deref().unwrap_or("0")),
    );
    set("Amount", json!(notice.amount));
    set("CardId", json!(322_264));
    set("Pan", json!("430000******0777"));
    set("ExpDate", json!("1122"));
    set("DATA", json!({ "Source": "sandbox" }));
    let token = token::of(&body, &bank.password);
    body.insert("Token".to_owned(), json!(token));
    Value::Object(body)
}
