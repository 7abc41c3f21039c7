//! The bank's methods. Source: <https://developer.tbank.ru/eacq/api>.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::payment::{Act, Payment};
use super::{Tinkoff, notify, path_of};
use crate::http::{Form, Reply, json as reply};

/// How long a page can be paid at, unless the shop says otherwise.
const PAGE_LIVES: TimeDelta = TimeDelta::hours(24);

pub fn refusal(code: &str, message: &str) -> Reply {
    reply(&json!({ "Success": false, "ErrorCode": code, "Message": message, "Details": message }))
}

/// What every answer about a payment has, with these fields besides.
pub fn about(bank: &Tinkoff, payment: &Payment, more: Value) -> Reply {
    let mut answer = json!({
        "Success": true, "ErrorCode": "0", "TerminalKey": bank.terminal_key, "Status": payment.status,
        "PaymentId": payment.payment_id, "OrderId": payment.order_id,
    });
    if let (Value::Object(answer), Value::Object(more)) = (&mut answer, more) {
        answer.extend(more);
    }
    reply(&answer)
}

pub fn unknown() -> Reply {
    refusal("7", "Платёж не найден.")
}

pub fn init(bank: &Tinkoff, form: &Form) -> Reply {
    let (Some(order_id), Some(amount)) = (form.text("OrderId"), form.int("Amount")) else {
        return refusal("201", "OrderId и Amount обязательны.");
    };
    if amount < 100 {
        return refusal("308", "Сумма меньше одного рубля.");
    }
    let is_paid = |one: &Payment| one.order_id == order_id && one.is_paid();
    if bank.payments().values().any(is_paid) {
        return refusal("8", "Неверный статус транзакции.");
    }
    let customer = form.text("CustomerKey");
    let is_kept = form.text("Recurrent").as_deref() == Some("Y");
    if is_kept && customer.is_none() {
        return refusal("201", "CustomerKey обязателен, если передан Recurrent.");
    }
    let due = form.text("RedirectDueDate");
    let due = due.and_then(|due| DateTime::parse_from_rfc3339(&due).ok());
    let due = due.map_or_else(|| Utc::now() + PAGE_LIVES, |due| due.to_utc());
    let payment = Payment {
        payment_id: (uuid::Uuid::new_v4().as_u64_pair().0 >> 24).to_string(),
        order_id,
        amount,
        description: form.text("Description").unwrap_or_default(),
        status: "NEW".into(),
        due: Some(due.timestamp()),
        is_kept,
        customer,
        notification_url: form.text("NotificationURL"),
        success_url: form.text("SuccessURL"),
        fail_url: form.text("FailURL"),
        ..Payment::default()
    };
    let page = format!("{}{}", bank.world.here(), path_of(&payment));
    let answer = json!({ "Amount": payment.amount, "PaymentURL": page });
    let answer = about(bank, &payment, answer);
    bank.payments().insert(payment.payment_id.clone(), payment);
    bank.world.touched();
    answer
}

pub fn get_state(bank: &Tinkoff, form: &Form) -> Reply {
    let id = form.text("PaymentId").unwrap_or_default();
    match bank.payments().get(&id) {
        Some(payment) => about(
            bank,
            payment,
            json!({ "Message": "OK", "Amount": payment.amount }),
        ),
        None => unknown(),
    }
}

pub fn check_order(bank: &Tinkoff, form: &Form) -> Reply {
    let order_id = form.text("OrderId").unwrap_or_default();
    let payments = bank.payments();
    let of_order = payments.values().filter(|one| one.order_id == order_id);
    let entry = |one: &Payment| {
        json!({
            "PaymentId": one.payment_id, "Amount": one.amount, "Status": one.status,
            "Success": one.error_code.is_none().to_string(),
            "ErrorCode": one.error_code.as_deref().unwrap_or("0"), "Message": "None",
        })
    };
    let entries: Vec<Value> = of_order.map(entry).collect();
    if entries.is_empty() {
        return refusal("255", "Заказ не найден.");
    }
    reply(&json!({
        "Success": true, "ErrorCode": "0", "Message": "OK", "TerminalKey": bank.terminal_key,
        "OrderId": order_id, "Payments": entries,
    }))
}

pub fn cancel(bank: &Arc<Tinkoff>, form: &Form) -> Reply {
    let id = form.text("PaymentId").unwrap_or_default();
    let request = form.text("ExternalRequestId");
    let act = Act {
        name: "refund".into(),
        amount: form.int("Amount"),
        error_code: None,
    };
    let (before, payment, notices) = {
        let mut payments = bank.payments();
        let Some(payment) = payments.get_mut(&id) else {
            return unknown();
        };
        let before = payment.left();
        // The same refund once more. SBP does not look at it.
        let known = request.iter().any(|one| payment.refunds.contains(one)) && !payment.by_sbp;
        let done = match known {
            true => Ok(Vec::new()),
            false => payment.act(&act),
        };
        let Ok(notices) = done else {
            return refusal("8", "Неверный статус транзакции.");
        };
        if !known {
            payment.refunds.extend(request.clone());
        }
        (before, payment.clone(), notices)
    };
    bank.world.touched();
    notify::send(bank, &payment, notices);
    let rest = match payment.status.as_str() {
        "CANCELED" => 0,
        _ => payment.left() - payment.returning,
    };
    let answer = json!({
        "OriginalAmount": before, "NewAmount": rest, "ExternalRequestId": request,
    });
    about(bank, &payment, answer)
}

/// Sends once more what the shop has not taken.
pub fn resend(bank: &Arc<Tinkoff>) -> Reply {
    let untaken: Vec<Payment> = bank.payments().values().cloned().collect();
    let mut count = 0;
    for payment in untaken {
        count += payment.untaken.len();
        notify::again(bank, &payment);
    }
    reply(&json!({
        "Success": true, "ErrorCode": "0", "TerminalKey": bank.terminal_key, "Count": count,
    }))
}
