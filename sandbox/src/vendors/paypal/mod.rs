//! PayPal: orders, captures, refunds, disputes, a page to pay at, and signed webhooks.
//! Source: <https://developer.paypal.com/docs/api/orders/v2/>.

mod events;
mod methods;
mod order;
mod page;
mod sums;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Reply, Req, html, json as reply, refused, status_json, with_type};
use crate::router::not_found;
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};
use events::Event;
use order::{Act, Order};

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
    ],
    kind: Kind::Calls,
};

/// Events to the shop.
const WEBHOOK: Service = Service {
    name: "webhook",
    operations: &[NAME],
    kind: Kind::Deliveries,
};

static SERVICES: [Service; 2] = [CALLS, WEBHOOK];

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
impl Vendor for Paypal {
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
        if let Some(order) = path.strip_prefix("/pay/") {
            return Ok(visit(&self, order, &req).await);
        }
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let Some(name) = operation(&req.method, &parts) else {
            return Ok(methods::unknown());
        };
        let watch = self.world.calls.watch(&CALLS, name, Value::Null);
        let work = async { Ok(call(&self, name, &parts, &req).await) };
        through(&self.world, &CALLS, watch, &Errors, work).await
    }

    fn controls(&self) -> &'static [&'static str] {
        &[NAME]
    }

    async fn control(self: Arc<Self>, path: &str, req: Req) -> Reply {
        let id = path.trim_end_matches('/').strip_prefix("paypal/");
        match (req.method.as_str(), id) {
            ("GET", None) => {
                let books = self.books();
                let orders: Vec<&Order> = books.orders.values().collect();
                reply(&json!({ "orders": orders, "webhook": books.hook }))
            }
            ("PUT", Some("webhook")) => methods::hook(&self, &req),
            ("DELETE", Some("tokens")) => {
                lock(&self.tokens).clear();
                reply(&json!({ "ok": true }))
            }
            ("POST", Some(id)) => match act(&self, id, &req).await {
                Ok(order) => reply(&order),
                Err(why) => refused(StatusCode::CONFLICT, why),
            },
            _ => not_found(&req.path),
        }
    }

    fn snapshot(&self) -> serde_json::Result<Option<Vec<u8>>> {
        serde_json::to_vec(&*self.books()).map(Some)
    }

    fn reset(&self) {
        let mut books = self.books();
        *books = Books {
            hook: books.hook.take(),
            ..Books::default()
        };
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
            status => methods::error(status, "INTERNAL_SERVER_ERROR", ""),
        }
    }

    fn rate_limited(&self, seconds: u64) -> Reply {
        let mut reply = methods::error(429, "RATE_LIMIT_REACHED", "");
        let wait = HeaderValue::from(seconds);
        reply.headers_mut().insert(RETRY_AFTER, wait);
        reply
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
    let given = credential(req, "Bearer ");
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
        _ => methods::unknown(),
    }
}

fn credential<'a>(req: &'a Req, kind: &str) -> Option<&'a str> {
    req.headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix(kind)
}

/// `POST /v1/oauth2/token`.
async fn token(paypal: &Paypal, req: &Req) -> Reply {
    let expected = BASE64_STANDARD.encode(format!("{}:{}", paypal.client_id, paypal.secret));
    if credential(req, "Basic ") != Some(expected.as_str()) {
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

/// `/pay/<order>`: the page, and its buttons.
async fn visit(paypal: &Arc<Paypal>, id: &str, req: &Req) -> Reply {
    if req.method == Method::GET {
        let found = paypal.books().orders.get(id).cloned();
        return found.map_or_else(|| not_found(&req.path), |order| html(page::of(&order)));
    }
    match act(paypal, id, req).await {
        Ok(order) => page::after(&order),
        Err(why) => refused(StatusCode::CONFLICT, why),
    }
}
