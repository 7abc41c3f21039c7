//! CloudPayments: its API, a page to pay at, and notifications.
//! Source: <https://developers.cloudpayments.ru/>.

mod charges;
mod methods;
mod models;
mod notify;
mod orders;
mod page;
mod state;

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use hyper::StatusCode;
use serde_json::{Value, json};
use state::{Act, Books, Charges, Order};

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Form, Reply, Req, json as reply, refused, status_of, with_type};
use crate::payments::till::{Acted, Till};
use crate::router::not_found;
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};

const NAME: &str = "cloudpayments";

/// The question whether something may be paid, in the fault plan.
const CHECK: &str = "cloudpayments_check";

const CALLS: Service = Service {
    name: NAME,
    operations: &[
        "test",
        "orders/create",
        "orders/cancel",
        "payments/get",
        "payments/find",
        "v2/payments/find",
        "payments/list",
        "payments/tokens/charge",
        "payments/confirm",
        "payments/void",
        "payments/refund",
        "site/notifications/get",
        "site/notifications/update",
    ],
    kind: Kind::Calls,
};

/// Notifications to the shop, and its answer to Check.
const WEBHOOK: Service = Service {
    name: "webhook",
    operations: &[NAME, CHECK],
    kind: Kind::Deliveries,
};

/// The vendor, with its one site.
struct CloudPayments {
    world: Arc<World>,
    public_id: String,
    api_secret: String,
    books: Mutex<Books>,
}

/// The vendor with the books of its last run. Its site's cabinet may name an address to begin with.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    let config = &world.config;
    let mut books: Books = snapshot::load(config, NAME);
    let address = config.or("SANDBOX_CLOUDPAYMENTS_NOTIFICATIONS", "");
    if !address.is_empty() {
        tell_at(&mut books, &address);
    }
    Arc::new(CloudPayments {
        world: world.clone(),
        public_id: config.or("CLOUDPAYMENTS_PUBLIC_ID", "pk_sandbox"),
        api_secret: config.or("CLOUDPAYMENTS_API_SECRET", "sandbox-api-secret"),
        books: Mutex::new(books),
    })
}

/// Notifications of each kind go to an address below this one.
fn tell_at(books: &mut Books, address: &str) {
    let below = |kind: &&str| ((*kind).to_owned(), format!("{address}/{kind}"));
    books.addresses = notify::KINDS.iter().map(below).collect();
}

#[async_trait]
impl Till for CloudPayments {
    const NAME: &'static str = NAME;
    const SERVICES: &'static [Service] = &[CALLS, WEBHOOK];
    const CONTROLS: &'static [&'static str] = &[NAME];
    const PAGES: &'static [&'static str] = &["/d/"];
    type Kept = Books;

    fn kept(&self) -> MutexGuard<'_, Books> {
        self.books()
    }

    fn forget(&self) {
        let mut books = self.books();
        *books = Books {
            addresses: std::mem::take(&mut books.addresses),
            ..Books::default()
        };
    }

    async fn call(self: Arc<Self>, path: &str, req: &Req) -> Answer {
        match req.method == hyper::Method::POST {
            true => call(&self, path.trim_matches('/'), req).await,
            false => Ok(not_found(&req.path)),
        }
    }

    fn page(&self, id: &str) -> Option<String> {
        self.books().orders.get(id).map(page::of)
    }

    async fn acts(self: Arc<Self>, id: &str, req: &Req) -> Result<Acted, String> {
        let order = act(&self, id, &wanted(req).await).await?;
        Ok(Acted {
            now: json!(order),
            then: after(&self, &order),
        })
    }

    fn shown(&self) -> Value {
        json!(*self.books())
    }

    async fn sets(self: Arc<Self>, verb: &str, what: Option<&str>, req: &Req) -> Reply {
        match (verb, what) {
            ("PUT", None) => set(&self, &req.form().await.unwrap_or_default()),
            _ => not_found(&req.path),
        }
    }
}

impl CloudPayments {
    /// Never held across an await.
    fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.books)
    }
}

struct NoBody;

impl ErrorForm for NoBody {
    fn failure(&self, status: u16) -> Reply {
        with_type(status_of(status), "text/plain; charset=utf-8", "")
    }

    /// It does not say for how long.
    fn rate_limited(&self, _: u64) -> Reply {
        self.failure(429)
    }
}

/// What the cabinet is told: where notifications go, and in which form; how many questions are answered late; and how
/// charges by tokens end.
fn set(site: &CloudPayments, form: &Form) -> Reply {
    let mut books = site.books();
    if let Some(address) = form.text("notifications") {
        tell_at(&mut books, &address);
    }
    if form.fields.contains_key("json") {
        books.json = form.flag("json");
    }
    if let Some(stale) = form.int("stale").and_then(|count| count.try_into().ok()) {
        books.stale = stale;
    }
    if let Some(how) = form.text("charges") {
        match Charges::of(&how, form.int("reason_code")) {
            Some(charges) => books.charges = charges,
            None => return refused(StatusCode::BAD_REQUEST, format!("charges cannot {how}")),
        }
    }
    site.world.touched();
    reply(&*books)
}

/// Whether a call comes from the one site.
fn is_known(site: &CloudPayments, req: &Req) -> bool {
    req.basic() == Some((site.public_id.clone(), site.api_secret.clone()))
}

/// A method of the API.
async fn call(site: &Arc<CloudPayments>, path: &str, req: &Req) -> Answer {
    let (method, kind) = method_of(path);
    let known = CALLS.operations.iter().find(|known| **known == method);
    let name = known.unwrap_or(&"unknown");
    let watch = site.world.calls.watch(&CALLS, name, Value::Null);
    let work = async {
        if !is_known(site, req) {
            return Ok(NoBody.failure(401));
        }
        let Ok(mut form) = req.form().await else {
            return Ok(models::refusal("The request is invalid."));
        };
        if let Some(kind) = kind {
            form.fields.insert("Type".to_owned(), json!(kind));
        }
        let id = req.headers.get("x-request-id");
        let id = id.and_then(|id| id.to_str().ok());
        Ok(match known {
            Some(name) => methods::call(site, name, id, &form),
            None => not_found(&req.path),
        })
    };
    through(&site.world, &CALLS, watch, &NoBody, work).await
}

/// The operation of a path, and the kind of notification that stands in it.
fn method_of(path: &str) -> (String, Option<String>) {
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        ["site", "notifications", kind, act] => (
            format!("site/notifications/{act}"),
            Some(kind.to_lowercase()),
        ),
        _ => (path.to_owned(), None),
    }
}

/// Does what the person on the payment page chose, or a test. The error is a sentence for them.
async fn act(site: &Arc<CloudPayments>, order: &str, act: &Act) -> Result<Order, String> {
    let is_try = ["pay", "authorize", "authenticate", "refuse"].contains(&act.name.as_str());
    let notices = match is_try {
        true => attempt(site, order, act).await?,
        false => site.books().acts(order, act)?,
    };
    site.world.touched();
    notify::send(site, notices);
    let found = site.books().orders.get(order).cloned();
    found.ok_or_else(|| "there is no such order".to_owned())
}

/// A try to pay: the shop is asked first.
async fn attempt(
    site: &Arc<CloudPayments>,
    order: &str,
    act: &Act,
) -> Result<Vec<state::Notice>, String> {
    let begun = site.books().begins(order)?;
    if act.name == "authenticate" {
        return Ok(Vec::new());
    }
    let refused = match notify::check(site, &begun).await {
        Ok(()) => return Ok(site.books().ends(begun.id, act)),
        Err(code) => Act {
            name: "refuse".to_owned(),
            reason_code: Some(code),
            ..Act::default()
        },
    };
    Ok(site.books().ends(begun.id, &refused))
}

/// What a form wants done.
async fn wanted(req: &Req) -> Act {
    let form = req.form().await.unwrap_or_default();
    Act {
        name: form.text("act").unwrap_or_default(),
        amount: form.int("amount"),
        reason_code: form.int("reason_code"),
    }
}

/// Where its page is.
fn url_of(site: &CloudPayments, order: &Order) -> String {
    format!("{}/{NAME}/d/{}", site.world.here(), order.id)
}

/// Where the vendor sends people back to.
fn after(site: &CloudPayments, order: &Order) -> String {
    let back = match order.status == "Paid" {
        true => &order.success_url,
        false => &order.fail_url,
    };
    back.clone().unwrap_or_else(|| url_of(site, order))
}
