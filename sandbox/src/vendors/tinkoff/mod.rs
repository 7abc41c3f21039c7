//! T-Bank's acquiring: its methods, a page to pay at, charges of cards that were kept, and notifications.
//! Source: <https://developer.tbank.ru/eacq/api>.

mod charges;
mod methods;
mod notify;
mod page;
mod payment;
mod token;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use payment::{Act, Payment};
use serde_json::{Value, json};

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Form, Reply, Req, status_of, with_type};
use crate::payments::till::{Acted, Till};
use crate::router::not_found;
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};

const NAME: &str = "tinkoff";

const CALLS: Service = Service {
    name: "bank",
    operations: &[
        "Init",
        "GetState",
        "CheckOrder",
        "Charge",
        "Cancel",
        "Resend",
    ],
    kind: Kind::Calls,
};

/// Notifications to the shop.
const WEBHOOK: Service = Service {
    name: "webhook",
    operations: &[NAME],
    kind: Kind::Deliveries,
};

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
impl Till for Tinkoff {
    const NAME: &'static str = NAME;
    const SERVICES: &'static [Service] = &[CALLS, WEBHOOK];
    const CONTROLS: &'static [&'static str] = &["bank"];
    type Kept = BTreeMap<String, Payment>;

    fn kept(&self) -> MutexGuard<'_, Self::Kept> {
        self.payments()
    }

    fn forget(&self) {
        self.payments().clear();
    }

    fn end_overdue(self: &Arc<Self>) {
        end_overdue(self);
    }

    async fn call(self: Arc<Self>, path: &str, req: &Req) -> Answer {
        match path.strip_prefix("/v2/") {
            Some(method) if req.method == hyper::Method::POST => call(&self, method, req).await,
            _ => Ok(not_found(&req.path)),
        }
    }

    fn page(&self, id: &str) -> Option<String> {
        let mut payments = self.payments();
        let payment = payments.get_mut(id)?;
        if payment.status == "NEW" {
            "FORM_SHOWED".clone_into(&mut payment.status);
        }
        Some(page::of(payment))
    }

    async fn acts(self: Arc<Self>, id: &str, req: &Req) -> Result<Acted, String> {
        let payment = act(&self, id, &wanted(req).await)?;
        Ok(Acted {
            now: json!(payment),
            then: after(&payment),
        })
    }

    fn shown(&self) -> Value {
        let payments: Vec<Payment> = self.payments().values().cloned().collect();
        json!({ "payments": payments })
    }
}

impl Tinkoff {
    /// Never held across an await.
    fn payments(&self) -> MutexGuard<'_, BTreeMap<String, Payment>> {
        lock(&self.payments)
    }
}

struct ErrorPage;

impl ErrorForm for ErrorPage {
    fn failure(&self, status: u16) -> Reply {
        let status = status_of(status);
        with_type(status, "text/html; charset=utf-8", "<h1>Error</h1>")
    }
}

/// `POST /v2/<method>`.
async fn call(bank: &Arc<Tinkoff>, method: &str, req: &Req) -> Answer {
    let known = CALLS.operations.iter().find(|known| **known == method);
    let name = known.unwrap_or(&"unknown");
    let watch = bank.world.calls.watch(&CALLS, name, Value::Null);
    let work = async {
        let Ok(Value::Object(body)) = req.json() else {
            return Ok(methods::refusal("201", "Поля пришли не в JSON."));
        };
        if !token::is_right(&body, bank) {
            return Ok(methods::refusal(
                "204",
                "Неверный токен. Проверьте пару TerminalKey/SecretKey.",
            ));
        }
        let form = Form {
            fields: body,
            ..Form::default()
        };
        Ok(match *name {
            "Init" => methods::init(bank, &form),
            "GetState" => methods::get_state(bank, &form),
            "CheckOrder" => methods::check_order(bank, &form),
            "Charge" => charges::charge(bank, &form),
            "Cancel" => methods::cancel(bank, &form),
            "Resend" => methods::resend(bank),
            _ => not_found(&req.path),
        })
    };
    through(&bank.world, &CALLS, watch, &ErrorPage, work).await
}

/// Does what the person on the payment page chose, or a test. The error is a sentence for them.
fn act(bank: &Arc<Tinkoff>, id: &str, act: &Act) -> Result<Payment, String> {
    let (payment, notices) = {
        let mut payments = bank.payments();
        let payment = payments
            .get_mut(id)
            .ok_or("the bank knows no such payment")?;
        let notices = payment.act(act)?;
        (payment.clone(), notices)
    };
    bank.world.touched();
    notify::send(bank, &payment, notices);
    Ok(payment)
}

/// Ends the pages whose time is over.
fn end_overdue(bank: &Arc<Tinkoff>) {
    let now = chrono::Utc::now().timestamp();
    let expire = Act {
        name: "expire".into(),
        ..Act::default()
    };
    let mut ended = Vec::new();
    for payment in bank.payments().values_mut() {
        if payment.due.is_some_and(|due| due <= now)
            && let Ok(notices) = payment.act(&expire)
        {
            ended.push((payment.clone(), notices));
        }
    }
    for (payment, notices) in ended {
        bank.world.touched();
        notify::send(bank, &payment, notices);
    }
}

/// What a form wants done.
async fn wanted(req: &Req) -> Act {
    let form = req.form().await.unwrap_or_default();
    Act {
        name: form.text("act").unwrap_or_default(),
        amount: form.int("amount"),
        error_code: form.text("error_code"),
    }
}

/// Where its page is.
fn path_of(payment: &Payment) -> String {
    format!("/{NAME}/pay/{}", payment.payment_id)
}

/// Where the bank sends people back to.
fn after(payment: &Payment) -> String {
    let back = match payment.status == "CONFIRMED" {
        true => &payment.success_url,
        false => &payment.fail_url,
    };
    back.clone().unwrap_or_else(|| path_of(payment))
}
