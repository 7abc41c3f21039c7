//! PayPal: orders, captures, refunds, disputes, a page to pay at, and signed webhooks.
//! Source: <https://developer.paypal.com/docs/api/orders/v2/>.

mod events;
mod methods;
mod order;
mod page;
mod reports;
mod sums;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Reply, Req, json as reply, status_json, with_type};
use crate::payments::till::{Acted, Till};
use crate::router::not_found;
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};
use events::Event;
use order::{Act, Order};
use reports::Reports;

const NAME: &str = "paypal";

const CALLS: Service = Service {
    name: NAME,
    operations: &[
        "token",
        "create",
        "order",
        "capture",
        "get_capture",
        "refund",
        "get_refund",
        "disputes",
        "dispute",
        "certificate",
        "verify",
        "hook",
        "events",
        "transactions",
    ],
    kind: Kind::Calls,
};

/// Events to the shop.
const WEBHOOK: Service = Service {
    name: "webhook",
    operations: &[NAME],
    kind: Kind::Deliveries,
};

/// About nine hours, in seconds.
const TOKEN_LIVES: u64 = 32_400;

/// PayPal, with its one app.
struct Paypal {
    world: Arc<World>,
    client_id: String,
    secret: String,
    hook_id: String,
    tokens: Mutex<BTreeSet<String>>,
    books: Mutex<Books>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Books {
    orders: BTreeMap<String, Order>,
    /// What a call with this `PayPal-Request-Id` has made.
    keys: BTreeMap<String, String>,
    events: Vec<Event>,
    /// Where events go.
    hook: Option<String>,
    reports: Reports,
}

/// PayPal with the orders of its last run.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    let config = &world.config;
    let mut books: Books = snapshot::load(config, NAME);
    let hook = config.or("SANDBOX_PAYPAL_WEBHOOK", "");
    books.hook = Some(hook).filter(|url| !url.is_empty()).or(books.hook);
    Arc::new(Paypal {
        world: world.clone(),
        client_id: config.or("PAYPAL_CLIENT_ID", "sandbox-app"),
        secret: config.or("PAYPAL_CLIENT_SECRET", "sandbox-app-secret"),
        hook_id: config.or("PAYPAL_WEBHOOK_ID", "SANDBOXHOOK"),
        tokens: Mutex::default(),
        books: Mutex::new(books),
    })
}

#[async_trait]
impl Till for Paypal {
    const NAME: &'static str = NAME;
    const SERVICES: &'static [Service] = &[CALLS, WEBHOOK];
    const CONTROLS: &'static [&'static str] = &[NAME];
    type Kept = Books;

    fn kept(&self) -> MutexGuard<'_, Books> {
        self.books()
    }

    fn forget(&self) {
        let mut books = self.books();
        *books = Books {
            hook: books.hook.take(),
            ..Books::default()
        };
    }

    async fn call(self: Arc<Self>, path: &str, req: &Req) -> Answer {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let Some(name) = operation(&req.method, &parts) else {
            return Ok(methods::unknown());
        };
        let watch = self.world.calls.watch(&CALLS, name, Value::Null);
        let work = async { Ok(call(&self, name, &parts, req).await) };
        through(&self.world, &CALLS, watch, &Errors, work).await
    }

    fn page(&self, id: &str) -> Option<String> {
        self.books().orders.get(id).map(page::of)
    }

    async fn acts(self: Arc<Self>, id: &str, req: &Req) -> Result<Acted, String> {
        let order = act(&self, id, req).await?;
        Ok(Acted {
            now: json!(order),
            then: page::after(&order),
        })
    }

    fn shown(&self) -> Value {
        let books = self.books();
        let orders: Vec<&Order> = books.orders.values().collect();
        json!({ "orders": orders, "webhook": books.hook })
    }

    async fn sets(self: Arc<Self>, verb: &str, what: Option<&str>, req: &Req) -> Reply {
        match (verb, what) {
            ("PUT", Some("webhook")) => methods::hook(&self, req),
            ("PUT", Some("reports")) => reports::set(&self, req).await,
            ("DELETE", Some("tokens")) => {
                lock(&self.tokens).clear();
                reply(&json!({ "ok": true }))
            }
            _ => not_found(&req.path),
        }
    }
}

impl Paypal {
    /// Never held across an await.
    fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.books)
    }

    fn here(&self) -> String {
        format!("{}/{NAME}", self.world.here())
    }

    fn order_of_key(&self, key: &str) -> Option<Order> {
        let books = self.books();
        books.orders.get(books.keys.get(key)?).cloned()
    }

    fn order_of_capture(&self, id: &str) -> Option<Order> {
        let is = |order: &&Order| order.capture.as_ref().is_some_and(|it| it.id == id);
        self.books().orders.values().find(is).cloned()
    }

    /// Changes an order, and returns what it is then.
    fn change<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Order) -> Result<T, String>,
    ) -> Result<(Order, T), String> {
        let mut books = self.books();
        let order = books
            .orders
            .get_mut(id)
            .ok_or("PayPal knows no such order")?;
        let done = change(order)?;
        let order = order.clone();
        drop(books);
        self.world.touched();
        Ok((order, done))
    }
}

/// Numbers as PayPal makes them: 17 capital letters and digits.
fn number() -> String {
    let id = uuid::Uuid::new_v4().simple().to_string().to_uppercase();
    id.chars().take(17).collect()
}

struct Errors;

impl ErrorForm for Errors {
    fn failure(&self, status: u16) -> Reply {
        match status {
            422 => methods::refused("INSTRUMENT_DECLINED"),
            429 => methods::error(429, "RATE_LIMIT_REACHED", ""),
            status => methods::error(status, "INTERNAL_SERVER_ERROR", ""),
        }
    }
}

/// The operation at a path, if there is one.
fn operation(method: &Method, parts: &[&str]) -> Option<&'static str> {
    Some(match (method.as_str(), parts) {
        ("POST", ["v1", "oauth2", "token"]) => "token",
        ("POST", ["v2", "checkout", "orders"]) => "create",
        ("GET", ["v2", "checkout", "orders", _]) => "order",
        ("POST", ["v2", "checkout", "orders", _, "capture"]) => "capture",
        ("GET", ["v2", "payments", "captures", _]) => "get_capture",
        ("POST", ["v2", "payments", "captures", _, "refund"]) => "refund",
        ("GET", ["v2", "payments", "refunds", _]) => "get_refund",
        ("GET", ["v1", "customer", "disputes"]) => "disputes",
        ("GET", ["v1", "customer", "disputes", _]) => "dispute",
        ("GET", ["v1", "notifications", "certs", _]) => "certificate",
        ("POST", ["v1", "notifications", "verify-webhook-signature"]) => "verify",
        ("POST", ["v1", "notifications", "webhooks"]) => "hook",
        ("GET", ["v1", "notifications", "webhooks-events"]) => "events",
        ("GET", ["v1", "reporting", "transactions"]) => "transactions",
        _ => return None,
    })
}

async fn call(paypal: &Arc<Paypal>, name: &str, parts: &[&str], req: &Req) -> Reply {
    let id = parts.get(3).copied().unwrap_or_default();
    match name {
        "token" => return token(paypal, req).await,
        "certificate" if id == events::CERTIFICATE_ID => {
            return with_type(
                StatusCode::OK,
                "application/x-pem-file",
                events::CERTIFICATE,
            );
        }
        _ => {}
    }
    let given = req.credential("Bearer");
    if !given.is_some_and(|token| lock(&paypal.tokens).contains(token)) {
        let body = json!({ "error": "invalid_token", "error_description": "Token signature verification failed" });
        return status_json(StatusCode::UNAUTHORIZED, &body);
    }
    match name {
        "create" => methods::create(paypal, req),
        "order" => methods::get(paypal, id),
        "capture" => methods::capture(paypal, id, req),
        "get_capture" => methods::get_capture(paypal, id),
        "refund" => methods::refund(paypal, id, req),
        "get_refund" => methods::get_refund(paypal, id),
        "disputes" => methods::disputes(paypal, req),
        "dispute" => methods::dispute(paypal, id),
        "verify" => methods::verify(paypal, req),
        "hook" => methods::hook(paypal, req),
        "events" => reply(&events::list(&paypal.books().events)),
        "transactions" => reports::list(paypal, req),
        _ => methods::unknown(),
    }
}

/// `POST /v1/oauth2/token`.
async fn token(paypal: &Paypal, req: &Req) -> Reply {
    if req.basic() != Some((paypal.client_id.clone(), paypal.secret.clone())) {
        let body = json!({ "error": "invalid_client", "error_description": "Client Authentication failed" });
        return status_json(StatusCode::UNAUTHORIZED, &body);
    }
    let form = req.form().await.unwrap_or_default();
    if form.text("grant_type").as_deref() != Some("client_credentials") {
        let body =
            json!({ "error": "unsupported_grant_type", "error_description": "Grant Type is NULL" });
        return status_json(StatusCode::BAD_REQUEST, &body);
    }
    let token = format!("A21AA{}", uuid::Uuid::new_v4().simple());
    lock(&paypal.tokens).insert(token.clone());
    reply(&json!({
        "scope": "https://uri.paypal.com/services/payments/payment/authcapture", "access_token": token,
        "token_type": "Bearer", "app_id": "APP-SANDBOX", "expires_in": TOKEN_LIVES, "nonce": events::now(),
    }))
}

/// Does what the person on the page chose, an operator of PayPal's, or a test. The error is a sentence for them.
async fn act(paypal: &Arc<Paypal>, id: &str, req: &Req) -> Result<Order, String> {
    let form = req.form().await.unwrap_or_default();
    let act = Act {
        name: form.text("act").unwrap_or_default(),
        amount: form.int("amount"),
        times: form.int("times").and_then(|times| times.try_into().ok()),
    };
    if act.name == "expire" {
        // PayPal forgets what was not paid.
        let mut books = paypal.books();
        let open = books.orders.get(id).filter(|order| order.capture.is_none());
        let gone = open
            .cloned()
            .ok_or("expire is not possible: it is paid, or unknown")?;
        books.orders.remove(id);
        return Ok(gone);
    }
    let (order, told) = paypal.change(id, |order| match act.name.as_str() {
        "again" => Ok(Vec::new()),
        _ => order.act(&act),
    })?;
    if act.name == "again" {
        events::again(paypal, &order)?;
    }
    events::send(paypal, &order, &told);
    Ok(order)
}
