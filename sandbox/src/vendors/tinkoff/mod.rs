//! T-Bank's acquiring: `Init`, `Cancel`, a page to pay at, and notifications.
//! Source: <https://developer.tbank.ru/eacq/api>.

mod notify;
mod page;
mod token;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use hyper::body::Incoming;
use hyper::header::{HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Request, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Form, Reply, Req, html, json as reply, refused, with_type};
use crate::router::not_found;
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};

const NAME: &str = "tinkoff";

const CALLS: Service = Service {
    name: "bank",
    operations: &["Init", "Cancel"],
    kind: Kind::Calls,
};

/// Notifications to the shop.
const WEBHOOK: Service = Service {
    name: "webhook",
    operations: &[NAME],
    kind: Kind::Deliveries,
};

static SERVICES: [Service; 2] = [CALLS, WEBHOOK];

/// The bank, with its one terminal.
struct Tinkoff {
    world: Arc<World>,
    terminal_key: String,
    password: String,
    /// By the number of the payment.
    payments: Mutex<BTreeMap<String, Payment>>,
}

/// The bank with the payments of its last run.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    let config = &world.config;
    Arc::new(Tinkoff {
        world: world.clone(),
        terminal_key: config.or("TINKOFF_TERMINAL_KEY", "SandboxDEMO"),
        password: config.or("TINKOFF_SECRET_KEY", "sandbox-password"),
        payments: Mutex::new(snapshot::load(config, NAME)),
    })
}

#[async_trait]
impl Vendor for Tinkoff {
    fn name(&self) -> &'static str {
        NAME
    }

    fn services(&self) -> &'static [Service] {
        &SERVICES
    }

    async fn answer(self: Arc<Self>, path: &str, request: Request<Incoming>) -> Answer {
        let req = match Req::read(request).await {
            Ok(req) => req,
            Err(refusal) => return Ok(refusal),
        };
        if let Some(payment) = path.strip_prefix("/pay/") {
            return Ok(visit(&self, payment, &req).await);
        }
        match path.strip_prefix("/v2/") {
            Some(method) if req.method == hyper::Method::POST => call(&self, method, &req).await,
            _ => Ok(not_found(&req.path)),
        }
    }

    fn controls(&self) -> &'static [&'static str] {
        &["bank"]
    }

    async fn control(self: Arc<Self>, path: &str, req: Req) -> Reply {
        let id = path.trim_end_matches('/').strip_prefix("bank/");
        match (req.method.as_str(), id) {
            ("GET", None) => {
                let payments: Vec<Payment> = self.payments().values().cloned().collect();
                reply(&json!({ "payments": payments }))
            }
            ("POST", Some(id)) => match act(&self, id, &wanted(&req).await) {
                Ok(payment) => reply(&payment),
                Err(why) => refused(StatusCode::CONFLICT, why),
            },
            _ => not_found(&req.path),
        }
    }

    fn snapshot(&self) -> serde_json::Result<Option<Vec<u8>>> {
        serde_json::to_vec(&*self.payments()).map(Some)
    }

    fn reset(&self) {
        self.payments().clear();
    }
}

impl Tinkoff {
    /// Never held across an await.
    fn payments(&self) -> MutexGuard<'_, BTreeMap<String, Payment>> {
        lock(&self.payments)
    }
}

/// One payment.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Payment {
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

struct ErrorPage;

impl ErrorForm for ErrorPage {
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
}

/// `POST /v2/<method>`.
async fn call(bank: &Arc<Tinkoff>, method: &str, req: &Req) -> Answer {
    let known = CALLS.operations.iter().find(|known| **known == method);
    let name = known.unwrap_or(&"unknown");
    let watch = bank.world.calls.watch(&CALLS, name, Value::Null);
    let work = async {
        let Ok(Value::Object(body)) = req.json() else {
            return Ok(refusal("201", "Поля пришли не в JSON."));
        };
        if !token::is_right(&body, bank) {
            return Ok(refusal(
                "204",
                "Неверный токен. Проверьте пару TerminalKey/SecretKey.",
            ));
        }
        let form = Form {
            fields: body,
            ..Form::default()
        };
        Ok(match *name {
            "Init" => init(bank, &form),
            "Cancel" => cancel(bank, &form),
            _ => not_found(&req.path),
        })
    };
    through(&bank.world, &CALLS, watch, &ErrorPage, work).await
}

fn refusal(code: &str, message: &str) -> Reply {
    reply(&json!({ "Success": false, "ErrorCode": code, "Message": message, "Details": message }))
}

fn init(bank: &Arc<Tinkoff>, form: &Form) -> Reply {
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
        "Success": true, "ErrorCode": "0", "TerminalKey": bank.terminal_key,
        "Status": payment.status, "PaymentId": payment.payment_id, "OrderId": payment.order_id,
        "Amount": payment.amount,
        "PaymentURL": format!("{}{}", bank.world.here(), path_of(&payment)),
    });
    bank.payments().insert(payment.payment_id.clone(), payment);
    bank.world.touched();
    reply(&answer)
}

fn cancel(bank: &Arc<Tinkoff>, form: &Form) -> Reply {
    let id = form.text("PaymentId").unwrap_or_default();
    match act(bank, &id, "refund") {
        Ok(payment) => reply(&json!({
            "Success": true, "ErrorCode": "0", "TerminalKey": bank.terminal_key,
            "Status": payment.status, "PaymentId": payment.payment_id,
            "OrderId": payment.order_id, "OriginalAmount": payment.amount, "NewAmount": 0,
        })),
        Err(_) => refusal("7", "Неверный статус операции."),
    }
}

/// Does what the person on the payment page chose: `pay`, `refuse` or `refund`. The error is a sentence
/// for them.
fn act(bank: &Arc<Tinkoff>, id: &str, act: &str) -> Result<Payment, String> {
    let (payment, statuses) = {
        let mut payments = bank.payments();
        let payment = payments
            .get_mut(id)
            .ok_or("the bank knows no such payment")?;
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
    bank.world.touched();
    notify::send(bank, &payment, statuses);
    Ok(payment)
}

/// What a form wants done.
async fn wanted(req: &Req) -> String {
    let form = req.form().await.ok();
    form.and_then(|form| form.text("act")).unwrap_or_default()
}

/// `/pay/<payment>`: the page, and its buttons.
async fn visit(bank: &Arc<Tinkoff>, id: &str, req: &Req) -> Reply {
    let Some(payment) = bank.payments().get(id).cloned() else {
        return not_found(&req.path);
    };
    if req.method == hyper::Method::GET {
        return html(page::of(&payment));
    }
    match act(bank, id, &wanted(req).await) {
        Ok(payment) => after(&payment),
        Err(why) => refused(StatusCode::CONFLICT, why),
    }
}

/// Where its page is.
fn path_of(payment: &Payment) -> String {
    format!("/{NAME}/pay/{}", payment.payment_id)
}

/// Where the bank sends people back to.
fn after(payment: &Payment) -> Reply {
    let paid = payment.status == "CONFIRMED";
    let back = if paid {
        &payment.success_url
    } else {
        &payment.fail_url
    };
    let own = path_of(payment);
    let to = HeaderValue::from_str(back.as_deref().unwrap_or(&own));
    let mut reply = html("");
    *reply.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(to) = to {
        reply.headers_mut().insert(LOCATION, to);
    }
    reply
}
