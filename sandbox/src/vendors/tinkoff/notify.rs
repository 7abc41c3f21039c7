//! Notifications, each until the shop says `OK`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::payment::{Notice, Payment};
use super::{NAME, Tinkoff, WEBHOOK, token};
use crate::payments::deliveries::{self, Delivery};

/// Tells the shop of these.
pub fn send(bank: &Arc<Tinkoff>, payment: &Payment, notices: Vec<Notice>) {
    let Some(url) = payment.notification_url.clone() else {
        return;
    };
    if let Some(payment) = bank.payments().get_mut(&payment.payment_id) {
        payment.untaken.extend(notices.iter().cloned());
    }
    bring_all(bank, payment, &url, notices);
}

/// The same for what the shop was told before and has not taken.
pub fn again(bank: &Arc<Tinkoff>, payment: &Payment) {
    if let Some(url) = &payment.notification_url {
        bring_all(bank, payment, url, payment.untaken.clone());
    }
}

fn bring_all(bank: &Arc<Tinkoff>, payment: &Payment, url: &str, notices: Vec<Notice>) {
    let delivery = |notice: Notice| delivery(bank, payment, url, notice);
    deliveries::bring(&bank.world, notices.into_iter().map(delivery).collect());
}

fn delivery(bank: &Arc<Tinkoff>, payment: &Payment, url: &str, notice: Notice) -> Delivery {
    let body = body(bank, payment, &notice);
    let (bank, number) = (bank.clone(), payment.payment_id.clone());
    let http = bank.world.http.clone();
    let url = url.to_owned();
    Delivery {
        service: &WEBHOOK,
        vendor: NAME,
        detail: json!({ "status": notice.status }),
        call: Box::new(move |_| http.post(&url).json(&body)),
        is_taken: |status, body| status == 200 && body.trim() == "OK",
        taken: Box::new(move || taken(&bank, &number, &notice)),
    }
}

/// Forgets that the shop has still to take it.
fn taken(bank: &Tinkoff, number: &str, notice: &Notice) {
    if let Some(payment) = bank.payments().get_mut(number)
        && let Some(at) = payment.untaken.iter().position(|one| one == notice)
    {
        payment.untaken.remove(at);
    }
    bank.world.touched();
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
    if let Some(customer) = &payment.customer {
        set("CustomerKey", json!(customer));
    }
    if let Some(rebill_id) = payment.rebill_id {
        set("RebillId", json!(rebill_id));
    }
    set("CardId", json!(322_264));
    set("Pan", json!("430000******0777"));
    set("ExpDate", json!("1122"));
    set("DATA", json!({ "Source": "sandbox" }));
    let token = token::of(&body, &bank.password);
    body.insert("Token".to_owned(), json!(token));
    Value::Object(body)
}
