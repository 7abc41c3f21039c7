//! T-Bank's acquiring: `Init`, `Cancel`, a page to pay at, and notifications. Called by `router` and
//! `control`. Source: <https://developer.tbank.ru/eacq/api>.

mod notify;
mod page;
mod token;

pub use notify::KIND as NOTIFICATION;

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION, RETRY_AFTER};
use serde::Serialize;
use serde_json::{Value, json};

use crate::faults::{Service, Vendor, through};
use crate::http::{Answer, Cut, Form, Reply, Req, html, json as reply, status_json, with_type};
use crate::router::not_found;
use crate::world::World;

/// What the bank knows, by the number of the payment.
pub type State = BTreeMap<String, Payment>;

/// One payment.
#[derive(Debug, Clone, Serialize)]
pub struct Payment {
    pub payment_id: String,
    pub order_id: String,
    /// Kopecks.
    pub amount: i64,
    pub description: String,
    /// NEW, CONFIRMED, REJECTED, REFUNDED.
    pub status: String,
    pub notification_url: Option<String>,
    pub success_url: Option<String>,
    pub fail_url: Option<String>,
}

struct Bank;

impl Vendor<Reply> for Bank {
    fn failure(&self, status: u16) -> Reply {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        with_type(status, "text/html; charset=utf-8", "<h1>Error</h1>")
    }

    fn rate_limited(&self, seconds: u64) -> Reply {
        let mut reply = self.failure(429);
        reply
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
        reply
    }

    fn status(&self, reply: &Reply) -> u16 {
        reply.status().as_u16()
    }
}

/// `POST /v2/<method>`.
pub async fn call(world: &Arc<World>, method: &str, req: Req) -> Answer {
    let name = if method == "Init" || method == "Cancel" {
        method
    } else {
        "unknown"
    };
    let watch = world.calls.watch(Service::Bank, name, Value::Null);
    let work = async {
        let Ok(Value::Object(body)) = req.json() else {
            return Ok::<_, Cut>(refusal("201", "Поля пришли не в JSON."));
        };
        if !token::is_right(&body, world) {
            return Ok(refusal(
                "204",
                "Неверный токен. Проверьте пару TerminalKey/SecretKey.",
            ));
        }
        let form = Form {
            fields: body,
            ..Form::default()
        };
        Ok(match name {
            "Init" => init(world, &form),
            "Cancel" => cancel(world, &form),
            _ => not_found(method),
        })
    };
    through(world, Service::Bank, watch, &Bank, work).await
}

fn refusal(code: &str, message: &str) -> Reply {
    reply(&json!({ "Success": false, "ErrorCode": code, "Message": message, "Details": message }))
}

fn init(world: &Arc<World>, form: &Form) -> Reply {
    let (Some(order_id), Some(amount)) = (form.text("OrderId"), form.int("Amount")) else {
        return refusal("201", "OrderId и Amount обязательны.");
    };
    if amount < 100 {
        return refusal("308", "Сумма меньше одного рубля.");
    }
    let payment = Payment {
        payment_id: (uuid::Uuid::new_v4().as_u64_pair().0 >> 24).to_string(),
        order_id,
        amount,
        description: form.text("Description").unwrap_or_default(),
        status: "NEW".into(),
        notification_url: form.text("NotificationURL"),
        success_url: form.text("SuccessURL"),
        fail_url: form.text("FailURL"),
    };
    let answer = json!({
        "Success": true, "ErrorCode": "0", "TerminalKey": world.config.terminal_key,
        "Status": payment.status, "PaymentId": payment.payment_id, "OrderId": payment.order_id,
        "Amount": payment.amount,
        "PaymentURL": format!("{}/bank/{}", world.here(), payment.payment_id),
    });
    world.bank().insert(payment.payment_id.clone(), payment);
    reply(&answer)
}

fn cancel(world: &Arc<World>, form: &Form) -> Reply {
    let id = form.text("PaymentId").unwrap_or_default();
    match act(world, &id, "refund") {
        Ok(payment) => reply(&json!({
            "Success": true, "ErrorCode": "0", "TerminalKey": world.config.terminal_key,
            "Status": payment.status, "PaymentId": payment.payment_id,
            "OrderId": payment.order_id, "OriginalAmount": payment.amount, "NewAmount": 0,
        })),
        Err(_) => refusal("7", "Неверный статус операции."),
    }
}

/// Does what somebody wants: `pay`, `refuse` or `refund`. The error is a sentence for them.
fn act(world: &Arc<World>, id: &str, act: &str) -> Result<Payment, String> {
    let (payment, statuses) = {
        let mut bank = world.bank();
        let payment = bank.get_mut(id).ok_or("the bank knows no such payment")?;
        let statuses: &'static [&'static str] = match (act, payment.status.as_str()) {
            // One stage: both are sent at the same time.
            ("pay", "NEW" | "REJECTED") => &["AUTHORIZED", "CONFIRMED"],
            ("refuse", "NEW") => &["REJECTED"],
            ("refund", "CONFIRMED") => &["REFUNDED"],
            (_, status) => return Err(format!("{act} is not possible: the payment is {status}")),
        };
        payment.status = statuses.last().copied().unwrap_or_default().to_owned();
        (payment.clone(), statuses)
    };
    notify::send(world, &payment, statuses);
    Ok(payment)
}

/// `/bank/<payment>`: the page, and its buttons.
pub async fn visit(world: &Arc<World>, id: &str, req: &Req) -> Reply {
    let Some(payment) = world.bank().get(id).cloned() else {
        return not_found(&req.path);
    };
    if req.method == hyper::Method::GET {
        return html(page::of(&payment));
    }
    let wanted = req.form().await.ok().and_then(|form| form.text("act"));
    match act(world, id, &wanted.unwrap_or_default()) {
        Ok(payment) => after(&payment),
        Err(why) => status_json(StatusCode::CONFLICT, &json!({ "error": why })),
    }
}

/// Where the bank sends people back to.
fn after(payment: &Payment) -> Reply {
    let paid = payment.status == "CONFIRMED";
    let back = if paid {
        &payment.success_url
    } else {
        &payment.fail_url
    };
    let own = format!("/bank/{}", payment.payment_id);
    let to = HeaderValue::from_str(back.as_deref().unwrap_or(&own));
    let mut reply = html("");
    *reply.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(to) = to {
        reply.headers_mut().insert(LOCATION, to);
    }
    reply
}

/// `/control/bank...`: all payments, or `{"act"}` on one.
pub async fn control(world: &Arc<World>, id: Option<&str>, req: &Req) -> Reply {
    let Some(id) = id else {
        let payments: Vec<Payment> = world.bank().values().cloned().collect();
        return reply(&json!({ "payments": payments }));
    };
    let wanted = req.form().await.ok().and_then(|form| form.text("act"));
    match act(world, id, &wanted.unwrap_or_default()) {
        Ok(payment) => reply(&payment),
        Err(why) => status_json(StatusCode::CONFLICT, &json!({ "error": why })),
    }
}
